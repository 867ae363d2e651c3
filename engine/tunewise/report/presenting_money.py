"""Makes the view of what the ways to go cost: the one place where short reports read the costs of a record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tunewise.costs.currency import Currency
from tunewise.costs.estimates import Costs, Estimate
from tunewise.costs.ranges import Range
from tunewise.explaining.plainly import plain_verdict
from tunewise.record.evaluation import Evaluation
from tunewise.record.plans import best_approach
from tunewise.report.moneyview import Middle, PlanMoney, SumsView

ADDS_UP = 200
"""A part of a sum that sums shown to three digits do not tell."""


def money_view(evaluation: Evaluation) -> SumsView | None:
    """Return what the ways cost, the recommended one first; None where nothing is priced."""
    costs = evaluation.costs
    if not costs.estimates:
        return None
    best = best_approach(evaluation)
    estimates = sorted(costs.estimates.values(), key=lambda one: one.approach != best)
    return SumsView(
        months=costs.horizon_months,
        plans=(*(_plan(evaluation, estimate) for estimate in estimates), *_cheaper(evaluation)),
        holes=evaluation.costs.holes,
        middle=middle(evaluation.costs),
    )


def middle(costs: Costs) -> Middle:
    """Return why start and months do not add up to the sums over the horizon, empty where they do."""
    held = costs.estimates.values()
    if all(_adds_up(one, costs.horizon_months) for one in held):
        return ""
    return "falling" if any(line.yearly < 1 for one in held for line in one.lines) else "drawn"


def _adds_up(estimate: Estimate, months: int) -> bool:
    parts = estimate.initial.expected + estimate.monthly.expected * months
    return bool(abs(parts - estimate.horizon.expected) <= parts / ADDS_UP)


def _plan(evaluation: Evaluation, estimate: Estimate) -> PlanMoney:
    first, outcome = next(iter(evaluation.conclusions.outcomes.items()))
    vetoes = outcome.standing(estimate.approach).vetoed_by
    explanation, memory = evaluation.explanation, evaluation.conclusions.memory
    plan = {first: estimate.approach, **evaluation.plans[estimate.approach]}
    found = _money(
        evaluation,
        estimate,
        explanation.option(first, estimate.approach),
        _apart(evaluation, estimate),
    )
    return replace(
        found,
        does=plain_verdict(evaluation.rulebook, plan),
        advised=estimate.approach == outcome.chosen,
        out=explanation.reason(evaluation.rulebook.rules[vetoes[0]], memory) if vetoes else "",
    )


def _cheaper(evaluation: Evaluation) -> Iterator[PlanMoney]:
    """Yield what prompting costs with a cheaper model, beside the way that is recommended."""
    other, best = (
        evaluation.costs.cheaper,
        evaluation.costs.estimates.get(best_approach(evaluation)),
    )
    if other is not None and best is not None:
        apart = float(other.estimate.horizon.expected - best.horizon.expected)
        blocked = next(iter(evaluation.conclusions.outcomes.values())).blocked
        label = f"prompts with {other.model.rpartition('/')[2]}"
        yield _money(evaluation, other.estimate, label, None if blocked else apart)


def _money(
    evaluation: Evaluation, estimate: Estimate, label: str, apart: float | None
) -> PlanMoney:
    said, worth = evaluation.costs.currency, estimate.worth
    return PlanMoney(
        label=label,
        does="",
        advised=False,
        out="",
        right="" if worth is None else f"{100 * worth.right:.3g}%",
        per_right=_about(said, None if worth is None else worth.per_1000_right),
        errors=_about(said, None if worth is None else worth.errors),
        initial=said.about(estimate.initial.expected),
        monthly=said.about(estimate.monthly.expected),
        total=said.about(estimate.horizon.expected),
        span=said.about_span(estimate.horizon.low, estimate.horizon.high),
        holes=estimate.holes,
        apart="" if apart is None else said.about(abs(apart)),
        dearer=apart is not None and apart > 0,
    )


def _about(said: Currency, amount: Range | None) -> str:
    return "" if amount is None else said.about(amount.expected)


def _apart(evaluation: Evaluation, estimate: Estimate) -> float | None:
    """Return how much more a way is expected to cost than the recommended one, None for that one and beside none."""
    estimates, chosen = evaluation.costs.estimates, best_approach(evaluation)
    blocked = next(iter(evaluation.conclusions.outcomes.values())).blocked
    if blocked or estimate.approach == chosen or chosen not in estimates:
        return None
    return float(estimate.horizon.expected - estimates[chosen].horizon.expected)
