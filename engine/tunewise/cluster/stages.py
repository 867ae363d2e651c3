"""What the workers of a cluster do with files: look at them, read their rows, decide on those and write parts."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from tunewise.batch.assembly import write_jsonl
from tunewise.cluster.arrowchunks import as_arrow, packed, unpacked
from tunewise.cluster.deciding import CLUSTER_REJECT_TYPES, decide_rows
from tunewise.cluster.inventories import NOT_ON_MACHINE, Opening, look
from tunewise.cluster.reports import chunk_report
from tunewise.errors import Problem, UserError
from tunewise.inventories.csv_writing import write_csv
from tunewise.inventories.headers import Header
from tunewise.inventories.raw import ColumnTypes

RESULTS_FOLDER, REJECTS_FOLDER = "results", "rejects"
PART_FILE = "part-{file:05}-{first:012}.{form}"
"""Names of parts: in their order, the rows are in that of the inventory."""
FOUND = "found"
"""The one column of what a stage hands back."""


@dataclass(frozen=True, slots=True)
class Looking:
    """Takes a first look at files."""

    opening: Opening
    header: Header

    def __call__(self, files: pa.Table) -> pa.Table:
        """Return what was found of each file."""
        looks = (look(self.opening, self.header, f["file"], f["path"]) for f in files.to_pylist())
        return pa.table({FOUND: [msgspec.json.encode(one) for one in looks]})


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads files, some rows at a time."""

    opening: Opening
    rows: int

    def __call__(self, files: pa.Table) -> Iterator[pa.Table]:
        """Yield the rows of each file, packed."""
        for file in files.to_pylist():
            for chunk in self.opening.open(file["path"]).chunks(self.rows):
                table = as_arrow(chunk, file["name"])
                place = {"file": [file["file"]], "first": [chunk.first_row]}
                yield pa.table({**place, "rows": [packed(table)]})


@dataclass(frozen=True, slots=True)
class Deciding:
    """Decides on rows, and writes a part with their results and one with their rejects, if there are any.

    Parts are drafted in `drafts` and appear under `place` when they are whole; a part that is made twice, since
    a worker was lost, has the same name and the same rows.
    """

    work: bytes
    decisions: Sequence[str]
    types: ColumnTypes
    place: Path
    drafts: Path
    form: str

    def __call__(self, chunks: pa.Table) -> pa.Table:
        """Return a report on each of some packed tables of rows."""
        return pa.table({FOUND: [self._done(**chunk) for chunk in chunks.to_pylist()]})

    def _done(self, file: int, first: int, rows: bytes) -> bytes:
        decided = decide_rows(self.work, unpacked(rows))
        name = PART_FILE.format(file=file, first=first, form=self.form)
        self._write(Path(RESULTS_FOLDER, name), decided.results, self.types)
        if decided.rejected:
            self._write(Path(REJECTS_FOLDER, name), decided.rejects, CLUSTER_REJECT_TYPES)
        return msgspec.json.encode(chunk_report(self.decisions, file, first, decided))

    def _write(self, name: Path, table: pa.Table, types: ColumnTypes) -> None:
        if not self.drafts.is_dir():
            raise UserError(Problem(str(self.drafts.parents[1]), None, "", NOT_ON_MACHINE))
        draft = self.drafts / uuid4().hex
        try:
            write(draft, table, types, self.form)
            draft.replace(self.place / name)
        except OSError as error:
            reason = error.strerror or errno.errorcode.get(error.errno or 0, str(error))
            message = f"cannot be written: {reason}"
            raise UserError(Problem(str(self.place.parents[1]), None, "", message)) from None


def write(path: Path, table: pa.Table, types: ColumnTypes, form: str) -> None:
    """Write a table in a form; raise OSError."""
    if form == "parquet":
        pq.write_table(table, path, compression="zstd")
    else:
        rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
        (write_csv if form == "csv" else write_jsonl)(path, types, rows)


def items(files: Sequence[str], names: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return the files as the stages take them."""
    pairs = zip(files, names, strict=True)
    return [{"file": i, "path": path, "name": name} for i, (path, name) in enumerate(pairs)]


def stage_results(tables: Iterable[pa.Table]) -> Iterator[bytes]:
    """Yield what the last stage hands back."""
    for table in tables:
        yield from table[FOUND].to_pylist()
