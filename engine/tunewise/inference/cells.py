"""Turns columns of facts into columns of cells, as encoding.py does for one case."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from tunewise.cases.columns import FactColumn
from tunewise.inference.columnar import Small, smallest
from tunewise.inference.encoding import Attribute, Member, NameCells, NumberCells, Pair
from tunewise.knowledge.conditions import TOLERANCE, Other

FloatColumn = npt.NDArray[np.float64]


def cells(rows: int, attribute: Attribute, columns: Mapping[str, FactColumn]) -> Small:
    """Return the cell of every row; a fact without a column is unknown.

    Numbers are compared as floats. That is exact: no value lies beyond 10**12, where floats still tell apart
    all integers.
    """
    kind = smallest(attribute.last + 1)
    if any(fact not in columns for fact in attribute.reads):
        return np.zeros(rows, dtype=kind)
    if isinstance(attribute, Pair):
        return _compared(columns[attribute.left].numbers, _bound(attribute.other, columns))
    column = columns[attribute.fact]
    found = (
        _cut(attribute, column) if isinstance(attribute, NumberCells) else _named(attribute, column)
    )
    return np.append(found, 0).astype(kind).take(column.codes)  # the last is what -1 finds


def _cut(attribute: NumberCells, column: FactColumn) -> npt.NDArray[np.int64]:
    thresholds = np.asarray(attribute.thresholds, dtype=np.float64)
    values = column.distinct[:-1]
    below = np.searchsorted(thresholds, values, side="left")
    up_to = np.searchsorted(thresholds, values, side="right")
    return (below + up_to + 1).astype(np.int64)


def _named(attribute: NameCells | Member, column: FactColumn) -> list[int]:
    return [attribute.cell({attribute.fact: value}) for value in column.values]


def _bound(other: Other, columns: Mapping[str, FactColumn]) -> FloatColumn:
    less = columns[other.less].numbers if isinstance(other.less, str) else other.less
    found: FloatColumn = columns[other.fact].numbers * other.times - less
    return found


def _compared(value: FloatColumn, bound: FloatColumn) -> Small:
    found: Small = (~(np.isnan(value) | np.isnan(bound))).astype(np.uint8)
    apart = value - bound
    found += apart >= -TOLERANCE
    found += apart > TOLERANCE
    return found
