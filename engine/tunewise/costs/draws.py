"""Many draws of one number at once, and the quantities of a plan made of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import add, mul, sub, truediv

from tunewise.costs.kernel import Kernel, Number
from tunewise.costs.quantities import Quantities
from tunewise.costs.ranges import Range
from tunewise.costs.serving_choice import Served
from tunewise.costs.token_prices import Price

Take = Callable[[str, Range], "Draws"]
"""Gives the draws of an input by name, within its range."""
DrawChange = Callable[[float, float], float]


@dataclass(frozen=True, slots=True)
class Draws:
    """The values that a number takes, draw by draw; a plain number beside it counts for all of them."""

    values: Sequence[float]

    def with_(self, other: Number, change: DrawChange) -> Draws:
        """Return what two numbers come to, draw by draw."""
        if isinstance(other, Draws):
            return Draws(list(map(change, self.values, other.values)))
        return Draws([change(value, other) for value in self.values])

    def each(self, change: Callable[[float], float]) -> Draws:
        """Return the draws, each changed alike."""
        return Draws([change(value) for value in self.values])

    def __add__(self, other: Number) -> Draws:
        return self.with_(other, add)

    def __mul__(self, other: Number) -> Draws:
        return self.with_(other, mul)

    def __sub__(self, other: Number) -> Draws:
        return self.with_(other, sub)

    def __truediv__(self, other: Number) -> Draws:
        return self.with_(other, truediv)

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: Number) -> Draws:
        return self.each(lambda value: other - value)

    def __rtruediv__(self, other: Number) -> Draws:
        return self.each(lambda value: other / value)


class Drawing(Kernel):
    """One case whose numbers may be draws; what branches on them is decided as expected, once for all draws."""

    def maximum(self, one: Number, other: Number) -> Number:
        """Return the greater number, draw by draw."""
        if isinstance(one, Draws):
            return one.with_(other, max)
        return other.with_(one, max) if isinstance(other, Draws) else max(one, other)

    def floor(self, number: Number) -> Number:
        """Return the greatest whole number that is no more, draw by draw."""
        return _each(number, math.floor)

    def ceil(self, number: Number) -> Number:
        """Return the least whole number that is no less, draw by draw."""
        return _each(number, math.ceil)

    def over(self, number: Number, divisor: Number) -> Number:
        """Return the quotient, draw by draw."""
        drawn = isinstance(number, Draws) or isinstance(divisor, Draws)
        return number / divisor if drawn else super().over(number, divisor)


def _each(number: Number, change: Callable[[float], int]) -> Number:
    return number.each(change) if isinstance(number, Draws) else float(change(number))


DRAWING = Drawing()


class DrawnQuantities(Quantities):
    """The quantities of a case's plan, every input that has a range taken by its name.

    Two plans that take from one source share what they have in common. The cost book's doubts are factors by
    which what a case states, or what is assumed in its place, may be off.
    """

    def __init__(self, plan: Quantities, take: Take) -> None:
        super().__init__(plan.facts, plan.choices, plan.assumptions, plan.as_of)
        self.plan, self.take, self.kernel = plan, take, DRAWING

    def known(self, name: str) -> Range:
        """Return what the case states, as far as such figures can be relied on."""
        return self._doubted(name, super().known(name), "given")

    def ranging(self, name: str, span: Range) -> Range:
        """Return an assumption or rate within its range, one value as far as it can be relied on."""
        if span.low < span.high:
            return self.of(self.take(name, span))
        basis = "given" if name in self.assumptions.overrides else "assumed"
        return self._doubted(name, self.of(span.expected), basis)

    def _doubted(self, name: str, value: Range, basis: str) -> Range:
        doubt = self.assumptions.book.doubts.get(name)
        if doubt is None:
            return value
        span = (doubt.given if basis == "given" else doubt.assumed).range
        return value * self.of(self.take(name, span))

    @property
    def served(self) -> Served:
        """What serves as expected: a plan settles on its cards before its load is known."""
        return self.plan.served

    @property
    def price(self) -> Price:
        """What the tokens of a prompted request of the expected length cost."""
        return self.plan.price
