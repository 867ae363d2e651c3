"""Adds up what is recommended costs, and what others would in the same rows: as ranges of the summed draws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from operator import sub

from tunewise.costs.draws import Draws
from tunewise.costs.kernel import ONE
from tunewise.portfolio.sums import NO_BILL, Bill, Sums
from tunewise.portfolio.tally import Portfolio


@dataclass(frozen=True, slots=True)
class Spending:
    """What the rows of an approach cost together, and what lacks a price; those of all approaches have no name."""

    approach: str
    rows: int
    sums: Sums
    holes: tuple[str, ...] = ()


def spending(portfolio: Portfolio, approaches: Iterable[str]) -> tuple[Spending, ...]:
    """Return what each of the approaches that were decided for costs, in their order, and all together at the end.

    A blocked row has no approach that costs anything, and counts nowhere.
    """
    bills = portfolio.bills
    taken = {one: bills[one][one] for one in approaches if one in bills}
    parts = (_spent(one, bill) for one, bill in taken.items())
    return (*parts, _spent("", sum(taken.values(), NO_BILL)))


def with_one(portfolio: Portfolio, approaches: Iterable[str]) -> tuple[Spending, ...]:
    """Return what each approach would cost in all rows that anything is recommended for."""
    bills = portfolio.bills.values()
    return tuple(
        _spent(one, sum((held[one] for held in bills), NO_BILL))
        for one in approaches
        if bills and all(one in held for held in bills)
    )


def beyond(bills: Mapping[str, Mapping[str, Bill]], approach: str, other: str) -> Sums:
    """Return what the rows of an approach cost beyond another in the same rows, in the same draws."""
    ours, theirs = bills[approach][approach], bills[approach][other]
    return ranged(ours.sums - theirs.sums, tuple(map(sub, ours.draws, theirs.draws)))


def ranged(sums: Sums, draws: tuple[float, ...]) -> Sums:
    """Return sums with what 10, 50 and 90 of 100 draws of the horizon's stay below; unchanged without draws."""
    if not draws:
        return sums
    low, expected, high = ONE.percentiles(Draws(draws))
    return replace(sums, low=low, expected=expected, high=high)


def _spent(approach: str, bill: Bill) -> Spending:
    return Spending(approach, bill.rows, ranged(bill.sums, bill.draws), tuple(sorted(bill.holes)))
