"""When tuning pays back: after how many months, and from how many requests a month."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from tunewise.costs.book import Period
from tunewise.costs.lines import Line
from tunewise.costs.ranges import Range, plain, total

Reason = Literal["pays_back", "from_the_start", "dearer_to_run"]
NEVER = "never"
WIDENING = 8
MOST_REQUESTS = 10**12
"""Requests a month beyond which no use case lies: a break-even past it counts as never."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A result at the end that favours tuning, as expected, and at the other end; None for never."""

    low: Decimal | None
    expected: Decimal | None
    high: Decimal | None

    def as_record(self, digits: int) -> dict[str, int | float | str]:
        """Return the spread as plain data, never in words."""
        return {
            "low": _plain(self.low, digits),
            "expected": _plain(self.expected, digits),
            "high": _plain(self.high, digits),
        }


def _plain(value: Decimal | None, digits: int) -> int | float | str:
    return NEVER if value is None else plain(round(value, digits))


@dataclass(frozen=True)
class BreakEven:
    """Where tuning overtakes prompting.

    `low` takes the extra cost at best, `high` at worst: the truth lies between, so the range is wide but
    safe. `reason` tells which case the expected values are; `sentence` says it.
    """

    months: Spread
    reason: Reason
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


@dataclass(frozen=True, slots=True)
class Extra:
    """What tuning costs more than prompting, in USD, below zero where it saves: at best, expected, at worst.

    At best tuning's lowest costs stand against prompting's highest, at worst the reverse.
    """

    best: Decimal
    expected: Decimal
    worst: Decimal

    @property
    def values(self) -> tuple[Decimal, Decimal, Decimal]:
        """At best, expected, at worst."""
        return (self.best, self.expected, self.worst)


def extra(
    prompting: Iterable[Line], tuning: Iterable[Line], period: Period, exact: bool = False
) -> Extra:
    """Return what tuning costs more in a period.

    Lines that both have alike are struck out, so that their range does not count twice. `exact` takes the
    amounts before they are rounded to cents.
    """
    ours, theirs = ({_alike(line): line for line in lines} for lines in (tuning, prompting))
    tuned, prompted = (
        total(
            line.exact if exact else line.amount
            for key, line in lines.items()
            if line.period == period and key not in others
        )
        for lines, others in ((ours, theirs), (theirs, ours))
    )
    return Extra(
        tuned.low - prompted.high,
        tuned.expected - prompted.expected,
        tuned.high - prompted.low,
    )


def _alike(line: Line) -> tuple[str, Range, Range]:
    """Return what makes two approaches' lines one and the same cost."""
    return line.id, line.quantity, line.rate


def months_to_break_even(more_at_first: Decimal, saved_a_month: Decimal) -> Decimal | None:
    """Return the months until monthly savings have paid for what tuning costs more at first.

    Both in USD. 0 where tuning costs no more from the start and saves; None, for never, where it saves
    nothing. Document B's ROI formula (B69), without its division by zero and its negative months.
    """
    if more_at_first <= 0 and saved_a_month >= 0:
        return Decimal(0)
    if saved_a_month <= 0:
        return None
    return max(more_at_first, Decimal(0)) / saved_a_month


def why(more_at_first: Decimal, saved_a_month: Decimal) -> Reason:
    """Return which case of break-even it is."""
    if months_to_break_even(more_at_first, saved_a_month) is None:
        return "dearer_to_run"
    return "pays_back" if more_at_first > 0 else "from_the_start"


def crossing(saving: Callable[[int], Decimal], most: int = MOST_REQUESTS) -> Decimal | None:
    """Return a load from which a saving is no longer below zero, to the request, None where none is found.

    `saving` gives the USD saved at a load; it is taken to grow with the load but for the steps in which
    machines are added. Widens the gap until there is a saving, then narrows it by turns at the point where a
    straight line would cross and in the middle.
    """
    if saving(0) >= 0:
        return Decimal(0)
    below, above = 0, 1
    while saving(above) < 0:
        if above > most:
            return None
        below, above = above, above * WIDENING
    while above - below > 1:
        for point in (_straight(below, above, saving), (below + above) // 2):
            if below < point < above:
                below, above = (point, above) if saving(point) < 0 else (below, point)
    return Decimal(above)


def _straight(below: int, above: int, saving: Callable[[int], Decimal]) -> int:
    """Return the load just short of where a straight line between two loads crosses zero."""
    missing, surplus = -saving(below), saving(above)
    share = missing / (missing + surplus)
    return max(below + 1, below + int(share * (above - below)))
