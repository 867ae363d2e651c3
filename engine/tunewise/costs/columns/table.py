"""The costs of many cases in columns: what estimates.py holds for one case."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from tunewise.cases.columns import UNKNOWN, FactColumn
from tunewise.costs.breakeven import NEVER
from tunewise.costs.columns.axes import Axis, Numbers, Truths
from tunewise.costs.columns.breakeven import REASONS, BreakEvens
from tunewise.costs.columns.cents import Cents
from tunewise.costs.columns.lines import CentLine
from tunewise.errors import UserError
from tunewise.knowledge.conditions import Value

Whole = npt.NDArray[np.int64]
TOTALS = ("initial", "monthly", "horizon", "per_1000_requests")


class Figures(FactColumn):
    """A number worked out for each row, NaN where it is unknown."""

    figures: npt.NDArray[np.float64]

    def __init__(self, figures: npt.NDArray[np.float64]) -> None:
        places = np.arange(len(figures), dtype=np.int32)
        object.__setattr__(self, "figures", figures)
        object.__setattr__(self, "codes", np.where(np.isnan(figures), UNKNOWN, places))

    @cached_property
    def values(self) -> tuple[Value, ...]:
        """The number of each row, whether others have the same or not."""
        return tuple(map(_plain, self.figures.tolist()))

    @cached_property
    def distinct(self) -> npt.NDArray[np.float64]:
        """The numbers, and NaN at the end, where -1 finds it."""
        return np.append(self.figures, np.nan)

    @property
    def numbers(self) -> npt.NDArray[np.float64]:
        """The numbers of all rows, NaN where unknown."""
        return self.figures

    def value(self, row: int) -> Value | None:
        """Return a row's number, None where it is unknown."""
        return None if self.codes[row] == UNKNOWN else _plain(float(self.figures[row]))


def truth(where: Truths) -> FactColumn:
    """Return a computed fact that holds in some rows, and does not in the others."""
    return FactColumn((False, True), where.astype(np.int32))


@dataclass(frozen=True, eq=False)
class EstimateColumns:
    """What one approach costs in each row: totals as in an `Estimate`, and the lines that any row has.

    `per_1000_requests` is NaN where there are no requests.
    """

    approach: str
    lines: Sequence[CentLine]
    initial: Cents
    monthly: Cents
    horizon: Cents
    per_1000_requests: Cents

    def record(self, row: int) -> dict[str, Any]:
        """Return a row's estimate as plain data, its lines by id and amount alone."""
        places = self._has[row].nonzero()[0]
        ends = self._cents[row, places].T.tolist()
        made = self._made
        parts = [
            made.get(key) or self._make(key) for key in zip(places.tolist(), *ends, strict=True)
        ]
        found: dict[str, Any] = dict(zip(TOTALS, parts, strict=False))
        if np.isnan(ends[-1][len(TOTALS) - 1]):
            found["per_1000_requests"] = None
        found["lines"] = parts[len(TOTALS) :]
        return found

    @cached_property
    def _made(self) -> dict[tuple[int, float, float, float], dict[str, Any]]:
        """Parts of records, each made once for all rows that have the same: by place and cents."""
        return {}

    def _make(self, key: tuple[int, float, float, float]) -> dict[str, Any]:
        place, *ends = key
        low, expected, high = (_plain(cents / 100) for cents in ends)
        amount = {"low": low, "expected": expected, "high": high}
        line = place - len(TOTALS)
        made = amount if line < 0 else {"id": self.lines[line].id, "amount": amount}
        self._made[key] = made
        return made

    @cached_property
    def _cents(self) -> Numbers:
        """All amounts of each row: the totals, then the lines; low, expected and high of each."""
        totals: list[Cents] = [getattr(self, total) for total in TOTALS]
        amounts = (*totals, *(line.amount for line in self.lines))
        return np.stack([np.stack(amount.values, axis=1) for amount in amounts], axis=1)

    @cached_property
    def _has(self) -> Truths:
        """Which of these amounts each row has: all totals, and some of the lines."""
        every = np.ones(len(self.initial.low), dtype=np.bool_)
        return np.stack([*[every] * len(TOTALS), *(line.has for line in self.lines)], axis=1)


@dataclass(frozen=True, eq=False)
class CostTable:
    """The costs of all rows: estimates by approach, and what rules may test of them.

    `failed` are the rows without costs, with the reason; what stands in their place elsewhere means nothing.
    `prices` are the token prices by approach, with the rows in which one was looked up. Amounts are in cents.
    """

    rows: int
    horizon_months: Whole
    estimates: Mapping[str, EstimateColumns] = field(default_factory=dict)
    break_even: BreakEvens | None = None
    facts: Mapping[str, FactColumn] = field(default_factory=dict)
    failed: Mapping[int, UserError] = field(default_factory=dict)
    prices: Sequence[tuple[Truths, Axis]] = ()
    assume: Callable[[], Mapping[str, FactColumn]] = dict

    @cached_property
    def assumed(self) -> Mapping[str, FactColumn]:
        """The facts that were assumed, unknown where they were not, or differently for the approaches."""
        return self.assume()

    def record(self, row: int) -> dict[str, Any]:
        """Return a row's costs as a decision record holds them: amounts in USD, each token price used once."""
        return {
            "costs": {name: found.record(row) for name, found in self.estimates.items()},
            "break_even": {**self._months(row), "horizon_months": int(self.horizon_months[row])},
            "prices": self._prices(row),
        }

    def _months(self, row: int) -> dict[str, Any]:
        if self.break_even is None:
            return {}
        months = [float(rounded[row]) for rounded in self._rounded]
        low, expected, high = (NEVER if np.isnan(one) else _plain(one) for one in months)
        return {
            "months": {"low": low, "expected": expected, "high": high},
            "reason": REASONS[self.break_even.reasons[row]],
        }

    @cached_property
    def _rounded(self) -> list[Numbers]:
        return [self.break_even.rounded(end) for end in range(3)] if self.break_even else []

    def _prices(self, row: int) -> list[dict[str, Any]]:
        found: dict[str, Any] = {}
        for where, axis in self.prices:
            if where[row]:
                price = axis.options[axis.codes[row]]
                found.setdefault(price.model, price)
        return [price.as_record() for price in found.values()]


def _plain(number: float) -> int | float:
    return int(number) if number.is_integer() else number
