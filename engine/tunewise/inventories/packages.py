"""Looks through a spreadsheet's package before anything unpacks it: its size, its span, cells without a value."""

from __future__ import annotations

import contextlib
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from tunewise.errors import Problem, UserError
from tunewise.inventories.sheetscan import (
    MAX_NOTED,
    XML_PIECE,
    Attributes,
    RefusedPart,
    SheetScan,
    SheetScanner,
    local,
    parse_part,
    percent_styles,
)

MAX_UNPACKED = 1 << 30
"""Bytes of all parts of a package; a million rows of thirty columns take about as much."""
MAX_CELLS = 32_000_000
"""Of a sheet from its first cell to its last, empty ones included, since a reader holds them all."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package whose parts but the sheets are whole and no larger than they say; `sheets` names those parts."""

    path: Path
    place: str
    sheets: list[str]

    def scan(self, index: int) -> SheetScan:
        """Return what a sheet tells; raise UserError where it is broken, or more of it than can be held."""
        with (
            opened_package(self.path, self.place) as package,
            package.open(self.sheets[index]) as file,
        ):
            found = SheetScanner(file, percent_styles(package)).found
        _check_span(found, self.place)
        return found


def opened(path: Path, place: str) -> Package:
    """Return a package after a look at all but its sheets; raise UserError where it is broken or too large."""
    with opened_package(path, place) as package:
        size = sum(part.file_size for part in package.infolist())
        if size > MAX_UNPACKED:
            message = f"unpacks to {size:,} bytes, more than the {MAX_UNPACKED:,} allowed"
            raise UserError(Problem(place, None, "", f"{message}; save it as csv or parquet"))
        sheets = _sheets(package)
        for name in set(package.namelist()) - set(sheets):
            with package.open(name) as file:
                while file.read(XML_PIECE):
                    pass
        return Package(path, place, sheets)


@contextlib.contextmanager
def opened_package(path: Path, place: str, form: str = "xlsx") -> Iterator[zipfile.ZipFile]:
    """Open a package; what is wrong with it is told as an error of ours."""
    try:
        with zipfile.ZipFile(path) as package:
            yield package
    except (zipfile.BadZipFile, zlib.error, EOFError, LookupError, NotImplementedError) as error:
        raise broken(place, str(error.args[0] if error.args else ""), form) from None
    except (expat.ExpatError, RefusedPart, ValueError) as error:
        raise broken(place, str(error), form) from None
    except RuntimeError:  # what zipfile raises where a password is asked for
        message = "is encrypted; save it without a password"
        raise UserError(Problem(place, None, "", message)) from None


def broken(place: str, why: str, form: str = "xlsx") -> UserError:
    """Return the error for a file that is no spreadsheet, or not a whole one."""
    why = why.strip().partition("\n")[0]
    return UserError(
        Problem(place, None, "", f"is not a whole {form} file{f': {why}' if why else ''}")
    )


def _check_span(found: SheetScan, place: str) -> None:
    """Raise UserError where a sheet is more than can be held, or too much of it has no value."""
    if found.rows * found.columns > MAX_CELLS:
        message = f"reaches over {found.rows:,} rows and {found.columns:,} columns"
        raise UserError(
            Problem(place, None, "", f"{message}, too many to hold; save it as csv or parquet")
        )
    if found.noted > MAX_NOTED:
        message = "holds more than 100,000 cells with errors, formulas that were never worked out or shares above 100%"
        raise UserError(Problem(place, None, "", message))


def _sheets(package: zipfile.ZipFile) -> list[str]:
    """Return the names of the parts that hold the sheets, in the order of the sheets."""
    parts = {name.casefold(): name for name in package.namelist()}
    if len(parts) < len(package.namelist()):
        raise RefusedPart("a part stands twice in it")  # readers may each take another one
    relations = _attributes(package, "xl/_rels/workbook.xml.rels", "Relationship")
    targets = {found.get("Id"): found.get("Target", "").lstrip("/") for found in relations}
    found = []
    for sheet in _attributes(package, "xl/workbook.xml", "sheet"):
        target = next((targets.get(id, "") for key, id in sheet.items() if key.endswith(":id")), "")
        target = target if target.startswith("xl/") else f"xl/{target}"
        found.append(parts.get(target.casefold(), target))
    return found


def _attributes(package: zipfile.ZipFile, part: str, wanted: str) -> list[Attributes]:
    """Return the attributes of each element of a name."""
    found: list[Attributes] = []

    def start(name: str, attributes: Attributes) -> None:
        if local(name) == wanted:
            found.append(attributes)

    with package.open(part) as file:
        parse_part(file, start)
    return found
