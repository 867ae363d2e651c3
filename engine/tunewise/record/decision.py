"""Turns an evaluation into the JSON object `tunewise.decision/2`: for machines, complete, always the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tunewise.cases.case import Case, plain
from tunewise.costs.estimator import TUNING_APPROACH
from tunewise.explaining.explanation import NearMiss
from tunewise.explaining.ladder import Rung
from tunewise.explaining.nearest import nearest_option
from tunewise.explaining.reasons import Reason
from tunewise.inference.deciding import Outcome
from tunewise.inference.single import Firing
from tunewise.knowledge.conditions import All, Value
from tunewise.knowledge.rulebook import Rulebook
from tunewise.record.evaluation import Evaluation, Known, Plan
from tunewise.record.plans import plans_record

DECISION_SCHEMA = "tunewise.decision/2"
PLANNED = ("model_size", "objective", "technique")
"""What the plan of tuning says of what would be tuned."""


def as_record(evaluation: Evaluation) -> dict[str, Any]:
    """Return the evaluation as plain data; every list and mapping has a fixed order."""
    read = {firing.rule.id: dict(firing.facts) for firing in evaluation.conclusions.firings}
    return {
        "schema": DECISION_SCHEMA,
        "case": case_record(evaluation.case),
        "as_of": evaluation.as_of.isoformat(),
        "versions": dict(evaluation.versions),
        "rulebook": _rulebook(evaluation.rulebook),
        "facts": known(evaluation.facts),
        "recommendation": evaluation.conclusions.recommendation,
        "known": evaluation.known.as_record(),
        "certainty": {id: one.as_record() for id, one in evaluation.certainty.items()},
        "flips": [flip.as_record() for flip in evaluation.flips],
        "sufficient": evaluation.sufficient.as_record() if evaluation.sufficient else None,
        "ladder": [_rung(rung) for rung in evaluation.ladder],
        "plans": plans_record(evaluation),
        "tuning_plan": tuning_plan(evaluation.plans),
        "decisions": [_decision(evaluation, o) for o in evaluation.conclusions.outcomes.values()],
        "firings": [_firing(evaluation, firing) for firing in evaluation.conclusions.firings],
        "reasons": [_reason(evaluation, r, read[r.rule.id]) for r in evaluation.reasons],
        "advice": [_advice(evaluation, firing) for firing in evaluation.advice],
        **evaluation.costs.as_record(),
        "near_misses": [_near_miss(evaluation, miss) for miss in evaluation.near_misses],
        "unknown": {one.fact: list(one.rules) for one in evaluation.unknown},
        **({"turning": evaluation.turning.as_record()} if evaluation.turning else {}),
    }


def _rulebook(rulebook: Rulebook) -> dict[str, Any]:
    """Return which rulebook decided, with every entry of an organisation's policy over it."""
    policy = rulebook.organisation
    said = rulebook.as_version()
    return said if policy is None else {**said, "organisation": policy.as_record()}


def as_json(data: Any) -> str:
    """Return plain data as JSON text, the same bytes for the same data."""
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def case_record(case: Case) -> dict[str, Any]:
    """Return what a case says of itself."""
    return {
        "name": case.name,
        "description": case.description,
        "owner": case.owner,
        "tags": list(case.tags),
        **({"id": case.id} if case.id else {}),
        **({"row": case.row} if case.row else {}),
        **({"inventory": case.inventory} if case.inventory else {}),
    }


def known(facts: Mapping[str, Known]) -> dict[str, Any]:
    """Return each known fact with where it comes from."""
    return {id: {"value": plain(fact.value), "origin": fact.origin} for id, fact in facts.items()}


def tuning_plan(plans: Mapping[str, Plan]) -> dict[str, str]:
    """Return what would be tuned, and how, if anything were."""
    tuning = plans.get(TUNING_APPROACH, {})
    return {key: tuning[key] for key in PLANNED if key in tuning}


def decision_record(outcome: Outcome) -> dict[str, Any]:
    """Return a decision with how each option stands."""
    return {
        "decision": outcome.decision,
        "chosen": outcome.chosen,
        "margin": outcome.margin,
        "options": [
            {
                "option": standing.option,
                "score": standing.score,
                "vetoed_by": list(standing.vetoed_by),
                "evidence": [{"rule": e.rule, "points": e.points} for e in standing.evidence],
            }
            for standing in outcome.standings
        ],
    }


def _decision(evaluation: Evaluation, outcome: Outcome) -> dict[str, Any]:
    if not outcome.blocked:
        return decision_record(outcome)
    nearest = nearest_option(evaluation.rulebook, outcome, evaluation.conclusions.memory)
    lifted = _lifted_by(evaluation, outcome)
    return {**decision_record(outcome), "nearest": nearest.as_record(), "lifted_by": lifted}


def _lifted_by(evaluation: Evaluation, outcome: Outcome) -> list[dict[str, Any]]:
    """Return, for each veto of a blocked decision, the condition that must stop being true; none always is."""
    rules = {rule: None for standing in outcome.standings for rule in standing.vetoed_by}
    when = {rule: evaluation.rulebook.rules[rule].when for rule in rules}
    return [
        {"rule": rule, "no_longer": evaluation.explanation.condition(condition)}
        for rule, condition in when.items()
        if condition != All(())
    ]


def _reason(evaluation: Evaluation, reason: Reason, read: Mapping[str, Value]) -> dict[str, Any]:
    return {
        "rule": reason.rule.id,
        "stance": reason.rule.then.stance,
        "points": reason.rule.then.points,
        "options": list(reason.options),
        "text": evaluation.explanation.reason(reason.rule, read),
        "sources": list(reason.rule.sources),
        "decisive": reason.decisive,
    }


def _firing(evaluation: Evaluation, firing: Firing) -> dict[str, Any]:
    return {
        "rule": firing.rule.id,
        "facts": {id: plain(value) for id, value in firing.facts},
        "conclusion": firing.rule.then.as_record(),
        "because": evaluation.explanation.reason(firing.rule, dict(firing.facts)),
        "sources": list(firing.rule.sources),
    }


def _advice(evaluation: Evaluation, firing: Firing) -> dict[str, Any]:
    then = firing.rule.then
    return {
        "rule": firing.rule.id,
        "kind": then.kind,
        "strength": then.strength,
        "text": evaluation.explanation.reason(firing.rule, dict(firing.facts)),
        "sources": list(firing.rule.sources),
    }


def _rung(rung: Rung) -> dict[str, Any]:
    return {
        "remedy": rung.remedy.id,
        "label": rung.remedy.label,
        "status": rung.status,
        "because": rung.because,
        "takes": rung.remedy.takes,
        "gate": rung.gate,
        "sources": list(rung.remedy.sources),
    }


def _near_miss(evaluation: Evaluation, miss: NearMiss) -> dict[str, Any]:
    return {
        "rule": miss.rule.id,
        "fact": miss.fact,
        "value": plain(miss.value),
        "needed": evaluation.explanation.needed(miss.blocking),
        "conclusion": miss.rule.then.as_record(),
    }
