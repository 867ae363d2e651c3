"""When tuning pays back: after how many months, and from how many requests a month."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from tunewise.costs.kernel import NOT_A_NUMBER, ONE, Kernel, Number, in_percent, rounded
from tunewise.costs.quantities import Quantities
from tunewise.costs.ranges import PARTS, Range, plain_number
from tunewise.costs.totals import Totals
from tunewise.knowledge.vocabulary import LARGEST_NUMBER

BreakEvenReason = Literal["pays_back", "from_the_start", "too_late", "dearer_to_run", "near_even"]
BREAK_EVEN_REASONS: tuple[BreakEvenReason, ...] = get_args(BreakEvenReason)
NEVER = "never"
STEPS_A_DECADE, DECADES, TOLD_LOADS = 3, 11, 1000
TRIED_LOADS = (
    0,
    *(round(10 ** (step / STEPS_A_DECADE)) for step in range(STEPS_A_DECADE * DECADES)),
)
"""Requests a month at which savings are looked at; beyond the last lies no use case."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A result at the end that favours tuning, in the middle, and at the other end; None for never."""

    low: float | None
    expected: float | None
    high: float | None

    def as_record(self, digits: int) -> dict[str, int | float | str]:
        """Return the spread as plain data, never in words."""
        return {
            "low": _plain(self.low, digits),
            "expected": _plain(self.expected, digits),
            "high": _plain(self.high, digits),
        }

    def as_percentiles(self, digits: int) -> dict[str, int | float | str]:
        """Return the same as what 10, 50 and 90 of 100 draws stay below."""
        low, middle, high = self.as_record(digits).values()
        return {"p10": low, "p50": middle, "p90": high}


def _plain(value: float | None, digits: int) -> int | float | str:
    return NEVER if value is None else plain_number(rounded(ONE, value, 10**digits) / 10**digits)


@dataclass(frozen=True)
class BreakEven:
    """Where tuning overtakes prompting: in 10, 50 and 90 of 100 draws.

    `reason` tells which case the middle of them is; `sentence` says it.
    """

    months: Spread
    reason: BreakEvenReason
    sentence: str
    crossing: Callable[[], Crossings]

    @cached_property
    def loads(self) -> Crossings:
        """The loads from which tuning costs no more over the horizon; worked out when asked for."""
        return self.crossing()

    @property
    def requests_per_month(self) -> Spread:
        """The load from which on it stays so."""
        return self.loads.throughout

    def as_record(self) -> dict[str, Any]:
        """Return the break-even as plain data."""
        return {
            "months": self.months.as_percentiles(2),
            "requests_per_month": self.requests_per_month.as_percentiles(0),
            "first_at": self.loads.first,
            "reason": self.reason,
            "sentence": self.sentence,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Overtaking:
    """The months after which tuning has paid back in 10, 50 and 90 of 100 draws, infinite for never.

    `saved` is what tuning costs less over the horizon, in cents, draw by draw; `reasons` are places in
    BREAK_EVEN_REASONS: the middle of differences may lie on the other side than the difference of middles, which is
    near even.
    """

    months: Range
    saved: Number
    reasons: Number

    def computed(self, q: Quantities) -> dict[str, Number]:
        """Return what rules may test of it."""
        kernel, months = q.kernel, self.months.expected
        told = rounded(kernel, months, PARTS) / PARTS
        return {
            "break_even_months": kernel.where(months <= LARGEST_NUMBER, told, NOT_A_NUMBER),
            "tuning_pays_back": months <= q.central["horizon"].expected,
            "tuning_cheaper": in_percent(kernel, self.saved > 0),
        }


def overtaking(prompting: Totals, tuning: Totals) -> Overtaking:
    """Return when tuning overtakes prompting, by what it saves in a month on the mean of the horizon."""
    q = prompting.q
    kernel, months = q.kernel, q.central["horizon"].expected
    first = tuning.drawn["initial"].expected - prompting.drawn["initial"].expected
    saved = prompting.drawn["horizon"].expected - tuning.drawn["horizon"].expected
    paid = months_to_break_even(first, (saved + first) * (1 / months), kernel)
    spread = Range.of(paid, kernel).percentiles()
    more = Range.of(first, kernel).percentiles().expected
    pays = kernel.where(more > 0, _reason("pays_back"), _reason("from_the_start"))
    late = kernel.where(spread.expected <= months, pays, _reason("too_late"))
    reasons = kernel.where(spread.expected < math.inf, late, _reason("dearer_to_run"))
    less = tuning.horizon.expected <= prompting.horizon.expected
    told = kernel.where((spread.expected <= months) == less, reasons, _reason("near_even"))
    return Overtaking(spread, saved, told)


def _reason(name: BreakEvenReason) -> int:
    return BREAK_EVEN_REASONS.index(name)


def months_to_break_even(more_at_first: Number, saved_a_month: Number, kernel: Kernel) -> Number:
    """Return the months until monthly savings have paid for what tuning costs more at first.

    Both in the same money. 0 where tuning costs no more from the start and saves; infinite, for never, where it saves
    nothing. Document B's ROI formula (B69), without its division by zero and its negative months.
    """
    paid = kernel.over(kernel.maximum(more_at_first, 0.0), saved_a_month)
    later = kernel.where(saved_a_month > 0, paid, math.inf)
    return kernel.where((more_at_first <= 0) & (saved_a_month >= 0), 0.0, later)


def spread_of(values: Iterable[float]) -> Spread:
    """Return results of one case, infinite ones as never."""
    return Spread(*(None if value == math.inf else value for value in values))


@dataclass(frozen=True, slots=True)
class Crossings:
    """The loads, in requests a month, from which tuning costs no more over the horizon.

    `throughout` are those from where it stays so, in 90, 50 and 10 of 100 draws; `first` is where it does so first,
    in 50 of 100, where that is another load.
    """

    throughout: Spread
    first: float | None


def crossings(saved: Callable[[int], Sequence[float]]) -> Crossings:
    """Return where savings over the horizon begin; `saved` gives their percentiles, in any money, at a load."""
    tried = [saved(load) for load in TRIED_LOADS]
    ends = [_last(saved, [one[end] for one in tried], end) for end in (2, 1, 0)]
    middle = [one[1] for one in tried]
    begin = next((place for place, one in enumerate(middle) if one >= 0), None)
    first = None if begin is None else _between(saved, begin, 1)
    return Crossings(spread_of(ends), first if first != ends[1] else None)


def _last(saved: Callable[[int], Sequence[float]], tried: Sequence[float], end: int) -> float:
    """Return the load from which a percentile of what is saved is never below zero again."""
    below = [place for place, one in enumerate(tried) if one < 0]
    begin = below[-1] + 1 if below else 0
    return math.inf if begin == len(TRIED_LOADS) else _between(saved, begin, end)


def _between(saved: Callable[[int], Sequence[float]], place: int, end: int) -> float:
    """Return where a saving begins, to three digits, between a load that was tried and the one before it."""
    if place == 0:
        return 0.0 if TRIED_LOADS[0] == 0 else float(TRIED_LOADS[0])
    below, above = TRIED_LOADS[place - 1], TRIED_LOADS[place]
    while above - below > max(1, below // TOLD_LOADS):
        middle = (below + above) // 2
        below, above = (middle, above) if saved(middle)[end] < 0 else (below, middle)
    return float(above)
