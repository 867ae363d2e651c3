"""Checks the rates of the cost files: whether they are due to be looked at again."""

from __future__ import annotations

from collections.abc import Iterator

from tunewise.authoring.findings import LintCheck, LintFinding, Subject
from tunewise.costs.freshness import overdue_problems
from tunewise.costs.model import cost_book
from tunewise.errors import UserError


def _overdue(subject: Subject) -> Iterator[LintFinding]:
    try:
        book = cost_book(subject.rulebook)
    except UserError:
        return  # whoever loads the costs is told what is wrong with them
    for problem in overdue_problems(subject.rulebook, book, subject.as_of) if book else ():
        message = f"{problem.message}; look it up again"
        place, line = problem.place, problem.line
        yield LintFinding("stale-rate", "error", place, line, f"rate {problem.where}", message)


RATE_CHECKS = (
    LintCheck("stale-rate", "A rate or assumption is older than its review allows.", _overdue),
)
