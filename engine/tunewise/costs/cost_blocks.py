"""Reckons the costs of some rows of a table: all draws of a row at once, so few rows that a cache holds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from tunewise.cases.columns import UNKNOWN_CODE, FactColumn, FactTable, joined_columns
from tunewise.costs.breakeven import Overtaking
from tunewise.costs.caveats import unpriced
from tunewise.costs.choices import Choice
from tunewise.costs.columns import ColumnFacts, Columns, Figures, Floats, Truths, Whole, truth
from tunewise.costs.estimator import Estimator
from tunewise.costs.kernel import rounded
from tunewise.costs.model import CostModel
from tunewise.costs.pricesheet import TokenPrice
from tunewise.costs.ranges import PARTS
from tunewise.costs.sampling import DRAWS
from tunewise.costs.table_lines import LineColumns
from tunewise.costs.taken import taken
from tunewise.costs.totals import Totals
from tunewise.knowledge.vocabulary import Fact

PlanColumns = Mapping[str, FactColumn]
"""The options of one approach by decision; a decision that is blocked is unknown, or says so."""
TOTALS = ("initial", "monthly", "horizon", "per_1000")


BlockLines = Mapping[str, tuple[Floats, Truths]]
"""Lines of some rows by id: low, expected and high in whole cents, and which rows have them."""


@dataclass(frozen=True, eq=False)
class BlockTotals:
    """The totals of one approach in some rows: `cents` by row, total, and low, expected, high; prices of its tokens."""

    cents: Floats
    priced: Truths
    prices: tuple[TokenPrice | None, ...]

    @classmethod
    def of(cls, total: Totals, kernel: Columns) -> BlockTotals:
        """Return those of a block's rows."""
        spans = [getattr(total, name) for name in TOTALS]
        cents = np.stack(
            [np.stack([kernel.column(end) for end in span.values], axis=1) for span in spans],
            axis=1,
        )
        priced = kernel.truths(total.priced)
        return cls(cents, priced, tuple(_prices(total, kernel, priced)))


def _prices(total: Totals, kernel: Columns, priced: Truths) -> Iterator[TokenPrice | None]:
    """Yield the token price that each row pays, None where it pays for none; each different one made once."""
    if not priced.any():
        yield from [None] * len(priced)
        return
    price, made = total.q.price, dict[tuple[int, float, float], TokenPrice]()
    sides = (price.input_usd_per_mtok, price.output_usd_per_mtok)
    sent, received = (kernel.column(kernel.percentiles(one)[1]).tolist() for one in sides)
    codes = kernel.codes(price.listed).tolist()
    for has, *key in zip(priced.tolist(), codes, sent, received, strict=True):
        code, *usd = key
        if has and tuple(key) not in made:
            made[code, usd[0], usd[1]] = replace(
                price.listed.values[code].usual,
                input_usd_per_mtok=usd[0],
                output_usd_per_mtok=usd[1],
            )
        yield made[code, usd[0], usd[1]] if has else None


@dataclass(frozen=True, eq=False)
class BlockCosts:
    """The costs of some rows; `holes` are the gaps, by approach and id, with the rows whose plan has them."""

    months: Floats
    totals: Mapping[str, BlockTotals]
    months_paid: tuple[Floats, Whole] | None
    facts: Mapping[str, FactColumn]
    holes: Mapping[str, Mapping[str, Truths]]


@dataclass(frozen=True, eq=False)
class BlockRecords:
    """What only records of some rows need, worked out at one go.

    By approach its lines, and its totals over the horizon draw by draw, in dollars.
    """

    lines: Mapping[str, BlockLines]
    drawn: Mapping[str, Floats]


def _paid(found: Overtaking, kernel: Columns) -> tuple[Floats, Whole]:
    """Return the months until tuning has paid back, low, expected and high, and the reasons."""
    months = [rounded(kernel, end, PARTS) / PARTS for end in found.months.values]
    spans = np.stack([kernel.column(end) for end in months], axis=1)
    return spans, kernel.column(found.reasons).astype(np.int64)


class CostBlock:
    """Some rows of a table; what only records need is worked out anew when it is asked for."""

    def __init__(
        self,
        model: CostModel,
        rows: Whole,
        table: FactTable,
        plans: Mapping[str, PlanColumns],
    ) -> None:
        self.model, self.kernel = model, Columns(len(rows))
        self.columns = {name: one.at(rows) for name, one in table.columns.items()}
        self.plans = {
            approach: {name: one.at(rows) for name, one in plan.items()}
            for approach, plan in plans.items()
        }

    def _reckoned(self) -> Estimator:
        model, book = self.model, self.model.book
        assert book is not None  # noqa: S101 - as the caller found
        choices = {
            approach: {
                name: Choice(self.kernel, one.values, one.codes[:, None])
                for name, one in plan.items()
            }
            for approach, plan in self.plans.items()
        }
        facts = ColumnFacts(self.columns, self.kernel)
        return Estimator(book, model.assumptions, model.as_of, facts, choices)

    def costs(self) -> BlockCosts:
        """Return the totals of its rows, and what rules may test of them."""
        with np.errstate(all="ignore"):  # a branch that a row does not take may come to anything
            reckoning, column = self._reckoned(), self.kernel.column
            facts, overtaking = self.model.rulebook.facts, reckoning.overtaking
            return BlockCosts(
                months=np.nan_to_num(column(reckoning.months)),
                totals={
                    approach: BlockTotals.of(total, self.kernel)
                    for approach, total in reckoning.totals.items()
                },
                months_paid=None if overtaking is None else _paid(overtaking, self.kernel),
                facts={
                    id: self._fact(facts[id], value)
                    for id, value in reckoning.computed().items()
                    if id in facts and facts[id].origin == "computed"
                },
                holes={
                    approach: {gap.id: self.kernel.truths(where) for gap, where in unpriced(q)}
                    for approach, q in reckoning.plans.items()
                },
            )

    def _fact(self, fact: Fact, value: Any) -> FactColumn:
        column = self.kernel.column(value)
        return truth(column) if fact.type == "boolean" else Figures(column)

    @cached_property
    def records(self) -> BlockRecords:
        """What only records need of its rows."""
        with np.errstate(all="ignore"):
            totals = self._reckoned().totals.items()
            return BlockRecords(
                lines={approach: self._lines(total) for approach, total in totals},
                drawn={approach: self._drawn(total) for approach, total in totals},
            )

    def _drawn(self, total: Totals) -> Floats:
        """Return the total over the horizon in dollars, by row and draw; where nothing is drawn, as often the same."""
        dollars = np.asarray(total.drawn["horizon"].expected, dtype=np.float64) / PARTS
        return np.broadcast_to(dollars, (self.kernel.rows, DRAWS)).astype(np.float32)

    def told(self, approach: str) -> LineColumns:
        """Return the lines of an approach with quantities and rates."""
        with np.errstate(all="ignore"):
            return LineColumns(self._reckoned().totals[approach], self.kernel)

    def assumed(self) -> dict[str, FactColumn]:
        """Return the facts that were assumed."""
        facts, assumptions = self.model.rulebook.facts, self.model.assumptions
        with np.errstate(all="ignore"):
            found = taken(self._reckoned(), facts, assumptions)
        return {name: FactColumn(one.values, self.kernel.codes(one)) for name, one in found.items()}

    def _lines(self, total: Totals) -> BlockLines:
        """Return all lines that an approach may have, each with its amounts and the rows that have it."""
        book, rows = self.model.book, self.kernel.rows
        assert book is not None  # noqa: S101 - as the caller found
        none = np.zeros((rows, 3)), np.zeros(rows, dtype=np.bool_)
        found: dict[str, tuple[Floats, Truths]] = dict.fromkeys(
            (*book.components, *book.quotes), none
        )
        for one, amount in zip(total.lines, total.amounts, strict=True):
            ends = np.stack([self.kernel.column(end) for end in amount.values], axis=1)
            found[one.id] = ends, self.kernel.truths(one.costs)
        return found


def in_places(
    blocks: Sequence[tuple[int, Mapping[str, FactColumn]]], places: Whole
) -> dict[str, FactColumn]:
    """Return the columns of blocks of so many rows, each row from its place in them; what a block lacks is unknown."""
    names = dict.fromkeys(name for _, block in blocks for name in block)
    none = [FactColumn((), np.full(rows, UNKNOWN_CODE, dtype=np.int32)) for rows, _ in blocks]
    pairs = [(block, column) for (_, block), column in zip(blocks, none, strict=True)]
    return {name: _one([block.get(name, none) for block, none in pairs], places) for name in names}


def _one(columns: Sequence[FactColumn], places: Whole) -> FactColumn:
    figures = [column.figures for column in columns if isinstance(column, Figures)]
    if len(figures) == len(columns):
        return Figures(np.concatenate(figures)[places])
    return joined_columns(columns).at(places)
