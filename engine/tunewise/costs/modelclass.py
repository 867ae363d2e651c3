"""Which models are a provider's small ones, as a rule says, and which model a plan pays for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunewise.costs.choices import UNKNOWN_OPTION, Choice
from tunewise.costs.kernel import both
from tunewise.knowledge.conditions import comparisons
from tunewise.knowledge.rulebook import Rulebook

if TYPE_CHECKING:
    from tunewise.costs.quantities import Quantities

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


def own_model(stated: Choice, q: Quantities) -> Choice:
    """Return the stated model, unknown where prompts are for a provider's small one and it is none.

    The small one has to be measured: a saving that nobody has seen is not counted.
    """
    size, approach = q.choices.get("model_size"), q.choices.get("approach")
    if size is None or approach is None or approach.values != ("prompting",):
        return stated
    small = q.assumptions.book.efficient
    dear = stated.each(lambda model: None if model in small else model)
    measured = both(size.has(EFFICIENT), q.facts.stated("efficient_accuracy"))
    another, kernel = both(measured, dear.known), stated.kernel
    if not kernel.any(another):
        return stated
    return Choice(kernel, stated.values, kernel.where(another, UNKNOWN_OPTION, stated.codes))
