"""When tuning pays back: after how many months, and from how many requests a month."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from tunewise.costs.book import Period
from tunewise.costs.kernel import ONE, Kernel, Mask, Number, alike, both, rounded
from tunewise.costs.lines import Worked, added
from tunewise.costs.quantities import Quantities
from tunewise.costs.ranges import Range, plain_number
from tunewise.knowledge.vocabulary import LARGEST_NUMBER

BreakEvenReason = Literal["pays_back", "from_the_start", "dearer_to_run"]
BREAK_EVEN_REASONS: tuple[BreakEvenReason, ...] = get_args(BreakEvenReason)
NEVER = "never"
WIDENING = 8
MOST_REQUESTS = LARGEST_NUMBER
"""Requests a month beyond which no use case lies: a break-even past it counts as never."""
NOISE = 2.0**-44
"""By what part of them the machine may lose of sums of many lines."""
ComparedLines = tuple[Worked, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """A result at the end that favours tuning, as expected, and at the other end; None for never."""

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


def _plain(value: float | None, digits: int) -> int | float | str:
    return NEVER if value is None else plain_number(rounded(ONE, value, 10**digits) / 10**digits)


@dataclass(frozen=True)
class BreakEven:
    """Where tuning overtakes prompting.

    `low` takes the extra cost at best, `high` at worst: the truth lies between, so the range is wide but
    safe. `reason` tells which case the expected values are; `sentence` says it.
    """

    months: Spread
    reason: BreakEvenReason
    sentence: str
    crossing: Callable[[], Spread]

    @cached_property
    def requests_per_month(self) -> Spread:
        """The load from which tuning costs no more over the horizon; worked out when asked for."""
        return self.crossing()

    def as_record(self) -> dict[str, Any]:
        """Return the break-even as plain data."""
        return {
            "months": self.months.as_record(2),
            "requests_per_month": self.requests_per_month.as_record(0),
            "reason": self.reason,
            "sentence": self.sentence,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Overtaking:
    """The months after which tuning has paid back, at best, as expected, at worst: infinite for never.

    `reasons` are places in BREAK_EVEN_REASONS.
    """

    months: tuple[Number, Number, Number]
    reasons: Number


def overtaking(prompting: ComparedLines, tuning: ComparedLines, q: Quantities) -> Overtaking:
    """Return when tuning overtakes prompting."""
    kernel = q.kernel
    more, monthly = (extra(prompting, tuning, period, q) for period in ("initial", "monthly"))
    low, expected, high = (
        months_to_break_even(at_first, -dearer, kernel)
        for at_first, dearer in zip(more, monthly, strict=True)
    )
    pays = kernel.where(
        more[1] > 0,
        BREAK_EVEN_REASONS.index("pays_back"),
        BREAK_EVEN_REASONS.index("from_the_start"),
    )
    reasons = kernel.where(expected < math.inf, pays, BREAK_EVEN_REASONS.index("dearer_to_run"))
    return Overtaking((low, expected, high), reasons)


def extra(
    prompting: Iterable[Worked],
    tuning: Iterable[Worked],
    period: Period,
    q: Quantities,
    exact: bool = False,
) -> tuple[Number, Number, Number]:
    """Return what tuning costs more than prompting, below zero where it saves: at best, expected, at worst.

    At best tuning's lowest costs stand against prompting's highest, at worst the reverse. Lines that both have
    alike are struck out, so that their range does not count twice. In cents, or `exact` in dollars before they are
    rounded.
    """
    prompting, tuning = tuple(prompting), tuple(tuning)
    ours, theirs = added(tuning, period, q, exact), added(prompting, period, q, exact)
    width = _common(prompting, tuning, period, exact)
    return (
        ours.low - theirs.high + width,
        ours.expected - theirs.expected,
        ours.high - theirs.low - width,
    )


def _common(prompting: ComparedLines, tuning: ComparedLines, period: Period, exact: bool) -> Number:
    """Return how wide the ranges are of the lines that both have alike."""
    theirs = {line.id: line for line in prompting if line.period == period}
    found: Number = 0.0
    for line in tuning:
        other = theirs.get(line.id)
        amount = line.exact if exact else line.cents
        if other is not None and not amount.single:
            shared = both(both(line.counts, other.counts), _alike(line, other))
            width = line.exact.kernel.where(shared, amount.high - amount.low, 0.0)
            found = found + width
    return found


def _alike(ours: Worked, theirs: Worked) -> Mask:
    """Return where two approaches' lines are one and the same cost."""
    pairs = ((ours.quantity, theirs.quantity), (ours.rate, theirs.rate))
    found: Mask = True
    for one, other in pairs:
        for left, right in {
            (id(a), id(b)): (a, b) for a, b in zip(one.values, other.values, strict=True)
        }.values():
            found = both(found, True if left is right else alike(left, right))
    return found


def months_to_break_even(
    more_at_first: Number, saved_a_month: Number, kernel: Kernel = ONE
) -> Number:
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


def crossing(saving: Callable[[int], float], most: int = MOST_REQUESTS) -> float | None:
    """Return a load from which a saving is no longer below zero, to the request, None where none is found.

    `saving` gives the USD saved at a load; it is taken to grow with the load but for the steps in which
    machines are added. Widens the gap until there is a saving, then narrows it by turns at the point where a
    straight line would cross and in the middle.
    """
    if saving(0) >= 0:
        return 0.0
    below, above = 0, 1
    while saving(above) < 0:
        if above > most:
            return None
        below, above = above, above * WIDENING
    while above - below > 1:
        for point in (_straight(below, above, saving), (below + above) // 2):
            if below < point < above:
                below, above = (point, above) if saving(point) < 0 else (below, point)
    return float(above)


def _straight(below: int, above: int, saving: Callable[[int], float]) -> int:
    """Return the load just short of where a straight line between two loads crosses zero."""
    missing, surplus = -saving(below), saving(above)
    share = missing / (missing + surplus)
    return max(below + 1, below + int(share * (above - below)))


def no_noise(difference: float, of: Range) -> float:
    """Return a difference of sums as large as a range's, none where it is but what the machine lost."""
    return 0.0 if abs(difference) <= of.high * NOISE else difference
