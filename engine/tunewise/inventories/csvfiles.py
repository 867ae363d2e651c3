"""Reads csv and tsv as people and programs write them; a broken row costs no other."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tunewise.inventories.headerrows import LOOKED_AT, FoundHeader, find_header, misplaced
from tunewise.inventories.mapping import NOTHING_SAID, MappingText
from tunewise.inventories.raw import MAX_CELL, Block
from tunewise.inventories.rejects import Reject, shortened_cell
from tunewise.inventories.textfiles import TextFile

DELIMITERS = (",", ";", "\t", "|")
HINT = "sep="
"""How a spreadsheet is told the delimiter, in a line of its own before the header."""
NO_HEADER = "is empty; an inventory begins with a line of column names"
NULS = "holds NUL characters; is it text? save it as UTF-8"
NO_DIALECT = (0, 0, "", ())
QUOTES = "has a quote that is not closed, or text behind a closed one"
OVERLONG = f"has a cell longer than {MAX_CELL:,} characters, or a quote that is not closed"
FOLLOWS = (
    "follows a broken row and has not as many cells as the header: it may be a part of that row"
)


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that is no row: it is passed over alone, and reading goes on with the next."""

    line: str
    reason: str


CsvRecord = list[str] | Broken


class CsvFile:
    """A csv file; `knows` says whether a header is a known column, by which the delimiter is told."""

    def __init__(
        self,
        path: Path,
        place: str,
        knows: Callable[[str], bool],
        first: str = ",",
        said: MappingText = NOTHING_SAID,
    ) -> None:
        self.file = TextFile(path, place, guess=True, encoding=said.encoding)
        self.remarks = tuple(filter(None, (self.file.remark,)))
        self.row = said.header_row
        self.hinted = ""
        with self.file.opened() as lines:
            self.hinted = _hinted(next(lines, ""))
        with self._lines() as lines:
            start = next((line for line in lines if line.strip()), "")
        if not start or "\0" in start:
            raise self.file.refusal(NULS if start else NO_HEADER)
        self.delimiter, self.header = self._sniffed(knows, first)
        self.found = self._found(knows)
        self.hint = misplaced(self.top, self.header, self.found, knows) if self.row is None else ""

    def _found(self, knows: Callable[[str], bool]) -> FoundHeader | None:
        """Return the row that seems to hold the names, by the delimiter under which it has most."""
        every = (self.delimiter, *(d for d in DELIMITERS if not self.hinted))
        found = [find_header(self._first_rows(one), knows) for one in dict.fromkeys(every)]
        return max(filter(None, found), key=lambda one: (len(one.known), one.names), default=None)

    def _first_rows(self, delimiter: str) -> list[tuple[int, list[str]]]:
        with self._lines() as lines:
            records = islice(_without_blank(_records(lines, delimiter)), LOOKED_AT)
            return [(n + 1, record) for n, record in records if not isinstance(record, Broken)]

    @contextmanager
    def _lines(self) -> Iterator[Iterator[str]]:
        """Open the file behind a line that only names the delimiter."""
        with self.file.opened() as lines:
            yield islice(lines, 1 if self.hinted else 0, None)

    @property
    def top(self) -> int:
        """The number of the row with the names of the columns, counted from 1."""
        with self._lines() as lines:
            return self._named(_without_blank(_records(lines, self.delimiter)))[0] + 1

    def _sniffed(self, knows: Callable[[str], bool], first: str) -> tuple[str, tuple[str, ...]]:
        """Return the delimiter under which most columns are known, or else most appear, and the header."""
        candidates = self.hinted or sorted(DELIMITERS, key=lambda delimiter: delimiter != first)
        found: list[tuple[int, int, str, tuple[str, ...]]] = []
        broken = False
        for delimiter in candidates:
            with self._lines() as lines:
                header = self._named(_without_blank(_records(lines, delimiter)))[1]
            if isinstance(header, Broken):
                broken = True
            else:
                found.append((sum(map(knows, header)), len(header), delimiter, tuple(header)))
        known, _, delimiter, names = max(found, key=lambda tried: tried[:2], default=NO_DIALECT)
        if broken and (not found or (len(names) == 1 and not known)):
            raise self.file.refusal(f"the line of column names {QUOTES}")
        return delimiter, names

    def _named(self, records: Iterator[tuple[int, CsvRecord]]) -> tuple[int, CsvRecord]:
        """Return the record with the names of the columns: the first, or the one whose number was said."""
        for number, record in records:
            if self.row is None or number + 1 == self.row:
                return number, record
        raise self.file.refusal(f"--header-row: row {self.row} is empty, or there is none")

    def blocks(self, size: int) -> Iterator[Block]:
        """Yield the rows, at most `size` at a time."""
        with self._lines() as lines:
            records = _without_blank(_records(lines, self.delimiter))
            start, _ = self._named(records)
            unsure = False
            while some := list(islice(records, size)):
                block = _Block(len(self.header), unsure)
                for number, record in some:
                    block.add(number - start, record)
                unsure = block.unsure
                yield block.built()


def _hinted(line: str) -> str:
    """Return the delimiter that a line names, an empty text where it is any other line."""
    line = line.strip("\r\n").strip('"')
    return line[-1] if line.startswith(HINT) and len(line) == len(HINT) + 1 else ""


def _records(lines: Iterable[str], delimiter: str) -> Iterator[CsvRecord]:
    """Yield the records; where one is broken, only its first line is lost, however far it seemed to go."""
    waiting: deque[str] = deque(maxlen=None)
    taken: list[str] = []
    source = iter(lines)

    def fed() -> Iterator[str]:
        while (line := waiting.popleft() if waiting else next(source, None)) is not None:
            taken.append(line)
            yield line

    while True:
        try:
            for cells in csv.reader(fed(), delimiter=delimiter, strict=True):
                taken.clear()
                yield cells
            return
        except csv.Error as error:
            yield Broken(taken[0], OVERLONG if "limit" in str(error) else QUOTES)
            waiting.extendleft(reversed(taken[1:]))
            taken.clear()


def _without_blank(records: Iterable[CsvRecord]) -> Iterator[tuple[int, CsvRecord]]:
    """Yield the records that hold anything, with their numbers among all."""
    for number, record in enumerate(records):
        if isinstance(record, Broken) or any(map(str.strip, record)):
            yield number, record


class _Block:
    """Puts rows of any width into the columns of the header."""

    def __init__(self, width: int, unsure: bool) -> None:
        self.width = width
        self.unsure = unsure
        self.numbers: list[int] = []
        self.rows: list[list[str]] = []
        self.flaws: list[Reject] = []

    def add(self, number: int, record: CsvRecord) -> None:
        """Take a row in; one that is broken or too wide leaves an empty one and a reason."""
        if isinstance(record, Broken):
            self.unsure = True
            record = self.flaw(number, record.line.strip("\r\n"), record.reason)
        elif len(record) != self.width:
            record = self.fitted(number, record)
        else:
            self.unsure = False
        self.numbers.append(number)
        self.rows.append(record)

    def fitted(self, number: int, record: list[str]) -> list[str]:
        """Return a row in the width of the header; cells that are missing are empty."""
        count = len(record)
        while len(record) > self.width and not record[-1].strip():
            record.pop()
        if self.unsure:
            return self.flaw(number, record[0], FOLLOWS)
        if len(record) > self.width:
            reason = (
                f"has {count} cells, the header {self.width}; quote cells with a delimiter in them"
            )
            return self.flaw(number, record[self.width], reason, f"at most {self.width} cells")
        return record + [""] * (self.width - len(record))

    def flaw(self, number: int, value: str, reason: str, allowed: str = "") -> list[str]:
        """Keep what is wrong with a row and return an empty one."""
        self.flaws.append(Reject(number, "", shortened_cell(value), reason, allowed))
        return [""] * self.width

    def built(self) -> Block:
        """Return the rows in columns."""
        return Block(self.numbers, tuple(zip(*self.rows, strict=True)), tuple(self.flaws))
