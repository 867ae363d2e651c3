"""What the portfolio needs to know of each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunewise.inference.deciding import BLOCKED
from tunewise.portfolio.tally import Entry, Sums

LOAD = "requests_per_month"

Record = Mapping[str, Any]
"""A decision record as plain data, without its time and digests."""


def entry(record: Record, wanted: Mapping[str, int], number: int) -> Entry:
    """Return the portfolio's entry of a row from its record, and how many rules wait for each fact."""
    first = record["decisions"][0]
    return Entry(
        row=number,
        name=record["case"]["name"],
        options=record["recommendation"],
        margin=first["margin"],
        requests=float(record["facts"].get(LOAD, {}).get("value", 0)),
        costs={name: _sums(estimate) for name, estimate in record["costs"].items()},
        vetoes=tuple(vetoing(first)),
        deciding=tuple(turning(first)),
        wanted=wanted,
    )


def _sums(estimate: Record) -> Sums:
    horizon = estimate["horizon"]
    return Sums(
        estimate["initial"]["expected"],
        estimate["monthly"]["expected"],
        horizon["low"],
        horizon["expected"],
        horizon["high"],
    )


def vetoing(decision: Record) -> list[str]:
    """Return the rules that veto an option of a decision, each once."""
    return list(dict.fromkeys(rule for o in decision["options"] for rule in o["vetoed_by"]))


def turning(decision: Record) -> list[str]:
    """Return the rules without any one of which the decision would have been another."""
    options, margin = decision["options"], decision["margin"]
    # A rule that speaks for one option and against another moves the lead by twice its points.
    evidence = (e for o in options for e in o["evidence"] if margin is not None)
    strong = (e["rule"] for e in evidence if 2 * abs(e["points"]) >= margin)
    every = dict.fromkeys([*vetoing(decision), *strong])
    return [rule for rule in every if _without(options, rule) != decision["chosen"]]


def _without(options: Sequence[Record], rule: str) -> str:
    """Return what would be chosen if a rule had not fired."""
    best, most = BLOCKED, 0
    for option in options:
        if any(veto != rule for veto in option["vetoed_by"]):
            continue
        points = sum(e["points"] for e in option["evidence"] if e["rule"] == rule)
        score = option["score"] - points
        if best == BLOCKED or score > most:  # the first of equals stays: the declared order
            best, most = option["option"], score
    return best
