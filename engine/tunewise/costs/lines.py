"""Makes the lines of one plan: each a quantity times a rate, with where both come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from tunewise.costs.assuming import Assumptions
from tunewise.costs.book import Basis, Component, CostBook, Period, Quote
from tunewise.costs.kernel import Mask, Number, both
from tunewise.costs.quantities import Quantities
from tunewise.costs.ranges import PARTS, Range
from tunewise.costs.resting import QuantityTrace
from tunewise.costs.serving_draws import part_paid

PERIODS: tuple[Period, Period] = ("initial", "monthly")
LINE_DIGITS = 9


@dataclass(frozen=True, slots=True, eq=False)
class Worked:
    """A component or an offer, worked out, draw by draw: `cents` is the amount in whole ones.

    `counts` tells in which cases it is part of the total, and it is nothing in others; the trace says what it rests on.
    """

    of: Component | Quote
    counts: Mask
    quantity: Range
    rate: Range
    cents: Range
    trace: QuantityTrace

    @property
    def id(self) -> str:
        """The key of its rate, or of the offer."""
        return self.of.id

    @property
    def period(self) -> Period:
        """Whether it is due once or each month."""
        return self.of.period

    @property
    def costs(self) -> Mask:
        """Where it costs anything; an offer is shown even if it is free."""
        if isinstance(self.of, Quote):
            return self.counts
        return both(self.counts, self.cents.kernel.ever(self.cents.expected > 0))

    def where(self, mask: Mask) -> Worked:
        """Return it in some of its cases alone."""
        none = Range.of(0.0, self.cents.kernel)
        counts = both(self.counts, mask)
        return replace(
            self,
            counts=counts,
            cents=self.cents.where(counts, none),
        )


def worked_out(components: Iterable[Component], q: Quantities) -> tuple[Worked, ...]:
    """Return the components that belong to a plan in any case, worked out."""
    amounts: dict[str, Range] = {}
    serving_paid = cache(lambda: q.traced(lambda: part_paid(q))[0])
    found = []
    for component in components:
        counts = applies(component, q)
        if q.kernel.any(counts):
            one = _work_out(component, counts, q, amounts, serving_paid)
            found.append(one)
            if one.id in q.assumptions.book.shared:
                amounts[one.id] = one.cents.in_dollars()
    return tuple(found)


def _work_out(
    component: Component,
    counts: Mask,
    q: Quantities,
    amounts: Mapping[str, Range],
    serving_paid: Callable[[], Number],
) -> Worked:
    (quantity, rate), trace = q.traced(lambda: terms(component, q, amounts))
    paid = serving_paid() if component.id in q.assumptions.book.serves else 1.0
    return Worked(component, counts, quantity, rate, _cents(quantity, rate, counts, q, paid), trace)


def _cents(quantity: Range, rate: Range, counts: Mask, q: Quantities, paid: Number = 1.0) -> Range:
    """Return a quantity times a rate, or the part that is paid of it, nothing where it does not count.

    As little as possible is set to nothing.
    """
    each, none = rate.times(paid * PARTS), q.of(0.0)
    if counts is not True and not q.kernel.drawn(quantity.expected):
        return (quantity.where(counts, none) * each).whole()
    cents = quantity * each
    return (cents if counts is True else cents.where(counts, none)).whole()


def applies(component: Component, q: Quantities) -> Mask:
    """Return where a component belongs to the plan."""
    counts = q.admits(component.applies)
    if counts is False:
        return False
    if component.when:
        counts = both(counts, q.given(component.when))
    if component.unless:
        counts = both(counts, q.kernel.no(q.given(component.unless)))
    return counts


def terms(component: Component, q: Quantities, amounts: Mapping[str, Range]) -> tuple[Range, Range]:
    """Return a component's quantity and rate.

    `amounts` are those of earlier components in dollars, for one that is a share of them.
    """
    quantity = q.product(component.quantity)
    if component.of:
        parts = (amounts[part] for part in component.of if part in amounts)
        quantity = sum(parts, q.of(0.0))
    if component.every > 1:
        quantity = quantity.over(q.of(float(component.every)))
    return quantity, q.rate(component)


def offers(book: CostBook, approach: str, q: Quantities) -> Iterator[Worked]:
    """Yield the user's offers for an approach; what a case states is no offer."""
    for quote in book.quotes.values():
        offer = q.assumptions.setting(quote.id)
        if quote.approach == approach and isinstance(offer, Range):
            amount = q.ranging(quote.id, offer)
            offered = Worked(
                quote, True, q.of(1.0), amount, _cents(q.of(1.0), amount, True, q), QuantityTrace()
            )
            yield offered.where(q.given(quote.id))


def with_offers(
    worked: Iterable[Worked], offered: Iterable[Worked], q: Quantities
) -> tuple[Worked, ...]:
    """Return the lines, those of a period replaced by the offer that the user has for it."""
    lines = tuple(worked)
    for offer in offered:
        rest = q.kernel.no(offer.counts)
        lines = tuple(line.where(rest) if line.period == offer.period else line for line in lines)
        lines = (*lines, offer)
    return lines


def added(lines: Iterable[Worked], period: Period, q: Quantities) -> Range:
    """Return the total of a period, in cents."""
    return sum((one.cents for one in lines if one.period == period), q.of(0.0))


@dataclass(frozen=True, slots=True)
class Line:
    """One cost: `amount` is quantity x rate rounded to the cent, in USD, once or each month.

    Each is what 10, 50 and 90 of 100 draws stay below; where both are uncertain, the product of the middles is not
    the middle of the products.

    `basis` tells where the rate comes from, `assumes` which assumptions the quantity rests on, `terms` the
    quantities and the rate that are worked out. `shares` says that the quantity is a sum of money, and the rate a
    share of it. `yearly` is a monthly amount of one year over that of the year before.
    """

    id: str
    item: str
    period: Period
    quantity: Range
    unit: str
    rate: Range
    amount: Range
    basis: Basis
    sources: tuple[str, ...]
    checked: str
    note: str
    assumes: tuple[str, ...]
    shares: bool = False
    terms: tuple[str, ...] = ()
    yearly: float = 1.0

    def as_record(self) -> dict[str, Any]:
        """Return the line as plain data."""
        return {
            "id": self.id,
            "item": self.item,
            "period": self.period,
            "quantity": _shortened(self.quantity),
            "unit": self.unit,
            "rate": _shortened(self.rate),
            "amount": self.amount.as_percentiles(),
            "basis": self.basis,
            "sources": list(self.sources),
            "checked": self.checked,
            "note": self.note,
            "assumes": list(self.assumes),
            "terms": list(self.terms),
        }


def _shortened(values: Range) -> dict[str, int | float]:
    """Return quantities and rates to nine decimals, so that their product is the amount, to the cent."""
    return values.each(lambda number: round(number, LINE_DIGITS)).as_percentiles()


def line(worked: Worked, amount: Range, assumptions: Assumptions, yearly: float = 1.0) -> Line:
    """Return what a case's report says of a component or an offer that comes to an amount in whole cents."""
    of, dollars = worked.of, amount.in_dollars()
    quantity, rate = worked.quantity.percentiles(), worked.rate.percentiles()
    if isinstance(of, Quote):
        return Line(
            of.id,
            of.item,
            of.period,
            quantity,
            "offer",
            rate,
            dollars,
            "given",
            (),
            "",
            "",
            (),
            yearly=yearly,
        )
    return Line(
        id=of.id,
        item=of.item,
        period=of.period,
        quantity=quantity,
        unit=of.unit,
        rate=rate,
        amount=dollars,
        basis="given" if of.id in assumptions.overrides else of.basis,
        sources=of.sources,
        checked=of.checked,
        note=of.note,
        assumes=worked.trace.names,
        shares=bool(of.of),
        terms=tuple(worked.trace.inputs),
        yearly=yearly,
    )
