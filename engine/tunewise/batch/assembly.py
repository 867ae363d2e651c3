"""Puts the parts together into the files that a run leaves, never holding more than a block of rows."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tunewise.batch.parts import Part
from tunewise.batch.results import Cell, Row
from tunewise.inventories.csv_injection import neutral
from tunewise.inventories.rejects import COLUMNS, Reject, Tally
from tunewise.knowledge.rulebook import Rulebook
from tunewise.log.chain import sealed
from tunewise.portfolio.tally import Entry, Portfolio
from tunewise.portfolio.tally import Tally as PortfolioTally

Types = Mapping[str, type]
"""The columns of a table in order, and what their cells are: str, int or float."""

QUOTED = "\r\n"
"""What no cell holds unquoted: Python before 3.13 quotes but the characters that end its own lines."""

REJECT_TYPES: Types = {name: int if name == "row" else str for name in COLUMNS}


def lines(parts: Iterable[Part], kind: str) -> Iterator[bytes]:
    """Yield the lines of one kind in the order of the rows."""
    for part in parts:
        yield from part.lines(kind)


def results(parts: Sequence[Part]) -> Iterator[Row]:
    """Yield the rows of the results in the order of the inventory."""
    return map(msgspec.json.Decoder(list[Cell]).decode, lines(parts, "results"))


def rejects(parts: Sequence[Part]) -> Iterator[Reject]:
    """Yield the rejects in the order of the inventory."""
    return map(msgspec.json.Decoder(Reject).decode, lines(parts, "rejects"))


def portfolio(parts: Sequence[Part], rulebook: Rulebook) -> Portfolio:
    """Return what the accepted rows come to."""
    tally = PortfolioTally(rulebook)
    for entry in map(msgspec.json.Decoder(Entry).decode, lines(parts, "entries")):
        tally.add(entry)
    return tally.portfolio()


def write_decisions(path: Path, contents: Iterable[bytes]) -> None:
    """Write records in a chain, without a time: the run's summary says when it was."""
    previous: str | None = None
    with path.open("wb") as file:
        for content in contents:
            line, previous = sealed(content, None, previous)
            file.write(line)


def write_rejects(path: Path, found: Iterable[Reject]) -> Tally:
    """Write rejects as comma-separated values, and return their counts by reason."""
    tally = Tally()

    def counted() -> Iterator[Row]:
        for reject in found:
            tally.add([reject])
            yield reject.row, reject.column, reject.value, reject.reason, reject.allowed

    write_csv(path, REJECT_TYPES, counted())
    return tally


def write_csv(path: Path, types: Types, rows: Iterable[Row]) -> None:
    """Write comma-separated values in UTF-8, none of which a spreadsheet runs as a formula."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(_Lines(file.write), lineterminator=QUOTED)
        writer.writerow(map(neutral, types))
        writer.writerows([neutral(c) if isinstance(c, str) else c for c in row] for row in rows)


@dataclass(frozen=True, slots=True)
class _Lines:
    """Takes lines as the writer of comma-separated values ends them, and hands them on with plain ends."""

    put: Callable[[str], object]

    def write(self, line: str) -> None:
        self.put(line.removesuffix(QUOTED) + "\n")


def write_jsonl(path: Path, types: Types, rows: Iterable[Row]) -> None:
    """Write an object a line."""
    encode = msgspec.json.Encoder().encode
    with path.open("wb") as file:
        file.writelines(encode(dict(zip(types, row, strict=True))) + b"\n" for row in rows)
