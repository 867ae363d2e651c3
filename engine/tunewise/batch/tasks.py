"""What a worker gets: settings once, then rows as they were read, and how they were tried before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from tunewise.batch.parts import PartCounts
from tunewise.costs.assuming import Override
from tunewise.inventories.headers import Header
from tunewise.inventories.raw import RawChunk, RawColumn
from tunewise.knowledge.rulebook import Rulebook
from tunewise.log.privacy import Privacy

HOPELESS = "cannot be evaluated: {}"
PATIENCE, PATIENCE_A_ROW = 60.0, 0.1
"""Seconds that a worker has for a task, and those that it has more for each row: some hundred times what it takes."""
PATIENCE_A_BRIEF = 60.0
"""Those that it has more for each row that gets a brief."""


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """All that decides what becomes of a row, and the folder that the parts go to."""

    rulebook: Rulebook
    as_of: date
    overrides: Mapping[str, str | Override]
    shown_in: tuple[str | None, str | None]
    privacy: Privacy | None
    header: Header
    parts: Path
    costs: bool = False
    briefs: bool = False
    inventory: str = ""
    """The SHA-256 of the inventory's bytes."""


@dataclass(frozen=True, slots=True)
class RowsTask:
    """Rows to evaluate; `first` is the place of the first of them among all rows read, counted from 1.

    `alone` tells that a worker already failed at just this row; `fate` is why it is rejected unseen.
    """

    first: int
    chunk: RawChunk
    alone: bool = False
    fate: str = ""
    patience_a_row: float = PATIENCE_A_ROW

    @property
    def stop(self) -> int:
        """The place behind the last row."""
        return self.first + len(self.chunk.rows)

    @property
    def patience(self) -> float:
        """The seconds after which a worker that has not answered hangs."""
        return PATIENCE + self.patience_a_row * len(self.chunk.rows)

    def between(self, first: int, stop: int) -> RowsTask:
        """Return the task of some of the rows."""
        if (first, stop) == (self.first, self.stop):
            return self
        chunk = slice_chunk(self.chunk, first - self.first, stop - self.first)
        return RowsTask(first, chunk, patience_a_row=self.patience_a_row)

    def parted(self, reason: str) -> list[RowsTask]:
        """Return what to try where a worker failed: halves, then the row alone, then nothing but its rejection."""
        if self.stop - self.first == 1:
            if self.alone:
                return [replace(self, fate=HOPELESS.format(reason))]
            return [replace(self, alone=True)]
        middle = (self.first + self.stop) // 2
        return [self.between(self.first, middle), self.between(middle, self.stop)]


Job = Callable[[BatchSettings], Callable[[RowsTask], PartCounts]]
"""Makes in a worker, from the settings, what does its tasks; it must be importable by name."""


def slice_chunk(chunk: RawChunk, start: int, stop: int) -> RawChunk:
    """Return the rows of a chunk from `start` to before `stop`, counted from 0."""
    rows = chunk.rows[start:stop]
    numbers = set(rows.tolist())
    return RawChunk(
        chunk.header,
        rows,
        tuple(_column(column, start, stop) for column in chunk.columns),
        tuple(flaw for flaw in chunk.flaws if flaw.row in numbers),
    )


def _column(column: RawColumn, start: int, stop: int) -> RawColumn:
    """Return some rows of a column without the cells of others: what kills with them kills none of these."""
    used, codes = np.unique(column.codes[start:stop], return_inverse=True)
    cells = tuple(column.cells[code] for code in used.tolist())
    return RawColumn(cells, codes.astype(np.int32))
