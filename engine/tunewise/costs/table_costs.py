"""What each approach costs for many cases at once: the arithmetic of one case, on columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from tunewise.cases.columns import FactColumn, FactTable
from tunewise.costs.assuming import Override
from tunewise.costs.breakeven import BREAK_EVEN_REASONS, NEVER, Overtaking
from tunewise.costs.caveats import unpriced
from tunewise.costs.choices import Choice
from tunewise.costs.columns import ColumnFacts, Columns, Figures, Floats, Truths, Whole, truth
from tunewise.costs.estimator import Estimator, Totals
from tunewise.costs.kernel import rounded
from tunewise.costs.lines import Worked
from tunewise.costs.model import CostModel
from tunewise.costs.quantities import MODEL
from tunewise.costs.ranges import PARTS, Range, plain_number
from tunewise.costs.table_lines import LineColumns
from tunewise.costs.taken import taken
from tunewise.costs.token_prices import refusal
from tunewise.errors import EngineError, UserError
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import LARGEST_NUMBER, Fact

PlanColumns = Mapping[str, FactColumn]
"""The options of one approach by decision; a decision that is blocked is unknown, or says so."""
TOTALS = ("initial", "monthly", "horizon", "per_1000")
PER_1000 = "per_1000_requests"


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
        self.currency = self._model.currency

    def estimate(self, table: FactTable, plans: Mapping[str, PlanColumns]) -> CostTable:
        """Return the costs of every row with its plans' options; those that fail do not stop the others."""
        model, kernel, book = self._model, Columns(table.rows), self._model.book
        if book is None:
            return CostTable(table.rows, np.zeros(table.rows, dtype=np.int64))
        facts = ColumnFacts(table.columns, kernel)
        choices = {
            approach: {name: Choice(kernel, one.values, one.codes) for name, one in plan.items()}
            for approach, plan in plans.items()
        }
        with np.errstate(all="ignore"):  # a branch that a row does not take may come to anything
            reckoning = Estimator(book, model.assumptions, model.as_of, facts, choices)
            return _Table(model, reckoning, table, plans).costs()


class _Table:
    """One table's costs on their way into columns."""

    def __init__(
        self,
        model: CostModel,
        reckoning: Estimator,
        table: FactTable,
        plans: Mapping[str, PlanColumns],
    ) -> None:
        self.model, self.reckoning, self.table, self.plans = model, reckoning, table, plans
        self.kernel = Columns(table.rows)

    def costs(self) -> CostTable:
        """Return everything that the cases cost."""
        months, facts = self.reckoning.months, self.model.rulebook.facts
        estimates = {
            approach: EstimateColumns(total, self.kernel)
            for approach, total in self.reckoning.totals.items()
        }
        found = self.reckoning.overtaking
        return CostTable(
            rows=self.table.rows,
            horizon_months=np.nan_to_num(self.kernel.column(months)).astype(np.int64),
            estimates=estimates,
            break_even=None if found is None else BreakEvens.of(found, self.kernel),
            facts={
                id: self._fact(facts[id], value)
                for id, value in self.reckoning.computed().items()
                if id in facts and facts[id].origin == "computed"
            },
            failed=self._failed(estimates),
            assume=self._assumed,
            unpriced=lambda: {
                says: self.kernel.truths(mask) for says, mask in unpriced(self.reckoning)
            },
        )

    def _fact(self, fact: Fact, value: Any) -> FactColumn:
        column = self.kernel.column(value)
        return truth(column) if fact.type == "boolean" else Figures(column)

    def _assumed(self) -> dict[str, FactColumn]:
        facts, assumptions = self.model.rulebook.facts, self.model.assumptions
        found = taken(self.reckoning, facts, assumptions)
        return {name: FactColumn(one.values, self.kernel.codes(one)) for name, one in found.items()}

    def _failed(self, estimates: Mapping[str, EstimateColumns]) -> dict[int, UserError]:
        """Return the rows without costs, with the reason.

        They state a model without a price, cost more than can be in one of the approaches, or need what is neither
        known nor assumed.
        """
        found, reasons = self._unpriced(), dict[object, UserError]()
        months = self.kernel.column(self.reckoning.months)
        for approach, estimate in estimates.items():
            high = estimate.horizon.high
            for row in np.flatnonzero(~(high / PARTS <= LARGEST_NUMBER)).tolist():
                if row not in found:
                    key = row if np.isnan(high[row]) else (approach, int(months[row]))
                    found[row] = reasons[key] = reasons.get(key) or self._reason(row)
        return dict(sorted(found.items()))

    def _unpriced(self) -> dict[int, UserError]:
        models = self.table.columns.get(MODEL)
        if models is None:
            return {}
        used = np.unique(models.codes).tolist()
        refused = {
            code: error
            for code in used
            if code >= 0 and (error := refusal(str(models.values[code]), self.model.as_of))
        }
        rows = np.flatnonzero(np.isin(models.codes, list(refused))).tolist()
        return {row: refused[int(models.codes[row])] for row in rows}

    def _reason(self, row: int) -> UserError:
        """Return what is said of a single case that has no costs."""
        plans = {
            approach: {name: str(one.value(row) or BLOCKED) for name, one in plan.items()}
            for approach, plan in self.plans.items()
        }
        try:
            self.model.facts(self.table.facts(row), plans)
        except UserError as error:
            return error
        raise EngineError(f"row {row} of a table has no costs, and alone it has")


@dataclass(frozen=True, eq=False)
class BreakEvens:
    """When tuning overtakes prompting: months at best, expected, at worst, to two places, infinite for never.

    `reasons` index BREAK_EVEN_REASONS.
    """

    months: tuple[Floats, Floats, Floats]
    reasons: Whole

    @classmethod
    def of(cls, found: Overtaking, kernel: Columns) -> BreakEvens:
        """Return the break-evens of all rows."""
        low, expected, high = (
            kernel.column(rounded(kernel, months, PARTS) / PARTS) for months in found.months
        )
        return cls((low, expected, high), kernel.column(found.reasons).astype(np.int64))

    def record(self, row: int) -> dict[str, Any]:
        """Return a row's break-even as plain data."""
        months = (float(end[row]) for end in self.months)
        low, expected, high = (NEVER if np.isinf(one) else plain_number(one) for one in months)
        return {
            "months": {"low": low, "expected": expected, "high": high},
            "reason": BREAK_EVEN_REASONS[self.reasons[row]],
        }


class EstimateColumns:
    """What one approach costs in each row: totals in whole cents, and the lines that any row has."""

    def __init__(self, total: Totals, kernel: Columns) -> None:
        self.approach, self._kernel, self._total = total.approach, kernel, total
        self.lines: Sequence[Worked] = [one for one in total.lines if kernel.any(one.costs)]
        self.horizon = self.total("horizon")
        self.priced = kernel.truths(total.priced)

    def total(self, name: str) -> Range:
        """Return a total of every row: initial, monthly, horizon, or per_1000 requests."""
        amounts: Range = getattr(self._total, name)
        return amounts.each(self._kernel.column)

    def record(self, row: int) -> dict[str, Any]:
        """Return a row's estimate as plain data, its lines by id and amount alone."""
        places = self._has[row].nonzero()[0]
        ends = self._cents[row, places].T.tolist()
        made = self._made
        parts = [
            made.get(key) or self._make(key) for key in zip(places.tolist(), *ends, strict=True)
        ]
        found: dict[str, Any] = dict(zip(TOTALS, parts, strict=False))
        per = found.pop("per_1000")
        found[PER_1000] = None if np.isnan(ends[-1][len(TOTALS) - 1]) else per
        found["lines"] = parts[len(TOTALS) :]
        return found

    @cached_property
    def told(self) -> LineColumns:
        """The lines of each row, with quantities and rates."""
        return LineColumns(self.lines, self._kernel, self._total.q.assumptions)

    @cached_property
    def _made(self) -> dict[tuple[int, float, float, float], dict[str, Any]]:
        """Parts of records, each made once for all rows that have the same: by place and cents."""
        return {}

    def _make(self, key: tuple[int, float, float, float]) -> dict[str, Any]:
        place, *ends = key
        low, expected, high = (plain_number(cents / PARTS) for cents in ends)
        amount = {"low": low, "expected": expected, "high": high}
        line = place - len(TOTALS)
        made = amount if line < 0 else {"id": self.lines[line].id, "amount": amount}
        self._made[key] = made
        return made

    @cached_property
    def _cents(self) -> Floats:
        """All amounts of each row: the totals, then the lines; low, expected and high of each."""
        amounts = [*map(self.total, TOTALS), *(line.cents for line in self.lines)]
        columns = [[self._kernel.column(end) for end in amount.values] for amount in amounts]
        return np.stack([np.stack(ends, axis=1) for ends in columns], axis=1)

    @cached_property
    def _has(self) -> Truths:
        """Which of these amounts each row has: all totals, and some of the lines."""
        masks = [True] * len(TOTALS) + [line.costs for line in self.lines]
        return np.stack([self._kernel.truths(mask) for mask in masks], axis=1)

    def price(self, row: int) -> Any:
        """Return the token price that a row pays, None where it pays for none."""
        if not self.priced[row]:
            return None
        sent, received, listed = self._prices
        usual = listed.values[self._kernel.codes(listed)[row]].usual
        return replace(
            usual,
            input_usd_per_mtok=float(sent[row]),
            output_usd_per_mtok=float(received[row]),
        )

    @cached_property
    def _prices(self) -> tuple[Floats, Floats, Choice]:
        price, column = self._total.q.price, self._kernel.column
        return column(price.input_usd_per_mtok), column(price.output_usd_per_mtok), price.listed


@dataclass(frozen=True, eq=False)
class CostTable:
    """The costs of all rows: estimates by approach, and what rules may test of them.

    `failed` are the rows without costs, with the reason; what stands in their place elsewhere means nothing.
    """

    rows: int
    horizon_months: Whole
    estimates: Mapping[str, EstimateColumns] = field(default_factory=dict)
    break_even: BreakEvens | None = None
    facts: Mapping[str, FactColumn] = field(default_factory=dict)
    failed: Mapping[int, UserError] = field(default_factory=dict)
    assume: Callable[[], Mapping[str, FactColumn]] = dict
    unpriced: Callable[[], Mapping[str, Truths]] = dict

    def gaps(self, row: int) -> tuple[str, ...]:
        """Return what has no price in any plan of a row."""
        return tuple(says for says, where in self._unpriced.items() if where[row])

    @cached_property
    def _unpriced(self) -> Mapping[str, Truths]:
        return self.unpriced()

    @cached_property
    def assumed(self) -> Mapping[str, FactColumn]:
        """The facts that were assumed, unknown where they were not, or differently for the approaches."""
        return self.assume()

    def record(self, row: int) -> dict[str, Any]:
        """Return a row's costs as a decision record holds them: amounts in USD, each token price used once."""
        even = {} if self.break_even is None else self.break_even.record(row)
        return {
            "costs": {name: found.record(row) for name, found in self.estimates.items()},
            "break_even": {**even, "horizon_months": int(self.horizon_months[row])},
            "prices": self._prices(row),
        }

    def _prices(self, row: int) -> list[dict[str, Any]]:
        found: dict[str, Any] = {}
        for price in filter(None, (one.price(row) for one in self.estimates.values())):
            found.setdefault(price.model, price)
        return [price.as_record() for price in found.values()]
