"""The rows of an inventory as they were read: in columns, each distinct cell once, nothing judged yet."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from tunewise.cases.columns import Codes
from tunewise.inventories.headers import Header
from tunewise.inventories.rejects import Reject


@dataclass(frozen=True, slots=True)
class FlawedCell:
    """A cell that its format gives no value of: what stands in it, why that is none, and what would be right."""

    text: str
    reason: str
    allowed: str = "a value"


Cell = str | int | float | bool | None | tuple[str, ...] | FlawedCell
"""A cell as its format gives it: a text, or what formats with types say; dates come as ISO text."""

RowNumbers = npt.NDArray[np.int64]

ColumnTypes = Mapping[str, type]
"""The columns of a table in order, and what their cells are, empty ones too: str, int, float or bool."""

MAX_CELL = 131_072
"""Characters of one cell, the bound of Python's csv module; a spreadsheet's is a quarter of it."""

PLAIN = frozenset((str, int, float, bool, type(None)))
"""Types of values that are cells as they are."""
ALIKE = frozenset((str, type(None)))
"""Types of cells that are equal to no cell of another type."""


@dataclass(frozen=True, slots=True)
class RawColumn:
    """One column of some rows: `cells` are distinct, `codes` say which of them each row has."""

    cells: tuple[Cell, ...]
    codes: Codes

    def texts(self) -> list[str]:
        """Return the text of every row."""
        said = [cell_text(cell) for cell in self.cells]
        return [said[code] for code in self.codes.tolist()]

    def picked(self, rows: npt.NDArray[np.bool_]) -> RawColumn:
        """Return the column of the chosen rows alone."""
        return RawColumn(self.cells, self.codes[rows])


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows as a format's reader hands them on.

    `columns` are cells by the position of their header. `flaws` are what is wrong with a row already as its
    format goes; such a row has a place in each column, too.
    `rows` are the numbers of the rows, counted from 1 without the header, as a person finds them in the file.
    """

    rows: Sequence[int]
    columns: Sequence[Sequence[Cell]]
    flaws: tuple[Reject, ...] = ()


@dataclass(frozen=True, slots=True)
class RawChunk:
    """Some rows of an inventory, small enough to be handed to another process."""

    header: Header
    rows: RowNumbers
    columns: tuple[RawColumn, ...]
    flaws: tuple[Reject, ...] = field(default=())

    @property
    def first_row(self) -> int:
        """The number of the first row."""
        return int(self.rows[0])


class Source(Protocol):
    """A file of one format: its header, and its rows as often as they are asked for."""

    header: tuple[str, ...]
    remarks: tuple[str, ...]
    """What was assumed of the file that a person should know."""

    def blocks(self, size: int) -> Iterator[Block]:
        """Yield the rows, at most `size` at a time."""


class Encoder:
    """Encodes a column piece by piece, so that of equal cells only one is kept; True, 1 and 1.0 stay apart."""

    def __init__(self) -> None:
        self._index: defaultdict[object, int] = defaultdict()
        self._index.default_factory = (
            self._index.__len__
        )  # a new key gets the next code, in one pass
        self._codes: list[Codes] = []

    def add(self, cells: Sequence[Cell]) -> None:
        """Encode some more cells."""
        keys: Sequence[object] = cells
        if not ALIKE.issuperset(map(type, cells)):
            keys = [cell if type(cell) in ALIKE else (type(cell), cell) for cell in cells]
        self._codes.append(np.fromiter(map(self._index.__getitem__, keys), np.int32, len(keys)))

    def column(self) -> RawColumn:
        """Return the whole column."""
        cells: Any = (key[1] if type(key) is tuple else key for key in self._index)
        return RawColumn(tuple(cells), np.concatenate(self._codes))


def cells_of(values: Sequence[Any]) -> Sequence[Cell]:
    """Return values of a typed format as cells."""
    return values if PLAIN.issuperset(map(type, values)) else [cell_of(value) for value in values]


def cell_of(value: object) -> Cell:
    """Return a value of a typed format as a cell: dates and times as ISO text, lists as tuples of texts."""
    if value is None or isinstance(value, str | int | float | FlawedCell):
        return value
    if isinstance(value, datetime) and value.time() == time.min:
        return value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list) and not any(isinstance(part, list | dict) for part in value):
        return tuple(cell_text(cell_of(part)) for part in value)
    return float(value) if isinstance(value, Decimal) else _other(value)


def _other(value: object) -> str:
    if isinstance(value, bytes):
        return f"{len(value):,} bytes"
    plain = isinstance(value, list | dict)
    return json.dumps(value, ensure_ascii=False, default=str) if plain else str(value)


def cell_text(cell: Cell) -> str:
    """Return a cell as a text file would hold it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, FlawedCell):
        return cell.text
    if isinstance(cell, float) and math.isfinite(cell) and cell.is_integer():
        return str(int(cell))
    return "; ".join(cell) if isinstance(cell, tuple) else str(cell)
