"""Low, expected and high: the three values that every cost is reckoned in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Protocol, Self, TypeVar

CENT = Decimal("0.01")
BEYOND = Decimal(10) ** 20
"""Dollars of which cents are not told: far more than any cost that is accepted, and few enough digits."""
Number = int | float | Decimal


def exactly(value: Number) -> Decimal:
    """Return a number as people wrote it: 0.1 is a tenth."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


class Quantity(Protocol):
    """What the formulas reckon with: low, expected and high, or many draws of the same."""

    def __add__(self, other: Self, /) -> Self:
        """Return the sum."""
        ...

    def __mul__(self, other: Self, /) -> Self:
        """Return the product."""
        ...

    def over(self, other: Self, /) -> Self:
        """Return the quotient."""
        ...

    def settled(self) -> Self:
        """Return a share that another one must add up to 1 with."""
        ...

    def rest(self) -> Self:
        """Return what a share leaves of 1."""
        ...

    def beyond(self, other: Self, /) -> Self:
        """Return what is more than the other, never below zero."""
        ...

    def at_least(self, other: Self, /) -> Self:
        """Return it, or the other where that is more."""
        ...

    def rounded_up(self) -> Self:
        """Return the next whole number."""
        ...


Q = TypeVar("Q", bound=Quantity)


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

    def settled(self) -> Range:
        """Return the expected value throughout: a share and its rest cannot both be high."""
        return Range.of(self.expected)

    def rest(self) -> Range:
        """Return what the expected share leaves of 1."""
        return Range.of(1 - self.expected)

    def beyond(self, other: Range) -> Range:
        """Return what is more than the other's expected value, never below zero."""
        return self.each(lambda number: max(number - other.expected, Decimal(0)))

    def at_least(self, other: Range) -> Range:
        """Return the range, nowhere below the other's expected value."""
        return self.each(lambda number: max(number, other.expected))

    def rounded_up(self) -> Range:
        """Return the range in whole numbers."""
        return self.each(lambda number: number.to_integral_value(ROUND_CEILING))

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
    """Return an amount in dollars rounded to the cent, half up; as it is where it is beyond all measure."""
    return amount.quantize(CENT, ROUND_HALF_UP) if amount < BEYOND else amount


def total(ranges: Iterable[Range]) -> Range:
    """Return the sum, zero where there is nothing to add."""
    return sum(ranges, ZERO)


def plain(number: Decimal) -> int | float:
    """Return a number as JSON writes it: whole where it is whole."""
    return int(number) if number == number.to_integral_value() else float(number)
