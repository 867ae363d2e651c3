"""Adds up what is recommended costs: by approach and together, as one range of the sums of all rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce

from tunewise.costs.draws import Draws
from tunewise.costs.kernel import ONE
from tunewise.portfolio.tally import NO_SUMS, Portfolio, Sums, added_draws


@dataclass(frozen=True, slots=True)
class Spending:
    """What the rows of an approach cost together; those of all approaches have no name."""

    approach: str
    rows: int
    sums: Sums


def spending(portfolio: Portfolio, approaches: Iterable[str]) -> tuple[Spending, ...]:
    """Return what each of the approaches that were decided for costs, in their order, and all together at the end.

    A blocked row has no approach that costs anything, and counts nowhere.
    """
    counts, spent, drawn = next(iter(portfolio.chosen.values())), portfolio.spent, portfolio.drawn
    taken = [one for one in approaches if one in spent]
    parts = [Spending(one, counts[one], ranged(spent[one], drawn.get(one, ()))) for one in taken]
    none: tuple[float, ...] = ()
    draws = reduce(added_draws, (drawn.get(one, none) for one in taken), none)
    whole = ranged(sum((spent[one] for one in taken), NO_SUMS), draws)
    return (*parts, Spending("", sum(part.rows for part in parts), whole))


def ranged(sums: Sums, draws: tuple[float, ...]) -> Sums:
    """Return sums with what 10, 50 and 90 of 100 draws of the horizon's stay below; unchanged without draws."""
    if not draws:
        return sums
    low, expected, high = ONE.percentiles(Draws(draws))
    return replace(sums, low=low, expected=expected, high=high)
