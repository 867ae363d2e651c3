"""Sets findings aside that a file accepts with a reason, and finds the acceptances that accept nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from tunewise.authoring.findings import LintFinding, Subject
from tunewise.errors import unknown_name
from tunewise.reading import Where

IDLE_ACCEPT = "idle-accept"
MEANS = "A file accepts a finding that there is not."


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What a rule, a fact or an option accepts: the reason for each finding, and where it stands."""

    subject: str
    reasons: Mapping[str, str]
    place: str
    line: int | None


def acceptances(subject: Subject) -> Iterator[Acceptance]:
    """Yield what the rulebook's files accept."""
    book = subject.rulebook
    for rule in book.rules.values():
        if rule.accepts:
            yield Acceptance(f"rule {rule.id}", rule.accepts, rule.place, rule.line)
    for fact in book.facts.values():
        if fact.accepts:
            yield _declared(subject, f"fact {fact.id}", fact.accepts, ("facts", fact.id))
    for decision in book.decisions.values():
        for option in decision.options.values():
            if option.accepts:
                where = ("decisions", decision.id, "options", option.id)
                name = f"option {option.id} of {decision.id}"
                yield _declared(subject, name, option.accepts, where)


def _declared(subject: Subject, name: str, reasons: Mapping[str, str], where: Where) -> Acceptance:
    found = subject.finding(IDLE_ACCEPT, "warning", (*where, "accepts"), name, "")
    return Acceptance(name, reasons, found.place, found.line)


def accepted(
    findings: Collection[LintFinding],
    subject: Subject,
    known: Collection[str],
    ran: Collection[str],
) -> list[LintFinding]:
    """Return the findings, each with the reason for which it is accepted, and the idle acceptances.

    `known` are the ids of all checks, `ran` those that could tell something.
    """
    given = list(acceptances(subject))
    reasons = {(a.subject, id): reason for a in given for id, reason in a.reasons.items()}
    found = {(finding.subject, finding.id) for finding in findings}
    idle = [
        LintFinding(IDLE_ACCEPT, "warning", a.place, a.line, a.subject, message)
        for a in given
        for id in a.reasons
        if (message := _idle(id, known)) and (a.subject, id) not in found
        if id in ran or id not in known
    ]
    return [replace(f, accepted=reasons.get((f.subject, f.id), "")) for f in findings] + idle


def _idle(id: str, known: Collection[str]) -> str:
    if id not in known:
        return f"accepts an {unknown_name('finding', id, known)}"
    return f"accepts '{id}', which is not found here; delete it from 'accepts'"
