"""Writes the decision records of a table's rows: the same as content.py writes of single cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import repeat
from typing import Any

import msgspec
import numpy as np

from tunewise.cases.columns import UNKNOWN_CODE, FactColumn
from tunewise.cases.rows import spread
from tunewise.costs.estimator import TUNING_APPROACH
from tunewise.inference.columnar import Fired
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Vocabulary
from tunewise.log.content import Plain, basis, put_together
from tunewise.record.decision import PLANNED
from tunewise.record.table import TableEvaluation

FiringCell = Plain | msgspec.Raw
RecordCells = list[Any]
"""What a column holds for each row, None where that is unknown."""


class RowRecords:
    """Makes the records of one table's rows; parts that are alike in several rows are made once and shared.

    `encoded` has the bulk of them, firings and decisions but the first, as JSON already: for records that are but
    written.
    """

    def __init__(self, evaluation: TableEvaluation, encoded: bool = False) -> None:
        rulebook, conclusions = evaluation.rulebook, evaluation.conclusions
        self._basis = basis(evaluation, evaluation.assumptions, evaluation.currency)
        self._costs, self._encoded = evaluation.costs, encoded
        self._first, *self._rest = evaluation.decisions.values()
        memory = {fact: PlainColumn(column) for fact, column in conclusions.memory.items()}
        self._facts = dict(_known(rulebook.facts, memory, evaluation.costs.assumed))
        self._firings = _firings(
            rulebook, memory, conclusions.fired, evaluation.table.rows, encoded
        )
        tuning = evaluation.plans.get(TUNING_APPROACH, {})
        self._tuning = {name: _chosen(tuning[name]) for name in PLANNED if name in tuning}

    def content(self, row: int, case: Mapping[str, Any]) -> Plain:
        """Return a row's record as plain data; `case` is what it says of itself.

        It is for reading: parts of it belong to other records, too.
        """
        first, rest = self._first[row], [decision[row] for decision in self._rest]
        return put_together(
            case,
            self._basis,
            {fact: known for fact, cells in self._facts.items() if (known := cells[row])},
            {made.outcome.decision: made.outcome.chosen for made in (first, *rest)},
            {name: cells[row] for name, cells in self._tuning.items()},
            [first.plain, *(made.written if self._encoded else made.plain for made in rest)],
            self._firings[row],
            self._costs.record(row),
        )


class PlainColumn:
    """A column of facts whose values are plain data already; None at the end, where -1 finds it."""

    def __init__(self, column: FactColumn) -> None:
        self.values = [*msgspec.to_builtins(column.values), None]
        self.codes = column.codes
        self._members: dict[int, str] = {}

    def member(self, fact: str, code: int) -> str:
        """Return a value as a member of an object in JSON, by the name of its fact."""
        found = self._members.get(code)
        if found is None:
            said = msgspec.json.encode(self.values[code]).decode()
            found = self._members[code] = f'"{fact}":{said}'
        return found

    def told(self, origin: str) -> RecordCells:
        """Return what a record says of each row's fact."""
        said = [{"value": value, "origin": origin} for value in self.values[:-1]]
        return spread(said, None, self.codes)


def _known(
    facts: Vocabulary, memory: Mapping[str, PlainColumn], assumed: Mapping[str, FactColumn]
) -> Iterator[tuple[str, RecordCells]]:
    """Yield what each row knows of each fact, with where that comes from."""
    for id, fact in facts.items():
        told = [memory[id].told(fact.origin)] if id in memory else []
        told += [PlainColumn(assumed[id]).told("assumed")] if id in assumed else []
        if told and fact.origin != "decided":
            cells = [one or other for one, other in zip(told[0], told[-1], strict=True)]
            yield id, cells


def _chosen(column: FactColumn) -> list[str]:
    return spread(map(str, column.values), BLOCKED, column.codes)


def _firings(
    rulebook: Rulebook,
    memory: Mapping[str, PlainColumn],
    fired: Mapping[str, Fired],
    rows: int,
    encoded: bool,
) -> list[list[FiringCell]]:
    """Return the firings of each row, in their order."""
    found: list[list[FiringCell]] = [[] for _ in range(rows)]
    tell = _written_firing if encoded else _firing
    for id, where in fired.items():
        read = {fact: memory[fact] for fact in rulebook.rules[id].reads if fact in memory}
        made: dict[tuple[int, ...], FiringCell] = {}
        there = np.flatnonzero(where)
        codes = [column.codes[there].tolist() for column in read.values()]
        keys = zip(*codes, strict=True) if codes else repeat(())
        for row, key in zip(there.tolist(), keys, strict=False):
            firing = made.get(key)
            if firing is None:
                firing = made[key] = tell(id, read, key)
            found[row].append(firing)
    return found


def _firing(id: str, columns: Mapping[str, PlainColumn], codes: tuple[int, ...]) -> Plain:
    return {"rule": id, "facts": _read(columns, codes)}


def _written_firing(
    id: str, columns: Mapping[str, PlainColumn], codes: tuple[int, ...]
) -> msgspec.Raw:
    """Return the same as JSON, put together from members that were made once for each value."""
    pairs = zip(columns.items(), codes, strict=True)
    facts = ",".join(c.member(fact, code) for (fact, c), code in pairs if code != UNKNOWN_CODE)
    return msgspec.Raw(f'{{"rule":"{id}","facts":{{{facts}}}}}'.encode())


def _read(columns: Mapping[str, PlainColumn], codes: tuple[int, ...]) -> Plain:
    pairs = zip(columns.items(), codes, strict=True)
    return {fact: column.values[code] for (fact, column), code in pairs if code != UNKNOWN_CODE}
