"""The facts of many cases in columns: each distinct value once, and for each row which of them it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from tunewise.knowledge.conditions import Value

UNKNOWN_CODE = -1
"""The code of a fact that is unknown."""

Codes = npt.NDArray[np.int32]


@dataclass(frozen=True)
class FactColumn:
    """One fact of many cases: `values` are checked ones, each once; `codes` index them, -1 where unknown."""

    values: tuple[Value, ...]
    codes: Codes

    @cached_property
    def distinct(self) -> npt.NDArray[np.float64]:
        """The values as numbers, and NaN at the end, where -1 finds it; only for numeric facts."""
        every: list[Any] = [*self.values, float("nan")]
        return np.asarray(every, dtype=np.float64)

    @property
    def numbers(self) -> npt.NDArray[np.float64]:
        """The values of all rows as numbers, NaN where unknown; only for numeric facts."""
        return self.distinct[self.codes]

    def value(self, row: int) -> Value | None:
        """Return a row's value, None where it is unknown."""
        code = self.codes[row]
        return None if code == UNKNOWN_CODE else self.values[code]

    def at(self, places: npt.NDArray[np.int64]) -> FactColumn:
        """Return the column of the rows at some places, in their order."""
        return FactColumn(self.values, self.codes[places])


@dataclass(frozen=True)
class FactTable:
    """The facts of many cases; a fact without a column is unknown in all of them."""

    rows: int
    columns: Mapping[str, FactColumn]

    def facts(self, row: int) -> dict[str, Value]:
        """Return the known facts of one case."""
        return {
            id: column.values[code]
            for id, column in self.columns.items()
            if (code := column.codes[row]) != UNKNOWN_CODE
        }


def joined_columns(columns: Sequence[FactColumn]) -> FactColumn:
    """Return columns below one another as one."""
    places: dict[Value, int] = {}
    for column in columns:
        for value in column.values:
            places.setdefault(value, len(places))
    codes = []
    for column in columns:
        ours = [places[value] for value in column.values]
        codes.append(np.array([*ours, UNKNOWN_CODE], dtype=np.int32)[column.codes])
    return FactColumn(tuple(places), np.concatenate(codes))
