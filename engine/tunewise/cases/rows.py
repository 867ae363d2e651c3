"""Turns columns into rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from tunewise.cases.columns import Codes

_T = TypeVar("_T")


def spread(values: Iterable[_T], unknown: _T, codes: Codes) -> list[_T]:
    """Return the value of each row by its code, -1 standing for what is unknown."""
    every = [*values, unknown]
    return [every[code] for code in codes.tolist()]


def by_row(rows: int, columns: Sequence[npt.NDArray[np.bool_]]) -> list[list[int]]:
    """Return for each row the numbers of the columns that are true in it, in their order."""
    if not columns:
        return [[] for _ in range(rows)]
    row, column = np.nonzero(np.stack(columns, axis=1))
    ends = np.searchsorted(row, np.arange(rows), side="right").tolist()
    every = column.tolist()
    return [every[start:end] for start, end in zip([0, *ends], ends, strict=False)]
