"""Turns cases into a table of facts, and back into what the single path says of each."""

from collections.abc import Mapping, Sequence

import numpy as np

from tunewise.cases.columns import UNKNOWN_CODE, FactColumn, FactTable
from tunewise.knowledge.conditions import Value


def as_table(cases: Sequence[Mapping[str, Value]]) -> FactTable:
    """The table of the cases; facts that are known in none of them have no column."""
    names = dict.fromkeys(name for case in cases for name in case)
    return FactTable(len(cases), {name: _column(name, cases) for name in names})


def _column(name: str, cases: Sequence[Mapping[str, Value]]) -> FactColumn:
    numbered: dict[Value, int] = {}
    codes = [
        numbered.setdefault(case[name], len(numbered)) if name in case else UNKNOWN_CODE
        for case in cases
    ]
    return FactColumn(tuple(numbered), np.array(codes, dtype=np.int32))
