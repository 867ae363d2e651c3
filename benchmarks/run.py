"""Measures start-up and decisions per second, beside durable_rules' own Host and zen-engine, in one run.

    python benchmarks/run.py [--cases 300] [--rounds 5] [--starts 15]
    python benchmarks/run.py --beside CHECKOUT [--starts 15]

Every way of running the rules has a process of its own, and the rounds take turns. The second line measures start-up
alone, by turns with another checkout that has a .venv of its own, by the processor's clock.
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
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).parent
HOST = "durable_rules' Host"
OURS = "tunewise"
SEED = 5


def main() -> None:
    """Measure and print; as a worker, run one way once."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--starts", type=int, default=15)
    parser.add_argument("--beside", type=Path, metavar="CHECKOUT")
    parser.add_argument("--worker", nargs=2, metavar=("RULEBOOK", "WAY"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        print(json.dumps(worked(*options.worker, options.cases)))
        return
    if options.beside:
        print_beside(options.beside.absolute(), options.starts)
        return
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    print(", ".join(f"{name} {release(name)}" for name in ("durable_rules", "zen-engine")))
    print_starts(options.starts)
    for book in ("synthetic", "shipped"):
        print_decisions(book, options.cases, options.rounds)


def release(package: str) -> str:
    """Return an installed package's version."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed (extra 'bench')"


def print_starts(starts: int) -> None:
    """Measure how long the program takes to start and to decide, in turns with an empty Python."""
    with tempfile.TemporaryDirectory() as folder:
        case = Path(folder) / "case.yaml"
        case.write_text(
            "name: A case\nfacts: {stage: pilot, training_examples: 500, requests_per_month: 20000}\n"
        )
        python = [sys.executable]
        commands: dict[str, list[str]] = {
            "python -c pass": [*python, "-c", "pass"],
            "tunewise --help": [*python, "-m", "tunewise", "--help"],
            "tunewise decide CASE --format json": [
                *(*python, "-m", "tunewise", "decide", str(case), "--format", "json")
            ],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(starts):
            for name, command in commands.items():
                times[name].append(started(command))
    base = statistics.median(times["python -c pass"])
    print(f"\nStart-up, median of {starts} starts in turns")
    for name, found in times.items():
        median = statistics.median(found)
        print(f"  {name:36}{median * 1000:8.0f} ms{median / base:8.1f} times python -c pass")


def print_beside(other: Path, starts: int) -> None:
    """Measure what a start takes of the processor here and in another checkout, in turns, on the same case."""
    case = HERE.parent / "examples" / "support_triage.yaml"
    sides = {"here": (HERE.parent, sys.executable), "beside": (other, f"{other}/.venv/bin/python")}
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(starts + 1):
        for name, (root, python) in sides.items():
            command = [python, "-m", "tunewise", "decide", str(case), "--format", "json"]
            times[name].append(worked_for(command, root))
    print(f"tunewise decide {case.name} --format json, of the processor, {starts} starts in turns")
    for name, found in times.items():  # the first start of each writes what later ones find
        median, least = statistics.median(found[1:]), min(found[1:])
        print(f"  {name:8}{median * 1000:6.0f} ms in the median, {least * 1000:.0f} at the least")
    pairs = [ours / theirs for ours, theirs in zip(*times.values(), strict=True)]
    print(f"  here / beside {statistics.median(pairs[1:]):.2f} in the median of pairs")


def worked_for(command: Sequence[str], root: Path) -> float:
    """Return how many seconds a command keeps the processor busy."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started(command, root)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def started(command: Sequence[str], root: Path | None = None) -> float:
    """Return how many seconds a command takes."""
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False, text=True, cwd=root)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return time.perf_counter() - began


def print_decisions(book: str, cases: int, rounds: int) -> None:
    """Measure decisions per second of each way, and compare what each concludes."""
    from engines import WAYS

    bare = release("zen-engine").startswith("not")
    ways = [way for way in WAYS if not (bare and "zen" in way)]
    runs: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            runs[way].append(asked(book, way, cases))
    told = runs[OURS][0]
    print(f"\nDecisions per second, {book} rulebook: {told['about']}; {cases} random cases")
    print(f"  median (best) of {rounds} processes in turns, one core each")
    rates = {way: statistics.median(run["rate"] for run in found) for way, found in runs.items()}
    for way, found in runs.items():
        best = max(run["rate"] for run in found)
        wrong = differing(found[0]["results"], told["results"])
        print(
            f"  {way:44}{rates[way]:8,.0f} ({best:,.0f}){rates[way] / rates[HOST]:8.2f} x Host"
            f"{wrong:6} of {cases} cases differ"
        )


def differing(found: Sequence[Any], told: Sequence[Any]) -> int:
    """Return how many cases came out otherwise than with the engine and the interpreter agreeing."""
    return sum(a != b for a, b in zip(found, told, strict=True))


def asked(book: str, way: str, cases: int) -> dict[str, Any]:
    """Run one way in a process of its own and return what it measured."""
    command = [sys.executable, __file__, "--worker", book, way, "--cases", str(cases)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode != 0:
        sys.exit(f"{way} ended with status {done.returncode}:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def worked(book: str, way: str, count: int) -> dict[str, Any]:
    """Run one way over the cases and return its rate and its results."""
    from engines import WAYS, StratumInference

    rulebook = loaded(book)
    cases = drawn(rulebook, count)
    inference = StratumInference(rulebook, WAYS[way](rulebook))
    results = [summary(inference.infer(facts)) for facts in cases]  # and warms up
    began = time.perf_counter()
    passes = 0
    while passes < 2 or time.perf_counter() - began < 1.0:
        passes += 1
        for facts in cases:
            inference.infer(facts)
    seconds = time.perf_counter() - began
    fired = sum(len(fired) for fired, _ in results) / count
    about = f"{len(rulebook.rules)} rules, {len(rulebook.facts)} facts, {fired:.0f} firings a case"
    return {"rate": passes * count / seconds, "results": results, "about": about}


def loaded(book: str) -> Any:
    """Return the shipped rulebook, or the synthetic one."""
    from tunewise.loading.assembly import assemble, load

    if book == "shipped":
        return load()
    import synthetic

    return assemble(synthetic.texts(), "synthetic")


def drawn(rulebook: Any, count: int) -> list[dict[str, Any]]:
    """Return random cases from the generator of the tests: crowded around thresholds, a third unknown."""
    sys.path.insert(0, str(HERE.parent / "tests"))
    from strategies import Cases

    random, cases = Random(SEED), Cases(rulebook)
    return [cases.draw(random) for _ in range(count)]


def summary(conclusions: Any) -> tuple[list[str], Mapping[str, str]]:
    """Return what must be equal: the rules that fired, in order, and the decisions."""
    return [f.rule.id for f in conclusions.firings], conclusions.recommendation


if __name__ == "__main__":
    main()
