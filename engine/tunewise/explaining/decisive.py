"""Finds the rules on one decision that turned it: those without whose change it would have stayed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from tunewise.inference.deciding import BLOCKED, OptionScore, Outcome, choose, decide
from tunewise.knowledge.rule import Decision, Rule

FiredRules = Mapping[str, Rule]
"""The rules that fired, by id."""


@dataclass(frozen=True, slots=True)
class Vote:
    """How one decision was made: as it is declared, and by the rules that fired."""

    decision: Decision
    fired: FiredRules

    def chosen(self, swapped: Collection[str] = (), other: FiredRules | None = None) -> str:
        """Return what would be chosen if some rules spoke as they do in another vote, or did not speak."""
        kept = [rule for id, rule in self.fired.items() if id not in swapped]
        come = [rule for id, rule in (other or {}).items() if id in swapped]
        return decide(self.decision, [*kept, *come]).chosen

    def turned_by(self, rules: Iterable[str], other: FiredRules) -> list[str]:
        """Return which rules would each turn it by speaking as in another vote."""
        now = self.chosen()
        return [id for id in rules if self.chosen((id,), other) != now]


def decisive(outcome: Outcome) -> tuple[str, ...]:
    """Return the rules without any one of which a decision would have gone another way."""
    could = dict.fromkeys(_strong_enough(outcome))
    return tuple(rule for rule in could if _without(rule, outcome.standings) != outcome.chosen)


def _strong_enough(outcome: Outcome) -> Iterator[str]:
    """Yield the rules that could be decisive, so that few are tried: sole vetoes, and points for the lead.

    A rule that speaks for the chosen option and against another moves the lead by twice its points.
    """
    for standing in outcome.standings:
        if len(standing.vetoed_by) == 1:
            yield from standing.vetoed_by
        for evidence in standing.evidence:
            leads = (evidence.points > 0) is (standing.option == outcome.chosen)
            if outcome.margin is not None and leads and 2 * abs(evidence.points) >= outcome.margin:
                yield evidence.rule


def _without(rule: str, standings: Iterable[OptionScore]) -> str:
    """Return what would be chosen if a rule had not fired."""
    scores, vetoed = {}, {}
    for standing in standings:
        points = sum(e.points for e in standing.evidence if e.rule == rule)
        scores[standing.option] = standing.score - points
        vetoed[standing.option] = any(veto != rule for veto in standing.vetoed_by)
    return choose(scores, vetoed)


def decisive_rules(before: Vote, after: Vote, changed: Collection[str]) -> list[str]:
    """Return which of the rules that speak otherwise turned a decision.

    Those are a rule whose change, taken back alone, gives another result, and one whose change alone would have
    turned the decision that way. Where it took several that make up for each other, it is all that favour the
    turn; where what is declared turned it, such as the order of the options, it is none.
    """
    old, new = before.chosen(), after.chosen()

    def favours(id: str) -> bool:
        then = _lead(after.fired.get(id), after.decision.id, new, old)
        return then > _lead(before.fired.get(id), before.decision.id, new, old)

    needed = after.turned_by(changed, before.fired)
    enough = before.turned_by(filter(favours, changed), after.fired)
    found = [id for id in changed if id in needed or id in enough]
    if found or after.chosen(changed, before.fired) == new:
        return found
    return [id for id in changed if favours(id)]


def turning_rules(
    decision: Decision, before: Iterable[Rule], after: Iterable[Rule]
) -> tuple[str, ...]:
    """Return the rules that turned a decision between two versions of a case, by the rules that fired on each."""
    was, now = (
        {rule.id: rule for rule in fired if rule.target == decision.id} for fired in (before, after)
    )
    changed = [id for id in {**was, **now} if (id in was) is not (id in now)]
    return tuple(decisive_rules(Vote(decision, was), Vote(decision, now), changed))


def _lead(rule: Rule | None, decision: str, option: str, other: str) -> int:
    """Return by how much a rule favours an option over another; that all are vetoed is an option, too."""
    if rule is None or rule.target != decision:
        return 0
    if rule.then.stance == "veto":
        hit, spared = rule.vetoes(option), rule.vetoes(other)
        return (spared or option == BLOCKED) - (hit or other == BLOCKED)
    return rule.points_for(option) - rule.points_for(other)
