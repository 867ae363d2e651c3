"""Answers why an option was chosen, or why not: who spoke for it and against it, and what came close."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tunewise.asking.naming import Options
from tunewise.asking.page import AskedView, NearView
from tunewise.asking.recorded import RecordedCase
from tunewise.errors import UserError, shown
from tunewise.explaining.explanation import NearMiss
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook
from tunewise.report.arguing import Arguments
from tunewise.report.view import OptionView

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

    def __init__(self, case: RecordedCase, arguments: Arguments, asked: Question) -> None:
        self.case, self.arguments, self.asked = case, arguments, asked
        self.words, self.memory = case.explanation, case.conclusions.memory
        self.outcome = case.conclusions.outcomes[asked.decision]

    def answer(self) -> AskedView:
        """Return the answer."""
        asked = self.asked
        said = list(self.arguments.about(self.outcome, asked.option))
        return AskedView(
            way=asked.way,
            option=self.words.option(asked.decision, asked.option),
            decision=self.case.rulebook.decisions[asked.decision].label,
            chosen=self.outcome.chosen == asked.option,
            standings=tuple(self._standings()),
            spoke_for=tuple(argument for argument in said if argument.stance == "for"),
            spoke_against=tuple(argument for argument in said if argument.stance != "for"),
            near=tuple(sorted(self._near(), key=self._telling)[:SHOWN]),
        )

    def _standings(self) -> Iterator[OptionView]:
        """Yield how the option stood, and the chosen one where it is another."""
        label = self.words.option(self.asked.decision, self.asked.option)
        found = self.arguments.options(self.outcome)
        yield from (one for one in found if one.label == label)
        yield from (one for one in found if one.chosen and one.label != label)

    def _near(self) -> Iterator[NearView]:
        """Yield the rules on the option that one fact kept from firing: a known one, or one that is unknown."""
        for miss in self.words.near_misses(self.memory, self.case.fired):
            if self._concerns(miss.rule) and self._could_change(miss):
                value = self.case.rulebook.facts[miss.fact].say(miss.value)
                yield self._close(miss.rule, miss.fact, value, self.words.needed(miss.blocking))
        yield from self._waiting()

    def _could_change(self, miss: NearMiss) -> bool:
        """Whether the fact may be seen, and another value could have stood there: nobody forgets what is known."""
        return not miss.forgetting and miss.fact not in self.case.hidden

    def _waiting(self) -> Iterator[NearView]:
        waiting: dict[str, list[str]] = {}
        for fact, ids in self.case.waiting.items():
            for id in ids:
                waiting.setdefault(id, []).append(fact)
        for id, facts in waiting.items():
            rule = self.case.rulebook.rules[id]
            seen = not self.case.hidden.intersection(facts)
            if len(facts) == 1 and seen and self._concerns(rule):
                blocking = self.words.blocking(rule.when, self.memory)
                yield self._close(rule, facts[0], "", self.words.needed(blocking))

    def _close(self, rule: Rule, fact: str, value: str, needed: str) -> NearView:
        then, label = rule.then, self.case.rulebook.facts[fact].label
        sentence = self.words.sentence(rule)
        return NearView(rule.id, then.stance, then.points, sentence, fact, label, value, needed)

    def _concerns(self, rule: Rule) -> bool:
        return rule.target == self.asked.decision and self.asked.option in rule.then.options

    def _telling(self, miss: NearView) -> tuple[bool, bool, bool, int]:
        """Return what puts first the rules that would have changed the answer.

        Among them come first those that a matter of degree kept from firing, then those on a known fact, then the
        weightiest.
        """
        wanted = ("for",) if self.asked.way == "why-not" else ("against", "veto")
        fact = self.case.rulebook.facts[miss.fact]
        degree = fact.numeric or fact.ordered
        veto = self.case.rulebook.strengths["strong"]
        return miss.stance not in wanted, not degree, not miss.value, -(abs(miss.points) or veto)
