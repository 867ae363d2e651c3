"""Low, expected and high: the three values that every cost is reckoned in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tunewise.costs.kernel import ONE, SLACK, Kernel, Mask, Number, rounded

PARTS = 100
"""The cents of a dollar."""


def exactly(value: float | Decimal) -> Decimal:
    """Return a number as people wrote it: 0.1 is a tenth."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


@dataclass(frozen=True, slots=True)
class Range:
    """A quantity, rate or amount: `low <= expected <= high`, none below zero.

    Each is a float or a column of them; `kernel` works on these. A quantity in a reckoning holds one number three
    times over, which may be draws, and is reckoned once.
    """

    low: Number
    expected: Number
    high: Number
    kernel: Kernel = field(default=ONE, compare=False, repr=False)

    @classmethod
    def of(cls, value: Number, kernel: Kernel = ONE) -> Range:
        """Return the range that has one value throughout."""
        number = float(value) if isinstance(value, int) else value
        return cls(number, number, number, kernel)

    @property
    def single(self) -> bool:
        """Whether it has one value throughout by the way it was made."""
        return self.low is self.high

    def each(self, change: Callable[[Number], Number]) -> Range:
        """Return the range with each value changed alike; the change must keep their order."""
        if self.low is self.high:
            return _one(change(self.low), self.kernel)
        low, expected, high = change(self.low), change(self.expected), change(self.high)
        return Range(low, expected, high, self.kernel)

    def _with(self, other: Range, change: Callable[[Number, Number], Number]) -> Range:
        if self.low is self.high and other.low is other.high:
            return _one(change(self.low, other.low), self.kernel)
        low, expected = change(self.low, other.low), change(self.expected, other.expected)
        return Range(low, expected, change(self.high, other.high), self.kernel)

    def __add__(self, other: Range) -> Range:
        return self._with(other, lambda ours, theirs: ours + theirs)

    def __mul__(self, other: Range) -> Range:
        return self._with(other, lambda ours, theirs: ours * theirs)

    def over(self, other: Range) -> Range:
        """Return the quotient: the low end divides by the other's high end, and the reverse."""
        turned = Range(other.high, other.expected, other.low, other.kernel)
        return self._with(turned, self.kernel.over)

    def times(self, factor: Number) -> Range:
        """Return the range with each value multiplied."""
        return self.each(lambda number: number * factor)

    def rest(self) -> Range:
        """Return what a share leaves of 1."""
        return self.each(lambda number: 1 - number)

    def beyond(self, other: Range) -> Range:
        """Return what is more than the other, never below zero."""
        most = self.kernel.maximum
        return self._with(other, lambda ours, theirs: most(ours - theirs, 0.0))

    def at_least(self, other: Range) -> Range:
        """Return the range, nowhere below the other."""
        return self._with(other, self.kernel.maximum)

    def at_most(self, other: Range) -> Range:
        """Return the range, nowhere above the other."""
        return self._with(other, self.kernel.minimum)

    def percentiles(self) -> Range:
        """Return what 10, 50 and 90 of 100 draws of a quantity stay below."""
        low, middle, high = self.kernel.percentiles(self.expected)
        return Range(low, middle, high, self.kernel)

    def whole(self) -> Range:
        """Return the range in whole numbers, half up."""
        return self.each(lambda number: rounded(self.kernel, number, 1))

    def rounded_up(self) -> Range:
        """Return the range in whole numbers: what is above one by the machine's rounding alone stays that one."""
        return self.each(lambda number: self.kernel.ceil(number * (1 - SLACK)))

    def rounded_down(self) -> Range:
        """Return the range in whole numbers: what the machine's rounding alone puts below one is that one."""
        return self.each(lambda number: self.kernel.floor(number * (1 + SLACK)))

    def in_dollars(self) -> Range:
        """Return whole cents as dollars."""
        return self.each(lambda cents: cents / PARTS)

    def where(self, mask: Mask, other: Range) -> Range:
        """Return the range where a mask holds, the other elsewhere."""
        return self._with(other, lambda ours, theirs: self.kernel.where(mask, ours, theirs))

    @property
    def values(self) -> tuple[Number, Number, Number]:
        """Low, expected and high."""
        return (self.low, self.expected, self.high)

    def as_record(self) -> dict[str, int | float]:
        """Return the range as plain JSON numbers."""
        return {
            "low": plain_number(self.low),
            "expected": plain_number(self.expected),
            "high": plain_number(self.high),
        }

    def as_percentiles(self) -> dict[str, int | float]:
        """Return a range of draws as plain JSON numbers: what 10, 50 and 90 of 100 of them stay below."""
        low, middle, high = map(plain_number, self.values)
        return {"p10": low, "p50": middle, "p90": high}


def _one(value: Number, kernel: Kernel) -> Range:
    return Range(value, value, value, kernel)


def cents(dollars: Any) -> float:
    """Return an amount in dollars rounded to the cent, half up."""
    found: float = rounded(ONE, float(dollars), PARTS) / PARTS
    return found


def plain_number(number: float | Decimal) -> int | float:
    """Return a number as JSON writes it: whole where it is whole."""
    return int(number) if number % 1 == 0 else float(number)
