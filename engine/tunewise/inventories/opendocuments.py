"""Looks through an OpenDocument spreadsheet before anything unpacks it: whether it is whole, and what it comes to."""

from __future__ import annotations

import zipfile
from pathlib import Path

from tunewise.errors import Problem, UserError
from tunewise.inventories.packages import MAX_CELLS, MAX_UNPACKED, broken, opened_package
from tunewise.inventories.sheetscan import Attributes, local, parse_part

CONTENT = "content.xml"
ENCRYPTED = "manifest:encryption-data"
ODS_MANIFEST = "META-INF/manifest.xml"


def check_opendocument(path: Path, place: str) -> None:
    """Raise UserError where a file is no spreadsheet of this kind, is encrypted, or would fill the memory."""
    with opened_package(path, place, "ods") as package:
        size = sum(part.file_size for part in package.infolist())
        if size > MAX_UNPACKED:
            message = f"unpacks to {size:,} bytes, more than the {MAX_UNPACKED:,} allowed"
            raise UserError(Problem(place, None, "", f"{message}; save it as csv or parquet"))
        if CONTENT not in package.namelist():
            raise broken(place, "it has no content.xml", "ods")
        if ODS_MANIFEST in package.namelist() and ENCRYPTED.encode() in package.read(ODS_MANIFEST):
            message = "is encrypted; save it without a password"
            raise UserError(Problem(place, None, "", message))
        if (cells := _Repeats(package).cells) > MAX_CELLS:
            message = f"reaches over {cells:,} cells, too many to hold; save it as csv or parquet"
            raise UserError(Problem(place, None, "", message))


class _Repeats:
    """Counts the cells that hold something: a file says of one how often it is repeated, and its row, too."""

    def __init__(self, package: zipfile.ZipFile) -> None:
        self.cells = 0
        self._rows = self._columns = 0
        with package.open(CONTENT) as file:
            parse_part(file, self._start)

    def _start(self, name: str, attributes: Attributes) -> None:
        if local(name) == "table-row":
            self._rows, self._columns = _count(attributes, "rows"), 0
        elif local(name) in ("table-cell", "covered-table-cell"):
            self._columns += _count(attributes, "columns")
            if any(key.endswith(":value-type") for key in attributes):
                self.cells += self._rows * self._columns


def _count(attributes: Attributes, what: str) -> int:
    said = attributes.get(f"table:number-{what}-repeated", "1")
    return int(said) if said.isdecimal() and len(said) < 9 else 1
