"""Answers that can hardly all be right: the rules that say so, and what they say of a case."""

from __future__ import annotations

from collections.abc import Mapping

from tunewise.explaining.explanation import Explanation
from tunewise.inference.interpreter import Interpreter
from tunewise.interview.answers import Answers
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rulebook import Rulebook


class Contradictions:
    """The rules of a rulebook that remark on a contradiction between given facts."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook, self._interpreter = rulebook, Interpreter(rulebook.scales)
        given = set(rulebook.facts.given)
        self._rules = {
            rule.id: rule
            for rule in rulebook.advice
            if rule.then.kind == "contradiction" and given.issuperset(rule.reads)
        }

    def found(self, facts: Mapping[str, Value]) -> tuple[str, ...]:
        """Return the rules whose contradiction is in some facts."""
        rules = self._rules.items()
        return tuple(id for id, rule in rules if self._interpreter.holds(rule.when, facts) is True)

    def sentence(self, rule: str, facts: Mapping[str, Value]) -> str:
        """Return what a rule says of some facts."""
        return Explanation(self._rulebook).reason(self._rules[rule], facts)

    def facts(self, rule: str, answers: Answers) -> tuple[str, ...]:
        """Return the answers that contradict each other, the last given first."""
        given = list(answers.given)
        read = (fact for fact in self._rules[rule].reads if fact in answers.given)
        return tuple(sorted(read, key=given.index, reverse=True))
