"""Finds something out for each row of a table: once for all rows that cannot be told apart, and remembered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from tunewise.inference.columnar import MOST_MET, UNASKED, Outcomes, first_rows

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
