"""What a formula is: a way to work out a quantity, and the unit that it comes in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tunewise.costs.ranges import Q

if TYPE_CHECKING:
    from tunewise.costs.quantities import Quantities

MILLION = 1_000_000
MONTHS_A_YEAR = 12
HOURS_A_MONTH = 730
SECONDS_AN_HOUR = 3600
SECONDS_A_MONTH = HOURS_A_MONTH * SECONDS_AN_HOUR


class WorkingOut(Protocol):
    """Works out a quantity, in ranges or in draws alike."""

    __name__: str

    def __call__(self, q: Quantities[Q], /) -> Q:
        """Return the quantity."""
        ...


@dataclass(frozen=True, slots=True)
class Formula:
    """A quantity of a plan, and its unit in words, such as 'tokens a request'; '' for a bare number."""

    unit: str
    work_out: WorkingOut

    def __call__(self, q: Quantities[Q], /) -> Q:
        """Return the quantity."""
        return self.work_out(q)


def by_name(units: Mapping[str, Iterable[WorkingOut]]) -> dict[str, Formula]:
    """Return formulas by name from the unit that some of them come in."""
    return {one.__name__: Formula(unit, one) for unit, many in units.items() for one in many}
