"""Many draws of one number at once, reckoned draw by draw."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

DrawChange = Callable[[Any, Any], Any]
HALF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """The values that a number takes, draw by draw; a plain number beside it counts for all of them."""

    values: Sequence[Any]

    def with_(self, other: Any, change: DrawChange) -> Draws:
        """Return what two numbers come to, draw by draw."""
        if isinstance(other, Draws):
            return Draws(list(map(change, self.values, other.values)))
        return Draws([change(value, other) for value in self.values])

    def each(self, change: Callable[[Any], Any]) -> Draws:
        """Return the draws, each changed alike."""
        return Draws([change(value) for value in self.values])

    def __add__(self, other: Any) -> Draws:
        return self.with_(other, operator.add)

    def __mul__(self, other: Any) -> Draws:
        return self.with_(other, operator.mul)

    def __sub__(self, other: Any) -> Draws:
        return self.with_(other, operator.sub)

    def __truediv__(self, other: Any) -> Draws:
        return self.with_(other, operator.truediv)

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: Any) -> Draws:
        return self.each(lambda value: other - value)

    def __neg__(self) -> Draws:
        return self.each(operator.neg)

    def __gt__(self, other: Any) -> Draws:
        return self.with_(other, operator.gt)

    def __ge__(self, other: Any) -> Draws:
        return self.with_(other, operator.ge)

    def __lt__(self, other: Any) -> Draws:
        return self.with_(other, operator.lt)

    def __le__(self, other: Any) -> Draws:
        return self.with_(other, operator.le)

    def __and__(self, other: Any) -> Draws:
        return self.with_(other, operator.and_)

    __rand__ = __and__


@lru_cache(maxsize=2048)
def triangular(low: float, middle: float, high: float, chances: tuple[float, ...]) -> Draws:
    """Return the values that two triangles reach with some chances: half lie on either side of the middle."""
    below, above, root = middle - low, high - middle, math.sqrt
    return Draws(
        [
            low + below * root(2 * chance)
            if chance < HALF
            else high - above * root(2 * (1 - chance))
            for chance in chances
        ]
    )
