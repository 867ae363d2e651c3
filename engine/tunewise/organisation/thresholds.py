"""Names the thresholds of a rule, and puts another value in the place of one."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tunewise.knowledge.conditions import (
    WRITTEN_OPERATORS,
    All,
    Comparison,
    Condition,
    Other,
    comparisons,
)
from tunewise.knowledge.conditions import Any as AnyOf
from tunewise.knowledge.vocabulary import Vocabulary
from tunewise.loading.parsing import ConditionParser
from tunewise.reading import Where
from tunewise.structure import Problems


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a comparison of a rule holds its fact against: a value, or the factor or difference of another fact.

    `position` counts the comparisons of the rule, left to right; `part` is empty, `times` or `less`.
    """

    position: int
    comparison: Comparison
    part: str = ""

    @property
    def value(self) -> object:
        """What stands there."""
        operand = self.comparison.operand
        return getattr(operand, self.part) if self.part else operand


def thresholds(condition: Condition) -> dict[str, Threshold]:
    """Return the thresholds of a rule by name, each as short as tells it apart.

    The name is the fact; with the comparison where a rule asks one fact several things, with a number where it asks
    one thing several times; with `times` or `less` where it is the factor or difference of another fact.
    """
    found = [one for at, each in enumerate(comparisons(condition)) for one in _parts(at, each)]
    facts = Counter(one.comparison.fact for one in found if not one.part)
    asked = Counter((one.comparison.fact, one.comparison.op, one.part) for one in found)
    seen: Counter[tuple[str, str, str]] = Counter()
    names = {}
    for one in found:
        fact, op = one.comparison.fact, one.comparison.op
        key = (fact, op, one.part)
        seen[key] += 1
        told = [fact] if facts[fact] == 1 and not one.part else [fact, op]
        told += [one.part] * bool(one.part) + [str(seen[key])] * (asked[key] > 1)
        names[".".join(told)] = one
    return names


def _parts(position: int, one: Comparison) -> Iterator[Threshold]:
    if isinstance(one.operand, Other):
        yield Threshold(position, one, "times")
        if not isinstance(one.operand.less, str):
            yield Threshold(position, one, "less")
    elif one.operand is not None:
        yield Threshold(position, one)


def changed(
    condition: Condition,
    threshold: Threshold,
    value: Any,
    facts: Vocabulary,
    problems: Problems,
    where: Where,
) -> Condition | None:
    """Return the condition with another value there; None, and the mistake among the problems, where it is none."""
    one = threshold.comparison
    written = one if one.op in WRITTEN_OPERATORS else one.negated()
    operand = value
    if isinstance(one.operand, Other):
        parts = {"times": one.operand.times, "less": one.operand.less, threshold.part: value}
        operand = {"fact": one.operand.fact, **parts}
    parser = ConditionParser(facts, problems, ".".join(map(str, where[:2])))
    read = parser.parse({one.fact: {written.op: operand}}, where)
    if not isinstance(read, Comparison):
        return None
    now = Comparison(read.fact, one.op, read.operand)
    return _replaced(condition, threshold.position, now)


def _replaced(condition: Condition, at: int, now: Comparison) -> Condition:
    """Return the condition with another comparison at a position."""
    count = itertools.count()

    def walk(node: Condition) -> Condition:
        if isinstance(node, Comparison):
            return now if next(count) == at else node
        parts = tuple(walk(part) for part in node.parts)
        return All(parts) if isinstance(node, All) else AnyOf(parts)

    return walk(condition)
