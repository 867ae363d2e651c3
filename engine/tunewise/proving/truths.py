"""Conditions as expressions over what may be known of a case: true, and neither false nor open."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TypeAlias

from tunewise.inference.interpreter import Interpreter
from tunewise.knowledge.conditions import (
    TOLERANCE,
    All,
    Comparison,
    Condition,
    Other,
    Value,
)
from tunewise.proving import solver
from tunewise.proving.solver import FALSE, TRUE, Truth, WholeNumber
from tunewise.proving.variables import Choices, FactVariables

PossibleAmount: TypeAlias = tuple[Truth, Fraction, "WholeNumber | None"]
"""A number that a fact may be: where it is that one, and a factor of a variable, or the number itself."""


class KnownTruths:
    """What may be known: the facts of a case, and what was concluded on so far, which is added to it."""

    def __init__(self, facts: FactVariables) -> None:
        self.known, self.choices = dict(facts.known), dict(facts.choices)
        self._facts, self._numbers, self._steps = facts.rulebook.facts, facts.numbers, facts.steps
        self._compared: dict[Comparison, Truth] = {}

    def learn(self, fact: str, known: Truth, choices: Choices) -> None:
        """Take in where a fact is known, and where it has each of its values."""
        self.known[fact], self.choices[fact] = known, choices

    def true(self, condition: Condition) -> Truth:
        """Return where a condition is true, which is neither where it is false nor where it is open."""
        if isinstance(condition, Comparison):
            if condition not in self._compared:
                self._compared[condition] = self._comparison(condition)
            return self._compared[condition]
        parts = [self.true(part) for part in condition.parts]
        return (
            solver.conjunction(parts) if isinstance(condition, All) else solver.disjunction(parts)
        )

    def _comparison(self, comparison: Comparison) -> Truth:
        fact, op, operand = comparison.fact, comparison.op, comparison.operand
        known = self.known.get(fact, FALSE)
        if op in ("known", "unknown"):
            return known if op == "known" else solver.no(known)
        if isinstance(operand, Other):
            return self._between(fact, op, operand)
        if fact in self._numbers:
            return solver.conjunction((known, self._against(fact, op, operand)))
        choices = self.choices.get(fact)
        if choices is None:  # nothing derives it
            return FALSE
        if op in ("includes", "excludes"):
            held = choices.get(operand, FALSE)  # type: ignore[arg-type]
            return held if op == "includes" else solver.conjunction((known, solver.no(held)))
        if self._facts[fact].numeric:
            return solver.disjunction(h for v, h in choices.items() if _holds(op, v, operand))
        return solver.disjunction(choices[value] for value in _meant(list(choices), op, operand))

    def _against(self, fact: str, op: str, operand: object) -> Truth:
        value, steps = self._numbers[fact], self._steps[fact]
        if isinstance(operand, tuple):
            equal = [self._against(fact, "is", one) for one in operand]
            return (
                solver.disjunction(equal)
                if op == "one_of"
                else solver.no(solver.disjunction(equal))
            )
        return solver.related(op, value, int(Fraction(str(operand)) * steps))

    def _between(self, fact: str, op: str, other: Other) -> Truth:
        less = other.less
        taken = self._amounts(less) if isinstance(less, str) else [_constant(less)]
        times = Fraction(str(other.times))
        return solver.disjunction(
            _compared(op, (one, (their[0], -times * their[1], their[2]), off))
            for one in self._amounts(fact)
            for their in self._amounts(other.fact)
            for off in taken
        )

    def _amounts(self, fact: str) -> list[PossibleAmount]:
        if fact in self._numbers:
            return [(self.known[fact], Fraction(1, self._steps[fact]), self._numbers[fact])]
        values = self.choices.get(fact, {}).items()
        return [(holds, Fraction(str(value)), None) for value, holds in values]


def _constant(value: float) -> PossibleAmount:
    return TRUE, Fraction(str(value)), None


def _compared(op: str, amounts: Iterable[PossibleAmount]) -> Truth:
    """Return whether the sum of amounts compares so with nothing, where each is the number that it may be."""
    held = list(amounts)
    scale = math.lcm(*(factor.denominator for _, factor, _ in held))
    parts = [int(factor * scale) * value for _, factor, value in held if value is not None]
    rest = sum(int(factor * scale) for _, factor, value in held if value is None)
    known = [known for known, _, _ in held]
    return solver.conjunction([*known, *_near(op, solver.sum_of(parts), -rest, scale)])


def _near(op: str, one: WholeNumber, other: int, scale: int) -> list[Truth]:
    """Return what a comparison takes of numbers that are equal where they are near, as the interpreter says."""
    slack = Fraction(str(TOLERANCE)) * scale
    low, high = math.ceil(other - slack), math.floor(other + slack)
    at_least, at_most = solver.related("at_least", one, low), solver.related("at_most", one, high)
    if op in ("at_least", "below"):
        return [at_least if op == "at_least" else solver.no(at_least)]
    if op in ("at_most", "above"):
        return [at_most if op == "at_most" else solver.no(at_most)]
    equal = solver.conjunction((at_least, at_most))
    return [equal if op == "is" else solver.no(equal)]


def _holds(op: str, value: Value, operand: object) -> bool:
    """Return whether a comparison of a number that is known holds."""
    facts: Mapping[str, Value] = {"it": value}
    return Interpreter({}).holds(Comparison("it", op, operand), facts) is True  # type: ignore[arg-type]


def _meant(values: list[Value], op: str, operand: object) -> list[Value]:
    """Return the values of a choice for which a comparison is true; an order is that of its values."""
    named = operand if isinstance(operand, tuple) else (operand,)
    if op in ("is", "one_of"):
        return [value for value in values if value in named]
    if op in ("is_not", "none_of"):
        return [value for value in values if value not in named]
    at = values.index(operand)  # type: ignore[arg-type]
    if op in ("at_least", "above"):
        return values[at + (op == "above") :]
    return values[: at + (op == "at_most")]
