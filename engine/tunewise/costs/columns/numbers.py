"""Numbers of many cases at once: decimals by option, and floats with a bound on their error by row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal

import numpy as np

from tunewise.costs.columns.axes import ALL, ROWS, Axis, Numbers, Truths, either, joint
from tunewise.costs.ranges import Number, Range, cents, exactly

HALF_ULP = 2.0**-53
"""The largest relative error of one operation on floats."""
WHOLE = 2.0**53
"""Up to this, floats hold all whole numbers."""
CLOSE = 2.0**-10
"""Two numbers this close, relative to them, are too close for their difference to be trusted."""
SAFETY = 2
"""What bounds are widened by, for products of errors and for the 28 digits of the decimals."""
DIGITS = 15
"""Decimals of so many digits are all different as floats, and in the same order."""
TENTH = Decimal("0.1")
NOTHING = Decimal("NaN")
"""Stands where nothing is assumed for an option."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A quantity of each row: one number, or low, expected and high; none below zero.

    Numbers for all rows, or by option, are decimals, as the single path has them. Those by row are floats, off by
    at most `slack` relative to their size, but where `doubt` tells that a rounding may have turned; `faithful`
    ones compare as their decimals do. By row they are decimals, too, where few rows are reckoned exactly.
    """

    values: tuple[Numbers, ...]
    axis: Axis = ALL
    slack: float = 0.0
    doubt: Truths | None = None
    faithful: bool = False

    @classmethod
    def of(cls, number: Number) -> Column:
        """Return one number for all rows."""
        return cls((_decimals([exactly(number)]),))

    @classmethod
    def ranging(cls, spans: Iterable[Range | None], axis: Axis = ALL) -> Column:
        """Return a range for all rows, or one by option, NaN where there is none."""
        known = [Range(NOTHING, NOTHING, NOTHING) if span is None else span for span in spans]
        low, expected, high = (
            _decimals(one) for one in zip(*(span.values for span in known), strict=True)
        )
        flat = all(span.low == span.high or span.low.is_nan() for span in known)
        return cls((expected,) if flat else (low, expected, high), axis)

    @property
    def low(self) -> Numbers:
        """The low ends."""
        return self.values[0]

    @property
    def expected(self) -> Numbers:
        """The expected values."""
        return self.values[len(self.values) // 2]

    @property
    def high(self) -> Numbers:
        """The high ends."""
        return self.values[-1]

    @property
    def exact(self) -> bool:
        """Whether its rows are to be reckoned in decimals."""
        if self.axis is ALL or self.axis is ROWS:
            return not self.floats
        return self.axis.exact

    @property
    def floats(self) -> bool:
        """Whether the numbers are floats."""
        return self.values[0].dtype != np.object_

    def along(self, axis: Axis) -> Column:
        """Return numbers by the options of an axis that this one's is a part of."""
        if self.axis is axis or self.axis is ALL:
            return self
        places = axis.places(self.axis)
        return Column(tuple(values[places] for values in self.values), axis)

    def in_rows(self, exact: bool) -> Column:
        """Return numbers by row, or one for all of them: decimals where `exact`, else floats."""
        column = self if exact else self.in_floats()
        if self.axis is ALL or self.axis is ROWS:
            return column
        found = tuple(values[self.axis.codes] for values in column.values)
        return Column(found, ROWS, column.slack, None, column.faithful)

    def in_floats(self) -> Column:
        """Return the numbers as floats."""
        if self.floats:
            return self
        found = tuple(values.astype(np.float64) for values in self.values)
        held = all(_all_held(*pair) for pair in zip(self.values, found, strict=True))
        short = all(len(n.as_tuple().digits) <= DIGITS for one in self.values for n in one)
        return Column(found, self.axis, 0.0 if held else HALF_ULP, None, short)

    def __add__(self, other: Column) -> Column:
        ours, theirs = matched(self, other)
        found = _each(np.add, ours, theirs)
        if _added_exactly(ours, theirs, found):
            return _made(ours, theirs, found, 0.0)
        return _made(ours, theirs, found, max(ours.slack, theirs.slack) + HALF_ULP)

    def __mul__(self, other: Column) -> Column:
        ours, theirs = matched(self, other)
        found = _each(np.multiply, ours, theirs)
        slack = 0.0 if _multiplied_exactly(ours, theirs, found) else HALF_ULP
        return _made(ours, theirs, found, ours.slack + theirs.slack + slack)

    def over(self, other: Column) -> Column:
        """Return the quotient: the low end divides by the other's high end, and the reverse."""
        ours, theirs = matched(self, other)
        turned = Column(theirs.values[::-1], theirs.axis)
        found = _each(np.divide, ours, turned)
        return _made(ours, theirs, found, ours.slack + theirs.slack + HALF_ULP)

    def settled(self) -> Column:
        """Return the expected value throughout: a share and its rest cannot both be high."""
        return Column((self.expected,), self.axis, self.slack, self.doubt, self.faithful)

    def rest(self) -> Column:
        """Return what the expected share leaves of 1."""
        return Column.of(1).less(self.settled())

    def beyond(self, other: Column) -> Column:
        """Return what is more than the other's expected value, never below zero."""
        more = self.less(other.settled())
        zero = _decimals([Decimal(0)]).astype(more.values[0].dtype)
        found = tuple(np.maximum(values, zero) for values in more.values)
        return Column(found, more.axis, more.slack, more.doubt)

    def less(self, other: Column) -> Column:
        """Return the difference, doubtful where it is small beside what it is the difference of."""
        ours, theirs = matched(self, other)
        found = _each(np.subtract, ours, theirs)
        slack = ours.slack + theirs.slack
        made = _made(ours, theirs, found, slack / CLOSE + HALF_ULP)
        if not slack:
            return made
        pairs = zip(found, several(ours, len(found)), strict=True)
        close = _any(np.abs(left) <= CLOSE * values for left, values in pairs)
        return Column(found, made.axis, made.slack, either(made.doubt, close))

    def at_least(self, other: Column) -> Column:
        """Return the range, nowhere below the other's expected value."""
        ours, theirs = matched(self, other.settled())
        found = _each(np.maximum, ours, theirs)
        return _made(ours, theirs, found, max(ours.slack, theirs.slack))

    def rounded_up(self) -> Column:
        """Return the next whole number, doubtful where the number may itself be one."""
        if not self.floats:
            return Column(tuple(_CEILING(values) for values in self.values), self.axis)
        found = tuple(np.ceil(values) for values in self.values)
        return Column(found, self.axis, 0.0, either(self.doubt, self.near_whole()))

    def near_whole(self) -> Truths | None:
        """Return where a number cannot be told from a whole one; zero is zero."""
        bound = SAFETY * self.slack
        near = ((np.abs(v - np.rint(v)) <= bound * v) & (v > 0) for v in self.values)
        return _any(near) if self.slack else None

    def in_cents(self) -> Column:
        """Return amounts in dollars as whole cents, half up, in floats; doubtful near half a cent."""
        return self._in_parts(100, _CENTS)

    def in_tenths(self) -> Column:
        """Return numbers as whole tenths, half to even, in floats; doubtful near half a tenth."""
        return self._in_parts(10, _TENTHS)

    def _in_parts(self, parts: int, exactly: Callable[[Numbers], Numbers]) -> Column:
        if not self.floats:
            whole = tuple(exactly(values).astype(np.float64) for values in self.values)
            return Column(whole, self.axis).in_rows(exact=False)
        raised = [values * float(parts) for values in self.values]
        found = tuple(np.floor(values + 0.5) for values in raised)
        bound = SAFETY * (self.slack + 3 * HALF_ULP)
        near = _any(np.abs(v - np.floor(v) - 0.5) <= bound * v for v in raised)
        return Column(found, self.axis, 0.0, either(self.doubt, near))


def matched(ours: Column, theirs: Column) -> tuple[Column, Column]:
    """Return two columns that can be reckoned with each other, both in floats or both in decimals."""
    axis = joint((ours.axis, theirs.axis))
    if axis is not ROWS:
        return ours.along(axis), theirs.along(axis)
    exact = ours.exact and theirs.exact
    return ours.in_rows(exact), theirs.in_rows(exact)


def _any(doubts: Iterable[Truths]) -> Truths | None:
    found = either(*doubts)
    return found if found is not None and found.any() else None


def several(column: Column, count: int) -> tuple[Numbers, ...]:
    """Return as many numbers as another column has: low, expected and high, or one."""
    return column.values if len(column.values) == count else column.values * count


def _each(change: np.ufunc, ours: Column, theirs: Column) -> tuple[Numbers, ...]:
    count = max(len(ours.values), len(theirs.values))
    pairs = zip(several(ours, count), several(theirs, count), strict=True)
    return tuple(change(left, right) for left, right in pairs)


def _made(ours: Column, theirs: Column, found: tuple[Numbers, ...], slack: float) -> Column:
    axis = theirs.axis if ours.axis is ALL else ours.axis
    return Column(found, axis, slack if ours.floats else 0.0, either(ours.doubt, theirs.doubt))


def _added_exactly(ours: Column, theirs: Column, found: tuple[Numbers, ...]) -> bool:
    """Whether sums of exact floats are exact, by Knuth's way to find what was rounded off."""
    if ours.slack or theirs.slack or not ours.floats:
        return not ours.floats
    count = len(found)
    sides = several(ours, count), several(theirs, count)
    for left, right, total in zip(*sides, found, strict=True):
        back = total - left
        if np.any(left - (total - back)) or np.any(right - back):
            return False
    return True


def _multiplied_exactly(ours: Column, theirs: Column, found: tuple[Numbers, ...]) -> bool:
    """Whether products of exact floats are exact: those of whole numbers that are not too large."""
    if ours.slack or theirs.slack or not ours.floats:
        return not ours.floats
    factors = all(np.all(values == np.floor(values)) for values in (*ours.values, *theirs.values))
    return factors and all(np.all(values <= WHOLE) for values in found)


def _decimals(numbers: Iterable[Decimal]) -> Numbers:
    return np.array(list(numbers), dtype=np.object_)


def _all_held(decimals: Numbers, floats: Numbers) -> bool:
    """Whether floats hold decimals without an error."""
    pairs = zip(decimals, floats.tolist(), strict=True)
    return all(a.is_nan() or Decimal(b) == a for a, b in pairs)


def _ufunc(change: Callable[[Decimal], Decimal]) -> Callable[[Numbers], Numbers]:
    return np.frompyfunc(change, 1, 1)


_CEILING = _ufunc(lambda number: number.to_integral_value(ROUND_CEILING))
_CENTS = _ufunc(lambda amount: cents(amount).scaleb(2))
_TENTHS = _ufunc(lambda number: number.quantize(TENTH, ROUND_HALF_EVEN).scaleb(1))
