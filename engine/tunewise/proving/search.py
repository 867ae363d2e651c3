"""Searches for cases that the engine confirms: what the solver finds is decided again before anybody sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

from tunewise.errors import UserError
from tunewise.inference.single import Conclusions
from tunewise.knowledge.conditions import Condition, Value
from tunewise.knowledge.rulebook import Rulebook
from tunewise.proving import solver
from tunewise.proving.solver import Solution, Solver, Truth, Undecided
from tunewise.proving.variables import FactVariables, variables
from tunewise.proving.world import World

ATTEMPTS = 24
"""Cases that the engine may decide otherwise, before a search gives up."""
SMALLEST_FIRST = (3, 5, 7, 9, 12, 16)
"""How many facts are known at most in the cases that are tried first."""

Confirmed = TypeVar("Confirmed")
Conclude = Callable[[Mapping[str, Value]], Conclusions]
"""Decides a case with what it really costs."""


@dataclass(frozen=True)
class Encoded:
    """A rulebook as constraints, and the engine that decides its cases again; `costs` is what costs always meet."""

    rulebook: Rulebook
    conclude: Conclude
    facts: FactVariables
    world: World
    solver: Solver
    costs: tuple[Condition, ...] = ()

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

    def smallest(
        self, required: Iterable[Truth], confirm: Callable[[Solution], Confirmed | None]
    ) -> Confirmed | None:
        """Return the case with the fewest facts that the engine confirms, None where there is none at all.

        Costs that speak for nothing are tried first. Raises Undecided where the engine decided too many otherwise.
        """
        with self.solver.supposing(required):
            if self._impossible():
                return None
            for costs in (self._without_costs, []):
                with self.solver.supposing(costs):
                    confirmed = self._fewest(confirm)
                if confirmed is not None:
                    return confirmed
        raise Undecided

    def _impossible(self) -> bool:
        """Return whether what is supposed cannot be, whatever anything costs or within what costs always meet."""
        if self.solver.solve() is None:
            return True
        self.solver.require(map(self.world.holds, self.costs))
        try:
            return self.solver.solve() is None
        except Undecided:
            return False  # what was found without them may still be confirmed

    def possible(self, required: Iterable[Truth]) -> bool:
        """Return whether some case can be so, whatever anything costs; the engine is not asked."""
        with self.solver.supposing(required):
            return self.solver.solve() is not None

    def _fewest(self, confirm: Callable[[Solution], Confirmed | None]) -> Confirmed | None:
        for _ in range(ATTEMPTS // 3):
            found = self.solver.fewest(self._counted)
            confirmed = confirm(found) if found is not None else None
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
        raise Undecided

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
                confirmed = confirm(found)
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


def encode(rulebook: Rulebook, conclude: Conclude, costs: tuple[Condition, ...] = ()) -> Encoded:
    """Return a rulebook as constraints over the facts of any case, costs within what they always meet."""
    facts = variables(rulebook)
    world = World(rulebook, facts)
    made = Solver()
    made.require([*facts.domain, *world.definitions])
    return Encoded(rulebook, conclude, facts, world, made, costs)
