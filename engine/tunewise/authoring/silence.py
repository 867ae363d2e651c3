"""Checks that silence supports nothing: no rule on an option fires because a fact is unknown, and only then."""

from __future__ import annotations

from collections.abc import Iterator

from tunewise.authoring.findings import LintCheck, LintFinding, Subject, on_rule
from tunewise.inference.encoding import Conjunction, Interval

UNKNOWN_CELL: Interval = (0, 0)


def _silence(subject: Subject) -> Iterator[LintFinding]:
    facts = subject.rulebook.facts
    for rule in subject.living:
        if rule.then.options:
            branches = subject.encoding.conjunctions(rule.when)
            for name in dict.fromkeys(_silent(branches)):
                if name in facts and facts[name].origin == "given":
                    message = f"no value of {name} makes it fire as its absence does; silence supports nothing"
                    yield on_rule("silence-decides", "error", rule, message)


def _silent(branches: tuple[Conjunction, ...]) -> Iterator[str]:
    """Yield the attributes that a branch wants unknown where no known value would do beside the rest of it."""
    for branch in branches:
        for name, interval in branch.items():
            if interval == UNKNOWN_CELL and not any(_stands_in(b, branch, name) for b in branches):
                yield name


def _stands_in(other: Conjunction, branch: Conjunction, name: str) -> bool:
    """Return whether another branch holds with the attribute known, where the rest of this one holds."""
    known = name not in other or other[name][1] > 0
    return known and all(
        max(low, other[attribute][0]) <= min(high, other[attribute][1])
        for attribute, (low, high) in branch.items()
        if attribute != name and attribute in other
    )


SILENCE_CHECKS = (
    LintCheck("silence-decides", "A rule on an option fires because a fact is unknown.", _silence),
)
