"""Times the look through a sheet before it is read: by expat, by the standard library's trees, and with the opening."""

from __future__ import annotations

import argparse
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree.ElementTree import iterparse

import xlsxwriter

from tunewise.inventories import packages
from tunewise.inventories.mapping import AS_IT_STANDS
from tunewise.inventories.workbooks import Workbook

COLUMNS = 28


def main() -> None:
    """Print the seconds of each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    rows = parser.parse_args().rows
    with TemporaryDirectory() as folder:
        path = _written(Path(folder) / "cases.xlsx", rows)
        print(f"{rows:,} rows of {COLUMNS} cells")
        _timed("looked through by expat", lambda: packages.opened(path, "x").scan(0))
        _timed("walked over by iterparse", lambda: _walked(path))
        _timed(
            "looked through and opened",
            lambda: Workbook(path, "x", "xlsx", AS_IT_STANDS.text, lambda name: False),
        )


def _written(path: Path, rows: int) -> Path:
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, [f"c{column}" for column in range(COLUMNS)])
        for row in range(1, rows + 1):
            page.write_row(row, 0, [f"case {row}", *range(row, row + COLUMNS - 1)])
    return path


def _walked(path: Path) -> None:
    """Do nothing with each element but to free it."""
    with zipfile.ZipFile(path) as package, package.open("xl/worksheets/sheet1.xml") as file:
        for _, element in iterparse(file):
            element.clear()


def _timed(what: str, work: Callable[[], object]) -> None:
    began = time.process_time()
    work()
    print(f"  {what:28}{time.process_time() - began:6.2f} s")


if __name__ == "__main__":
    main()
