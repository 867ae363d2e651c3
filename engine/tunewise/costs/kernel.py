"""The few operations that differ between the numbers of one case and columns of them; and how numbers are rounded."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tunewise.costs.draws import Draws, triangular
from tunewise.errors import UserError

if TYPE_CHECKING:
    from tunewise.costs.choices import Choice
    from tunewise.costs.ranges import Range

Number = Any
"""A float, a column of floats, or draws: what a kernel works on; single floats go with all of them."""
Mask = Any
"""True, False, or a column of these: where something holds."""

SLACK = 2.0**-48
"""By what part of itself a reckoned number may be off: some roundings of the machine, far below a cent."""
NOT_A_NUMBER = float("nan")
PERCENTILES = (0.1, 0.5, 0.9)
"""The shares of draws that lie below low, expected and high."""

Steps = Callable[[str, int], tuple[int, ...]]
"""Gives the lengths of request at which a model's prices change, as far as the longest one needs."""


class Kernel:
    """Works on the numbers of a single case, in plain Python: floats, and draws of them; columns are another kernel."""

    def where(self, mask: Mask, then: Number, otherwise: Number) -> Number:
        """Return one number where a mask holds, the other elsewhere."""
        if isinstance(mask, Draws):
            pairs = zip(mask.values, _spread(then, mask), _spread(otherwise, mask), strict=True)
            return Draws([ours if holds else theirs for holds, ours, theirs in pairs])
        return then if mask else otherwise

    def maximum(self, one: Number, other: Number) -> Number:
        """Return the greater number."""
        return _of_both(one, other, max)

    def minimum(self, one: Number, other: Number) -> Number:
        """Return the lesser number."""
        return _of_both(one, other, min)

    def floor(self, number: Number) -> Number:
        """Return the greatest whole number that is no more."""
        return _of_one(number, _floor)

    def ceil(self, number: Number) -> Number:
        """Return the least whole number that is no less."""
        return _of_one(number, _ceil)

    def over(self, number: Number, divisor: Number) -> Number:
        """Return the quotient; infinity or no number where nothing divides."""
        return _of_both(number, divisor, _over)

    def all(self, mask: Mask) -> bool:
        """Whether a mask holds everywhere."""
        return all(mask.values) if isinstance(mask, Draws) else bool(mask)

    def any(self, mask: Mask) -> bool:
        """Whether a mask holds anywhere."""
        return any(mask.values) if isinstance(mask, Draws) else bool(mask)

    def no(self, mask: Mask) -> Mask:
        """Return where a mask does not hold."""
        return not mask

    def percentiles(
        self, number: Number, shares: Sequence[float] = PERCENTILES
    ) -> tuple[Number, ...]:
        """Return what some shares of the draws stay below."""
        if not isinstance(number, Draws):
            return (number,) * len(shares)
        values = sorted(number.values)
        last = len(values) - 1
        return tuple(values[round(last * share)] for share in shares)

    def drawn(self, number: Number) -> bool:
        """Whether a number is draws."""
        return isinstance(number, Draws)

    def ever(self, mask: Mask) -> Mask:
        """Return in which cases a mask holds in any draw."""
        return self.any(mask)

    def share(self, mask: Mask) -> Number:
        """Return the share of draws in which a mask holds."""
        if isinstance(mask, Draws):
            return sum(mask.values) / len(mask.values)
        return float(mask)

    def triangular(self, span: Range, chances: tuple[float, ...]) -> Number:
        """Return draws within a range, half of them on either side of its middle, by their chances."""
        return triangular(*span.values, chances)

    def pick(self, values: Sequence[Any], codes: Any) -> Any:
        """Return the value at a place; -1 is the last."""
        return values[codes]

    def full(self, number: Number) -> Number:
        """Return a number for each case, to be changed by `put` alone."""
        return number

    def count(self, mask: Mask) -> int:
        """Return for how many cases a mask holds."""
        return int(mask)

    def part(self, mask: Mask) -> tuple[Kernel, Any]:
        """Return what works on the cases for which a mask holds, and their places."""
        return self, None

    def take(self, number: Number, places: Any) -> Number:
        """Return the numbers at some places."""
        return number

    def put(self, number: Number, places: Any, values: Number) -> Number:
        """Return a number of each case with those at some places changed."""
        return values

    def apply(self, change: Callable[[float], Number], number: Number) -> Number:
        """Return what a number comes to."""
        return change(number)

    def refuse(self, error: UserError) -> None:
        """Raise what stands in the way of a single case; of many, the others go on."""
        raise error

    def groups(
        self, models: Choice, sent: Number, steps: Steps
    ) -> tuple[list[tuple[str, int]], Any]:
        """Return models with a length of request, and the place among them of the one that each case pays."""
        return [(models.values[models.codes], int(sent))], 0


def _of_one(number: Number, change: Callable[[float], float]) -> Number:
    return number.each(change) if isinstance(number, Draws) else change(number)


def _of_both(one: Number, other: Number, change: Callable[[float, float], float]) -> Number:
    if isinstance(one, Draws):
        return one.with_(other, change)
    if isinstance(other, Draws):
        return other.each(lambda value: change(one, value))
    return change(one, other)


def _spread(number: Number, beside: Draws) -> Sequence[float]:
    return number.values if isinstance(number, Draws) else [number] * len(beside.values)


def _floor(number: float) -> float:
    return float(math.floor(number)) if math.isfinite(number) else number


def _ceil(number: float) -> float:
    return float(math.ceil(number)) if math.isfinite(number) else number


def _over(number: float, divisor: float) -> float:
    if divisor:
        return number / divisor
    return math.inf if number > 0 else NOT_A_NUMBER


ONE = Kernel()


def lacking(kernel: Kernel, name: str) -> Number:
    """Return no number for a quantity that is neither known nor assumed; a single case is refused."""
    kernel.refuse(UserError(f"costs: '{name}' is needed and neither known nor assumed"))
    return NOT_A_NUMBER


def rounded(kernel: Kernel, number: Number, parts: int) -> Number:
    """Return a number in whole parts of one, 100 for cents: half up, whatever the machine lost on the way.

    The parts come back whole, so that they add up without an error.
    """
    return kernel.floor(number * (parts + parts * SLACK) + 0.5)


def in_percent(kernel: Kernel, mask: Mask) -> Number:
    """Return the share of draws in which a mask holds, to whole hundredths."""
    return rounded(kernel, kernel.share(mask), 100) / 100


def is_whole(kernel: Kernel, number: Number) -> Number:
    """Return the whole part of a number."""
    return kernel.floor(number * (1 + SLACK))


def exceeds(one: Number, other: Number) -> Mask:
    """Return where one number is more than the other, by more than the machine may have lost."""
    return one > other * (1 + SLACK)


def alike(one: Number, other: Number) -> Mask:
    """Return where two numbers that are not below zero are the same, but for what the machine may have lost."""
    return (one <= other * (1 + SLACK)) & (other <= one * (1 + SLACK))


def both(one: Mask, other: Mask) -> Mask:
    """Return where two masks hold."""
    if one is True or other is False:
        return other
    return one if other is True or one is False or one is other else one & other


def either(one: Mask, other: Mask) -> Mask:
    """Return where one of two masks holds."""
    if one is False or other is True:
        return other
    return one if other is False or one is True or one is other else one | other
