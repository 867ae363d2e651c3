"""Searches for cases that the engine confirms: what the solver finds is decided again before anybody sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TypeVar

from tunewise.costs.laws import NO_LAWS, CostLaws
from tunewise.costs.totals import LOAD
from tunewise.errors import UserError
from tunewise.inference.single import Conclusions
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rulebook import Rulebook
from tunewise.proving import solver
from tunewise.proving.solver import Solution, Solver, Truth, Undecided
from tunewise.proving.variables import FactVariables, variables
from tunewise.proving.world import World

ATTEMPTS = 24
"""Cases that the engine may decide otherwise, before a search gives up."""
PRICED_LOADS = tuple(10**digits for digits in range(3, 9))
"""Requests a month at which a case is priced, where the solver's own come out otherwise."""
MOST_PRICED = 60
"""Cases priced before, of which each cost otherwise, that are tried with more facts."""
SMALLEST_FIRST = (3, 5, 7, 9, 12, 16)
"""How many facts are known at most in the cases that are tried first."""

Confirmed = TypeVar("Confirmed")
Conclude = Callable[[Mapping[str, Value]], Conclusions]
"""Decides a case with what it really costs."""


@dataclass(frozen=True)
class Encoded:
    """A rulebook as constraints, and the engine that decides its cases again; `laws` is what costs always meet."""

    rulebook: Rulebook
    conclude: Conclude
    facts: FactVariables
    world: World
    solver: Solver
    laws: CostLaws = NO_LAWS
    apart: dict[str, Solver] = field(default_factory=dict)
    priced: dict[tuple[Value | None, ...], Mapping[str, Value]] = field(default_factory=dict)

    @property
    def given(self) -> list[str]:
        """The facts that a case can state."""
        return [id for id in self.facts.known if self.rulebook.facts[id].origin == "given"]

    @property
    def computed(self) -> list[str]:
        """The facts that are worked out from a case's costs."""
        return [id for id in self.facts.known if self.rulebook.facts[id].origin == "computed"]

    def chosen(self, facts: Mapping[str, Value], decision: str) -> str | None:
        """Return what the engine chooses in a case, None where it cannot be priced."""
        try:
            return self.conclude(facts).recommendation[decision]
        except UserError:
            return None

    def about(self, decision: str) -> Encoded:
        """Return the same with a solver that knows nothing of the decisions after one."""
        if decision not in self.apart:
            self.apart[decision] = _requiring(self.world, self.world.up_to(decision), self.laws)
        return replace(self, solver=self.apart[decision])

    def beside(
        self, facts: FactVariables, decision: str | None = None
    ) -> tuple[World, list[Truth]]:
        """Return the world of other facts, and what has to be required for it, up to a decision."""
        world = World(self.rulebook, facts, beside=self.world)
        defined = world.up_to(decision) if decision else world.definitions
        return world, [*facts.domain, *defined, *map(world.holds, self.laws.always)]

    def smallest(
        self, required: Iterable[Truth], confirm: Callable[[Solution], Confirmed | None]
    ) -> Confirmed | None:
        """Return the case with the fewest facts that the engine confirms, None where there is none at all.

        Costs that speak for nothing are tried first. Raises Undecided where the engine decided too many otherwise.
        """
        with self.solver.supposing(required):
            if self.solver.solve() is None:
                return None
            for costs in (self._without_costs, []):
                with self.solver.supposing(costs):
                    confirmed = self._fewest(confirm)
                if confirmed is not None:
                    return confirmed
        raise Undecided

    def possible(self, required: Iterable[Truth]) -> bool:
        """Return whether some case can be so, whatever anything costs; the engine is not asked."""
        with self.solver.supposing(required):
            return self.solver.solve() is not None

    def _fewest(self, confirm: Callable[[Solution], Confirmed | None]) -> Confirmed | None:
        for _ in range(ATTEMPTS // 3):
            found = self.solver.fewest(self._counted)
            confirmed = self._confirmed(found, confirm) if found is not None else None
            if found is None or confirmed is not None:
                return confirmed
            self.solver.require([self._another(found)])
        return None

    def some(
        self, required: Iterable[Truth], confirm: Callable[[Solution], Confirmed | None]
    ) -> Confirmed | None:
        """Return a case that the engine confirms, None where there is none at all; small ones are tried first.

        Raises Undecided where the engine decided too many of them otherwise.
        """
        with self.solver.supposing(required):
            if self.solver.solve() is None:
                return None
            for most, costs in product(SMALLEST_FIRST, (self._without_costs, [])):
                confirmed = self._some_of(most, costs, confirm)
                if confirmed is not None:
                    return confirmed
            confirmed = self._like_one_priced(confirm)
        if confirmed is None:
            raise Undecided
        return confirmed

    def _like_one_priced(self, confirm: Callable[[Solution], Confirmed | None]) -> Confirmed | None:
        """Return what the engine confirms of a case that holds all of one that was priced before, at its prices."""
        for facts in list(self.priced.values())[-MOST_PRICED:]:
            for told in self._priced(facts, whole=False):
                if (confirmed := confirm(told)) is not None:
                    return confirmed
        return None

    def _confirmed(
        self, found: Solution, confirm: Callable[[Solution], Confirmed | None]
    ) -> Confirmed | None:
        """Return what the engine confirms of a case, or of it at its real prices: other budgets, another load."""
        confirmed = confirm(found)
        facts = self.facts.read(found)
        for load in self._loads(facts) if confirmed is None else ():
            for told in self._priced({**facts, **load}):
                if (confirmed := confirm(told)) is not None:
                    return confirmed
        return confirmed

    def _loads(self, facts: Mapping[str, Value]) -> Iterator[Mapping[str, Value]]:
        """Yield the loads to price a case at: its own, and where one is stated, others."""
        yield {}
        if LOAD in facts:
            yield from ({LOAD: load} for load in PRICED_LOADS)

    def _priced(self, facts: Mapping[str, Value], whole: bool = True) -> Iterator[Solution]:
        """Yield ways in which what is wanted is true of a case at its real prices, by other budgets alone.

        Where it is not the whole case, by what it does not state, too.
        """
        try:
            memory = self.conclude(facts).memory
        except UserError:
            return
        self.priced[tuple(memory.get(id) for id in self.laws.limited)] = facts
        shares = {id for ids in self.laws.shares.values() for id in ids}
        held = [id for id in self.facts.known if id not in shares and id not in self.laws.shares]
        known = {**{id: memory.get(id) for id in self.computed}, **facts}
        stated = [id for id in held if whole or id in known]
        with self.solver.supposing(self.facts.having(id, known.get(id)) for id in stated):
            for telling in self.laws.telling:
                try:
                    found = self.solver.solve(*map(self.world.holds, telling), afresh=False)
                except Undecided:
                    found = None
                if found is not None:
                    yield found

    @property
    def _without_costs(self) -> list[Truth]:
        """No limit on costs: what they are in a case is found out by pricing it alone."""
        limits = [id for id in self.given if self.rulebook.facts[id].unit == "USD"]
        return [solver.no(self.facts.known[id]) for id in limits]

    def _some_of(
        self, most: int, more: list[Truth], confirm: Callable[[Solution], Confirmed | None]
    ) -> Confirmed | None:
        with self.solver.supposing([solver.at_most(self._counted, most), *more]):
            for _ in range(ATTEMPTS // 3):
                found = self.solver.solve()
                if found is None:
                    return None
                confirmed = self._confirmed(found, confirm)
                if confirmed is not None:
                    return confirmed
                self.solver.require([self._another(found)])
        return None

    @property
    def _counted(self) -> list[Truth]:
        return [self.facts.known[id] for id in self.given]

    def _another(self, solution: Solution) -> Truth:
        """Return what is true of all cases but this one: the same facts known, choices chosen, numbers alike."""
        facts = self.facts.read(solution)
        alike = [
            self.facts.having(id, facts.get(id)) if id not in self.facts.numbers else known
            for id in self.given
            for known in [self._known(id, id in facts)]
        ]
        return solver.no(solver.conjunction(alike))

    def _known(self, id: str, known: bool) -> Truth:
        return self.facts.known[id] if known else solver.no(self.facts.known[id])


def encode(rulebook: Rulebook, conclude: Conclude, laws: CostLaws = NO_LAWS) -> Encoded:
    """Return a rulebook as constraints over the facts of any case, costs within what they always meet."""
    facts = variables(rulebook)
    world = World(rulebook, facts)
    made = _requiring(world, world.definitions, laws)
    return Encoded(rulebook, conclude, facts, world, made, laws)


def _requiring(world: World, definitions: Iterable[Truth], laws: CostLaws) -> Solver:
    made = Solver()
    made.require([*world.facts.domain, *definitions, *map(world.holds, laws.always)])
    return made
