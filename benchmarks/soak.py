"""Evaluates a long generated register, and tells the time, the peak memory and the sizes of what comes out.

    python benchmarks/soak.py [--rows 1000000] [--table] [--folder DIR] [--workers N]

A tenth and three tenths of the rows come first, so that growth shows. The register is written chunk by chunk, one row
in a hundred with a mistake, and every run's files are removed before the next begins. `--table` gives the rows to
`tunewise.evaluate_table`, 20,000 at a time, in one process, and writes the frames that come back.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

SHARES = (0.1, 0.3, 1)
"""The lengths of the runs, as shares of the rows asked for."""
CHUNK = 20_000
"""Rows that `evaluate_table` gets at a time."""
EVERY = 0.2
"""Seconds between two looks at the memory."""
DAY = "2026-11-22"
MB, GB = 10**6, 10**9
ROOM = 24_000
"""Bytes of disk a row: a record has some 17,000, and a sixth of that in its part until the files are put together."""
PROC = Path("/proc")
REJECTED = 1
NAMED = 40
"""Characters; longer than that is the name of the rulebook's copy, its digest."""


def main() -> None:
    """Run and print; as a worker, evaluate a file as tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument(
        "--table", action="store_true", help="evaluate_table instead of the command"
    )
    parser.add_argument("--folder", help="where the files are written, and removed again")
    parser.add_argument("--workers", help="passed on to tunewise batch")
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        as_tables(*map(Path, options.worker))
        return
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the files are removed
    what = "tunewise.evaluate_table" if options.table else "tunewise batch"
    print(f"{what}; Python {platform.python_version()}, {os.cpu_count()} cores")
    if not options.table:
        check_room(options.rows, options.folder or tempfile.gettempdir())
    first = None
    for share in SHARES:
        with tempfile.TemporaryDirectory(prefix="tunewise-soak-", dir=options.folder) as folder:
            rows = max(int(options.rows * share), 1)
            done = soaked(Path(folder), rows, options.table, options.workers)
        first = first or done
        print_run(done, first)


def check_room(rows: int, folder: str) -> None:
    """Stop where the disk is too small for the files of the longest run."""
    free, needed = shutil.disk_usage(folder).free, rows * ROOM
    if free < needed:
        sys.exit(f"{folder} has {free / GB:,.1f} GB free, and {needed / GB:,.1f} GB are needed")


@dataclass(frozen=True, slots=True)
class Done:
    """A finished run: its length, seconds, memory and the bytes of its files."""

    rows: int
    written_in: float
    seconds: float
    memory: Memory
    said: str
    sizes: dict[str, int]


@dataclass(slots=True)
class Memory:
    """The most that was resident at one time, in bytes: of the process started, of all its children, of both."""

    parent: int = 0
    workers: int = 0
    both: int = 0
    most_workers: int = 0

    def look(self, process: int) -> None:
        """Take note of what a process and its descendants hold now."""
        held = resident(process)
        children = [resident(child) for child in descendants(process)]
        self.parent = max(self.parent, held)
        self.workers = max(self.workers, sum(children))
        self.both = max(self.both, held + sum(children))
        self.most_workers = max(self.most_workers, len(children))


def resident(process: int) -> int:
    """Return the bytes of a process that are in memory, 0 once it has ended."""
    try:
        pages = (PROC / str(process) / "statm").read_text().split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def descendants(process: int) -> Iterator[int]:
    """Yield the processes that a process started, and those that they did."""
    try:
        tasks = list((PROC / str(process) / "task").iterdir())
        children = " ".join((task / "children").read_text() for task in tasks)
    except OSError:
        return
    for child in map(int, children.split()):
        yield child
        yield from descendants(child)


def soaked(folder: Path, rows: int, table: bool, workers: str | None) -> Done:
    """Write a register of so many rows, evaluate it in a process of its own, and measure that."""
    from register import write_register

    from tunewise.loading.assembly import load

    register, output = folder / "register.csv", folder / "out"
    began = time.perf_counter()
    write_register(register, load().facts, rows, rough=True)
    written_in = time.perf_counter() - began
    python = [sys.executable]
    command = [*python, __file__, "--worker", str(register), str(output)]
    if not table:
        command = [*python, "-m", "tunewise", "batch", str(register), "-o", str(output)]
        command += ["--as-of", DAY, *(["--workers", workers] if workers else [])]
    began = time.perf_counter()
    said, memory = watched(command, folder / "said")
    seconds = time.perf_counter() - began
    files = [register, *sorted(path for path in output.rglob("*") if path.is_file())]
    sizes = {path.name: path.stat().st_size for path in files if len(path.name) < NAMED}
    return Done(rows, written_in, seconds, memory, said, sizes)


def watched(command: list[str], log: Path) -> tuple[str, Memory]:
    """Run a command; return the line in which it sums up, and the memory that it took."""
    memory = Memory()
    with log.open("w+") as file:
        with subprocess.Popen(command, stdout=file, stderr=file) as process:
            try:
                while process.poll() is None:
                    memory.look(process.pid)
                    time.sleep(EVERY)
            finally:
                process.terminate()
        file.seek(0)
        said = file.read()
    if process.returncode not in (0, REJECTED):
        sys.exit(f"{' '.join(command)} ended with status {process.returncode}:\n{said[-2000:]}")
    summary = [line for line in said.splitlines() if "rows read" in line]
    return (summary[-1] if summary else said[-200:]), memory


def as_tables(register: Path, output: Path) -> None:
    """Evaluate a file as tables, so many rows at a time, and write what comes back."""
    import polars as pl

    import tunewise

    output.mkdir()
    read = rejected = 0
    with register.open("rb") as source, (output / "results.csv").open("wb") as target:
        header = source.readline()
        while lines := list(islice(source, CHUNK)):
            table = pl.read_csv(io.BytesIO(b"".join([header, *lines])), infer_schema=False)
            found = tunewise.evaluate_table(table, as_of=DAY)
            found.write_csv(target, include_header=read == 0)
            read += found.height
            rejected += found.height - found["rejected"].null_count()
    print(f"{read:,} rows read: {read - rejected:,} accepted, {rejected:,} rejected")


def print_run(done: Done, first: Done) -> None:
    """Print what a run took, beside the first one."""
    growth = (done.seconds / first.seconds) / (done.rows / first.rows)
    print(f"\n{done.said}")
    print(f"  {done.seconds:,.1f} s, {done.rows / done.seconds:,.0f} rows/s, start included")
    print(f"  {growth:.2f} times as long a row as with {first.rows:,} rows")
    memory = done.memory
    if PROC.exists():
        workers = f"{memory.most_workers} processes under it {memory.workers / MB:,.0f} MB"
        print(
            f"  peak memory {memory.both / MB:,.0f} MB; {memory.parent / MB:,.0f} MB, and {workers}"
        )
    large = {name: size for name, size in done.sizes.items() if size >= MB / 10}
    print("  MB: " + ", ".join(f"{name} {size / MB:,.1f}" for name, size in large.items()))
    print(f"  the register was written in {done.written_in:,.1f} s")


if __name__ == "__main__":
    main()
