"""Reads an inventory from a sheet of an xlsx workbook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import python_calamine as calamine

from tunewise.errors import Problem, UserError, harmless, shown, unknown_name
from tunewise.inventories import packages
from tunewise.inventories.native import Unreadable, attempted
from tunewise.inventories.packages import SheetScan
from tunewise.inventories.raw import Block, Cell, cell_text, cells_of
from tunewise.inventories.rejects import Reject

MERGED = "a cell of the row is merged with others, so that it cannot be told which of them its text is for"
UNREADABLE = "holds a date or a time that is out of range"
OLD = b"\xd0\xcf\x11\xe0"
"""How workbooks begin that are encrypted, or in the format of before 2007."""

SheetRow = tuple[int, list[Cell]]
"""A row with its number in the sheet, counted from 1."""


class Workbook:
    """One sheet of a workbook: the one that is named, or else the first that can be seen."""

    def __init__(self, path: Path, place: str, sheet: str | None) -> None:
        self.place = place
        _check_kind(path, place)
        self.sheet, self.scan = self._opened(path, sheet)
        self.left = self.sheet.start[1] if self.sheet.start else 0
        self.unreadable: set[int] = set()
        start = next(((number, row) for number, row in self._rows() if any(map(_holds, row))), None)
        if start is None:
            raise self.refusal("is empty; an inventory begins with a row of column names")
        self.top, header = start
        self.header = tuple(map(cell_text, header))
        self.merged = self._merged()

    def refusal(self, message: str) -> UserError:
        """Return the error that says what is wrong with the sheet."""
        return UserError(Problem(self.place, None, f"sheet {shown(self.sheet.name)}", message))

    def _opened(self, path: Path, sheet: str | None) -> tuple[Any, SheetScan]:
        try:
            package = packages.opened(path, self.place)
            book = calamine.load_workbook(path)
            index = _index(book, sheet, self.place)
            found = package.scan(index)
            return book.get_sheet_by_index(index), found
        except calamine.PasswordError:
            message = "is encrypted; save it without a password"
            raise UserError(Problem(self.place, None, "", message)) from None
        except (calamine.CalamineError, OSError, ValueError) as error:
            raise packages.broken(self.place, str(error)) from None

    def _rows(self) -> Iterator[SheetRow]:
        """Yield all rows; one with a value that cannot be read is empty, and noted."""
        rows = self.sheet.iter_rows()
        for number in range(1, packages.MAX_SHEET_ROWS + 2):
            try:
                row = attempted(next, rows, None)
            except Unreadable:
                self.unreadable.add(number)
                row = []
            except calamine.CalamineError as error:
                raise packages.broken(self.place, str(error)) from None
            if row is None:
                return
            yield number, [None if cell == "" else cell for cell in cells_of(row)]

    def _cases(self) -> Iterator[SheetRow]:
        """Yield the rows below the header that hold anything, be it only what cannot be read."""
        told = {*self.scan.valueless, *self.scan.unavailable}
        empty: list[Cell] = [None] * len(self.header)
        number = 0
        for number, row in self._rows():
            holds = any(map(_holds, row)) or number in told or number in self.unreadable
            if holds and number > self.top:
                yield number, row or empty
        yield from ((row, empty) for row in sorted(told) if row > max(number, self.top))

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
        rows = self._cases()
        while some := list(islice(rows, size)):
            numbers = [number - self.top for number, _ in some]
            columns = tuple(zip(*(row for _, row in some), strict=True))
            yield Block(numbers, columns, tuple(self._flaws(number for number, _ in some)))

    def _flaws(self, rows: Iterable[int]) -> Iterator[Reject]:
        for row in rows:
            if row in self.merged:
                yield Reject(row - self.top, "", "", MERGED, "cells that are not merged")
            if row in self.unreadable:
                yield Reject(row - self.top, "", "", UNREADABLE, "dates of the years 1900 to 9999")
            for column, said in sorted(self.scan.valueless.get(row, {}).items()):
                reason = "holds an error" if said else "holds a formula that was never worked out"
                yield Reject(row - self.top, self._named(column), said, reason, "a value")

    def _named(self, column: int) -> str:
        """Return what a column of the sheet is called, by its letters where the header has no name for it."""
        position = column - 1 - self.left
        name = self.header[position] if 0 <= position < len(self.header) else ""
        return harmless(name) or f"column {_letters(column)}"


def _holds(cell: Cell) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def _check_kind(path: Path, place: str) -> None:
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise UserError(Problem(place, None, "", "is empty"))
    if start.startswith(OLD):
        message = "is encrypted, or a workbook of before 2007; save it as .xlsx without a password"
        raise UserError(Problem(place, None, "", message))
    if not start.startswith(b"PK"):
        raise packages.broken(place, "it does not begin like one")


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
    return f"{_letters(column + 1)}{row + 1}"


def _letters(column: int) -> str:
    """Return the letters of a column by its number: A for 1, AA for 27."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
