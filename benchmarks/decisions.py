"""Measures what CONTRIBUTING's decisions rest on, each option beside the others, in processor time.

    python benchmarks/decisions.py [--rounds 7]

Times are the least of so many rounds, in which the options take turns; programs and imports have fresh processes.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import platform
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
EXAMPLES = HERE.parent / "examples"
FACTS = HERE.parent / "rules" / "facts.yaml"
DAY = "2026-11-22"
CASES, DRAWS, INPUTS, ROWS = 50, 2_000, 20, 20_000
TABLES, LINES = 12, 10
"""About as much as the longest report in the terminal has."""

PROGRAMS = {
    "a bare interpreter": "pass",
    "click": """
import click
@click.command()
@click.argument("name")
def main(name: str): print(name)
main(["x"])""",
    "typer": """
import typer
def main(name: str): print(name)
app = typer.Typer()
app.command()(main)
app(["x"])""",
    "cyclopts": """
import cyclopts
app = cyclopts.App()
@app.default
def main(name: str): print(name)
app(["x"])""",
}
IMPORTS = ("msgspec", "pydantic", "numpy", "genai_prices")
# Not getrusage: what it calls the most is inherited from the process that started this one.
MEMORY = "print(*(line.split()[1] for line in open('/proc/self/status') if line[:5] == 'VmHWM'))"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    show("Command line: a program of one command, start to end", programs(rounds))
    show("Validation, token prices, numpy: an import", imports(rounds))
    show("YAML: facts.yaml", in_turns(yaml_readers(), rounds))
    show(f"Reading inventories: {ROWS:,} rows of csv", in_turns(csv_readers(), rounds))
    show(f"Table layout: {TABLES} tables of {LINES} lines", in_turns(layouts(), rounds))
    show(f"Monte Carlo: {DRAWS:,} draws of {INPUTS} inputs", in_turns(draws(), rounds))
    show("Where the answer turns: one case, start to end", turning(rounds))
    print_memory_kept()
    print_tables_by_outcome()


def show(title: str, found: Mapping[str, float]) -> None:
    """Print what each option takes, in milliseconds."""
    print(f"\n{title}")
    for name, seconds in found.items():
        print(f"  {name:44}{seconds * 1000:9.1f} ms")


def in_turns(options: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the least processor seconds of each option, after one run to warm up."""
    times: dict[str, list[float]] = {name: [] for name in options}
    for run in options.values():
        run()
    for _ in range(rounds):
        for name, run in options.items():
            began = time.process_time()
            run()
            times[name].append(time.process_time() - began)
    return {name: min(found) for name, found in times.items()}


def spent(*arguments: str) -> float:
    """Return the processor seconds of a fresh interpreter that runs with these arguments."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, *arguments], capture_output=True, check=False, text=True)
    # A program may end with a status of its own, such as that of a framework that calls sys.exit.
    if "Traceback" in done.stderr:
        sys.exit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def processes(commands: Mapping[str, tuple[str, ...]], rounds: int) -> dict[str, float]:
    """Return the least processor seconds of each command, in turns."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds + 1):  # the first one compiles what is imported
        for name, arguments in commands.items():
            times[name].append(spent(*arguments))
    return {name: min(found[1:]) for name, found in times.items()}


def programs(rounds: int) -> dict[str, float]:
    """Return what a program of one command takes in each framework."""
    return processes({name: ("-c", code) for name, code in PROGRAMS.items()}, rounds)


def imports(rounds: int) -> dict[str, float]:
    """Return what importing each library adds to a bare interpreter, its memory in the name."""
    commands = {"": ("-c", "pass")} | {name: ("-c", f"import {name}") for name in IMPORTS}
    found = processes(commands, rounds)
    base, bare = found.pop(""), resident("pass")
    return {
        f"{name}, {(resident(f'import {name}') - bare) / 1024:.0f} MB": seconds - base
        for name, seconds in found.items()
    }


def resident(code: str) -> int:
    """Return the most kilobytes that an interpreter holds that runs some code."""
    command = [sys.executable, "-c", f"{code}\n{MEMORY}"]
    return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def yaml_readers() -> dict[str, Callable[[], object]]:
    """Return ways to read a YAML file with its lines: PyYAML's events, and ruamel.yaml."""
    import ruamel.yaml
    import yaml

    text = FACTS.read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return {
        "PyYAML's events": lambda: sum(1 for _ in yaml.parse(text, Loader=loader)),
        "ruamel.yaml": lambda: ruamel.yaml.YAML().load(text),
    }


def csv_readers() -> dict[str, Callable[[], object]]:
    """Return ways to read a csv file as text: Python's csv, and polars."""
    import polars

    header, *rows = (EXAMPLES / "inventory.csv").read_text(encoding="utf-8").splitlines()
    # polars refuses the whole file for the broken rows among the examples.
    good = [row for row in rows if '"' not in row and row.count(",") == header.count(",")]
    text = "\n".join([header, *(good[i % len(good)] for i in range(ROWS))])
    data = text.encode()
    return {
        "Python's csv": lambda: list(csv.reader(io.StringIO(text))),
        "polars": lambda: polars.read_csv(data, infer_schema=False),
    }


def layouts() -> dict[str, Callable[[], object]]:
    """Return ways to set tables for the terminal: our own, and rich's."""
    from rich.console import Console
    from rich.table import Table

    from tunewise.report.terminal import laid_out

    rows = [
        (f"An item of the costs {i}", f"${i:,}", "a reason of some length") for i in range(LINES)
    ]
    text = "\n\n".join("\n".join("\t".join(row) for row in rows) for _ in range(TABLES))

    def with_rich() -> None:
        console = Console(file=io.StringIO(), width=88)
        for _ in range(TABLES):
            table = Table("what", "amount", "why", box=None)
            for row in rows:
                table.add_row(*row)
            console.print(table)

    return {"ours": partial(laid_out, text), "rich's": with_rich}


def draws() -> dict[str, Callable[[], object]]:
    """Return ways to draw triangular inputs, add them up and sort: the standard library, and numpy."""
    import numpy as np

    def standard() -> float:
        made = random.Random(1)
        columns = [[made.triangular(1, 5, 2) for _ in range(DRAWS)] for _ in range(INPUTS)]
        return sorted(map(sum, zip(*columns, strict=True)))[DRAWS // 2]

    def with_numpy() -> Any:
        made = np.random.default_rng(1)
        return np.sort(made.triangular(1, 2, 5, (INPUTS, DRAWS)).sum(axis=0))[DRAWS // 2]

    return {"the standard library": standard, "numpy, once it is imported": with_numpy}


def turning(rounds: int) -> dict[str, float]:
    """Return what a case takes with and without the search for where its answer turns."""
    case = str(EXAMPLES / "support_triage.yaml")
    command = ("-m", "tunewise", "decide", case, "--format", "json")
    return processes(
        {"without": (*command, "--no-turning"), "with": (*command, "--turning")}, rounds
    )


def print_memory_kept() -> None:
    """Print what a case costs where glibc hands memory back as it does at first, and where it keeps it."""
    print(f"\nMemory kept by the process: {CASES} random cases through durable_rules alone")
    code = (
        f"import sys; sys.path.insert(0, {str(HERE)!r}); import decisions; decisions.print_faults()"
    )
    for name, settings in (("handed back", {"MALLOC_TRIM_THRESHOLD_": "131072"}), ("kept", {})):
        print(f"  {name:44}", end="", flush=True)
        subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, **settings})


def print_faults() -> None:
    """Print the time and the page faults of a case, in a process that does nothing else."""
    from engines import WAYS, StratumInference
    from run import drawn, loaded

    rulebook = loaded("shipped")
    cases = drawn(rulebook, CASES)
    inference = StratumInference(rulebook, WAYS["tunewise, no interpreter check"](rulebook))
    for facts in cases:
        inference.infer(facts)
    faults, began = resource.getrusage(resource.RUSAGE_SELF).ru_minflt, time.process_time()
    for facts in cases:
        inference.infer(facts)
    spent = (time.process_time() - began) / CASES
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults
    print(f"{spent * 1000:9.2f} ms, {faults / CASES:,.0f} page faults a case")


def print_tables_by_outcome() -> None:
    """Print how many rows a second are decided one by one, and as a table, with costs and reasons."""
    import polars

    import tunewise

    table = polars.DataFrame(
        {
            "name": [str(i) for i in range(ROWS)],
            "training_examples": [i % 7_000 for i in range(ROWS)],
            "requests_per_month": [i * 37 % 900_000 for i in range(ROWS)],
        }
    )
    tunewise.evaluate_table(table[:CASES], as_of=DAY)
    began = time.process_time()
    tunewise.evaluate_table(table, as_of=DAY)
    by_table = ROWS / (time.process_time() - began)
    began = time.process_time()
    for row in table[:CASES].iter_rows(named=True):
        tunewise.evaluate({"name": row.pop("name"), "facts": row}, as_of=DAY)
    one_by_one = CASES / (time.process_time() - began)
    print("\nTables by outcome: rows a second, with costs and reasons")
    print(f"  {'one by one':44}{one_by_one:9,.0f}\n  {'as a table':44}{by_table:9,.0f}")


if __name__ == "__main__":
    main()
