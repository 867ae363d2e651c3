"""Looks through a spreadsheet's package before anything unpacks it: its size, its span, cells without a value."""

from __future__ import annotations

import contextlib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.parsers import expat

from tunewise.errors import Problem, UserError

MAX_UNPACKED = 1 << 30
"""Bytes of all parts of a package; a million rows of thirty columns take about as much."""
MAX_CELLS = 32_000_000
"""Of a sheet from its first cell to its last, empty ones included, since a reader holds them all."""
MAX_NOTED = 100_000
"""Cells without a value that are noted; past them the file is refused."""
MAX_SHEET_ROWS, MAX_SHEET_COLUMNS = 1_048_576, 16_384
"""What a sheet can have."""
XML_PIECE = 1 << 20
"""Bytes that are looked at together."""
LONGEST_REFERENCE = 20
"""Characters of an error, such as #DIV/0!, that are kept."""
REFERENCE_DIGITS = "0123456789"
NOT_AVAILABLE = "#N/A"
"""The one error that says something: not known."""

Attributes = dict[str, str]


class _Refused(Exception):
    """A part is XML that no spreadsheet holds; says why."""


@dataclass
class SheetScan:
    """What a sheet's own text tells: how far it reaches, and which cells have no value but seem empty.

    `valueless` has the errors, and empty texts for formulas that were never worked out, by row and by column, counted
    from 1; `noted` is how many there are. `unavailable` are the rows with #N/A.
    """

    rows: int = 0
    columns: int = 26
    valueless: dict[int, dict[int, str]] = field(default_factory=dict)
    noted: int = 0
    unavailable: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Package:
    """A package whose parts but the sheets are whole and no larger than they say; `sheets` names those parts."""

    path: Path
    place: str
    sheets: list[str]

    def scan(self, index: int) -> SheetScan:
        """Return what a sheet tells; raise UserError where it is broken, or more of it than can be held."""
        with _opened(self.path, self.place) as package, package.open(self.sheets[index]) as file:
            found = _Sheet(file).found
        _check_span(found, self.place)
        return found


def opened(path: Path, place: str) -> Package:
    """Return a package after a look at all but its sheets; raise UserError where it is broken or too large."""
    with _opened(path, place) as package:
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
def _opened(path: Path, place: str) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as package:
            yield package
    except (zipfile.BadZipFile, zlib.error, EOFError, LookupError, NotImplementedError) as error:
        raise broken(place, str(error.args[0] if error.args else "")) from None
    except (expat.ExpatError, _Refused, ValueError) as error:
        raise broken(place, str(error)) from None
    except RuntimeError:  # what zipfile raises where a password is asked for
        message = "is encrypted; save it without a password"
        raise UserError(Problem(place, None, "", message)) from None


def broken(place: str, why: str) -> UserError:
    """Return the error for a file that is no spreadsheet, or not a whole one."""
    why = why.strip().partition("\n")[0]
    return UserError(
        Problem(place, None, "", f"is not a whole xlsx file{f': {why}' if why else ''}")
    )


def _check_span(found: SheetScan, place: str) -> None:
    """Raise UserError where a sheet is more than can be held, or too much of it has no value."""
    if found.rows * found.columns > MAX_CELLS:
        message = f"reaches over {found.rows:,} rows and {found.columns:,} columns"
        raise UserError(
            Problem(place, None, "", f"{message}, too many to hold; save it as csv or parquet")
        )
    if found.noted > MAX_NOTED:
        message = "holds more than 100,000 cells with errors or formulas that were never worked out"
        raise UserError(Problem(place, None, "", message))


def _sheets(package: zipfile.ZipFile) -> list[str]:
    """Return the names of the parts that hold the sheets, in the order of the sheets."""
    parts = {name.casefold(): name for name in package.namelist()}
    if len(parts) < len(package.namelist()):
        raise _Refused("a part stands twice in it")  # readers may each take another one
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
        _parsed(file, start)
    return found


def _parsed(
    file: IO[bytes],
    start: Callable[[str, Attributes], None],
    parser: expat.XMLParserType | None = None,
) -> None:
    """Parse a part; a document type is refused, as no spreadsheet has one and entities may swell without end."""
    parser = parser or expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = _refuse
    while piece := file.read(XML_PIECE):
        parser.Parse(piece, False)
    parser.Parse(b"", True)


def _refuse(*_: object) -> None:
    raise _Refused("it declares a document type")


def local(name: str) -> str:
    """Return the name of an element without its prefix."""
    return name.rpartition(":")[2]


def column_number(letters: str) -> int:
    """Return the number of a column by its letters: 1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


class _Sheet:
    """Notes what the cells of a sheet tell while it is parsed; only where a cell may have no value is it read whole."""

    def __init__(self, file: IO[bytes]) -> None:
        self.found = SheetScan()
        self._row = self._column = 0
        self._digits = ""
        self._columns: dict[str, int] = {}
        self._open = self._formula = False
        self._kind: str | None = None
        self._said: str | None = None
        self._parser = expat.ParserCreate()
        _parsed(file, self._start, self._parser)

    def _start(self, name: str, attributes: Attributes) -> None:
        # Called for each cell and its value: the names that most writers give stand first.
        if name == "c":
            self._cell(attributes)
        elif name == "v":
            self._value()
        elif ":" in name:
            self._start(local(name), attributes)
        elif name == "is":
            self._value()
        elif name == "f":
            self._formula = self._open
            self._listen(self._open)
        elif name == "row":
            self._begin_row(attributes)
        else:
            self._open = False  # behind the cells there are formulas that are no cell's

    def _begin_row(self, attributes: Attributes) -> None:
        self._open, self._column = False, 0
        self._in_row(attributes.get("r", str(self._row + 1)))

    def _in_row(self, digits: str) -> None:
        row = int(digits) if digits.isdecimal() and len(digits) < 8 else 0
        if not 0 < row <= MAX_SHEET_ROWS:
            raise _Refused(
                f"it has a row {digits[:LONGEST_REFERENCE]!r}; rows are 1 to {MAX_SHEET_ROWS:,}"
            )
        self._digits, self._row = digits, row

    def _cell(self, attributes: Attributes) -> None:
        """Begin a cell; one without a reference stands behind the last."""
        reference = attributes.get("r")
        if reference is None:
            self._column += 1
        else:
            letters = reference.rstrip(REFERENCE_DIGITS)
            self._column = self._columns.get(letters) or self._met(letters)
            if (digits := reference[len(letters) :]) != self._digits:
                self._in_row(digits)
        self._open, self._formula = True, False
        self._kind, self._said = attributes.get("t"), None
        if self._kind == "e":
            self._listen(True)

    def _met(self, letters: str) -> int:
        """Return the number of a column that is met for the first time."""
        known = letters.isascii() and letters.isalpha() and len(letters) <= 3
        number = column_number(letters.upper()) if known else 0
        if not 0 < number <= MAX_SHEET_COLUMNS:
            last = f"columns are A to XFD, {MAX_SHEET_COLUMNS:,} in all"
            raise _Refused(f"it has a column {letters[:LONGEST_REFERENCE]!r}; {last}")
        self._columns[letters] = number
        return number

    def _value(self) -> None:
        """Begin what a cell holds: so far does the sheet reach."""
        if self._open:
            self._said = ""
            if self._row > self.found.rows:
                self.found.rows = self._row
            if self._column > self.found.columns:
                self.found.columns = self._column

    def _listen(self, hears: bool) -> None:
        """Hear of texts and of ends, which takes time that most cells need not."""
        self._parser.CharacterDataHandler = self._text if hears else None
        self._parser.EndElementHandler = self._end if hears else None

    def _text(self, text: str) -> None:
        if self._said is not None:
            self._said = (self._said + text)[:LONGEST_REFERENCE]

    def _end(self, name: str) -> None:
        """Note what a cell without a value holds; an empty text is a value where the cell says that it is a text."""
        if local(name) != "c":
            return
        self._listen(False)
        said = (self._said or "").strip()
        if self._kind == "e" and said == NOT_AVAILABLE:
            self.found.unavailable.add(self._row)
        elif self._kind == "e" and said:
            self._note(said)
        elif self._formula and not said and (self._kind != "str" or self._said is None):
            self._note("")

    def _note(self, said: str) -> None:
        self.found.noted += 1
        if self.found.noted <= MAX_NOTED:
            self.found.valueless.setdefault(self._row, {})[self._column] = said
