"""Finds the rules on one decision that turned it: those without whose change it would have stayed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from tunewise.inference.deciding import BLOCKED, decide
from tunewise.knowledge.rule import Decision, Rule

Fired = Mapping[str, Rule]
"""The rules that fired, by id."""


@dataclass(frozen=True, slots=True)
class Vote:
    """How one decision was made: as it is declared, and by the rules that fired."""

    decision: Decision
    fired: Fired

    def chosen(self, swapped: Collection[str] = (), other: Fired | None = None) -> str:
        """Return what would be chosen if some rules spoke as they do in another vote, or did not speak."""
        kept = [rule for id, rule in self.fired.items() if id not in swapped]
        come = [rule for id, rule in (other or {}).items() if id in swapped]
        return decide(self.decision, [*kept, *come]).chosen

    def turned_by(self, rules: Iterable[str], other: Fired | None = None) -> list[str]:
        """Return which rules would each turn it by speaking as in another vote, or by not speaking."""
        now = self.chosen()
        return [id for id in rules if self.chosen((id,), other) != now]


def decisive(decision: Decision, fired: Iterable[Rule]) -> list[str]:
    """Return the rules without any one of which a decision would have gone another way."""
    speaking = {rule.id: rule for rule in fired if rule.target == decision.id}
    return Vote(decision, speaking).turned_by(speaking)


def pivots(before: Vote, after: Vote, changed: Collection[str]) -> list[str]:
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


def _lead(rule: Rule | None, decision: str, option: str, other: str) -> int:
    """Return by how much a rule favours an option over another; that all are vetoed is an option, too."""
    if rule is None or rule.target != decision:
        return 0
    if rule.then.stance == "veto":
        hit, spared = rule.vetoes(option), rule.vetoes(other)
        return (spared or option == BLOCKED) - (hit or other == BLOCKED)
    return rule.points_for(option) - rule.points_for(other)
