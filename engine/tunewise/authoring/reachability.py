"""Works out which conditions can ever be true, given the bounds of facts and what rules can conclude."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from tunewise.inference.encoding import (
    Attribute,
    Encoding,
    Interval,
    Member,
    NameCells,
    NumberCells,
    Pair,
)
from tunewise.knowledge.conditions import Condition, Other
from tunewise.knowledge.rule import Decision
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Fact


class Reach:
    """Tells conditions that no case can make true from all others; where in doubt, one can."""

    def __init__(self, rulebook: Rulebook, encoding: Encoding) -> None:
        self._rulebook, self._encoding = rulebook, encoding
        self._rules = tuple(rulebook.rules.values())
        self._cells = {name: self._possible(a) for name, a in encoding.attributes.items()}

    def holds(self, condition: Condition) -> bool:
        """Return whether some case may make the condition true."""
        return any(
            all(self._meets(name, interval) for name, interval in tests.items())
            for tests in self._encoding.conjunctions(condition)
        )

    def cells(self, attribute: str) -> frozenset[int] | None:
        """Return the cells of an attribute into which a case can fall; None where all are possible."""
        return self._cells[attribute]

    def _meets(self, attribute: str, interval: Interval) -> bool:
        cells = self._cells[attribute]
        low, high = interval
        return cells is None or any(low <= cell <= high for cell in cells)

    def _possible(self, attribute: Attribute) -> frozenset[int] | None:
        """Return the cells into which a case can fall; None where all are possible."""
        if isinstance(attribute, Pair):
            return self._compared(attribute)
        fact = self._rulebook.facts[attribute.fact]
        if fact.origin == "derived":
            return frozenset({0, *self._derived(attribute, fact)})
        if isinstance(attribute, Member) or fact.origin == "computed":
            return None
        if isinstance(attribute, NumberCells):
            return frozenset({0, *_in_range(attribute, fact)})
        return self._named(attribute, fact)

    def _compared(self, pair: Pair) -> frozenset[int] | None:
        """Return how two given numbers can stand to each other within their bounds."""
        left, right = self._rulebook.facts[pair.left], self._rulebook.facts[pair.other.fact]
        if left.origin != "given" or right.origin != "given":
            return None
        least, most = self._less(pair.other)
        low = right.minimum * pair.other.times - most
        high = right.upper * pair.other.times - least
        possible = {
            1: left.minimum < high,
            2: left.minimum <= high and low <= left.upper,
            3: left.upper > low,
        }
        return frozenset({0, *(cell for cell, found in possible.items() if found)})

    def _less(self, other: Other) -> tuple[float, float]:
        """Return the least and the most that is taken off another fact's number."""
        if isinstance(other.less, str):
            fact = self._rulebook.facts[other.less]
            return fact.minimum, fact.upper
        return other.less, other.less

    def _derived(self, attribute: NumberCells | NameCells | Member, fact: Fact) -> Iterator[int]:
        for rule in self._rules:
            if rule.target == fact.id and (value := rule.then.value) is not None:
                yield attribute.cell({fact.id: value})

    def _named(self, attribute: NameCells, fact: Fact) -> frozenset[int] | None:
        if fact.type == "text":
            return None
        values = attribute.values
        first = next(iter(self._rulebook.decisions), None)
        # The first decision is also assumed, option by option, to see what each would bring with it.
        if fact.origin == "decided" and fact.id != first:
            values = self.options(self._rulebook.decisions[fact.id])
        return frozenset({0, *(attribute.position(value) for value in values)})

    def options(self, decision: Decision) -> tuple[str, ...]:
        """Return the options that can be chosen: they win ties, have support, or outlive the others."""
        supported: set[str] = set()
        opposed: set[str] = set()
        for rule in self._rules:
            if rule.target == decision.id:
                found = supported if rule.then.stance == "for" else opposed
                found.update(rule.then.options)
        names = tuple(decision.options)
        return tuple(
            option
            for i, option in enumerate(names)
            if option in supported or opposed.issuperset(names[:i])
        )


def _in_range(attribute: NumberCells, fact: Fact) -> Iterator[int]:
    """Yield the cells that hold a value within the fact's bounds; a whole one where it must be."""
    edges = (-math.inf, *attribute.thresholds, math.inf)
    for i, (below, above) in enumerate(pairwise(edges)):
        low, high = max(below, fact.minimum), min(above, fact.upper)
        if _holds_one(low, high, low == below, high == above, whole=fact.type == "integer"):
            yield 2 * i + 1
        if fact.minimum <= above <= fact.upper:
            yield 2 * i + 2


def _holds_one(low: float, high: float, low_open: bool, high_open: bool, whole: bool) -> bool:
    """Return whether an interval with both ends, each open or closed, holds a number."""
    if not whole:
        return low < high or (low == high and not (low_open or high_open))
    first = math.floor(low) + 1 if low_open else math.ceil(low)
    last = math.ceil(high) - 1 if high_open else math.floor(high)
    return first <= last
