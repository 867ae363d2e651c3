"""Tells which unknown facts matter in each row of a table, as Explanation.unknown tells it of one case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tunewise.cases.columns import UNKNOWN_CODE, FactColumn
from tunewise.inference.column_truths import ColumnTruths, Comparisons, TruthMask
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook

UnknownCounts = npt.NDArray[np.int16]


@dataclass(frozen=True)
class UnknownRows:
    """How many rules wait for each of some facts, for each row; 0 where it is known or makes no sense to ask."""

    facts: tuple[str, ...]
    counts: UnknownCounts

    def __getitem__(self, row: int) -> dict[str, int]:
        """Return the facts that rules wait for in a row, with how many do, those first that most wait for."""
        return self._ordered[row]

    @cached_property
    def _ordered(self) -> list[dict[str, int]]:
        order = np.argsort(-self.counts, axis=1, kind="stable")
        waits = np.take_along_axis(self.counts, order, axis=1).tolist()
        waited = np.count_nonzero(self.counts, axis=1).tolist()
        return [
            {self.facts[fact]: rules for fact, rules in zip(facts[:most], row[:most], strict=True)}
            for facts, row, most in zip(order.tolist(), waits, waited, strict=True)
        ]

    def first(self, number: int) -> list[str]:
        """Return the names of the first facts of each row, set apart by semicolons."""
        left, every = self.counts.copy(), np.arange(len(self.counts))
        key = np.zeros(len(self.counts), dtype=np.int64)
        for _ in range(number):
            most = left.argmax(axis=1)  # of equals the first, as in a stable order
            key = key * (len(self.facts) + 1) + np.where(left[every, most] > 0, most + 1, 0)
            left[every, most] = 0
        distinct, inverse = np.unique(key, return_inverse=True)
        said = [self._named(one, number) for one in distinct.tolist()]
        return [said[one] for one in inverse.tolist()]

    def _named(self, key: int, number: int) -> str:
        base = len(self.facts) + 1
        places = (key // base ** (number - 1 - i) % base for i in range(number))
        return "; ".join(self.facts[place - 1] for place in places if place)


class ColumnUnknowns:
    """Finds what rules wait for under one rulebook."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._given, self._questions = rulebook.facts.given, rulebook.questions
        self._rules = [
            rule
            for rule in rulebook.rules.values()
            if any(fact in rulebook.facts.given for fact in rule.reads)
        ]
        conditions = [rule.when for rule in self._rules]
        self._comparisons = Comparisons(rulebook.facts, [*conditions, *self._questions.values()])

    def of(self, rows: int, memory: Mapping[str, FactColumn]) -> UnknownRows:
        """Return for each row the unknown facts worth asking that rules wait for, with how many rules do."""
        truths = self._comparisons.on(rows, memory)
        counts = {fact: np.zeros(rows, dtype=np.int16) for fact in self._given}
        for rule in self._rules:
            for fact, waits in _waiting(truths, rule).items():
                if fact in counts:
                    counts[fact] += waits
        for fact in memory.keys() & counts.keys():
            counts[fact][memory[fact].codes != UNKNOWN_CODE] = 0
        for fact, condition in self._questions.items():
            _, makes_none = truths.verdict(condition)
            counts[fact][makes_none] = 0
        return UnknownRows(self._given, np.stack(list(counts.values()), axis=1))


def _waiting(truths: ColumnTruths, rule: Rule) -> dict[str, TruthMask]:
    """Return where a rule waits for each fact: once, however often its condition asks for it."""
    found: dict[str, TruthMask] = {}
    for fact, where in truths.undecided(rule.when):
        found[fact] = found[fact] | where if fact in found else where
    return found
