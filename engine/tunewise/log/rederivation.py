"""Derives anew what follows from a record's facts: by the interpreter alone, without the rule engine."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tunewise.cases.case import plain
from tunewise.costs.estimator import TUNING_APPROACH
from tunewise.errors import shown
from tunewise.inference.deciding import Outcome, decide
from tunewise.inference.deriving import joined
from tunewise.inference.forward_chaining import chain
from tunewise.inference.interpreter import Interpreter, Predicate
from tunewise.inference.strata import Stratum, narrowed, strata, without
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rule import Decision, Rule
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Fact
from tunewise.log.form import Action, FlipForm, Record
from tunewise.log.privacy import MASKED
from tunewise.record.decision import PLANNED, tuning_plan

FACTS_PATH = "facts."
IN_MEMORY = ("given", "computed")
"""What rules read of a record's facts; derived ones are derived anew, on assumed ones only costs rest."""


class WrongFact(ValueError):
    """A record states a fact that its rulebook does not know so; `fact` names it."""

    def __init__(self, fact: str, message: str) -> None:
        super().__init__(f"fact {fact}: {message}")
        self.fact = fact


@dataclass(frozen=True, slots=True)
class RecordedInference:
    """What a record tells: its facts as rules read them, those taken out of it, and the rules that fired.

    Rules never read those that were assumed: none of them is in `hidden`.
    """

    facts: Mapping[str, Value]
    given: Mapping[str, Value]
    hidden: Mapping[str, Action]
    fired: Collection[str]


@dataclass(frozen=True, slots=True)
class Derivation:
    """What follows: the rules that fire with what they read, the derived facts, the outcomes.

    `trusted` are the rules that read what was taken out of the record: whether they fired is taken from it.
    """

    firings: list[dict[str, Any]]
    derived: Mapping[str, Value]
    outcomes: Mapping[str, Outcome]
    trusted: list[str]


class _ToldMemory:
    """The working memory of one record: interpreted alone, and silent on what was taken out of it."""

    def __init__(
        self, follower: Follower, told: RecordedInference, facts: Mapping[str, Value]
    ) -> None:
        self.derived: dict[str, Value] = {}
        self.trusted: list[str] = []
        self._follower, self._told, self._facts = follower, told, dict(facts)

    def fire(self, stratum: Stratum) -> dict[str, dict[str, Any]]:
        fired = [rule for rule in stratum.rules if self._fires(rule.id)]
        return {rule.id: dict(self._read(rule.id)) for rule in fired}

    def _fires(self, rule: str) -> bool:
        reads, holds = self._follower.compiled[rule]
        if self._told.hidden and any(map(self._untold, reads)):
            self.trusted.append(rule)
            return rule in self._told.fired
        return bool(holds(self._facts))

    def _untold(self, fact: str) -> bool:
        """Whether a fact was taken out, and cannot be derived anew."""
        origin = self._follower.rulebook.facts[fact].origin
        return fact in self._told.hidden and origin != "derived"

    def _read(self, rule: str) -> Iterator[tuple[str, Any]]:
        """Yield the facts that a rule read, as the record may show them."""
        for fact in self._follower.compiled[rule][0]:
            action = self._told.hidden.get(fact)
            if action == "mask":
                yield fact, MASKED
            elif action is None and fact in self._facts:
                yield fact, plain(self._facts[fact])

    def decide(self, decision: Decision, spoken: Sequence[tuple[Rule, object]]) -> Outcome:
        outcome = decide(decision, [rule for rule, _ in spoken])
        if not outcome.blocked:
            self._facts[decision.id] = outcome.chosen
        return outcome

    def derive(self, fact: Fact, spoken: Sequence[tuple[Rule, object]]) -> None:
        value = joined(fact, [rule for rule, _ in spoken])
        if value is not None:
            self._facts[fact.id] = self.derived[fact.id] = value


class Follower:
    """Derives what follows from records' facts under one rulebook."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        interpreter = Interpreter(rulebook.scales)
        self.compiled: dict[str, tuple[tuple[str, ...], Predicate]] = {
            id: (rule.reads, interpreter.verdict(rule.when)) for id, rule in rulebook.rules.items()
        }
        self._strata = strata(rulebook.rules, rulebook.decisions)
        self._first, decision = next(iter(rulebook.decisions.items()))
        self._later = without(self._strata, self._first)
        planned = _leading_to(PLANNED, rulebook) - {self._first}
        self._planning = narrowed(
            self._strata, planned if TUNING_APPROACH in decision.options else ()
        )

    def told(self, record: Record) -> RecordedInference:
        """Return what a record tells; raise WrongFact where its rulebook knows no such fact or value."""
        taken = _taken(record)
        _check_masks(record, taken, self.rulebook)
        assumed = {id for id, known in record.facts.items() if known.origin == "assumed"}
        hidden = {id: action for id, action in taken.items() if id not in assumed}
        facts = {
            id: self._checked(id, known.value, known.origin)
            for id, known in record.facts.items()
            if id not in taken
        }
        facts = {id: v for id, v in facts.items() if record.facts[id].origin in IN_MEMORY}
        given = {id: v for id, v in facts.items() if record.facts[id].origin == "given"}
        return RecordedInference(facts, given, hidden, {firing.rule for firing in record.firings})

    def changed(self, flip: FlipForm) -> dict[str, Value | None]:
        """Return the facts that a change changes, None where one is no longer known; raise WrongFact as `told` does."""
        found: dict[str, Value | None] = {
            id: self._checked(id, value, "given") for id, value in flip.facts.items()
        }
        for id, value in flip.computed.items():
            found[id] = None if value is None else self._checked(id, value, "computed")
        return found

    def _checked(self, id: str, value: Any, origin: str) -> Value:
        fact = self.rulebook.facts.get(id)
        if fact is None:
            raise WrongFact(id, "is none of the rulebook's")
        if origin not in (fact.origin, "assumed"):
            raise WrongFact(id, f"is {fact.origin}, not {origin}")
        try:
            checked = fact.check(value)
        except ValueError as error:
            raise WrongFact(id, str(error)) from None
        if checked is None or not _as_written(checked, value):
            raise WrongFact(id, f"{shown(value)} is not how its value is written")
        return checked

    def plan(self, told: RecordedInference) -> dict[str, str]:
        """Return what would be tuned: tuning is assumed, and no costs are known."""
        memory = _ToldMemory(self, told, {**told.given, self._first: TUNING_APPROACH})
        outcomes = chain(self.rulebook, self._planning, memory).outcomes
        return tuning_plan(
            {TUNING_APPROACH: {name: outcome.chosen for name, outcome in outcomes.items()}}
        )

    def plans(self, told: RecordedInference) -> dict[str, dict[str, str]]:
        """Return the later decisions that go with each option of the first: it is assumed, and no costs are known."""
        found = {}
        for option in self.rulebook.decisions[self._first].options:
            memory = _ToldMemory(self, told, {**told.given, self._first: option})
            outcomes = chain(self.rulebook, self._later, memory).outcomes
            found[option] = {name: outcome.chosen for name, outcome in outcomes.items()}
        return found

    def follow(self, told: RecordedInference) -> Derivation:
        """Return what follows from what a record tells."""
        memory = _ToldMemory(self, told, told.facts)
        found = chain(self.rulebook, self._strata, memory)
        firings = [{"rule": rule, "facts": read} for rule, read in found.fired.items()]
        return Derivation(firings, memory.derived, found.outcomes, memory.trusted)


def _as_written(checked: Value, value: Any) -> bool:
    """Whether a record writes a value as Tunewise does: true is not 1, and 1 is not 1.0."""
    written = list(checked) if isinstance(checked, tuple) else checked
    return type(written) is type(value) and bool(written == value)


def _leading_to(names: Iterable[str], rulebook: Rulebook) -> frozenset[str]:
    """Return the derived facts and decisions on which these rest, and all facts read on the way."""
    found = set(names)
    rules = rulebook.rules.values()
    while more := {fact for r in rules if r.target in found for fact in r.reads} - found:
        found |= more
    return frozenset(found)


def _check_masks(record: Record, taken: Mapping[str, Action], rulebook: Rulebook) -> None:
    """Raise WrongFact where a fact stands in the record that is said to have been taken out of it."""
    for id, action in taken.items():
        if id in rulebook.decisions or id not in rulebook.facts:
            raise WrongFact(id, "is listed as taken out, but no case has it")
        known = record.facts.get(id)
        if (known is None) if action == "mask" else (known is not None):
            raise WrongFact(id, f"is listed as taken out ({action}), but it is not")
        if known is not None and known.value != MASKED:
            raise WrongFact(id, "is listed as masked, but its value stands there")


def _taken(record: Record) -> dict[str, Action]:
    """Return the facts that were taken out of a record."""
    return {
        one.path.removeprefix(FACTS_PATH): one.action
        for one in record.masked
        if one.path.startswith(FACTS_PATH)
    }
