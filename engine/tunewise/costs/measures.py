"""What a formula is: a quantity with its unit, where it comes from, words for it, and the way to work it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tunewise.costs.quantities import Quantities
    from tunewise.costs.ranges import Range

MILLION = 1_000_000
MONTHS_A_YEAR = 12
HOURS_A_MONTH = 730
TERA_OVER_GIGA = 1000
SECONDS_AN_HOUR = 3600
SECONDS_A_MONTH = HOURS_A_MONTH * SECONDS_AN_HOUR


@dataclass(frozen=True, slots=True)
class Formula:
    """A quantity of a plan: `unit` in words, '' for a bare number, `words` for how it is worked out.

    `sources` are the items that the way to work it out rests on; what goes in brings its own.
    """

    name: str
    unit: str
    words: str
    work_out: Callable[[Quantities], Range]
    sources: tuple[str, ...] = ()

    def __call__(self, q: Quantities, /) -> Range:
        """Return the quantity of a plan."""
        return self.work_out(q)


def millions(q: Quantities, tokens: Range) -> Range:
    """Return tokens in millions."""
    return tokens.over(q.of(MILLION))
