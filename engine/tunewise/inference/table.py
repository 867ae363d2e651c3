"""Runs a rulebook on many cases at once, stratum by stratum: the twin of inference.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from tunewise.cases.columns import FactColumn, FactTable
from tunewise.inference.cells import cells, read_by
from tunewise.inference.columnar import ColumnRule, Cut, Fired, Small
from tunewise.inference.deriving import derive_all
from tunewise.inference.encoding import Encoding
from tunewise.inference.interpreter import Interpreter
from tunewise.inference.strata import Stratum, strata
from tunewise.inference.table_deciding import TableOutcome, decide_all
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rulebook import Rulebook

T = TypeVar("T")
Memory = dict[str, FactColumn]
Plan = Mapping[str, FactColumn]
"""The options that go with one approach, by decision: their codes, -1 where a decision is blocked."""


@dataclass(frozen=True)
class TableConclusions:
    """All that follows from the cases: the working memory, where each rule fired, the outcomes.

    `fired` holds the rules in the order in which they fire.
    """

    memory: Mapping[str, FactColumn]
    fired: Mapping[str, Fired]
    outcomes: Mapping[str, TableOutcome]


class TableInference:
    """A rulebook compiled for tables; what the engine answered is remembered. Use it from one thread."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.encoding = Encoding(rulebook.facts, (rule.when for rule in rulebook.rules.values()))
        interpreter = Interpreter(rulebook.scales)
        self.strata = strata(rulebook.rules, rulebook.decisions)
        self.rules = {
            rule.id: ColumnRule(rule, self.encoding, interpreter.verdict(rule.when))
            for stratum in self.strata
            for rule in stratum.rules
        }
        self.reads = {id: rule.reads for id, rule in rulebook.rules.items()}
        self.concluding = {
            target: [rule for rule in stratum.rules if rule.target == target]
            for stratum in self.strata
            for target in stratum.targets
        }

    def on(self, table: FactTable) -> Reasoning:
        """Return what reasons about a table."""
        return Reasoning(self, table)

    def close(self) -> None:
        """Free the engine's rulesets."""
        for rule in self.rules.values():
            rule.close()


class Reasoning:
    """Reasoning about one table: what several runs have in common is worked out once.

    A run that differs in one fact alone repeats only what rests on that fact: cells, firings and outcomes are
    kept by the identity of the columns that they were made from.
    """

    def __init__(self, inference: TableInference, table: FactTable) -> None:
        self.rulebook, self.table = inference.rulebook, table
        self._inference = inference
        self._done: dict[tuple[object, ...], tuple[object, object]] = {}

    def plans(self) -> dict[str, Plan]:
        """Return what each option of the first decision would bring with it."""
        first, decision = next(iter(self.rulebook.decisions.items()))
        found: dict[str, Plan] = {}
        for code, option in enumerate(decision.options):
            codes = np.full(self.table.rows, code, dtype=np.int32)
            settled = {first: FactColumn(tuple(decision.options), codes)}
            outcomes = self.conclude(settled=settled, advice=False).outcomes
            found[option] = {name: outcome.chosen for name, outcome in outcomes.items()}
        return found

    def conclude(
        self,
        computed: Mapping[str, FactColumn] | None = None,
        settled: Mapping[str, FactColumn] | None = None,
        advice: bool = True,
    ) -> TableConclusions:
        """Return what follows from the table's facts and those that were computed.

        `settled` gives decisions that are assumed instead of made; their own rules are not run. Raises
        EngineError where the engine and the interpreter disagree.
        """
        settled = settled or {}
        memory: Memory = {**self.table.columns, **(computed or {}), **settled}
        fired: dict[str, Fired] = {}
        outcomes: dict[str, TableOutcome] = {}
        for stratum in self._inference.strata:
            if stratum.targets or advice:
                fired |= self._fire(stratum, memory, settled)
            for target in stratum.targets:
                if target not in settled:
                    self._settle(target, fired, memory, outcomes)
        ordered = {name: outcomes[name] for name in self.rulebook.decisions if name in outcomes}
        return TableConclusions(memory, fired, ordered)

    def _fire(
        self, stratum: Stratum, memory: Memory, settled: Mapping[str, FactColumn]
    ) -> dict[str, Fired]:
        rules = [rule.id for rule in stratum.rules if rule.target not in settled]
        return {rule: self._fired(self._inference.rules[rule], memory) for rule in rules}

    def _fired(self, rule: ColumnRule, memory: Memory) -> Fired:
        classes = [self._classes(cut, memory) for cut in rule.cuts]
        reads = self._inference.reads[rule.rule.id]

        def facts(row: int) -> dict[str, Value]:
            return _known(reads, memory, row)

        return self._once(rule.rule.id, classes, lambda: rule.fire(self.table.rows, classes, facts))

    def _classes(self, cut: Cut, memory: Memory) -> Small:
        found = self._cells(cut.attribute, memory)
        return self._once(cut, [found], lambda: cut.apply(found))

    def _cells(self, name: str, memory: Memory) -> Small:
        attribute = self._inference.encoding.attributes[name]
        read = [memory.get(fact) for fact in read_by(attribute)]
        return self._once(name, read, lambda: cells(self.table.rows, attribute, memory))

    def _settle(
        self,
        target: str,
        fired: Mapping[str, Fired],
        memory: Memory,
        outcomes: dict[str, TableOutcome],
    ) -> None:
        """Put the value of a derived fact or decision into memory; note a decision's outcome."""
        rules = [(rule, fired[rule.id]) for rule in self._inference.concluding[target]]
        rows, read = self.table.rows, [where for _, where in rules]
        if target in self.rulebook.decisions:
            decision = self.rulebook.decisions[target]
            outcome = self._once(target, read, lambda: decide_all(decision, rows, rules))
            outcomes[target], memory[target] = outcome, outcome.chosen
        else:
            fact = self.rulebook.facts[target]
            memory[target] = self._once(target, read, lambda: derive_all(fact, rows, rules))

    def _once(self, what: object, parts: Iterable[object], make: Callable[[], T]) -> T:
        """Make something of parts, the first time they are met.

        They are known by their identity, and kept, so that no others can take it.
        """
        parts = list(parts)
        key = (what, *map(id, parts))
        if key not in self._done:
            self._done[key] = (make(), parts)
        return self._done[key][0]  # type: ignore[return-value]


def _known(facts: Iterable[str], memory: Memory, row: int) -> dict[str, Value]:
    found = {fact: memory[fact].value(row) for fact in facts if fact in memory}
    return {fact: value for fact, value in found.items() if value is not None}
