"""Proves properties and invariants: what is declared to hold in all cases, or the smallest case that breaks it."""

from __future__ import annotations

from collections.abc import Iterator

from tunewise.proving import solver
from tunewise.proving.claims import Claim, ClaimCase
from tunewise.proving.properties import Invariant, Movement, Property
from tunewise.proving.search import Encoded
from tunewise.proving.solver import Solution, Truth, Undecided
from tunewise.proving.variables import FactVariables
from tunewise.proving.world import World


def prove_property(encoded: Encoded, prop: Property) -> Claim:
    """Return whether a property holds: over two cases that differ in one fact, and in what costs may do."""
    two = encoded.facts.varied([prop.vary, *prop.costs], f"{prop.id}:")
    beside = World(encoded.rulebook, two, beside=encoded.world)
    required = [*two.domain, *beside.definitions, *_moved(encoded.facts, two, prop)]
    required += [beside.holds(condition) for condition in encoded.costs if prop.costs]
    required += [encoded.world.holds(prop.where)] if prop.where else []
    required += [encoded.world.verdicts[prop.decision].one_of(prop.keeps)]
    left = beside.verdicts[prop.decision]
    required += [solver.no(left.one_of(prop.keeps))]
    if prop.but_for_limits:
        required += [solver.no(solver.conjunction(left.vetoed[option] for option in prop.keeps))]

    def confirm(solution: Solution) -> tuple[ClaimCase, ...] | None:
        before, after = encoded.facts.read(solution), two.read(solution)
        cases = [
            ClaimCase(facts, prop.decision, chosen)
            for facts in (before, after)
            if (chosen := encoded.chosen(facts, prop.decision)) is not None
        ]
        broken = len(cases) == 2 and cases[0].chosen in prop.keeps
        return tuple(cases) if broken and _left(encoded, prop, cases[1]) else None

    try:
        cases = encoded.smallest(required, confirm)
    except Undecided:
        return Claim("property", prop.id, prop.says, "undecided")
    return Claim("property", prop.id, prop.says, "broken" if cases else "proved", cases or ())


def _left(encoded: Encoded, prop: Property, after: ClaimCase) -> bool:
    """Return whether the engine leaves what is to be kept, and not for a limit where that excuses it."""
    if after.chosen in prop.keeps:
        return False
    outcome = encoded.conclude(after.facts).outcomes[prop.decision]
    limited = all(outcome.standing(option).vetoed_by for option in prop.keeps)
    return not (limited and prop.but_for_limits)


def _moved(one: FactVariables, two: FactVariables, prop: Property) -> Iterator[Truth]:
    """Yield what has to hold of the two cases: the fact moves along its values, costs as they may."""
    yield from (one.known[prop.vary], two.known[prop.vary])
    if prop.vary in one.numbers:
        rising = prop.along[0] < prop.along[-1]  # type: ignore[operator]
        yield _ordered(one, two, prop.vary, "rises" if rising else "falls")
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
        yield solver.disjunction((_ordered(one, two, cost, movement), *_silent(one, two, cost)))


def _silent(one: FactVariables, two: FactVariables, fact: str) -> Iterator[Truth]:
    yield from (solver.no(one.known[fact]), solver.no(two.known[fact]))


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
