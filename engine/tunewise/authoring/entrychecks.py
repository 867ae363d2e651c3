"""Looks for entries of an organisation's policy that do nothing: what ended, and what the rulebook says by itself."""

from __future__ import annotations

from collections.abc import Iterator

from tunewise.authoring.findings import LintCheck, LintFinding, Subject
from tunewise.knowledge.organisation import OrganisationEntry


def _entries(subject: Subject, state: str) -> Iterator[OrganisationEntry]:
    policy = subject.rulebook.organisation
    yield from (entry for entry in policy.entries if entry.state == state) if policy else ()


def _idle(subject: Subject) -> Iterator[LintFinding]:
    for entry in _entries(subject, "idle"):
        message = f"does nothing, as {entry.idle}; delete it"
        yield _at("idle-entry", entry, message)


def _ended(subject: Subject) -> Iterator[LintFinding]:
    for entry in _entries(subject, "ended"):
        message = f"has had no effect since {entry.until}; look at it again with {entry.owner}, or delete it"
        yield _at("ended-entry", entry, message)


def _at(id: str, entry: OrganisationEntry, message: str) -> LintFinding:
    where = f"{entry.kind} {entry.name}"
    return LintFinding(id, "warning", entry.place, entry.line, where, message)


ENTRY_CHECKS = (
    LintCheck("idle-entry", "An entry of an organisation's policy changes nothing.", _idle),
    LintCheck("ended-entry", "An entry of an organisation's policy has ended.", _ended),
)
