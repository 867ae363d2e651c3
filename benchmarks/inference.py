"""Times inference and decision alone: our path for tables, the rulebook as polars' expressions, and as DuckDB's query.

    python benchmarks/inference.py [--rows 40000] [--rounds 3]

All run the same rules on the same random rows, costs left out, on one core and in turns, in processor time; what
DuckDB and polars get is typed and checked already, DuckDB checks it once more. Decisions are compared row by row.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

os.environ["POLARS_MAX_THREADS"] = "1"

import duckdb
import numpy as np
import polars as pl
from inventory import inventory

from tunewise.cases.columns import UNKNOWN_CODE, FactTable
from tunewise.inference.deciding import BLOCKED
from tunewise.inference.strata import strata
from tunewise.inference.table import TableInference
from tunewise.knowledge.conditions import (
    ORDERINGS,
    TOLERANCE,
    All,
    Comparison,
    Condition,
    Other,
)
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.assembly import load
from tunewise.warehouse.query import duckdb_query

Decided = Mapping[str, list[str]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rulebook, ways = load(), {}
    tables = [inventory(rulebook.facts, options.rows, seed) for seed in range(options.rounds + 1)]
    ours = TableInference(rulebook)
    ways["tunewise"] = lambda table: tunewise_decides(ours, table)
    ways["polars, bare expressions"] = lambda table: polars_decides(rulebook, table)
    ways["duckdb, the query of rules export"] = lambda table: duckdb_decides(rulebook, table)
    times: dict[str, list[float]] = {way: [] for way in ways}
    for table in tables:
        found: dict[str, Decided] = {
            way: timed(decide, table, times[way]) for way, decide in ways.items()
        }
        assert all(one == found["tunewise"] for one in found.values()), "decided otherwise"
    print(f"{len(rulebook.rules)} rules, {options.rows:,} rows; load {os.getloadavg()[0]:.1f}")
    least = min(times["polars, bare expressions"][1:])
    for way, taken in times.items():  # the first round warms up
        rate = options.rows / min(taken[1:])
        print(f"  {way:36}{rate:10,.0f} rows/s, {min(taken[1:]) / least:5.2f} times as long")


def timed(
    decide: Callable[[FactTable], Callable[[], Decided]], table: FactTable, times: list[float]
) -> Decided:
    """Return what is decided of a table, whose preparation is not timed."""
    run = decide(table)
    began = time.process_time()
    found = run()
    times.append(time.process_time() - began)
    return found


def tunewise_decides(inference: TableInference, table: FactTable) -> Callable[[], Decided]:
    """Our path."""

    def run() -> Decided:
        outcomes = inference.on(table).conclude().outcomes
        return {
            id: np.array([*o.options, BLOCKED], dtype=object)[o.chosen.codes].tolist()
            for id, o in outcomes.items()
        }

    return run


def frame(rulebook: Rulebook, table: FactTable) -> pl.DataFrame:
    """Return the facts in columns of polars, those of the vocabulary that are missing unknown."""
    kinds = {"boolean": pl.Boolean, "set": pl.List(pl.String), "choice": pl.String}
    columns = {}
    for fact in rulebook.facts.values():
        if fact.origin in ("given", "computed"):
            kind = kinds.get(fact.type, pl.String if fact.type == "text" else pl.Float64)
            column = table.columns.get(fact.id)
            values = [None] * table.rows
            if column is not None:
                every = [*(list(v) if isinstance(v, tuple) else v for v in column.values), None]
                values = [every[code] for code in column.codes.tolist()]
                assert UNKNOWN_CODE == -1
            columns[fact.id] = pl.Series(fact.id, values, kind, strict=False)
    return pl.DataFrame(columns)


def duckdb_decides(rulebook: Rulebook, table: FactTable) -> Callable[[], Decided]:
    """The query of `tunewise rules export`."""
    database = duckdb.connect(config={"threads": 1})
    database.register("given_facts", frame(rulebook, table).to_arrow())
    database.execute("CREATE TABLE facts AS FROM given_facts")
    query = duckdb_query(rulebook).rstrip(";\n")
    named = ", ".join(rulebook.decisions)

    def run() -> Decided:
        # Points and the rules that fired are not asked for here, and so not worked out.
        found = database.execute(f"SELECT {named} FROM ({query})").to_arrow_table()
        return {id: found[id].to_pylist() for id in rulebook.decisions}

    return run


def polars_decides(rulebook: Rulebook, table: FactTable) -> Callable[[], Decided]:
    """The rules as expressions over whole columns, nothing looked at twice."""
    plan = planned(rulebook, suited(rulebook, frame(rulebook, table)).lazy())

    def run() -> Decided:
        found = plan.collect()
        return {id: found[id].to_list() for id in rulebook.decisions}

    return run


def suited(rulebook: Rulebook, facts: pl.DataFrame) -> pl.DataFrame:
    """Return the facts as they suit polars best: choices as enumerations, a column for each member of a set."""
    columns: list[pl.Expr] = []
    for fact in rulebook.facts.values():
        if fact.id not in facts.columns:
            continue
        column = pl.col(fact.id)
        if fact.type == "set":
            columns += [column.list.contains(o).alias(member(fact.id, o)) for o in fact.options]
        else:
            columns.append(column.cast(pl.Enum(fact.options)) if fact.type == "choice" else column)
    return facts.select(columns)


def member(fact: str, option: str) -> str:
    """Return the name of the column that says whether a set holds an option."""
    return f"{fact}: {option}"


def planned(rulebook: Rulebook, facts: pl.LazyFrame) -> pl.LazyFrame:
    """Return the plan that decides; advice is fired, too, and counted so that it is not left out."""
    for stratum in strata(rulebook.rules, rulebook.decisions):
        fired = (
            expression(rulebook, rule.when).fill_null(value=False).alias(rule.id)
            for rule in stratum.rules
        )
        facts = facts.with_columns(fired)
        for target in stratum.targets:
            facts = facts.with_columns(*concluded(rulebook, target, stratum.concluding[target]))
    every = pl.sum_horizontal(pl.col(id).cast(pl.Int32) for id in rulebook.rules)
    decided = [pl.col(id).cast(pl.String).fill_null(BLOCKED) for id in rulebook.decisions]
    return facts.select(*decided, every.alias("fired"))


def expression(rulebook: Rulebook, condition: Condition) -> pl.Expr:
    """Return a condition as an expression, null where unknown facts leave it open."""
    if isinstance(condition, Comparison):
        return compared(rulebook, condition)
    every = isinstance(condition, All)
    parts = (expression(rulebook, part) for part in condition.parts)
    return reduce(and_ if every else or_, parts, pl.lit(every))


def compared(rulebook: Rulebook, comparison: Comparison) -> pl.Expr:
    """Return a comparison as an expression."""
    fact, op, operand = rulebook.facts[comparison.fact], comparison.op, comparison.operand
    column = pl.col(member(fact.id, fact.options[0]) if fact.type == "set" else fact.id)
    if op in ("known", "unknown"):
        return column.is_not_null() if op == "known" else column.is_null()
    if op in ("includes", "excludes"):
        held = pl.col(member(fact.id, str(operand)))
        return held if op == "includes" else ~held
    if op in ("one_of", "none_of"):
        among = reduce(or_, (column == one for one in operand))  # type: ignore[union-attr]
        return among if op == "one_of" else ~among
    if isinstance(operand, Other):
        less = pl.col(operand.less) if isinstance(operand.less, str) else operand.less
        return signed(column - (pl.col(operand.fact) * operand.times - less), op, TOLERANCE)
    if op in ORDERINGS and not fact.numeric:
        at = fact.options.index(str(operand))
        fit = {"at_least": fact.options[at:], "above": fact.options[at + 1 :]}
        fit |= {"at_most": fact.options[: at + 1], "below": fact.options[:at]}
        return reduce(or_, (column == one for one in fit[op]), column != column)
    return signed(column, op, 0, operand)


def signed(value: pl.Expr, op: str, tolerance: float, at: Any = 0) -> pl.Expr:
    """Return a value against a number or word; what is nearer than the tolerance is equal."""
    if not tolerance and op in ("is", "is_not"):
        return value == at if op == "is" else value != at
    return {
        "at_least": value >= at - tolerance,
        "at_most": value <= at + tolerance,
        "above": value > at + tolerance,
        "below": value < at - tolerance,
        "is": value.abs() <= tolerance,
        "is_not": value.abs() > tolerance,
    }[op]


def concluded(rulebook: Rulebook, target: str, rules: Sequence[Rule]) -> Iterator[pl.Expr]:
    """Yield what rules conclude on a decision, or derive of a fact."""
    fact = rulebook.facts[target]
    if target in rulebook.decisions:
        yield chosen(fact.options, rules).alias(target)
    elif fact.type == "set":
        fired = any_fired(rules)
        for option in fact.options:
            held = any_fired(rule for rule in rules if option in rule.then.value)  # type: ignore[operator]
            yield pl.when(fired).then(held).alias(member(target, option))
    else:
        order = fact.options.index if fact.type == "choice" else None
        kind, found = pl.Enum(fact.options) if order else None, pl.lit(None)
        for value in sorted({rule.then.value for rule in rules}, key=order):  # type: ignore[type-var, arg-type]
            derived = any_fired(rule for rule in rules if rule.then.value == value)
            found = pl.when(derived).then(pl.lit(value, kind)).otherwise(found)
        yield found.alias(target)


def any_fired(rules: Iterable[Rule]) -> pl.Expr:
    """Return whether one of some rules fired."""
    return reduce(or_, (pl.col(rule.id) for rule in rules), pl.lit(value=False))


def chosen(options: Sequence[str], rules: Sequence[Rule]) -> pl.Expr:
    """Return the first of the options with the most points, null where all are vetoed."""
    points = {}
    for option in options:
        weights = (pl.col(r.id).cast(pl.Int32) * r.points_for(option) for r in rules)
        vetoed = any_fired(rule for rule in rules if rule.vetoes(option))
        points[option] = pl.when(vetoed).then(None).otherwise(pl.sum_horizontal(weights))
    most, found = pl.max_horizontal(points.values()), pl.lit(None)
    for option in reversed(options):
        found = (
            pl.when(points[option] == most).then(pl.lit(option, pl.Enum(options))).otherwise(found)
        )
    return found


if __name__ == "__main__":
    main()
