"""Suggests the cases that tests lack: the smallest in which a comparison comes out as in no case so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tunewise.errors import UserError
from tunewise.inference.interpreter import Interpreter
from tunewise.knowledge.conditions import Comparison
from tunewise.proving import solver
from tunewise.proving.claims import CaseFacts
from tunewise.proving.search import Encoded
from tunewise.proving.solver import Solution, Truth, Undecided

WANTED = {"true": True, "false": False, "unknown": None}


@dataclass(frozen=True, slots=True)
class MissingOutcome:
    """An outcome of a rule's comparison that no case brings about: true, false or unknown."""

    rule: str
    comparison: Comparison
    outcome: str


@dataclass(frozen=True, slots=True)
class SuggestedCase:
    """The smallest case for what is missing, and whether its rule fires there; `facts` is None where none was found."""

    missing: MissingOutcome
    facts: CaseFacts | None
    fires: bool = False


def suggest(encoded: Encoded, missing: Iterable[MissingOutcome]) -> Iterator[SuggestedCase]:
    """Yield a case for each missing outcome, decided by the engine."""
    interpreter = Interpreter(encoded.rulebook.scales)
    for one in missing:
        yield _suggested(encoded, one, interpreter)


def _suggested(
    encoded: Encoded, missing: MissingOutcome, interpreter: Interpreter
) -> SuggestedCase:
    def confirm(solution: Solution) -> SuggestedCase | None:
        facts = encoded.facts.read(solution)
        try:
            real = encoded.conclude(facts)
        except UserError:
            return None
        holds = interpreter.holds(missing.comparison, real.memory)
        fires = interpreter.holds(encoded.rulebook.rules[missing.rule].when, real.memory) is True
        found = SuggestedCase(missing, facts, fires)
        return found if holds is WANTED[missing.outcome] else None

    try:
        found = encoded.smallest([_comes_out(encoded, missing)], confirm)
    except Undecided:
        found = None
    return found or SuggestedCase(missing, None)


def _comes_out(encoded: Encoded, missing: MissingOutcome) -> Truth:
    true = encoded.world.holds(missing.comparison)
    false = encoded.world.holds(missing.comparison.negated())
    if missing.outcome == "unknown":
        return solver.no(solver.disjunction((true, false)))
    return true if missing.outcome == "true" else false
