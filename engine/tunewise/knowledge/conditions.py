"""The condition language: one small tree, its negation pushed down, and its plain English.

A comparison on an unknown fact is neither true nor false; a rule fires where its condition is true. Negation
is pushed down to the comparisons when a condition is read, so a tree holds comparisons, `All` and `Any` alone,
and every engine that reads it agrees.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Scalar = bool | int | float | str
Value = Scalar | tuple[str, ...]

OPPOSITES = {
    "at_least": "below",
    "below": "at_least",
    "at_most": "above",
    "above": "at_most",
    "is": "is_not",
    "is_not": "is",
    "one_of": "none_of",
    "none_of": "one_of",
    "includes": "excludes",
    "excludes": "includes",
    "known": "unknown",
    "unknown": "known",
}
WRITTEN_OPERATORS = tuple(op for op in OPPOSITES if op not in ("none_of", "excludes"))
"""Operators that a rule may write; the other two arise from `not` alone."""
ORDERINGS = ("at_least", "at_most", "above", "below")


@dataclass(frozen=True, slots=True)
class Other:
    """Another fact as the right side of a comparison, times a positive factor, less a number or a third fact."""

    fact: str
    times: int | float = 1
    less: int | float | str = 0

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that must be known to tell it."""
        return (self.fact, self.less) if isinstance(self.less, str) else (self.fact,)


TOLERANCE = 1e-9
"""Numbers nearer than this are equal: a difference of two written decimals is not exact in binary."""


def bound(other: Other, facts: Mapping[str, Value]) -> int | float | None:
    """Return the number that another fact stands for, None where a fact of it is unknown."""
    value = facts.get(other.fact)
    less = facts.get(other.less) if isinstance(other.less, str) else other.less
    if value is None or less is None:
        return None
    return value * other.times - less  # type: ignore[operator]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One fact against a literal, a tuple of literals (`one_of`, `none_of`) or another fact.

    `known` and `unknown` have None as operand.
    """

    fact: str
    op: str
    operand: Scalar | tuple[Scalar, ...] | Other | None = None

    def negated(self) -> Comparison:
        """Return the comparison that is true exactly where this one is false."""
        return Comparison(self.fact, OPPOSITES[self.op], self.operand)


@dataclass(frozen=True, slots=True)
class All:
    """True where every part is true, false where one is false, else unknown."""

    parts: tuple[Condition, ...]

    def negated(self) -> Condition:
        """Return the condition that is true exactly where this one is false."""
        return Any(tuple(part.negated() for part in self.parts))


@dataclass(frozen=True, slots=True)
class Any:
    """True where one part is true, false where every part is false, else unknown."""

    parts: tuple[Condition, ...]

    def negated(self) -> Condition:
        """Return the condition that is true exactly where this one is false."""
        return All(tuple(part.negated() for part in self.parts))


Condition = Comparison | All | Any


def not_true(condition: Condition) -> Condition:
    """Return the condition that is true wherever this one is not: where it is false, or open."""
    if isinstance(condition, Comparison):
        return _not_true(condition)
    parts = tuple(not_true(part) for part in condition.parts)
    return Any(parts) if isinstance(condition, All) else All(parts)


def _not_true(comparison: Comparison) -> Condition:
    if comparison.op in ("known", "unknown"):
        return comparison.negated()
    silent = tuple(Comparison(fact, "unknown") for fact in facts_read(comparison))
    return Any((*silent, comparison.negated()))


def comparisons(condition: Condition) -> Iterator[Comparison]:
    """Yield the comparisons of a condition, left to right."""
    if isinstance(condition, Comparison):
        yield condition
    else:
        for part in condition.parts:
            yield from comparisons(part)


def facts_read(condition: Condition) -> tuple[str, ...]:
    """Return the ids of the facts that a condition reads, in the order of their first use."""
    found: dict[str, None] = {}
    for comparison in comparisons(condition):
        found[comparison.fact] = None
        if isinstance(comparison.operand, Other):
            found |= dict.fromkeys(comparison.operand.facts)
    return tuple(found)
