"""Turns the evidence for and against each option into a decision: integers, vetoes, ties, margins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tunewise.knowledge.rule import Decision, Rule

BLOCKED = "blocked"
"""The result of a decision whose every option is vetoed."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The points that one rule gives an option; negative where it speaks against it."""

    rule: str
    points: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How one option stands: support less opposition, and the rules that veto it."""

    option: str
    score: int
    vetoed_by: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided.

    `margin` is the lead over the best other option that is not vetoed, 0 where the declared order broke a tie;
    None where no other option stands, or none at all.
    """

    decision: str
    chosen: str
    margin: int | None
    standings: tuple[Standing, ...]

    @property
    def blocked(self) -> bool:
        """Whether every option is vetoed."""
        return self.chosen == BLOCKED

    def standing(self, option: str) -> Standing:
        """Return how an option stands."""
        return next(s for s in self.standings if s.option == option)


def decide(decision: Decision, fired: Iterable[Rule]) -> Outcome:
    """Return the outcome of a decision: the best score among options not vetoed, ties in declared order."""
    evidence: dict[str, list[Evidence]] = {option: [] for option in decision.options}
    vetoes: dict[str, list[str]] = {option: [] for option in decision.options}
    for rule in fired:
        if rule.target == decision.id:
            for option in evidence.keys() & rule.then.options:
                if rule.vetoes(option):
                    vetoes[option].append(rule.id)
                else:
                    evidence[option].append(Evidence(rule.id, rule.then.points))
    standings = tuple(_standing(o, evidence[o], vetoes[o]) for o in decision.options)
    open_ = [s for s in standings if not s.vetoed_by]
    if not open_:
        return Outcome(decision.id, BLOCKED, None, standings)
    best = max(open_, key=lambda s: s.score)  # the first of equals: the declared order
    others = [s.score for s in open_ if s is not best]
    margin = best.score - max(others) if others else None
    return Outcome(decision.id, best.option, margin, standings)


def _standing(option: str, evidence: list[Evidence], vetoes: list[str]) -> Standing:
    return Standing(option, sum(e.points for e in evidence), tuple(vetoes), tuple(evidence))
