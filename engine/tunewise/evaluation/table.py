"""Takes a table of cases all the way, as evaluation.py does one: facts, plans, costs, decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tunewise.cases.columns import FactTable
from tunewise.costs.assuming import Override
from tunewise.costs.table_costs import ColumnCosts, CostTable
from tunewise.errors import UserError
from tunewise.inference.table import Plan, TableConclusions, TableInference
from tunewise.knowledge.rulebook import Rulebook


@dataclass(frozen=True)
class TableEvaluation:
    """All that was found out about the cases of a table.

    `failed` are the rows that cannot be evaluated, with the reason; what stands in their place elsewhere
    means nothing. `plans` holds, for each approach, the later decisions that would go with it.
    """

    table: FactTable
    plans: Mapping[str, Plan]
    costs: CostTable
    conclusions: TableConclusions

    @property
    def failed(self) -> Mapping[int, UserError]:
        """The rows that name a model without a price, or whose costs are beyond all measure."""
        return self.costs.failed


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
        self.currency = self._costs.currency

    def evaluate(self, table: FactTable) -> TableEvaluation:
        """Return the evaluation of every row; those that fail do not stop the others."""
        reasoning = self.inference.on(table)
        plans = reasoning.plans()
        costs = self._costs.estimate(table, plans)
        return TableEvaluation(table, plans, costs, reasoning.conclude(costs.facts))

    def close(self) -> None:
        """Free the engine."""
        self.inference.close()
