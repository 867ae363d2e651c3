"""Says with which use cases to begin, and which of a register look like one and the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tunewise.explaining.certainty import FIRM, OPEN_STATUS, SETTLED, CertaintyStatus
from tunewise.portfolio.tally import PortfolioEntry

SUREST: Sequence[CertaintyStatus] = (SETTLED, FIRM, OPEN_STATUS)
"""What is certain comes first: it is not done twice."""
BEGINNING, ALIKE_GROUPS = 10, 12
"""How many use cases to begin with are listed, and how many groups of like ones."""
NAME_WORD = re.compile(r"\w+")


def to_begin_with(entries: Iterable[PortfolioEntry]) -> tuple[PortfolioEntry, ...]:
    """Return the decided use cases, the surest first, of one certainty by requests a month for each dollar at first."""
    priced = [entry for entry in entries if entry.sums is not None and not entry.blocked]
    return tuple(sorted(priced, key=_place)[:BEGINNING])


def _place(entry: PortfolioEntry) -> tuple[int, float, int]:
    assert entry.sums is not None  # noqa: S101 - those without were left out
    worth = entry.requests / (entry.sums.initial + 1)
    return SUREST.index(entry.certainty), -worth, entry.row


def like_names(entries: Iterable[PortfolioEntry]) -> tuple[tuple[PortfolioEntry, ...], ...]:
    """Return groups of use cases whose names hold the same words, in whatever order and case."""
    groups: dict[tuple[str, ...], list[PortfolioEntry]] = {}
    for entry in entries:
        words = tuple(sorted(NAME_WORD.findall(entry.name.casefold())))
        groups.setdefault(words, []).append(entry)
    found = (tuple(group) for words, group in groups.items() if words and len(group) > 1)
    return tuple(sorted(found, key=lambda group: (-len(group), group[0].row))[:ALIKE_GROUPS])
