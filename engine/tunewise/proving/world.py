"""What follows from the facts of any case, as expressions over them: one run of the rulebook for all cases at once.

Expressions are made anew only where they differ: in a world beside another, what rests on the same facts is the same
expression, and the lead of an option is the other world's and the points of the rules that differ. Without that the
solver would have to find out by itself that the two worlds are nearly one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import count
from typing import TypeAlias

from tunewise.inference.forward_chaining import chain
from tunewise.inference.strata import Stratum, strata
from tunewise.knowledge.conditions import (
    Condition,
    Other,
    Value,
    comparisons,
)
from tunewise.knowledge.rule import Decision, Rule
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Fact
from tunewise.proving import solver
from tunewise.proving.solver import FALSE, Truth, Weighted, WholeNumber
from tunewise.proving.truths import KnownTruths
from tunewise.proving.variables import Choices, FactVariables

_worlds = count(1)


@dataclass(frozen=True)
class WorldVerdict:
    """How a decision comes out: where each option is chosen and vetoed, and its rules with where they fire."""

    chosen: Mapping[str, Truth]
    vetoed: Mapping[str, Truth]
    spoken: Sequence[tuple[Rule, Truth]]

    @property
    def blocked(self) -> Truth:
        """Where every option is vetoed."""
        return solver.conjunction(self.vetoed.values())

    def one_of(self, options: Iterable[str]) -> Truth:
        """Return where one of some options is chosen."""
        return solver.disjunction(self.chosen[option] for option in options)

    def supported(self, option: str) -> list[Weighted]:
        """Return the points for and against an option."""
        weighed = ((rule.points_for(option), fires) for rule, fires in self.spoken)
        return [(points, fires) for points, fires in weighed if points]


class World:
    """The rulebook run on variables; `definitions` have to be required beside the domain of the facts.

    `beside` is a world of the same rulebook, or of another with the same facts, from which this one differs a little.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        facts: FactVariables,
        beside: World | None = None,
        advice: bool = False,
    ) -> None:
        self.rulebook, self.facts, self.beside = rulebook, facts, beside
        self._name, self._leads = next(_worlds), dict[tuple[str, str, str], WholeNumber]()
        self._defined_of: dict[str, list[Truth]] = {id: [] for id in rulebook.decisions}
        self.derived: dict[str, _Spoken] = {}
        self.truths = KnownTruths(facts)
        memory = _SymbolicMemory(self)
        ordered = strata(rulebook.rules, rulebook.decisions)
        found = chain(rulebook, [s for s in ordered if s.targets or advice], memory)
        self.fires, self.verdicts = found.fired, found.outcomes

    @property
    def definitions(self) -> list[Truth]:
        """What has to be required beside the domain of the facts."""
        return [one for defined in self._defined_of.values() for one in defined]

    def up_to(self, decision: str) -> list[Truth]:
        """Return what of it a decision and those before it take."""
        ids = list(self._defined_of)
        return [one for id in ids[: ids.index(decision) + 1] for one in self._defined_of[id]]

    @cached_property
    def compared(self) -> frozenset[frozenset[str]]:
        """The pairs of given facts that some rule compares with each other."""
        return frozenset(
            frozenset((one.fact, one.operand.fact))
            for rule in self.rulebook.rules.values()
            for one in comparisons(rule.when)
            if isinstance(one.operand, Other)
            and {one.fact, one.operand.fact} <= set(self.rulebook.facts.given)
        )

    def holds(self, condition: Condition) -> Truth:
        """Return where a condition is true."""
        return self.truths.true(condition)

    def verdict(self, decision: Decision, spoken: _Spoken) -> WorldVerdict:
        """Return how a decision comes out where rules on it fire."""
        vetoed = _vetoed(decision, spoken)
        lead = partial(self.lead, decision.id, spoken=spoken)
        chosen = {option: _wins(option, vetoed, lead) for option in vetoed}
        return WorldVerdict(chosen, vetoed, spoken)

    def without(self, rule: Rule) -> WorldVerdict:
        """Return how a decision would come out without a rule on it."""
        decision = self.rulebook.decisions[str(rule.target)]
        spoken = self.verdicts[decision.id].spoken
        vetoed = _vetoed(decision, [(one, fires) for one, fires in spoken if one.id != rule.id])

        def lead(option: str, other: str) -> WholeNumber:
            points = rule.points_for(option) - rule.points_for(other)
            whole = self.lead(decision.id, option, other, spoken)
            return whole - solver.total([(points, self.fires[rule.id])]) if points else whole

        return WorldVerdict({o: _wins(o, vetoed, lead) for o in vetoed}, vetoed, spoken)

    def lead(self, decision: str, option: str, other: str, spoken: _Spoken) -> WholeNumber:
        """Return the points by which an option is ahead of another."""
        key = (decision, option, other)
        if key not in self._leads:
            self._leads[key] = self._defined(key, _lead(option, other, spoken))
        return self._leads[key]

    def _defined(self, key: tuple[str, str, str], mine: Mapping[str, Weighted]) -> WholeNumber:
        decision, option, other = key
        beside = self.beside.verdicts.get(decision) if self.beside else None
        if self.beside is None or beside is None or not {option, other} <= set(beside.chosen):
            return self._named(key, solver.total(mine.values()), mine)
        theirs = _lead(option, other, beside.spoken)
        start = self.beside.lead(decision, option, other, beside.spoken)
        more = [w for id, w in mine.items() if not _alike(w, theirs.get(id))]
        less = [(-n, t) for id, (n, t) in theirs.items() if not _alike((n, t), mine.get(id))]
        if not (more or less):
            return start
        return self._named(key, start + solver.total([*more, *less]), mine)

    def _named(
        self, key: tuple[str, str, str], value: WholeNumber, mine: Mapping[str, Weighted]
    ) -> WholeNumber:
        """Return a lead by a name; that it is one is said in points, too, by which the solver learns faster."""
        found = solver.named_number(f"{self._name}:{':'.join(key)}")
        ahead = solver.same(solver.related("at_least", found, 0), solver.reaches(mine.values(), 0))
        self._defined_of[key[0]] += [solver.same(found, value), ahead]
        return found


_Spoken: TypeAlias = Sequence[tuple[Rule, Truth]]


def _vetoed(decision: Decision, spoken: _Spoken) -> dict[str, Truth]:
    return {
        option: solver.disjunction(fires for rule, fires in spoken if rule.vetoes(option))
        for option in decision.options
    }


def _lead(option: str, other: str, spoken: _Spoken) -> dict[str, Weighted]:
    weighed = {r.id: (r.points_for(option) - r.points_for(other), fires) for r, fires in spoken}
    return {id: (points, fires) for id, (points, fires) in weighed.items() if points}


def _alike(one: Weighted, other: Weighted | None) -> bool:
    return other is not None and one[0] == other[0] and solver.identical(one[1], other[1])


class _SymbolicMemory:
    """The working memory of a world."""

    def __init__(self, world: World) -> None:
        self._world, self._differs = world, _differing(world)

    def fire(self, stratum: Stratum) -> dict[str, Truth]:
        return {rule.id: self._fires(rule) for rule in stratum.rules}

    def _fires(self, rule: Rule) -> Truth:
        beside = self._world.beside
        if beside is not None and self._differs.isdisjoint(rule.reads):
            other = beside.rulebook.rules.get(rule.id)
            if other and rule.id in beside.fires and _alike_rules(rule, other):
                return beside.fires[rule.id]
        return self._world.truths.true(rule.when)

    def derive(self, fact: Fact, spoken: _Spoken) -> None:
        beside = self._world.beside
        before = beside.derived.get(fact.id) if beside else None
        if before is None or not _as_before(spoken, before):
            self._differs.add(fact.id)
        self._world.derived[fact.id] = spoken
        by: dict[Value, list[Truth]] = {}
        for rule, fires in spoken:
            value = rule.then.value
            for part in value if isinstance(value, tuple) else (value,):
                if part is not None:
                    by.setdefault(part, []).append(fires)
        derived = {value: solver.disjunction(fired) for value, fired in by.items()}
        choices = derived if fact.type == "set" else _largest(fact, derived)
        self._world.truths.learn(fact.id, solver.disjunction(fires for _, fires in spoken), choices)

    def decide(self, decision: Decision, spoken: _Spoken) -> WorldVerdict:
        beside = self._world.beside
        verdict = beside.verdicts.get(decision.id) if beside else None
        if beside is None or verdict is None or not _as_before(spoken, verdict.spoken):
            verdict = self._world.verdict(decision, spoken)
            self._differs.add(decision.id)
        choices: Choices = dict(verdict.chosen.items())
        self._world.truths.learn(decision.id, solver.no(verdict.blocked), choices)
        return verdict


def _as_before(spoken: _Spoken, before: _Spoken) -> bool:
    """Return whether the same rules fire in the same cases, as far as can be told without the solver."""
    return len(spoken) == len(before) and all(
        _alike_rules(rule, other) and solver.identical(fires, theirs)
        for (rule, fires), (other, theirs) in zip(spoken, before, strict=True)
    )


def _alike_rules(one: Rule, other: Rule) -> bool:
    return one is other or (one.when == other.when and one.then == other.then)


def _wins(
    option: str, vetoed: Mapping[str, Truth], lead: Callable[[str, str], WholeNumber]
) -> Truth:
    """Return where an option has most points of all not vetoed, or as many as one declared later."""
    found, first = [solver.no(vetoed[option])], True
    for other, veto in vetoed.items():
        if other == option:
            first = False
            continue
        if first:
            ahead = solver.related("below", lead(other, option), 0)
        else:
            ahead = solver.related("at_least", lead(option, other), 0)
        found.append(solver.disjunction((veto, ahead)))
    return solver.conjunction(found)


def _differing(world: World) -> set[str]:
    """Return the facts that are others than in the world beside."""
    if world.beside is None:
        return set(world.facts.known)
    theirs = world.beside.facts
    return {
        id
        for id, known in world.facts.known.items()
        if known is not theirs.known.get(id)
        or world.facts.numbers.get(id) is not theirs.numbers.get(id)
        or world.facts.choices.get(id) is not theirs.choices.get(id)
    }


def _largest(fact: Fact, derived: Mapping[Value, Truth]) -> Choices:
    """Return where a fact has each value, of which the greatest that a rule derives is kept."""
    order = fact.options if fact.type == "choice" else tuple(sorted(derived))
    found: dict[Value, Truth] = {}
    greater: list[Truth] = []
    for value in reversed(order):
        fires = derived.get(value, FALSE)
        found[value] = solver.conjunction((fires, *(solver.no(one) for one in greater)))
        greater.append(fires)
    return {value: found[value] for value in order}
