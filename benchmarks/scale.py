"""Measures what an inventory costs on one core from file to file, as a run on Ray does it, for docs/scale.md.

    python benchmarks/scale.py [--rows 60000] [--chunk 20000] [--form csv]

A register is written to a file, and each step is timed by itself in processor time: reading rows, packing
them for another process, checking and deciding, writing parts. The first chunk warms up and is not counted.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import resource
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("POLARS_MAX_THREADS", "1")

from batch import Clock
from register import write_register

from tunewise.cluster import arrowchunks, stages
from tunewise.cluster.deciding import Work, decide_rows
from tunewise.cluster.inventories import Opening
from tunewise.inventories.checking import check_chunk
from tunewise.inventories.frames import write_parquet
from tunewise.inventories.mapping import AS_IT_STANDS
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.assembly import load

DAY = date(2026, 11, 22)
FILE = "rows.csv"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--chunk", type=int, default=20_000)
    parser.add_argument("--form", choices=("csv", "parquet"), default="csv")
    options = parser.parse_args()
    print(
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, one used"
    )
    with TemporaryDirectory() as place:
        measure(Path(place), load(), options.rows + options.chunk, options.chunk, options.form)
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB")


def measure(place: Path, rulebook: Rulebook, rows: int, chunk: int, form: str) -> None:
    """Time every step on a file of so many rows."""
    path = write(place / f"rows.{form}", rulebook, rows)
    opening = Opening(None, rulebook.facts, AS_IT_STANDS)
    opened, clock, warm = opening.open(str(path)), Clock(), Clock()
    work = Work(rulebook, DAY, {}, (None, None), opened.header).packed()
    types = Work(rulebook, DAY, {}, (None, None), opened.header).types
    chunks, sizes = opened.chunks(chunk), {"packed": 0, "parquet": 0, "csv": 0}
    for number in range(rows // chunk):
        now = clock if number else warm
        with now.timed("reading", chunk):
            raw = next(chunks)
        with now.timed("packing and unpacking", chunk):
            packed = arrowchunks.packed(arrowchunks.as_arrow(raw, FILE))
            table = arrowchunks.unpacked(packed)
        with now.timed("checking (part of the next)", chunk):
            check_chunk(raw, rulebook.facts)
        with now.timed("checking, deciding, costs, results", chunk):
            results = decide_rows(work, table).results
        for kind in ("parquet", "csv"):
            with now.timed(f"writing results as {kind}", chunk):
                stages.write(place / kind, results, types, kind)
            sizes[kind] += (place / kind).stat().st_size
        sizes["packed"] += len(packed)
    clock.show()
    print(f"bytes a row: {path.stat().st_size // rows} as {form} in", end="")
    print(*(f", {size // rows} {kind}" for kind, size in sizes.items()), sep="")


def write(path: Path, rulebook: Rulebook, rows: int) -> Path:
    """Write a register, as texts in either form."""
    if path.suffix == ".csv":
        write_register(path, rulebook.facts, rows, rough=True)
        return path
    with write(path.with_suffix(".csv"), rulebook, rows).open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        types = dict.fromkeys(next(lines), str)
        write_parquet(path, types, ([cell or None for cell in line] for line in lines))
    return path


if __name__ == "__main__":
    main()
