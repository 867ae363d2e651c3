"""Measures how well cases test a rulebook: which rules fired, which nearly did, how each comparison went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tunewise.authoring.outcomes import Possible
from tunewise.authoring.verdicts import CaseVerdict
from tunewise.explaining.explanation import Explanation
from tunewise.inference.interpreter import Facts, Interpreter
from tunewise.knowledge.conditions import Comparison, comparisons
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class ComparisonOutcomes:
    """In how many cases a comparison was true, false, and left open by an unknown fact.

    `possible` names the outcomes that it can have at all.
    """

    true: int
    false: int
    unknown: int
    possible: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The possible outcomes that no case brought about."""
        return tuple(name for name in self.possible if not getattr(self, name))


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """The names of the cases in which a rule fired, and in which it did not.

    `nearly` are those of the latter in which one fact alone kept it from firing.
    """

    rule: str
    fired: tuple[str, ...]
    not_fired: tuple[str, ...]
    nearly: tuple[str, ...]
    comparisons: tuple[tuple[Comparison, ComparisonOutcomes], ...]

    @property
    def covered(self) -> bool:
        """Whether one case fires the rule and a near one does not, where any fact can keep it from firing."""
        return bool(self.fired and (self.nearly or not self.comparisons))


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the cases showed of each rule, in the rulebook's order."""

    rules: tuple[RuleCoverage, ...]

    @property
    def percent(self) -> float:
        """The lower of both shares, in percent: what a threshold is held against."""
        return min(self.percent_of_rules, self.percent_of_outcomes)

    @property
    def percent_of_rules(self) -> float:
        """The share of rules, in percent, that fired in one case and not in a near one."""
        return _percent(sum(rule.covered for rule in self.rules), len(self.rules))

    @property
    def percent_of_outcomes(self) -> float:
        """The share of the comparisons' possible outcomes, in percent, that came about."""
        possible = sum(len(outcomes.possible) for outcomes in self.outcomes)
        missing = sum(len(outcomes.missing) for outcomes in self.outcomes)
        return _percent(possible - missing, possible)

    @property
    def outcomes(self) -> tuple[ComparisonOutcomes, ...]:
        """The outcomes of every rule's comparisons."""
        return tuple(outcomes for rule in self.rules for _, outcomes in rule.comparisons)

    @property
    def never_fired(self) -> tuple[str, ...]:
        """The rules that no case fires."""
        return tuple(rule.rule for rule in self.rules if not rule.fired)

    @property
    def never_near(self) -> tuple[str, ...]:
        """The rules that no single fact ever kept from firing."""
        return tuple(rule.rule for rule in self.rules if rule.comparisons and not rule.nearly)

    @property
    def missing(self) -> tuple[tuple[str, Comparison, ComparisonOutcomes], ...]:
        """The comparisons that lack a possible outcome, each with its rule."""
        return tuple(
            (rule.rule, comparison, outcomes)
            for rule in self.rules
            for comparison, outcomes in rule.comparisons
            if outcomes.missing
        )


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 100.0


def measure(verdicts: Iterable[CaseVerdict], rulebook: Rulebook) -> Coverage:
    """Return what the cases that could be evaluated show of each rule."""
    memories = [
        (v.rule_case.case.name, v.evaluation.conclusions.memory)
        for v in verdicts
        if v.evaluation is not None
    ]
    explanation, interpreter = Explanation(rulebook), Interpreter(rulebook.scales)
    counted = _Counts(memories, interpreter, Possible(rulebook))
    return Coverage(
        tuple(
            _of_rule(rule, memories, explanation, interpreter, counted)
            for rule in rulebook.rules.values()
        )
    )


class _Counts:
    """The outcomes of each comparison, worked out once however many rules hold it."""

    def __init__(
        self, memories: list[tuple[str, Facts]], interpreter: Interpreter, possible: Possible
    ) -> None:
        self._memories, self._interpreter, self._possible = memories, interpreter, possible
        self._found: dict[Comparison, ComparisonOutcomes] = {}

    def __getitem__(self, comparison: Comparison) -> ComparisonOutcomes:
        if comparison not in self._found:
            seen = [self._interpreter.holds(comparison, memory) for _, memory in self._memories]
            self._found[comparison] = ComparisonOutcomes(
                seen.count(True),
                seen.count(False),
                seen.count(None),
                self._possible.outcomes(comparison),
            )
        return self._found[comparison]


def _of_rule(
    rule: Rule,
    memories: list[tuple[str, Facts]],
    explanation: Explanation,
    interpreter: Interpreter,
    counts: _Counts,
) -> RuleCoverage:
    names: Mapping[str, list[str]] = defaultdict(list)
    for name, memory in memories:
        fires = interpreter.holds(rule.when, memory) is True
        names["fired" if fires else "not_fired"].append(name)
        if not fires and len({c.fact for c in explanation.blocking(rule.when, memory)}) == 1:
            names["nearly"].append(name)
    return RuleCoverage(
        rule.id,
        tuple(names["fired"]),
        tuple(names["not_fired"]),
        tuple(names["nearly"]),
        tuple((c, counts[c]) for c in dict.fromkeys(comparisons(rule.when))),
    )
