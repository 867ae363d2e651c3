"""Tells whether this checkout decides and reckons as another one does, on random inventories.

    python benchmarks/equal.py OTHER_CHECKOUT [--rows 20000] [--seeds 1 2 3] [--assume KEY=VALUE ...]

The other checkout has a .venv of its own. Every decision and every firing is compared, and every sum, quotient and
price of a decision record; what differs is counted by its name, with the largest difference.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

DAY = date(2026, 11, 22)
ROOT = Path(__file__).absolute().parent.parent


def main() -> None:
    """Compare and print; leave with 1 where any decision or firing differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other", type=Path, help="the other checkout")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--assume", nargs="*", default=[], metavar="KEY=VALUE")
    parser.add_argument("--answers", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    assumed = dict(one.split("=", 1) for one in options.assume)
    if options.answers:
        sys.path.insert(0, str(options.other / "benchmarks"))  # its own inventory
        write(options.answers, options.rows, options.seeds, assumed)
        return
    with tempfile.TemporaryDirectory() as folder:
        here, there = Path(folder, "here"), Path(folder, "there")
        given = [f"--rows={options.rows}", "--seeds", *map(str, options.seeds)]
        given += ["--assume", *options.assume]
        other = options.other.absolute()
        sides = ((ROOT, sys.executable, here), (other, other / ".venv/bin/python", there))
        for root, python, out in sides:
            subprocess.run([python, __file__, root, *given, "--answers", out], check=True)
        sys.exit(compare(here, there))


def write(out: Path, rows: int, seeds: list[int], assumed: dict[str, str]) -> None:
    """Write what the checkout that runs this finds, a row a line."""
    from inventory import inventory

    from tunewise.loading.assembly import load

    try:
        from tunewise.evaluation.table import TableEvaluator
    except ImportError:  # a checkout from before the rooms were laid out anew
        from tunewise.tables.evaluation import TableEvaluator

    rulebook = load()
    evaluator = TableEvaluator(rulebook, DAY, assumed)
    with out.open("w", encoding="utf-8") as file:
        for seed in seeds:
            evaluation = evaluator.evaluate(inventory(rulebook.facts, rows, seed))
            for row in range(rows):
                file.write(json.dumps(answer(evaluation, row)) + "\n")
    evaluator.close()


def answer(evaluation: Any, row: int) -> dict[str, Any]:
    """Return what was found out about a row."""
    if row in evaluation.failed:
        return {"failed": str(evaluation.failed[row])}
    found = evaluation.conclusions
    return {
        "decided": {name: outcome.option(row) for name, outcome in found.outcomes.items()},
        "fired": [rule for rule, where in found.fired.items() if where[row]],
        "sums": dict(leaves(evaluation.costs.record(row))),
        "assumed": {id: str(column.value(row)) for id, column in evaluation.costs.assumed.items()},
    }


def leaves(found: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value of plain data by its name; parts of lists by their own id or model."""
    if isinstance(found, dict):
        for key, value in found.items():
            yield from leaves(value, f"{name}.{key}" if name else key)
    elif isinstance(found, list):
        for part in found:
            yield from leaves(part, f"{name}.{part.get('id') or part.get('model')}")
    else:
        yield name, found


def compare(here: Path, there: Path) -> int:
    """Print what differs; return 1 where a decision or firing does."""
    rows, differing, largest = 0, Counter[str](), dict[str, float]()
    with here.open(encoding="utf-8") as ours, there.open(encoding="utf-8") as theirs:
        for left, right in zip(ours, theirs, strict=True):
            rows += 1
            if left != right:
                for name, by in differences(json.loads(left), json.loads(right)):
                    differing[name] += 1
                    largest[name] = max(largest.get(name, 0.0), by)
    print(f"{rows:,} rows; by name, in how many anything differs, and by how much at most:")
    for name, count in sorted(differing.items()):
        print(f"  {name:<70} {count:>7,}  {largest[name]:g}")
    return int(bool({"failed", "decided", "fired"} & differing.keys()))


def differences(ours: dict[str, Any], theirs: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield what differs in a row, with the difference of numbers."""
    for part in ("failed", "decided", "fired", "assumed"):
        if ours.get(part) != theirs.get(part):
            yield part, 0.0
    left, right = ours.get("sums", {}), theirs.get("sums", {})
    for name in dict.fromkeys((*left, *right)):
        one, other = left.get(name), right.get(name)
        if one != other:
            numbers = isinstance(one, int | float) and isinstance(other, int | float)
            yield name, abs(one - other) if numbers else float("inf")


if __name__ == "__main__":
    main()
