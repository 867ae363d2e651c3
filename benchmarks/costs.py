"""Measures a table's costs alone, on one core, and beside another checkout in the same run.

    python benchmarks/costs.py [--beside CHECKOUT] [--rows 20000] [--times 15]

The other checkout has a .venv of its own. Both are measured by turns, in processor time, over the same random
inventory; the plans are inferred beforehand. Printed are the medians in rows a second, and what part of the other
checkout's time this one takes.
"""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from statistics import median

DAY, SEED = date(2026, 11, 22), 7
ROOT = Path(__file__).absolute().parent.parent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--beside", type=Path, metavar="CHECKOUT")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--here", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        sys.path.insert(0, str(options.here / "benchmarks"))  # its own inventory
        serve(options.rows)
        return
    sides = {"this checkout": (ROOT, sys.executable)}
    if options.beside:
        other = options.beside.absolute()
        sides[str(options.beside)] = (other, str(other / ".venv/bin/python"))
    found = measure(sides, options.rows, options.times)
    medians = {name: median(seconds) for name, seconds in found.items()}
    for name, seconds in medians.items():
        print(f"{name:<42} {options.rows / seconds:>12,.0f} rows/s")
    if options.beside:
        ours, theirs = medians.values()
        print(f"{'part of its time':<42} {ours / theirs:>12.2f}")


def measure(sides: dict[str, tuple[Path, str]], rows: int, times: int) -> dict[str, list[float]]:
    """Return the seconds that each checkout takes, asked by turns; the first time of each is for warming up."""
    found: dict[str, list[float]] = {name: [] for name in sides}
    running = {name: started(root, python, rows) for name, (root, python) in sides.items()}
    for turn in range(times + 1):
        for name, process in running.items():
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("\n")
            process.stdin.flush()
            seconds = float(process.stdout.readline())
            if turn:
                found[name].append(seconds)
    for process in running.values():
        process.communicate()
    return found


def started(root: Path, python: str, rows: int) -> subprocess.Popen[str]:
    """Return a process that measures a checkout whenever it is sent a line."""
    command = [python, __file__, f"--rows={rows}", "--here", str(root)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def serve(rows: int) -> None:
    """Print the seconds that a table's costs take, once for each line read."""
    for seconds in timings(rows):
        print(seconds, flush=True)


def timings(rows: int) -> Iterator[float]:
    """Yield the processor time of the costs of one table."""
    from inventory import inventory

    from tunewise.loading.assembly import load

    try:
        from tunewise.costs.table_costs import ColumnCosts
        from tunewise.evaluation.table import TableEvaluator
    except ImportError:  # a checkout from before a case and a table were reckoned alike
        from tunewise.costs.columns.model import ColumnCosts
        from tunewise.tables.evaluation import TableEvaluator

    rulebook = load()
    table = inventory(rulebook.facts, rows, SEED)
    evaluator, costs = TableEvaluator(rulebook, DAY), ColumnCosts(rulebook, DAY, {})
    plans = evaluator.evaluate(table).plans
    evaluator.close()
    for _ in sys.stdin:
        gc.collect()
        began = time.process_time()
        costs.estimate(table, plans)
        yield time.process_time() - began


if __name__ == "__main__":
    main()
