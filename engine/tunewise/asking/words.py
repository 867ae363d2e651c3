"""Puts into words what a record tells by the rulebook that decided it: rules, facts, options, sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tunewise.asking.page import ArgumentView, StandingView
from tunewise.explaining.decisive import decisive
from tunewise.explaining.explanation import Explanation, Unknown
from tunewise.explaining.reasons import Reason, ordered, reasons
from tunewise.explaining.sources import SourceView, cited
from tunewise.inference.deciding import BLOCKED, decide
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook
from tunewise.log.form import DecisionForm, Record
from tunewise.log.privacy import MASKED


class Witness:
    """One record and the rulebook that decided it.

    `fired` holds the facts that each rule read, in firing order; `hidden` the facts that were taken out.
    """

    def __init__(self, record: Record, rulebook: Rulebook) -> None:
        self.record, self.book = record, rulebook
        self.words = Explanation(rulebook)
        self.fired = {
            firing.rule: {id: _value(value) for id, value in firing.facts.items()}
            for firing in record.firings
        }
        self.chosen = {decision.decision: decision.chosen for decision in record.decisions}
        paths = (taken.path for taken in record.masked)
        self.hidden = {path.removeprefix("facts.") for path in paths if path.startswith("facts.")}

    def option(self, decision: str, option: str) -> str:
        """Return an option's words."""
        return self.words.option(decision, option)

    def standings(self, decision: DecisionForm) -> Iterator[StandingView]:
        """Yield how each option of a decision stood."""
        for standing in decision.options:
            yield StandingView(
                label=self.option(decision.decision, standing.option),
                score=standing.score,
                chosen=standing.option == decision.chosen,
                vetoed=bool(standing.vetoed_by),
            )

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The reasons of the first decision, the strongest first."""
        return reasons(self.book, self._rules)

    @property
    def _rules(self) -> Iterator[Rule]:
        return (self.book.rules[id] for id in self.fired)

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """The facts that nobody stated and that are worth asking, the most waited for first."""
        memory = self.memory
        waiting = self.words.waiting(memory, self.fired).items()
        stated = {fact: rules for fact, rules in waiting if fact not in self.hidden}
        return self.words.unknown(memory, stated)

    def arguments(self, decision: str, option: str) -> Iterator[ArgumentView]:
        """Yield what the rules that fired say of an option, the strongest first."""
        fired = [rule for rule in self._rules if rule.target == decision]
        turning = decisive(decide(self.book.decisions[decision], fired))
        said = (Reason(rule, rule.then.options, rule.id in turning) for rule in fired)
        about = (reason for reason in said if option in reason.options)
        for reason in ordered(about, self.book.strengths):
            yield self.argument(reason)

    def argument(self, reason: Reason) -> ArgumentView:
        """Return what a rule that fired says of options."""
        rule = reason.rule
        return ArgumentView(
            rule=rule.id,
            stance=rule.then.stance,
            points=rule.then.points,
            options=" and ".join(self.option(str(rule.target), o) for o in reason.options),
            text=self.reason(rule),
            facts=self.read(rule.id),
            sources=self.sources(rule),
            decisive=reason.decisive,
        )

    def reason(self, rule: Rule) -> str:
        """Return a rule's sentence with what it read filled in."""
        return self.words.reason(rule, self.fired[rule.id])

    def read(self, rule: str) -> tuple[tuple[str, str], ...]:
        """Return the facts that a rule read, with their values, in words."""
        return tuple(
            (self.book.facts[id].label, self.say(id, value))
            for id, value in self.fired[rule].items()
        )

    def say(self, fact: str, value: object) -> str:
        """Return a fact's value in words; a masked one as what it is."""
        if fact in self.hidden and value == MASKED:
            return MASKED
        return self.book.facts[fact].say(_value(value))

    def sources(self, rule: Rule) -> tuple[SourceView, ...]:
        """Return the items that a rule comes from."""
        return tuple(cited(self.book, id) for id in rule.sources)

    @property
    def memory(self) -> Mapping[str, Value]:
        """What the rules could read: facts but for what was assumed or taken out, and decisions."""
        facts = {
            id: _value(fact.value)
            for id, fact in self.record.facts.items()
            if fact.origin != "assumed" and id not in self.hidden
        }
        return {**facts, **{id: o for id, o in self.chosen.items() if o != BLOCKED}}


def _value(value: object) -> Value:
    return tuple(value) if isinstance(value, list) else value  # type: ignore[return-value]
