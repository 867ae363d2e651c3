"""Rules as plain polars expressions, one boolean column a rule: without strata, decisions or any check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import and_, or_
from typing import Any

import polars as pl
from engines import SLACK

from tunewise.knowledge.conditions import All, Comparison, Condition, Other
from tunewise.knowledge.rulebook import Rulebook

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
KINDS = {"boolean": pl.Boolean}


class Ceiling:
    """A rulebook as expressions over a column a fact: ranks for choices, a truth for each value of a set."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.facts = rulebook.facts
        self.reads = tuple(dict.fromkeys(f for r in rulebook.rules.values() for f in r.reads))
        self.rules = {
            id: self._condition(rule.when).fill_null(value=False)
            for id, rule in rulebook.rules.items()
        }

    def written(self, fact: str) -> pl.DataType | type[pl.DataType]:
        """Return how polars is to read a column of a csv file."""
        known = self.facts[fact]
        if known.type == "choice":
            return pl.Enum(known.options)
        return pl.Float64 if known.numeric else KINDS.get(known.type, pl.String)

    def columns(self, fact: str) -> list[pl.Expr]:
        """Return the columns of a fact as rules read them, from the one that was read."""
        known, value = self.facts[fact], pl.col(fact)
        if known.type == "choice":
            return [value.to_physical()]
        if known.type != "set":
            return [value]
        held = value.str.split("; ")
        members = [held.list.contains(o).alias(member(fact, o)) for o in known.options]
        return [pl.when(value.is_not_null()).then(True).alias(fact), *members]

    def _condition(self, condition: Condition) -> pl.Expr:
        if isinstance(condition, Comparison):
            return self._comparison(condition)
        every = isinstance(condition, All)
        parts = map(self._condition, condition.parts)
        return reduce(and_ if every else or_, parts, pl.lit(value=every))

    def _comparison(self, comparison: Comparison) -> pl.Expr:
        value, operand = pl.col(comparison.fact), comparison.operand
        if comparison.op in ("known", "unknown"):
            return value.is_not_null() if comparison.op == "known" else value.is_null()
        if comparison.op in ("includes", "excludes"):
            held = pl.col(member(comparison.fact, operand))
            return held if comparison.op == "includes" else ~held
        if isinstance(operand, Other):
            less = pl.col(operand.less) if isinstance(operand.less, str) else operand.less
            bound = pl.col(operand.fact) * float(operand.times) - less
            return TESTS[comparison.op](value - bound, SLACK[comparison.op])
        fact = self.facts[comparison.fact]
        if fact.type == "choice":
            named = operand if isinstance(operand, tuple) else (operand,)
            ranks = tuple(fact.options.index(str(name)) for name in named)
            operand = ranks if isinstance(operand, tuple) else ranks[0]
        return TESTS[comparison.op](value, operand)


def member(fact: str, option: object) -> str:
    """Return the name of the column that says whether a set holds a value."""
    return f"{fact}: {option}"
