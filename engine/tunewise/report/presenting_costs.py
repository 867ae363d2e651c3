"""Makes the view of what the approaches cost: sums in words, and how they compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from tunewise.costs.breakeven import BreakEven, Spread
from tunewise.costs.currency import USD, Currency
from tunewise.costs.estimates import Estimate
from tunewise.costs.explained import Explained, Quantity
from tunewise.costs.lines import Line
from tunewise.costs.ranges import Range, exactly
from tunewise.costs.served import HowServed
from tunewise.explaining.sources import cited
from tunewise.knowledge.vocabulary import with_unit
from tunewise.record.evaluation import Evaluation
from tunewise.report.costsview import (
    AmountView,
    AssumptionView,
    BreakEvenRangeView,
    BreakEvenView,
    CostsView,
    EstimateView,
    LineView,
)
from tunewise.report.pictureview import ServedView, WorkingView
from tunewise.report.presenting_money import money_view
from tunewise.report.presenting_pictures import pictures_view

HUNDRED = 100
LEAST_SHARE = 0.01


def costs_view(evaluation: Evaluation, key: str) -> CostsView | None:
    """Return the view of the costs, None where the rulebook prices nothing."""
    costs = evaluation.costs
    if not costs.estimates:
        return None
    full = max(estimate.horizon.high for estimate in costs.estimates.values())
    return CostsView(
        months=costs.horizon_months,
        currency="" if costs.currency == USD else costs.currency.code,
        per_usd=number(costs.currency.per_usd),
        pictures=pictures_view(evaluation),
        estimates=tuple(
            _estimate(evaluation, estimate, full, key) for estimate in costs.estimates.values()
        ),
        break_even=_break_even(costs.break_even) if costs.break_even else None,
        assumptions=tuple(_assumption(id, entry) for id, entry in costs.assumptions.items()),
        gaps=costs.gaps,
        notes=costs.notes,
        beside=money_view(evaluation),
    )


def _estimate(evaluation: Evaluation, estimate: Estimate, full: float, key: str) -> EstimateView:
    first, said = next(iter(evaluation.rulebook.decisions)), evaluation.costs.currency
    per = estimate.per_1000_requests
    lines = {
        period: tuple(_line(line, evaluation) for line in estimate.lines if line.period == period)
        for period in ("initial", "monthly")
    }
    return EstimateView(
        key=f"{key}-cost-{estimate.approach}",
        label=evaluation.explanation.option(first, estimate.approach),
        chosen=evaluation.conclusions.recommendation[first] == estimate.approach,
        initial=amount(estimate.initial, said),
        monthly=amount(estimate.monthly, said),
        horizon=amount(estimate.horizon, said, full),
        per_1000=None if per is None else amount(per, said),
        initial_lines=lines["initial"],
        monthly_lines=lines["monthly"],
        workings=tuple(_workings(estimate.explain())),
        served=tuple(_served(estimate.served, said)),
        busy=_busy(estimate.served),
        holes=estimate.holes,
    )


def _served(found: HowServed | None, said: Currency) -> Iterator[ServedView]:
    """Yield what was considered to serve a plan's model, what is taken first."""
    for one in found.considered if found is not None else ():
        cards = f"{one.cards:,.0f}" if one.cards else ""
        monthly = said.say(one.monthly) if one.verdict != "parameters" else ""
        yield ServedView(one.label, cards, monthly, one.verdict)


def _busy(found: HowServed | None) -> str:
    """Return the part of the month in which cards work, empty where there are none."""
    if found is None or found.busy_share is None:
        return ""
    return f"{found.busy_share:.0%}" if found.busy_share >= LEAST_SHARE else "under 1%"


def _workings(found: Explained) -> Iterator[WorkingView]:
    """Yield how each quantity comes about that is more than a plain input."""
    for name, one in found.items():
        if one.origin == "computed" and one.inputs:
            inputs = tuple(f"{below} {_value(found[below])}".strip() for below in one.inputs)
            yield WorkingView(name, one.words, _value(one), one.sources, inputs)


def _value(one: Quantity) -> str:
    """Return a value with its unit."""
    said = one.value if isinstance(one.value, str) else _span(one.value)
    return with_unit(said, one.unit)


def _line(line: Line, evaluation: Evaluation) -> LineView:
    said = evaluation.costs.currency
    sums = line.quantity if line.shares else line.rate
    numbers, money = (
        _span(line.rate if line.shares else line.quantity),
        said.span(sums.low, sums.high),
    )
    return LineView(
        item=line.item,
        quantity=money if line.shares else numbers,
        unit=line.unit,
        rate=numbers if line.shares else money,
        amount=amount(line.amount, said),
        basis=line.basis.replace("_", " "),
        assumes=line.assumes,
        sources=tuple(cited(evaluation.rulebook, id) for id in line.sources),
        checked=line.checked,
        note=line.note,
        overdue=line.id in evaluation.costs.overdue,
    )


def _break_even(found: BreakEven) -> BreakEvenView:
    return BreakEvenView(
        sentence=found.sentence,
        months=_reach(found.months, 2),
        requests=_reach(found.requests_per_month, 3),
    )


def _reach(spread: Spread, digits: int) -> BreakEvenRangeView:
    best, expected, worst = (
        "" if value is None else number(significant(value, digits))
        for value in (spread.low, spread.expected, spread.high)
    )
    return BreakEvenRangeView(expected, best, worst)


def _assumption(id: str, entry: Mapping[str, Any]) -> AssumptionView:
    label = str(entry.get("label") or id.replace("_", " ").replace(".", ": "))
    words = f"{_said(entry['value'])} {entry['unit']}".strip()
    return AssumptionView(id, label, words, bool(entry["overridden"]))


def _said(value: Any) -> str:
    """Return an assumed value: a number, a name, a range, or one of these for each option."""
    if isinstance(value, dict) and set(value) == {"low", "expected", "high"}:
        return f"{_said(value['expected'])} ({_said(value['low'])} to {_said(value['high'])})"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_said(part)}" for name, part in value.items())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    return str(value)


def amount(sums: Range, currency: Currency = USD, full: float = 0.0) -> AmountView:
    """Return sums of dollars in a currency, and their shares of a full bar."""
    _, expected, high = (round(HUNDRED * v / full) if full else 0 for v in sums.values)
    words = (currency.say(sums.low), currency.say(sums.expected), currency.say(sums.high))
    return AmountView(*words, currency.span(sums.low, sums.high), expected, high)


def significant(value: float, digits: int) -> Decimal:
    """Return a number to so many digits: a forecast is no more exact than that."""
    exact = exactly(value)
    return exact if exact == 0 else round(exact, digits - 1 - exact.adjusted())


def number(value: float | Decimal) -> str:
    """Return a quantity to four digits, or whole where it is longer."""
    exact = exactly(value)
    if abs(exact) >= 1000 or exact % 1 == 0:
        return f"{exact:,.0f}"
    return f"{exact:.4g}"


def _span(values: Range) -> str:
    low, high = number(values.low), number(values.high)
    return low if low == high else f"{low}–{high}"
