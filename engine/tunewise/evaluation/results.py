"""The results of a table in columns: what was decided of each case, by what, and at what cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from math import inf
from typing import Any

import numpy as np

from tunewise.cases.rows import by_row, spread
from tunewise.costs.breakeven import BREAK_EVEN_REASONS as BREAK_EVENS
from tunewise.costs.ranges import PARTS
from tunewise.explaining.column_sentences import ColumnSentences
from tunewise.explaining.explanation import Explanation
from tunewise.inference.columnar import Fired
from tunewise.inference.deciding import BLOCKED
from tunewise.inference.table_deciding import ALONE
from tunewise.knowledge.rulebook import Rulebook
from tunewise.record.table import TableEvaluation

FIRST_UNKNOWN = 5
"""How many unknown facts a row shows."""
SPANS = {
    "initial": ("initial", "expected"),
    "monthly": ("monthly", "expected"),
    "horizon_low": ("horizon", "low"),
    "horizon": ("horizon", "expected"),
    "horizon_high": ("horizon", "high"),
}
"""The costs shown: which total of an estimate, and which end of it."""

ResultCells = list[Any]


class TableResults:
    """Makes the columns of results under one rulebook; `types` are those of the columns, in order."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._explanation = Explanation(rulebook)
        self._first, decision = next(iter(rulebook.decisions.items()))
        self._costs = {
            f"{approach}_{name}_usd": (approach, *span)
            for approach in decision.options
            for name, span in SPANS.items()
        }
        self._holes = {f"{approach}_holes": approach for approach in decision.options}
        self.types: dict[str, type] = {
            self._first: str,
            self._margin: int,
            "certainty": str,
            "known_facts": int,
            **dict.fromkeys((*rulebook.decisions, "blocked", "vetoes", "reasons"), str),
            **dict.fromkeys(self._costs, float),
            **dict.fromkeys(self._holes, str),
            "break_even_months": float,
            **dict.fromkeys(("break_even", "holes", "unknown_facts"), str),
        }

    @property
    def _margin(self) -> str:
        return f"{self._first}_margin"

    def columns(self, evaluation: TableEvaluation) -> dict[str, ResultCells]:
        """Return the results of every row by column; those of rows that failed mean nothing."""
        rows, outcomes = evaluation.table.rows, evaluation.conclusions.outcomes
        margins = outcomes[self._first].margin.tolist()
        months, reasons = _break_even(evaluation)
        found: dict[str, ResultCells] = {
            **{name: spread(o.options, BLOCKED, o.chosen.codes) for name, o in outcomes.items()},
            self._margin: [None if margin == ALONE else margin for margin in margins],
            "certainty": evaluation.certainty,
            "known_facts": evaluation.known,
            "blocked": _listed(rows, {name: o.blocked for name, o in outcomes.items()}),
            "vetoes": self._vetoes(evaluation),
            "reasons": self._told(evaluation),
            **{name: _dollars(evaluation, *span) for name, span in self._costs.items()},
            **{name: _holes(evaluation, (one,)) for name, one in self._holes.items()},
            "break_even_months": months,
            "break_even": reasons,
            "holes": _holes(evaluation, evaluation.costs.holes),
            "unknown_facts": evaluation.unknown.first(FIRST_UNKNOWN),
        }
        return {name: found[name] for name in self.types}

    def _vetoes(self, evaluation: TableEvaluation) -> ResultCells:
        """Return the rules that veto an option of any decision, by decision and option."""
        fired = evaluation.conclusions.fired
        rules = [self._rulebook.rules[id] for id in fired]
        order = (
            rule.id
            for decision in self._rulebook.decisions.values()
            for option in decision.options
            for rule in rules
            if rule.target == decision.id and rule.vetoes(option)
        )
        return _listed(evaluation.table.rows, {id: fired[id] for id in dict.fromkeys(order)})

    def _told(self, evaluation: TableEvaluation) -> ResultCells:
        """Return the first reasons of the first decision, in words."""
        sentences = ColumnSentences(self._explanation, evaluation.conclusions.memory)
        reasons = evaluation.reasons
        told = np.full(reasons.places.shape, "", dtype=object)
        for place, rule in enumerate(reasons.rules):
            reason, row = np.nonzero(reasons.places == place)
            if len(row):
                told[reason, row] = sentences.of(rule, row)
        return [" ".join(row).rstrip() for row in zip(*told.tolist(), strict=True)]


def _dollars(evaluation: TableEvaluation, approach: str, total: str, end: str) -> ResultCells:
    """Return what an approach costs in each row, in USD."""
    estimate = evaluation.costs.estimates.get(approach)
    if estimate is None:
        return [None] * evaluation.table.rows
    cells: ResultCells = (getattr(estimate.total(total), end) / PARTS).tolist()
    return cells


def _holes(evaluation: TableEvaluation, approaches: Iterable[str]) -> ResultCells:
    """Return what the plans of some approaches need and nothing prices, by name."""
    found: dict[str, Fired] = {}
    named = evaluation.costs.holes
    for gap, where in chain.from_iterable(named.get(one, ()) for one in approaches):
        found[gap.hole] = found[gap.hole] | where if gap.hole in found else where
    return _listed(evaluation.table.rows, found)


def _break_even(evaluation: TableEvaluation) -> tuple[ResultCells, ResultCells]:
    """Return the months until tuning has paid for itself, None for never, and how that comes about."""
    found = evaluation.costs.break_even
    if found is None:
        return [None] * evaluation.table.rows, [""] * evaluation.table.rows
    months = [None if month == inf else month for month in found.months[:, 1].tolist()]
    return months, [BREAK_EVENS[reason] for reason in found.reasons.tolist()]


def _listed(rows: int, columns: Mapping[str, Fired]) -> ResultCells:
    """Return for each row the names of the columns that are true."""
    names = list(columns)
    return ["; ".join(names[i] for i in found) for found in by_row(rows, list(columns.values()))]
