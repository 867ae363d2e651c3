"""Writes rows as comma-separated values."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tunewise.inventories.csv_injection import escape_formula
from tunewise.inventories.raw import ColumnTypes

QUOTED = "\r\n"
"""What no cell holds unquoted: Python before 3.13 quotes but the characters that end its own lines."""


def write_csv(path: Path, types: ColumnTypes, rows: Iterable[Sequence[object]]) -> None:
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
