"""Turns an evaluation into the content of a decision record: what was decided, by which rules, on which facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from tunewise.cases.case import plain
from tunewise.costs.assuming import Override
from tunewise.costs.currency import Currency
from tunewise.costs.estimates import Costs, Estimate
from tunewise.inference.single import Firing
from tunewise.record.decision import case_record, decision_record, known, tuning_plan
from tunewise.record.evaluation import Evaluation

if TYPE_CHECKING:
    from tunewise.record.table import TableEvaluation

RECORD_SCHEMA = "tunewise.record/1"
HUMAN_SCHEMA = "tunewise.human_decision/1"
RUN_SCHEMA = "tunewise.batch_run/1"
Plain = dict[str, Any]
"""Plain data: what JSON holds."""


def content(evaluation: Evaluation, overrides: Mapping[str, str | Override]) -> Plain:
    """Return a record as plain data, without its time and digests; every mapping has a fixed order.

    `overrides` are the assumptions as the user gave them. What a rule concludes, its reason and its sources
    follow from the rulebook, which is stored beside the log. Amounts are in USD, rounded to cents.
    """
    conclusions = evaluation.conclusions
    return put_together(
        case_record(evaluation.case),
        basis(evaluation, overrides, evaluation.costs.currency),
        known(evaluation.facts),
        {id: outcome.chosen for id, outcome in conclusions.outcomes.items()},
        tuning_plan(evaluation.plans),
        [decision_record(outcome) for outcome in conclusions.outcomes.values()],
        [_firing(firing) for firing in conclusions.firings],
        {
            **costs_record(evaluation.costs),
            **({"flips": [f.as_replayed() for f in evaluation.flips]} if evaluation.flips else {}),
        },
    )


def costs_record(costs: Costs) -> Plain:
    """Return what a record says of costs."""
    return {
        "costs": {name: _estimate(estimate) for name, estimate in costs.estimates.items()},
        "break_even": _break_even(costs),
        "prices": [price.as_record() for price in costs.prices],
    }


def basis(
    evaluation: Evaluation | TableEvaluation,
    overrides: Mapping[str, str | Override],
    currency: Currency,
) -> Plain:
    """Return what decisions rest on besides the facts."""
    rulebook = evaluation.rulebook
    return {
        "as_of": evaluation.as_of.isoformat(),
        "versions": dict(evaluation.versions),
        "rulebook": rulebook.as_version(),
        "assumptions": as_given(overrides),
        "currency": currency.as_record(),
    }


def put_together(
    case: Mapping[str, Any],
    basis: Plain,
    facts: Plain,
    chosen: Mapping[str, str],
    tuning: Mapping[str, str],
    decisions: Sequence[Any],
    firings: Sequence[Any],
    costs: Plain,
) -> Plain:
    """Return the content of a record, its members in their order; `chosen` is the option of each decision."""
    return {
        "schema": RECORD_SCHEMA,
        "case": case,
        **basis,
        "facts": facts,
        "recommendation": chosen,
        "tuning_plan": tuning,
        "decisions": decisions,
        "firings": firings,
        **costs,
        "masked": [],
    }


def encoded(content: Any) -> bytes:
    """Return plain data as compact JSON in UTF-8, its members in their order."""
    return msgspec.json.encode(content)


def as_given(overrides: Mapping[str, str | Override]) -> dict[str, str]:
    """Return the user's assumptions as text, by key in the order of the alphabet."""
    return {
        key: given if isinstance(given, str) else given.text
        for key, given in sorted(overrides.items())
    }


def _firing(firing: Firing) -> dict[str, Any]:
    return {"rule": firing.rule.id, "facts": {id: plain(value) for id, value in firing.facts}}


def _estimate(estimate: Estimate) -> dict[str, Any]:
    per = estimate.per_1000_requests
    return {
        "initial": estimate.initial.as_record(),
        "monthly": estimate.monthly.as_record(),
        "horizon": estimate.horizon.as_record(),
        "per_1000_requests": None if per is None else per.as_record(),
        "lines": [{"id": line.id, "amount": line.amount.as_record()} for line in estimate.lines],
    }


def _break_even(costs: Costs) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if costs.break_even is not None:
        found["months"] = costs.break_even.months.as_record(2)
        found["reason"] = costs.break_even.reason
    return {**found, "horizon_months": costs.horizon_months}
