"""Runs a rulebook's cases and says what came out otherwise than expected, and on what evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tunewise.authoring.rulecases import Expectation, RuleCase
from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.inference.deciding import OptionScore, Outcome
from tunewise.record.evaluation import Evaluation


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that came out otherwise; `evidence` holds the lines that say why."""

    subject: str
    expected: str
    found: str
    evidence: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.subject}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True, slots=True)
class CaseVerdict:
    """How a case came out; `evaluation` is None where it could not be evaluated."""

    rule_case: RuleCase
    mismatches: tuple[Mismatch, ...]
    evaluation: Evaluation | None

    @property
    def passed(self) -> bool:
        """Whether everything came out as expected."""
        return not self.mismatches


def run_cases(cases: Iterable[RuleCase], evaluator: Evaluator) -> Iterator[CaseVerdict]:
    """Yield the verdict on each case, in their order."""
    for rule_case in cases:
        try:
            evaluation = evaluator.evaluate(rule_case.case)
        except UserError as error:
            refusal = Mismatch("case", "an evaluation", "; ".join(map(str, error.problems)))
            yield CaseVerdict(rule_case, (refusal,), None)
        else:
            yield CaseVerdict(rule_case, _mismatches(rule_case.expected, evaluation), evaluation)


def _mismatches(expected: Expectation, evaluation: Evaluation) -> tuple[Mismatch, ...]:
    return (
        *_chosen_otherwise(expected, evaluation),
        *_not_vetoed(expected, evaluation),
        *_fired_otherwise(expected, evaluation),
    )


def _chosen_otherwise(expected: Expectation, evaluation: Evaluation) -> Iterator[Mismatch]:
    for decision, allowed in expected.options.items():
        outcome = evaluation.conclusions.outcomes[decision]
        if outcome.chosen not in allowed:
            evidence = tuple(_says(standing) for standing in outcome.standings)
            yield Mismatch(decision, " or ".join(allowed), outcome.chosen, evidence)


def _says(standing: OptionScore) -> str:
    """Return how an option stands, in one line, with the rules that brought it there."""
    rules = [f"{e.points:+d} {e.rule}" for e in standing.evidence]
    vetoes = [f"vetoed by {rule}" for rule in standing.vetoed_by]
    points = "1 point" if abs(standing.score) == 1 else f"{standing.score} points"
    return f"{standing.option}: {points} ({', '.join([*vetoes, *rules]) or 'no rule fired'})"


def _not_vetoed(expected: Expectation, evaluation: Evaluation) -> Iterator[Mismatch]:
    for decision, options in expected.vetoed.items():
        outcome: Outcome = evaluation.conclusions.outcomes[decision]
        for option in options:
            standing = outcome.standing(option)
            if not standing.vetoed_by:
                subject = f"{decision} {option}"
                yield Mismatch(subject, "a veto", "none", (_says(standing),))


def _fired_otherwise(expected: Expectation, evaluation: Evaluation) -> Iterator[Mismatch]:
    fired = {firing.rule.id for firing in evaluation.conclusions.firings}
    for rule in dict.fromkeys((*expected.fires, *expected.advice)):
        if rule not in fired:
            yield Mismatch(f"rule {rule}", "to fire", "not fired", _kept_from(rule, evaluation))
    for rule in expected.not_fires:
        if rule in fired:
            yield Mismatch(f"rule {rule}", "not to fire", "fired", _read(rule, evaluation))


def _kept_from(rule: str, evaluation: Evaluation) -> tuple[str, ...]:
    """Return the comparisons that kept a rule from firing, with the facts' values."""
    explanation, memory = evaluation.explanation, evaluation.conclusions.memory
    return tuple(
        f"needed: {explanation.comparison(c)}; it is {_value(c.fact, evaluation)}"
        for c in explanation.blocking(evaluation.rulebook.rules[rule].when, memory)
    )


def _read(rule: str, evaluation: Evaluation) -> tuple[str, ...]:
    facts = evaluation.rulebook.facts
    reads = evaluation.rulebook.rules[rule].reads
    return tuple(f"{facts[fact].label} is {_value(fact, evaluation)}" for fact in reads)


def _value(fact: str, evaluation: Evaluation) -> str:
    memory = evaluation.conclusions.memory
    return evaluation.rulebook.facts[fact].say(memory.get(fact))
