"""Picks the near misses that speak for another answer, the nearest first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from tunewise.explaining.explanation import NearMiss
from tunewise.inference.interpreter import Facts
from tunewise.knowledge.conditions import Comparison, Other
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Fact


def contrary(
    misses: Iterable[NearMiss], rulebook: Rulebook, memory: Facts, chosen: Mapping[str, str]
) -> list[NearMiss]:
    """Return the near misses against what was decided.

    By decision, then by how far off each is per point that it weighs.
    """
    order, facts, strong = list(rulebook.decisions), rulebook.facts, rulebook.strengths["strong"]

    def rank(miss: NearMiss) -> tuple[int, float]:
        far = max(_steps(comparison, facts, memory) for comparison in miss.blocking)
        return order.index(str(miss.rule.target)), far / (abs(miss.rule.then.points) or strong)

    return sorted((miss for miss in misses if _against(miss, facts, chosen)), key=rank)


def _against(miss: NearMiss, facts: Mapping[str, Fact], chosen: Mapping[str, str]) -> bool:
    """Whether a rule speaks against a choice, and the fact that kept it from firing could be another."""
    then = miss.rule.then
    if facts[miss.fact].origin == "decided" or miss.forgetting:
        return False
    return (chosen[str(then.target)] in then.options) is not (then.stance == "for")


def _steps(comparison: Comparison, facts: Mapping[str, Fact], memory: Facts) -> float:
    """Return how far a fact is from what would do: steps on a scale, e-foldings of a number, else 1."""
    fact, value, wanted = facts[comparison.fact], memory.get(comparison.fact), comparison.operand
    if isinstance(wanted, Other):
        other = memory.get(wanted.fact)
        wanted = other * wanted.times if isinstance(other, int | float) else None
    if fact.numeric and isinstance(value, int | float) and isinstance(wanted, int | float):
        return abs(math.asinh(value) - math.asinh(wanted))  # a logarithm that bears 0 and less
    if fact.ordered and value in fact.options and wanted in fact.options:
        return abs(fact.options.index(str(value)) - fact.options.index(str(wanted)))
    return 1
