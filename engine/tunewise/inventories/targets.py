"""What a person says that a column is: a fact, maybe in another unit, a part of a case, an extra, or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from tunewise.cases.case import CASE_COLUMNS
from tunewise.errors import shown
from tunewise.inventories.headers import FactNames, Role
from tunewise.inventories.units import unit_factor

KEEP, IGNORE = "extra", "ignore"
_UNITS = re.compile(r"\s+(?=(?:in|per|times)\s+\S)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ColumnTarget:
    """What a column is: its role, the fact or part of a case, and what its numbers are multiplied by."""

    role: Role
    meaning: str = ""
    factor: Fraction = Fraction(1)


def read_target(text: str, names: FactNames) -> ColumnTarget:
    """Return what a text such as 'target_latency_ms in s', 'owner' or 'ignore' says; raise ValueError with a sentence.

    A fact goes by all its names, also where they hold such words themselves: 'requests per month'.
    """
    text = text.strip()
    if text.casefold() in (KEEP, IGNORE):
        return ColumnTarget("extra" if text.casefold() == KEEP else "ignored")
    cuts = [len(text), *(found.start() for found in reversed([*_UNITS.finditer(text)]))]
    for cut in cuts:
        name, unit = text[:cut], text[cut:].strip()
        meanings = names.means(name)
        if len(meanings) == 1:
            return _target(meanings[0], unit, names)
    hint = names.hint(text) or "; 'tunewise facts' lists them all"
    raise ValueError(f"unknown fact {shown(text)}{hint}; or write {KEEP} or {IGNORE}")


def _target(meaning: str, unit: str, names: FactNames) -> ColumnTarget:
    if meaning not in CASE_COLUMNS:
        return ColumnTarget("fact", meaning, unit_factor(names.vocabulary[meaning], unit))
    if unit:
        raise ValueError(f"'{meaning}' has no unit; write it alone")
    return ColumnTarget("case", meaning)
