"""Makes the lines of one plan: each a quantity times a rate, with where both come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tunewise.costs.assuming import Assumptions
from tunewise.costs.book import Basis, Component, CostBook, Period, Quote, admits, as_range
from tunewise.costs.quantities import Quantities, Ranges
from tunewise.costs.ranges import ONE, Q, Range


@dataclass(frozen=True, slots=True)
class Line:
    """One cost: `amount` is quantity x rate rounded to the cent, in USD, once or each month.

    `basis` tells where the rate comes from, `assumes` which assumptions the quantity rests on. `exact` is
    the amount before rounding. `shares` says that the quantity is a sum of money, and the rate a share of it.
    """

    id: str
    item: str
    period: Period
    quantity: Range
    unit: str
    rate: Range
    amount: Range
    exact: Range
    basis: Basis
    sources: tuple[str, ...]
    checked: str
    note: str
    assumes: tuple[str, ...]
    shares: bool = False

    def as_record(self) -> dict[str, Any]:
        """Return the line as plain data."""
        return {
            "id": self.id,
            "item": self.item,
            "period": self.period,
            "quantity": _rounded(self.quantity),
            "unit": self.unit,
            "rate": _rounded(self.rate),
            "amount": self.amount.as_record(),
            "basis": self.basis,
            "sources": list(self.sources),
            "checked": self.checked,
            "note": self.note,
            "assumes": list(self.assumes),
        }


def _rounded(values: Range) -> dict[str, int | float]:
    """Return quantities and rates to nine decimals, so that their product is the amount, to the cent."""
    return values.each(lambda number: round(number, 9)).as_record()


def make_lines(
    components: Iterable[Component], quantities: Quantities[Range], assumptions: Assumptions
) -> tuple[Line, ...]:
    """Return the lines of a plan, in the cost book's order; what costs nothing at most is left out."""
    lines: dict[str, Line] = {}
    for component in components:
        line = _line(component, quantities, assumptions, lines)
        if line.amount.high > 0:
            lines[line.id] = line
    return tuple(lines.values())


def applying(book: CostBook, quantities: Ranges, assumptions: Assumptions) -> tuple[Component, ...]:
    """Return the components that belong to a plan."""
    return tuple(
        component
        for component in book.components.values()
        if admits(component.applies, quantities.choices)
        and (not component.when or assumptions.given(component.when))
        and (not component.unless or not assumptions.given(component.unless))
    )


def _line(
    component: Component, q: Quantities[Range], assumptions: Assumptions, lines: dict[str, Line]
) -> Line:
    amounts = {id: line.amount for id, line in lines.items()}
    quantity, rate, assumes = worked_out(component, q, assumptions, amounts)
    exact = quantity * rate
    return Line(
        id=component.id,
        item=component.item,
        period=component.period,
        quantity=quantity,
        unit=component.unit,
        rate=rate,
        amount=exact.in_cents(),
        exact=exact,
        basis="given" if component.id in assumptions.overrides else component.basis,
        sources=component.sources,
        checked=component.checked,
        note=component.note,
        assumes=assumes,
        shares=bool(component.of),
    )


def worked_out(
    component: Component, q: Quantities[Q], assumptions: Assumptions, amounts: Mapping[str, Q]
) -> tuple[Q, Q, tuple[str, ...]]:
    """Return a component's quantity and rate, and the assumptions that both rest on.

    `amounts` are those of earlier components, for one that is a share of them.
    """
    quantity, assumes = q.product(component.quantity)
    if component.of:
        quantity = sum((amounts[part] for part in component.of if part in amounts), q.of(0))
    if component.every > 1:
        quantity = quantity.over(q.of(component.every))
    rate, rests = _rate(component, q, assumptions)
    return quantity, rate, tuple(sorted({*assumes, *rests}))


def _rate(
    component: Component, q: Quantities[Q], assumptions: Assumptions
) -> tuple[Q, tuple[str, ...]]:
    override = assumptions.overrides.get(component.id)
    if isinstance(override, Range):
        return q.ranging(component.id, override), ()
    if isinstance(component.rate, str):
        return q.product((component.rate,))
    return q.ranging(component.id, as_range(component.rate)), ()


def offer_line(quote: Quote, amount: Range) -> Line:
    """Return the line of an offer that the user has at hand."""
    return Line(
        id=quote.id,
        item=quote.item,
        period=quote.period,
        quantity=ONE,
        unit="offer",
        rate=amount,
        amount=amount.in_cents(),
        exact=amount,
        basis="given",
        sources=(),
        checked="",
        note="",
        assumes=(),
    )
