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
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import reduce
from importlib.metadata import version
from operator import and_, or_
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import numpy as np
import polars as pl
from inventory import inventory

from tunewise.audit import record
from tunewise.batch.workers import CYCLES
from tunewise.costs.columns.model import ColumnCosts
from tunewise.knowledge.conditions import All, Comparison, Condition, Other
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Fact
from tunewise.loading.assembly import load
from tunewise.tables.evaluation import TableEvaluator
from tunewise.tables.facts import FactColumn, FactTable
from tunewise.tables.inference import TableConclusions, TableInference
from tunewise.tables.records import Records
from tunewise.tables.results import TableResults
from tunewise.tables.wanting import Wanting

CASE = {"name": "case", "description": "", "owner": "", "tags": []}
DAY = date(2026, 11, 22)
SEED = 7

TESTS: Mapping[str, Callable[[pl.Expr, Any], pl.Expr]] = {
    "at_least": lambda value, other: value >= other,
    "at_most": lambda value, other: value <= other,
    "above": lambda value, other: value > other,
    "below": lambda value, other: value < other,
    "is": lambda value, other: value == other,
    "is_not": lambda value, other: value != other,
    "one_of": lambda value, others: value.is_in(list(others)),
    "none_of": lambda value, others: ~value.is_in(list(others)),
}


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
    ceiling = Ceiling(inference.rulebook, conclusions)
    with clock.timed("ceiling: one polars expression a rule", table.rows):
        fired = ceiling.fire()
    for rule, where in conclusions.fired.items():
        if not np.array_equal(fired[rule].to_numpy(), where):
            print(f"polars differs on {rule}")


def evaluate(rulebook: Rulebook, tables: Iterable[FactTable], clock: Clock) -> None:
    """Time costs, results and records, the engine's answers already known."""
    evaluator = TableEvaluator(rulebook, DAY)
    costs, results, records = (
        ColumnCosts(rulebook, DAY, {}),
        TableResults(rulebook),
        Records(evaluator),
    )
    wanting = Wanting(rulebook, evaluator.inference)
    for i, table in enumerate(tables):
        evaluation = evaluator.evaluate(table)
        wanting.of(evaluation)
        if i:  # the first is for warming up
            with clock.timed("costs", table.rows):
                costs.estimate(table, evaluation.plans)
            with clock.timed("evaluation: inference, decision, costs", table.rows):
                evaluation = evaluator.evaluate(table)
            with clock.timed("results in columns", table.rows):
                results.columns(evaluation, wanting.of(evaluation))
            with clock.timed("records, from evaluation to bytes", table.rows):
                rows = records.of(evaluation, encoded=True)
                for row in range(table.rows):
                    if row not in evaluation.failed:
                        record.encoded(rows.content(row, CASE))
    evaluator.close()


class Ceiling:
    """A rulebook as polars expressions over facts that are all settled."""

    def __init__(self, rulebook: Rulebook, conclusions: TableConclusions) -> None:
        self._facts = rulebook.facts
        decided = {
            name: Fact(id=name, type="choice", label=name, values=dict.fromkeys(d.options, ""))
            for name, d in rulebook.decisions.items()
        }
        self._every = {**self._facts, **decided}
        columns: dict[str, pl.Series] = {}
        for id, column in conclusions.memory.items():
            columns |= self._columns(self._every[id], column)
        for rule in rulebook.rules.values():
            for id in rule.reads:
                columns.setdefault(
                    id, pl.Series([None] * len(next(iter(columns.values()))), dtype=pl.Float64)
                )
        self._frame = pl.DataFrame(columns)
        self._rules = {id: self._condition(rule.when) for id, rule in rulebook.rules.items()}

    def fire(self) -> pl.DataFrame:
        """Return where each rule fires."""
        return self._frame.select(
            **{id: rule.fill_null(value=False) for id, rule in self._rules.items()}
        )

    def _columns(self, fact: Fact, column: FactColumn) -> dict[str, pl.Series]:
        """Return a fact's columns: ranks for choices, a truth for each value of a set."""

        def series(values: list[Any], kind: Any) -> pl.Series:
            return pl.Series([*values, None], dtype=kind).gather(
                np.where(column.codes < 0, len(values), column.codes)
            )

        if fact.type == "set":
            known = {fact.id: series([True] * len(column.values), pl.Boolean)}
            return known | {
                f"{fact.id}: {option}": series([option in v for v in column.values], pl.Boolean)  # type: ignore[operator]
                for option in fact.options
            }
        if fact.type == "choice":
            return {fact.id: series([fact.options.index(str(v)) for v in column.values], pl.Int8)}
        kinds = {"boolean": pl.Boolean, "text": pl.String}
        return {fact.id: series(list(column.values), kinds.get(fact.type, pl.Float64))}

    def _condition(self, condition: Condition) -> pl.Expr:
        if isinstance(condition, Comparison):
            return self._comparison(condition)
        return reduce(
            and_ if isinstance(condition, All) else or_, map(self._condition, condition.parts)
        )

    def _comparison(self, comparison: Comparison) -> pl.Expr:
        value, operand = pl.col(comparison.fact), comparison.operand
        if comparison.op in ("known", "unknown"):
            return value.is_not_null() if comparison.op == "known" else value.is_null()
        if comparison.op in ("includes", "excludes"):
            held = pl.col(f"{comparison.fact}: {operand}")
            return held if comparison.op == "includes" else ~held
        if isinstance(operand, Other):
            return TESTS[comparison.op](value, pl.col(operand.fact) * float(operand.times))
        fact = self._every[comparison.fact]
        if fact.type == "choice":
            named = operand if isinstance(operand, tuple) else (operand,)
            ranks = tuple(fact.options.index(str(name)) for name in named)
            operand = ranks if isinstance(operand, tuple) else ranks[0]
        return TESTS[comparison.op](value, operand)


if __name__ == "__main__":
    main()
