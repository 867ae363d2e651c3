"""Reads an inventory from a sheet of a workbook: xlsx, and the older xls and ods."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import python_calamine as calamine

from tunewise.errors import Problem, UserError, shown, unknown_name
from tunewise.inventories import opendocuments, packages
from tunewise.inventories.headerrows import LOOKED_AT, find_header, misplaced
from tunewise.inventories.mapping import MappingText
from tunewise.inventories.native import Unreadable, attempted
from tunewise.inventories.raw import Block, Cell, FlawedCell, cell_text, cells_of
from tunewise.inventories.rejects import Reject
from tunewise.inventories.sheetscan import MAX_NOTED, MAX_SHEET_ROWS, SheetScan

MERGED = "is merged with other cells, so that it cannot be told which of them its text is for"
UNREADABLE = "holds a date or a time that is out of range"
OLD = b"\xd0\xcf\x11\xe0"
"""How workbooks begin that are encrypted, or in the format of before 2007."""
HTML = (b"<html", b"<!doc", b"<tabl", b"<?xml", b"<meta", b"<div ")
MERGED_HEADER = "the cells {} of the header are merged; give each column its own name; {}"
NAME_ROW = "--header-row says where the names stand"
OTHER_SHEETS = "the sheet {} is read; others that can be seen: {}; --sheet names one"

BookForm = Literal["xlsx", "xls", "ods"]
SheetRow = tuple[int, list[Cell]]
"""A row with its number in the sheet, counted from 1."""


class Workbook:
    """One sheet of a workbook: the one that is named, or else the first that can be seen."""

    def __init__(
        self,
        path: Path,
        place: str,
        form: str,
        said: MappingText,
        knows: Callable[[str], bool],
        lenient: bool = False,
    ) -> None:
        self.place, self.form = place, form
        _check_kind(path, place, form)
        self.sheet, self.scan, others = self._opened(path, said.sheet)
        self.left = self.sheet.start[1] if self.sheet.start else 0
        self.unreadable: set[int] = set()
        self.top, header = self._header(said.header_row)
        self.merged = self._merged()
        self.found = find_header(list(islice(self._filled(), LOOKED_AT)), knows)
        self.header = tuple(map(cell_text, header))
        self.hint = self._hint(said, others, knows)
        self.header = self._names(header, said.header_row is None and not lenient)
        self.remarks = tuple(self._remarks(said, others))

    def refusal(self, message: str) -> UserError:
        """Return the error that says what is wrong with the sheet."""
        return UserError(Problem(self.place, None, f"sheet {shown(self.sheet.name)}", message))

    def _opened(self, path: Path, sheet: str | None) -> tuple[Any, SheetScan, list[str]]:
        try:
            package = packages.opened(path, self.place) if self.form == "xlsx" else None
            if self.form == "ods":
                opendocuments.check_opendocument(path, self.place)
            book = calamine.load_workbook(path)
            index = _index(book, sheet, self.place)
            found = package.scan(index) if package else SheetScan()
            others = [name for i, name in _visible(book) if i != index]
            return book.get_sheet_by_index(index), found, others
        except calamine.PasswordError:
            message = "is encrypted; save it without a password"
            raise UserError(Problem(self.place, None, "", message)) from None
        except (calamine.CalamineError, OSError, ValueError) as error:
            raise packages.broken(self.place, str(error), self.form) from None

    def _header(self, wanted: int | None) -> SheetRow:
        """Return the row with the names of the columns: the first that holds anything, or the one that was said."""
        for number, row in self._rows():
            if number == wanted or (wanted is None and any(map(_holds, row))):
                return number, row
        if wanted is None:
            raise self.refusal("is empty; an inventory begins with a row of column names")
        raise self.refusal(f"--header-row: row {wanted} is empty, or there is none")

    def _filled(self) -> Iterator[SheetRow]:
        return ((number, row) for number, row in self._rows() if any(map(_holds, row)))

    def _hint(self, said: MappingText, others: Sequence[str], knows: Callable[[str], bool]) -> str:
        """Return what a person may do where the columns are none."""
        row = "" if said.header_row else misplaced(self.top, self.header, self.found, knows)
        if row or said.sheet is not None or not others or any(map(knows, self.header)):
            return row
        return OTHER_SHEETS.format(shown(self.sheet.name), ", ".join(map(shown, others)))

    def _remarks(self, said: MappingText, others: Sequence[str]) -> Iterator[str]:
        if said.sheet is None and others:
            names = ", ".join(map(shown, others))
            yield OTHER_SHEETS.format(shown(self.sheet.name), names)
        rows = sum(row > self.top for row in self.scan.hidden_rows)
        there = range(self.left + 1, self.left + len(self.header) + 1)
        columns = len(self.scan.hidden_columns.intersection(there))
        counted = [
            f"{count:,} hidden {what}{'s' * (count > 1)}"
            for count, what in ((rows, "row"), (columns, "column"))
            if count
        ]
        if counted:
            yield f"{' and '.join(counted)} of the sheet {shown(self.sheet.name)}: read like the others"

    def _rows(self) -> Iterator[SheetRow]:
        """Yield all rows; one with a value that cannot be read is empty, and noted."""
        rows = self.sheet.iter_rows()
        for number in range(1, MAX_SHEET_ROWS + 2):
            try:
                row = attempted(next, rows, None)
            except Unreadable:
                self.unreadable.add(number)
                row = []
            except calamine.CalamineError as error:
                raise packages.broken(self.place, str(error), self.form) from None
            if row is None:
                return
            yield number, [None if cell == "" else cell for cell in cells_of(row)]

    def _cases(self) -> Iterator[SheetRow]:
        """Yield the rows below the header that hold anything, be it only what cannot be read."""
        told = {*self.scan.valueless, *self.scan.unavailable}
        empty: list[Cell] = [None] * len(self.header)
        number = 0
        for number, row in self._rows():
            if number <= self.top:
                continue
            holds = any(map(_holds, row)) or number in told or number in self.unreadable
            if holds:
                yield number, self._flawed(number, row or empty)
        below = (row for row in sorted(told) if row > max(number, self.top))
        yield from ((row, self._flawed(row, empty)) for row in below)

    def _flawed(self, number: int, row: list[Cell]) -> list[Cell]:
        """Return a row with its flaws in their places: cells without a value, merged ones, more than the whole."""
        flaws: dict[int, Cell] = {}
        for column, said in self.scan.valueless.get(number, {}).items():
            reason = "holds an error" if said else "holds a formula that was never worked out"
            flaws[column - 1 - self.left] = FlawedCell(said, reason)
        for column, share in self.scan.percents.get(number, {}).items():
            flaws[column - 1 - self.left] = share
        for column in self.merged.get(number, ()):
            at = column - self.left
            text = cell_text(row[at]) if 0 <= at < len(row) else ""
            flaws.setdefault(at, FlawedCell(text, MERGED, "cells that are not merged"))
        if not flaws:
            return row
        return [flaws.get(at, cell) for at, cell in enumerate(row)]

    def _merged(self) -> dict[int, set[int]]:
        """Return the columns of merged cells by row, rows counted from 1, columns from 0."""
        found: dict[int, set[int]] = {}
        spans = [one for one in self.sheet.merged_cell_ranges or () if one[1][0] + 1 > self.top]
        cells = sum((b - t + 1) * (r - left + 1) for (t, left), (b, r) in spans)
        if cells > MAX_NOTED:
            raise self.refusal(f"holds more than {MAX_NOTED:,} merged cells")
        for (top, left), (bottom, right) in spans:
            for row in range(max(top + 1, self.top + 1), bottom + 2):
                found.setdefault(row, set()).update(range(left, right + 1))
        return found

    def _names(self, row: Sequence[Cell], strict: bool) -> tuple[str, ...]:
        """Return the names of the columns, those that are merged downwards from rows above included.

        Raises UserError, where it is strict, for one that is merged across: it may be a title.
        """
        names = list(map(cell_text, row))
        for (top, left), (bottom, right) in self.sheet.merged_cell_ranges or ():
            if not top + 1 <= self.top <= bottom + 1:
                continue
            if right > left and strict:
                where = f"{_reference(top, left)}:{_reference(bottom, right)}"
                raise self.refusal(MERGED_HEADER.format(where, self.hint or NAME_ROW))
            if right == left and not names[left - self.left].strip():
                names[left - self.left] = self._text_at(top, left)
        return tuple(names)

    def _text_at(self, row: int, column: int) -> str:
        rows = (cells for number, cells in self._rows() if number == row + 1)
        return cell_text(next(rows, [None] * (column + 1))[column - self.left])

    def blocks(self, size: int) -> Iterator[Block]:
        """Yield the rows, at most `size` at a time; numbers count from the row behind the header."""
        rows = self._cases()
        while some := list(islice(rows, size)):
            numbers = [number - self.top for number, _ in some]
            columns = tuple(zip(*(row for _, row in some), strict=True))
            yield Block(numbers, columns, tuple(self._flaws(number for number, _ in some)))

    def _flaws(self, rows: Iterable[int]) -> Iterator[Reject]:
        for row in rows:
            if row in self.unreadable:
                yield Reject(row - self.top, "", "", UNREADABLE, "dates of the years 1900 to 9999")


def _holds(cell: Cell) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def _check_kind(path: Path, place: str, form: str) -> None:
    """Raise UserError where a file does not begin as its form does, with what it is instead."""
    with path.open("rb") as file:
        start = file.read(512)
    if not start:
        raise UserError(Problem(place, None, "", "is empty"))
    if start.lstrip().lower().startswith(HTML):
        message = (
            "is a web page or XML, not a workbook; open it in a spreadsheet and save it as .xlsx"
        )
        raise UserError(Problem(place, None, "", message))
    if form != "xls" and start.startswith(OLD):
        message = "is encrypted, or a workbook of before 2007; save it without a password, or name it .xls"
        raise UserError(Problem(place, None, "", message))
    if form == "xls" and start.startswith(b"PK"):
        message = "is a newer workbook; should its name end in .xlsx or .ods?"
        raise UserError(Problem(place, None, "", message))
    if not start.startswith(OLD if form == "xls" else b"PK"):
        raise packages.broken(place, "it does not begin like one", form)


def _visible(book: Any) -> Iterator[tuple[int, str]]:
    """Yield the sheets that can be seen, with their numbers."""
    for index, sheet in enumerate(book.sheets_metadata):
        table = sheet.typ == calamine.SheetTypeEnum.WorkSheet
        if table and sheet.visible == calamine.SheetVisibleEnum.Visible:
            yield index, sheet.name


def _index(book: Any, name: str | None, place: str) -> int:
    """Return the index of the sheet by its name, of the first visible one where there is none."""
    if name is None:
        tables = [index for index, _ in _visible(book)]
        if not tables:
            hidden = ", ".join(shown(sheet.name) for sheet in book.sheets_metadata)
            message = f"has no sheet that can be seen; --sheet names a hidden one: {hidden}"
            raise UserError(Problem(place, None, "", message))
        return tables[0]
    names = [sheet.name for sheet in book.sheets_metadata]
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
