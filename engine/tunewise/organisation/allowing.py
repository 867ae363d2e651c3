"""What alone may be used: options of a decision, models by size, providers; everything else is ruled out or named."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from tunewise.costs.model import cost_book
from tunewise.costs.modelclass import MODEL
from tunewise.errors import unknown_name
from tunewise.knowledge.conclusions import Conclusion
from tunewise.knowledge.conditions import All, Comparison, Condition
from tunewise.knowledge.organisation import OrganisationEntry
from tunewise.knowledge.rule import Decision
from tunewise.knowledge.rulebook import Rulebook
from tunewise.organisation.entries import concluded
from tunewise.organisation.policyfile import PreferEntry
from tunewise.reading import Where
from tunewise.structure import Problems, kind

MODELS, PROVIDERS = "models", "providers"
"""What is allowed besides options of decisions."""
MODEL_ALLOWED = "base_model_allowed"
"""The computed fact that tells whether the model that a case states may be used."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What follows from one entry: conditions and conclusions by the name of their rule, and what may be used."""

    rules: Mapping[str, tuple[Condition, Conclusion]] = field(default_factory=dict)
    models: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    providers: tuple[str, ...] = ()


def allowed_options(
    rulebook: Rulebook, told: OrganisationEntry, entry: PreferEntry, problems: Problems
) -> Allowed:
    """Return the rule that excludes all options of a decision but those allowed."""
    where = ("prefer", told.name)
    decision = rulebook.decisions.get(told.name)
    if decision is None:
        known = [*rulebook.decisions, MODELS, PROVIDERS]
        problems.add(where, unknown_name("decision, or models or providers", told.name, known))
        return Allowed()
    options = _names(entry.allowed, (*where, "allowed"), problems)
    wrong = [one for one in options if one not in decision.options]
    for one in wrong:
        message = unknown_name(f"option of '{decision.id}'", one, decision.options)
        problems.add((*where, "allowed"), message)
    return Allowed(_excluding(rulebook, decision, options, problems))


def _excluding(
    rulebook: Rulebook,
    decision: Decision,
    allowed: Collection[str],
    problems: Problems,
    name: str = "",
) -> dict[str, tuple[Condition, Conclusion]]:
    """Return the rule that excludes what is not allowed, by its name; none where all is."""
    others = [one for one in decision.options if one not in allowed]
    if not others:
        return {}
    excluded = concluded({"exclude": {decision.id: others}}, (), rulebook, problems)
    named = f"allowed_{name or decision.id}"
    return {named: (All(()), excluded)} if excluded is not None else {}


def allowed_models(
    rulebook: Rulebook, told: OrganisationEntry, entry: PreferEntry, problems: Problems
) -> Allowed:
    """Return the rules that exclude sizes without a model, and name a model that a case states and may not use."""
    where = ("prefer", told.name, "allowed")
    rules: dict[str, tuple[Condition, Conclusion]] = {}
    if MODEL_ALLOWED in rulebook.facts:
        risk = concluded({"advise": "risk", "strength": "strong"}, where, rulebook, problems)
        if risk is not None:
            rules[f"{told.name}_allowed"] = (Comparison(MODEL_ALLOWED, "is", False), risk)
    if told.name == PROVIDERS:
        return Allowed(rules, providers=_names(entry.allowed, where, problems))
    sizes = _sizes(rulebook)
    if sizes is None:
        problems.add(where, "this rulebook does not tell models by their size")
        return Allowed()
    models = _by_size(entry.allowed, sizes, where, problems)
    return Allowed({**rules, **_excluding(rulebook, sizes, models, problems, MODELS)}, models)


def _sizes(rulebook: Rulebook) -> Decision | None:
    """Return the decision by whose options the cost book assumes a model, None where there is none."""
    book = cost_book(rulebook)
    assumed = book.assumptions.get(MODEL) if book else None
    return rulebook.decisions.get(assumed.by) if assumed else None


def _by_size(
    data: Any, sizes: Decision, where: Where, problems: Problems
) -> dict[str, tuple[str, ...]]:
    """Return the models of each size, in the order in which they are taken."""
    if not isinstance(data, dict) or not data:
        listed = ", ".join(sizes.options)
        problems.add(where, f"expected models by size ({listed}), found {kind(data)}")
        return {}
    found = {}
    for size, models in data.items():
        if size not in sizes.options:
            problems.add((*where, size), unknown_name("size", size, sizes.options))
        found[size] = _names(models, (*where, size), problems)
    return {size: found[size] for size in sizes.options if size in found}


def _names(data: Any, where: Where, problems: Problems) -> tuple[str, ...]:
    """Return a list of names; one alone may stand without a list."""
    names = data if isinstance(data, list) else [data]
    if not names or not all(isinstance(name, str) and name for name in names):
        problems.add(where, f"expected a list of names, found {kind(data)}")
        return ()
    return tuple(dict.fromkeys(names))
