"""Makes the lines of one plan for many cases at once, each to the cent, and adds them up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tunewise.costs.assuming import Assumptions
from tunewise.costs.book import Component, CostBook, Period, Quote
from tunewise.costs.columns.axes import Numbers, Rows, Truths
from tunewise.costs.columns.cases import Trace
from tunewise.costs.columns.cents import Cents, settle, wholes
from tunewise.costs.columns.numbers import Column
from tunewise.costs.columns.quantities import ColumnQuantities
from tunewise.costs.lines import worked_out
from tunewise.costs.ranges import Range

PERIODS: tuple[Period, Period] = ("initial", "monthly")
PER = Column.of(1000)


@dataclass(frozen=True, slots=True, eq=False)
class Worked:
    """A component worked out, in the rows that it `applies` to: quantity, rate, and what both rest on."""

    component: Component
    applies: Truths
    amount: Cents
    quantity: Column
    rate: Column
    trace: Trace


@dataclass(frozen=True, slots=True, eq=False)
class CentLine:
    """A line in the rows that have it."""

    id: str
    period: Period
    has: Truths
    amount: Cents


class PlanLines:
    """The lines of one approach: `worked` by component, `lines` with offers in the place of others, `totals`."""

    def __init__(self, approach: str, q: ColumnQuantities, book: CostBook) -> None:
        self.approach, self.q, self.book = approach, q, book
        self.worked: dict[str, Worked] = {}
        for component in book.components.values():
            applies = self._applies(component)
            if applies.any():
                self.worked[component.id] = self._work(component, applies)
        self.lines = self._lines()
        self.totals = {period: self._total(period) for period in PERIODS}

    def _total(self, period: Period) -> Cents:
        found = Cents.nothing(self.q.rows)
        for line in self.lines:
            if line.period == period:
                found += line.amount.where(line.has)
        return found

    def using(self, name: str) -> Truths:
        """Return the rows in which any component uses an assumption or, by its name, a token price."""
        found = np.zeros(self.q.rows, dtype=np.bool_)
        for worked in self.worked.values():
            for use in worked.trace.uses:
                if use.name == name:
                    found |= worked.applies & self.q.holds(use.tests)
        return found

    def terms(
        self, component: Component, q: ColumnQuantities, rows: Rows | None
    ) -> tuple[Column, Column]:
        """Return a component's quantity and rate, those of some rows in decimals."""
        parts = [self.worked[part] for part in component.of if part in self.worked]
        amounts = {p.component.id: p.amount.where(p.applies).in_dollars(rows) for p in parts}
        quantity, rate, _ = worked_out(component, q, q.assumptions, amounts)
        return quantity, rate

    def _work(self, component: Component, applies: Truths) -> Worked:
        (quantity, rate), trace = self.q.traced(lambda: self.terms(component, self.q, None))

        def amount(q: ColumnQuantities, rows: Rows | None) -> Column:
            ours, theirs = (quantity, rate) if rows is None else self.terms(component, q, rows)
            return ours * theirs

        return Worked(component, applies, settle(self.q, amount, applies), quantity, rate, trace)

    def _applies(self, component: Component) -> Truths:
        found = np.ones(self.q.rows, dtype=np.bool_)
        for name, allowed in component.applies.items():
            found &= self._among(name, (allowed,) if isinstance(allowed, str) else allowed)
        if component.when:
            found &= self._given(component.when)
        if component.unless:
            found &= ~self._given(component.unless)
        return found

    def _among(self, name: str, options: tuple[str, ...]) -> Truths:
        if name not in self.q.options:
            return np.zeros(self.q.rows, dtype=np.bool_)
        axis = self.q.options[name]
        return self.q.once(("among", name, options), lambda: axis.among(lambda o: o in options))

    def _given(self, name: str) -> Truths:
        """Return the rows in which an assumption has a value."""
        found = np.zeros(self.q.rows, dtype=np.bool_)
        for where, assumptions in self._assumptions(name):
            if assumptions.given(name):
                found |= where
        return found

    def _assumptions(self, name: str) -> Iterator[tuple[Truths, Assumptions]]:
        """Yield what is assumed, and in which rows: what a case states is not overridden in it."""
        column = self.q.columns.get(name)
        stated = np.zeros(self.q.rows, dtype=np.bool_) if column is None else column.codes >= 0
        yield ~stated, self.q.assumptions
        if stated.any():
            yield stated, self.q.assumptions.without((name,))

    def _lines(self) -> list[CentLine]:
        """Return the lines that cost anything, those of a period replaced by the user's offers for it."""
        lines = [
            CentLine(id, one.component.period, one.applies & (one.amount.high > 0), one.amount)
            for id, one in self.worked.items()
        ]
        for quote, where, offer in self._offers():
            lines = [
                replace(line, has=line.has & ~where) if line.period == quote.period else line
                for line in lines
            ]
            cents = settle(self.q, lambda _, rows: Column.ranging([offer]), where)  # noqa: B023
            lines.append(CentLine(quote.id, quote.period, where, cents))
        return [line for line in lines if line.has.any()]

    def _offers(self) -> Iterator[tuple[Quote, Truths, Range]]:
        for quote in self.book.quotes.values():
            for where, assumptions in self._assumptions(quote.id):
                offer = assumptions.setting(quote.id)
                if quote.approach == self.approach and isinstance(offer, Range):
                    yield quote, where, offer


def per_thousand(q: ColumnQuantities, horizon: Cents, months: Numbers) -> Cents:
    """Return the cost of a thousand requests, NaN where there are none."""

    def cost(q: ColumnQuantities, rows: Rows | None) -> Column:
        requests = q["requests_per_month"] * wholes((months,), rows)
        return (horizon.in_dollars(rows) * PER).over(requests)

    some = np.broadcast_to(q["requests_per_month"].in_rows(exact=False).low > 0, (q.rows,))
    found = settle(q, cost, some)
    return Cents(*(np.where(some, values, np.nan) for values in found.values))
