"""Puts what changes into words for the templates: counts, rules as sentences, money."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from tunewise.comparing.causes import Cause
from tunewise.comparing.changes import Books, Changed, ChangedDecision, Changes, Sum
from tunewise.costs.currency import USD
from tunewise.explaining.explanation import Explanation

LISTED_CASES = 200
NOT_ASKED = "not asked"
"""What stands for the option of a decision that a rulebook has not."""
UNRULED = "what is declared: decisions, options and their order, facts"
"""What made the difference where no rule did."""


@dataclass(frozen=True, slots=True)
class OptionChangeView:
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
class MoneyChangeView:
    """A sum of what is recommended, before and after, and the difference."""

    label: str
    before: str
    after: str
    difference: str


@dataclass(frozen=True, slots=True)
class ChangedCaseView:
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
    headline: str
    turns: tuple[OptionChangeView, ...]
    causes: tuple[CauseView, ...]
    money: tuple[MoneyChangeView, ...]
    changed: tuple[ChangedCaseView, ...]
    left_out: int
    failed: tuple[tuple[str, str, str], ...]
    failed_left_out: int


def changes_view(changes: Changes, title: str, sides: tuple[str, str]) -> ChangesView:
    """Return the view of changes; `sides` are the words for both ways."""
    count, total = len(changes.changed), changes.compared
    return ChangesView(
        title=title,
        before=sides[0],
        after=sides[1],
        cases=f"{total:,}",
        headline=_headline(count, total),
        turns=tuple(_turn(turn, cases, changes.rulebooks) for turn, cases in changes.turns.items()),
        causes=tuple(
            _cause(rule, cases, changes.rulebooks) for rule, cases in changes.causes.items()
        ),
        money=tuple(_money(changes.before, changes.after)),
        changed=tuple(_case(one, changes.rulebooks) for one in changes.changed[:LISTED_CASES]),
        left_out=max(count - LISTED_CASES, 0),
        failed=tuple((f"{row:,}", name, says) for row, name, says in changes.failed[:LISTED_CASES]),
        failed_left_out=max(len(changes.failed) - LISTED_CASES, 0),
    )


def _headline(changed: int, compared: int) -> str:
    if not compared:
        return "Nothing could be compared"
    return f"{changed:,} of {compared:,} recommendations {'changes' if changed == 1 else 'change'}"


def _turn(turn: ChangedDecision, cases: int, rulebooks: tuple[Books, Books]) -> OptionChangeView:
    was, now = rulebooks
    declared = (book.decisions.get(turn.decision) for book in (*now, *was))
    return OptionChangeView(
        decision=next(one.label for one in declared if one is not None),
        before=_option(was, turn.decision, turn.before),
        after=_option(now, turn.decision, turn.after),
        cases=f"{cases:,}",
    )


def _option(books: Books, decision: str, option: str) -> str:
    """Return an option's words by the first rulebook that has it."""
    for book in books:
        if option in getattr(book.decisions.get(decision), "options", ()):
            return Explanation(book).option(decision, option)
    return option or NOT_ASKED


def _cause(rule: str, cases: int, rulebooks: tuple[Books, Books]) -> CauseView:
    was, now = (_sentence(rule, books) for books in rulebooks)
    return CauseView(rule, was, now, f"{cases:,}")


def _sentence(rule: str, books: Books) -> str:
    """Return a rule in words by the first rulebook that has it, '' where none does."""
    found = (Explanation(book).sentence(book.rules[rule]) for book in books if rule in book.rules)
    return next(found, "")


def _money(before: Sum, after: Sum) -> list[MoneyChangeView]:
    labels = ("at first", "a month", "over each horizon")
    return [
        MoneyChangeView(label, _usd(was), _usd(now), _signed(now - was))
        for label, was, now in zip(labels, before, after, strict=True)
    ]


def _usd(amount: float) -> str:
    return USD.say(Decimal(str(round(amount, 2))))


def _signed(amount: float) -> str:
    return f"+{_usd(amount)}" if amount > 0 else _usd(amount)


def _case(one: Changed, rulebooks: tuple[Books, Books]) -> ChangedCaseView:
    turns = [_turn(turn, 1, rulebooks) for turn in one.turns]
    return ChangedCaseView(
        row=f"{one.row:,}",
        name=one.name,
        turns=tuple(f"{turn.decision}: {turn.before} → {turn.after}" for turn in turns),
        causes=tuple(_because(cause) for cause in one.causes) or (UNRULED,),
    )


def _because(cause: Cause) -> str:
    by = f", as {', '.join(cause.facts)} changed" if cause.facts else ""
    return f"{cause.rule} {cause.how}{by}"


def changes_record(changes: Changes, view: ChangesView) -> dict[str, Any]:
    """Return changes as plain data: ids, counts and sums in USD."""
    parts = ("initial", "monthly", "horizon")
    money = {
        part: {"before": round(was, 2), "after": round(now, 2), "difference": round(now - was, 2)}
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
