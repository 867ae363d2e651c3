"""Proves properties and invariants: what is declared to hold in all cases, or the smallest case that breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tunewise.errors import UserError
from tunewise.inference.deciding import Outcome
from tunewise.inference.interpreter import Interpreter
from tunewise.proving import solver
from tunewise.proving.claims import CaseFacts, Claim, ClaimCase
from tunewise.proving.properties import Invariant, Movement, Property
from tunewise.proving.search import Encoded
from tunewise.proving.solver import Solution, Truth, Undecided
from tunewise.proving.variables import FactVariables


def prove_property(encoded: Encoded, prop: Property) -> Claim:
    """Return whether a property holds: over two cases that differ in one fact, and in what costs may do."""
    prop = _with_shares(encoded, prop)
    claim = _property_claim(encoded.about(prop.decision), prop)
    if claim.status != "undecided":
        return claim
    alone = replace(encoded, apart={})  # what was learnt of other properties can be in the way
    return _property_claim(alone.about(prop.decision), prop)


def _property_claim(encoded: Encoded, prop: Property) -> Claim:
    two = encoded.facts.varied([prop.vary, *prop.costs], f"{prop.id}:")
    beside, required = encoded.beside(two, prop.decision)
    required += _moved(encoded.facts, two, prop)
    required += [encoded.world.holds(prop.where)] if prop.where else []
    left = beside.verdicts[prop.decision]
    required += [solver.no(left.one_of(prop.keeps))]
    if prop.but_for_limits:
        required += [solver.no(solver.conjunction(left.vetoed[option] for option in prop.keeps))]
    try:
        cases = _broken(encoded, two, prop, required)
    except Undecided:
        return Claim("property", prop.id, prop.says, "undecided")
    return Claim("property", prop.id, prop.says, "broken" if cases else "proved", cases or ())


def _broken(
    encoded: Encoded, two: FactVariables, prop: Property, required: list[Truth]
) -> tuple[ClaimCase, ...] | None:
    """Return two cases that break a property, searched for one option that is to be kept after the other."""

    def confirm(solution: Solution) -> tuple[ClaimCase, ...] | None:
        return _confirmed(encoded, prop, encoded.facts.read(solution), two.read(solution))

    chosen = encoded.world.verdicts[prop.decision].chosen
    for option in prop.keeps:
        cases = encoded.smallest([*required, chosen[option]], confirm)
        if cases:
            return cases
    return None


def _confirmed(
    encoded: Encoded, prop: Property, before: CaseFacts, after: CaseFacts
) -> tuple[ClaimCase, ...] | None:
    """Return two cases where the engine finds that they break a property."""
    try:
        one, two = encoded.conclude(before), encoded.conclude(after)
    except UserError:
        return None
    holds = Interpreter(encoded.rulebook.scales).holds
    meant = prop.where is None or holds(prop.where, one.memory) is True
    here, there = one.outcomes[prop.decision], two.outcomes[prop.decision]
    if not meant or here.chosen not in prop.keeps or not _left(prop, there):
        return None
    cases = ((before, here), (after, there))
    return tuple(ClaimCase(facts, prop.decision, outcome.chosen) for facts, outcome in cases)


def _with_shares(encoded: Encoded, prop: Property) -> Property:
    """Return a property on a budget with how the shares of draws above it move."""
    shares = encoded.laws.shares.get(prop.vary, ())
    moves: Movement = "falls" if _rises(prop) else "rises"
    return replace(prop, costs={**dict.fromkeys(shares, moves), **prop.costs})


def _rises(prop: Property) -> bool:
    return prop.along[0] < prop.along[-1]  # type: ignore[operator]


def _left(prop: Property, outcome: Outcome) -> bool:
    """Return whether what is to be kept is left, and not for a limit where that excuses it."""
    limited = all(outcome.standing(option).vetoed_by for option in prop.keeps)
    return outcome.chosen not in prop.keeps and not (limited and prop.but_for_limits)


def _moved(one: FactVariables, two: FactVariables, prop: Property) -> Iterator[Truth]:
    """Yield what has to hold of the two cases: the fact moves along its values, costs as they may."""
    yield from (one.known[prop.vary], two.known[prop.vary])
    if prop.vary in one.numbers:
        yield _ordered(one, two, prop.vary, "rises" if _rises(prop) else "falls")
        for facts in (one, two):
            yield from facts.between(prop.vary, min(ends := prop.along), max(ends))  # type: ignore[arg-type]
    else:
        here, there = one.choices[prop.vary], two.choices[prop.vary]
        yield solver.disjunction(
            solver.conjunction((here[before], there[after]))
            for i, before in enumerate(prop.along)
            for after in prop.along[i + 1 :]
        )
    for cost, movement in prop.costs.items():
        yield from _ordered_costs(one, two, cost, movement)


def _ordered_costs(
    one: FactVariables, two: FactVariables, cost: str, movement: Movement
) -> Iterator[Truth]:
    """Yield how a cost moves; what is unknown is beyond all measure, to which what falls never comes."""
    known, then = one.known[cost], two.known[cost]
    before, after = (known, then) if movement == "falls" else (then, known)
    if movement != "free":
        yield solver.disjunction((solver.no(before), after))
    silent = (solver.no(known), solver.no(then))
    yield solver.disjunction((_ordered(one, two, cost, movement), *silent))


def _ordered(one: FactVariables, two: FactVariables, fact: str, movement: Movement) -> Truth:
    if movement == "free":
        return solver.TRUE
    if fact in one.numbers:
        op = "at_most" if movement == "rises" else "at_least"
        return solver.related(op, one.numbers[fact], two.numbers[fact])
    first, then = (one, two) if movement == "rises" else (two, one)
    return solver.disjunction((solver.no(first.choices[fact][True]), then.choices[fact][True]))


def prove_invariant(encoded: Encoded, invariant: Invariant) -> Claim:
    """Return whether an invariant holds, or the smallest case that breaks it."""
    encoded = encoded.about(invariant.decision)
    required = [
        encoded.world.holds(invariant.when),
        encoded.world.verdicts[invariant.decision].one_of(invariant.never),
    ]

    def confirm(solution: Solution) -> ClaimCase | None:
        facts = encoded.facts.read(solution)
        chosen = encoded.chosen(facts, invariant.decision)
        return ClaimCase(facts, invariant.decision, chosen) if chosen in invariant.never else None

    try:
        case = encoded.smallest(required, confirm)
    except Undecided:
        return Claim("invariant", invariant.id, invariant.says, "undecided")
    if case is None:
        return Claim("invariant", invariant.id, invariant.says, "proved")
    return Claim("invariant", invariant.id, invariant.says, "broken", (case,))
