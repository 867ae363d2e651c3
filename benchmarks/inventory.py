"""Random inventories as tables of facts: choices at random, numbers over their orders of magnitude, gaps."""

from __future__ import annotations

import numpy as np

from tunewise.cases.columns import UNKNOWN_CODE, FactColumn, FactTable
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.vocabulary import Fact, Vocabulary

GAPS = 0.2
"""The share of facts that are unknown."""
MODELS = ("openai/gpt-4o", "openai/gpt-4o-mini", "anthropic/claude-3-5-haiku-latest")
LARGEST = {"integer": 1e6, "number": 1e5}
SETS = 300
"""Different combinations of a set's values."""


def inventory(vocabulary: Vocabulary, rows: int, seed: int) -> FactTable:
    """Return a table of random cases; the same for the same seed."""
    random = np.random.default_rng(seed)
    given = [vocabulary[id] for id in vocabulary.given]
    return FactTable(rows, {fact.id: _column(fact, rows, random) for fact in given})


def _column(fact: Fact, rows: int, random: np.random.Generator) -> FactColumn:
    if fact.numeric:
        values, codes = np.unique(_numbers(fact, rows, random), return_inverse=True)
        allowed = tuple(_checked(fact, value) for value in values.tolist())
    else:
        allowed = _values(fact, random)
        codes = random.integers(len(allowed), size=rows)
    codes[random.random(rows) < GAPS] = UNKNOWN_CODE
    return FactColumn(allowed, codes.astype(np.int32))


def _checked(fact: Fact, value: float) -> Value:
    found = fact.check(value)
    assert found is not None
    return found


def _numbers(fact: Fact, rows: int, random: np.random.Generator) -> np.ndarray:
    """Draw shares evenly to a tenth of a percent, other numbers evenly over their orders of magnitude."""
    if fact.type == "share":
        return random.integers(1001, size=rows) / 1000
    low, high = max(fact.minimum, 1), min(fact.upper, LARGEST[fact.type])
    drawn = np.exp(random.uniform(np.log(low), np.log(high), size=rows))
    if fact.id == "commitment_months":
        drawn = 1 + drawn % 60
    return np.round(drawn, 0 if fact.type == "integer" else 1)


def _values(fact: Fact, random: np.random.Generator) -> tuple[Value, ...]:
    if fact.type == "boolean":
        return (False, True)
    if fact.type == "text":
        return MODELS
    if fact.type == "choice":
        return fact.options
    held = random.random((SETS, len(fact.options))) < 0.3
    drawn = (tuple(o for o, h in zip(fact.options, row, strict=True) if h) for row in held)
    return tuple(dict.fromkeys(drawn))
