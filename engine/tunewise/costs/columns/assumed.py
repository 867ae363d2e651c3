"""Tells which facts of many cases were assumed, and with which value, as provisos.py does for one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tunewise.cases.columns import UNKNOWN, FactColumn
from tunewise.costs.assuming import Assumptions
from tunewise.costs.columns.axes import Codes, Truths
from tunewise.costs.columns.cases import Use
from tunewise.costs.columns.quantities import ColumnQuantities
from tunewise.costs.ranges import Range, plain
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.vocabulary import Vocabulary

DIFFERING = -2
"""The code of an assumption that was taken for several options."""


@dataclass(frozen=True, slots=True, eq=False)
class Used:
    """What one plan used in the rows for which it holds."""

    q: ColumnQuantities
    where: Truths
    uses: Iterable[Use]


def assumed(
    used: Iterable[Used], assumptions: Assumptions, facts: Vocabulary
) -> dict[str, FactColumn]:
    """Return the facts that were assumed by name; one that differs between the plans is left out."""
    found: dict[str, Taken] = {}
    for one in used:
        for use in one.uses:
            if use.name in facts and facts[use.name].origin == "given":
                taken = found.setdefault(use.name, Taken(len(one.where)))
                taken.add(one.where & one.q.holds(use.tests), *_options(one.q, use))
    return {name: found[name].column(name, assumptions) for name in sorted(found)}


class Taken:
    """The options for which one assumption was taken."""

    def __init__(self, rows: int) -> None:
        self.options: dict[str, int] = {}
        self.codes: Codes = np.full(rows, UNKNOWN, dtype=np.int32)

    def add(self, where: Truths, options: tuple[str, ...], codes: Codes) -> None:
        """Note for which of some options it was taken in some rows."""
        places = [self.options.setdefault(option, len(self.options)) for option in options]
        ours = np.array(places, dtype=np.int32)[codes]
        other = where & (self.codes != UNKNOWN) & (self.codes != ours)
        self.codes = np.where(where, ours, self.codes)
        self.codes = np.where(other, np.int32(DIFFERING), self.codes)

    def column(self, name: str, assumptions: Assumptions) -> FactColumn:
        """Return the values that were taken."""
        values = [_plain(assumptions.setting(name, option)) for option in self.options]
        known = np.array([*(value is not None for value in values), False, False])
        codes = np.where(known[self.codes], self.codes, np.int32(UNKNOWN))
        return FactColumn(tuple("" if value is None else value for value in values), codes)


def _options(q: ColumnQuantities, use: Use) -> tuple[tuple[str, ...], Codes]:
    if not use.by:
        return (use.option,), np.zeros(q.rows, dtype=np.int32)
    axis = q.text(use.by)
    return tuple(option or "" for option in axis.options), axis.codes


def _plain(setting: Range | str | None) -> Value | None:
    return plain(setting.expected) if isinstance(setting, Range) else setting
