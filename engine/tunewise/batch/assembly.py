"""Puts the parts together into the files that a run leaves, never holding more than a block of rows."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tunewise.batch.parts import Part
from tunewise.batch.results import ResultCell, ResultRow
from tunewise.inventories.csv_injection import escape_formula
from tunewise.inventories.raw import ColumnTypes
from tunewise.inventories.rejects import COLUMNS, Reject, RejectTally
from tunewise.knowledge.rulebook import Rulebook
from tunewise.log.chain import sealed
from tunewise.portfolio.tally import Portfolio, PortfolioEntry, PortfolioTally

QUOTED = "\r\n"
"""What no cell holds unquoted: Python before 3.13 quotes but the characters that end its own lines."""

REJECT_TYPES: ColumnTypes = {name: int if name == "row" else str for name in COLUMNS}


def lines(parts: Iterable[Part], kind: str) -> Iterator[bytes]:
    """Yield the lines of one kind in the order of the rows."""
    for part in parts:
        yield from part.lines(kind)


def result_rows(parts: Sequence[Part]) -> Iterator[ResultRow]:
    """Yield the rows of the results in the order of the inventory."""
    return map(msgspec.json.Decoder(list[ResultCell]).decode, lines(parts, "results"))


def rejects(parts: Sequence[Part]) -> Iterator[Reject]:
    """Yield the rejects in the order of the inventory."""
    return map(msgspec.json.Decoder(Reject).decode, lines(parts, "rejects"))


def assemble_portfolio(parts: Sequence[Part], rulebook: Rulebook) -> Portfolio:
    """Return what the accepted rows come to."""
    tally = PortfolioTally(rulebook)
    for entry in map(msgspec.json.Decoder(PortfolioEntry).decode, lines(parts, "entries")):
        tally.add(entry)
    return tally.portfolio()


def write_decisions(path: Path, contents: Iterable[bytes]) -> None:
    """Write records in a chain, without a time: the run's summary says when it was."""
    previous: str | None = None
    with path.open("wb") as file:
        for content in contents:
            line, previous = sealed(content, None, previous)
            file.write(line)


def write_rejects(path: Path, found: Iterable[Reject]) -> RejectTally:
    """Write rejects as comma-separated values, and return their counts by reason."""
    tally = RejectTally()

    def counted() -> Iterator[ResultRow]:
        for reject in found:
            tally.add([reject])
            yield reject.row, reject.column, reject.value, reject.reason, reject.allowed

    write_csv(path, REJECT_TYPES, counted())
    return tally


def write_csv(path: Path, types: ColumnTypes, rows: Iterable[ResultRow]) -> None:
    """Write comma-separated values in UTF-8, none of which a spreadsheet runs as a formula."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(_Lines(file.write), lineterminator=QUOTED)
        writer.writerow(map(escape_formula, types))
        writer.writerows(
            [escape_formula(c) if isinstance(c, str) else c for c in row] for row in rows
        )


@dataclass(frozen=True, slots=True)
class _Lines:
    """Takes lines as the writer of comma-separated values ends them, and hands them on with plain ends."""

    put: Callable[[str], object]

    def write(self, line: str) -> None:
        self.put(line.removesuffix(QUOTED) + "\n")


def write_jsonl(path: Path, types: ColumnTypes, rows: Iterable[ResultRow]) -> None:
    """Write an object a line."""
    encode = msgspec.json.Encoder().encode
    with path.open("wb") as file:
        file.writelines(encode(dict(zip(types, row, strict=True))) + b"\n" for row in rows)
