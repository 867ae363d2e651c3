"""All that was found out about the cases of a table, in columns, with what each row was decided by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import msgspec
import numpy as np

from tunewise.cases.columns import UNKNOWN_CODE, FactTable
from tunewise.cases.rows import by_row
from tunewise.costs.assuming import Override
from tunewise.costs.currency import Currency
from tunewise.costs.table_costs import CostTable
from tunewise.errors import UserError
from tunewise.explaining.certainty import CertaintyStatus
from tunewise.explaining.column_reasons import FirstReasons
from tunewise.explaining.column_unknowns import UnknownRows
from tunewise.explaining.decisive import decisive
from tunewise.explaining.tables import TableExplanation
from tunewise.inference.deciding import Outcome, outcome
from tunewise.inference.table import PlanOptions, TableConclusions
from tunewise.knowledge.rulebook import Rulebook
from tunewise.record.decision import decision_record


@dataclass(frozen=True)
class TableEvaluation:
    """All that was found out about the cases of a table.

    `plans` holds, for each approach, the later decisions that would go with it. What is said of rows that failed
    means nothing.
    """

    table: FactTable
    as_of: date
    versions: Mapping[str, str]
    rulebook: Rulebook
    assumptions: Mapping[str, str | Override]
    currency: Currency
    plans: Mapping[str, PlanOptions]
    costs: CostTable
    conclusions: TableConclusions
    explanation: TableExplanation = field(repr=False)

    @property
    def failed(self) -> Mapping[int, UserError]:
        """The rows that name a model without a price, or whose costs are beyond all measure."""
        return self.costs.failed

    @cached_property
    def reasons(self) -> FirstReasons:
        """The rules that carry most of the first decision of each row, the strongest first."""
        return self.explanation.reasons.of(self.conclusions)

    @cached_property
    def unknown(self) -> UnknownRows:
        """The unknown facts worth asking in each row, with how many rules wait for each."""
        return self.explanation.unknowns.of(self.table.rows, self.conclusions.memory)

    @cached_property
    def certainty(self) -> list[CertaintyStatus]:
        """How certain the first decision of each row is, by what is known alone: settled, too early or open."""
        return self.explanation.certainty.of(self.table)

    @cached_property
    def known(self) -> list[int]:
        """How many facts are stated of each row."""
        columns = self.table.columns.values()
        stated = [column.codes != UNKNOWN_CODE for column in columns]
        return np.sum(stated, axis=0, dtype=int).tolist() if stated else [0] * self.table.rows

    @cached_property
    def decisions(self) -> dict[str, RowDecisions]:
        """How each decision was made, row by row."""
        return {
            id: RowDecisions(self.rulebook, id, self.conclusions)
            for id in self.conclusions.outcomes
        }


class RowDecisions:
    """How one decision was made in each row: once for all rows in which the same rules fired."""

    def __init__(self, rulebook: Rulebook, id: str, conclusions: TableConclusions) -> None:
        fired, self._decision = conclusions.fired, rulebook.decisions[id]
        self._rules = [rulebook.rules[rule] for rule in fired if rulebook.rules[rule].target == id]
        self._table = conclusions.outcomes[id]
        columns = [fired[rule.id] for rule in self._rules]
        self._fired = by_row(len(self._table.margin), columns)
        self._made: dict[tuple[int, ...], RowDecision] = {}

    def __getitem__(self, row: int) -> RowDecision:
        """Return how the decision was made in a row."""
        fired = tuple(self._fired[row])
        found = self._made.get(fired)
        if found is None:
            rules = (self._rules[i] for i in fired)
            found = self._made[fired] = RowDecision(
                outcome(self._decision, rules, self._table.weighed(row))
            )
        return found


@dataclass(frozen=True)
class RowDecision:
    """How one decision was made wherever the same rules fired."""

    outcome: Outcome

    @cached_property
    def plain(self) -> dict[str, Any]:
        """The same as plain data."""
        return decision_record(self.outcome)

    @cached_property
    def written(self) -> msgspec.Raw:
        """The same as JSON already."""
        return msgspec.Raw(msgspec.json.encode(self.plain))

    @cached_property
    def decisive(self) -> tuple[str, ...]:
        """The rules without any one of which it would have gone another way."""
        return decisive(self.outcome)
