"""Reads an inventory from a sheet of an xlsx workbook."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import python_calamine as calamine

from tunewise.errors import Problem, UserError, shown, unknown_name
from tunewise.inventories.packages import SheetScan, broken, check_span, column_number, scan
from tunewise.inventories.raw import Block, Cell, as_text, cell_of
from tunewise.inventories.rejects import Reject

MERGED = "a cell of the row is merged with others, so that it cannot be told which of them its text is for"
OLD = b"\xd0\xcf\x11\xe0"
"""How workbooks begin that are encrypted, or in the format of before 2007."""

Row = tuple[int, list[Cell]]
"""A row with its number in the sheet, counted from 1."""


class Workbook:
    """One sheet of a workbook: the one that is named, or else the first that can be seen."""

    def __init__(self, path: Path, place: str, sheet: str | None) -> None:
        self.place = place
        _check_kind(path, place)
        self.sheet, self.scan = self._opened(path, sheet)
        self.left = self.sheet.start[1] if self.sheet.start else 0
        start = next(self._rows(), None)
        if start is None:
            raise self.refusal("is empty; an inventory begins with a row of column names")
        self.top, header = start
        self.header = tuple(map(as_text, header))
        self.merged = self._merged()
        self.valueless = self._valueless()

    def refusal(self, message: str) -> UserError:
        """Return the error that says what is wrong with the sheet."""
        return UserError(Problem(self.place, None, f"sheet {shown(self.sheet.name)}", message))

    def _opened(self, path: Path, sheet: str | None) -> tuple[Any, SheetScan]:
        try:
            scans = scan(path, self.place)
            book = calamine.load_workbook(path)
            index = _index(book, sheet, self.place)
            found = scans[index] if index < len(scans) else SheetScan()
            check_span(found, self.place)
            return book.get_sheet_by_index(index), found
        except calamine.PasswordError:
            message = "is encrypted; save it without a password"
            raise UserError(Problem(self.place, None, "", message)) from None
        except (calamine.CalamineError, OSError, ValueError) as error:
            raise broken(self.place, str(error)) from None

    def _rows(self) -> Iterator[Row]:
        """Yield the rows that hold anything."""
        try:
            for number, row in enumerate(self.sheet.iter_rows(), 1):
                if any(cell.strip() if isinstance(cell, str) else True for cell in row):
                    yield number, [None if cell == "" else cell_of(cell) for cell in row]
        except (calamine.CalamineError, ValueError, OverflowError) as error:
            raise broken(self.place, str(error)) from None

    def _merged(self) -> frozenset[int]:
        """Return the rows with merged cells; raise UserError where the header has any."""
        rows: set[int] = set()
        for (top, left), (bottom, right) in self.sheet.merged_cell_ranges or ():
            if top + 1 <= self.top <= bottom + 1:
                where = f"{_reference(top, left)}:{_reference(bottom, right)}"
                message = (
                    f"the cells {where} of the header are merged; give each column its own name"
                )
                raise self.refusal(message)
            rows.update(range(top + 1, bottom + 2))
        return frozenset(rows)

    def blocks(self, size: int) -> Iterator[Block]:
        """Yield the rows, at most `size` at a time; numbers count from the row behind the header."""
        rows = islice(self._rows(), 1, None)
        while some := list(islice(rows, size)):
            numbers = [number - self.top for number, _ in some]
            columns = tuple(zip(*(row for _, row in some), strict=True))
            yield Block(numbers, columns, tuple(self._flaws(number for number, _ in some)))

    def _flaws(self, rows: Iterable[int]) -> Iterator[Reject]:
        for row in rows:
            if row in self.merged:
                yield Reject(row - self.top, "", "", MERGED, "cells that are not merged")
            for column, said in self.valueless.get(row, ()):
                reason = "holds an error" if said else "holds a formula that was never worked out"
                yield Reject(row - self.top, column, said, reason, "a value")

    def _valueless(self) -> dict[int, list[tuple[str, str]]]:
        """Return the cells without a value by their rows: the column's name, and what stands there instead."""
        found: dict[int, list[tuple[str, str]]] = {}
        for at, said in self.scan.valueless.items():
            letters, row = re.fullmatch(r"([A-Z]+)(\d+)", at).groups()  # type: ignore[union-attr]
            position = column_number(letters.encode()) - 1 - self.left
            if 0 <= position < len(self.header) and self.header[position]:
                found.setdefault(int(row), []).append((self.header[position], said))
        return found


def _check_kind(path: Path, place: str) -> None:
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise UserError(Problem(place, None, "", "is empty"))
    if start.startswith(OLD):
        message = "is encrypted, or a workbook of before 2007; save it as .xlsx without a password"
        raise UserError(Problem(place, None, "", message))
    if not start.startswith(b"PK"):
        raise broken(place, "it does not begin like one")


def _index(book: Any, name: str | None, place: str) -> int:
    """Return the index of the sheet by its name, of the first visible one where there is none."""
    sheets = book.sheets_metadata
    if name is None:
        tables = [
            index
            for index, sheet in enumerate(sheets)
            if sheet.typ == calamine.SheetTypeEnum.WorkSheet
            and sheet.visible == calamine.SheetVisibleEnum.Visible
        ]
        if not tables:
            raise UserError(Problem(place, None, "", "has no sheet that can be seen"))
        return tables[0]
    names = [sheet.name for sheet in sheets]
    if name not in names:
        raise UserError(Problem(place, None, "--sheet", unknown_name("sheet", name, names)))
    return names.index(name)


def _reference(row: int, column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"
