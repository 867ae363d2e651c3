"""Tells which unknown facts matter in each row of a table, as Explanation.unknown tells it of one case."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from tunewise.cases.columns import UNKNOWN_CODE, FactColumn
from tunewise.explaining.columns import ByCondition
from tunewise.explaining.explanation import Explanation
from tunewise.inference.interpreter import Facts
from tunewise.knowledge.conditions import Condition
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook

UnknownCounts = npt.NDArray[np.int16]


class ColumnUnknowns:
    """Finds what rules wait for under one rulebook."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._given, explanation = rulebook.facts.given, Explanation(rulebook)
        rules = [_Waiting(rule, rulebook, explanation) for rule in rulebook.rules.values()]
        self._rules = [rule for rule in rules if rule.facts]
        self._asked = {
            fact: ByCondition(rulebook.facts, condition, explanation.makes_sense)
            for fact, condition in rulebook.questions.items()
        }

    def of(self, rows: int, memory: Mapping[str, FactColumn]) -> list[dict[str, int]]:
        """Return for each row the unknown facts worth asking that rules wait for, with how many rules do.

        Those that most rules wait for come first.
        """
        counts = {fact: np.zeros(rows, dtype=np.int16) for fact in self._given}
        for rule in self._rules:
            for fact, waits in zip(rule.facts, rule.waits(rows, memory).T, strict=True):
                counts[fact] += waits
        for fact in memory.keys() & counts.keys():
            counts[fact][memory[fact].codes != UNKNOWN_CODE] = 0
        for fact, asked in self._asked.items():
            places, sense = asked.of(rows, memory)
            counts[fact] *= np.array(sense, dtype=np.int16).take(places)
        return self._ordered(np.stack(list(counts.values()), axis=1))

    def _ordered(self, counts: UnknownCounts) -> list[dict[str, int]]:
        order = np.argsort(-counts, axis=1, kind="stable")
        waits = np.take_along_axis(counts, order, axis=1).tolist()
        waited = np.count_nonzero(counts, axis=1).tolist()
        return [
            {self._given[fact]: rules for fact, rules in zip(facts[:most], row[:most], strict=True)}
            for facts, row, most in zip(order.tolist(), waits, waited, strict=True)
        ]


class _Waiting:
    """One rule, and which of its given facts leave it open."""

    def __init__(self, rule: Rule, rulebook: Rulebook, explanation: Explanation) -> None:
        self.facts = tuple(fact for fact in rule.reads if fact in rulebook.facts.given)
        self._explanation = explanation
        self._open = ByCondition(rulebook.facts, rule.when, self._left_open)

    def _left_open(self, when: Condition, facts: Facts) -> list[bool]:
        open_ = set(self._explanation.undecided(when, facts))
        return [fact in open_ for fact in self.facts]

    def waits(self, rows: int, memory: Mapping[str, FactColumn]) -> npt.NDArray[np.int8]:
        """Return for each row and fact whether the rule waits for it, were it unknown."""
        places, found = self._open.of(rows, memory)
        told = np.array(found, dtype=np.int8).reshape(-1, len(self.facts))
        return told.take(places, axis=0)
