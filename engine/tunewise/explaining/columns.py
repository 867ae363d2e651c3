"""Finds something out for each row of a table: once for all rows that cannot be told apart, and remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from tunewise.cases.columns import FactColumn
from tunewise.inference.cells import cells
from tunewise.inference.columnar import MOST_MET, UNASKED, Outcomes, first_rows
from tunewise.inference.encoding import Encoding
from tunewise.knowledge.conditions import Condition, Value, facts_read
from tunewise.knowledge.vocabulary import Fact

RememberedT = TypeVar("RememberedT")
ColumnPlaces = npt.NDArray[np.int32]
"""For each row the place of its answer."""


class Remembered(Generic[RememberedT]):
    """Answers by the joint outcome of several columns of classes, of which there are `counts`."""

    def __init__(self, counts: Sequence[int]) -> None:
        self._counts = counts
        self._forget()

    def _forget(self) -> None:
        self._outcomes = Outcomes(self._counts)
        self._places = np.zeros(0, dtype=np.int32)
        self._answers: list[RememberedT] = []

    def of(
        self, rows: int, classes: Sequence[npt.NDArray[Any]], ask: Callable[[int], RememberedT]
    ) -> tuple[ColumnPlaces, Sequence[RememberedT]]:
        """Return the place of each row's answer, and the answers; `ask` tells that of a row not met before."""
        if len(self._answers) > MOST_MET:
            self._forget()
        outcomes = self._outcomes.numbers(rows, classes)
        more = np.full(len(self._outcomes) - len(self._places), UNASKED, dtype=np.int32)
        self._places = np.concatenate([self._places, more]) if len(more) else self._places
        unasked = np.flatnonzero(self._places.take(outcomes) == UNASKED)
        for row in first_rows(outcomes, unasked):
            self._places[outcomes[row]] = len(self._answers)
            self._answers.append(ask(row))
        return self._places.take(outcomes), self._answers


class ByCondition(Generic[RememberedT]):
    """Answers to a question on a condition, which rest on nothing but the facts that it reads."""

    def __init__(
        self,
        facts: Mapping[str, Fact],
        condition: Condition,
        ask: Callable[[Condition, Mapping[str, Value]], RememberedT],
    ) -> None:
        self._reads, self._condition, self._ask = facts_read(condition), condition, ask
        self._attributes = Encoding(facts, [condition]).attributes.values()
        self._remembered = Remembered[RememberedT](
            [attribute.last + 1 for attribute in self._attributes]
        )

    def of(
        self, rows: int, memory: Mapping[str, FactColumn]
    ) -> tuple[ColumnPlaces, Sequence[RememberedT]]:
        """Return the place of each row's answer, and the answers."""

        def asked(row: int) -> RememberedT:
            return self._ask(self._condition, facts_of_row(self._reads, memory, row))

        classes = [cells(rows, attribute, memory) for attribute in self._attributes]
        return self._remembered.of(rows, classes, asked)


def facts_of_row(
    facts: Sequence[str], memory: Mapping[str, FactColumn], row: int
) -> dict[str, Value]:
    """Return those of some facts that are known in a row."""
    found = {fact: memory[fact].value(row) for fact in facts if fact in memory}
    return {fact: value for fact, value in found.items() if value is not None}
