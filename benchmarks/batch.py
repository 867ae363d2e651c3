"""Measures tables of cases on one core: inference and decision, costs, records, beside plain polars expressions.

    python benchmarks/batch.py [--rows 100000] [--chunk 20000] [--records 5000]

Every part is timed by itself, in processor time of one core, over chunks of a random inventory, the questions to
the rule engine included. The ceiling is polars evaluating one boolean expression a rule, once: without strata,
plans, decisions or any check.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import resource
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from importlib.metadata import version

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import numpy as np
import polars as pl
from ceiling import Ceiling
from inventory import inventory

from tunewise.batch.workers import CYCLES
from tunewise.cases.columns import FactColumn, FactTable
from tunewise.costs.table_costs import ColumnCosts
from tunewise.evaluation.results import TableResults
from tunewise.evaluation.table import TableEvaluator
from tunewise.inference.table import TableConclusions, TableInference
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.assembly import load
from tunewise.log import content as record
from tunewise.log.table_content import RowRecords

CASE = {"name": "case", "description": "", "owner": "", "tags": []}
DAY = date(2026, 11, 22)
SEED = 7


class Clock:
    """Adds up the seconds and rows of each part."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self.rows: dict[str, int] = {}

    @contextmanager
    def timed(self, part: str, rows: int) -> Iterator[None]:
        """Time a block that deals with so many rows."""
        began = time.process_time()
        yield
        self.spent[part] = self.spent.get(part, 0) + time.process_time() - began
        self.rows[part] = self.rows.get(part, 0) + rows

    def show(self) -> None:
        """Print rows a second of processor time."""
        for part, seconds in self.spent.items():
            print(f"{part:<42} {self.rows[part] / seconds:>12,.0f} rows/s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--chunk", type=int, default=20_000)
    parser.add_argument("--records", type=int, default=5_000)
    options = parser.parse_args()
    gc.set_threshold(CYCLES)
    rulebook, clock = load(), Clock()
    packages = ("durable_rules", "numpy", "polars")
    print(f"Python {platform.python_version()}, {platform.machine()}, one core")
    print(", ".join(f"{package} {version(package)}" for package in packages))
    print(f"{len(rulebook.rules)} rules, {len(rulebook.decisions)} decisions")
    began = time.process_time()
    inference = TableInference(rulebook)
    print(f"compiled in {(time.process_time() - began) * 1000:.0f} ms")
    for i, start in enumerate(range(0, options.rows, options.chunk)):
        table = inventory(rulebook.facts, min(options.chunk, options.rows - start), SEED + i)
        decide(inference, table, clock)
    drawn = (inventory(rulebook.facts, options.records, SEED + i) for i in range(2))
    evaluate(rulebook, drawn, clock)
    clock.show()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"peak memory: {peak} MB")


def decide(inference: TableInference, table: FactTable, clock: Clock) -> None:
    """Time all four runs of an evaluation without costs, and the ceiling."""
    with clock.timed("inference and decision", table.rows):
        reasoning = inference.on(table)
        reasoning.plans()
        conclusions = reasoning.conclude()
    ceiling = Ceiling(inference.rulebook)
    frame = settled(ceiling, conclusions)
    with clock.timed("ceiling: one polars expression a rule", table.rows):
        fired = frame.select(**ceiling.rules)
    for rule, where in conclusions.fired.items():
        if not np.array_equal(fired[rule].to_numpy(), where):
            print(f"polars differs on {rule}")


def evaluate(rulebook: Rulebook, tables: Iterable[FactTable], clock: Clock) -> None:
    """Time costs, results and records, the engine's answers already known."""
    evaluator = TableEvaluator(rulebook, DAY)
    costs, results = ColumnCosts(rulebook, DAY, {}), TableResults(rulebook)
    for i, table in enumerate(tables):
        evaluation = evaluator.evaluate(table)
        results.columns(evaluation)
        if i:  # the first is for warming up
            with clock.timed("costs", table.rows):
                costs.estimate(table, evaluation.plans)
            with clock.timed("evaluation: inference, decision, costs", table.rows):
                evaluation = evaluator.evaluate(table)
            with clock.timed("results in columns", table.rows):
                results.columns(evaluation)
            with clock.timed("records, from evaluation to bytes", table.rows):
                rows = RowRecords(evaluation, encoded=True)
                for row in range(table.rows):
                    if row not in evaluation.failed:
                        record.encoded(rows.content(row, CASE))
    evaluator.close()


def settled(ceiling: Ceiling, conclusions: TableConclusions) -> pl.DataFrame:
    """Return all that rules read, given or settled, as the columns that their expressions are over."""
    rows = len(next(iter(conclusions.fired.values())))
    columns = [read(ceiling, fact, conclusions.memory.get(fact), rows) for fact in ceiling.reads]
    return pl.DataFrame(columns).select(
        column for fact in ceiling.reads for column in ceiling.columns(fact)
    )


def read(ceiling: Ceiling, fact: str, column: FactColumn | None, rows: int) -> pl.Series:
    """Return a fact as polars would read it from a file; unknown everywhere where it has no column."""
    kind = ceiling.written(fact)
    if column is None:
        return pl.Series(fact, [None] * rows, dtype=kind)
    values = ["; ".join(v) if isinstance(v, tuple) else v for v in column.values]
    where = np.where(column.codes < 0, len(values), column.codes)
    return pl.Series(fact, [*values, None], dtype=kind).gather(where)


if __name__ == "__main__":
    main()
