"""Checks facts, options and source items: whether anything asks, reads, supports or uses them."""

from __future__ import annotations

from collections.abc import Iterator

from tunewise.authoring.findings import LintCheck, LintFinding, Severity, Subject
from tunewise.authoring.traceability import trace
from tunewise.knowledge.conditions import facts_read

COMPLETE = "document"
"""The kind of the documents whose every item is accounted for; others are drawn on as needed."""


def _never_asked(subject: Subject) -> Iterator[LintFinding]:
    for fact, condition in subject.rulebook.questions.items():
        if not subject.reach.holds(condition):
            message = "no case can make 'ask_when' true; mend it or delete it"
            where = ("facts", fact, "ask_when")
            yield subject.finding("never-asked", "error", where, f"fact {fact}", message)


def _underived(subject: Subject) -> Iterator[LintFinding]:
    derived = _derived(subject)
    for fact in subject.rulebook.facts.values():
        if fact.origin == "derived" and fact.id not in derived:
            message = "no rule derives it; write one, or delete the fact"
            where = ("facts", fact.id)
            yield subject.finding("underived-fact", "error", where, f"fact {fact.id}", message)


def _derived(subject: Subject) -> set[str | None]:
    rules = subject.rulebook.rules.values()
    return {rule.target for rule in rules if rule.then.value is not None}


def _unread(subject: Subject) -> Iterator[LintFinding]:
    book, derived = subject.rulebook, _derived(subject)
    conditions = [*(rule.when for rule in book.rules.values()), *book.questions.values()]
    remedies = book.remedies.by_id.values()
    read = {fact for remedy in remedies for fact in remedy.reads}
    read |= {fact for condition in conditions for fact in facts_read(condition)}
    for fact in book.facts.values():
        if fact.id in read or not (fact.origin == "computed" or fact.id in derived):
            continue
        # A computed fact is a result as well, which the decision's record shows.
        severity: Severity = "warning" if fact.origin == "derived" else "note"
        message = "no rule reads it and no question asks for it; use it, or delete it"
        where = ("facts", fact.id)
        yield subject.finding("unread-fact", severity, where, f"fact {fact.id}", message)


def _unsupported(subject: Subject) -> Iterator[LintFinding]:
    supported = {
        (rule.target, option)
        for rule in subject.rulebook.rules.values()
        if rule.then.stance == "for"
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


def _unused(subject: Subject) -> Iterator[LintFinding]:
    documents = subject.rulebook.documents
    if subject.rulebook.organisation is not None:
        return  # what a policy switches off leaves sources of others alone
    for id, found in trace(subject.rulebook, subject.cases).items():
        if not found.accounted:
            complete = documents[found.item.document].kind == COMPLETE
            # Cases use items too: without them, nobody can tell that an item is idle.
            idle: Severity = "error" if subject.cases else "warning"
            severity: Severity = idle if complete else "note"
            message = "is used by nothing; use it, or say under 'not_encoded' why not"
            yield subject.finding("unused-source", severity, ("items", id), f"item {id}", message)


def _excused(subject: Subject) -> Iterator[LintFinding]:
    for id, found in trace(subject.rulebook, subject.cases).items():
        if found.uses and found.item.not_encoded:
            message = f"is used by {found.uses[0]}; delete its 'not_encoded'"
            where = ("items", id)
            yield subject.finding("excused-but-used", "warning", where, f"item {id}", message)


VOCABULARY_CHECKS = (
    LintCheck("never-asked", "A question is never worth asking.", _never_asked),
    LintCheck("underived-fact", "No rule derives a derived fact.", _underived),
    LintCheck("unread-fact", "No rule reads a fact and no question asks for it.", _unread),
    LintCheck("unsupported-option", "No rule supports an option.", _unsupported),
    LintCheck("unused-source", "Nothing uses a source item, and it is not excused.", _unused),
    LintCheck("excused-but-used", "A source item is excused and yet used.", _excused),
)
