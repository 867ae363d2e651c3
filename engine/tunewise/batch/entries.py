"""What the portfolio needs to know of each row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tunewise.cases.case import Case
from tunewise.portfolio.tally import EntryTurn, PortfolioEntry, Sums
from tunewise.record.evaluation import Evaluation
from tunewise.record.table import TableEvaluation

LOAD_FACT = "requests_per_month"
COMPARED = 400
"""Characters of a description by which like use cases are found."""

PlainEntry = Mapping[str, Any]
"""A decision record as plain data, without its time and digests."""


def portfolio_entry(
    evaluation: TableEvaluation, i: int, record: PlainEntry, case: Case
) -> PortfolioEntry:
    """Return the portfolio's entry of a table's row: `i` is its place there, `record` and `case` are its own."""
    first, chosen = record["decisions"][0], next(iter(evaluation.decisions.values()))[i]
    return PortfolioEntry(
        row=case.row,
        name=record["case"]["name"],
        options=record["recommendation"],
        margin=first["margin"],
        requests=float(record["facts"].get(LOAD_FACT, {}).get("value", 0)),
        costs={name: _sums(estimate) for name, estimate in record["costs"].items()},
        vetoes=tuple(vetoing(first)),
        deciding=tuple(chosen.decisive),
        wanted=evaluation.unknown[i],
        certainty=evaluation.certainty[i],
        id=case.id,
        description=case.description[:COMPARED],
        holes=evaluation.costs.open_items(i, first["chosen"]),
        draws={name: tuple(found.draws(i)) for name, found in evaluation.costs.estimates.items()},
    )


def looked_at(entry: PortfolioEntry, looked: Evaluation) -> PortfolioEntry:
    """Return an entry with what a close look at its row found: how certain it is, and which answers turn it."""
    first = next(iter(looked.certainty.values()))
    turns = (
        EntryTurn(id, looked.explanation.say(looked.rulebook.facts[id], value), turn.to)
        for turn in first.turns
        for id, value in turn.facts.items()
    )
    return replace(entry, certainty=first.status, turns=tuple(turns), closely=True)


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
