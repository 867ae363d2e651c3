"""Tells two rulebooks apart: proves that a decision is the same in all cases, or finds the smallest case that tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tunewise.cases.case import plain
from tunewise.costs.laws import CostLaws
from tunewise.errors import UserError
from tunewise.inference.single import Conclusions
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rulebook import Rulebook
from tunewise.proving import solver
from tunewise.proving.search import Conclude, Encoded
from tunewise.proving.solver import Solution, Solver, Undecided
from tunewise.proving.variables import variables
from tunewise.proving.world import World, WorldVerdict


@dataclass(frozen=True, slots=True)
class TellingCase:
    """A case that two rulebooks decide otherwise; `usd` are what computed facts on costs differ by."""

    facts: Mapping[str, Value]
    old: str
    new: str
    usd: Mapping[str, float]

    def as_record(self) -> dict[str, Any]:
        """Return it as plain data."""
        facts = {id: plain(value) for id, value in self.facts.items()}
        return {"facts": facts, "old": self.old, "new": self.new, "usd": dict(self.usd)}


@dataclass(frozen=True, slots=True)
class Equality:
    """Whether a decision is the same in all cases; None where that could not be told."""

    decision: str
    equal: bool | None
    case: TellingCase | None = None

    def as_record(self) -> dict[str, Any]:
        """Return it as plain data."""
        case = self.case.as_record() if self.case else None
        return {"decision": self.decision, "equal": self.equal, "case": case}


def check_alike(old: Rulebook, new: Rulebook) -> None:
    """Raise UserError where two rulebooks differ in facts or options, about which nothing can be proved."""
    for id in [*old.facts, *(id for id in new.facts if id not in old.facts)]:
        one, other = old.facts.get(id), new.facts.get(id)
        if one is None or other is None or (one.type, one.options) != (other.type, other.options):
            message = f"'{id}' is not the same fact in both rulebooks"
            raise UserError(f"--prove: {message}, so their cases are not the same")


def equalities(
    old: Rulebook, new: Rulebook, before: Conclude, after: Conclude, laws: CostLaws
) -> Iterator[Equality]:
    """Yield for each decision whether two rulebooks decide all cases alike, whatever anything costs.

    `laws` is what the costs of both always meet.
    """
    facts = variables(new, also=[old])
    one = World(old, facts)
    two = World(new, facts, beside=one)
    made = Solver()
    made.require([*facts.domain, *one.definitions, *two.definitions])
    made.require(map(two.holds, laws.always))
    encoded = Encoded(new, after, facts, two, made, laws)
    for id in old.decisions:
        yield _equality(encoded, one, id, before)


def _equality(encoded: Encoded, old: World, id: str, before: Conclude) -> Equality:
    here, there = old.verdicts[id], encoded.world.verdicts[id]

    def confirm(solution: Solution) -> TellingCase | None:
        facts = encoded.facts.read(solution)
        try:
            return _telling(id, facts, before(facts), encoded.conclude(facts))
        except UserError:
            return None

    try:
        case = encoded.smallest([_differ(here, there)], confirm)
    except Undecided:
        return Equality(id, None)
    return Equality(id, case is None, case)


def _differ(here: WorldVerdict, there: WorldVerdict) -> solver.Truth:
    if here is there:
        return solver.FALSE
    same = [
        solver.conjunction((chosen, there.chosen[option]))
        for option, chosen in here.chosen.items()
        if option in there.chosen
    ]
    return solver.no(solver.disjunction([*same, solver.conjunction((here.blocked, there.blocked))]))


def _telling(
    id: str, facts: Mapping[str, Value], one: Conclusions, two: Conclusions
) -> TellingCase | None:
    old, new = one.recommendation[id], two.recommendation[id]
    if old == new:
        return None
    moved = {
        name: round(value - was, 2)
        for name, value in two.memory.items()
        if name.endswith("_usd") and isinstance(value, int | float) and name not in facts
        if isinstance(was := one.memory.get(name), int | float) and was != value
    }
    return TellingCase(facts, old, new, moved)
