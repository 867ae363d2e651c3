"""What each approach costs for many cases at once: the arithmetic of one case, on columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from tunewise.cases.columns import FactColumn, FactTable
from tunewise.costs.assuming import Override
from tunewise.costs.book import Gap
from tunewise.costs.break_even_columns import BreakEvens
from tunewise.costs.columns import Floats, Truths, Whole
from tunewise.costs.cost_blocks import (
    TOTALS,
    BlockCosts,
    BlockLines,
    BlockTotals,
    CostBlock,
    PlanColumns,
    in_places,
)
from tunewise.costs.lines import Line
from tunewise.costs.model import CostModel
from tunewise.costs.modelclass import MODEL
from tunewise.costs.pricesheet import TokenPrice
from tunewise.costs.ranges import PARTS, Range, plain_number
from tunewise.costs.table_lines import LineColumns
from tunewise.costs.token_prices import refusal
from tunewise.errors import EngineError, UserError
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import LARGEST_NUMBER

PER_1000 = "per_1000_requests"
ROWS_AT_ONCE = 1024
"""Rows that are reckoned at once: more would take much memory, fewer more time than their numbers need."""


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
        if self._model.book is None:
            return CostTable(table.rows, np.zeros(table.rows, dtype=np.int64))
        return _Table(self._model, table, plans).costs()


class _Table:
    """One table's costs on their way into columns, block by block: draws of all rows at once would fill the memory."""

    def __init__(
        self, model: CostModel, table: FactTable, plans: Mapping[str, PlanColumns]
    ) -> None:
        self.model, self.table, self.plans = model, table, plans
        order = _order(table.rows, plans)
        self.places = np.argsort(order)
        self.blocks = [
            CostBlock(model, order[start : start + ROWS_AT_ONCE], table, plans)
            for start in range(0, max(table.rows, 1), ROWS_AT_ONCE)
        ]

    def costs(self) -> CostTable:
        """Return everything that the cases cost."""
        found = [block.costs() for block in self.blocks]
        estimates = {
            approach: EstimateColumns(
                [one.totals[approach] for one in found],
                self._lines(approach),
                self._told(approach),
                self._drawn(approach),
                self.places,
            )
            for approach in self.plans
        }
        months = np.concatenate([one.months for one in found])[self.places].astype(np.int64)
        return CostTable(
            rows=self.table.rows,
            horizon_months=months,
            estimates=estimates,
            break_even=BreakEvens.of(
                [one.months_paid for one in found if one.months_paid], self.places
            ),
            facts=in_places([(len(one.months), one.facts) for one in found], self.places),
            failed=self._failed(estimates, months),
            assume=self._assumed,
            holes={approach: self._holes(approach, found) for approach in self.plans},
            places=self.places,
        )

    def _assumed(self) -> Mapping[str, FactColumn]:
        return in_places([(one.kernel.rows, one.assumed()) for one in self.blocks], self.places)

    def _holes(self, approach: str, found: Sequence[BlockCosts]) -> Sequence[tuple[Gap, Truths]]:
        blocks = [one.holes[approach] for one in found]
        gaps = self.model.book.gaps if self.model.book else {}
        return [
            (gaps[id], np.concatenate([block[id] for block in blocks])[self.places])
            for id in blocks[0]
        ]

    def _lines(self, approach: str) -> Callable[[], Sequence[BlockLines]]:
        return lambda: [block.records.lines[approach] for block in self.blocks]

    def _told(self, approach: str) -> Callable[[], Sequence[LineColumns]]:
        return lambda: [block.told(approach) for block in self.blocks]

    def _drawn(self, approach: str) -> Callable[[], Sequence[Floats]]:
        return lambda: [block.records.drawn[approach] for block in self.blocks]

    def _failed(
        self, estimates: Mapping[str, EstimateColumns], months: Whole
    ) -> dict[int, UserError]:
        """Return the rows without costs, with the reason.

        They state a model without a price, cost more than can be in one of the approaches, or need what is neither
        known nor assumed.
        """
        found, reasons = self._unpriced(), dict[object, UserError]()
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


class EstimateColumns:
    """What one approach costs in each row: totals in whole cents, and the lines that any row has, when asked for."""

    def __init__(
        self,
        blocks: Sequence[BlockTotals],
        lines: Callable[[], Sequence[BlockLines]],
        told: Callable[[], Sequence[LineColumns]],
        drawn: Callable[[], Sequence[Floats]],
        places: Whole,
    ) -> None:
        self._lines, self._told, self._drawn = lines, told, drawn
        self._places = places
        self._totals = np.concatenate([block.cents for block in blocks])[places]
        self._prices = [price for block in blocks for price in block.prices]
        self._made: dict[tuple[int, float, float, float], dict[str, Any]] = {}

    def total(self, name: str) -> Range:
        """Return a total of every row: initial, monthly, horizon, or per_1000 requests."""
        place = TOTALS.index(name)
        low, expected, high = (self._totals[:, place, end] for end in range(3))
        return Range(low, expected, high)

    @property
    def horizon(self) -> Range:
        """The total over the months that are reckoned with."""
        return self.total("horizon")

    def record(self, row: int) -> dict[str, Any]:
        """Return a row's estimate as plain data, its lines by id and amount alone."""
        ids, cents, has = self._amounts
        places = has[row].nonzero()[0]
        ends = cents[row, places].T.tolist()
        made = self._made
        parts = [
            made.get(key) or self._make(key, ids)
            for key in zip(places.tolist(), *ends, strict=True)
        ]
        found: dict[str, Any] = dict(zip(TOTALS, parts, strict=False))
        per = found.pop("per_1000")
        found[PER_1000] = None if np.isnan(ends[-1][len(TOTALS) - 1]) else per
        found["lines"] = parts[len(TOTALS) :]
        return found

    def _make(self, key: tuple[int, float, float, float], ids: Sequence[str]) -> dict[str, Any]:
        """Return a part of records, made once for all rows that have the same: by place and cents."""
        place, *ends = key
        low, expected, high = (plain_number(cents / PARTS) for cents in ends)
        amount = {"low": low, "expected": expected, "high": high}
        line = place - len(TOTALS)
        made = amount if line < 0 else {"id": ids[line], "amount": amount}
        self._made[key] = made
        return made

    @cached_property
    def _amounts(self) -> tuple[Sequence[str], Floats, Truths]:
        """The lines' ids; all amounts of each row, the totals first; and which of them each row has."""
        blocks, rows = self._lines(), len(self._totals)
        ids = [id for id in blocks[0] if any(block[id][1].any() for block in blocks)]
        places = {id: len(TOTALS) + place for place, id in enumerate(ids)}
        cents = np.zeros((rows, len(TOTALS) + len(ids), 3))
        has = np.zeros((rows, len(TOTALS) + len(ids)), dtype=np.bool_)
        for start, block in zip(range(0, max(rows, 1), ROWS_AT_ONCE), blocks, strict=True):
            for id, place in places.items():
                (
                    cents[start : start + ROWS_AT_ONCE, place],
                    has[start : start + ROWS_AT_ONCE, place],
                ) = block[id]
        cents, has = cents[self._places], has[self._places]
        cents[:, : len(TOTALS)], has[:, : len(TOTALS)] = self._totals, True
        return ids, cents, has

    def cost_lines(self, row: int) -> tuple[Line, ...]:
        """Return a row's lines, with quantities and rates."""
        block, place = divmod(int(self._places[row]), ROWS_AT_ONCE)
        return self._blocks_told[block].lines(place)

    @cached_property
    def _blocks_told(self) -> Sequence[LineColumns]:
        return self._told()

    def draws(self, row: int) -> list[float]:
        """Return a row's total over the horizon in whole dollars, draw by draw: inputs are those of all rows."""
        found: list[float] = self._draws[row].tolist()
        return found

    @cached_property
    def _draws(self) -> Floats:
        return np.rint(np.concatenate(self._drawn())[self._places])

    def price(self, row: int) -> TokenPrice | None:
        """Return the token price that a row pays, None where it pays for none."""
        return self._prices[int(self._places[row])]


@dataclass(frozen=True, eq=False)
class CostTable:
    """The costs of all rows: estimates by approach, and what rules may test of them.

    `failed` are the rows without costs, with the reason; what stands in their place elsewhere means nothing.
    `holes` are what nothing prices, by approach, with the rows whose plan needs it. `places` say where in the blocks
    that they were reckoned in the rows stand.
    """

    rows: int
    horizon_months: Whole
    estimates: Mapping[str, EstimateColumns] = field(default_factory=dict)
    break_even: BreakEvens | None = None
    facts: Mapping[str, FactColumn] = field(default_factory=dict)
    failed: Mapping[int, UserError] = field(default_factory=dict)
    assume: Callable[[], Mapping[str, FactColumn]] = dict
    holes: Mapping[str, Sequence[tuple[Gap, Truths]]] = field(default_factory=dict)
    places: Whole = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def gaps(self, row: int) -> tuple[str, ...]:
        """Return what has no price in any plan of a row."""
        found = (gap.says for one in self.holes.values() for gap, where in one if where[row])
        return tuple(dict.fromkeys(found))

    def open_items(self, row: int, approach: str) -> tuple[str, ...]:
        """Return what the plan of an approach needs and nothing prices in a row, by name."""
        found = self.holes.get(approach, ())
        return tuple(dict.fromkeys(gap.hole for gap, where in found if where[row]))

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


def _order(rows: int, plans: Mapping[str, PlanColumns]) -> Whole:
    """Return the rows in the order in which they are reckoned: those of one plan together, so that blocks hold few."""
    codes = [one.codes for plan in plans.values() for one in plan.values()]
    found: Whole = np.lexsort(codes) if codes and rows > ROWS_AT_ONCE else np.arange(rows)
    return found
