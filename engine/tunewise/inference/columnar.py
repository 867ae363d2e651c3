"""Runs a rule on many cases at once: durable_rules is asked once for each distinct outcome of its conditions.

A rule's branches cut each attribute's cells into a few classes within which they cannot tell cases apart. The
classes of a case, joined to one number, are the outcome of the rule's conditions; what the engine answers for one
case holds for every other with the same outcome, and is remembered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod

import numpy as np
import numpy.typing as npt

from tunewise.inference.compiled import CompiledRule
from tunewise.inference.encoding import Conjunction
from tunewise.inference.interpreter import Facts

Small = npt.NDArray[np.unsignedinteger]
"""A column of cells, classes or outcomes, in as few bytes as hold them."""
Fired = npt.NDArray[np.bool_]
"""Whether a rule fires, for each case."""

UNASKED = -1
MOST_NUMBERED = 2**16
"""Outcomes that are numbered by their classes; where there may be more, they are in the order they are met."""
MOST_MET = 2**18
"""Outcomes of one rule that are remembered before all are forgotten: some 50 MB."""


def smallest(count: int) -> np.dtype[np.unsignedinteger]:
    """Return the smallest type that holds the numbers below `count`."""
    return np.dtype(np.min_scalar_type(max(count - 1, 0)))


@dataclass(frozen=True, slots=True)
class Cut:
    """The classes into which a rule's branches part the cells of an attribute: the class of each cell."""

    attribute: str
    classes: tuple[int, ...]
    count: int

    def apply(self, cells: Small) -> Small:
        """Return the class of each case."""
        return np.array(self.classes, dtype=smallest(self.count)).take(cells)


def cut(attribute: str, last: int, branches: Iterable[Conjunction]) -> Cut:
    """Return how conjunctions part the cells of an attribute, of which `last` is the highest."""
    intervals = [branch[attribute] for branch in branches if attribute in branch]
    bounds = sorted({0, last + 1, *(c for low, high in intervals for c in (low, high + 1))})
    found: dict[tuple[bool, ...], int] = {}
    classes: list[int] = []
    for begin, end in pairwise(bounds):
        within = tuple(low <= begin <= high for low, high in intervals)
        classes += [found.setdefault(within, len(found))] * (end - begin)
    return Cut(attribute, tuple(classes), len(found))


class Outcomes:
    """Numbers the joint outcomes of several columns of classes, each outcome always alike."""

    def __init__(self, counts: Sequence[int]) -> None:
        self._counts = counts
        self._most = prod(counts)
        self._met: dict[bytes, int] = {}

    def __len__(self) -> int:
        """Return a bound above all numbers given so far."""
        return self._most if self._most <= MOST_NUMBERED else len(self._met)

    def numbers(self, rows: int, columns: Sequence[npt.NDArray[np.generic]]) -> Small:
        """Return the number of each row's outcome."""
        if self._most > MOST_NUMBERED:
            return self._as_met(columns)
        found = np.zeros(rows, dtype=smallest(self._most))
        for i, (count, column) in enumerate(zip(self._counts, columns, strict=True)):
            if i:
                found *= found.dtype.type(count)
            found += column
        return found

    def _as_met(self, columns: Sequence[npt.NDArray[np.generic]]) -> Small:
        stacked = np.stack([column.astype(np.uint16) for column in columns], axis=1)
        whole = stacked.view(np.dtype((np.void, stacked.itemsize * len(columns)))).ravel()
        distinct, inverse = np.unique(whole, return_inverse=True)
        numbers = [self._met.setdefault(one.tobytes(), len(self._met)) for one in distinct]
        return np.array(numbers, dtype=np.uint32)[inverse]


class ColumnRule:
    """One compiled rule, ready to be run on one table after another; use it from one thread."""

    def __init__(self, rule: CompiledRule) -> None:
        self.rule, self.reads, self._compiled = rule.rule, rule.reads, rule
        self.cuts = tuple(cut(name, a.last, rule.branches) for name, a in rule.attributes.items())
        self._forget()

    def _forget(self) -> None:
        self._outcomes = Outcomes([cut.count for cut in self.cuts])
        self._answers = np.zeros(0, dtype=np.int8)

    def fire(self, rows: int, classes: Sequence[Small], facts: Callable[[int], Facts]) -> Fired:
        """Return where the rule fires, by the classes of each of its cuts.

        `facts` gives the facts of a row that the rule reads. Raises EngineError where the engine, the
        interpreter or the encoding of a single case sees a row otherwise.
        """
        if len(self._outcomes) > MOST_MET:
            self._forget()
        outcomes = self._outcomes.numbers(rows, classes)
        more = np.full(len(self._outcomes) - len(self._answers), UNASKED, dtype=np.int8)
        self._answers = np.concatenate([self._answers, more]) if len(more) else self._answers
        unasked = np.flatnonzero(self._answers.take(outcomes) == UNASKED)
        for row in first_rows(outcomes, unasked):
            self._answers[outcomes[row]] = self._ask(facts(row), [int(c[row]) for c in classes])
        return self._answers.take(outcomes).view(np.bool_)

    def _ask(self, facts: Facts, classes: Sequence[int]) -> bool:
        cells = defaultdict(int, {n: a.cell(facts) for n, a in self._compiled.attributes.items()})
        if [cut.classes[cells[cut.attribute]] for cut in self.cuts] != classes:
            raise self._compiled.difference("the columns and the single case", facts)
        return self._compiled.fires(cells, facts)


def first_rows(numbers: Small, among: npt.NDArray[np.intp]) -> list[int]:
    """Return, for each different number among some rows, the first row that has it."""
    first: list[int] = among[np.unique(numbers[among], return_index=True)[1]].tolist()
    return first
