"""The condition language: one small tree, its negation pushed down, and its plain English.

A comparison on an unknown fact is neither true nor false; a rule fires where its condition is true. Negation
is pushed down to the comparisons when a condition is read, so a tree holds comparisons, `All` and `Any` alone,
and every engine that reads it agrees.
"""

from __future__ import annotations

from collections.abc import Iterator
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
WRITTEN = tuple(op for op in OPPOSITES if op not in ("none_of", "excludes"))
"""Operators that a rule may write; the other two arise from `not` alone."""
ORDERINGS = ("at_least", "at_most", "above", "below")


@dataclass(frozen=True, slots=True)
class Other:
    """Another fact as the right side of a comparison, times a positive factor."""

    fact: str
    times: int | float = 1


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
            found[comparison.operand.fact] = None
    return tuple(found)
