"""What the portfolio needs to know of each row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from tunewise.cases.case import Case
from tunewise.costs.estimator import BUDGETS
from tunewise.explaining.column_sentences import ColumnSentences
from tunewise.explaining.explanation import Explanation
from tunewise.portfolio.sums import Sums
from tunewise.portfolio.tally import EntryTurn, PortfolioEntry
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
        holes={name: evaluation.costs.open_items(i, name) for name in record["costs"]},
        draws={name: tuple(found.draws(i)) for name, found in evaluation.costs.estimates.items()},
        reasons=tuple(_ruled_out(evaluation, i)),
        budget=_monthly_budget(evaluation, i),
    )


def _monthly_budget(evaluation: TableEvaluation, i: int) -> float | None:
    stated = evaluation.table.facts(i).get(BUDGETS["monthly"])
    return float(stated) if isinstance(stated, int | float) else None


def _ruled_out(evaluation: TableEvaluation, i: int) -> Iterator[str]:
    """Yield why no option is left of the decisions that have none, each reason once."""
    outcomes = (made[i].outcome for made in evaluation.decisions.values())
    standings = [one for found in outcomes if found.blocked for one in found.standings]
    rules = dict.fromkeys(rule for one in standings for rule in one.vetoed_by)
    if rules:
        explanation = Explanation(evaluation.rulebook)
        sentences = ColumnSentences(explanation, evaluation.conclusions.memory)
        for rule in rules:
            yield from sentences.of(evaluation.rulebook.rules[rule], np.array([i]))


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
