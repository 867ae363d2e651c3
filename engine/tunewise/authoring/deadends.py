"""Looks for cases in which an organisation's policy leaves no option, as far as conditions tell by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tunewise.authoring.findings import LintCheck, LintFinding, Subject
from tunewise.explaining.explanation import Explanation
from tunewise.inference.interpreter import Interpreter
from tunewise.knowledge.conditions import All, Condition, comparisons
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook

DEAD_END = "no-option-left"
Left = Mapping[str, frozenset[str]]
"""The options of each decision that are left."""


def _dead_ends(subject: Subject) -> Iterator[LintFinding]:
    book, told = subject.rulebook, set()
    if book.organisation is None:
        return
    for when in dict.fromkeys((All(()), *(rule.when for rule in _vetoes(book)))):
        left, causes = _left(book, when)
        for id in sorted(id for id, options in left.items() if not options and id not in told):
            told |= {id} if when == All(()) else set()
            yield from _finding(book, id, when, causes[id])


def _finding(
    book: Rulebook, decision: str, when: Condition, causes: Iterable[Rule]
) -> Iterator[LintFinding]:
    """Yield the finding at the entry that comes first among the causes, none where no entry is among them."""
    made = next((rule for rule in causes if rule.entry is not None), None)
    if made is None or made.entry is None:
        return
    entry, label = made.entry, book.decisions[decision].label
    where = "in every case"
    if when != All(()):
        where = f"where {Explanation(book).condition(when)}"
    others = dict.fromkeys(rule.id for rule in causes if rule.id != made.id)
    along = f", together with {', '.join(others)}" if others else ""
    message = f"leaves no option of {label} {where}{along}"
    subject = f"{entry.kind} {entry.name}"
    yield LintFinding(DEAD_END, "warning", entry.place, entry.line, subject, message)


def _vetoes(book: Rulebook) -> tuple[Rule, ...]:
    return tuple(rule for rule in book.rules.values() if rule.then.stance == "veto")


def _left(book: Rulebook, when: Condition) -> tuple[Left, Mapping[str, list[Rule]]]:
    """Return the options that are left where a condition is true, and the rules that take the others, in turn."""
    interpreter = Interpreter(book.scales)
    left = {id: frozenset(decision.options) for id, decision in book.decisions.items()}
    causes: dict[str, list[Rule]] = {id: [] for id in left}
    for _ in left:  # what one decision has left may take options of the next
        for rule in _vetoes(book):
            id = str(rule.target)
            why = [] if rule.when in (All(()), when) else _forced(interpreter, rule.when, left)
            if why is not None and left[id].intersection(rule.then.options):
                left[id] -= frozenset(rule.then.options)
                causes[id] += [rule, *(cause for other in why for cause in causes[other])]
    return left, causes


def _forced(interpreter: Interpreter, when: Condition, left: Left) -> list[str] | None:
    """Return the decision whose options left all make a condition true, None where there is none."""
    if any(comparison.op == "unknown" for comparison in comparisons(when)):
        return None
    return next(
        (
            [id]
            for id, options in left.items()
            if options and all(interpreter.holds(when, {id: one}) is True for one in options)
        ),
        None,
    )


DEAD_END_CHECKS = (
    LintCheck(
        DEAD_END,
        "An organisation's policy leaves no option of a decision in some cases.",
        _dead_ends,
    ),
)
