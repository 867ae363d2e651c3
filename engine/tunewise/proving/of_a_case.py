"""What can be proved of one case: which decisions are settled, and the smallest changes that would turn one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from fractions import Fraction
from functools import cached_property

from tunewise.costs.laws import NO_LAWS, CostLaws
from tunewise.inference.bounds import OpenCase
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rulebook import Rulebook
from tunewise.proving import solver
from tunewise.proving.solver import Solver, Truth, Undecided
from tunewise.proving.variables import FactVariables, variables
from tunewise.proving.world import World

NumberRange = tuple[float | None, float | None]

MOST_CHANGES = 60
"""Changes of one size that are searched for one decision."""
WAYS = 3
"""Ways in which open answers turn a decision that are looked for."""
CASE_EFFORT = 400_000
"""Units of work for one question of a case."""


class CaseProofs:
    """Proves of one case after another under one rulebook."""

    def __init__(self, rulebook: Rulebook, laws: CostLaws = NO_LAWS) -> None:
        self._rulebook, self._laws = rulebook, laws
        self._any = self._encoded(variables(rulebook))

    def _encoded(self, facts: FactVariables) -> EncodedCase:
        return EncodedCase(facts, World(self._rulebook, facts), self._laws)

    def of(
        self,
        facts: Mapping[str, Value],
        memory: Mapping[str, Value],
        closed: Set[str] = frozenset(),
    ) -> CaseProof:
        """Return what proves of a case; `memory` is all that followed from it, costs included.

        `closed` are facts that stay unknown, as nobody can tell.
        """
        encoded = self._any
        if not _fits(encoded.facts, [*facts.items(), *memory.items()]):
            held = [(id, v) for id, v in memory.items() if id in self._rulebook.facts]
            encoded = self._encoded(variables(self._rulebook, [*facts.items(), *held]))
        return CaseProof(self._rulebook, encoded, facts, memory, closed)


class EncodedCase:
    """Any case as constraints, with a solver for each decision that knows nothing of those after it."""

    def __init__(self, facts: FactVariables, world: World, laws: CostLaws) -> None:
        self.facts, self.world, self._laws = facts, world, laws
        self._solvers: dict[str, Solver] = {}

    def about(self, decision: str) -> Solver:
        """Return what solves questions about a decision."""
        if decision not in self._solvers:
            made = self._solvers[decision] = Solver(CASE_EFFORT)
            made.require([*self.facts.domain, *self.world.up_to(decision)])
            made.require(map(self.world.holds, self._laws.always))
        return self._solvers[decision]


def _fits(facts: FactVariables, held: list[tuple[str, Value]]) -> bool:
    """Return whether the steps of the variables tell the numbers of a case exactly."""
    return all(
        steps % Fraction(str(value)).denominator == 0
        for id, value in held
        if (steps := facts.steps.get(id)) and isinstance(value, int | float)
    )


class CaseProof:
    """What is asked of one case."""

    def __init__(
        self,
        rulebook: Rulebook,
        encoded: EncodedCase,
        facts: Mapping[str, Value],
        memory: Mapping[str, Value],
        closed: Set[str] = frozenset(),
    ) -> None:
        self._rulebook, self._stated, self._memory = rulebook, facts, memory
        self._encoded, self._facts, self._world = encoded, encoded.facts, encoded.world
        self._held = {id: self._facts.having(id, value) for id, value in facts.items()}
        self._asked = OpenCase(rulebook, facts, closed).asked

    def settled(self, decision: str, chosen: str) -> bool:
        """Return whether no answer to what is open can change a decision, whatever anything costs then."""
        other = solver.no(self._chooses(decision, chosen))
        parts = [*self._held.values(), *self._answers, other]
        return self._cannot(self._encoded.about(decision), parts)

    def _cannot(self, asked: Solver, parts: Sequence[Truth]) -> bool:
        try:
            with asked.supposing(parts):
                return asked.solve(afresh=False) is None
        except Undecided:
            return False

    def _chooses(self, decision: str, chosen: str) -> Truth:
        verdict = self._world.verdicts[decision]
        return verdict.blocked if chosen == BLOCKED else verdict.chosen[chosen]

    @cached_property
    def _answers(self) -> tuple[Truth, ...]:
        """What holds of facts that are not stated: one whose question would not be asked stays unknown."""
        return tuple(self._answered())

    def _answered(self) -> Iterator[Truth]:
        for id in self._rulebook.facts.given:
            if id in self._stated:
                continue
            unknown = solver.no(self._facts.known[id])
            if id not in self._asked:
                yield unknown
            elif id in self._rulebook.questions:
                closed = self._world.holds(self._rulebook.questions[id].negated())
                yield solver.disjunction((unknown, solver.no(closed)))

    def turning(
        self, recommendation: Mapping[str, str], many: int
    ) -> dict[str, list[tuple[str, ...]]]:
        """Return for each decision open facts of which so many answers at most, taken together, turn it.

        Two facts that a rule compares with each other count as one answer, as neither says anything alone. Costs are
        taken as they are. A few ways are enough; where the solver gives up on the first, it is an empty one.
        """
        asked = {id: self._facts.known[id] for id in sorted(self._asked)}
        parts = [*self._held.values(), *self._answers, *self._costs, self._few(asked, many)]
        found = {}
        for decision, chosen in recommendation.items():
            with self._encoded.about(decision).supposing(parts):
                found[decision] = self._ways(decision, chosen, asked)
        return found

    def _few(self, asked: Mapping[str, Truth], many: int) -> Truth:
        """Return where so many of some facts at most are known, or one more, two of them being compared."""
        some = solver.at_most(list(asked.values()), many)
        more = solver.at_most(list(asked.values()), many + 1)
        pairs = (
            solver.conjunction(asked[id] for id in pair)
            for pair in self._world.compared
            if asked.keys() >= pair
        )
        return solver.disjunction((some, solver.conjunction((more, solver.disjunction(pairs)))))

    def _ways(
        self, decision: str, chosen: str, asked: Mapping[str, Truth]
    ) -> list[tuple[str, ...]]:
        turns, found = self._encoded.about(decision), list[tuple[str, ...]]()
        with turns.supposing([solver.no(self._chooses(decision, chosen))]):
            try:
                while len(found) < WAYS and (solution := turns.solve(afresh=False)):
                    found.append(tuple(id for id, known in asked.items() if solution.true(known)))
                    others = solver.conjunction(asked[id] for id in found[-1])
                    turns.require([solver.no(others)])
            except Undecided:
                return found or [()]
        return found

    def changes(self, decision: str, chosen: str, many: int) -> list[tuple[str, ...]]:
        """Return the stated facts of which so many, changed together, turn a decision, and no fewer of them do.

        What is not stated stays unknown, and costs are taken as they are: whoever asks decides each again.
        """
        changed = {id: solver.named_truth(f"changed {id}") for id in self._stated}
        parts = [*self._unless(changed), *self._silence(), *self._costs]
        asked, found = self._encoded.about(decision), list[tuple[str, ...]]()
        with asked.supposing([*parts, solver.no(self._chooses(decision, chosen))]):
            asked.require([solver.at_most(list(changed.values()), many)])
            while len(found) < MOST_CHANGES and (ids := _changed(asked, changed)):
                found.append(ids)
                asked.require([solver.no(solver.conjunction(changed[id] for id in ids))])
        return sorted(found, key=lambda ids: [list(self._rulebook.facts).index(id) for id in ids])

    def _unless(self, changed: Mapping[str, Truth]) -> Iterator[Truth]:
        """Yield that a fact is known, and as stated where it is not one of those that change."""
        for id, moved in changed.items():
            yield self._facts.known[id]
            yield solver.disjunction((moved, self._held[id]))
            yield solver.no(solver.conjunction((moved, self._held[id])))

    def _silence(self) -> Iterator[Truth]:
        for id in self._rulebook.facts.given:
            if id not in self._stated:
                yield solver.no(self._facts.known[id])

    @cached_property
    def _costs(self) -> tuple[Truth, ...]:
        """What is worked out from the case's costs, as it is."""
        computed = [f.id for f in self._rulebook.facts.values() if f.origin == "computed"]
        return tuple(self._facts.having(id, self._memory.get(id)) for id in computed)

    def sufficient(self, decision: str, chosen: str) -> tuple[str, ...] | None:
        """Return stated facts that settle a decision whatever else is so, none of which could be left out.

        Costs are taken as they are. None where even all of them do not: it rests on what is still open.
        """
        asked = self._encoded.about(decision)
        stated = {id: solver.named_truth(f"stated {id}") for id in self._stated}
        parts = [solver.disjunction((solver.no(t), self._held[id])) for id, t in stated.items()]
        with asked.supposing([*parts, *self._costs, solver.no(self._chooses(decision, chosen))]):
            kept = asked.clash(list(stated.values()))
            for one in kept or ():
                fewer = [other for other in kept or () if not other.eq(one)]
                if len(fewer) < len(kept or ()):
                    kept = asked.clash(fewer) or kept
        if kept is None:
            return None
        return tuple(id for id, truth in stated.items() if any(truth.eq(one) for one in kept))

    def ranges(
        self,
        decision: str,
        chosen: str,
        facts: tuple[str, ...],
        edges: Callable[[str], Sequence[float]],
    ) -> dict[str, NumberRange]:
        """Return how far each number among sufficient facts may move alone, between the edges of the rules.

        An end that is None is the least, or the greatest, number that there is.
        """
        found: dict[str, NumberRange] = {}
        for id in facts:
            own = self._stated[id]
            if id in self._facts.numbers and isinstance(own, int | float):
                rest = [self._held[other] for other in facts if other != id]
                parts = [*rest, *self._costs, self._facts.known[id]]
                parts.append(solver.no(self._chooses(decision, chosen)))
                asked = self._encoded.about(decision)
                with asked.supposing(parts):
                    found[id] = self._range(asked, id, own, edges(id))
        return found

    def _range(self, asked: Solver, id: str, own: float, edges: Sequence[float]) -> NumberRange:
        fact = self._rulebook.facts[id]
        low = [fact.minimum, *(edge for edge in edges if edge < own)]
        high = [fact.upper, *sorted((edge for edge in edges if edge > own), reverse=True)]
        least = next((n for n in low if self._within(asked, id, n, own)), own)
        most = next((n for n in high if self._within(asked, id, own, n)), own)
        return (None if least == fact.minimum else least, None if most == fact.upper else most)

    def _within(self, asked: Solver, id: str, low: float, high: float) -> bool:
        return self._cannot(asked, self._facts.between(id, low, high))


def _changed(asked: Solver, changed: Mapping[str, Truth]) -> tuple[str, ...]:
    """Return facts whose change is enough, none where there are no more or the solver gives up."""
    try:
        found = asked.solve(afresh=False)
    except Undecided:
        return ()
    if found is None:
        return ()
    return tuple(id for id, moved in changed.items() if found.true(moved))
