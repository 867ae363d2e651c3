"""Checks rules against each other: which of them say one thing twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator

from tunewise.authoring.findings import LintCheck, LintFinding, Subject, on_rule
from tunewise.knowledge.rule import Rule
from tunewise.loading.rulefile import PRIORS


def _duplicates(subject: Subject) -> Iterator[LintFinding]:
    proves = subject.implication.proves
    for alike in _alike(subject):
        for i, rule in enumerate(alike):
            for earlier in alike[:i]:
                if proves(rule.when, earlier.when) and proves(earlier.when, rule.when):
                    message = f"says the same as rule {earlier.id}; keep one of them, with the sources of both"
                    yield on_rule("duplicate-rule", "error", rule, message)
                    break


def _shadowed(subject: Subject) -> Iterator[LintFinding]:
    proves = subject.implication.proves
    for alike in _alike(subject):
        for rule in alike:
            for wider in alike:
                if proves(rule.when, wider.when) and not proves(wider.when, rule.when):
                    yield on_rule("shadowed-rule", "warning", rule, _advice(rule, wider))
                    break


def _advice(rule: Rule, wider: Rule) -> str:
    seen = f"rule {wider.id} concludes the same wherever it fires"
    if rule.then.options and rule.then.points:
        return f"{seen}, so the evidence counts twice there; join them, or accept it with a reason"
    return f"{seen}, so it changes nothing; delete it, or accept it with a reason"


def _alike(subject: Subject) -> list[list[Rule]]:
    """Return the rules that can fire, by what they conclude; a prior holds everywhere and is meant to."""
    found: dict[Hashable, list[Rule]] = defaultdict(list)
    for rule in (rule for rule in subject.living if rule.topic != PRIORS):
        found[_conclusion(rule)].append(rule)
    return list(found.values())


def _conclusion(rule: Rule) -> Hashable:
    """Return what two rules share that conclude one thing: strength is no reason to say it twice."""
    if rule.target is None:
        return rule.because
    return rule.then.form, rule.target, rule.then.options, rule.then.value


OVERLAP_CHECKS = (
    LintCheck("duplicate-rule", "Two rules say the same.", _duplicates),
    LintCheck(
        "shadowed-rule",
        "A rule fires only where another one with the same conclusion does.",
        _shadowed,
    ),
)
