"""The one place that writes xlsx: rows of results, and an empty inventory to fill in."""

from __future__ import annotations

import io
import math
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from tunewise.authoring.vocabularyreports import allowed
from tunewise.cases.case import CASE_COLUMNS
from tunewise.inventories.csv_injection import escape_formula
from tunewise.knowledge.vocabulary import UNKNOWN, Fact, Vocabulary

MAX_ROWS = 1_048_576
"""Of a sheet, its header included; what is more goes on in another sheet."""
MAX_CELL_TEXT = 32_767
"""Characters of a cell."""
NARROW_COLUMN, WIDE_COLUMN, WIDEST_COLUMN = 12, 40, 60
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
ORIGIN = datetime(2000, 1, 1)  # noqa: DTZ001 - the same bytes whenever a file is written
HEADER = {"bold": True, "bg_color": "#DDE6F0", "border": 1, "valign": "top"}
INVENTORY_SHEET, FACTS_SHEET = "Inventory", "Facts"
NUMBER_FORMATS = {"share": "0.0%", "integer": "#,##0", "number": "#,##0.##########"}
COMMENT = {"x_scale": 2.5, "y_scale": 2.0, "author": "Tunewise"}
OWN_COMMENTS = {
    "name": "What the use case is called.",
    "id": "What the register calls it, where names are not unique.",
    "description": "What it is about, in a sentence or two.",
    "owner": "Who answers for it.",
    "tags": "Words to sort and filter by, separated by semicolons.",
}


def write_xlsx(
    path: Path,
    types: Mapping[str, type],
    rows: Iterable[Sequence[Any]],
    title: str = "Results",
    formats: Mapping[str, str] | None = None,
) -> None:
    """Write rows to an xlsx file, one in memory at a time; raise OSError where it cannot be written.

    `types` are those of the columns, in order; moments come as ISO text. `formats` are how numbers and moments are
    shown, by column. Texts are cut to what a cell holds; no cell is a formula.
    """
    rows = iter(_timed(types, rows))
    with tempfile.TemporaryDirectory(prefix=".tunewise-", dir=path.parent) as folder:
        book = xlsxwriter.Workbook(path, {**OPTIONS, "constant_memory": True, "tmpdir": folder})
        try:
            with book:
                _fill(book, Layout(title, types, formats or {}), rows)
        except FileCreateError as error:
            for sheet in book.worksheets():
                sheet.row_data_fh.close()
            raise OSError(*error.args[0].args) from None


@dataclass(frozen=True, slots=True)
class SheetLink:
    """A cell that leads to a file beside the workbook."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table stands in a workbook: the title of its sheets, and what its columns hold and how they show it."""

    title: str
    types: Mapping[str, type]
    formats: Mapping[str, str]


def write_book(path: Path, sheets: Iterable[tuple[Layout, Iterable[Sequence[Any]]]]) -> None:
    """Write several tables to an xlsx file, each on a sheet that can be filtered; no cell is a formula."""
    with xlsxwriter.Workbook(path, {**OPTIONS, "in_memory": True}) as book:
        book.set_properties({"created": ORIGIN})
        bold = book.add_format({**HEADER, "text_wrap": True})
        for layout, rows in sheets:
            shown = {
                form: book.add_format({"num_format": form}) for form in layout.formats.values()
            }
            held = list(rows)
            _sheet(book, layout.title, bold, shown, layout, iter(held))
            sheet = book.get_worksheet_by_name(layout.title)
            sheet.autofilter(0, 0, max(len(held), 1), len(layout.types) - 1)
            _widen(sheet, layout, held, shown)


def _widen(
    sheet: Any, layout: Layout, rows: Sequence[Sequence[Any]], shown: Mapping[str, Any]
) -> None:
    """Make columns as wide as what they hold, within bounds."""
    for place, name in enumerate(layout.types):
        texts = [row[place] for row in rows]
        longest = max(
            (len(getattr(one, "text", str(one))) for one in texts if one is not None), default=0
        )
        width = min(max(longest + 2, NARROW_COLUMN, len(name) // 2 + 4), WIDEST_COLUMN)
        sheet.set_column(place, place, width, shown.get(layout.formats.get(name, "")))


def _timed(types: Mapping[str, type], rows: Iterable[Sequence[Any]]) -> Iterable[Sequence[Any]]:
    """Return the rows with their moments as such: a workbook has no time zones, and ours are all UTC."""
    places = {place for place, kind in enumerate(types.values()) if kind is datetime}
    if not places:
        return rows
    return (
        [
            datetime.fromisoformat(cell).replace(tzinfo=None) if cell and i in places else cell
            for i, cell in enumerate(row)
        ]
        for row in rows
    )


def _fill(book: Any, layout: Layout, rows: Iterator[Sequence[Any]]) -> None:
    book.set_properties({"created": ORIGIN})
    bold = book.add_format(HEADER)
    shown = {form: book.add_format({"num_format": form}) for form in layout.formats.values()}
    some = _sheet(book, layout.title, bold, shown, layout, rows)
    while some == MAX_ROWS - 1:
        title = f"{layout.title} {len(book.worksheets()) + 1}"
        some = _sheet(book, title, bold, shown, layout, rows)


def _sheet(
    book: Any,
    title: str,
    bold: Any,
    shown: Mapping[str, Any],
    layout: Layout,
    rows: Iterator[Sequence[Any]],
) -> int:
    """Write as many rows as a sheet holds, and return how many those were."""
    sheet = book.add_worksheet(title)
    sheet.freeze_panes(1, 1)
    for position, (column, kind) in enumerate(layout.types.items()):
        width = len(column) + 2 if kind is not str else max(len(column) + 2, NARROW_COLUMN)
        form = shown.get(layout.formats.get(column, ""))
        sheet.set_column(position, position, min(width, WIDE_COLUMN), form)
    _write(sheet, 0, layout.types, bold)
    count = 0
    for count, row in enumerate(islice(rows, MAX_ROWS - 1), 1):
        _write(sheet, count, row)
    return count


def _write(sheet: Any, row: int, cells: Iterable[Any], form: Any = None) -> None:
    for column, cell in enumerate(cells):
        if isinstance(cell, str):
            sheet.write_string(row, column, _fitted(escape_formula(cell)), form)
        elif isinstance(cell, SheetLink):
            text = _fitted(escape_formula(cell.text))
            sheet.write_url(row, column, f"external:{cell.path}", form, text)
        elif isinstance(cell, bool):
            sheet.write_boolean(row, column, cell, form)
        elif isinstance(cell, datetime):
            sheet.write_datetime(row, column, cell, form)
        elif cell is not None and math.isfinite(cell):
            sheet.write_number(row, column, cell, form)


def _fitted(text: str) -> str:
    return text if len(text) <= MAX_CELL_TEXT else text[: MAX_CELL_TEXT - 1] + "…"


def inventory_template_xlsx(vocabulary: Vocabulary) -> bytes:
    """Return an empty inventory as an xlsx file, with drop-downs and comments, and the facts on a sheet."""
    out = io.BytesIO()
    facts = [vocabulary[id] for id in vocabulary.given]
    with xlsxwriter.Workbook(out, {**OPTIONS, "in_memory": True}) as book:
        book.set_properties({"created": ORIGIN})
        bold = book.add_format(HEADER)
        inventory, listing = book.add_worksheet(INVENTORY_SHEET), book.add_worksheet(FACTS_SHEET)
        _write(inventory, 0, [*CASE_COLUMNS, *(fact.id for fact in facts)], bold)
        inventory.freeze_panes(1, 1)
        for position, part in enumerate(CASE_COLUMNS):
            inventory.set_column(position, position, WIDE_COLUMN if part == "description" else 24)
            inventory.write_comment(0, position, OWN_COMMENTS[part], COMMENT)
        for row, fact in enumerate(facts, 1):
            position = len(CASE_COLUMNS) + row - 1
            _column(book, inventory, position, fact)
            if options := _options(fact):
                inventory.data_validation(
                    1, position, MAX_ROWS - 1, position, _choice(row, options)
                )
        _facts(book, listing, facts, bold)
    return out.getvalue()


def _column(book: Any, sheet: Any, position: int, fact: Fact) -> None:
    """Set a fact's column up: its width, how its numbers are shown, and its question as a comment."""
    kind = NUMBER_FORMATS.get(fact.type)
    form = book.add_format({"num_format": kind}) if kind else None
    sheet.set_column(
        position, position, min(max(len(fact.id) + 2, NARROW_COLUMN), WIDE_COLUMN), form
    )
    lead = "One of: " if fact.type == "choice" else ""
    tail = "; separate several with semicolons" if fact.type == "set" else ""
    said = [fact.question or fact.label, fact.help, f"{lead}{allowed(fact)}{tail}"]
    sheet.write_comment(0, position, _fitted("\n\n".join(filter(None, said))), COMMENT)


def _options(fact: Fact) -> tuple[str, ...]:
    """Return what a fact's drop-down offers; sets have none, since a cell takes one entry of a list alone."""
    if fact.type == "boolean":
        return ("yes", "no", UNKNOWN)
    return (*fact.options, UNKNOWN) if fact.type == "choice" else ()


def _choice(row: int, options: Sequence[str]) -> dict[str, Any]:
    """Return the drop-down whose entries stand in that row of the facts: a list in itself has 255 characters."""
    last = xlsxwriter.utility.xl_rowcol_to_cell(row, 3 + len(options), True, True)
    return {
        "validate": "list",
        "source": f"={FACTS_SHEET}!$E${row + 1}:{last}",
        "error_title": "Not one of the values",
        "error_message": "Choose from the list, or leave the cell empty: empty means unknown.",
    }


def _facts(book: Any, sheet: Any, facts: Sequence[Fact], bold: Any) -> None:
    """Fill the sheet that says what each column means, and holds the entries of the drop-downs."""
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    _write(sheet, 0, ("fact", "meaning", "unit", "allowed values", "to choose from"), bold)
    for row, fact in enumerate(facts, 1):
        cells = (fact.id, fact.question or fact.label, fact.unit, allowed(fact), *_options(fact))
        _write(sheet, row, cells, wrapped)
    for position, width in enumerate((26, 50, 10, 60)):
        sheet.set_column(position, position, width)
    sheet.set_column(4, 20, 18)
    sheet.freeze_panes(1, 1)
