"""The ways to go as plain data: what each decides, what answers and serves, its money, the limits that it breaks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tunewise.cases.case import plain
from tunewise.costs.estimates import Estimate
from tunewise.costs.estimator import BUDGETS, PREFIXES
from tunewise.explaining.nearest import nearest_option
from tunewise.inference.single import Firing
from tunewise.record.evaluation import Evaluation


def plans_record(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return the plans of a case, one for each option of the first decision, the recommended or nearest first."""
    best = best_approach(evaluation)
    return [_plan(evaluation, one) for one in sorted(evaluation.plans, key=lambda one: one != best)]


def best_approach(evaluation: Evaluation) -> str:
    """Return the option of the first decision that is recommended, or comes nearest where none is."""
    outcome = next(iter(evaluation.conclusions.outcomes.values()))
    if not outcome.blocked:
        return outcome.chosen
    return nearest_option(evaluation.rulebook, outcome, evaluation.conclusions.memory).option


def _plan(evaluation: Evaluation, approach: str) -> dict[str, Any]:
    first = next(iter(evaluation.rulebook.decisions))
    estimate = evaluation.costs.estimates.get(approach)
    price = estimate.price if estimate else None
    return {
        "options": {first: approach, **evaluation.plans[approach]},
        "model": price.model if price else None,
        "serving": _serving(estimate),
        "money": _money(evaluation, estimate),
        "breaks": list(_breaks(evaluation, first, approach)),
    }


def _serving(estimate: Estimate | None) -> dict[str, Any] | None:
    """Return what serves a plan's model; its costs tell what else was considered."""
    served = estimate.served if estimate else None
    if served is None:
        return None
    return {"id": served.chosen, "label": served.label, "busy_share": served.busy_share}


def _money(evaluation: Evaluation, estimate: Estimate | None) -> dict[str, Any] | None:
    """Return the totals of a plan in USD, with what they leave open; None where nothing is priced."""
    if estimate is None:
        return None
    return {
        "initial": estimate.initial.as_percentiles(),
        "monthly": estimate.monthly.as_percentiles(),
        "horizon": estimate.horizon.as_percentiles(),
        "holes": list(estimate.holes),
    }


def _breaks(evaluation: Evaluation, first: str, approach: str) -> Iterator[dict[str, Any]]:
    """Yield the limits that a plan breaks: what rules it out, and budgets for which rules speak against it."""
    for firing in evaluation.conclusions.firings:
        then = firing.rule.then
        if then.target == first and approach in then.options and then.stance in ("veto", "against"):
            budget = _budget(firing, approach)
            if budget or then.stance == "veto":
                yield _broken(evaluation, firing, budget)


def _budget(firing: Firing, approach: str) -> tuple[str, str] | None:
    """Return the budget that a rule holds a plan against, and the fact that tells the share of draws above it."""
    prefix = PREFIXES.get(approach, approach)
    for period, budget in BUDGETS.items():
        share, least = (f"{prefix}_{period}_{end}" for end in ("over_budget", "least_usd"))
        if share in firing.rule.reads or {budget, least} <= {*firing.rule.reads}:
            return budget, share
    return None


def _broken(
    evaluation: Evaluation, firing: Firing, budget: tuple[str, str] | None
) -> dict[str, Any]:
    memory = evaluation.conclusions.memory
    limit, share = (plain(memory[one]) if one in memory else None for one in budget or ("", ""))
    return {
        "rule": firing.rule.id,
        "vetoes": firing.rule.then.stance == "veto",
        "because": evaluation.explanation.reason(firing.rule, dict(firing.facts)),
        "budget": budget[0] if budget else None,
        "limit": limit,
        "share": share,
    }
