"""When tuning pays back, for many cases at once, as breakeven.py has it for one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import get_args

import numpy as np

from tunewise.costs.book import Period
from tunewise.costs.breakeven import Reason, months_to_break_even
from tunewise.costs.columns.axes import Axis, Numbers, Truths
from tunewise.costs.columns.cents import MOST_CENTS
from tunewise.costs.columns.comparing import equal
from tunewise.costs.columns.lines import PlanLines
from tunewise.costs.columns.numbers import HALF_ULP, Column
from tunewise.costs.ranges import plain

REASONS: tuple[Reason, ...] = get_args(Reason)
PAYS, START, DEARER = (REASONS.index(r) for r in ("pays_back", "from_the_start", "dearer_to_run"))


Terms = tuple[Column, Column]
"""A quantity and its rate."""


@dataclass(frozen=True, eq=False)
class MoreCents:
    """What tuning costs more than prompting, in cents, below zero where it saves: at best, expected, at worst."""

    best: Numbers
    expected: Numbers
    worst: Numbers

    @property
    def values(self) -> tuple[Numbers, Numbers, Numbers]:
        """At best, expected, at worst."""
        return (self.best, self.expected, self.worst)


def extra(prompting: PlanLines, tuning: PlanLines, period: Period) -> MoreCents:
    """Return what tuning costs more in a period; the range of lines that both have alike counts for nothing."""
    tuned, prompted = tuning.totals[period], prompting.totals[period]
    common = np.zeros(prompting.q.rows)
    for where, width in _common(prompting, tuning, period):
        common += np.where(where, width, 0.0)
    return MoreCents(
        tuned.low - prompted.high + common,
        tuned.expected - prompted.expected,
        tuned.high - prompted.low - common,
    )


def _common(
    prompting: PlanLines, tuning: PlanLines, period: Period
) -> Iterator[tuple[Truths, Numbers]]:
    """Yield how wide the range of each line is that both have, and in which rows they are alike."""
    ours = {line.id: line for line in prompting.lines if line.period == period}
    for line in tuning.lines:
        if line.id in ours and line.id in tuning.worked and line.amount.low is not line.amount.high:
            both = line.has & ours[line.id].has
            if both.any():
                yield (
                    both & _alike(prompting, tuning, line.id, both),
                    line.amount.high - line.amount.low,
                )


def _alike(prompting: PlanLines, tuning: PlanLines, id: str, both: Truths) -> Truths:
    """Return where both plans have the same quantity and rate of a component.

    They have where they read the same of their choices; where they read different ones that come to nearly the
    same, decimals tell.
    """
    sides = prompting.worked[id], tuning.worked[id]
    if not sides[0].component.of:
        alike = _agreed(prompting, tuning, sides[0].trace.read | sides[1].trace.read)
    else:
        alike = np.zeros(len(both), dtype=np.bool_)
    same, unsure = _equal((sides[0].quantity, sides[0].rate), (sides[1].quantity, sides[1].rate))
    rows = np.flatnonzero(both & ~alike & unsure)
    alike |= same
    if rows.size:
        exact = [
            plan.terms(side.component, plan.q.exactly(rows), rows)
            for plan, side in zip((prompting, tuning), sides, strict=True)
        ]
        alike[rows] = _equal(*exact)[0]
    return alike


def _equal(ours: Terms, theirs: Terms) -> tuple[Truths, Truths]:
    """Return where quantities and rates are equal, as far as can be told, and where it cannot be told."""
    quantities, rates = (equal(one, other) for one, other in zip(ours, theirs, strict=True))
    return quantities[0] & rates[0], quantities[1] | rates[1]


def _agreed(ours: PlanLines, theirs: PlanLines, read: set[str]) -> Truths:
    """Return where two plans have the same options for all choices that were read."""
    found = np.ones(ours.q.rows, dtype=np.bool_)
    for name in read & ours.q.options.keys() & theirs.q.options.keys():
        found &= _same(ours.q.options[name], theirs.q.options[name])
    return found


def _same(ours: Axis, theirs: Axis) -> Truths:
    places = {option: place for place, option in enumerate(ours.options)}
    own, shared = (
        np.array([places.get(option, -1) for option in axis.options])[axis.codes]
        for axis in (ours, theirs)
    )
    found: Truths = own == shared
    return found


@dataclass(frozen=True, eq=False)
class BreakEvens:
    """Where tuning overtakes prompting: months at best, expected and at worst, NaN for never, unrounded.

    `more` and `saved` are the cents of which they are the quotients; `reasons` index REASONS.
    """

    low: Numbers
    expected: Numbers
    high: Numbers
    reasons: Numbers
    more: MoreCents
    saved: MoreCents

    @classmethod
    def of(cls, prompting: PlanLines, tuning: PlanLines) -> BreakEvens:
        """Return the break-evens of two approaches."""
        more = extra(prompting, tuning, "initial")
        saved = MoreCents(*(-cents for cents in extra(prompting, tuning, "monthly").values))
        months = map(_months, more.values, saved.values)
        low, expected, high = months
        reasons = np.where(np.isnan(expected), DEARER, np.where(more.expected > 0, PAYS, START))
        return cls(low, expected, high, reasons.astype(np.int8), more, saved)

    @property
    def values(self) -> tuple[Numbers, Numbers, Numbers]:
        """At best, expected, at worst."""
        return (self.low, self.expected, self.high)

    def rounded(self, end: int) -> Numbers:
        """Return the months at one end rounded to two places, half to even, NaN for never."""
        months = self.values[end]
        raised = months * 100.0
        found = np.rint(raised) / 100.0
        unsure = np.abs(raised - np.floor(raised) - 0.5) <= 8 * HALF_ULP * (raised + 1)
        unsure &= months <= MOST_CENTS  # no saving of a row with costs takes longer
        for row in np.flatnonzero(unsure).tolist():
            exact = self._exact(end, row)
            found[row] = plain(round(exact, 2)) if exact is not None else np.nan
        return found

    def within(self, months: Numbers) -> Truths:
        """Return where tuning is expected to pay back within so many months."""
        # Exact: of two amounts that costs can come to, no quotient is that near to a whole number but one.
        found: Truths = self.expected <= months
        return found

    def _exact(self, end: int, row: int) -> Decimal | None:
        more, saved = (Decimal(float(one.values[end][row])) for one in (self.more, self.saved))
        return months_to_break_even(more / 100, saved / 100)


def _months(more: Numbers, saved: Numbers) -> Numbers:
    """Return the months until savings have paid for what tuning costs more, NaN for never."""
    months = np.where(saved > 0, np.maximum(more, 0.0) / saved, np.nan)
    return np.where((more <= 0) & (saved >= 0), 0.0, months)
