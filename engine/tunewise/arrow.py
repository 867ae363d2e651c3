"""Arrow in, Arrow out: a table of another library with the decision on each of its rows beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from tunewise.batch.results import REMARKS_COLUMN, free_name
from tunewise.costs.assuming import Override
from tunewise.evaluation.results import TableResults
from tunewise.evaluation.table import TableEvaluator
from tunewise.inventories.checking import check_chunk
from tunewise.inventories.frames import ArrowTable, Frame
from tunewise.inventories.mapping import AS_IT_STANDS
from tunewise.inventories.raw import RawChunk
from tunewise.inventories.reading import chunks, matched
from tunewise.inventories.rejects import Reject
from tunewise.knowledge.rulebook import Rulebook

ARROW_CHUNK = 20_000
"""Rows that are worked on at a time."""
REJECTED_COLUMN = "rejected"


class TableWork:
    """Decides on tables under one rulebook, one date and one set of assumptions."""

    def __init__(
        self,
        rulebook: Rulebook,
        as_of: date,
        assumptions: Mapping[str, str | Override],
        shown_in: tuple[str | None, str | None] = (None, None),
    ) -> None:
        self._facts = rulebook.facts
        self._evaluator = TableEvaluator(rulebook, as_of, assumptions, shown_in)
        self._results = TableResults(rulebook)

    def on(self, table: ArrowTable, mapping: Mapping[str, str], keep_extra: bool) -> Frame:
        """Return the table with the results beside it; raise UserError where its columns cannot be told."""
        said = AS_IT_STANDS.over(mapping.items(), other_columns="extra" if keep_extra else None)
        header = matched(table, self._facts, said, "table")
        types = {**self._results.types, REMARKS_COLUMN: str, REJECTED_COLUMN: str}
        own: list[str] = []
        for name in table.header:
            own.append(free_name(name, [*own, *types]))
        return table.beside(
            own, map(self._decided, chunks(table, header, ARROW_CHUNK, "table")), types
        )

    def _decided(self, chunk: RawChunk) -> dict[str, list[Any]]:
        """Return the results of all rows of a chunk, none for those that are rejected."""
        checked = check_chunk(chunk, self._facts)
        evaluation = self._evaluator.evaluate(checked.facts)
        found = self._results.columns(evaluation)
        found[REMARKS_COLUMN] = ["; ".join(said) for said in checked.remarks]
        places = (checked.rows - chunk.first_row).tolist()
        rejected = _said(checked.rejects, chunk.first_row)
        rejected |= {places[row]: str(error) for row, error in evaluation.failed.items()}
        right = [(place, row) for row, place in enumerate(places) if place not in rejected]
        results: dict[str, list[Any]] = {name: [None] * checked.read for name in found}
        for name, cells in found.items():
            for place, row in right:
                results[name][place] = cells[row]
        return {**results, REJECTED_COLUMN: [rejected.get(place) for place in range(checked.read)]}

    def close(self) -> None:
        """Free the engine."""
        self._evaluator.close()


def _said(rejects: Iterable[Reject], first: int) -> dict[int, str]:
    """Return all problems of each row, by its place."""
    found: dict[int, list[str]] = {}
    for reject in rejects:
        column = f"{reject.column}: " if reject.column else ""
        found.setdefault(reject.row - first, []).append(column + reject.reason)
    return {place: "; ".join(said) for place, said in found.items()}
