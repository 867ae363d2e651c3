"""Writes cost lines to a file that a spreadsheet opens: comma-separated values, or a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from tunewise.errors import Problem, UserError, shown
from tunewise.exports.cost_lines import CostedCase, CostLines, CostRow
from tunewise.inventories.csv_writing import write_csv
from tunewise.knowledge.rulebook import Rulebook

COST_SHEET = "Cost lines"
ENDINGS = (".csv", ".xlsx")


def check_ending(path: str, option: str) -> None:
    """Raise UserError where a file's ending names no form of cost lines."""
    if PurePath(path).suffix.lower() not in ENDINGS:
        ending = shown(PurePath(path).suffix)
        message = f"cost lines go into {' or '.join(ENDINGS)} files, found {ending}"
        raise UserError(Problem(path, None, option, message))


def write_cost_rows(path: Path, lines: CostLines, rows: Iterable[CostRow]) -> None:
    """Write rows in the form that the file's ending names; raise OSError where it cannot be written."""
    if path.suffix.lower() == ".csv":
        write_csv(path, lines.types, rows)
    else:
        from tunewise.inventories.sheets import write_xlsx

        write_xlsx(path, lines.types, rows, COST_SHEET, lines.formats)


def cost_file(path: str, rulebook: Rulebook, cases: Sequence[CostedCase]) -> bytes:
    """Return the file of the cost lines of some cases, in the form that its ending names."""
    lines = CostLines(rulebook, max(case.months for case in cases))
    with TemporaryDirectory(prefix="tunewise-") as place:
        target = Path(place) / f"costs{PurePath(path).suffix.lower()}"
        write_cost_rows(target, lines, (row for case in cases for row in lines.rows(case)))
        return target.read_bytes()
