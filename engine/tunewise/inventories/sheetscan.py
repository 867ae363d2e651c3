"""Scans the XML of a sheet for what its reader does not tell: cells without a value, percents, what is hidden."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

MAX_NOTED = 100_000
"""Cells without a value that are noted; past them the file is refused."""
MAX_SHEET_ROWS, MAX_SHEET_COLUMNS = 1_048_576, 16_384
"""What a sheet can have."""
XML_PIECE = 1 << 20
"""Bytes that are looked at together."""
LONGEST_REFERENCE = 20
"""Characters of an error, such as #DIV/0!, that are kept."""
REFERENCE_DIGITS = "0123456789"
STYLES = "xl/styles.xml"
PERCENT_FORMATS = ("9", "10")
"""The built-in formats of numbers that show percent."""
QUOTED_FORMAT = re.compile(r'"[^"]*"|\\.|_.')
"""What of a format is shown as it stands."""
TRUE_WORDS = ("1", "true")
NOT_AVAILABLE = "#N/A"
"""The one error that says something: not known."""

Attributes = dict[str, str]


class RefusedPart(Exception):
    """A part is XML that no spreadsheet holds; says why."""


@dataclass
class SheetScan:
    """What a sheet's own text tells: how far it reaches, and which cells have no value but seem empty.

    `valueless` has the errors, and empty texts for formulas that were never worked out, by row and by column, counted
    from 1; `percents`, in the same way, those cells that are shown as more than 100%; `noted` is how many there are.
    `unavailable` are the rows with #N/A; `hidden_rows` those that hold something, and `hidden_columns` all that are
    hidden.
    """

    rows: int = 0
    columns: int = 26
    valueless: dict[int, dict[int, str]] = field(default_factory=dict)
    noted: int = 0
    unavailable: set[int] = field(default_factory=set)
    percents: dict[int, dict[int, str]] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)


def percent_styles(package: zipfile.ZipFile) -> frozenset[str]:
    """Return the numbers of the styles that show a number as percent."""
    if STYLES not in package.namelist():
        return frozenset()
    codes: dict[str, str] = dict.fromkeys(PERCENT_FORMATS, "%")
    forms: list[str] = []
    inside: list[str] = []

    def start(name: str, attributes: Attributes) -> None:
        if local(name) in ("cellXfs", "cellStyleXfs", "dxfs"):
            inside[:] = [local(name)]
        elif local(name) == "numFmt":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif local(name) == "xf" and inside == ["cellXfs"]:
            forms.append(attributes.get("numFmtId", ""))

    with package.open(STYLES) as file:
        parse_part(file, start)
    percent = {id for id, code in codes.items() if "%" in QUOTED_FORMAT.sub("", code)}
    return frozenset(str(at) for at, form in enumerate(forms) if form in percent)


def parse_part(
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
    raise RefusedPart("it declares a document type")


def local(name: str) -> str:
    """Return the name of an element without its prefix."""
    return name.rpartition(":")[2]


def column_number(letters: str) -> int:
    """Return the number of a column by its letters: 1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


class SheetScanner:
    """Notes what the cells of a sheet tell while it is parsed; only where a cell may have no value is it read whole."""

    def __init__(self, file: IO[bytes], percents: frozenset[str]) -> None:
        self.found = SheetScan()
        self._percents = percents
        self._hidden = self._percent = False
        self._row = self._column = 0
        self._digits = ""
        self._columns: dict[str, int] = {}
        self._open = self._formula = False
        self._kind: str | None = None
        self._said: str | None = None
        self._parser = expat.ParserCreate()
        parse_part(file, self._start, self._parser)

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
            self._listen(self._open or self._percent)
        elif name == "row":
            self._begin_row(attributes)
        elif name == "col":
            self._hide(attributes)
        else:
            self._open = False  # behind the cells there are formulas that are no cell's

    def _begin_row(self, attributes: Attributes) -> None:
        self._open, self._column = False, 0
        self._hidden = attributes.get("hidden") in TRUE_WORDS
        self._in_row(attributes.get("r", str(self._row + 1)))

    def _hide(self, attributes: Attributes) -> None:
        """Note columns that are hidden; a sheet may say so of all behind its last."""
        first, last = attributes.get("min", ""), attributes.get("max", "")
        if attributes.get("hidden") in TRUE_WORDS and first.isdecimal() and last.isdecimal():
            stop = min(int(last), MAX_SHEET_COLUMNS)
            self.found.hidden_columns.update(range(int(first), stop + 1))

    def _in_row(self, digits: str) -> None:
        row = int(digits) if digits.isdecimal() and len(digits) < 8 else 0
        if not 0 < row <= MAX_SHEET_ROWS:
            raise RefusedPart(
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
        self._percent = attributes.get("s") in self._percents and self._kind in (None, "n")
        if self._kind == "e" or self._percent:
            self._listen(True)

    def _met(self, letters: str) -> int:
        """Return the number of a column that is met for the first time."""
        known = letters.isascii() and letters.isalpha() and len(letters) <= 3
        number = column_number(letters.upper()) if known else 0
        if not 0 < number <= MAX_SHEET_COLUMNS:
            last = f"columns are A to XFD, {MAX_SHEET_COLUMNS:,} in all"
            raise RefusedPart(f"it has a column {letters[:LONGEST_REFERENCE]!r}; {last}")
        self._columns[letters] = number
        return number

    def _value(self) -> None:
        """Begin what a cell holds: so far does the sheet reach."""
        if self._open:
            self._said = ""
            if self._hidden:
                self.found.hidden_rows.add(self._row)
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
        elif self._percent and said:
            self._note_percent(said)
        elif self._formula and not said and (self._kind != "str" or self._said is None):
            self._note("")

    def _note_percent(self, said: str) -> None:
        """Note a share above the whole as it is shown: what is read of it is the number alone."""
        try:
            share = float(said)
        except ValueError:
            return
        if 1 < share < 1e15:
            self.found.noted += 1
            if self.found.noted <= MAX_NOTED:
                row = self.found.percents.setdefault(self._row, {})
                row[self._column] = f"{share * 100:.10g}%"

    def _note(self, said: str) -> None:
        self.found.noted += 1
        if self.found.noted <= MAX_NOTED:
            self.found.valueless.setdefault(self._row, {})[self._column] = said
