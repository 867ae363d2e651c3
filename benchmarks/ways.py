"""Ways to take an inventory from a csv file to a file of decisions; each reports what its three stages took."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from engines import StratumInference
from rowengines import Clips, RuleEngine, Zen

from tunewise.cases.columns import UNKNOWN_CODE, FactColumn, FactTable
from tunewise.cases.rows import spread
from tunewise.evaluation.results import TableResults
from tunewise.evaluation.table import TableEvaluator
from tunewise.inference.compiled import CompiledRules
from tunewise.inference.deciding import BLOCKED
from tunewise.inference.table import TableInference
from tunewise.inventories.checking import CheckedChunk, check_chunk
from tunewise.inventories.reading import open_inventory
from tunewise.knowledge.rulebook import Rulebook

CHUNK = 20_000
"""Rows that are read, decided on and written together."""
DAY = date(2026, 11, 22)
Columns = Mapping[str, Sequence[Any]]


class Stages:
    """Adds up the seconds that the processor spends on reading, deciding and writing."""

    def __init__(self) -> None:
        self.seconds = {"read": 0.0, "decide": 0.0, "write": 0.0}

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Time a block."""
        began = time.process_time()
        yield
        self.seconds[stage] += time.process_time() - began


class Chunked:
    """Reads as `tunewise batch` reads, every cell checked, and writes a csv file, chunk by chunk."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook

    def run(self, inventory: Path, rows: int, results: Path, stages: Stages) -> None:
        """Read, decide and write."""
        coming = self.chunks(inventory, rows)
        with results.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            while True:
                with stages.timed("read"):
                    checked = next(coming, None)
                if checked is None:
                    return
                with stages.timed("decide"):
                    columns = self.decided(checked.facts)
                with stages.timed("write"):
                    if checked.first_row == 1:
                        writer.writerow(["name", *columns])
                    writer.writerows(zip(checked.names, *columns.values(), strict=True))

    def chunks(self, inventory: Path, rows: int) -> Iterator[CheckedChunk]:
        """Yield the first rows of an inventory; none of them may be wrong."""
        size = min(rows, CHUNK)
        source = open_inventory(inventory, None, self.rulebook.facts)
        for chunk in islice(source.chunks(size), rows // size):
            checked = check_chunk(chunk, self.rulebook.facts)
            assert not checked.rejected, checked.rejects[0]
            yield checked

    def decided(self, table: FactTable) -> Columns:
        """Return the columns of the results."""
        raise NotImplementedError


class Tables(Chunked):
    """Our path for tables: decisions alone, what depends on costs unknown."""

    def __init__(self, rulebook: Rulebook) -> None:
        super().__init__(rulebook)
        self.inference = TableInference(rulebook)

    def decided(self, table: FactTable) -> Columns:
        """Return the option of each decision."""
        outcomes = self.inference.on(table).conclude().outcomes
        return {name: spread(o.options, BLOCKED, o.chosen.codes) for name, o in outcomes.items()}


class TablesWithCosts(Chunked):
    """The same with costs, reasons and gaps: all columns that `evaluate_table` returns."""

    def __init__(self, rulebook: Rulebook) -> None:
        super().__init__(rulebook)
        self._evaluator = TableEvaluator(rulebook, DAY)
        self._results = TableResults(rulebook)

    def decided(self, table: FactTable) -> Columns:
        """Return every column of the results."""
        return self._results.columns(self._evaluator.evaluate(table))


class Rows(Chunked):
    """A row at a time, whatever engine says which rules fire."""

    rules: type[CompiledRules] = CompiledRules

    def __init__(self, rulebook: Rulebook) -> None:
        super().__init__(rulebook)
        self._inference = StratumInference(rulebook, self.rules(rulebook))

    def decided(self, table: FactTable) -> Columns:
        """Return the option of each decision."""
        infer = self._inference.infer
        found = [infer(facts).recommendation for facts in _by_row(table)]
        return {name: [row[name] for row in found] for name in self.rulebook.decisions}


def _by_row(table: FactTable) -> Iterator[dict[str, Any]]:
    """Yield the known facts of each row, faster than one by one."""
    columns = [spread(column.values, None, column.codes) for column in table.columns.values()]
    for row in zip(*columns, strict=True):
        known = zip(table.columns, row, strict=True)
        yield {fact: value for fact, value in known if value is not None}


class ZenRows(Rows):
    """zen-engine."""

    rules = Zen


class ClipsRows(Rows):
    """clipspy."""

    rules = Clips


class RuleEngineRows(Rows):
    """rule-engine."""

    rules = RuleEngine


class Polars:
    """The ceiling: polars reads the file and says of each rule where it fires, once; nothing is decided.

    What one pass cannot know, derived facts and decisions, our own path works out before the clock starts.
    """

    def __init__(self, rulebook: Rulebook) -> None:
        os.environ.setdefault("POLARS_MAX_THREADS", "1")
        from ceiling import Ceiling

        self._rulebook, self._ceiling = rulebook, Ceiling(rulebook)
        self.wrong = 0

    def run(self, inventory: Path, rows: int, results: Path, stages: Stages) -> None:
        """Read, fire and write how many rules fire on each row."""
        import polars as pl

        settled, expected = self._settled(inventory, rows)
        given = {f: self._ceiling.written(f) for f in self._rulebook.facts.given}
        with stages.timed("read"):
            read = pl.read_csv(inventory, schema_overrides=given, n_rows=rows)
            read = read.hstack(settled)
            columns = [c for fact in self._ceiling.reads for c in self._ceiling.columns(fact)]
            frame = read.select("name", *columns)
        with stages.timed("decide"):
            fired = frame.select(**self._ceiling.rules)
            count = fired.select(firings=pl.sum_horizontal(pl.all()))
        with stages.timed("write"):
            frame.select("name").hstack(count).write_csv(results)
        found = fired.sum().row(0, named=True)
        self.wrong = sum(found[rule] != times for rule, times in expected.items())

    def _settled(self, inventory: Path, rows: int) -> tuple[Any, dict[str, int]]:
        """Return what rules derive and decide, and how often each of them fires."""
        import polars as pl

        tables = Tables(self._rulebook)
        facts = self._rulebook.facts
        ours = [fact for fact in self._ceiling.reads if facts[fact].origin != "given"]
        frames, times = [], dict.fromkeys(self._rulebook.rules, 0)
        for checked in tables.chunks(inventory, rows):
            found = tables.inference.on(checked.facts).conclude()
            cells = {f: _texts(found.memory.get(f), checked.accepted) for f in ours}
            schema = {f: self._ceiling.written(f) for f in ours}
            frames.append(pl.DataFrame(cells, schema=schema))
            for rule, where in found.fired.items():
                times[rule] += int(where.sum())
        return pl.concat(frames), times


def _texts(column: FactColumn | None, rows: int) -> list[Any]:
    """Return a column as polars takes it, unknown everywhere where there is none."""
    if column is None:
        return [None] * rows
    return [
        None if code == UNKNOWN_CODE else _text(column.values[code])
        for code in column.codes.tolist()
    ]


def _text(value: Any) -> Any:
    """Return a value as a file writes it: a set in one cell."""
    return "; ".join(value) if isinstance(value, tuple) else value


WAYS: Mapping[str, tuple[type[Any], int]] = {
    "tunewise": (Tables, 100_000),
    "zen-engine": (ZenRows, 20_000),
    "clipspy": (ClipsRows, 5_000),
    "rule-engine": (RuleEngineRows, 2_000),
    "tunewise, a row at a time": (Rows, 3_000),
    "tunewise, with costs and reasons": (TablesWithCosts, 20_000),
    "polars, firings of one pass": (Polars, 100_000),
}
"""Each way, and how many rows it gets in a round: some seconds of work."""


def decisions(results: Path, names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Yield what was decided on each row of a results file."""
    with results.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield tuple(row[name] for name in names)
