"""Checks each rule by itself: whether it is written out, sourced, fresh, and can ever do what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from tunewise.authoring.findings import TODO, LintCheck, LintFinding, Subject, on_rule
from tunewise.explaining.explanation import Explanation
from tunewise.knowledge.conditions import All, Any, Comparison, Condition, comparisons, facts_read
from tunewise.knowledge.remedy import Remedies
from tunewise.loading.parsing import PRESENCE

FRESH = timedelta(days=366)
"""How long after its `checked` date a rule is taken to be still right."""


def _unwritten(subject: Subject) -> Iterator[LintFinding]:
    for rule in subject.rulebook.rules.values():
        if rule.because.startswith(TODO) or rule.title.startswith(TODO):
            message = f"begins with {TODO}; say in a sentence why its conclusion follows"
            yield on_rule("unwritten", "error", rule, message)
    for case in subject.cases:
        if case.case.name.startswith(TODO):
            message = f"begins with {TODO}; say in a sentence what must come out of it, and why"
            yield LintFinding(
                "unwritten", "error", case.place, case.line, f"case {case.case.name}", message
            )


def _without_source(subject: Subject) -> Iterator[LintFinding]:
    for rule in subject.rulebook.rules.values():
        if not rule.sources:
            message = "name the source items that it comes from"
            yield on_rule("rule-without-source", "error", rule, message)


def _never_true(subject: Subject) -> Iterator[LintFinding]:
    for rule in subject.rulebook.rules.values():
        if rule.target is not None and not subject.reach.holds(rule.when):
            message = "no case can make its condition true; mend it or delete the rule"
            yield on_rule("never-true", "error", rule, message)


def _silent_advice(subject: Subject) -> Iterator[LintFinding]:
    for rule in subject.rulebook.advice:
        if not subject.reach.holds(rule.when):
            message = "no case can make its condition true, so it never shows; mend it or delete it"
            yield on_rule("silent-advice", "error", rule, message)


def _dead_branch(subject: Subject) -> Iterator[LintFinding]:
    explanation = Explanation(subject.rulebook)
    for rule in subject.living:
        for branch, whole in _branches(rule.when, lambda part: part):
            if not subject.reach.holds(whole):
                words = explanation.condition(branch)
                message = f"no case can make this alternative true, delete it or mend it: {words}"
                yield on_rule("dead-branch", "warning", rule, message)


def _branches(
    condition: Condition, around: Callable[[Condition], Condition]
) -> Iterator[tuple[Condition, Condition]]:
    """Yield each alternative in a condition, and the whole condition with that alternative alone."""
    if isinstance(condition, Any):
        for part in condition.parts:
            if not _silent(part, condition):
                yield part, around(part)
            yield from _branches(part, around)
    elif isinstance(condition, All):
        for i, part in enumerate(condition.parts):
            before, after = condition.parts[:i], condition.parts[i + 1 :]

            def with_part(
                part: Condition,
                before: tuple[Condition, ...] = before,
                after: tuple[Condition, ...] = after,
            ) -> Condition:
                return around(All((*before, part, *after)))

            yield from _branches(part, with_part)


def _silent(part: Condition, alternatives: Any) -> bool:
    """Return whether an alternative is what `unless` adds: that a fact which another one compares is unknown."""
    return (
        isinstance(part, Comparison)
        and part.op == "unknown"
        and any(part.fact in facts_read(other) for other in alternatives.parts if other != part)
    )


def _idle_comparison(subject: Subject) -> Iterator[LintFinding]:
    explanation = Explanation(subject.rulebook)
    for rule in subject.living:
        for comparison in dict.fromkeys(comparisons(rule.when)):
            if _always(comparison, subject):
                words = explanation.comparison(comparison)
                message = f"every value within bounds meets this, mend it or write 'known': {words}"
                yield on_rule("idle-comparison", "warning", rule, message)


def _always(comparison: Comparison, subject: Subject) -> bool:
    """Return whether every value that a case may state makes a comparison true."""
    facts = subject.rulebook.facts
    if comparison.op in PRESENCE or any(facts[f].origin != "given" for f in facts_read(comparison)):
        return False
    return not subject.reach.holds(comparison.negated())


def _stale(subject: Subject) -> Iterator[LintFinding]:
    message = "was last checked on {}; compare it with its sources again"
    for rule in subject.rulebook.rules.values():
        if rule.checked and subject.as_of - date.fromisoformat(rule.checked) > FRESH:
            yield on_rule("stale-rule", "warning", rule, message.format(rule.checked))
    for where, name, checked in _remedy_days(subject.rulebook.remedies):
        if subject.as_of - date.fromisoformat(checked) > FRESH:
            yield subject.finding("stale-rule", "warning", where, name, message.format(checked))


def _remedy_days(remedies: Remedies) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Yield where a remedy or the size of their tests stands, its name, and when it was last checked."""
    if remedies.test is not None:
        yield ("test",), "the test of remedies", remedies.test.checked
    for remedy in remedies.by_id.values():
        yield ("remedies", remedy.id), f"remedy {remedy.id}", remedy.checked


def _ended(subject: Subject) -> Iterator[LintFinding]:
    for rule in subject.rulebook.rules.values():
        if rule.until and date.fromisoformat(rule.until) < subject.as_of:
            message = f"held until {rule.until}; look at its sources again, mend it or delete it"
            yield on_rule("ended-rule", "warning", rule, message)


RULE_CHECKS = (
    LintCheck("unwritten", "A sentence of a rule or a case is still to be written.", _unwritten),
    LintCheck("rule-without-source", "A rule names no source item.", _without_source),
    LintCheck("never-true", "A rule's condition can never hold.", _never_true),
    LintCheck("silent-advice", "A piece of advice can never show.", _silent_advice),
    LintCheck("dead-branch", "An alternative in a condition can never hold.", _dead_branch),
    LintCheck("idle-comparison", "A comparison holds for every value allowed.", _idle_comparison),
    LintCheck("ended-rule", "A rule's evidence has ended.", _ended),
    LintCheck("stale-rule", "A rule or remedy was last checked more than a year ago.", _stale),
)
