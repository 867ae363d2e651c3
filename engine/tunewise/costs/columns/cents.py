"""Amounts of many cases to the cent: from floats, and from decimals where floats cannot tell the cent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from tunewise.costs.columns.axes import ROWS, Numbers, Rows, Truths
from tunewise.costs.columns.comparing import above, equal
from tunewise.costs.columns.numbers import Column, matched
from tunewise.costs.columns.quantities import ColumnQuantities
from tunewise.costs.ranges import Number
from tunewise.knowledge.vocabulary import LARGEST

HUNDRED = Column.of(100)
MOST_CENTS = LARGEST * 100
"""No row whose costs come to more has costs; floats hold whole cents far past it."""

Reckoned = Callable[[ColumnQuantities, Rows | None], Column]
"""Works out an amount in dollars for all rows, or for some of them in decimals."""


@dataclass(frozen=True, slots=True, eq=False)
class Cents:
    """Amounts in whole cents, as floats: low, expected and high of each row."""

    low: Numbers
    expected: Numbers
    high: Numbers

    @classmethod
    def nothing(cls, rows: int) -> Cents:
        """Return no amount at all."""
        none = np.broadcast_to(0.0, (rows,))
        return cls(none, none, none)

    @property
    def values(self) -> tuple[Numbers, Numbers, Numbers]:
        """Low, expected and high."""
        return (self.low, self.expected, self.high)

    def where(self, rows: Truths) -> Cents:
        """Return the amounts in the rows for which it holds, nothing elsewhere."""
        if self.low is self.high:
            alike = _within(rows, self.low)
            return Cents(alike, alike, alike)
        return Cents(*(_within(rows, values) for values in self.values))

    def __add__(self, other: Cents) -> Cents:
        pairs = zip(self.values, other.values, strict=True)
        return Cents(*(ours + theirs for ours, theirs in pairs))

    def times(self, factor: Numbers) -> Cents:
        """Return each row's amounts times a whole number."""
        return Cents(*(values * factor for values in self.values))

    def in_dollars(self, rows: Rows | None) -> Column:
        """Return the amounts in dollars, those of some rows in decimals."""
        return wholes(self.values, rows).over(HUNDRED)


def settle(
    q: ColumnQuantities,
    make: Reckoned,
    where: Truths,
    rounded: Callable[[Column], Column] = Column.in_cents,
) -> Cents:
    """Return amounts to the cent, or to what else they are rounded to, in the rows for which it holds."""
    column = rounded(make(q, None))
    cents = _cents(column, q.rows)
    if column.doubt is None:
        return cents
    rows = np.flatnonzero(column.doubt & where)
    if not rows.size:
        return cents
    exact = _cents(rounded(make(q.exactly(rows), rows)), len(rows))
    pairs = zip(cents.values, exact.values, strict=True)
    return Cents(*(_put(values, rows, found) for values, found in pairs))


def exceeds(q: ColumnQuantities, one: str, other: str | Number) -> Truths:
    """Return where one quantity is expected to be more than another, or than a number."""
    bound = q[other] if isinstance(other, str) else q.of(other)
    ours, theirs = matched(q[one].settled(), bound.settled())
    found = np.broadcast_to(above(ours, theirs), (q.rows,))
    rows = np.flatnonzero(np.broadcast_to(equal(ours, theirs)[1], (q.rows,)))
    return _put(found, rows, exceeds(q.exactly(rows), one, other)) if rows.size else found


def wholes(values: tuple[Numbers, ...], rows: Rows | None) -> Column:
    """Return the whole numbers of each row, those of some rows in decimals."""
    if rows is None:
        return Column(values, ROWS)
    return Column(tuple(_DECIMALS(one[rows]) for one in values), ROWS)


def _cents(column: Column, rows: int) -> Cents:
    low, expected, high = (
        np.broadcast_to(values, (rows,)) for values in (column.low, column.expected, column.high)
    )
    return Cents(low, expected, low if column.low is column.high else high)


def _within(rows: Truths, values: Numbers) -> Numbers:
    """Return the values of some rows, zero in the others; a product is the fastest way, where it is one."""
    return values * rows if np.isfinite(values).all() else np.where(rows, values, 0.0)


def _put(values: Numbers, rows: Rows, found: Numbers) -> Numbers:
    changed = np.array(values)
    changed[rows] = found
    return changed


_DECIMALS: Callable[[Numbers], Numbers] = np.frompyfunc(Decimal, 1, 1)
