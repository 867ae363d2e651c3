"""Token prices of many cases: each distinct one is looked up once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from tunewise.costs.columns.axes import MOST_JOINT, ROWS, Axis, Rows
from tunewise.costs.columns.numbers import HALF_ULP, Column
from tunewise.costs.prices import price_steps, token_price
from tunewise.costs.pricesheet import TokenPrice, read_ahead
from tunewise.costs.ranges import Range
from tunewise.errors import UserError

Counts = npt.NDArray[np.int64]

NONE, WHOLE = Decimal(0), Decimal(1)
MOST_MODELS = 4096
"""Models that are remembered before all are forgotten: a column may name another one in each of its rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Requests:
    """What the price of each row's requests rests on: the model, whole tokens of one request, and more.

    `batched` is the share of the requests that are sent in batches; `factor` multiplies all prices.
    """

    models: Axis
    sent: Counts
    cached: Counts
    batched: Axis
    factor: Axis


@dataclass(frozen=True, slots=True, eq=False)
class TokenPrices:
    """The token price of each row as an axis of `TokenPrice`, None where a model has none, and its sides."""

    axis: Axis
    input_usd_per_mtok: Column
    output_usd_per_mtok: Column


class Tariff:
    """The token prices of one day, and the models that have none."""

    def __init__(self, as_of: date) -> None:
        self.as_of = as_of
        self._refused: dict[str, UserError | None] = {}
        self._sides: dict[tuple[str, int, Decimal], tuple[TokenPrice, ...]] = {}

    def refusal(self, model: str) -> UserError | None:
        """Return why a model has no price, None where it has one."""
        if len(self._refused) > MOST_MODELS:
            self._refused.clear()
            self._sides.clear()
        if model not in self._refused:
            try:
                token_price(model, self.as_of)
                self._refused[model] = None
            except UserError as error:
                self._refused[model] = error
        return self._refused[model]

    def prices(self, requests: Requests) -> TokenPrices:
        """Return the price of each row's requests.

        Requests to one model whose lengths lie between the same two steps of its prices cost alike, but for what is
        read from the cache.
        """
        axes = (requests.models, requests.batched, requests.factor)
        steps = self._steps(requests)
        columns = [*(axis.codes.astype(np.int64) for axis in axes), steps]
        if requests.cached.any():
            columns += [requests.sent, requests.cached]
        rows, codes = _distinct(columns)
        options = [self._price(requests, row, int(steps[row])) for row in rows.tolist()]
        axis = Axis((*options, None), codes.astype(np.int32), requests.models.exact)
        return TokenPrices(
            axis,
            _side(axis, lambda price: price.input_usd_per_mtok),
            _side(axis, lambda price: price.output_usd_per_mtok),
        )

    def _steps(self, requests: Requests) -> Counts:
        """Return between which steps of its model's prices each row's request lies."""
        models, sent = requests.models, requests.sent
        longest = np.zeros(len(models.options), dtype=np.int64)
        np.maximum.at(longest, models.codes, sent)
        found = np.zeros(len(sent), dtype=np.int64)
        cached = bool(requests.cached.any())
        for code, model in enumerate(models.options[:-1]):
            if model is not None and (steps := self._steps_of(model, int(longest[code]), cached)):
                rows = np.flatnonzero(models.codes == code)
                for side in ("left", "right"):
                    found[rows] += np.searchsorted(np.array(steps), sent[rows], side=side)
        return found

    def _steps_of(self, model: str, longest: int, cached: bool) -> tuple[int, ...]:
        """Return the steps of a model's prices, none where requests up to the longest cost alike."""
        if (read_ahead(model, longest) and not cached) or self.refusal(model):
            return ()
        return price_steps(model, self.as_of)

    def _price(self, requests: Requests, row: int, step: int) -> TokenPrice | None:
        """Return the price of a row's requests, None where the model has none."""
        model: str | None = requests.models.options[requests.models.codes[row]]
        if model is None or self.refusal(model):
            return None
        share = requests.batched.options[requests.batched.codes[row]]
        factor = requests.factor.options[requests.factor.codes[row]]
        sent, cached = int(requests.sent[row]), int(requests.cached[row])
        if not cached:
            listed = token_price(model, self.as_of, sent, 1, 0, share)
        else:
            listed = self._partly_cached(model, step, sent, cached, NONE)
            if share:
                batch = self._partly_cached(model, step, sent, cached, WHOLE)
                listed = listed.mixed(batch, share)
        return listed if factor is None else listed.times(factor)

    def _partly_cached(
        self, model: str, step: int, sent: int, cached: int, batched: Decimal
    ) -> TokenPrice:
        """Return the mean price of a request of which some tokens are read from the cache.

        Between two steps of the prices, any request tells those of a token that is read anew, and of one that is not.
        """
        key = (model, step, batched)
        if key not in self._sides:
            sides = (token_price(model, self.as_of, sent, 1, old, batched) for old in (0, sent))
            self._sides[key] = tuple(sides)
        new, old = self._sides[key]
        total = old.input_usd_per_mtok * cached + new.input_usd_per_mtok * (sent - cached)
        return replace(new, input_usd_per_mtok=total / sent)


def _distinct(columns: list[Counts]) -> tuple[Rows, Rows]:
    """Return a row for each different combination of whole numbers, and the combination of each row."""
    found = np.zeros(len(columns[0]), dtype=np.int64)
    rows = found.astype(np.intp)
    for column in columns:
        low = column.min(initial=0)
        size = int(column.max(initial=0)) - int(low) + 1
        _, rows, found = np.unique(
            found * size + (column - low), return_index=True, return_inverse=True
        )
    return rows, found


def _side(axis: Axis, side: Callable[[TokenPrice], Decimal]) -> Column:
    spans = [None if price is None else Range.of(side(price)) for price in axis.options]
    column = Column.ranging(spans, axis)
    if axis.exact or len(spans) <= MOST_JOINT:
        return column
    floats = column.in_floats().expected[axis.codes]
    return Column((floats,), ROWS, HALF_ULP)
