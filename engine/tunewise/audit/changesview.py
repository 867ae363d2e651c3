"""Puts what changes into words for the templates: counts, rules as sentences, money."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from tunewise.audit.changing import Changed, Changes, Sum, Turn
from tunewise.costs.currency import USD
from tunewise.explanation import Explanation
from tunewise.knowledge.rulebook import Rulebook

LISTED = 200


@dataclass(frozen=True, slots=True)
class TurnView:
    """How many cases turned from one option to another."""

    decision: str
    before: str
    after: str
    cases: str


@dataclass(frozen=True, slots=True)
class CauseView:
    """A rule that turned cases: as it was and as it is, empty where it is not there; the same text once."""

    rule: str
    was: str
    now: str
    cases: str


@dataclass(frozen=True, slots=True)
class MoneyView:
    """A sum of what is recommended, before and after, and the difference."""

    label: str
    before: str
    after: str
    difference: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case that came out otherwise."""

    row: str
    name: str
    turns: tuple[str, ...]
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangesView:
    """What changes, in words."""

    title: str
    before: str
    after: str
    cases: str
    changed_count: int
    headline: str
    turns: tuple[TurnView, ...]
    causes: tuple[CauseView, ...]
    money: tuple[MoneyView, ...]
    changed: tuple[CaseView, ...]
    left_out: int
    failed: tuple[tuple[str, str, str], ...]


def changes_view(
    changes: Changes, title: str, sides: tuple[str, str], rulebooks: tuple[Rulebook, Rulebook]
) -> ChangesView:
    """Return the view of changes; `sides` are the words for both ways, `rulebooks` those that name the rules."""
    count, total = len(changes.changed), changes.cases - len(changes.failed)
    verb = "changes" if count == 1 else "change"
    return ChangesView(
        title=title,
        before=sides[0],
        after=sides[1],
        cases=f"{total:,}",
        changed_count=count,
        headline=f"{count:,} of {total:,} recommendations {verb}",
        turns=tuple(_turn(turn, cases, rulebooks) for turn, cases in changes.turns.items()),
        causes=tuple(_cause(rule, cases, rulebooks) for rule, cases in changes.causes.items()),
        money=tuple(_money(changes.before, changes.after)),
        changed=tuple(_case(one, rulebooks) for one in changes.changed[:LISTED]),
        left_out=max(count - LISTED, 0),
        failed=tuple((f"{row:,}", name, says) for row, name, says in changes.failed[:LISTED]),
    )


def _turn(turn: Turn, cases: int, rulebooks: tuple[Rulebook, Rulebook]) -> TurnView:
    was, is_ = (Explanation(book) for book in rulebooks)
    declared = rulebooks[1].decisions.get(turn.decision) or rulebooks[0].decisions[turn.decision]
    return TurnView(
        decision=declared.label,
        before=_option(was, turn.decision, turn.before),
        after=_option(is_, turn.decision, turn.after),
        cases=f"{cases:,}",
    )


def _option(words: Explanation, decision: str, option: str) -> str:
    return words.option(decision, option) if decision in words.rulebook.decisions else option


def _cause(rule: str, cases: int, rulebooks: tuple[Rulebook, Rulebook]) -> CauseView:
    was, now = (
        Explanation(book).sentence(book.rules[rule]) if rule in book.rules else ""
        for book in rulebooks
    )
    return CauseView(rule, was, now, f"{cases:,}")


def _money(before: Sum, after: Sum) -> list[MoneyView]:
    labels = ("at first", "a month", "over each horizon")
    return [
        MoneyView(label, _usd(was), _usd(now), _signed(now - was))
        for label, was, now in zip(labels, before, after, strict=True)
    ]


def _usd(amount: float) -> str:
    return USD.say(Decimal(str(round(amount, 2))))


def _signed(amount: float) -> str:
    return f"+{_usd(amount)}" if amount > 0 else _usd(amount)


def _case(one: Changed, rulebooks: tuple[Rulebook, Rulebook]) -> CaseView:
    turns = [_turn(turn, 1, rulebooks) for turn in one.turns]
    return CaseView(
        row=f"{one.row:,}",
        name=one.name,
        turns=tuple(f"{turn.decision}: {turn.before} → {turn.after}" for turn in turns),
        causes=tuple(_because(cause.rule, cause.how, cause.facts) for cause in one.causes),
    )


def _because(rule: str, how: str, facts: tuple[str, ...]) -> str:
    by = f", as {', '.join(facts)} changed" if facts else ""
    return f"{rule} {how}{by}"


def as_record(changes: Changes, view: ChangesView) -> dict[str, Any]:
    """Return changes as plain data: ids, counts and sums in USD."""
    parts = ("initial", "monthly", "horizon")
    money = {
        part: {"before": was, "after": now, "difference": round(now - was, 2)}
        for part, was, now in zip(parts, changes.before, changes.after, strict=True)
    }
    return {
        "schema": "tunewise.diff/1",
        "input": view.title,
        "before": view.before,
        "after": view.after,
        "cases": changes.cases,
        "changed": len(changes.changed),
        "turns": [{**asdict(turn), "cases": cases} for turn, cases in changes.turns.items()],
        "causes": [{"rule": rule, "cases": cases} for rule, cases in changes.causes.items()],
        "money": money,
        "changes": [asdict(one) for one in changes.changed],
        "failed": [
            {"row": row, "name": name, "reason": says} for row, name, says in changes.failed
        ],
    }
