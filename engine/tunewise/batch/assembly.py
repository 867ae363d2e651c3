"""Puts the parts together into the files that a run leaves, never holding more than a block of rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from tunewise.batch.looking import RowBrief
from tunewise.batch.parts import Part
from tunewise.batch.results import ResultCell, ResultRow
from tunewise.exports.cost_lines import CostCell, CostRow
from tunewise.inventories.csv_writing import write_csv
from tunewise.inventories.raw import ColumnTypes
from tunewise.inventories.rejects import COLUMNS, Reject, RejectTally
from tunewise.knowledge.rulebook import Rulebook
from tunewise.log.chain import sealed
from tunewise.portfolio.tally import Portfolio, PortfolioEntry, PortfolioTally

REJECT_TYPES: ColumnTypes = {name: int if name == "row" else str for name in COLUMNS}


def lines(parts: Iterable[Part], kind: str) -> Iterator[bytes]:
    """Yield the lines of one kind in the order of the rows."""
    for part in parts:
        yield from part.lines(kind)


def result_rows(parts: Sequence[Part]) -> Iterator[ResultRow]:
    """Yield the rows of the results in the order of the inventory."""
    return map(msgspec.json.Decoder(list[ResultCell]).decode, lines(parts, "results"))


def cost_rows(parts: Sequence[Part]) -> Iterator[CostRow]:
    """Yield the cost lines in the order of the inventory, each as long as its case runs."""
    return map(msgspec.json.Decoder(list[CostCell]).decode, lines(parts, "costs"))


def rejects(parts: Sequence[Part]) -> Iterator[Reject]:
    """Yield the rejects in the order of the inventory."""
    return map(msgspec.json.Decoder(Reject).decode, lines(parts, "rejects"))


def row_briefs(parts: Sequence[Part]) -> Iterator[RowBrief]:
    """Yield the briefs in the order of the inventory."""
    return map(msgspec.json.Decoder(RowBrief).decode, lines(parts, "briefs"))


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


def write_jsonl(path: Path, types: ColumnTypes, rows: Iterable[ResultRow]) -> None:
    """Write an object a line."""
    encode = msgspec.json.Encoder().encode
    with path.open("wb") as file:
        file.writelines(encode(dict(zip(types, row, strict=True))) + b"\n" for row in rows)
