"""Says with which use cases to begin: the surest first, then those that much is got from for little."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tunewise.explaining.certainty import FIRM, OPEN_STATUS, SETTLED, CertaintyStatus
from tunewise.portfolio.tally import PortfolioEntry

SUREST: Sequence[CertaintyStatus] = (SETTLED, FIRM, OPEN_STATUS)
"""What is certain comes first: it is not done twice."""
NOT_EXAMINED = "not examined"
BEGINNING = 10
"""How many use cases to begin with are listed."""


def to_begin_with(entries: Iterable[PortfolioEntry]) -> tuple[PortfolioEntry, ...]:
    """Return the decided use cases, the surest first, of one certainty by requests a month for each dollar at first."""
    priced = [entry for entry in entries if entry.sums is not None and not entry.blocked]
    return tuple(sorted(priced, key=_place)[:BEGINNING])


def said_certainty(entry: PortfolioEntry) -> str:
    """Return how certain a row's approach is; firm and open are told apart by a close look at the row alone."""
    unseen = entry.certainty == OPEN_STATUS and not entry.closely
    return NOT_EXAMINED if unseen else entry.certainty.replace("_", " ")


def requests_per_dollar(entry: PortfolioEntry) -> float:
    """Return how many requests a month each dollar at first serves; one that costs nothing counts as a dollar."""
    return entry.requests / max(entry.sums.initial, 1.0) if entry.sums else 0.0


def _place(entry: PortfolioEntry) -> tuple[int, float, int]:
    return SUREST.index(entry.certainty), -requests_per_dollar(entry), entry.row
