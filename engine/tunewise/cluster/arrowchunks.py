"""Rows of an inventory as an Arrow table, and back: each column's distinct cells once, as they were read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from tunewise.inventories.headers import Header
from tunewise.inventories.raw import Cell, RawChunk, RawColumn, cell_text
from tunewise.inventories.rejects import COLUMNS, Reject

FILE_FIELD, ROW_FIELD, FLAWS_FIELD, CELLS_FIELD = "file", "row", "flaws", "cells {}"
"""The columns: the file's name, the row's number there, what is wrong with it as its format goes, its cells."""
FLAW = pa.struct([(name, pa.int64() if name == ROW_FIELD else pa.string()) for name in COLUMNS])


def as_arrow(chunk: RawChunk, file: str) -> pa.Table:
    """Return some rows as a table; a column is called by its position, since names may be alike."""
    size = len(chunk.rows)
    columns = {
        FILE_FIELD: pa.DictionaryArray.from_arrays(pa.array(np.zeros(size, np.int32)), [file]),
        ROW_FIELD: pa.array(chunk.rows),
        FLAWS_FIELD: _flaws(chunk),
    }
    for at, column in enumerate(chunk.columns):
        cells = _array(column.cells)
        columns[CELLS_FIELD.format(at)] = pa.DictionaryArray.from_arrays(
            pa.array(column.codes), cells
        )
    return pa.table(columns)


def as_chunk(table: pa.Table, header: Header) -> RawChunk:
    """Return the rows of a table that `as_arrow` made."""
    flaws = [flaw for some in table[FLAWS_FIELD].to_pylist() if some for flaw in some]
    return RawChunk(
        header,
        table[ROW_FIELD].to_numpy().astype(np.int64),
        tuple(_column(table[CELLS_FIELD.format(at)]) for at in range(len(header.columns))),
        tuple(Reject(**flaw) for flaw in flaws),
    )


def packed(table: pa.Table) -> bytes:
    """Return a table as an Arrow stream, which keeps the types that its own cells need."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    found: bytes = sink.getvalue().to_pybytes()
    return found


def unpacked(raw: bytes) -> pa.Table:
    """Return the table of an Arrow stream."""
    with pa.ipc.open_stream(raw) as stream:
        return stream.read_all()


def _flaws(chunk: RawChunk) -> pa.Array:
    """Return for each row what is wrong with it; the order within a row is kept."""
    found: dict[int, list[dict[str, Any]]] = {}
    for flaw in chunk.flaws:
        found.setdefault(flaw.row, []).append({name: getattr(flaw, name) for name in COLUMNS})
    return pa.array([found.get(row) for row in chunk.rows.tolist()], pa.list_(FLAW))


def _array(cells: Sequence[Cell]) -> pa.Array:
    """Return distinct cells; as texts where they are of several types, or numbers past 63 bits."""
    plain: list[Any] = [list(cell) if isinstance(cell, tuple) else cell for cell in cells]
    try:
        return pa.array(plain)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return pa.array([None if cell is None else cell_text(cell) for cell in cells])


def _column(column: pa.ChunkedArray) -> RawColumn:
    whole = column.combine_chunks()
    whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    cells: list[Any] = whole.dictionary.to_pylist()
    return RawColumn(
        tuple(tuple(cell) if isinstance(cell, list) else cell for cell in cells),
        whole.indices.to_numpy().astype(np.int32),
    )
