"""Adds up what changes from one way of deciding to another: decisions, the rules that turned them, money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tunewise.comparing.answers import DecidedCase
from tunewise.comparing.causes import Cause, causes
from tunewise.knowledge.rulebook import Rulebook

Books = tuple[Rulebook, ...]
Sum = tuple[float, float, float]
"""USD at first, a month, and over the horizon, as expected."""
NO_COST: Sum = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class ComparedCase:
    """One case under both: `failed` says why it could not be compared."""

    row: int
    name: str
    before: DecidedCase | None = None
    after: DecidedCase | None = None
    failed: str = ""


@dataclass(frozen=True, slots=True)
class ChangedDecision:
    """One decision of one case that came out otherwise; '' where a rulebook has no such decision."""

    decision: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A case that came out otherwise, and the rules that made it so."""

    row: int
    name: str
    turns: tuple[ChangedDecision, ...]
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class Changes:
    """What changes over all cases.

    `turns` counts cases by decision, option before and option after; `causes` counts them by rule. `before` and
    `after` are the sums of what was recommended, over the cases that both sides price; `rulebooks` are those of
    the changed cases, before and after.
    """

    cases: int
    changed: tuple[Changed, ...]
    turns: Mapping[ChangedDecision, int]
    causes: Mapping[str, int]
    before: Sum
    after: Sum
    rulebooks: tuple[Books, Books]
    failed: tuple[tuple[int, str, str], ...]

    @property
    def compared(self) -> int:
        """How many cases could be compared."""
        return self.cases - len(self.failed)


@dataclass
class Collecting:
    """Takes the cases one after another."""

    cases: int = 0
    changed: list[Changed] = field(default_factory=list)
    turns: Counter[ChangedDecision] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    before: Sum = NO_COST
    after: Sum = NO_COST
    rulebooks: tuple[dict[str, Rulebook], dict[str, Rulebook]] = field(
        default_factory=lambda: ({}, {})
    )
    failed: list[tuple[int, str, str]] = field(default_factory=list)

    def take(self, one: ComparedCase) -> None:
        """Count one case."""
        self.cases += 1
        if one.before is None or one.after is None:
            self.failed.append((one.row, one.name, one.failed))
            return
        sums = _sums(one.before), _sums(one.after)
        if sums[0] is not None and sums[1] is not None:
            self.before, self.after = _plus(self.before, sums[0]), _plus(self.after, sums[1])
        if turns := tuple(_turns(one.before, one.after)):
            why = causes(one.before, one.after)
            self.changed.append(Changed(one.row, one.name, turns, why))
            self.turns.update(turns)
            self.causes.update(cause.rule for cause in why)
            for books, answer in zip(self.rulebooks, (one.before, one.after), strict=True):
                books.setdefault(answer.rulebook.sha256, answer.rulebook)

    def changes(self) -> Changes:
        """Return what was collected: turns and causes the most frequent first."""
        return Changes(
            cases=self.cases,
            changed=tuple(self.changed),
            turns=dict(self.turns.most_common()),
            causes=dict(sorted(self.causes.items(), key=lambda item: (-item[1], item[0]))),
            before=self.before,
            after=self.after,
            rulebooks=(tuple(self.rulebooks[0].values()), tuple(self.rulebooks[1].values())),
            failed=tuple(self.failed),
        )


def collected(cases: Iterable[ComparedCase]) -> Changes:
    """Return what changes over cases."""
    collecting = Collecting()
    for one in cases:
        collecting.take(one)
    return collecting.changes()


def _turns(before: DecidedCase, after: DecidedCase) -> Iterable[ChangedDecision]:
    for name in dict.fromkeys((*before.recommendation, *after.recommendation)):
        was, is_ = before.recommendation.get(name, ""), after.recommendation.get(name, "")
        if was != is_:
            yield ChangedDecision(name, was, is_)


def _sums(answer: DecidedCase) -> Sum | None:
    """Return what the recommended approach costs, None where nothing is priced or every approach is vetoed."""
    approach = next(iter(answer.recommendation.values()))
    estimate: Mapping[str, Any] | None = answer.content["costs"].get(approach)
    if estimate is None:
        return None
    initial, monthly, horizon = (
        float(estimate[part]["expected"]) for part in ("initial", "monthly", "horizon")
    )
    return initial, monthly, horizon


def _plus(ours: Sum, theirs: Sum) -> Sum:
    return ours[0] + theirs[0], ours[1] + theirs[1], ours[2] + theirs[2]
