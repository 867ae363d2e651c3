"""How one case came out, and what its rules read: what two ways of deciding are compared by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tunewise.costs.estimator import TUNING_APPROACH
from tunewise.costs.files import COSTS_FOLDER
from tunewise.inference.deciding import BLOCKED
from tunewise.inference.interpreter import Interpreter
from tunewise.knowledge.conclusions import Conclusion
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook

AnswerMemory = Mapping[str, Value]
"""What rules can read: facts, and the decisions before them."""


@dataclass(frozen=True)
class RulebookRun:
    """One run of a rulebook: what its rules could read, which of them fired, what was chosen."""

    rulebook: Rulebook
    memory: AnswerMemory
    fired: Mapping[str, Rule]
    chosen: Mapping[str, str]

    def says(self, rule: str, memory: AnswerMemory) -> Conclusion | None:
        """Return what a rule concludes from any facts, None where it is silent or not there.

        What another rulebook concluded and this one does not know is unknown to it.
        """
        found = self.rulebook.rules.get(rule)
        if found is None:
            return None
        read = {id: memory[id] for id in found.reads if self._allows(id, memory.get(id))}
        return found.then if Interpreter(self.rulebook.scales).holds(found.when, read) else None

    def _allows(self, fact: str, value: Value | None) -> bool:
        try:
            return self.rulebook.facts[fact].check(value) is not None
        except ValueError:
            return False


@dataclass(frozen=True)
class DecidedCase:
    """How a case came out: the content of its record, and the rulebook that decided it."""

    content: Mapping[str, Any]
    rulebook: Rulebook

    @property
    def recommendation(self) -> Mapping[str, str]:
        """What was chosen, by decision."""
        found: Mapping[str, str] = self.content["recommendation"]
        return found

    @property
    def priced_by(self) -> tuple[object, ...]:
        """What costs rest on besides the facts and the plan."""
        texts = {
            name: t for name, t in self.rulebook.texts.items() if name.startswith(COSTS_FOLDER)
        }
        return self.content["as_of"], self.content["assumptions"], texts

    @cached_property
    def run(self) -> RulebookRun:
        """The run that decided."""
        rules = (self.rulebook.rules[firing["rule"]] for firing in self.content["firings"])
        fired = {rule.id: rule for rule in rules if rule.target is not None}
        chosen = {id: o for id, o in self.recommendation.items() if o != BLOCKED}
        return RulebookRun(self.rulebook, {**self._facts, **chosen}, fired, self.recommendation)

    @cached_property
    def planning(self) -> RulebookRun:
        """The run that planned what tuning would bring with it, before there were costs."""
        book, plan = self.rulebook, self.content["tuning_plan"]
        facts = {id: v for id, v in self._facts.items() if book.facts[id].origin != "computed"}
        memory = {**facts, next(iter(book.decisions)): TUNING_APPROACH, **plan}
        holds = Interpreter(book.scales).holds
        fired = {id: rule for id, rule in book.rules.items() if holds(rule.when, memory)}
        return RulebookRun(book, memory, fired, plan)

    @property
    def _facts(self) -> dict[str, Value]:
        """The facts but for those that were assumed, which no rule reads."""
        known = self.content["facts"].items()
        return {id: _value(fact["value"]) for id, fact in known if fact["origin"] != "assumed"}


def _value(value: Any) -> Value:
    found: Value = tuple(value) if isinstance(value, list) else value
    return found
