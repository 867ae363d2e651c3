"""Cuts each fact's domain into the cells that a rulebook's comparisons can tell apart.

A rulebook compares each fact with finitely many literals. Between them nothing can tell two values apart, so a
case is exactly a vector of small integers, one cell an attribute, and a comparison is a union of intervals of
cells. Nothing else reaches the rule engine: no float, no text, no locale. Cell 0 is always "unknown".
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tunewise.knowledge.conditions import (
    ORDERINGS,
    TOLERANCE,
    All,
    Comparison,
    Condition,
    Other,
    Scalar,
    Value,
    bound,
    comparisons,
    facts_read,
)
from tunewise.knowledge.vocabulary import Fact

Interval = tuple[int, int]
Conjunction = Mapping[str, Interval]
Vector = Mapping[str, int]

MAX_RULE_BRANCHES = 128
"""Conjunctions that one rule may fall into before it should be written as several rules."""


class TooManyBranches(ValueError):
    """A condition falls into more conjunctions than an engine should be given."""


@dataclass(frozen=True, slots=True)
class NumberCells:
    """A number cut at its thresholds: odd cells lie between them, even cells are on one."""

    fact: str
    thresholds: tuple[int | float, ...]

    @property
    def reads(self) -> tuple[str, ...]:
        """The facts that it reads."""
        return (self.fact,)

    @property
    def last(self) -> int:
        """The highest cell."""
        return 2 * len(self.thresholds) + 1

    def cell(self, facts: Mapping[str, Value]) -> int:
        """Return the cell of the fact's value."""
        value = facts.get(self.fact)
        if value is None:
            return 0
        i = bisect_left(self.thresholds, value)
        on_it = i < len(self.thresholds) and self.thresholds[i] == value
        return 2 * i + (2 if on_it else 1)

    def position(self, operand: Scalar) -> int:
        """Return the cell of a threshold."""
        return 2 * bisect_left(self.thresholds, operand) + 2


@dataclass(frozen=True, slots=True)
class NameCells:
    """A choice, boolean or text: a cell a value; what no rule names shares the last one."""

    fact: str
    values: tuple[Scalar, ...]

    @property
    def reads(self) -> tuple[str, ...]:
        """The facts that it reads."""
        return (self.fact,)

    @property
    def last(self) -> int:
        """The highest cell."""
        return len(self.values) + 1

    def cell(self, facts: Mapping[str, Value]) -> int:
        """Return the cell of the fact's value."""
        value = facts.get(self.fact)
        if value is None:
            return 0
        return self.values.index(value) + 1 if value in self.values else self.last

    def position(self, operand: Scalar) -> int:
        """Return the cell of a value."""
        return self.values.index(operand) + 1


@dataclass(frozen=True, slots=True)
class Member:
    """Whether a set holds one value: 1 no, 2 yes; for the value None, whether it is known at all."""

    fact: str
    value: str | None
    last: int = 2

    @property
    def reads(self) -> tuple[str, ...]:
        """The facts that it reads."""
        return (self.fact,)

    def cell(self, facts: Mapping[str, Value]) -> int:
        """Return the cell of the fact's value."""
        held = facts.get(self.fact)
        if held is None:
            return 0
        return 2 if self.value is None or self.value in held else 1  # type: ignore[operator]


@dataclass(frozen=True, slots=True)
class Pair:
    """One number against another times a factor, less a third: 1 below, 2 equal, 3 above."""

    left: str
    other: Other
    last: int = 3

    @property
    def reads(self) -> tuple[str, ...]:
        """The facts that it compares."""
        return (self.left, *self.other.facts)

    def edges(self, fact: str, facts: Mapping[str, Value]) -> Iterator[int | float]:
        """Yield the number at which one of the two, were it unknown, would equal what is known of the other."""
        right, left = bound(self.other, facts), facts.get(self.left)
        if fact == self.left and right is not None:
            yield right
        less = facts.get(self.other.less) if isinstance(self.other.less, str) else self.other.less
        if fact == self.other.fact and left is not None and less is not None:
            yield (left + less) / self.other.times  # type: ignore[operator]

    def cell(self, facts: Mapping[str, Value]) -> int:
        """Return the cell of the two values."""
        left, right = facts.get(self.left), bound(self.other, facts)
        if left is None or right is None:
            return 0
        if abs(left - right) <= TOLERANCE:  # type: ignore[operator]
            return 2
        return 1 if left < right else 3  # type: ignore[operator]


Attribute = NumberCells | NameCells | Member | Pair


class CaseCells(dict[str, int]):
    """The cells of a case by attribute, each worked out when it is first read: all that it reads is known then."""

    def __init__(self, attributes: Mapping[str, Attribute], facts: Mapping[str, Value]) -> None:
        self._attributes, self._facts = attributes, facts

    def __missing__(self, name: str) -> int:
        cell = self[name] = self._attributes[name].cell(self._facts)
        return cell


class Encoding:
    """The attributes of a rulebook, the vector of a case, and the conjunctions of a condition."""

    def __init__(self, facts: Mapping[str, Fact], conditions: Iterable[Condition]) -> None:
        self._facts = facts
        used = sorted({c for condition in conditions for c in comparisons(condition)}, key=repr)
        self.attributes: dict[str, Attribute] = {}
        self._reading: dict[str, list[str]] = {}
        for comparison in used:
            name = attribute_name(comparison, facts)
            if name not in self.attributes:
                self.attributes[name] = _attribute(comparison, facts, used)
                for fact in facts_read(comparison):
                    self._reading.setdefault(fact, []).append(name)

    def vector(self, facts: Mapping[str, Value]) -> Vector:
        """Return the cells of a case's facts, which may grow as long as no cell was read that rests on what is new."""
        return CaseCells(self.attributes, facts)

    def edges(self, fact: str, facts: Mapping[str, Value]) -> tuple[int | float, ...]:
        """Return the numbers at which comparisons of a fact change, given what is known of others, lowest first."""
        found: set[int | float] = set()
        for name in self._reading.get(fact, ()):
            attribute = self.attributes[name]
            if isinstance(attribute, NumberCells):
                found.update(attribute.thresholds)
            elif isinstance(attribute, Pair):
                found.update(attribute.edges(fact, facts))
        return tuple(sorted(found))

    def intervals(self, comparison: Comparison) -> tuple[str, tuple[Interval, ...]]:
        """Return the attribute of a comparison, and the cells in which it is true."""
        name = attribute_name(comparison, self._facts)
        attribute = self.attributes[name]
        return name, _intervals(comparison, attribute)

    def conjunctions(self, condition: Condition) -> tuple[Conjunction, ...]:
        """Return the conjunctions of which one at least is true where the condition is, and only there."""
        found: dict[tuple[tuple[str, Interval], ...], Conjunction] = {}
        for conjunction in self._branches(condition):
            found[tuple(sorted(conjunction.items()))] = conjunction
        return tuple(found.values())

    def _branches(self, condition: Condition) -> list[dict[str, Interval]]:
        if isinstance(condition, Comparison):
            name, intervals = self.intervals(condition)
            return [{name: interval} for interval in intervals]
        if isinstance(condition, All):
            return self._product([self._branches(part) for part in condition.parts])
        return _bounded([branch for part in condition.parts for branch in self._branches(part)])

    def _product(self, parts: list[list[dict[str, Interval]]]) -> list[dict[str, Interval]]:
        product: list[dict[str, Interval]] = [{}]
        for branches in parts:
            joined = (_joined(left, right) for left in product for right in branches)
            product = _bounded([branch for branch in joined if branch is not None])
        return product


def _bounded(branches: list[dict[str, Interval]]) -> list[dict[str, Interval]]:
    if len(branches) > MAX_RULE_BRANCHES:
        raise TooManyBranches(
            f"falls into more than {MAX_RULE_BRANCHES} alternatives; split it into several rules"
        )
    return branches


def _joined(
    left: Mapping[str, Interval], right: Mapping[str, Interval]
) -> dict[str, Interval] | None:
    joined = dict(left)
    for name, (low, high) in right.items():
        mine = joined.get(name, (low, high))
        joined[name] = (max(mine[0], low), min(mine[1], high))
        if joined[name][0] > joined[name][1]:
            return None
    return joined


def attribute_name(comparison: Comparison, facts: Mapping[str, Fact]) -> str:
    """Return the name of the attribute that a comparison tests."""
    if isinstance(comparison.operand, Other):
        other = comparison.operand
        less = f" - {other.less}" if other.less else ""
        return f"{comparison.fact} / {other.fact} * {other.times!r}{less}"
    if comparison.op in ("includes", "excludes"):
        return f"{comparison.fact}: {comparison.operand}"
    return comparison.fact


def _attribute(
    comparison: Comparison, facts: Mapping[str, Fact], used: list[Comparison]
) -> Attribute:
    fact = facts[comparison.fact]
    if isinstance(comparison.operand, Other):
        return Pair(fact.id, comparison.operand)
    if fact.type == "set":
        operand = comparison.operand
        return Member(fact.id, operand if isinstance(operand, str) else None)
    if fact.numeric:
        return NumberCells(fact.id, tuple(sorted(_literals(fact.id, used))))  # type: ignore[arg-type]
    if fact.type == "text":
        return NameCells(fact.id, tuple(sorted(_literals(fact.id, used), key=str)))
    return NameCells(fact.id, (False, True) if fact.type == "boolean" else fact.options)


def _literals(fact: str, used: list[Comparison]) -> set[Scalar]:
    found: set[Scalar] = set()
    for comparison in used:
        if comparison.fact == fact and not isinstance(comparison.operand, Other | None):
            operand = comparison.operand
            found.update(operand if isinstance(operand, tuple) else (operand,))
    return found


def _intervals(comparison: Comparison, attribute: Attribute) -> tuple[Interval, ...]:
    op, last = comparison.op, attribute.last
    if op == "unknown":
        return ((0, 0),)
    if op == "known":
        return ((1, last),)
    if isinstance(attribute, Member):
        return ((2, 2),) if op == "includes" else ((1, 1),)
    return _clipped(_ranges(comparison, attribute), last)


def _ranges(comparison: Comparison, attribute: NumberCells | NameCells | Pair) -> list[Interval]:
    op, last = comparison.op, attribute.last
    if op in ("one_of", "none_of"):
        operands: tuple[Scalar, ...] = comparison.operand  # type: ignore[assignment]
        cells = {attribute.position(operand) for operand in operands}  # type: ignore[union-attr]
        wanted = set(range(1, last + 1)) - cells if op == "none_of" else cells
        return _runs(sorted(wanted))
    at = 2 if isinstance(attribute, Pair) else attribute.position(comparison.operand)  # type: ignore[arg-type]
    if op in ORDERINGS:
        low = {"at_least": at, "above": at + 1}.get(op, 1)
        high = {"at_most": at, "below": at - 1}.get(op, last)
        return [(low, high)]
    return [(at, at)] if op == "is" else [(1, at - 1), (at + 1, last)]


def _runs(cells: list[int]) -> list[Interval]:
    runs: list[Interval] = []
    for cell in cells:
        if runs and runs[-1][1] == cell - 1:
            runs[-1] = (runs[-1][0], cell)
        else:
            runs.append((cell, cell))
    return runs


def _clipped(ranges: list[Interval], last: int) -> tuple[Interval, ...]:
    return tuple((low, min(high, last)) for low, high in ranges if low <= min(high, last))
