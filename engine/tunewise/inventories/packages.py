"""Looks through a spreadsheet's package before anything unpacks it: its size, its span, cells without a value."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tunewise.errors import Problem, UserError

MAX_UNPACKED = 1 << 30
"""Bytes of all parts of a package; a million rows of thirty columns take about as much."""
MAX_CELLS = 32_000_000
"""Of a sheet from its first cell to its last, empty ones included, since a reader holds them all."""
MAX_NOTED = 100_000
"""Cells without a value that are noted; past them the file is refused."""
PIECE, OVERLAP = 1 << 20, 1 << 16
"""Bytes looked at together, and how many of them again: no cell is longer."""

_ROW = re.compile(rb'row\b[^<>]*? r="(\d{1,9})"')
_WIDE = re.compile(rb' r="([A-Z]{2,3})\d')
_ERROR = re.compile(
    rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*?\br="([A-Z]{1,3}\d+)"[^>]*>(?:(?!</(?:\w+:)?c>).)*?'
    rb"<(?:\w+:)?v>([^<]{1,20})<",
    re.DOTALL,
)
_UNCOMPUTED = re.compile(
    rb'<(?:\w+:)?c\b(?![^>]*\bt=)[^>]*?\br="([A-Z]{1,3}\d+)"[^>/]*>'
    rb"<(?:\w+:)?f\b(?:[^>]*/>|[^<]*</(?:\w+:)?f>)(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s([^>]*)>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s([^>]*)>")
_ATTRIBUTE = re.compile(rb'([\w:]+)\s*=\s*"([^"]*)"')
NOT_AVAILABLE = "#N/A"
"""The one error that says something: not known."""


@dataclass
class SheetScan:
    """What a sheet's own text tells: how far it reaches, and which cells have no value but seem empty."""

    rows: int = 0
    columns: int = 26
    valueless: dict[str, str] = field(default_factory=dict)


def scan(path: Path, place: str) -> list[SheetScan]:
    """Return what each sheet tells, in their order; raise UserError where the package is broken or too large.

    Every part is read to its end, which shows that it is whole and no longer than it says.
    """
    try:
        with zipfile.ZipFile(path) as package:
            _check_size(package, place)
            parts = _parts(package)
            found = {part: SheetScan() for part in parts}
            for name in package.namelist():
                for piece in _pieces(package, name):
                    if name in found:
                        _note(found[name], piece)
            return [found[part] for part in parts]
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError) as error:
        raise broken(place, str(error.args[0] if error.args else "")) from None
    except RuntimeError:  # what zipfile raises where a password is asked for
        message = "is encrypted; save it without a password"
        raise UserError(Problem(place, None, "", message)) from None


def broken(place: str, why: str) -> UserError:
    """Return the error for a file that is no spreadsheet, or not a whole one."""
    why = why.strip().partition("\n")[0]
    return UserError(
        Problem(place, None, "", f"is not a whole xlsx file{f': {why}' if why else ''}")
    )


def _check_size(package: zipfile.ZipFile, place: str) -> None:
    size = sum(part.file_size for part in package.infolist())
    if size > MAX_UNPACKED:
        message = f"unpacks to {size:,} bytes, more than the {MAX_UNPACKED:,} allowed"
        raise UserError(Problem(place, None, "", f"{message}; save it as csv or parquet"))


def check_span(found: SheetScan, place: str) -> None:
    """Raise UserError where a sheet is more than can be held, or too much of it has no value."""
    if found.rows * found.columns > MAX_CELLS:
        message = f"reaches over {found.rows:,} rows and {found.columns:,} columns"
        raise UserError(
            Problem(place, None, "", f"{message}, too many to hold; save it as csv or parquet")
        )
    if len(found.valueless) > MAX_NOTED:
        message = "holds more than 100,000 cells with errors or formulas that were never worked out"
        raise UserError(Problem(place, None, "", message))


def _pieces(package: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield a part's bytes, overlapping."""
    with package.open(name) as file:
        tail = b""
        while piece := file.read(PIECE):
            yield tail + piece
            tail = piece[-OVERLAP:]


def _note(found: SheetScan, piece: bytes) -> None:
    found.rows = max([found.rows, *map(int, _ROW.findall(piece))])
    found.columns = max([found.columns, *map(column_number, set(_WIDE.findall(piece)))])
    if b't="e"' in piece:
        errors = (
            (at.decode(), said.decode("utf-8", "replace")) for at, said in _ERROR.findall(piece)
        )
        found.valueless.update((at, said) for at, said in errors if said != NOT_AVAILABLE)
    if b"<f" in piece or b":f" in piece:
        found.valueless.update((at.decode(), "") for at in _UNCOMPUTED.findall(piece))


def column_number(letters: bytes) -> int:
    """Return the number of a column by its letters: 1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _parts(package: zipfile.ZipFile) -> list[str]:
    """Return the names of the parts that hold the sheets, in the order of the sheets."""
    relations = _attributes(_RELATION, package.read("xl/_rels/workbook.xml.rels"))
    targets = {found.get("Id"): found.get("Target", "") for found in relations}
    parts = []
    for sheet in _attributes(_SHEET, package.read("xl/workbook.xml")):
        target = next((targets.get(id, "") for key, id in sheet.items() if key.endswith(":id")), "")
        parts.append(target[1:] if target.startswith("/") else f"xl/{target}")
    return parts


def _attributes(element: re.Pattern[bytes], text: bytes) -> list[dict[str, str]]:
    return [
        {key.decode(): said.decode("utf-8", "replace") for key, said in _ATTRIBUTE.findall(found)}
        for found in element.findall(text)
    ]
