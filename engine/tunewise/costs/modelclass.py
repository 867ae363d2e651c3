"""Which models are a provider's small ones: those of which a rule says so."""

from __future__ import annotations

from tunewise.knowledge.conditions import comparisons
from tunewise.knowledge.rulebook import Rulebook

MODEL, MODEL_CLASS, EFFICIENT = "base_model", "base_model_class", "efficient"


def small_models(rulebook: Rulebook) -> frozenset[str]:
    """Return the models that rules call efficient by their names, as 'provider/model'."""
    return frozenset(
        str(model)
        for rule in rulebook.rules.values()
        if (rule.then.target, rule.then.value) == (MODEL_CLASS, EFFICIENT)
        for comparison in comparisons(rule.when)
        if comparison.fact == MODEL and comparison.op in ("is", "one_of")
        for model in _literals(comparison.operand)
    )


def _literals(operand: object) -> tuple[object, ...]:
    return operand if isinstance(operand, tuple) else (operand,)
