"""What the portfolio needs to know of each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunewise.explaining.certainty import CertaintyStatus
from tunewise.portfolio.tally import PortfolioEntry, Sums

LOAD_FACT = "requests_per_month"

PlainEntry = Mapping[str, Any]
"""A decision record as plain data, without its time and digests."""


def portfolio_entry(
    record: PlainEntry,
    decisive: Sequence[str],
    wanted: Mapping[str, int],
    certainty: CertaintyStatus,
    number: int,
) -> PortfolioEntry:
    """Return the portfolio's entry of a row from its record.

    `decisive` are the rules that were so for its first decision, `wanted` tells how many wait for each fact,
    `certainty` is that of the first decision.
    """
    first = record["decisions"][0]
    return PortfolioEntry(
        row=number,
        name=record["case"]["name"],
        options=record["recommendation"],
        margin=first["margin"],
        requests=float(record["facts"].get(LOAD_FACT, {}).get("value", 0)),
        costs={name: _sums(estimate) for name, estimate in record["costs"].items()},
        vetoes=tuple(vetoing(first)),
        deciding=tuple(decisive),
        wanted=wanted,
        certainty=certainty,
    )


def _sums(estimate: PlainEntry) -> Sums:
    horizon = estimate["horizon"]
    return Sums(
        estimate["initial"]["expected"],
        estimate["monthly"]["expected"],
        horizon["low"],
        horizon["expected"],
        horizon["high"],
    )


def vetoing(decision: PlainEntry) -> list[str]:
    """Return the rules that veto an option of a decision, each once."""
    return list(dict.fromkeys(rule for o in decision["options"] for rule in o["vetoed_by"]))
