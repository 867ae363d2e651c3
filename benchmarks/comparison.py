"""Compares rows a second from an inventory to a file of decisions: us, three rule engines, and plain polars.

    python benchmarks/comparison.py [--rounds 3] [--scale 1.0] [--no-batch]

Every way runs in a process of its own, on one core, and the rounds take turns. `--scale 0.1` gives each way a tenth
of its rows, for a quick look.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from run import release

OURS = "tunewise"
ROW_ENGINES = ("zen-engine", "clipspy", "rule-engine")
CEILING = "polars, firings of one pass"
UNLIKE = ("tunewise, with costs and reasons", CEILING)
"""Ways whose results cannot be held against ours: with costs more rules fire, and polars decides nothing."""
BATCH_ROWS = 20_000
STAGES = ("read", "decide", "write")
Run = dict[str, Any]


def main() -> None:
    """Measure and print; as a worker, run one way once."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--no-batch", action="store_true", help="leave out `tunewise batch`")
    parser.add_argument("--worker", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        way, rows, inventory, results = options.worker
        print(json.dumps(worked(way, int(rows), Path(inventory), Path(results))))
        return
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory(prefix="tunewise-bench-") as folder:
        compare(Path(folder), options.rounds, options.scale, not options.no_batch)


def compare(folder: Path, rounds: int, scale: float, batch: bool) -> None:
    """Write an inventory, run every way that is installed on it, and print what came out."""
    counts = sized(scale)
    inventory = folder / "inventory.csv"
    rulebook = written(inventory, max(counts.values()))
    about(rulebook)
    runs: dict[str, list[Run]] = {way: [] for way in counts}
    for _ in range(rounds):
        for way, rows in counts.items():
            runs[way].append(asked(way, rows, inventory, folder / f"{way}.csv"))
    middle = {way: median(found) for way, found in runs.items()}
    print(f"\nRows a second from csv to csv, one core, median of {rounds} processes in turns")
    print_table(counts, middle)
    print_ratios(counts, middle)
    print_differences(folder, counts, list(rulebook.decisions))
    wrong = middle[CEILING]["wrong"]
    print(f"  {CEILING:32}{wrong:8,} of {len(rulebook.rules)} rules fire more or less often")
    if batch:
        print_batch(folder, max(int(BATCH_ROWS * scale), 250), rounds)


def sized(scale: float) -> dict[str, int]:
    """Return how many rows each way that is installed gets: so many that its chunks are alike."""
    from ways import CHUNK, WAYS

    from tunewise.inventories.reading import ENCODED_ROWS

    found = {}
    for way, (_, rows) in WAYS.items():
        if way in ROW_ENGINES and release(way).startswith("not"):
            continue
        step = CHUNK if rows * scale >= CHUNK else ENCODED_ROWS
        found[way] = max(int(rows * scale) // step, 1) * step
    return found


def written(inventory: Path, rows: int) -> Any:
    """Write the inventory, and return the rulebook."""
    from register import write_register

    from tunewise.loading.assembly import load

    rulebook = load()
    write_register(inventory, rulebook.facts, rows)
    return rulebook


def about(rulebook: Any) -> None:
    """Print what runs, and on what."""
    computed = {fact.id for fact in rulebook.facts.values() if fact.origin == "computed"}
    costly = sum(bool(computed & set(rule.reads)) for rule in rulebook.rules.values())
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    packages = ("durable_rules", "numpy", "polars")
    print(", ".join(f"{package} {version(package)}" for package in packages))
    print(", ".join(f"{package} {release(package)}" for package in ROW_ENGINES))
    print(f"{len(rulebook.rules)} rules, {len(rulebook.decisions)} decisions; costs are unknown,")
    print(f"so that the {costly} rules which compare them fire nowhere, whoever runs them")


def asked(way: str, rows: int, inventory: Path, results: Path) -> Run:
    """Run one way in a process of its own and return what it measured."""
    arguments = [way, str(rows), str(inventory), str(results)]
    command = [sys.executable, __file__, "--worker", *arguments]
    alone = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, check=False, text=True, env=os.environ | alone
    )
    if done.returncode != 0:
        sys.exit(f"{way} ended with status {done.returncode}:\n{done.stderr}")
    # CLIPS has its own last words when the process ends.
    said = next(line for line in done.stdout.splitlines() if line.startswith("{"))
    found: Run = json.loads(said)
    return found


def worked(way: str, rows: int, inventory: Path, results: Path) -> Run:
    """Run one way and return its seconds by stage, those before it could begin, and its memory in MB."""
    began = time.perf_counter()
    from ways import WAYS, Stages

    from tunewise.loading.assembly import load

    made, stages = WAYS[way][0](load()), Stages()
    start = time.perf_counter() - began
    made.run(inventory, rows, results, stages)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = rows / sum(stages.seconds.values())
    wrong = getattr(made, "wrong", 0)
    return {"rate": rate, "start": start, "peak": peak, "wrong": wrong, **stages.seconds}


def median(runs: Sequence[Run]) -> Run:
    """Return the run in the middle, by rows a second."""
    return sorted(runs, key=lambda run: run["rate"])[len(runs) // 2]


def print_table(counts: Mapping[str, int], middle: Mapping[str, Run]) -> None:
    """Print what each way took: its stages in microseconds a row."""
    heads = "".join(f"{stage:>8}" for stage in (*STAGES, "start"))
    print(f"{'':34}{'rows':>8}{'rows/s':>10}{heads}{'memory':>9}")
    for way, run in middle.items():
        rows = counts[way]
        stages = "".join(f"{run[stage] / rows * 1e6:8,.1f}" for stage in STAGES)
        times = f"{run['rate']:10,.0f}{stages}{run['start']:7.1f}s{run['peak']:6,.0f} MB"
        print(f"  {way:32}{rows:8,}{times}")


def print_ratios(counts: Mapping[str, int], middle: Mapping[str, Run]) -> None:
    """Print how many times as fast as the others we are, in all and without reading and writing."""
    ours = middle[OURS]
    print("\nread, decide and write are microseconds a row. tunewise is")
    for way, run in middle.items():
        if way != OURS:
            whole = ours["rate"] / run["rate"]
            deciding = (run["decide"] / counts[way]) / (ours["decide"] / counts[OURS])
            print(f"  {whole:6.2f} times as fast as {way}; deciding alone {deciding:,.2f} times")


def print_differences(folder: Path, counts: Mapping[str, int], names: Sequence[str]) -> None:
    """Print how many rows each way decides otherwise than we do."""
    from ways import decisions

    print("\nRows with another decision than tunewise's")
    for way, rows in counts.items():
        if way != OURS and way not in UNLIKE:
            ours = decisions(folder / f"{OURS}.csv", names)
            found = list(decisions(folder / f"{way}.csv", names))
            assert len(found) == rows
            differing = sum(a != b for a, b in zip(found, ours, strict=False))
            print(f"  {way:32}{differing:8,} of {rows:,}")


def print_batch(folder: Path, rows: int, rounds: int) -> None:
    """Print what the whole command takes: all cores, records, portfolio, every file flushed to disk."""
    inventory = folder / "batch.csv"
    written(inventory, rows)
    seconds = []
    for i in range(rounds):
        output = ["-o", str(folder / f"batch{i}"), "--as-of", "2026-11-22", "--quiet"]
        command = [sys.executable, "-m", "tunewise", "batch", str(inventory), *output]
        began = time.perf_counter()
        status = subprocess.run(command).returncode
        assert status in (0, 1)  # a row that costs beyond all measure is rejected
        seconds.append(time.perf_counter() - began)
    taken = statistics.median(seconds)
    print(
        "\nThe whole command, with a record a row, rejects and portfolio, all cores, start included"
    )
    print(f"  {'tunewise batch':32}{rows:8,}{rows / taken:10,.0f} rows/s, {taken:.1f} s")


if __name__ == "__main__":
    main()
