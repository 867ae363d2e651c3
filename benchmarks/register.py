"""A use-case register of any length: rows that each start from a shipped example and differ in half of its facts."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from inventory import inventory

from tunewise.cases.columns import UNKNOWN_CODE, FactColumn
from tunewise.inventories.checking import CheckedChunk, check_chunk
from tunewise.inventories.reading import open_inventory
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.vocabulary import Fact, Vocabulary

EXAMPLES = Path(__file__).parent.parent / "examples" / "inventory.csv"
CHUNK = 10_000
"""Rows that are drawn, and held in memory, at a time."""
KEPT = 0.5
"""The share of an example's facts that a row keeps; the others are drawn at random, unknown ones included."""
SEED = 11
MISTAKES = 100
"""One row in so many has a mistake, where mistakes are asked for."""
MISTAKE = "a lot"


def write_register(path: Path, vocabulary: Vocabulary, rows: int, rough: bool = False) -> None:
    """Write a csv file of so many rows, always the same ones, chunk by chunk.

    `rough` writes numbers as people do (percentages, thousands separators), and makes a mistake in some rows.
    """
    examples = _examples(vocabulary)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["name", "description", "owner", "tags", *vocabulary.given])
        for start in range(0, rows, CHUNK):
            found = _chunk(vocabulary, examples, start, min(CHUNK, rows - start), rough)
            writer.writerows(zip(*found, strict=True))


def _examples(vocabulary: Vocabulary) -> CheckedChunk:
    """Return the shipped examples that have no mistake."""
    source = open_inventory(EXAMPLES, None, vocabulary)
    return check_chunk(next(source.chunks(CHUNK)), vocabulary)


def _chunk(
    vocabulary: Vocabulary, examples: CheckedChunk, start: int, rows: int, rough: bool
) -> Iterator[Sequence[Any]]:
    """Yield the columns of some rows."""
    random = np.random.default_rng([SEED, start])
    drawn = inventory(vocabulary, rows, SEED + start)
    like = random.integers(examples.accepted, size=rows)
    names = [f"{examples.names[i]} {start + n + 1}" for n, i in enumerate(like.tolist())]
    yield names
    yield [examples.descriptions[i] for i in like.tolist()]
    yield [examples.owners[i] for i in like.tolist()]
    yield ["; ".join(examples.tags[i]) for i in like.tolist()]
    for id in vocabulary.given:
        column = drawn.columns[id]
        if id in examples.facts.columns:
            column = _mixed(examples.facts.columns[id], like, column, random)
        cells = _cells(vocabulary[id], column, rough)
        yield _mistaken(cells, start) if rough and id == "requests_per_month" else cells


def _mixed(
    example: FactColumn, like: np.ndarray, drawn: FactColumn, random: np.random.Generator
) -> FactColumn:
    """Return a fact of the rows' examples, half of it drawn anew."""
    shift = len(example.values)
    moved = np.where(drawn.codes == UNKNOWN_CODE, UNKNOWN_CODE, drawn.codes + shift)
    codes = np.where(random.random(len(like)) < KEPT, example.codes[like], moved)
    return FactColumn((*example.values, *drawn.values), codes.astype(np.int32))


def _cells(fact: Fact, column: FactColumn, rough: bool) -> list[str]:
    texts = [*(_text(fact, value, rough) for value in column.values), ""]
    return [texts[code] for code in column.codes.tolist()]


def _text(fact: Fact, value: Value, rough: bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "; ".join(value) or "none"
    if rough and fact.type == "share":
        return f"{float(value) * 100:.6g}%"
    if fact.type == "share":
        return str(float(value))  # a whole 1 could also mean 1%
    return f"{value:,}" if rough and isinstance(value, int) else str(value)


def _mistaken(cells: list[str], start: int) -> list[str]:
    return [
        MISTAKE if (start + n) % MISTAKES == MISTAKES - 1 else cell for n, cell in enumerate(cells)
    ]
