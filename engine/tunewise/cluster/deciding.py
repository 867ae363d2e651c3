"""Decides on a table of rows, Arrow in and Arrow out: a pure function that can be sent to any process."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import pyarrow as pa

from tunewise.batch.evaluating import rejects_of
from tunewise.batch.results import Results, free_name
from tunewise.cluster.arrowchunks import FILE_FIELD, as_chunk
from tunewise.costs.assuming import Override
from tunewise.evaluation.table import TableEvaluator
from tunewise.inventories.checking import check_chunk
from tunewise.inventories.headers import Header
from tunewise.inventories.raw import ColumnTypes
from tunewise.inventories.rejects import COLUMNS, Reject
from tunewise.knowledge.rulebook import Rulebook

ARROW = {str: pa.string(), int: pa.int64(), float: pa.float64()}
CLUSTER_REJECT_TYPES: ColumnTypes = {
    **{name: int if name == "row" else str for name in COLUMNS},
    FILE_FIELD: str,
}


@dataclass(frozen=True, slots=True)
class Work:
    """All that decides what becomes of a row."""

    rulebook: Rulebook
    as_of: date
    overrides: Mapping[str, str | Override]
    shown_in: tuple[str | None, str | None]
    header: Header

    def packed(self) -> bytes:
        """Return the work as bytes, to be sent along with the function."""
        return pickle.dumps(self)

    @property
    def types(self) -> dict[str, type]:
        """The columns of the results: those of a run on one machine, and the file that a row is from."""
        local = Results(self.rulebook, self.header).types
        found: dict[str, type] = {}
        for name, kind in local.items():
            others = [FILE_FIELD, *(other for other in local if other != name), *found]
            found[free_name(name, others)] = kind
        return {**found, FILE_FIELD: str}


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of the rows of a table; `rejects` has a row for each problem."""

    results: pa.Table
    rejects: pa.Table
    rejected: tuple[Reject, ...]
    read: int
    skipped: int = 0


def decide_rows(work: bytes, table: pa.Table) -> Decided:
    """Return what becomes of rows that `as_arrow` made a table of; nothing but the arguments counts.

    A process compiles the rulebook of its work once, and keeps it.
    """
    return _decider(work).on(table)


@lru_cache(1)
def _decider(work: bytes) -> _Decider:
    return _Decider(pickle.loads(work))  # noqa: S301 - packed by the process that sends the rows


class _Decider:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._evaluator = TableEvaluator(work.rulebook, work.as_of, work.overrides, work.shown_in)
        self._results = Results(work.rulebook, work.header)
        self._types = work.types

    def on(self, table: pa.Table) -> Decided:
        """Return what becomes of the rows."""
        file = str(table[FILE_FIELD][0])
        checked = check_chunk(as_chunk(table, self._work.header), self._work.rulebook.facts)
        evaluation = self._evaluator.evaluate(checked.facts)
        rejects = rejects_of(checked, evaluation, self._work.header)
        right = np.ones(checked.accepted, dtype=bool)
        right[list(evaluation.failed)] = False
        columns = self._results.columns(checked, evaluation)
        results = _table([*columns, [file] * checked.accepted], self._types)
        said = [[getattr(reject, name) for reject in rejects] for name in COLUMNS]
        return Decided(
            results.filter(pa.array(right)),
            _table([*said, [file] * len(rejects)], CLUSTER_REJECT_TYPES),
            tuple(rejects),
            checked.read,
            checked.skipped,
        )


def _table(columns: Iterable[Sequence[object]], types: ColumnTypes) -> pa.Table:
    kinds = [ARROW[kind] for kind in types.values()]
    arrays = [pa.array(cells, kind) for cells, kind in zip(columns, kinds, strict=True)]
    return pa.Table.from_arrays(arrays, names=list(types))
