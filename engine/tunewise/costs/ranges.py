"""Low, expected and high: the three values that every cost is reckoned in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
Number = int | float | Decimal


def exactly(value: Number) -> Decimal:
    """Return a number as people wrote it: 0.1 is a tenth."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


@dataclass(frozen=True, slots=True)
class Range:
    """A quantity, rate or amount: `low <= expected <= high`, none below zero."""

    low: Decimal
    expected: Decimal
    high: Decimal

    @classmethod
    def of(cls, value: Number) -> Range:
        """Return the range that has one value throughout."""
        exact = exactly(value)
        return cls(exact, exact, exact)

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.expected + other.expected, self.high + other.high)

    def __mul__(self, other: Range) -> Range:
        return Range(self.low * other.low, self.expected * other.expected, self.high * other.high)

    def over(self, other: Range) -> Range:
        """Return the quotient: the low end divides by the other's high end, and the reverse."""
        return Range(self.low / other.high, self.expected / other.expected, self.high / other.low)

    def each(self, change: Callable[[Decimal], Decimal]) -> Range:
        """Return the range with each value changed alike; the change must keep their order."""
        return Range(change(self.low), change(self.expected), change(self.high))

    def times(self, factor: Number) -> Range:
        """Return the range with each value multiplied."""
        return self * Range.of(factor)

    def in_cents(self) -> Range:
        """Return the range rounded to cents, half up."""
        return self.each(cents)

    @property
    def values(self) -> tuple[Decimal, Decimal, Decimal]:
        """Low, expected and high."""
        return (self.low, self.expected, self.high)

    def as_record(self) -> dict[str, int | float]:
        """Return the range as plain JSON numbers."""
        return {
            "low": plain(self.low),
            "expected": plain(self.expected),
            "high": plain(self.high),
        }


ZERO = Range.of(0)
ONE = Range.of(1)


def cents(amount: Decimal) -> Decimal:
    """Return an amount in dollars rounded to the cent, half up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def total(ranges: Iterable[Range]) -> Range:
    """Return the sum, zero where there is nothing to add."""
    return sum(ranges, ZERO)


def plain(number: Decimal) -> int | float:
    """Return a number as JSON writes it: whole where it is whole."""
    return int(number) if number == number.to_integral_value() else float(number)
