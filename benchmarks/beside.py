"""Times whole runs of `tunewise batch` and tables without records, by turns here and in another checkout.

    python benchmarks/beside.py OTHER_CHECKOUT [--rows 20000] [--rounds 2]

The other checkout has a .venv of its own. A run's time is that of all its processes together, start included, in
core-seconds; the machine's load is printed, since a busy one slows both sides. Then the files of the last two runs are
compared: all but run.json, which tells the time, should be the same bytes where the rulebook is the same.
"""

from __future__ import annotations

import argparse
import filecmp
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from register import write_register

from tunewise.loading.assembly import load

ROOT = Path(__file__).absolute().parent.parent
TABLE = """
import sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from ways import Stages, TablesWithCosts
from tunewise.loading.assembly import load
way, rows, stages = TablesWithCosts(load()), int(sys.argv[3]), Stages()
way.run(Path(sys.argv[2]), rows, Path(sys.argv[4]), Stages())
way.run(Path(sys.argv[2]), rows, Path(sys.argv[4]), stages)
print(sum(stages.seconds.values()))
"""
"""Takes a register from csv to csv with costs and reasons, twice: the engine's answers are known the second time."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other", type=Path, help="the other checkout")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    sides = {"here": (ROOT, Path(sys.executable))}
    sides["there"] = (options.other.absolute(), options.other.absolute() / ".venv/bin/python")
    with tempfile.TemporaryDirectory(prefix="tunewise-bench-") as place:
        rough, clean = Path(place, "rough.csv"), Path(place, "clean.csv")
        write_register(rough, load().facts, options.rows, rough=True)
        write_register(clean, load().facts, options.rows)
        for number in range(options.rounds):
            for side, (root, python) in sides.items():
                batch = core_seconds(root, python, rough, Path(place, f"{side}{number}"))
                table = table_seconds(root, python, clean, options.rows)
                print(f"{side:6} batch {options.rows / batch:6,.0f} rows a core-second", end=", ")
                print(f"table {options.rows / table:7,.0f}; load {os.getloadavg()[0]:.1f}")
        last = options.rounds - 1
        tell_differences(Path(place, f"here{last}"), Path(place, f"there{last}"))


def surroundings(root: Path) -> dict[str, str]:
    """Return the environment in which a checkout runs on one thread a process."""
    return {**os.environ, "PYTHONPATH": str(root / "engine"), "POLARS_MAX_THREADS": "1"}


def core_seconds(root: Path, python: Path, inventory: Path, out: Path) -> float:
    """Return what a batch takes, all its processes together."""
    options = ["-o", out, "--as-of", "2026-11-22", "--quiet", "--workers", "2"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [python, "-m", "tunewise", "batch", inventory, *options]
    assert subprocess.run(command, env=surroundings(root), check=False).returncode in (0, 1)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def table_seconds(root: Path, python: Path, inventory: Path, rows: int) -> float:
    """Return what a table with costs and reasons takes from csv to csv, start left out."""
    arguments = [root / "benchmarks", inventory, str(rows), inventory.with_suffix(".out")]
    command = [python, "-c", TABLE, *arguments]
    done = subprocess.run(command, env=surroundings(root), check=True, capture_output=True)
    return float(done.stdout)


def tell_differences(here: Path, there: Path) -> None:
    """Print which files of two runs differ."""
    names = sorted(str(f.relative_to(here)) for f in here.rglob("*") if f.is_file())
    _, differing, missing = filecmp.cmpfiles(here, there, names, shallow=False)
    found = ", ".join({*differing, *missing} - {"run.json"}) or "none"
    print(f"files that differ, of {len(names)}: {found}")


if __name__ == "__main__":
    main()
