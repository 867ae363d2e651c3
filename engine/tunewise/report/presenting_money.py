"""Makes the view of what the ways to go cost: the one place where short reports read the costs of a record."""

from __future__ import annotations

from tunewise.costs.estimates import Estimate
from tunewise.explaining.plainly import plain_verdict
from tunewise.record.evaluation import Evaluation
from tunewise.record.plans import best_approach
from tunewise.report.moneyview import PlanMoney, SumsView


def money_view(evaluation: Evaluation) -> SumsView | None:
    """Return what the ways cost, the recommended one first; None where nothing is priced."""
    costs = evaluation.costs
    if not costs.estimates:
        return None
    best = best_approach(evaluation)
    estimates = sorted(costs.estimates.values(), key=lambda one: one.approach != best)
    return SumsView(
        months=costs.horizon_months,
        plans=tuple(_plan(evaluation, estimate) for estimate in estimates),
        holes=evaluation.costs.holes,
    )


def _plan(evaluation: Evaluation, estimate: Estimate) -> PlanMoney:
    first, outcome = next(iter(evaluation.conclusions.outcomes.items()))
    vetoes, said = outcome.standing(estimate.approach).vetoed_by, evaluation.costs.currency
    explanation, memory = evaluation.explanation, evaluation.conclusions.memory
    apart = _apart(evaluation, estimate)
    plan = {first: estimate.approach, **evaluation.plans[estimate.approach]}
    return PlanMoney(
        label=explanation.option(first, estimate.approach),
        does=plain_verdict(evaluation.rulebook, plan),
        advised=estimate.approach == outcome.chosen,
        out=explanation.reason(evaluation.rulebook.rules[vetoes[0]], memory) if vetoes else "",
        initial=said.about(estimate.initial.expected),
        monthly=said.about(estimate.monthly.expected),
        total=said.about(estimate.horizon.expected),
        span=said.about_span(estimate.horizon.low, estimate.horizon.high),
        holes=len(evaluation.costs.holes),
        apart="" if apart is None else said.about(abs(apart)),
        dearer=apart is not None and apart > 0,
    )


def _apart(evaluation: Evaluation, estimate: Estimate) -> float | None:
    """Return how much more a way is expected to cost than the recommended one, None for that one and beside none."""
    estimates, chosen = evaluation.costs.estimates, best_approach(evaluation)
    blocked = next(iter(evaluation.conclusions.outcomes.values())).blocked
    if blocked or estimate.approach == chosen or chosen not in estimates:
        return None
    return float(estimate.horizon.expected - estimates[chosen].horizon.expected)
