"""Evaluates conditions directly, in three values: the second opinion that checks the rule engine."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any as Anything

from tunewise.knowledge.conditions import (
    ORDERINGS,
    TOLERANCE,
    Any,
    Comparison,
    Condition,
    Other,
    Value,
    bound,
)

Facts = Mapping[str, Value]
Predicate = Callable[[Facts], bool | None]
"""A condition as a function of the facts: whether it is true, None where an unknown fact leaves it open."""

_TESTS: Mapping[str, Callable[[Anything, Anything], bool]] = {
    "at_least": operator.ge,
    "at_most": operator.le,
    "above": operator.gt,
    "below": operator.lt,
    "is": operator.eq,
    "is_not": operator.ne,
    "includes": operator.contains,
    "excludes": lambda value, part: part not in value,
    "one_of": lambda value, values: value in values,
    "none_of": lambda value, values: value not in values,
}


class Interpreter:
    """Evaluates conditions; `scales` gives the values of ordered choices, lowest first."""

    def __init__(self, scales: Mapping[str, tuple[str, ...]]) -> None:
        self._ranks = {
            fact: {v: i for i, v in enumerate(values)} for fact, values in scales.items()
        }
        # By identity: to hash a tree costs more than to evaluate it. The condition is kept, so that no
        # other one can take its identity.
        self._verdicts: dict[int, tuple[Condition, Predicate]] = {}

    def holds(self, condition: Condition, facts: Facts) -> bool | None:
        """Return whether the condition is true; None where an unknown fact leaves it open."""
        return self.verdict(condition)(facts)

    def verdict(self, condition: Condition) -> Predicate:
        """Return the condition as a function, the same one each time."""
        found = self._verdicts.get(id(condition))
        if found is None:
            found = self._verdicts[id(condition)] = (condition, self._compiled(condition))
        return found[1]

    def _compiled(self, condition: Condition) -> Predicate:
        if isinstance(condition, Comparison):
            return self._comparison(condition)
        return _joined([self.verdict(part) for part in condition.parts], isinstance(condition, Any))

    def _comparison(self, comparison: Comparison) -> Predicate:
        fact, op, operand = comparison.fact, comparison.op, comparison.operand
        if op in ("known", "unknown"):
            return lambda facts: (facts.get(fact) is not None) is (op == "known")
        if isinstance(operand, Other):
            return _between(fact, _TESTS[op], operand)
        if op in ORDERINGS and fact in self._ranks:
            return _ranked(fact, _TESTS[op], self._ranks[fact], operand)
        return _against(fact, _TESTS[op], operand)


def _joined(parts: list[Predicate], decisive: bool) -> Predicate:
    """Join parts, of which one that is `decisive` decides: True for any, False for all."""

    def verdict(facts: Facts) -> bool | None:
        unsure = False
        for part in parts:
            found = part(facts)
            if found is decisive:
                return decisive
            unsure = unsure or found is None
        return None if unsure else not decisive

    return verdict


def _against(fact: str, test: Callable[[Anything, Anything], bool], operand: object) -> Predicate:
    def verdict(facts: Facts) -> bool | None:
        value = facts.get(fact)
        return None if value is None else test(value, operand)

    return verdict


def _ranked(
    fact: str,
    test: Callable[[Anything, Anything], bool],
    ranks: Mapping[Anything, int],
    operand: object,
) -> Predicate:
    rank = ranks[operand]

    def verdict(facts: Facts) -> bool | None:
        value = facts.get(fact)
        return None if value is None else test(ranks[value], rank)

    return verdict


def _between(fact: str, test: Callable[[Anything, Anything], bool], other: Other) -> Predicate:
    def verdict(facts: Facts) -> bool | None:
        value, against = facts.get(fact), bound(other, facts)
        if value is None or against is None:
            return None
        near = abs(value - against) <= TOLERANCE  # type: ignore[operator]
        return test(against if near else value, against)

    return verdict
