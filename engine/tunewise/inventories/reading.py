"""Opens an inventory in any format: its columns matched to facts, its rows in chunks."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Literal, get_args

import numpy as np

from tunewise.errors import Problem, UserError, harmless, nearest
from tunewise.inventories.headers import FactNames, Header, folded_header
from tunewise.inventories.mapping import AS_IT_STANDS, MappingText, RegisterMapping
from tunewise.inventories.matching import Sampled, match
from tunewise.inventories.native import guarded
from tunewise.inventories.raw import Block, Encoder, RawChunk, Source
from tunewise.inventories.rejects import Reject
from tunewise.knowledge.vocabulary import Vocabulary

InventoryForm = Literal["csv", "tsv", "xlsx", "xls", "ods", "json", "jsonl", "yaml", "parquet"]
INVENTORY_FORMS: tuple[InventoryForm, ...] = get_args(InventoryForm)
INVENTORY_ENDINGS: Mapping[str, InventoryForm] = {
    **{f".{form}": form for form in INVENTORY_FORMS},
    ".txt": "csv",
    ".tab": "tsv",
    ".xlsm": "xlsx",
    ".ndjson": "jsonl",
    ".yml": "yaml",
    ".pq": "parquet",
}
WORKBOOKS = ("xlsx", "xls", "ods")
TEXT_FORMS = ("csv", "tsv", "json", "jsonl", "yaml")
ENCODED_ROWS = 250
"""Rows that are encoded at a time: their cells stay in the processor's cache."""
SAMPLED_ROWS = 1_000
"""Rows that tell what a column may be, and how it writes its numbers."""
BANNER = "the first row seems to be a title"
STDIN = "-"
STDIN_PLACE = "standard input"
NO_ROWS = "has column names, but no row"


@dataclass(frozen=True)
class Inventory:
    """An open inventory: `path` is its file (a copy where it came through a pipe), `place` its name."""

    place: str
    path: Path
    form: InventoryForm
    header: Header
    source: Source
    copy: IO[bytes] | None = None
    """The copy is removed when nothing refers to it any more."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was assumed of the file and its columns that a person should know."""
        return (*self.source.remarks, *self.header.remarks)

    def tell(self) -> None:
        """Say on standard error what was assumed, where anything was."""
        for remark in self.remarks:
            sys.stderr.write(f"tunewise: {harmless(self.place)}: {harmless(remark)}\n")

    def chunks(self, size: int) -> Iterator[RawChunk]:
        """Yield the rows, at most `size` at a time; the same chunks whenever asked."""
        return chunks(self.source, self.header, size, self.place)

    def rows(self, size: int) -> int:
        """Return how many rows there are, reading `size` at a time."""
        with guarded(self.place):
            return sum(len(block.rows) for block in self.source.blocks(size))


def chunks(source: Source, header: Header, size: int, place: str) -> Iterator[RawChunk]:
    """Yield the rows of a source, at most `size` at a time; raise UserError where its reader breaks down."""
    pieces = -(-size // ENCODED_ROWS)
    blocks = source.blocks(size // pieces)
    while True:
        with guarded(place):
            some = _encoded(islice(blocks, pieces), header)
        if some is None:
            return
        yield some


def _encoded(blocks: Iterable[Block], header: Header) -> RawChunk | None:
    """Return some blocks as one chunk, None where there are none."""
    encoders = [Encoder() for _ in header.columns]
    rows: list[int] = []
    flaws: list[Reject] = []
    for block in blocks:
        rows.extend(block.rows)
        flaws.extend(block.flaws)
        for encoder, cells in zip(encoders, block.columns, strict=True):
            encoder.add(cells)
    if not rows:
        return None
    numbers = np.asarray(rows, dtype=np.int64)
    return RawChunk(header, numbers, tuple(e.column() for e in encoders), tuple(flaws))


def open_inventory(
    path: str | os.PathLike[str],
    form: InventoryForm | None,
    vocabulary: Vocabulary,
    mapping: RegisterMapping = AS_IT_STANDS,
    place: str | None = None,
) -> Inventory:
    """Return the inventory in a file, "-" for standard input; raise UserError where it cannot be read.

    The form is told by the file's ending where None is given; standard input needs one. `place` is what
    messages call the file, where that is not its path.
    """
    place = place or (STDIN_PLACE if os.fspath(path) == STDIN else os.fspath(path))
    try:
        form = form or inventory_form(path)
        _check_fit(form, mapping)
        file, copy = _kept(path)
        with guarded(place):
            source = opened_source(file, place, form, vocabulary, mapping)
            header = matched(source, vocabulary, mapping, place)
            if next(source.blocks(1), None) is None:
                raise UserError(Problem(place, None, "", NO_ROWS))
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(Problem(place, None, "", f"cannot be read: {reason}")) from None
    return Inventory(place, file, form, header, source, copy)


def matched(source: Source, vocabulary: Vocabulary, mapping: RegisterMapping, place: str) -> Header:
    """Return what the columns of a source mean; its first rows tell what names alone do not."""
    sample = next(source.blocks(SAMPLED_ROWS), None)
    cells = () if sample is None else tuple(sample.columns)
    table = Sampled(source.header, cells)
    hint = getattr(source, "hint", "")
    if hint and len(set(filter(None, source.header))) == 1:
        raise UserError(Problem(place, None, "", f"{BANNER}; {hint}"))
    return match(table, vocabulary, mapping, place, hint)


def _check_fit(form: InventoryForm, mapping: RegisterMapping) -> None:
    """Raise UserError where a setting says nothing of files of a form."""
    said = mapping.text
    for name, what, forms in (
        ("sheet", "names a sheet of a workbook", WORKBOOKS),
        ("header_row", "numbers a row of csv, tsv or a workbook", ("csv", "tsv", *WORKBOOKS)),
        ("encoding", "is of text files", TEXT_FORMS),
        ("list", "names a list in json or yaml", ("json", "yaml")),
    ):
        if getattr(said, name) is not None and form not in forms:
            raise UserError(f"--{name.replace('_', '-')} {what}; this file is {form}")


def inventory_form(path: str | os.PathLike[str]) -> InventoryForm:
    """Return the form that a file's ending tells; raise UserError where it tells none, OSError without a file."""
    name = os.fspath(path)
    if name == STDIN:
        raise UserError(f"standard input needs --input-format: {', '.join(INVENTORY_FORMS)}")
    if stat.S_ISDIR(Path(name).stat().st_mode):
        raise IsADirectoryError(21, "Is a directory")
    ending = Path(name).suffix.lower()
    if ending in INVENTORY_ENDINGS:
        return INVENTORY_ENDINGS[ending]
    near = nearest(ending, INVENTORY_ENDINGS) if ending else None
    hint = (
        f"did you mean '{near}'?"
        if near
        else f"say it with --input-format: {', '.join(INVENTORY_FORMS)}"
    )
    said = f"the ending '{ending}' tells no format" if ending else "its name tells no format"
    raise UserError(Problem(name, None, "", f"{said}; {hint}"))


def _kept(path: str | os.PathLike[str]) -> tuple[Path, IO[bytes] | None]:
    """Return a file that can be read several times: the one that is named, or a copy of what a pipe brings."""
    if os.fspath(path) == STDIN:
        return _copied(sys.stdin.buffer)
    if not stat.S_ISFIFO(Path(path).stat().st_mode):
        return Path(path), None
    with Path(path).open("rb") as pipe:
        return _copied(pipe)


def _copied(pipe: IO[bytes]) -> tuple[Path, IO[bytes]]:
    copy = tempfile.NamedTemporaryFile(prefix="tunewise-")  # noqa: SIM115 - as long as the inventory
    shutil.copyfileobj(pipe, copy)
    copy.flush()
    return Path(copy.name), copy


def opened_source(
    path: Path,
    place: str,
    form: InventoryForm,
    vocabulary: Vocabulary,
    mapping: RegisterMapping,
    lenient: bool = False,
) -> Source:
    """Open a file of one form; each form's reader is imported only where it is needed.

    Where it is lenient, a title that is merged over the columns is no error.
    """
    if form in ("csv", "tsv"):
        from tunewise.inventories.csvfiles import CsvFile

        knows = _knowing(vocabulary, mapping)
        return CsvFile(path, place, knows, "\t" if form == "tsv" else ",", mapping.text)
    if form in WORKBOOKS:
        from tunewise.inventories.workbooks import Workbook

        knows = _knowing(vocabulary, mapping)
        return Workbook(path, place, form, mapping.text, knows, lenient)
    if form == "parquet":
        from tunewise.inventories.frames import ParquetFile

        return ParquetFile(path, place)
    return _cases(path, place, form, mapping.text)


def _knowing(vocabulary: Vocabulary, mapping: RegisterMapping) -> Callable[[str], bool]:
    """Return what tells whether a header is a known column."""
    names = FactNames(vocabulary)
    named = {folded_header(name) for name, _, _ in mapping.targets}
    return lambda header: folded_header(header) in named or bool(names.means(header))


def _cases(path: Path, place: str, form: InventoryForm, said: MappingText) -> Source:
    from tunewise.inventories.casefiles import CaseLines, CaseList
    from tunewise.reading import parse_json, parse_yaml

    if form == "jsonl":
        return CaseLines(path, place, said.encoding)
    return CaseList(path, place, parse_json if form == "json" else parse_yaml, said)
