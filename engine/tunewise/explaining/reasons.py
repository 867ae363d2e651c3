"""Ranks the reasons of a decision: what carries the choice, decisive vetoes first, then by points."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from tunewise.explaining.decisive import decisive
from tunewise.inference.deciding import decide
from tunewise.knowledge.conclusions import Conclusion
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook

REASONS = 3
"""How many reasons stand in the open: in a report, and in a row of results."""
STANCES = ("for", "veto", "against")
"""How a rule stands to options: of equal weight, in this order."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that carries a decision: it speaks for the chosen one of its options, or against the others.

    `decisive` says that the decision would have gone another way without it.
    """

    rule: Rule
    options: tuple[str, ...]
    decisive: bool


def reasons(rulebook: Rulebook, fired: Iterable[Rule]) -> tuple[Reason, ...]:
    """Return the reasons of the decision that comes first; `fired` are the rules in the order of firing."""
    decision = next(iter(rulebook.decisions.values()))
    speaking = [rule for rule in fired if rule.target == decision.id]
    outcome = decide(decision, speaking)
    return ranked(outcome.chosen, speaking, decisive(outcome), rulebook.strengths)


def ranked(
    chosen: str, fired: Iterable[Rule], turning: Collection[str], strengths: Mapping[str, int]
) -> tuple[Reason, ...]:
    """Return what carries a choice: rules for it, and rules against the rest or vetoing it, the strongest first.

    `fired` are the rules that fired on the decision, in the order of firing, `turning` those that were decisive.
    """
    spoken = ((rule, _carried(rule.then, chosen)) for rule in fired)
    return ordered((Reason(r, o, r.id in turning) for r, o in spoken if o), strengths)


def ordered(reasons: Iterable[Reason], strengths: Mapping[str, int]) -> tuple[Reason, ...]:
    """Return reasons with decisive vetoes first, then by points, where a veto counts as a strong argument."""

    def rank(reason: Reason) -> tuple[bool, int, int]:
        then = reason.rule.then
        veto = then.stance == "veto"
        weight = strengths["strong"] if veto else abs(then.points)
        return not (veto and reason.decisive), -weight, STANCES.index(then.stance)

    return tuple(sorted(reasons, key=rank))


def _carried(then: Conclusion, chosen: str) -> tuple[str, ...]:
    """Return the options by which a conclusion carries a choice: that one, or those that it speaks against."""
    favours = then.stance == "for"
    return tuple(option for option in then.options if (option == chosen) is favours)
