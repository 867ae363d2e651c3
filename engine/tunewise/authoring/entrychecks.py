"""Looks for entries of an organisation's policy that do nothing, or that let nothing of a kind be used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tunewise.authoring.findings import LintCheck, LintFinding, Subject
from tunewise.costs.model import cost_book
from tunewise.costs.modelclass import MODEL
from tunewise.costs.negotiated import may_be_used
from tunewise.knowledge.conditions import All
from tunewise.knowledge.organisation import OrganisationEntry
from tunewise.knowledge.rulebook import Rulebook
from tunewise.organisation.allowing import MODELS, PROVIDERS


def _entries(subject: Subject, state: str) -> Iterator[OrganisationEntry]:
    policy = subject.rulebook.organisation
    yield from (entry for entry in policy.entries if entry.state == state) if policy else ()


def of_entries(findings: Iterable[LintFinding], rulebook: Rulebook) -> Iterator[LintFinding]:
    """Yield the findings at entries of a policy, and on rules that it makes or changes."""
    policy = rulebook.organisation
    places = {entry.place for entry in policy.entries} if policy else set()
    rules = {f"rule {rule.id}" for rule in rulebook.rules.values() if rule.entry is not None}
    for finding in findings:
        if finding.place in places or finding.subject in rules:
            yield finding


def _idle(subject: Subject) -> Iterator[LintFinding]:
    for entry in _entries(subject, "idle"):
        message = f"does nothing, as {entry.idle}; delete it"
        yield _at("idle-entry", entry, message)


def _ended(subject: Subject) -> Iterator[LintFinding]:
    for entry in _entries(subject, "ended"):
        message = f"has had no effect since {entry.until}; look at it again with {entry.owner}, or delete it"
        yield _at("ended-entry", entry, message)


def _unassumed(subject: Subject) -> Iterator[LintFinding]:
    """Find sizes that are open though the policy allows none of the models that are assumed for them."""
    policy = subject.rulebook.organisation
    book = None if policy is None else cost_book(subject.rulebook)
    if book is None or MODEL not in book.assumptions:
        return
    limits = [one for one in _entries(subject, "in_force") if one.name in (MODELS, PROVIDERS)]
    assumed = book.assumptions[MODEL]
    shut = [
        f"{size} ({model})"
        for size, model in assumed.settings.items()
        if not may_be_used(book, str(model)) and not _always_out(subject, assumed.by, size)
    ]
    for entry in limits if shut else ():
        message = (
            f"lets no model be used of those that are assumed for {', '.join(shut)}; cases that state no "
            "base_model are priced with them all the same. List models of these sizes under prefer.models"
        )
        yield _at("unassumed-model", entry, message)


def _always_out(subject: Subject, decision: str, option: str) -> bool:
    return any(
        rule.when == All(()) and rule.then.stance == "veto" and option in rule.then.options
        for rule in subject.rulebook.rules.values()
        if rule.target == decision
    )


def _at(id: str, entry: OrganisationEntry, message: str) -> LintFinding:
    where = f"{entry.kind} {entry.name}"
    return LintFinding(id, "warning", entry.place, entry.line, where, message)


ENTRY_CHECKS = (
    LintCheck("idle-entry", "An entry of an organisation's policy changes nothing.", _idle),
    LintCheck("ended-entry", "An entry of an organisation's policy has ended.", _ended),
    LintCheck(
        "unassumed-model",
        "An organisation's policy allows none of the models that are assumed for a size.",
        _unassumed,
    ),
)
