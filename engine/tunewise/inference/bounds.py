"""Bounds what may still be decided, whatever is answered to open questions: sound, and wider than the truth.

Each condition is told as whether it may be true and whether it must be; from that follow the values that derived
facts may have, bounds on each option's lead, and the options that can win. Truths are those of one case or columns
of them: `&`, `|` and `^ True` work on both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any as Truth
from typing import Protocol

from tunewise.inference.forward_chaining import chain
from tunewise.inference.interpreter import Facts, Interpreter
from tunewise.inference.strata import Stratum
from tunewise.knowledge.conditions import (
    All,
    Comparison,
    Condition,
    Other,
    Value,
    facts_read,
)
from tunewise.knowledge.rule import Decision, Rule
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Fact


@dataclass(frozen=True, slots=True)
class Chance:
    """Whether something may be true once all is answered, and whether it must be."""

    may: Truth
    must: Truth


LEFT_OPEN = Chance(may=True, must=False)
PossibleOptions = Mapping[str | None, Truth]
"""The options of a decision, None for blocked, and whether each can still be what is chosen."""
PossibleValues = Mapping[Value | None, Truth]
"""The values of a fact, None for unknown, and whether it can still have each."""


class OpenFacts(Protocol):
    """What is known of facts that no rule concludes on, and which of them are open."""

    def chance(self, comparison: Comparison) -> Chance:
        """Return the chance of a comparison of such facts."""


def chance_of(condition: Condition, compared: Callable[[Comparison], Chance]) -> Chance:
    """Return the chance of a condition from those of its comparisons."""
    if isinstance(condition, Comparison):
        return compared(condition)
    parts = [chance_of(part, compared) for part in condition.parts]
    join = _every if isinstance(condition, All) else _some
    return Chance(join(part.may for part in parts), join(part.must for part in parts))


def possible(
    rulebook: Rulebook, strata: Iterable[Stratum], facts: OpenFacts
) -> Mapping[str, PossibleOptions]:
    """Return for each decision that the strata settle which options can still be chosen."""
    return chain(rulebook, strata, _OpenMemory(rulebook, facts)).outcomes


class OpenCase:
    """What one case knows; open are the facts that could still be asked of it, and what costs make of them.

    `closed` are facts that stay unknown, as nobody can tell.
    """

    def __init__(
        self, rulebook: Rulebook, facts: Facts, closed: AbstractSet[str] = frozenset()
    ) -> None:
        self._interpreter, vocabulary = Interpreter(rulebook.scales), rulebook.facts
        self._facts = {id: facts[id] for id in vocabulary.given if id in facts}
        self._open: AbstractSet[str] = vocabulary.keys() - self._facts.keys()
        ruled_out = {id for id, when in rulebook.questions.items() if self._is_false(when)}
        self.asked = frozenset(vocabulary.given) - self._facts.keys() - ruled_out - closed
        computed = {fact.id for fact in vocabulary.values() if fact.origin == "computed"}
        self._open = self.asked | (computed if self.asked else set())

    def _is_false(self, when: Condition) -> bool:
        return bool(chance_of(when.negated(), self.chance).must)

    def chance(self, comparison: Comparison) -> Chance:
        """Return whether a comparison holds, open where a fact of it is."""
        if not self._open.isdisjoint(facts_read(comparison)):
            return LEFT_OPEN
        holds = self._interpreter.holds(comparison, self._facts) is True
        return Chance(holds, holds)


class _OpenMemory:
    """The working memory: of derived facts and decisions, the values that they may have."""

    def __init__(self, rulebook: Rulebook, facts: OpenFacts) -> None:
        self._facts, self._interpreter = facts, Interpreter(rulebook.scales)
        self._values: dict[str, PossibleValues] = {}
        self._members: dict[str, Mapping[str, Chance]] = {}

    def fire(self, stratum: Stratum) -> dict[str, Chance]:
        found = {rule.id: chance_of(rule.when, self._compared) for rule in stratum.rules}
        return {id: chance for id, chance in found.items() if chance.may is not False}

    def _compared(self, comparison: Comparison) -> Chance:
        reads = facts_read(comparison)
        if comparison.fact in self._members:
            return _of_members(comparison, self._members[comparison.fact])
        if not any(fact in self._values for fact in reads):
            return self._facts.chance(comparison)
        if reads == (comparison.fact,):
            return self._of_values(comparison)
        return self._less_a_value(comparison)

    def _of_values(self, comparison: Comparison) -> Chance:
        holds = self._interpreter.verdict(comparison)
        values = self._values[comparison.fact].items()
        true = {v: holds({} if v is None else {comparison.fact: v}) is True for v, _ in values}
        may = _some(possible for value, possible in values if true[value])
        return Chance(may, _some(possible for value, possible in values if not true[value]) ^ True)

    def _less_a_value(self, comparison: Comparison) -> Chance:
        """Return the chance of a comparison with another fact less a derived one, tried with each of its values."""
        other = comparison.operand
        if not isinstance(other, Other) or not isinstance(other.less, str):
            return LEFT_OPEN
        if comparison.fact in self._values or other.fact in self._values:
            return LEFT_OPEN
        may, must = [], []
        for value, possible in self._values[other.less].items():
            if isinstance(value, int | float):
                instead = Other(other.fact, other.times, value)
                found = self._facts.chance(Comparison(comparison.fact, comparison.op, instead))
                may.append(possible & found.may)
                must.append((possible ^ True) | found.must)
            else:
                must.append(possible ^ True)
        return Chance(_some(may), _every(must))

    def derive(self, fact: Fact, spoken: Sequence[tuple[Rule, Chance]]) -> None:
        derived: dict[Value, list[Chance]] = {}
        for rule, chance in spoken:
            value = rule.then.value
            for part in value if isinstance(value, tuple) else (value,):
                if part is not None:
                    derived.setdefault(part, []).append(chance)
        found = {value: _any_of(chances) for value, chances in derived.items()}
        if fact.type == "set":
            self._members[fact.id] = {str(part): chance for part, chance in found.items()}
        else:
            self._values[fact.id] = _largest(fact, found)

    def decide(self, decision: Decision, spoken: Sequence[tuple[Rule, Chance]]) -> PossibleOptions:
        vetoes = {
            option: _any_of(chance for rule, chance in spoken if rule.vetoes(option))
            for option in decision.options
        }
        found: dict[str | None, Truth] = {
            option: _can_win(option, vetoes, spoken) for option in decision.options
        }
        found[None] = _every(veto.may for veto in vetoes.values())
        self._values[decision.id] = dict(found.items())
        return found


def _every(truths: Iterable[Truth]) -> Truth:
    return reduce(and_, truths, True)


def _some(truths: Iterable[Truth]) -> Truth:
    return reduce(or_, truths, False)


def _any_of(chances: Iterable[Chance]) -> Chance:
    held = list(chances)
    return Chance(_some(one.may for one in held), _some(one.must for one in held))


def _of_members(comparison: Comparison, members: Mapping[str, Chance]) -> Chance:
    """Return the chance of a comparison of a derived set, known where any rule derives of it."""
    if comparison.op in ("includes", "excludes"):
        held = members.get(str(comparison.operand), Chance(may=False, must=False))
        return held if comparison.op == "includes" else Chance(held.must ^ True, must=False)
    known = _any_of(members.values())
    return known if comparison.op == "known" else Chance(known.must ^ True, known.may ^ True)


def _largest(fact: Fact, derived: Mapping[Value, Chance]) -> PossibleValues:
    """Return the values that a fact may have of which the greatest is kept."""
    rank = fact.options.index if fact.type == "choice" else None
    values = sorted(derived, key=rank, reverse=True)
    found: dict[Value | None, Truth] = {}
    greater: Truth = False
    for value in values:
        found[value] = derived[value].may & (greater ^ True)
        greater = greater | derived[value].must
    found[None] = greater ^ True
    return found


def _can_win(
    option: str, vetoes: Mapping[str, Chance], spoken: Sequence[tuple[Rule, Chance]]
) -> Truth:
    """Return whether an option can still have most points, or as many as one declared later, of all not vetoed."""
    found = vetoes[option].must ^ True
    first = True
    for other, veto in vetoes.items():
        if other == option:
            first = False
            continue
        lead = _most_lead(option, other, spoken)
        found = found & (veto.may | ((lead > 0) if first else (lead >= 0)))
    return found


def _most_lead(option: str, other: str, spoken: Sequence[tuple[Rule, Chance]]) -> Truth:
    """Return the points by which one option can be ahead of another at most."""
    lead: Truth = 0
    for rule, chance in spoken:
        points = rule.points_for(option) - rule.points_for(other)
        if points:
            lead = lead + points * (chance.may if points > 0 else chance.must)
    return lead
