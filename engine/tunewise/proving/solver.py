"""The solver z3 behind plain words: truths, whole numbers, and whether all that was required can be at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

import z3

Truth: TypeAlias = z3.BoolRef
WholeNumber: TypeAlias = z3.ArithRef
Weighted: TypeAlias = tuple[int, Truth]
"""Points, and whether they count."""

EFFORT = 3_000_000
"""z3's units of work for one question; counted and not timed, so that an answer never depends on the machine."""
AFRESH = 60_000_000
"""Units for a question that is asked once more by itself: what it
learnt of other questions is then not in the way."""


class Undecided(Exception):
    """The solver gave up: nothing is proved, and nothing refuted."""


def named_truth(name: str) -> Truth:
    """Return a truth of its own."""
    return z3.Bool(name)


def named_number(name: str) -> WholeNumber:
    """Return a whole number of its own."""
    return z3.Int(name)


TRUE: Truth = z3.BoolVal(val=True)
FALSE: Truth = z3.BoolVal(val=False)


def conjunction(parts: Iterable[Truth]) -> Truth:
    """Return what is true where all parts are."""
    held = [part for part in parts if not part.eq(TRUE)]
    if any(part.eq(FALSE) for part in held):
        return FALSE
    if len(held) < 2:
        return held[0] if held else TRUE
    return z3.And(held)


def disjunction(parts: Iterable[Truth]) -> Truth:
    """Return what is true where one part is."""
    held = [part for part in parts if not part.eq(FALSE)]
    if any(part.eq(TRUE) for part in held):
        return TRUE
    if len(held) < 2:
        return held[0] if held else FALSE
    return z3.Or(held)


def no(part: Truth) -> Truth:
    """Return what is true where a part is not."""
    return z3.Not(part)


def at_most_one(parts: Sequence[Truth]) -> Truth:
    """Return what is true where no two parts are."""
    return at_most(parts, 1)


def at_most(parts: Sequence[Truth], many: int) -> Truth:
    """Return what is true where no more parts than so many are."""
    return z3.AtMost(*parts, many) if len(parts) > many else TRUE


def same(one: Truth | WholeNumber, other: Truth | WholeNumber) -> Truth:
    """Return what is true where two truths, or two numbers, are equal."""
    return one == other


def total(weighted: Iterable[Weighted]) -> WholeNumber:
    """Return the sum of the points that count."""
    return z3.Sum([z3.If(holds, points, 0) for points, holds in weighted] or [z3.IntVal(0)])


def reaches(weighted: Iterable[Weighted], least: int) -> Truth:
    """Return what is true where the points that count come to so many at least."""
    counted = [(holds, points) for points, holds in weighted]
    return z3.PbGe(counted, least) if counted else z3.BoolVal(least <= 0)


def sum_of(parts: Iterable[WholeNumber]) -> WholeNumber:
    """Return the sum of numbers."""
    return z3.Sum([*parts, z3.IntVal(0)])


def related(op: str, one: WholeNumber, other: WholeNumber | int) -> Truth:
    """Return whether a comparison of two numbers holds; `op` is an operator of the condition language."""
    if op in ("at_least", "below"):
        found = one >= other
    elif op in ("at_most", "above"):
        found = one <= other
    else:
        found = one == other
    return z3.Not(found) if op in ("below", "above", "is_not") else found


def identical(one: Truth, other: Truth) -> bool:
    """Return whether two truths are one expression: equal in every case, without asking the solver."""
    return bool(one.eq(other))


class Solution:
    """One way in which all that was required is true."""

    def __init__(self, model: z3.ModelRef) -> None:
        self._model = model

    def true(self, part: Truth) -> bool:
        """Return whether a truth is true in it."""
        return bool(z3.is_true(self._model.eval(part, model_completion=True)))

    def whole(self, part: WholeNumber) -> int:
        """Return what a number is in it."""
        return int(self._model.eval(part, model_completion=True).as_long())


def _solver(effort: int) -> z3.Solver:
    made = z3.SimpleSolver()
    made.set("random_seed", 0)
    made.set("rlimit", effort)
    return made


class Solver:
    """Holds what is required, and finds ways in which it is true."""

    def __init__(self, effort: int = EFFORT) -> None:
        self._solver = _solver(effort)

    def require(self, parts: Iterable[Truth]) -> None:
        """Require truths from now on."""
        self._solver.add(list(parts))

    @contextmanager
    def supposing(self, parts: Iterable[Truth]) -> Iterator[None]:
        """Require truths for a while."""
        self._solver.push()
        try:
            self.require(parts)
            yield
        finally:
            self._solver.pop()

    def solve(self, *parts: Truth, afresh: bool = True) -> Solution | None:
        """Return a way in which all is true, None where there is none; raise Undecided where it gives up.

        `afresh`: a question too hard among the others is asked once more by itself.
        """
        asked = self._solver
        answer = asked.check(list(parts))
        if answer == z3.unknown and afresh:
            asked = _solver(AFRESH)
            asked.add([*self._solver.assertions(), *parts])
            answer = asked.check()
        if answer == z3.unknown:
            raise Undecided(asked.reason_unknown())
        return Solution(asked.model()) if answer == z3.sat else None

    def clash(self, parts: Sequence[Truth]) -> list[Truth] | None:
        """Return some of these truths that cannot all be, None where all can be or the solver gives up.

        Each part is a truth of its own, not an expression.
        """
        if self._solver.check(list(parts)) != z3.unsat:
            return None
        core = self._solver.unsat_core()
        return [part for part in parts if any(part.eq(one) for one in core)]

    def fewest(self, counted: Sequence[Truth]) -> Solution | None:
        """Return a way in which as few of these truths as can be are true, None where there is no way.

        Where the solver gives up on fewer, the fewest found so far.
        """
        best = self.solve()
        while best is not None:
            many = sum(map(best.true, counted))
            with self.supposing([at_most(counted, many - 1)] if many else [FALSE]):
                try:
                    better = self.solve(afresh=False)
                except Undecided:
                    return best
            if better is None:
                return best
            best = better
        return None
