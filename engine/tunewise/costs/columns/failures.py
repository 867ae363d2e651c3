"""Finds the rows of a table that have no costs; the single path says why."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping

import numpy as np

from tunewise.cases.columns import UNKNOWN, FactColumn
from tunewise.costs.columns.axes import Truths
from tunewise.costs.columns.cents import MOST_CENTS
from tunewise.costs.columns.prices import Tariff
from tunewise.costs.columns.table import EstimateColumns, Whole
from tunewise.errors import UserError

Reason = Callable[[int], UserError]
"""Says why a row has no costs."""


def failures(
    models: FactColumn | None,
    tariff: Tariff,
    estimates: Mapping[str, EstimateColumns],
    months: Whole,
    reason: Reason,
) -> dict[int, UserError]:
    """Return the rows without costs, with the reason.

    They state a model without a price, cost more than can be in one of the approaches, or need what is
    neither known nor assumed.
    """
    found = _unpriced(models, tariff) if models is not None else {}
    reasons: dict[Hashable, UserError] = {}
    for approach, estimate in estimates.items():
        lacking = np.isnan(sum(estimate.horizon.values))
        for row in np.flatnonzero(lacking | (estimate.horizon.high > MOST_CENTS)).tolist():
            if row not in found:
                key = row if lacking[row] else (approach, int(months[row]))
                found[row] = reasons[key] = reasons.get(key) or reason(row)
    return dict(sorted(found.items()))


def _unpriced(models: FactColumn, tariff: Tariff) -> dict[int, UserError]:
    used = np.unique(models.codes)
    refused = {
        int(code): error
        for code in used[used != UNKNOWN]
        if (error := tariff.refusal(str(models.values[code])))
    }
    rows: Truths = np.isin(models.codes, list(refused))
    return {row: refused[int(models.codes[row])] for row in np.flatnonzero(rows).tolist()}
