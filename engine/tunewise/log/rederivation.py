"""Derives anew what follows from a record's facts: by the interpreter alone, without the rule engine."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tunewise.cases.case import plain
from tunewise.errors import shown
from tunewise.inference.deciding import Outcome, decide
from tunewise.inference.interpreter import Interpreter, Verdict
from tunewise.inference.single import joined
from tunewise.inference.strata import strata
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook
from tunewise.log.form import Action, Record
from tunewise.log.privacy import MASKED
from tunewise.record.decision import PLANNED, TUNING, tuning_plan

FACTS = "facts."
IN_MEMORY = ("given", "computed")
"""What rules read of a record's facts; derived ones are derived anew, on assumed ones only costs rest."""


class WrongFact(ValueError):
    """A record states a fact that its rulebook does not know so; `fact` names it."""

    def __init__(self, fact: str, message: str) -> None:
        super().__init__(f"fact {fact}: {message}")
        self.fact = fact


@dataclass(frozen=True, slots=True)
class Told:
    """What a record tells: its facts as rules read them, those taken out of it, and the rules that fired.

    Rules never read those that were assumed: none of them is in `hidden`.
    """

    facts: Mapping[str, Value]
    given: Mapping[str, Value]
    hidden: Mapping[str, Action]
    fired: Collection[str]


@dataclass(slots=True)
class Derivation:
    """What follows: the working memory, the rules that fire with what they read, the outcomes.

    `seen` are the facts as the record may show them. `trusted` are the rules that read what was taken out of the
    record: whether they fired is taken from it.
    """

    memory: dict[str, Value]
    seen: dict[str, Any]
    firings: list[dict[str, Any]] = field(default_factory=list)
    derived: dict[str, Value] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    trusted: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Compiled:
    rule: Rule
    target: str | None
    reads: tuple[str, ...]
    holds: Verdict


class Follower:
    """Derives what follows from records' facts under one rulebook."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        interpreter = Interpreter(rulebook.scales)
        self._strata = [
            (
                s.targets,
                [_Compiled(r, r.target, r.reads, interpreter.verdict(r.when)) for r in s.rules],
            )
            for s in strata(rulebook.rules, rulebook.decisions)
        ]
        self._first, decision = next(iter(rulebook.decisions.items()))
        planned = _leading_to(PLANNED, rulebook) - {self._first}
        self._planning = [
            (planned.intersection(targets), [c for c in rules if c.target in planned])
            for targets, rules in (self._strata if TUNING in decision.options else ())
        ]

    def told(self, record: Record) -> Told:
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
        return Told(facts, given, hidden, {firing.rule for firing in record.firings})

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

    def plan(self, told: Told) -> dict[str, str]:
        """Return what would be tuned: tuning is assumed, and no costs are known."""
        found = Derivation({**told.given, self._first: TUNING}, {})
        for targets, rules in self._planning:
            self._settle(targets, self._fired(rules, found, told), found, told)
        chosen = {name: outcome.chosen for name, outcome in found.outcomes.items()}
        return tuning_plan({TUNING: chosen})

    def follow(self, told: Told) -> Derivation:
        """Return what follows from what a record tells."""
        seen = {id: plain(value) for id, value in told.facts.items()}
        masked = {id: MASKED for id, action in told.hidden.items() if action == "mask"}
        found = Derivation(dict(told.facts), {**seen, **masked})
        for targets, rules in self._strata:
            fired = self._fired(rules, found, told)
            for one in fired:
                read = {fact: found.seen[fact] for fact in one.reads if fact in found.seen}
                found.firings.append({"rule": one.rule.id, "facts": read})
            self._settle(targets, fired, found, told)
        return found

    def _fired(self, rules: Iterable[_Compiled], found: Derivation, told: Told) -> list[_Compiled]:
        if not told.hidden:
            return [c for c in rules if c.holds(found.memory)]
        return [c for c in rules if self._fires(c, found, told)]

    def _fires(self, compiled: _Compiled, found: Derivation, told: Told) -> bool:
        if any(self._untold(fact, told) for fact in compiled.reads):
            found.trusted.append(compiled.rule.id)
            return compiled.rule.id in told.fired
        return bool(compiled.holds(found.memory))

    def _untold(self, fact: str, told: Told) -> bool:
        """Whether a fact was taken out, and cannot be derived anew."""
        return fact in told.hidden and self.rulebook.facts[fact].origin != "derived"

    def _settle(
        self, targets: Iterable[str], fired: Iterable[_Compiled], found: Derivation, told: Told
    ) -> None:
        """Note the values of derived facts and decisions."""
        for target in targets:
            rules = [c.rule for c in fired if c.target == target]
            value = self._settled(target, rules, found)
            if value is not None:
                found.memory[target] = value
                if target not in told.hidden:
                    found.seen[target] = plain(value)

    def _settled(self, target: str, fired: list[Rule], found: Derivation) -> Value | None:
        if target in self.rulebook.decisions:
            outcome = found.outcomes[target] = decide(self.rulebook.decisions[target], fired)
            return None if outcome.blocked else outcome.chosen
        values = [rule.then.value for rule in fired if rule.then.value is not None]
        if not values:
            return None
        found.derived[target] = value = joined(self.rulebook.facts[target], values)
        return value


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
        one.path.removeprefix(FACTS): one.action
        for one in record.masked
        if one.path.startswith(FACTS)
    }
