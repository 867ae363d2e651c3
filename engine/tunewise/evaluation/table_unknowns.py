"""Which unknown facts rules wait for, row by row: as Explanation.waiting says it of a single case."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from tunewise.cases.columns import UNKNOWN, FactColumn
from tunewise.evaluation.table import TableEvaluation
from tunewise.explaining.explanation import Explanation
from tunewise.inference.cells import cells
from tunewise.inference.columnar import (
    MOST_MET,
    UNASKED,
    ColumnRule,
    Cut,
    Outcomes,
    Small,
    first_rows,
    smallest,
)
from tunewise.inference.interpreter import Facts
from tunewise.inference.table import TableInference
from tunewise.knowledge.rulebook import Rulebook

Counts = npt.NDArray[np.int16]
Found = npt.NDArray[np.int8]


class Wanting:
    """Finds what rules wait for; what was found for one outcome of a rule's conditions is remembered."""

    def __init__(self, rulebook: Rulebook, inference: TableInference) -> None:
        self._given = rulebook.facts.given
        self._attributes = inference.encoding.attributes
        explanation = Explanation(rulebook)
        rules = [_Waiting(rule, self._given, explanation) for rule in inference.rules.values()]
        self._rules = [rule for rule in rules if rule.facts]

    def of(self, evaluation: TableEvaluation) -> list[tuple[str, ...]]:
        """Return for each row the unknown facts that rules wait for, those that most wait for first."""
        return [tuple(waits) for waits in self.counted(evaluation)]

    def counted(self, evaluation: TableEvaluation) -> list[dict[str, int]]:
        """Return the same with how many rules wait for each."""
        rows, memory = evaluation.table.rows, evaluation.conclusions.memory
        seen = {name: cells(rows, a, memory) for name, a in self._attributes.items()}
        counts = {fact: np.zeros(rows, dtype=np.int16) for fact in self._given}
        for rule in self._rules:
            read = {fact: memory[fact] for fact in rule.reads if fact in memory}
            found = rule.waits(rows, seen, partial(_known, read))
            for fact, waits in zip(rule.facts, found.T, strict=True):
                counts[fact] += waits
        for fact in memory.keys() & counts.keys():
            counts[fact][memory[fact].codes != UNKNOWN] = 0
        return self._ordered(np.stack(list(counts.values()), axis=1))

    def _ordered(self, counts: Counts) -> list[dict[str, int]]:
        order = np.argsort(-counts, axis=1, kind="stable")
        waits = np.take_along_axis(counts, order, axis=1).tolist()
        waited = np.count_nonzero(counts, axis=1).tolist()
        return [
            {self._given[fact]: rules for fact, rules in zip(facts[:most], row[:most], strict=True)}
            for facts, row, most in zip(order.tolist(), waits, waited, strict=True)
        ]


class _Waiting:
    """One rule, and for each outcome of its conditions which of its given facts leave it open."""

    def __init__(self, rule: ColumnRule, given: Sequence[str], explanation: Explanation) -> None:
        self.reads = rule.rule.reads
        self.facts = tuple(fact for fact in self.reads if fact in given)
        self._when, self._cuts, self._explanation = rule.rule.when, rule.cuts, explanation
        self._forget()

    def _forget(self) -> None:
        self._outcomes = Outcomes([2 * cut.count for cut in self._cuts])
        self._found = np.zeros((0, len(self.facts)), dtype=np.int8)

    def waits(self, rows: int, seen: Mapping[str, Small], facts: Callable[[int], Facts]) -> Found:
        """Return for each row and fact whether the rule waits for it, were it unknown.

        Cells of one class are alike to the rule but for unknown ones, which count apart.
        """
        if len(self._outcomes) > MOST_MET:
            self._forget()
        classes = [_apart(cut, seen[cut.attribute]) for cut in self._cuts]
        outcomes = self._outcomes.numbers(rows, classes)
        more = len(self._outcomes) - len(self._found)
        self._found = np.pad(self._found, ((0, more), (0, 0)), constant_values=UNASKED)
        unasked = np.flatnonzero(self._found[:, 0].take(outcomes) == UNASKED)
        for row in first_rows(outcomes, unasked):
            open_ = set(self._explanation.undecided(self._when, facts(row)))
            self._found[outcomes[row]] = [fact in open_ for fact in self.facts]
        return self._found[outcomes]


def _apart(cut: Cut, cells: Small) -> Small:
    """Return the class of each case, those of unknown cells apart from the others."""
    kind = smallest(2 * cut.count)
    found: Small = cut.apply(cells).astype(kind) * kind.type(2) + (cells == 0).astype(kind)
    return found


def _known(memory: Mapping[str, FactColumn], row: int) -> Facts:
    found = {fact: column.value(row) for fact, column in memory.items()}
    return {fact: value for fact, value in found.items() if value is not None}
