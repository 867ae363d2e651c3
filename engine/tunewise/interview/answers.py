"""What a person has answered so far, and which questions matter in the light of it."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property

from tunewise.cases.case import Case
from tunewise.inference.bounds import LEFT_OPEN, Chance, chance_of
from tunewise.inference.interpreter import Facts, Interpreter
from tunewise.knowledge.conditions import Comparison, Condition, Value, facts_read
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Fact, Group

GivenAnswer = Value | None
"""A fact's value, or None where the person was asked and does not know."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers by fact, those that no longer matter included, and what else a case holds."""

    name: str = ""
    given: Mapping[str, GivenAnswer] = field(default_factory=dict)
    description: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()

    def answered(self, fact: str, answer: GivenAnswer) -> Answers:
        """Return the answers with one more, or with another in its place."""
        return replace(self, given={**self.given, fact: answer})

    def named(self, name: str) -> Answers:
        """Return the answers under another name."""
        return replace(self, name=name)


@dataclass(frozen=True)
class Questions:
    """The questions of a rulebook in the order in which they are asked.

    A question is left out where its `ask_when` is false; where an unknown fact leaves that open, it is asked.
    """

    rulebook: Rulebook

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The given facts, group by group."""
        groups = list(self.rulebook.facts.groups)
        facts = self.rulebook.facts
        return tuple(sorted(facts.given, key=lambda id: groups.index(facts[id].group)))

    @cached_property
    def _interpreter(self) -> Interpreter:
        return Interpreter(self.rulebook.scales)

    def fact(self, id: str) -> Fact:
        """Return the fact that a question is about."""
        return self.rulebook.facts[id]

    def group(self, id: str) -> Group:
        """Return the group that a question belongs to."""
        return self.rulebook.facts.groups[self.fact(id).group]

    def verdicts(self, answers: Answers) -> dict[str, bool | None]:
        """Return for each question whether it matters: None where that is open.

        An answer to a question that does not matter counts for no later question.
        """
        verdicts: dict[str, bool | None] = {}
        known: dict[str, Value] = {}
        for id in self.order:
            condition = self.rulebook.questions.get(id)
            holds = True if condition is None else self._interpreter.holds(condition, known)
            verdicts[id] = holds
            answer = answers.given.get(id)
            if holds is not False and answer is not None:
                known[id] = answer
        return verdicts

    def mattering(self, answers: Answers) -> tuple[str, ...]:
        """Return the questions that matter, answered or not, in order."""
        return tuple(id for id, holds in self.verdicts(answers).items() if holds is not False)

    def open(self, answers: Answers) -> tuple[str, ...]:
        """Return the questions without an answer that may still be asked, in order.

        One whose condition rests on what nobody knows will not be: not to know never leads to more questions.
        """
        facts, waiting = self.known(answers), set(self.order) - answers.given.keys()
        found: list[str] = []
        for id in self.order:
            if id in answers.given:
                continue
            condition = self.rulebook.questions.get(id)
            if condition is None or self._may_hold(condition, facts, waiting):
                found.append(id)
            else:
                waiting.discard(id)
        return tuple(found)

    def _may_hold(self, condition: Condition, facts: Facts, waiting: AbstractSet[str]) -> bool:
        def compared(comparison: Comparison) -> Chance:
            if not waiting.isdisjoint(facts_read(comparison)):
                return LEFT_OPEN
            holds = self._interpreter.holds(comparison, facts) is True
            return Chance(holds, holds)

        return bool(chance_of(condition, compared).may)

    def askable(self, answers: Answers) -> tuple[str, ...]:
        """Return the open questions that can be asked now: what they rest on is known."""
        facts, conditions = self.known(answers), self.rulebook.questions
        return tuple(
            id
            for id in self.open(answers)
            if id not in conditions or self._interpreter.holds(conditions[id], facts) is True
        )

    def known(self, answers: Answers) -> dict[str, Value]:
        """Return what is known: the answers that matter, but for those of who does not know."""
        return {id: value for id, value in self.facts(answers).items() if value is not None}

    def facts(self, answers: Answers) -> dict[str, GivenAnswer]:
        """Return the answers that matter, None where not known, in the vocabulary's order."""
        asked = set(self.mattering(answers))
        given = answers.given
        return {id: given[id] for id in self.rulebook.facts if id in asked and id in given}

    def case(self, answers: Answers, place: str = "") -> Case:
        """Return the case that the answers describe: known facts only, and only those that matter."""
        return Case(
            name=answers.name,
            facts=self.known(answers),
            description=answers.description,
            owner=answers.owner,
            tags=answers.tags,
            place=place,
        )
