"""Answers why an option was chosen, or why not: who spoke for it and against it, and what came close."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tunewise.asking.naming import Options
from tunewise.asking.page import AskedView, NearView, StandingView
from tunewise.asking.words import Witness
from tunewise.errors import UserError, shown
from tunewise.explaining.explanation import NearMiss
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook

SHOWN = 6


@dataclass(frozen=True, slots=True)
class Question:
    """What an auditor asks of a record: `way` is why or why-not, `option` one of a decision's."""

    way: str
    decision: str
    option: str


def question(way: str, named: str, rulebook: Rulebook) -> Question:
    """Return the question about an option, named alone or as decision=option, by its id or its words.

    Raises UserError, with the nearest name, where there is no such option, and where several decisions have it.
    """
    options = Options((rulebook,))
    found = options.named(named)
    if not found:
        raise UserError(f"--{way}: {options.unknown(named)}")
    if len(found) > 1:
        names = " or ".join(map(str, found))
        raise UserError(f"--{way}: {shown(named)} is an option of several decisions; say {names}")
    return Question(way, found[0].decision, found[0].option)


class Asking:
    """One question on one record."""

    def __init__(self, witness: Witness, asked: Question) -> None:
        self.witness, self.asked = witness, asked

    def answer(self) -> AskedView:
        """Return the answer."""
        asked, witness = self.asked, self.witness
        said = list(witness.arguments(asked.decision, asked.option))
        return AskedView(
            way=asked.way,
            option=witness.option(asked.decision, asked.option),
            decision=witness.book.decisions[asked.decision].label,
            chosen=witness.chosen.get(asked.decision) == asked.option,
            standings=tuple(self._standings()),
            spoke_for=tuple(argument for argument in said if argument.stance == "for"),
            spoke_against=tuple(argument for argument in said if argument.stance != "for"),
            near=tuple(sorted(self._near(), key=self._telling)[:SHOWN]),
        )

    def _standings(self) -> Iterator[StandingView]:
        """Yield how the option stood, and the chosen one where it is another."""
        label = self.witness.option(self.asked.decision, self.asked.option)
        for decision in self.witness.record.decisions:
            if decision.decision == self.asked.decision:
                found = list(self.witness.standings(decision))
                yield from (one for one in found if one.label == label)
                yield from (one for one in found if one.chosen and one.label != label)

    def _near(self) -> Iterator[NearView]:
        """Yield the rules on the option that one fact kept from firing: a known one, or one that is unknown."""
        witness = self.witness
        for miss in witness.words.near_misses(witness.memory, witness.fired):
            if self._concerns(miss.rule) and self._could_change(miss):
                value = witness.book.facts[miss.fact].say(miss.value)
                yield self._close(miss.rule, miss.fact, value, witness.words.needed(miss.blocking))
        yield from self._waiting()

    def _could_change(self, miss: NearMiss) -> bool:
        """Whether the fact may be seen, and another value could have stood there: nobody forgets what is known."""
        return not miss.forgetting and miss.fact not in self.witness.hidden

    def _waiting(self) -> Iterator[NearView]:
        memory, words = self.witness.memory, self.witness.words
        waiting: dict[str, list[str]] = {}
        for fact, ids in words.waiting(memory, self.witness.fired).items():
            for id in ids:
                waiting.setdefault(id, []).append(fact)
        for id, facts in waiting.items():
            rule = self.witness.book.rules[id]
            seen = not self.witness.hidden.intersection(facts)
            if len(facts) == 1 and seen and self._concerns(rule):
                blocking = words.blocking(rule.when, memory)
                yield self._close(rule, facts[0], "", words.needed(blocking))

    def _close(self, rule: Rule, fact: str, value: str, needed: str) -> NearView:
        then, label = rule.then, self.witness.book.facts[fact].label
        sentence = self.witness.words.sentence(rule)
        return NearView(rule.id, then.stance, then.points, sentence, fact, label, value, needed)

    def _concerns(self, rule: Rule) -> bool:
        return rule.target == self.asked.decision and self.asked.option in rule.then.options

    def _telling(self, miss: NearView) -> tuple[bool, bool, bool, int]:
        """Return what puts first the rules that would have changed the answer.

        Among them come first those that a matter of degree kept from firing, then those on a known fact, then the
        weightiest.
        """
        wanted = ("for",) if self.asked.way == "why-not" else ("against", "veto")
        fact = self.witness.book.facts[miss.fact]
        degree = fact.numeric or fact.ordered
        veto = self.witness.book.strengths["strong"]
        return miss.stance not in wanted, not degree, not miss.value, -(abs(miss.points) or veto)
