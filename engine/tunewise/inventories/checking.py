"""Turns raw rows into facts, and names every mistake of a row that has any."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from tunewise.authoring.vocabularyreports import allowed
from tunewise.cases.case import MAX_NAME
from tunewise.cases.columns import UNKNOWN_CODE, FactColumn, FactTable
from tunewise.errors import harmless
from tunewise.inventories.headers import Column
from tunewise.inventories.raw import Cell, RawChunk, RawColumn, RowNumbers, cell_text
from tunewise.inventories.rejects import Reject, shortened_cell
from tunewise.inventories.values import check_text, quick_reader, value_of
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.vocabulary import Vocabulary

NAMELESS = "stands in a column without a name"
APART = re.compile(r"^\S+ is (?=out of range)|; allowed: .*")
"""What a sentence says of the value and of all that is allowed: a reject has columns for both."""
TAGS = ";,|"


@dataclass(frozen=True)
class CheckedChunk:
    """The accepted rows of a chunk, as facts and as they were given, and the problems of the others.

    `rows` are the original numbers of the accepted rows; `names` to `tags`, `given`, `extras` and `facts`
    have one entry for each of those, in that order. `given` holds every column of the file by its name there;
    `extras` those that no fact is known for. accepted + rejected = read.
    """

    first_row: int
    read: int
    rows: RowNumbers
    facts: FactTable
    names: tuple[str, ...]
    descriptions: tuple[str, ...]
    owners: tuple[str, ...]
    tags: tuple[tuple[str, ...], ...]
    given: Mapping[str, RawColumn]
    extras: Mapping[str, RawColumn]
    rejects: tuple[Reject, ...]

    @property
    def accepted(self) -> int:
        """How many rows are accepted."""
        return len(self.rows)

    @property
    def rejected(self) -> int:
        """How many rows are not."""
        return self.read - len(self.rows)


def check_chunk(chunk: RawChunk, vocabulary: Vocabulary) -> CheckedChunk:
    """Return the facts of the rows that are right, and every problem of those that are not."""
    checker = _Checker(chunk, vocabulary)
    facts = {column.meaning: checker.fact(column) for column in chunk.header.of("fact")}
    for column in chunk.header.columns:
        if column.role != "fact":
            checker.other(column)
    right = checker.right()
    table = {
        id: FactColumn(facts[id].values, facts[id].codes[right]) for id in vocabulary if id in facts
    }
    given = {c: chunk.columns[c.position].picked(right) for c in chunk.header.columns if c.name}
    rows = chunk.rows[right]
    texts = partial(_texts, chunk, right)
    names = texts("name")
    return CheckedChunk(
        first_row=chunk.first_row,
        read=len(chunk.rows),
        rows=rows,
        facts=FactTable(len(rows), table),
        names=tuple(name or f"row {row}" for name, row in zip(names, rows.tolist(), strict=True)),
        descriptions=texts("description"),
        owners=texts("owner"),
        tags=tuple(map(_tags, texts("tags"))),
        given={column.name: raw for column, raw in given.items()},
        extras={column.name: raw for column, raw in given.items() if column.role == "extra"},
        rejects=checker.rejects(),
    )


class _Checker:
    """Reads each distinct cell of a column once, and keeps what is wrong with which rows."""

    def __init__(self, chunk: RawChunk, vocabulary: Vocabulary) -> None:
        self.chunk = chunk
        self.vocabulary = vocabulary
        self.wrong: list[tuple[Column, str, dict[int, str], npt.NDArray[np.bool_]]] = []

    def fact(self, column: Column) -> FactColumn:
        """Return a column's values; what cannot be read counts as unknown, and its rows as wrong."""
        fact = self.vocabulary[column.meaning]
        raw = self.chunk.columns[column.position]
        index: dict[Value, int] = {}
        reasons: dict[int, str] = {}
        codes = np.full(len(raw.cells), UNKNOWN_CODE, np.int32)
        quick = quick_reader(fact)
        for at, cell in enumerate(raw.cells):
            try:
                value: Value | None = quick(cell)
                if value is None:
                    value = value_of(fact, cell)
            except ValueError as error:
                reasons[at] = _reason(error)
                continue
            if value is not None:
                codes[at] = index.setdefault(value, len(index))
        self.mark(column, allowed(fact), reasons)
        return FactColumn(tuple(index), codes[raw.codes])

    def other(self, column: Column) -> None:
        """Look through a column that is no fact."""
        raw = self.chunk.columns[column.position]
        bound = MAX_NAME if column.role == "case" else None
        said = f"at most {bound:,} characters" if bound else ""
        reasons = {}
        for at, cell in enumerate(raw.cells):
            reason = _complaint(column, cell, bound)
            if reason:
                reasons[at] = reason
        self.mark(column, "" if column.role == "nameless" else said, reasons)

    def mark(self, column: Column, allowed: str, reasons: dict[int, str]) -> None:
        """Keep which rows have a cell that is wrong."""
        if reasons:
            codes = self.chunk.columns[column.position].codes
            rows = np.isin(codes, np.fromiter(reasons, np.int32, len(reasons)))
            self.wrong.append((column, allowed, reasons, rows))

    def right(self) -> npt.NDArray[np.bool_]:
        """Return which rows have no problem."""
        flawed = np.asarray([flaw.row for flaw in self.chunk.flaws], dtype=np.int64)
        right = ~np.isin(self.chunk.rows, flawed)
        for *_, rows in self.wrong:
            right &= ~rows
        return right

    def rejects(self) -> tuple[Reject, ...]:
        """Return all problems: row by row, in each in the order of the columns."""
        found = [(-1, flaw) for flaw in self.chunk.flaws]
        found += self._cells()
        return tuple(reject for _, reject in sorted(found, key=lambda f: (f[1].row, f[0])))

    def _cells(self) -> Iterator[tuple[int, Reject]]:
        for column, right, reasons, rows in self.wrong:
            raw = self.chunk.columns[column.position]
            shown = {at: shortened_cell(cell_text(raw.cells[at])) for at in reasons}
            name = harmless(column.said)
            at_rows = np.flatnonzero(rows)
            numbers, codes = self.chunk.rows[at_rows].tolist(), raw.codes[at_rows].tolist()
            for row, at in zip(numbers, codes, strict=True):
                yield column.position, Reject(row, name, shown[at], reasons[at], right)


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


def _texts(chunk: RawChunk, right: npt.NDArray[np.bool_], part: str) -> tuple[str, ...]:
    """Return a name, description, owner or tags of the accepted rows, empty where there is no column."""
    column = chunk.header.case(part)
    if column is None:
        return ("",) * int(right.sum())
    return tuple(text.strip() for text in chunk.columns[column.position].picked(right).texts())


def _tags(text: str) -> tuple[str, ...]:
    for separator in TAGS:
        text = text.replace(separator, "\n")
    return tuple(tag.strip() for tag in text.split("\n") if tag.strip())
