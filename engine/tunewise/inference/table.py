"""Forward chaining on many cases at once: what is known of them are columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from tunewise.cases.columns import FactColumn, FactTable
from tunewise.inference.cells import cells
from tunewise.inference.columnar import ColumnRule, Cut, Fired, Small
from tunewise.inference.compiled import CompiledRules
from tunewise.inference.forward_chaining import chain
from tunewise.inference.strata import Stratum, without
from tunewise.inference.table_deciding import TableOutcome, decide_all, derive_all
from tunewise.knowledge.rule import Decision, Rule
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Fact

T = TypeVar("T")
PlanOptions = Mapping[str, FactColumn]
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
    """Runs a rulebook on one table after another; what the engine answered is remembered. Use it from one thread.

    `rules` are those of the rulebook where they are compiled already.
    """

    def __init__(self, rulebook: Rulebook, rules: CompiledRules | None = None) -> None:
        self.rulebook = rulebook
        self.compiled = rules or CompiledRules(rulebook)
        self.encoding, self.strata = self.compiled.encoding, self.compiled.strata
        self.planning = without(self.strata, next(iter(rulebook.decisions)))
        self.rules = {id: ColumnRule(rule) for id, rule in self.compiled.rules.items()}

    def on(self, table: FactTable) -> Reasoning:
        """Return what reasons about a table."""
        return Reasoning(self, table)

    def close(self) -> None:
        """Free the engine's rulesets."""
        self.compiled.close()


class Reasoning:
    """Reasoning about one table: what several runs have in common is worked out once.

    A run that differs in one fact alone repeats only what rests on that fact: cells, firings and outcomes are
    kept by the identity of the columns that they were made from.
    """

    def __init__(self, inference: TableInference, table: FactTable) -> None:
        self.table, self._inference = table, inference
        self._done: dict[tuple[object, ...], tuple[object, object]] = {}

    def plans(self) -> dict[str, PlanOptions]:
        """Return what each option of the first decision would bring with it."""
        first, decision = next(iter(self._inference.rulebook.decisions.items()))
        found: dict[str, PlanOptions] = {}
        for code, option in enumerate(decision.options):
            codes = np.full(self.table.rows, code, dtype=np.int32)
            settled = {first: FactColumn(tuple(decision.options), codes)}
            outcomes = self._run(self._inference.planning, settled).outcomes
            found[option] = {name: outcome.chosen for name, outcome in outcomes.items()}
        return found

    def conclude(self, computed: Mapping[str, FactColumn] | None = None) -> TableConclusions:
        """Return what follows from the table's facts and those that were computed.

        Raises EngineError where the engine and the interpreter disagree.
        """
        return self._run(self._inference.strata, computed or {})

    def _run(self, strata: Sequence[Stratum], more: Mapping[str, FactColumn]) -> TableConclusions:
        memory = _TableMemory(self._inference, self, {**self.table.columns, **more})
        found = chain(self._inference.rulebook, strata, memory)
        return TableConclusions(memory.columns, found.fired, found.outcomes)

    def once(self, what: object, parts: Iterable[object], make: Callable[[], T]) -> T:
        """Make something of parts, the first time they are met.

        They are known by their identity, and kept, so that no others can take it.
        """
        parts = list(parts)
        key = (what, *map(id, parts))
        if key not in self._done:
            self._done[key] = (make(), parts)
        return self._done[key][0]  # type: ignore[return-value]


class _TableMemory:
    """The working memory of one run over a table."""

    def __init__(
        self, inference: TableInference, reasoning: Reasoning, columns: dict[str, FactColumn]
    ) -> None:
        self.columns = columns
        self._inference, self._rows = inference, reasoning.table.rows
        self._once = reasoning.once

    def fire(self, stratum: Stratum) -> dict[str, Fired]:
        return {rule.id: self._fired(self._inference.rules[rule.id]) for rule in stratum.rules}

    def _fired(self, rule: ColumnRule) -> Fired:
        classes = [self._classes(cut) for cut in rule.cuts]
        read = {fact: self.columns[fact] for fact in rule.reads if fact in self.columns}
        facts = FactTable(self._rows, read).facts
        return self._once(rule.rule.id, classes, lambda: rule.fire(self._rows, classes, facts))

    def _classes(self, cut: Cut) -> Small:
        found = self._cells(cut.attribute)
        return self._once(cut, [found], lambda: cut.apply(found))

    def _cells(self, name: str) -> Small:
        attribute = self._inference.encoding.attributes[name]
        read = [self.columns.get(fact) for fact in attribute.reads]
        return self._once(name, read, lambda: cells(self._rows, attribute, self.columns))

    def decide(self, decision: Decision, spoken: Sequence[tuple[Rule, Fired]]) -> TableOutcome:
        read = [where for _, where in spoken]
        outcome = self._once(decision.id, read, lambda: decide_all(decision, self._rows, spoken))
        self.columns[decision.id] = outcome.chosen
        return outcome

    def derive(self, fact: Fact, spoken: Sequence[tuple[Rule, Fired]]) -> None:
        read = [where for _, where in spoken]
        self.columns[fact.id] = self._once(
            fact.id, read, lambda: derive_all(fact, self._rows, spoken)
        )
