"""The one place that polars is used in: parquet in and out."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any

import polars as pl

from tunewise.errors import Problem, UserError, harmless, shown
from tunewise.inventories.native import Unreadable, attempted, guarded
from tunewise.inventories.raw import MAX_CELL, Block, ColumnTypes, cells_of
from tunewise.inventories.rejects import Reject, shortened_cell
from tunewise.inventories.values import TOO_LONG

POLARS_TYPES = {str: pl.String, int: pl.Int64, float: pl.Float64, bool: pl.Boolean}

SLICE, SLICE_OF_CODES = 50_000, 500
"""Rows that are read at a time, and where codes stand for texts, each of which is looked at whole as it is read."""
MAX_HUGE = 100
"""Cells of a file past what a cell may hold: with more of them it is no register, and reading all takes minutes."""
MAGIC = b"PAR1"
DEEPEST = 8
"""Lists and structs in each other that are read."""
BEYOND = "holds a date, a time or a duration that is out of range"
MAX_MEMBERS = 10_000
"""Members of a list that a cell may hold."""
SHOWN_START = 200
TOO_MANY = f"holds more than the {MAX_MEMBERS:,} values that a cell may hold"

Frame = pl.DataFrame

IMPORTING_PID = os.getpid()
"""The process that loaded polars: in a fork of it, polars waits for ever for threads that are not there."""
FORKED = "cannot be read in a fork of a process that used tables; start processes with 'spawn'"


class ParquetFile:
    """A parquet file, read slice by slice."""

    remarks: tuple[str, ...] = ()

    def __init__(self, path: Path, place: str) -> None:
        self.path = path
        self.place = place
        _check_ends(path, place)
        with self._readable():
            schema = pl.read_parquet_schema(path)
        self.header = _header(schema, place)
        coded = any(isinstance(kind, pl.Categorical) for kind in schema.values())
        self._slice = SLICE_OF_CODES if coded else SLICE

    def blocks(self, size: int) -> Iterator[Block]:
        """Yield the rows, at most `size` at a time."""
        start, huge = 1, 0
        for frame in self._frames():
            for part in frame.iter_slices(size):
                yield (block := _block(part, start))
                start += part.height
                huge += sum(flaw.reason in (TOO_LONG, TOO_MANY) for flaw in block.flaws)
                if huge > MAX_HUGE:
                    message = f"has more than {MAX_HUGE} cells past what a cell may hold; it is no register"
                    raise UserError(Problem(self.place, None, "", message))

    def _frames(self) -> Iterator[pl.DataFrame]:
        rows = pl.scan_parquet(self.path, glob=False)
        for start in count(step=self._slice):
            with self._readable():
                frame = rows.slice(start, self._slice).collect()
            if frame.height:
                yield frame
            if frame.height < self._slice:
                return

    @contextlib.contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (pl.exceptions.PolarsError, OSError) as error:
            said = str(error).partition("\n")[0]
            message = f"is not a whole parquet file: {said}"
            raise UserError(Problem(self.place, None, "", message)) from None


class ArrowTable:
    """A table of any library that speaks Arrow's PyCapsule interface, read slice by slice."""

    remarks: tuple[str, ...] = ()

    def __init__(self, table: Any, place: str) -> None:
        if os.getpid() != IMPORTING_PID:
            raise UserError(f"{place}: {FORKED}")
        if not hasattr(table, "__arrow_c_stream__"):
            found = shown(type(table).__name__)
            raise UserError(f"{place}: expected a table that exports Arrow data, found {found}")
        try:
            with guarded(place):
                self.frame = pl.DataFrame(table)
        except (pl.exceptions.PolarsError, ValueError) as error:
            said = str(error).partition("\n")[0]
            raise UserError(f"{place}: cannot be read as Arrow data: {said}") from None
        self.header = _header(self.frame.schema, place)

    def blocks(self, size: int) -> Iterator[Block]:
        """Yield the rows, at most `size` at a time."""
        for start in range(0, self.frame.height, size):
            yield _block(self.frame.slice(start, size), start + 1)

    def beside(
        self,
        names: Sequence[str],
        pieces: Iterable[Mapping[str, Sequence[Any]]],
        types: ColumnTypes,
    ) -> Frame:
        """Return the table, its columns under these names, with others to their right, given piece by piece."""
        own = self.frame.rename(dict(zip(self.header, names, strict=True)))
        schema = {name: POLARS_TYPES[kind] for name, kind in types.items()}
        frames = [pl.DataFrame(columns, schema=schema) for columns in pieces]
        return own.hstack(pl.concat([pl.DataFrame(schema=schema), *frames]))


def _header(schema: Mapping[str, pl.DataType], place: str) -> tuple[str, ...]:
    """Return the names of the columns; raise UserError where one cannot be cells."""
    wrong = [name for name, kind in schema.items() if _nested(kind)]
    if wrong:
        names = ", ".join(map(shown, wrong[:5]))
        message = f"holds data nested past reading in {names}; write it as columns of plain values"
        raise UserError(Problem(place, None, "", message))
    return tuple(schema)


def _nested(kind: Any, depth: int = 0) -> bool:
    """Whether a column cannot be cells; lists and structs can, but past some depth they crash their reader."""
    if depth > DEEPEST or isinstance(kind, pl.Object):
        return True
    if isinstance(kind, pl.List | pl.Array):
        return _nested(kind.inner, depth + 1)
    fields = kind.fields if isinstance(kind, pl.Struct) else ()
    return any(_nested(field.dtype, depth + 1) for field in fields)


def _block(frame: pl.DataFrame, first: int) -> Block:
    flaws: list[Reject] = []
    columns = tuple(cells_of(_values(column, first, flaws)) for column in frame)
    return Block(range(first, first + frame.height), columns, tuple(flaws))


def _values(column: pl.Series, first: int, flaws: list[Reject]) -> list[Any]:
    """Return a column's values; those that Python has not, and huge ones, are left out and noted."""
    column = _bounded(column, first, flaws)
    try:
        return attempted(column.to_list)
    except Unreadable:
        return [_value(column.slice(at, 1), first + at, flaws) for at in range(len(column))]


def _bounded(column: pl.Series, first: int, flaws: list[Reject]) -> pl.Series:
    """Return a column without its huge cells, which are noted: a few bytes of a file can stand for gigabytes."""
    if isinstance(column.dtype, pl.List):
        huge, said = column.list.len() > MAX_MEMBERS, TOO_MANY
    elif column.dtype == pl.String:
        huge, said = column.str.len_bytes() > MAX_CELL, TOO_LONG
    elif isinstance(column.dtype, pl.Categorical):
        huge, said = _huge_codes(column), TOO_LONG
    else:
        return column
    huge = huge.fill_null(value=False)
    rows = huge.arg_true().to_list()
    for at, begun in zip(rows, _begun(column.filter(huge)), strict=True):
        flaws.append(Reject(first + at, harmless(column.name), begun, said, "a shorter one"))
    return _without(column, huge)


def _huge_codes(column: pl.Series) -> pl.Series:
    """Return where codes stand for huge texts: of distinct ones alone, which spread over the rows may be gigabytes."""
    distinct = column.unique()
    huge = distinct.filter(distinct.cast(pl.String).str.len_bytes() > MAX_CELL)
    return column.to_physical().is_in(huge.to_physical().implode())


def _begun(huge: pl.Series) -> list[str]:
    """Return how huge cells begin; a text that a code stands for is cut once, not in every row."""
    if isinstance(huge.dtype, pl.List):
        return [shortened_cell(str(one)) for one in huge.list.head(1).to_list()]
    if isinstance(huge.dtype, pl.String):
        return [shortened_cell(one) for one in huge.str.head(SHOWN_START).to_list()]
    distinct = huge.unique()
    starts = distinct.cast(pl.String).str.head(SHOWN_START).to_list()
    told = dict(zip(distinct.to_physical().to_list(), map(shortened_cell, starts), strict=True))
    return [told[code] for code in huge.to_physical().to_list()]


def _without(column: pl.Series, huge: pl.Series) -> pl.Series:
    """Return a column in which these cells are empty."""
    if not huge.any():
        return column
    return pl.select(pl.when(~huge).then(column)).to_series().alias(column.name)


def _value(cell: pl.Series, row: int, flaws: list[Reject]) -> Any:
    try:
        return attempted(cell.to_list)[0]
    except Unreadable:
        stored = shortened_cell(str(cell.to_physical().to_list()[0]))
        flaws.append(
            Reject(row, harmless(cell.name), stored, BEYOND, "dates of the years 1 to 9999")
        )
        return None


def _check_ends(path: Path, place: str) -> None:
    """Raise UserError where a file does not begin and end as parquet: it was cut off, or is something else."""
    with path.open("rb") as file:
        start = file.read(len(MAGIC))
        file.seek(max(path.stat().st_size - len(MAGIC), 0))
        end = file.read()
    if start != MAGIC or end != MAGIC:
        said = "is empty" if not start else "is not a whole parquet file"
        message = f"{said}; was it cut off on its way?" if start == MAGIC else said
        raise UserError(Problem(place, None, "", message))


def write_parquet(
    path: Path, types: ColumnTypes, rows: Iterable[Sequence[Any]], batch: int = 50_000
) -> None:
    """Write rows to a parquet file, `batch` of them in memory at a time.

    `types` are those of the columns, in order. Raises OSError where the file cannot be written.
    """
    rows = iter(rows)
    schema = {name: POLARS_TYPES[kind] for name, kind in types.items()}
    with tempfile.TemporaryDirectory(prefix=".tunewise-", dir=path.parent) as folder:
        parts: list[Path] = []
        while some := list(islice(rows, batch)):
            parts.append(Path(folder) / f"{len(parts)}.parquet")
            pl.DataFrame(some, schema=schema, orient="row").write_parquet(parts[-1])
        if len(parts) > 1:
            pl.scan_parquet(parts, glob=False).sink_parquet(path, maintain_order=True)
        elif parts:
            parts[0].replace(path)
        else:
            pl.DataFrame(schema=schema).write_parquet(path)
