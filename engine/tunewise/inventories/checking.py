"""Turns raw rows into facts, and names every mistake of a row that has any."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from tunewise.authoring.vocabularyreports import allowed
from tunewise.cases.case import MAX_NAME
from tunewise.cases.columns import UNKNOWN_CODE, FactColumn, FactTable
from tunewise.costs.modelclass import MODEL
from tunewise.errors import harmless
from tunewise.inventories.footers import FOOTER, PASSED_OVER, footer_rows
from tunewise.inventories.headers import Column
from tunewise.inventories.raw import Cell, FlawedCell, RawChunk, RawColumn, RowNumbers, cell_text
from tunewise.inventories.rejects import Reject, shortened_cell
from tunewise.inventories.values import check_text, quick_reader, value_of
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.vocabulary import Fact, Vocabulary

NAMELESS = "stands in a column without a name"
NAMELESS_ALLOWED = (
    "an empty cell; --keep-extra carries the column through, --map 'column {}=ignore' leaves it out"
)
APART = re.compile(r"^('.*'|\S+) is (?=out of range|above 100%)|; allowed: .*")
"""What a sentence says of the value and of all that is allowed: a reject has columns for both."""
TAGS = ";,|"

RowMask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class CheckedChunk:
    """The accepted rows of a chunk, as facts and as they were given, and the problems of the others.

    `rows` are the original numbers of the accepted rows; `names` to `remarks`, `given`, `extras` and `facts`
    have one entry for each of those, in that order. `given` holds every column of the file by its name there;
    `extras` those that no fact is known for. `remarks` are sentences on what was assumed of a row.
    accepted + rejected + skipped = read.
    """

    first_row: int
    read: int
    rows: RowNumbers
    facts: FactTable
    names: tuple[str, ...]
    ids: tuple[str, ...]
    descriptions: tuple[str, ...]
    owners: tuple[str, ...]
    tags: tuple[tuple[str, ...], ...]
    remarks: tuple[tuple[str, ...], ...]
    given: Mapping[str, RawColumn]
    extras: Mapping[str, RawColumn]
    rejects: tuple[Reject, ...]
    skipped: int = 0

    @property
    def accepted(self) -> int:
        """How many rows are accepted."""
        return len(self.rows)

    @property
    def rejected(self) -> int:
        """How many rows are not, those aside that a mapping file passes over."""
        return self.read - len(self.rows) - self.skipped


def check_chunk(chunk: RawChunk, vocabulary: Vocabulary) -> CheckedChunk:
    """Return the facts of the rows that are right, and every problem of those that are not."""
    checker = _Checker(chunk, vocabulary)
    facts = {column.meaning: checker.fact(column) for column in chunk.header.of("fact")}
    for column in chunk.header.columns:
        if column.role not in ("fact", "ignored"):
            checker.other(column)
    checker.footers()
    right = checker.right()
    table = {
        id: FactColumn(facts[id].values, facts[id].codes[right]) for id in vocabulary if id in facts
    }
    rows = chunk.rows[right]
    for id, value in chunk.header.constants.items():
        table[id] = FactColumn((value,), np.zeros(len(rows), np.int32))
    given = {
        c: chunk.columns[c.position].picked(right)
        for c in chunk.header.columns
        if c.role not in ("ignored", "nameless")
    }
    texts = partial(_texts, chunk, right)
    names = texts("name")
    return CheckedChunk(
        first_row=chunk.first_row,
        read=len(chunk.rows),
        rows=rows,
        facts=FactTable(len(rows), {id: table[id] for id in vocabulary if id in table}),
        names=tuple(name or f"row {row}" for name, row in zip(names, rows.tolist(), strict=True)),
        ids=texts("id"),
        descriptions=texts("description"),
        owners=texts("owner"),
        tags=tuple(map(_tags, texts("tags"))),
        remarks=checker.remarks(right),
        given={column.name: raw for column, raw in given.items()},
        extras={column.name: raw for column, raw in given.items() if column.role == "extra"},
        rejects=checker.rejects(),
        skipped=int(checker.skipped.sum()),
    )


class _Checker:
    """Reads each distinct cell of a column once, and keeps what is wrong with which rows."""

    def __init__(self, chunk: RawChunk, vocabulary: Vocabulary) -> None:
        self.chunk = chunk
        self.vocabulary = vocabulary
        self.wrong: list[tuple[Column, str, dict[int, str], RowMask]] = []
        self.told: list[tuple[RowMask, npt.NDArray[np.int32], dict[int, str]]] = []
        self.flaws = list(chunk.flaws)
        self.skipped = np.zeros(len(chunk.rows), bool)
        self.notes = np.zeros(len(chunk.rows), bool)

    def fact(self, column: Column) -> FactColumn:
        """Return a column's values; what cannot be read counts as unknown, and its rows as wrong."""
        fact = self.vocabulary[column.meaning]
        raw = self.chunk.columns[column.position]
        self.skip(column, raw)
        index: dict[Value, int] = {}
        reasons: dict[int, str] = {}
        remarks: dict[int, str] = {}
        codes = np.full(len(raw.cells), UNKNOWN_CODE, np.int32)
        for at, found in self.read(fact, column, raw.cells):
            if isinstance(found, ValueError):
                reasons[at] = _reason(found)
                continue
            if fact.id == MODEL:
                found, remarks[at] = self.named(found)
            if found is not None:
                codes[at] = index.setdefault(found, len(index))
        self.mark(column, allowed(fact), reasons)
        self.tell(raw, {at: remark for at, remark in remarks.items() if remark})
        return FactColumn(tuple(index), codes[raw.codes])

    def read(
        self, fact: Fact, column: Column, cells: Sequence[Cell]
    ) -> Iterator[tuple[int, Value | ValueError | None]]:
        """Yield what each cell means, or why it means nothing; unknown ones are left out."""
        reading, quick = column.reading, quick_reader(fact)
        plain = reading.plain
        for at, cell in enumerate(cells):
            value: Value | None = quick(cell) if plain else None
            try:
                if value is None:
                    value = value_of(fact, cell, reading)
            except ValueError as error:
                yield at, error
                continue
            if value is not None:
                yield at, value

    def named(self, value: Value | None) -> tuple[Value | None, str]:
        """Return a model by the name that it is listed under, and what to remark on it."""
        from tunewise.costs.modelnames import named_model  # few inventories name models

        found = named_model(str(value))
        return found.model, found.remark

    def skip(self, column: Column, raw: RawColumn) -> None:
        """Pass over the rows that a mapping file says are no cases."""
        if column.reading.skips.words:
            skipped = [column.reading.skipped(cell_text(cell)) for cell in raw.cells]
            self.skipped |= np.asarray(skipped, bool)[raw.codes]

    def other(self, column: Column) -> None:
        """Look through a column that is no fact; a cell without a value costs no row there."""
        raw = self.chunk.columns[column.position]
        self.skip(column, raw)
        bound = MAX_NAME if column.role == "case" else None
        said = f"at most {bound:,} characters" if bound else ""
        said = NAMELESS_ALLOWED.format(column.position + 1) if column.role == "nameless" else said
        reasons, remarks = {}, {}
        for at, cell in enumerate(raw.cells):
            if isinstance(cell, FlawedCell) and column.meaning == "name":
                reasons[at] = cell.reason
            elif isinstance(cell, FlawedCell):
                remarks[at] = f"{harmless(column.said)}: {cell.reason}"
            elif reason := _complaint(column, cell, bound):
                if column.role == "extra":
                    remarks[at] = f"{harmless(column.said)}: {reason}"
                else:
                    reasons[at] = reason
        self.mark(column, said, reasons)
        self.tell(raw, remarks)

    def footers(self) -> None:
        """Take rows for wrong that are no cases, but totals and notes below them."""
        name = self.chunk.header.case("name")
        found = footer_rows(self.chunk, None if name is None else name.position)
        for row, text in found.items():
            self.notes[row] = True
            number = int(self.chunk.rows[row])
            self.flaws.append(Reject(number, "", shortened_cell(text), FOOTER, PASSED_OVER))

    def mark(self, column: Column, allowed: str, reasons: dict[int, str]) -> None:
        """Keep which rows have a cell that is wrong."""
        if reasons:
            codes = self.chunk.columns[column.position].codes
            rows = np.isin(codes, np.fromiter(reasons, np.int32, len(reasons)))
            self.wrong.append((column, allowed, reasons, rows))

    def tell(self, raw: RawColumn, remarks: dict[int, str]) -> None:
        """Keep what to remark on which rows."""
        if remarks:
            rows = np.isin(raw.codes, np.fromiter(remarks, np.int32, len(remarks)))
            self.told.append((rows, raw.codes, remarks))

    def right(self) -> RowMask:
        """Return which rows have no problem."""
        flawed = np.asarray([flaw.row for flaw in self.flaws], dtype=np.int64)
        right = ~np.isin(self.chunk.rows, flawed)
        for *_, rows in self.wrong:
            right &= ~rows
        return right & ~self.skipped

    def remarks(self, right: RowMask) -> tuple[tuple[str, ...], ...]:
        """Return what to remark on each row that is right."""
        found: list[tuple[str, ...]] = [()] * int(right.sum())
        places = np.cumsum(right) - 1
        for rows, codes, said in self.told:
            for row in np.flatnonzero(rows & right).tolist():
                found[places[row]] += (said[int(codes[row])],)
        return tuple(found)

    def rejects(self) -> tuple[Reject, ...]:
        """Return all problems: row by row, in each in the order of the columns."""
        over = set(self.chunk.rows[self.skipped].tolist())
        found = [(-1, flaw) for flaw in self.flaws if flaw.row not in over]
        found += self._cells()
        return tuple(reject for _, reject in sorted(found, key=lambda f: (f[1].row, f[0])))

    def _cells(self) -> Iterator[tuple[int, Reject]]:
        for column, right, reasons, rows in self.wrong:
            raw = self.chunk.columns[column.position]
            shown = {at: shortened_cell(cell_text(raw.cells[at])) for at in reasons}
            flawed = {at: c.allowed for at in reasons if isinstance(c := raw.cells[at], FlawedCell)}
            name = harmless(column.said)
            at_rows = np.flatnonzero(rows & ~self.skipped & ~self.notes)
            numbers, codes = self.chunk.rows[at_rows].tolist(), raw.codes[at_rows].tolist()
            for row, at in zip(numbers, codes, strict=True):
                told = flawed.get(at, right)
                yield column.position, Reject(row, name, shown[at], reasons[at], told)


def _reason(error: ValueError) -> str:
    return APART.sub("", str(error))


def _complaint(column: Column, cell: Cell, bound: int | None) -> str:
    text = cell_text(cell)
    if column.role == "nameless":
        return NAMELESS if text.strip() else ""
    if bound is not None and len(text) > bound:
        return f"has {len(text):,} characters"
    try:
        check_text(cell)
    except ValueError as error:
        return str(error)
    return ""


def _texts(chunk: RawChunk, right: RowMask, part: str) -> tuple[str, ...]:
    """Return a name, description, owner or tags of the accepted rows, empty where nothing says it."""
    column = chunk.header.case(part)
    if column is None:
        return (chunk.header.texts.get(part, ""),) * int(right.sum())
    return tuple(text.strip() for text in chunk.columns[column.position].picked(right).texts())


def _tags(text: str) -> tuple[str, ...]:
    for separator in TAGS:
        text = text.replace(separator, "\n")
    return tuple(tag.strip() for tag in text.split("\n") if tag.strip())
