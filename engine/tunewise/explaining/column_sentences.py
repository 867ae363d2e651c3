"""Puts the reasons of a table's rows in words, as Explanation.reason does those of one case: each text once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from tunewise.cases.columns import FactColumn
from tunewise.explaining.explanation import Explanation
from tunewise.knowledge.rule import PLACEHOLDER, Rule
from tunewise.knowledge.vocabulary import UNKNOWN

Texts = npt.NDArray[np.object_]
ReasonRows = npt.NDArray[np.intp]


class ColumnSentences:
    """Fills the facts of one table into sentences; each value is put in words once."""

    def __init__(self, explanation: Explanation, memory: Mapping[str, FactColumn]) -> None:
        self._explanation, self._memory = explanation, memory
        self._words: dict[str, dict[int, str]] = {}

    def of(self, rule: Rule, rows: ReasonRows) -> Texts:
        """Return the reason of a rule for each of some rows."""
        pieces: list[str] = PLACEHOLDER.split(rule.because)
        said = [self._said(name, rows, name in rule.reads) for name in pieces[1::2]]
        found = np.full(len(rows), pieces[0], dtype=object)
        for words, text in zip(said, pieces[2::2], strict=True):
            found = found + (words + text)
        return found

    def _said(self, name: str, rows: ReasonRows, read: bool) -> Texts:
        """Return a fact in words for each of some rows; a rule speaks only of what it reads."""
        column = self._memory.get(name) if read else None
        if column is None:
            return np.full(len(rows), UNKNOWN, dtype=object)
        words = self._words.setdefault(name, {-1: UNKNOWN})
        fact, say = self._explanation.facts[name], self._explanation.say
        codes = column.codes[rows].tolist()
        for code in set(codes).difference(words):
            words[code] = say(fact, column.values[code])
        found = np.empty(len(rows), dtype=object)
        found[:] = [words[code] for code in codes]
        return found
