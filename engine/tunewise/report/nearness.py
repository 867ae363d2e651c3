"""Picks the near misses that speak for another answer, the nearest first."""

from __future__ import annotations

import math

from tunewise.explaining.explanation import NearMiss
from tunewise.knowledge.conditions import Comparison, Other
from tunewise.record.evaluation import Evaluation


def contrary(evaluation: Evaluation) -> list[NearMiss]:
    """Return the near misses against what was decided.

    By decision, then by how far off each is per point that it weighs.
    """
    order = list(evaluation.rulebook.decisions)
    found = [miss for miss in evaluation.near_misses if _speaks_against(miss, evaluation)]
    return sorted(
        found,
        key=lambda miss: (
            order.index(str(miss.rule.target)),
            _distance(miss, evaluation) / _weight(miss, evaluation),
        ),
    )


def _speaks_against(miss: NearMiss, evaluation: Evaluation) -> bool:
    then = miss.rule.then
    decided = evaluation.rulebook.facts[miss.fact].origin == "decided"
    if decided or then.target is None or not then.options:
        return False
    if any(comparison.op == "unknown" for comparison in _blocking(miss, evaluation)):
        return False  # nobody forgets a fact to get another answer
    chosen = evaluation.conclusions.outcomes[then.target].chosen
    return (chosen in then.options) is not (then.stance == "for")


def _weight(miss: NearMiss, evaluation: Evaluation) -> int:
    """Return the points of a rule; a veto counts as a strong argument."""
    return abs(miss.rule.then.points) or evaluation.rulebook.strengths["strong"]


def _distance(miss: NearMiss, evaluation: Evaluation) -> float:
    """Return how far the fact is from what would do: steps on a scale, e-foldings of a number, else 1."""
    return max(_steps(comparison, evaluation) for comparison in _blocking(miss, evaluation))


def _blocking(miss: NearMiss, evaluation: Evaluation) -> tuple[Comparison, ...]:
    return evaluation.explanation.blocking(miss.rule.when, evaluation.conclusions.memory)


def _steps(comparison: Comparison, evaluation: Evaluation) -> float:
    memory, fact = evaluation.conclusions.memory, evaluation.rulebook.facts[comparison.fact]
    value, wanted = memory.get(comparison.fact), comparison.operand
    if isinstance(wanted, Other):
        other = memory.get(wanted.fact)
        wanted = other * wanted.times if isinstance(other, int | float) else None
    if fact.numeric and isinstance(value, int | float) and isinstance(wanted, int | float):
        return abs(math.asinh(value) - math.asinh(wanted))  # a logarithm that bears 0 and less
    if fact.ordered and value in fact.options and wanted in fact.options:
        return abs(fact.options.index(str(value)) - fact.options.index(str(wanted)))
    return 1
