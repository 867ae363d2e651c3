"""Ways in which a case could turn out, as one table: each single answer, and random answers to all that is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tunewise.cases.columns import UNKNOWN_CODE, Codes, FactColumn, FactTable
from tunewise.inference.column_truths import Comparisons
from tunewise.inference.encoding import Encoding
from tunewise.interview.answers import Answers, Questions
from tunewise.knowledge.conditions import Value
from tunewise.whatif.answers import answers as worth_trying

COMPLETIONS = 400
"""Random completions of a case: enough to tell a chance of one in twenty."""
LEFT_UNANSWERED = 0.4
"""The share of questions that a random completion leaves without an answer."""
COMPLETIONS_SEED = 1


@dataclass(frozen=True)
class Completed:
    """Completions of one case: first each of `singles`, then random ones, `drawn` being their answers' codes."""

    table: FactTable
    singles: tuple[tuple[str, Value], ...]
    drawn: Mapping[str, Codes]


class Completions:
    """Completes cases by the questions of a rulebook, with the same draws each time."""

    def __init__(self, questions: Questions, encoding: Encoding) -> None:
        self._questions, self._encoding = questions, encoding
        random = np.random.default_rng(COMPLETIONS_SEED)
        self._values = {id: self._tried(id, {}) for id in questions.order}
        self._drawn = {id: _draws(random, len(found)) for id, found in self._values.items()}
        self._comparisons = Comparisons(
            questions.rulebook.facts, questions.rulebook.questions.values()
        )

    def _tried(self, id: str, facts: Mapping[str, Value]) -> tuple[Value, ...]:
        fact = self._questions.fact(id)
        edges = self._encoding.edges(id, facts)
        return tuple(dict.fromkeys((*fact.usual, *worth_trying(fact, edges))))

    def of(self, given: Answers, memory: Mapping[str, Value]) -> Completed:
        """Return the completions of a case of which so much is known; `memory` is what followed from that."""
        askable, open_ = self._questions.askable(given), self._questions.open(given)
        tried = {id: self._tried(id, memory) for id in askable}
        singles = tuple((id, value) for id, values in tried.items() for value in values)
        rows = len(singles) + COMPLETIONS
        known = self._questions.known(given)
        columns = {id: _constant(value, rows) for id, value in known.items()}
        truths = self._comparisons.on(rows, columns)
        for id in open_:
            condition = self._questions.rulebook.questions.get(id)
            alone = [place for place, (fact, _) in enumerate(singles) if fact == id]
            columns[id] = self._column(id, tried.get(id, ()), alone, len(singles))
            if condition is not None:
                columns[id] = _where(columns[id], truths.verdict(condition)[0])
        drawn = {id: columns[id].codes[len(singles) :] for id in open_}
        return Completed(FactTable(rows, columns), singles, drawn)

    def _column(
        self, id: str, tried: Sequence[Value], alone: Sequence[int], singles: int
    ) -> FactColumn:
        values = tuple(dict.fromkeys((*self._values[id], *tried)))
        codes = np.full(singles, UNKNOWN_CODE, dtype=np.int32)
        codes[alone] = [values.index(value) for value in tried]
        return FactColumn(values, np.concatenate([codes, self._drawn[id]]))


def _draws(random: np.random.Generator, values: int) -> Codes:
    """Return codes of so many values, or of none."""
    if not values:
        return np.full(COMPLETIONS, UNKNOWN_CODE, dtype=np.int32)
    codes = random.integers(0, values, COMPLETIONS).astype(np.int32)
    codes[random.random(COMPLETIONS) < LEFT_UNANSWERED] = UNKNOWN_CODE
    return codes


def _constant(value: Value, rows: int) -> FactColumn:
    return FactColumn((value,), np.zeros(rows, dtype=np.int32))


def _where(column: FactColumn, held: npt.NDArray[np.bool_]) -> FactColumn:
    return FactColumn(column.values, np.where(held, column.codes, UNKNOWN_CODE).astype(np.int32))


def with_constants(table: FactTable, facts: Mapping[str, Value]) -> FactTable:
    """Return a table of which more is known, the same in every row."""
    more = {id: _constant(value, table.rows) for id, value in facts.items()}
    return FactTable(table.rows, {**table.columns, **more})
