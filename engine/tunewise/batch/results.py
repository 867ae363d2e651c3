"""The rows of the results: the case's own cells, and what was decided of it."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from tunewise.errors import harmless
from tunewise.evaluation.results import TableResults
from tunewise.inventories.checking import CheckedChunk
from tunewise.inventories.headers import Header
from tunewise.knowledge.rulebook import Rulebook
from tunewise.record.table import TableEvaluation

NAME_COLUMN, ROW_COLUMN, REMARKS_COLUMN = "name", "row", "remarks"
OWN_NAME = "{} (given)"
"""What an inventory's column is called where the results have one of that name."""

ResultCell = str | int | float | None
ResultRow = Sequence[ResultCell]


class Results:
    """Makes rows of results for one inventory's columns; `types` are those of their cells, in order."""

    def __init__(self, rulebook: Rulebook, header: Header) -> None:
        self._table = TableResults(rulebook)
        self._header = header
        ours = {**self._table.types, REMARKS_COLUMN: str, ROW_COLUMN: int}
        self.types: dict[str, type] = {}
        for name in own_columns(header):
            self.types[free_name(name, ours.keys() | self.types.keys())] = str
        self.types |= ours

    def rows(self, checked: CheckedChunk, evaluation: TableEvaluation) -> Iterator[ResultRow]:
        """Yield a row for each accepted one; those of rows whose evaluation failed mean nothing."""
        return zip(*self.columns(checked, evaluation), strict=True)

    def columns(
        self, checked: CheckedChunk, evaluation: TableEvaluation
    ) -> list[Sequence[ResultCell]]:
        """Return the same in columns."""
        found = self._table.columns(evaluation)
        own = own_cells(self._header, checked)
        remarks = ["; ".join(map(harmless, said)) for said in checked.remarks]
        return [*own, *found.values(), remarks, checked.rows.tolist()]


def free_name(name: str, taken: Container[str]) -> str:
    """Return what an inventory's column is called among others."""
    while name in taken:
        name = OWN_NAME.format(name)
    return name


def own_columns(header: Header) -> list[str]:
    """Return the names of a case's own columns: its name first, the rest in their order, the nameless left out."""
    name = header.case(NAME_COLUMN)
    left_out = ("nameless", "ignored")
    rest = [c.name for c in header.columns if c.role not in left_out and c is not name]
    return [name.name if name else NAME_COLUMN, *rest]


def own_cells(header: Header, checked: CheckedChunk) -> list[Sequence[str]]:
    """Return the case's own columns as they were given, of the accepted rows."""
    first, *rest = own_columns(header)
    names = checked.given[first].texts() if header.case(NAME_COLUMN) else checked.names
    return [names, *(checked.given[column].texts() for column in rest)]
