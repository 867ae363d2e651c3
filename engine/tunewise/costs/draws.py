"""Many draws of one quantity at once, and the quantities of a plan made of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import add, mul, truediv

from tunewise.costs.pricesheet import TokenPrice
from tunewise.costs.quantities import PlanQuantities, Ranges
from tunewise.costs.ranges import Number, Range

Take = Callable[[str, Range], "Draws"]
"""Gives the draws of an input by name, within its range."""


@dataclass(frozen=True, slots=True)
class Draws:
    """The values that a quantity takes, draw by draw; a single value counts for all of them."""

    values: Sequence[float]

    def _with(self, other: Draws, change: Callable[[float, float], float]) -> Draws:
        ours, theirs = self.values, other.values
        if len(theirs) == 1:
            (right,) = theirs
            return Draws([change(left, right) for left in ours])
        if len(ours) == 1:
            (left,) = ours
            return Draws([change(left, right) for right in theirs])
        return Draws(list(map(change, ours, theirs)))

    def __add__(self, other: Draws) -> Draws:
        return self._with(other, add)

    def __mul__(self, other: Draws) -> Draws:
        return self._with(other, mul)

    def over(self, other: Draws) -> Draws:
        """Return the quotient, draw by draw."""
        return self._with(other, truediv)

    def settled(self) -> Draws:
        """Return the share: within a draw, it and its rest add up to 1 as it is."""
        return self

    def rest(self) -> Draws:
        """Return what the share leaves of 1."""
        return Draws([1 - value for value in self.values])

    def beyond(self, other: Draws) -> Draws:
        """Return what is more than the other, never below zero."""
        return self._with(other, lambda ours, theirs: max(ours - theirs, 0.0))

    def at_least(self, other: Draws) -> Draws:
        """Return it, or the other where that is more."""
        return self._with(other, max)

    def rounded_up(self) -> Draws:
        """Return the next whole number; a billionth above one is the rounding of the machine."""
        return Draws([float(math.ceil(round(value, 9))) for value in self.values])


class DrawnQuantities(PlanQuantities[Draws]):
    """The quantities of a plan, every input that has a range taken by its name.

    Two plans that take from one source share what they have in common. The cost book's doubts are factors by
    which what a case states, or what is assumed in its place, may be off.
    """

    def __init__(self, plan: Ranges, take: Take) -> None:
        super().__init__(plan.facts, plan.choices, plan.assumptions, plan.as_of)
        self.plan, self.take = plan, take

    def of(self, number: Number) -> Draws:
        """Return a number as a quantity."""
        return Draws((float(number),))

    def known(self, name: str, number: Number) -> Draws:
        """Return what the case states, as far as such figures can be relied on."""
        return self._doubted(name, self.of(number), "given")

    def ranging(self, name: str, span: Range) -> Draws:
        """Return an assumption or rate within its range, one value as far as it can be relied on."""
        if span.low < span.high:
            return self.take(name, span)
        basis = "given" if name in self.assumptions.overrides else "assumed"
        return self._doubted(name, self.of(span.expected), basis)

    def _doubted(self, name: str, value: Draws, basis: str) -> Draws:
        doubt = self.assumptions.book.doubts.get(name)
        if doubt is None:
            return value
        return value * self.take(name, (doubt.given if basis == "given" else doubt.assumed).range)

    @property
    def price(self) -> TokenPrice:
        """What the tokens of a prompted request of the expected length cost."""
        return self.plan.price
