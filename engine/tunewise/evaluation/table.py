"""Takes a table of cases all the way, as evaluator.py does one: facts, plans, costs, decisions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from tunewise.cases.columns import FactTable
from tunewise.costs.assuming import Override
from tunewise.costs.table_costs import ColumnCosts
from tunewise.evaluation.evaluator import versions
from tunewise.explaining.tables import TableExplanation
from tunewise.inference.table import TableInference
from tunewise.knowledge.rulebook import Rulebook
from tunewise.record.table import TableEvaluation


class TableEvaluator:
    """Evaluates tables under one rulebook, one date and one set of assumptions."""

    def __init__(
        self,
        rulebook: Rulebook,
        as_of: date,
        assumptions: Mapping[str, str | Override] | None = None,
        shown_in: tuple[str | None, str | None] = (None, None),
    ) -> None:
        self.rulebook, self.as_of = rulebook, as_of
        self.overrides = dict(assumptions or {})
        self._costs = ColumnCosts(rulebook, as_of, self.overrides, shown_in)
        self.inference = TableInference(rulebook)
        self._versions, self._explanation = versions(), TableExplanation(rulebook)

    def evaluate(self, table: FactTable) -> TableEvaluation:
        """Return the evaluation of every row; those that fail do not stop the others."""
        reasoning = self.inference.on(table)
        plans = reasoning.plans()
        costs = self._costs.estimate(table, plans)
        return TableEvaluation(
            table=table,
            as_of=self.as_of,
            versions=self._versions,
            rulebook=self.rulebook,
            assumptions=self.overrides,
            currency=self._costs.currency,
            plans=plans,
            costs=costs,
            conclusions=reasoning.conclude(costs.facts),
            explanation=self._explanation,
        )

    def close(self) -> None:
        """Free the engine."""
        self.inference.close()
