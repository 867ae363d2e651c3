"""Tells how certain the first decision is in each row of a table, by what is known alone."""

from __future__ import annotations

import numpy as np

from tunewise.cases.columns import FactTable
from tunewise.explaining.certainty import OPEN_STATUS, SETTLED, TOO_EARLY, CertaintyStatus
from tunewise.explaining.columns import ByCondition
from tunewise.inference.bounds import possible
from tunewise.inference.column_bounds import OpenRows
from tunewise.inference.interpreter import Interpreter
from tunewise.inference.strata import leading_to, strata
from tunewise.knowledge.rulebook import Rulebook


class ColumnCertainty:
    """Judges tables under one rulebook, as CertaintyByBounds judges cases."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook, self._first = rulebook, next(iter(rulebook.decisions))
        self._strata = leading_to(strata(rulebook.rules, rulebook.decisions), self._first)
        self._holds = Interpreter(rulebook.scales).holds
        least = rulebook.least_known
        self._least = None if least is None else ByCondition(rulebook.facts, least, self._holds)

    def of(self, table: FactTable) -> list[CertaintyStatus]:
        """Return how certain the first decision of each row is."""
        rows = OpenRows(self._rulebook, table)
        options = possible(self._rulebook, self._strata, rows)[self._first]
        counts = sum(np.asarray(may, dtype=np.int8) for may in options.values())
        asked = np.logical_or.reduce(list(rows.asked.values()))
        settled = np.broadcast_to((counts <= 1) | ~asked, table.rows)
        early = self._early(table)
        return [
            SETTLED if sure else TOO_EARLY if soon else OPEN_STATUS
            for sure, soon in zip(settled.tolist(), early, strict=True)
        ]

    def _early(self, table: FactTable) -> list[bool]:
        if self._least is None:
            return [False] * table.rows
        places, enough = self._least.of(table.rows, table.columns)
        return [enough[place] is not True for place in places.tolist()]
