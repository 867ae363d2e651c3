"""Joins what rules derive into one column a fact, as inference.py does for one case."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tunewise.cases.columns import UNKNOWN, FactColumn
from tunewise.inference.columnar import Fired, Outcomes, first_rows
from tunewise.inference.single import joined
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.vocabulary import Fact


def derive_all(fact: Fact, rows: int, fired: Sequence[tuple[Rule, Fired]]) -> FactColumn:
    """Return the column of a derived fact, unknown where none of its rules fired.

    A case's value follows from the set of values that were derived, and is joined once for each such set.
    """
    derived: dict[Value, Fired] = {}
    for rule, where in fired:
        if (value := rule.then.value) is not None:
            derived[value] = derived[value] | where if value in derived else where
    outcomes = Outcomes([2] * len(derived))
    sets = outcomes.numbers(rows, list(derived.values()))
    codes = np.full(len(outcomes), UNKNOWN, dtype=np.int32)
    values: dict[Value, int] = {}
    for row in first_rows(sets, np.arange(rows)):
        if found := [value for value, where in derived.items() if where[row]]:
            codes[sets[row]] = values.setdefault(joined(fact, found), len(values))
    return FactColumn(tuple(values), codes.take(sets))
