"""What each approach costs, for many cases at once: the twin of model.py, to the cent.

Amounts are reckoned in floats, by the formulas of the single path. Wherever a float lies too near to the place at
which a rounding turns, the decimals of the single path are asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import DivisionByZero, InvalidOperation, Overflow, localcontext

import numpy as np

from tunewise.cases.columns import FactTable
from tunewise.costs.assuming import Override
from tunewise.costs.columns.prices import Tariff
from tunewise.costs.columns.reckoning import Plan, TableReckoning
from tunewise.costs.columns.table import CostTable
from tunewise.costs.model import CostModel
from tunewise.knowledge.rulebook import Rulebook


class ColumnCosts:
    """Estimates the costs of tables under one rulebook, one date and one set of assumptions.

    Takes and raises what CostModel does.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        as_of: date,
        assumptions: Mapping[str, str | Override],
        shown_in: tuple[str | None, str | None] = (None, None),
    ) -> None:
        self._model = CostModel(rulebook, as_of, assumptions, shown_in)
        self._tariff = Tariff(as_of)
        self.currency = self._model.currency

    def estimate(self, table: FactTable, plans: Mapping[str, Plan]) -> CostTable:
        """Return the costs of every row with its plans' options; those that fail do not stop the others."""
        if self._model.book is None:
            return CostTable(table.rows, np.zeros(table.rows, dtype=np.int64))
        with localcontext() as context, np.errstate(all="ignore"):
            for trap in (DivisionByZero, InvalidOperation, Overflow):
                context.traps[trap] = (
                    False  # a branch that a row does not take may come to anything
                )
            reckoning = TableReckoning(self._model, self._model.book, self._tariff, table, plans)
            return reckoning.costs()
