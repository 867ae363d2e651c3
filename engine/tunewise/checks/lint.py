"""Looks for knowledge that loads but cannot be right: rules that never fire, items that nobody uses."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

from tunewise.checks.reachability import Reach
from tunewise.checks.rulecases import RuleCase
from tunewise.checks.traceability import trace
from tunewise.engines.encoding import Encoding
from tunewise.knowledge.rule import Advise, Derive, Rule, Weigh
from tunewise.knowledge.rulebook import Rulebook
from tunewise.reading import Document, Where, parse_yaml

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
COMPLETE = "document"
"""The kind of the documents whose every item is accounted for; others are drawn on as needed."""
FRESH = timedelta(days=366)
"""How long after its `checked` date a rule is taken to be still right."""
FILES = {"facts": "facts.yaml", "decisions": "decisions.yaml", "items": "sources.yaml"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend: the check that found it, how bad it is, where it stands, what to do."""

    id: str
    severity: Severity
    place: str
    line: int | None
    subject: str
    message: str


@dataclass(frozen=True)
class Subject:
    """What the checks look at: a rulebook, its cases, and the day on which it is judged."""

    rulebook: Rulebook
    cases: tuple[RuleCase, ...]
    as_of: date

    @cached_property
    def encoding(self) -> Encoding:
        """The encoding of all conditions, those of the questions included."""
        rules = [rule.when for rule in self.rulebook.rules.values()]
        return Encoding(self.rulebook.facts, [*rules, *self.rulebook.questions.values()])

    @cached_property
    def reach(self) -> Reach:
        """Which conditions can ever be true."""
        return Reach(self.rulebook, self.encoding)

    @cached_property
    def documents(self) -> Mapping[str, Document]:
        """The files that hold no rules, for the lines of their parts."""
        book = self.rulebook
        return {n: parse_yaml(book.texts[n], f"{book.place}/{n}") for n in FILES.values()}

    def finding(
        self, id: str, severity: Severity, where: Where, subject: str, message: str
    ) -> Finding:
        """Return a finding at a part of one of those files, which begins with the file's main key."""
        document = self.documents[FILES[str(where[0])]]
        return Finding(id, severity, document.place, document.line(where), subject, message)


def lint(rulebook: Rulebook, cases: Iterable[RuleCase], as_of: date) -> tuple[Finding, ...]:
    """Return what should be mended: the worst first, then by file and line."""
    subject = Subject(rulebook, tuple(cases), as_of)
    found = [finding for check in CHECKS for finding in check(subject)]
    return tuple(
        sorted(found, key=lambda f: (SEVERITIES.index(f.severity), f.place, f.line or 0, f.id))
    )


def _on_rule(id: str, severity: Severity, rule: Rule, message: str) -> Finding:
    return Finding(id, severity, rule.place, rule.line, f"rule {rule.id}", message)


def _without_source(subject: Subject) -> Iterator[Finding]:
    for rule in subject.rulebook.rules.values():
        if not rule.sources:
            message = "name the source items that it comes from"
            yield _on_rule("rule-without-source", "error", rule, message)


def _never_true(subject: Subject) -> Iterator[Finding]:
    for rule in subject.rulebook.rules.values():
        if not subject.reach.holds(rule.when):
            if isinstance(rule.then, Advise):
                message = (
                    "no case can make its condition true, so it never shows; mend it or delete it"
                )
                yield _on_rule("silent-advice", "error", rule, message)
            else:
                message = "no case can make its condition true; mend it or delete the rule"
                yield _on_rule("never-true", "error", rule, message)


def _never_asked(subject: Subject) -> Iterator[Finding]:
    for fact, condition in subject.rulebook.questions.items():
        if not subject.reach.holds(condition):
            message = "no case can make 'ask_when' true; mend it or delete it"
            where = ("facts", fact, "ask_when")
            yield subject.finding("never-asked", "error", where, f"fact {fact}", message)


def _duplicates(subject: Subject) -> Iterator[Finding]:
    first: dict[Hashable, Rule] = {}
    for rule in subject.rulebook.rules.values():
        earlier = first.setdefault(_meaning(rule, subject.encoding), rule)
        if earlier is not rule:
            message = (
                f"says the same as rule {earlier.id}; keep one of them, with the sources of both"
            )
            yield _on_rule("duplicate-rule", "error", rule, message)


def _meaning(rule: Rule, encoding: Encoding) -> Hashable:
    """Return what two rules share that say one thing: strength is no reason to say it twice."""
    when = frozenset(frozenset(tests.items()) for tests in encoding.conjunctions(rule.when))
    then = rule.then
    if isinstance(then, Weigh):
        return when, then.decision, then.options, then.points > 0
    return when, then, rule.because if isinstance(then, Advise) else None


def _stale(subject: Subject) -> Iterator[Finding]:
    for rule in subject.rulebook.rules.values():
        if subject.as_of - date.fromisoformat(rule.checked) > FRESH:
            message = f"was last checked on {rule.checked}; compare it with its sources again"
            yield _on_rule("stale-rule", "warning", rule, message)


def _unaccounted(subject: Subject) -> Iterator[Finding]:
    documents = subject.rulebook.documents
    for id, found in trace(subject.rulebook, subject.cases).items():
        where = ("items", id)
        if found.uses and found.item.not_encoded:
            message = f"is used by {found.uses[0]}; delete its 'not_encoded'"
            yield subject.finding("excused-but-used", "warning", where, f"item {id}", message)
        if not found.accounted:
            complete = documents[found.item.document].kind == COMPLETE
            severity: Severity = "warning" if complete else "note"
            message = "is used by nothing; use it, or say under 'not_encoded' why not"
            yield subject.finding("unused-source", severity, where, f"item {id}", message)


def _unread(subject: Subject) -> Iterator[Finding]:
    book = subject.rulebook
    read = {fact for rule in book.rules.values() for fact in rule.reads}
    derived = {rule.then.fact for rule in book.rules.values() if isinstance(rule.then, Derive)}
    for fact in book.facts.values():
        where = ("facts", fact.id)
        if fact.origin == "derived" and fact.id not in derived:
            message = "no rule derives it; write one, or delete the fact"
            yield subject.finding("underived-fact", "error", where, f"fact {fact.id}", message)
        elif fact.origin in ("derived", "computed") and fact.id not in read:
            # A computed fact is a result as well, which the decision's record shows.
            severity: Severity = "warning" if fact.origin == "derived" else "note"
            message = "no rule reads it and no question asks for it; use it, or delete it"
            yield subject.finding("unread-fact", severity, where, f"fact {fact.id}", message)


def _unsupported(subject: Subject) -> Iterator[Finding]:
    supported = {
        (rule.then.decision, option)
        for rule in subject.rulebook.rules.values()
        if isinstance(rule.then, Weigh) and rule.then.points > 0
        for option in rule.then.options
    }
    for decision in subject.rulebook.decisions.values():
        # The first option wins where nothing speaks for any: it needs no rule of its own.
        for option in list(decision.options)[1:]:
            if (decision.id, option) not in supported:
                message = "no rule supports it; write one, or delete the option"
                where = ("decisions", decision.id, "options", option)
                name = f"option {option} of {decision.id}"
                yield subject.finding("unsupported-option", "warning", where, name, message)


CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    _without_source,
    _never_true,
    _never_asked,
    _duplicates,
    _stale,
    _unaccounted,
    _unread,
    _unsupported,
)
