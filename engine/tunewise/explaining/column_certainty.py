"""Tells how certain the first decision is in each row of a table, by what is known alone."""

from __future__ import annotations

import numpy as np

from tunewise.cases.columns import FactTable
from tunewise.explaining.certainty import OPEN_STATUS, SETTLED, TOO_EARLY, CertaintyStatus
from tunewise.inference.bounds import possible
from tunewise.inference.column_bounds import OpenRows
from tunewise.inference.column_truths import ColumnTruths, Comparisons, TruthMask
from tunewise.inference.strata import leading_to, strata
from tunewise.knowledge.rulebook import Rulebook


class ColumnCertainty:
    """Judges tables under one rulebook, as CertaintyByBounds judges cases."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook, self._first = rulebook, next(iter(rulebook.decisions))
        self._strata = leading_to(strata(rulebook.rules, rulebook.decisions), self._first)
        rules = [rule.when for stratum in self._strata for rule in stratum.rules]
        asked, least = rulebook.questions.values(), rulebook.least_known
        conditions = [*rules, *asked, *(when.negated() for when in asked)]
        conditions += [] if least is None else [least]
        self._comparisons = Comparisons(rulebook.facts, conditions)

    def of(self, table: FactTable) -> list[CertaintyStatus]:
        """Return how certain the first decision of each row is."""
        truths = self._comparisons.on(table.rows, table.columns)
        rows = OpenRows(self._rulebook, table, truths)
        options = possible(self._rulebook, self._strata, rows)[self._first]
        counts = sum(np.asarray(may, dtype=np.int8) for may in options.values())
        asked = np.logical_or.reduce(list(rows.asked.values()))
        settled = np.broadcast_to((counts <= 1) | ~asked, table.rows)
        early = self._early(table, truths)
        return [
            SETTLED if sure else TOO_EARLY if soon else OPEN_STATUS
            for sure, soon in zip(settled.tolist(), early.tolist(), strict=True)
        ]

    def _early(self, table: FactTable, truths: ColumnTruths) -> TruthMask:
        if self._rulebook.least_known is None:
            return np.zeros(table.rows, dtype=np.bool_)
        enough, _ = truths.verdict(self._rulebook.least_known)
        return ~enough
