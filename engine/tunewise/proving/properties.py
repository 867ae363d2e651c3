"""Reads what is declared to hold in all cases: properties, as one fact moves, and invariants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from msgspec import field

from tunewise.errors import UserError, unknown_name
from tunewise.knowledge.conditions import Condition, Value
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.parsing import ConditionParser
from tunewise.reading import Where, read
from tunewise.structure import Frozen, Problems

Movement = Literal["rises", "falls", "free"]
"""How a cost may move as the fact moves; one that is not named stays the same."""


class WrittenProperty(Frozen, frozen=True, kw_only=True, rename={"start": "from"}):
    """A property as a file writes it."""

    says: str
    vary: str
    along: tuple[Any, ...]
    decision: str
    keeps: tuple[str, ...]
    start: Any = None
    where: Any = None
    but_for_limits: bool = False
    costs: dict[str, Movement] = field(default_factory=dict)


class WrittenInvariant(Frozen, frozen=True, kw_only=True):
    """An invariant as a file writes it."""

    says: str
    when: Any
    decision: str
    never: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Property:
    """As `vary` moves `along` its values, from one of `keeps` the decision never comes to another option.

    Held where the first of the two cases meets `where`, if there is one. `but_for_limits`: unless a rule forbids each
    option that is to be kept. `costs` tells how computed facts may move with it.
    """

    id: str
    says: str
    vary: str
    along: tuple[Value, ...]
    decision: str
    keeps: tuple[str, ...]
    where: Condition | None
    but_for_limits: bool
    costs: Mapping[str, Movement]


@dataclass(frozen=True, slots=True)
class Invariant:
    """Where `when` is true, the decision is none of `never`."""

    id: str
    says: str
    when: Condition
    decision: str
    never: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """All that is declared to hold; `costs` are conditions on computed facts that every case meets."""

    costs: tuple[Condition, ...] = ()
    properties: tuple[Property, ...] = ()
    invariants: tuple[Invariant, ...] = ()


def read_properties(path: str, rulebook: Rulebook) -> Declared:
    """Return what a file declares of a rulebook; raise UserError with every mistake in it."""
    problems = Problems(read(path))
    data = problems.table(problems.document.data, ())
    problems.names(data, (), ("costs", "properties", "invariants"))
    reader = _Reader(problems, rulebook)
    declared = Declared(
        tuple(reader.costs(data.get("costs") or ())),
        tuple(reader.properties(problems.table(data.get("properties"), ("properties",)))),
        tuple(reader.invariants(problems.table(data.get("invariants"), ("invariants",)))),
    )
    if problems.found:
        raise UserError(problems.found)
    return declared


class _Reader:
    def __init__(self, problems: Problems, rulebook: Rulebook) -> None:
        self._problems, self._book = problems, rulebook

    def properties(self, table: Mapping[str, Any]) -> list[Property]:
        """Return the properties without a mistake; others are recorded."""
        found = []
        for name, data in table.items():
            where = ("properties", name)
            written = self._problems.build(WrittenProperty, data, where)
            if written is not None and self._fits(written, where):
                found.append(self._property(name, written, where))
        return found

    def costs(self, entries: Any) -> Iterator[Condition]:
        """Yield the conditions on costs without a mistake; others are recorded."""
        if not isinstance(entries, list | tuple):
            self._problems.add(("costs",), "expected a list of conditions")
            return
        for i, entry in enumerate(entries):
            condition = self._condition("costs", entry, ("costs", i))
            if condition is not None:
                yield condition

    def _condition(self, name: str, data: Any, where: Where) -> Condition | None:
        facts = {f.id: f for f in self._book.facts.values() if f.origin in ("given", "computed")}
        return (
            None
            if data is None
            else ConditionParser(facts, self._problems, name).parse(data, where)
        )

    def _property(self, name: str, written: WrittenProperty, where: Where) -> Property:
        values = [
            self._value(written.vary, value, (*where, "along", i))
            for i, value in enumerate(written.along)
        ]
        along = tuple(value for value in values if value is not None)
        if written.start is not None and written.start in along:
            along = along[along.index(written.start) :]
        elif written.start is not None:
            self._problems.add((*where, "from"), "expected one of the values under 'along'")
        if len(along) < 2:
            self._problems.add((*where, "along"), "expected two values at least")
        return Property(
            name,
            written.says,
            written.vary,
            along,
            written.decision,
            written.keeps,
            self._condition(name, written.where, (*where, "where")),
            written.but_for_limits,
            written.costs,
        )

    def _value(self, fact: str, value: Any, where: Where) -> Value | None:
        try:
            return self._book.facts[fact].check(value)
        except ValueError as error:
            self._problems.add(where, str(error))
            return None

    def _fits(self, written: WrittenProperty, where: Where) -> bool:
        given = self._book.facts.given
        computed = [f.id for f in self._book.facts.values() if f.origin == "computed"]
        known = self._known("fact", written.vary, given, (*where, "vary"))
        for cost in written.costs:
            self._known("cost", cost, computed, (*where, "costs", cost))
        return self._options(written.decision, written.keeps, where, "keeps") and known

    def _options(self, decision: str, options: tuple[str, ...], where: Where, key: str) -> bool:
        if not self._known("decision", decision, self._book.decisions, (*where, "decision")):
            return False
        allowed = self._book.decisions[decision].options
        found = [self._known("option", one, allowed, (*where, key)) for one in options]
        return all(found)

    def _known(self, kind: str, name: str, allowed: Any, where: Where) -> bool:
        if name not in allowed:
            self._problems.add(where, unknown_name(kind, name, allowed))
        return name in allowed

    def invariants(self, table: Mapping[str, Any]) -> list[Invariant]:
        """Return the invariants without a mistake; others are recorded."""
        found = []
        for name, data in table.items():
            where = ("invariants", name)
            written = self._problems.build(WrittenInvariant, data, where)
            if written is None or not self._options(
                written.decision, written.never, where, "never"
            ):
                continue
            when = self._condition(name, written.when, (*where, "when"))
            if when is not None:
                found.append(Invariant(name, written.says, when, written.decision, written.never))
        return found
