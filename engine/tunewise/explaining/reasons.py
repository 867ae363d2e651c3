"""Ranks the reasons of a decision: what carries the choice, decisive vetoes first, then by points."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from tunewise.inference.deciding import BLOCKED, Outcome, Standing, decide
from tunewise.knowledge.rule import Conclusion, Exclude, Rule, Weigh
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

    @property
    def stance(self) -> str:
        """Whether it speaks for its options, against them, or vetoes them."""
        return stance(self.rule.then)

    @property
    def points(self) -> int:
        """The points that it gives each of its options, 0 where it vetoes them."""
        return points(self.rule.then)

    @property
    def strength(self) -> str:
        """The word for its points, empty where it vetoes."""
        return self.rule.then.strength if isinstance(self.rule.then, Weigh) else ""


def reasons(rulebook: Rulebook, fired: Iterable[Rule]) -> tuple[Reason, ...]:
    """Return the reasons of the decision that comes first; `fired` are the rules in the order of firing."""
    decision = next(iter(rulebook.decisions.values()))
    speaking = [rule for rule in fired if rule.target == decision.id]
    outcome = decide(decision, speaking)
    return ranked(outcome.chosen, speaking, decisive(outcome), rulebook.strengths)


def ranked(
    chosen: str, fired: Iterable[Rule], decisive: Collection[str], strengths: Mapping[str, int]
) -> tuple[Reason, ...]:
    """Return what carries a choice: rules for it, and rules against the rest or vetoing it, the strongest first.

    `fired` are the rules that fired on the decision, in the order of firing.
    """
    spoken = ((rule, _carried(rule.then, chosen)) for rule in fired)
    return ordered((Reason(r, o, r.id in decisive) for r, o in spoken if o), strengths)


def ordered(reasons: Iterable[Reason], strengths: Mapping[str, int]) -> tuple[Reason, ...]:
    """Return reasons with decisive vetoes first, then by points, where a veto counts as a strong argument."""

    def rank(reason: Reason) -> tuple[bool, int, int]:
        veto = reason.stance == "veto"
        weight = strengths["strong"] if veto else abs(reason.points)
        return not (veto and reason.decisive), -weight, STANCES.index(reason.stance)

    return tuple(sorted(reasons, key=rank))


def _carried(then: Conclusion, chosen: str) -> tuple[str, ...]:
    """Return the options by which a conclusion carries a choice: that one, or those that it speaks against."""
    favours = stance(then) == "for"
    return tuple(option for option in speaks_of(then) if (option == chosen) is favours)


def decisive(outcome: Outcome) -> tuple[str, ...]:
    """Return the rules without any one of which a decision would have gone another way."""
    vetoes = (rule for standing in outcome.standings for rule in standing.vetoed_by)
    # A rule that speaks for one option and against another moves the lead by twice its points.
    strong = (
        evidence.rule
        for standing in outcome.standings
        for evidence in standing.evidence
        if outcome.margin is not None and 2 * abs(evidence.points) >= outcome.margin
    )
    every = dict.fromkeys([*vetoes, *strong])
    return tuple(rule for rule in every if _without(outcome.standings, rule) != outcome.chosen)


def _without(standings: Iterable[Standing], rule: str) -> str:
    """Return what would be chosen if a rule had not fired."""
    best, most = BLOCKED, 0
    for standing in standings:
        if any(veto != rule for veto in standing.vetoed_by):
            continue
        score = standing.score - sum(e.points for e in standing.evidence if e.rule == rule)
        if best == BLOCKED or score > most:  # the first of equals stays: the declared order
            best, most = standing.option, score
    return best


def stance(then: Conclusion) -> str:
    """Return how a conclusion stands to its options: for, against or veto; empty where it has none."""
    if isinstance(then, Weigh):
        return "for" if then.points > 0 else "against"
    return "veto" if isinstance(then, Exclude) else ""


def points(then: Conclusion) -> int:
    """Return the points that a conclusion gives its options, 0 for a veto."""
    return then.points if isinstance(then, Weigh) else 0


def speaks_of(then: Conclusion) -> tuple[str, ...]:
    """Return the options of which a conclusion speaks."""
    return then.options if isinstance(then, Weigh | Exclude) else ()
