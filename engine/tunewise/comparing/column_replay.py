"""Decides many records at once, by columns, and tells which come out the same to the byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tunewise.cases.case import Case
from tunewise.cases.columns import UNKNOWN_CODE, FactColumn, FactTable
from tunewise.comparing.evaluators import Evaluators
from tunewise.errors import UserError
from tunewise.evaluation.table import TableEvaluator
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.vocabulary import Vocabulary
from tunewise.log.content import encoded
from tunewise.log.form import Record
from tunewise.log.reading import LogEntry
from tunewise.log.restoring import as_recorded, case_of, missing_parts, settings
from tunewise.log.selecting import Rulebooks
from tunewise.log.table_content import RowRecords
from tunewise.record.decision import case_record

WORTH = 40
"""Records decided alike from which on a table of them is quicker than each alone."""

ReplayGroup = list[tuple[LogEntry, Record]]
"""Lines whose records were decided alike."""


class ColumnReplay:
    """Decides records of one log together where many were decided alike."""

    def __init__(self, rulebooks: Rulebooks) -> None:
        self._rulebooks = rulebooks
        self._evaluators = Evaluators(TableEvaluator)

    def same(self, entries: Sequence[LogEntry]) -> Iterator[int]:
        """Yield the lines whose records come out the same; the others have to be looked at one by one."""
        for group in _groups(entries):
            if len(group) >= WORTH:
                yield from self._same(group)

    def _same(self, group: ReplayGroup) -> Iterator[int]:
        record = group[0][1]
        try:
            rulebook = self._rulebooks(record.rulebook.sha256)
            group = [one for one in group if not any(missing_parts(one[1], rulebook))]
            evaluator = self._evaluators(rulebook, *settings(record))
            cases = [case_of(record, rulebook) for _, record in group]
        except UserError:
            return
        evaluation = evaluator.evaluate(_table(cases, rulebook.facts))
        rows = RowRecords(evaluation)
        for i, (entry, record) in enumerate(group):
            if i not in evaluation.failed:
                found = as_recorded(rows.content(i, case_record(cases[i])), record)
                if encoded(found) == entry.content:
                    yield entry.line


def _groups(entries: Sequence[LogEntry]) -> list[ReplayGroup]:
    """Return the records, those that were decided alike together."""
    groups: dict[object, ReplayGroup] = {}
    for entry in entries:
        record = entry.record
        if record is not None:
            as_of, assumptions, shown_in = settings(record)
            key = (record.rulebook.sha256, as_of, *assumptions.items(), shown_in)
            groups.setdefault(key, []).append((entry, record))
    return list(groups.values())


def _table(cases: Sequence[Case], vocabulary: Vocabulary) -> FactTable:
    """Return the facts of cases in columns."""
    return FactTable(len(cases), {id: _column(id, cases) for id in vocabulary.given})


def _column(fact: str, cases: Sequence[Case]) -> FactColumn:
    index: dict[Value, int] = {}
    codes = np.full(len(cases), UNKNOWN_CODE, np.int32)
    for row, case in enumerate(cases):
        value = case.facts.get(fact)
        if value is not None:
            codes[row] = index.setdefault(value, len(index))
    return FactColumn(tuple(index), codes)
