"""Says what was decided in plain words: the clauses that the rulebook has for the options chosen."""

from __future__ import annotations

from collections.abc import Mapping

from tunewise.knowledge.rule import PLACEHOLDER, Decision
from tunewise.knowledge.rulebook import Rulebook


def plain_verdict(rulebook: Rulebook, chosen: Mapping[str, str]) -> str:
    """Return the clauses of what was chosen as one sentence, in the order of the decisions.

    A clause may name other decisions, whose own then fill it and do not stand by themselves. Nothing is returned
    where the first decision is blocked, or the rulebook has no clause for it.
    """
    clauses = {id: _clause(rulebook.decisions[id], option) for id, option in chosen.items()}
    first = clauses[next(iter(rulebook.decisions))]
    if not first:
        return ""
    filling = _filling(rulebook)
    said = [clause for id, clause in clauses.items() if clause and id not in filling]
    return "; ".join(PLACEHOLDER.sub(lambda m: clauses.get(m[1], ""), one) for one in said) + "."


def _filling(rulebook: Rulebook) -> set[str]:
    """Return the decisions whose clauses fill those of others, whatever was chosen."""
    options = (o for decision in rulebook.decisions.values() for o in decision.options.values())
    return {id for option in options for id in PLACEHOLDER.findall(option.plainly)}


def _clause(decision: Decision, option: str) -> str:
    """Return the clause of an option, or of none being left."""
    held = decision.options.get(option)
    return decision.plainly if held is None else held.plainly
