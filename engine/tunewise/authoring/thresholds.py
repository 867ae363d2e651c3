"""Checks the thresholds of rules against the cases: a number that no case comes near may be anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from tunewise.authoring.findings import LintCheck, LintFinding, Subject, on_rule
from tunewise.authoring.rulecases import RuleCase
from tunewise.knowledge.conditions import Comparison, comparisons
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.vocabulary import Fact

ThresholdNumber = int | float
UNTESTED_THRESHOLD = "untested-threshold"
LISTED_RULES = 10
"""Rules that are named one by one; of more the count is said, and the first ones."""


def _untested(subject: Subject) -> Iterator[LintFinding]:
    stated = _stated(subject.cases)
    facts = subject.rulebook.facts
    found = {rule.id: _of_rule(rule, facts, stated) for rule in subject.rulebook.rules.values()}
    rules = [subject.rulebook.rules[id] for id, thresholds in found.items() if thresholds]
    listed = [r for r in rules if UNTESTED_THRESHOLD in r.accepts or len(rules) <= LISTED_RULES]
    for rule in listed:
        message = f"no case stands on, or on both sides of, {', '.join(found[rule.id])}; add one"
        yield on_rule(UNTESTED_THRESHOLD, "note", rule, message)
    if rest := [rule for rule in rules if rule not in listed]:
        yield _in_short(rest, sum(len(found[rule.id]) for rule in rest), subject)


def _in_short(rules: list[Rule], thresholds: int, subject: Subject) -> LintFinding:
    names = ", ".join(rule.id for rule in rules[:LISTED_RULES])
    message = (
        f"no case stands on, or on both sides of, {thresholds:,} thresholds in {len(rules):,} rules, such as "
        f"{names}; 'tunewise rules test --coverage' lists comparisons"
    )
    place = f"{subject.rulebook.place}/rulebook.yaml"
    return LintFinding(UNTESTED_THRESHOLD, "note", place, 1, "rulebook", message)


def _stated(cases: Iterable[RuleCase]) -> Mapping[str, set[ThresholdNumber]]:
    """Return the numbers that cases state of each fact."""
    found: Mapping[str, set[ThresholdNumber]] = defaultdict(set)
    for case in cases:
        for fact, value in case.case.facts.items():
            if isinstance(value, int | float):
                found[fact].add(value)
    return found


def _of_rule(
    rule: Rule, facts: Mapping[str, Fact], stated: Mapping[str, set[ThresholdNumber]]
) -> list[str]:
    """Return the thresholds of a rule that no case tests, in words."""
    return [
        f"{comparison.fact} {threshold:,}"
        for comparison in dict.fromkeys(comparisons(rule.when))
        # What a case cannot state, such as a cost, is seen by running the cases alone.
        if facts[comparison.fact].numeric and facts[comparison.fact].origin == "given"
        for threshold in _literals(comparison)
        if not _tested(threshold, stated.get(comparison.fact, set()))
    ]


def _literals(comparison: Comparison) -> tuple[ThresholdNumber, ...]:
    operand = comparison.operand
    parts = operand if isinstance(operand, tuple) else (operand,)
    return tuple(part for part in parts if isinstance(part, int | float))


def _tested(threshold: ThresholdNumber, values: set[ThresholdNumber]) -> bool:
    return threshold in values or (bool(values) and min(values) < threshold < max(values))


THRESHOLD_CHECKS = (
    LintCheck(UNTESTED_THRESHOLD, "No case tests a threshold.", _untested, by_cases=True),
)
