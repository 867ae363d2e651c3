"""The results of a reckoning as frozen values: an estimate for each approach, and the costs of a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tunewise.costs.breakeven import BreakEven
from tunewise.costs.currency import USD, Currency
from tunewise.costs.explained import Explained
from tunewise.costs.lines import Line
from tunewise.costs.pricesheet import TokenPrice
from tunewise.costs.ranges import Range
from tunewise.costs.served import HowServed
from tunewise.costs.uncertainty import Uncertainty
from tunewise.costs.worth import Worth
from tunewise.knowledge.conditions import Value


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one approach costs, in USD: at first, each month, over the horizon, per 1,000 requests.

    Each total is the sum of its lines' amounts. `per_1000_requests` is None where there are no requests. `explain`
    tells how the lines' quantities come about, `price` is that of the model that is paid by the token, None where none
    is, `after` tells what it costs over the months up to one, and `pieces` what each line comes to over the horizon,
    which nobody but a reader of them waits for. `holes` name what the plan needs and nothing prices: the totals are
    without it.
    """

    approach: str
    lines: tuple[Line, ...]
    initial: Range
    monthly: Range
    horizon: Range
    per_1000_requests: Range | None
    explain: Callable[[], Explained] = field(default=dict, compare=False)
    serve: Callable[[], HowServed | None] = field(default=lambda: None, compare=False)
    until: Callable[[float], Range] | None = field(default=None, compare=False)
    over_horizon: Callable[[], Sequence[Range]] | None = field(default=None, compare=False)
    price: TokenPrice | None = field(default=None, compare=False)
    holes: tuple[str, ...] = ()
    value: Callable[[], Worth | None] = field(default=lambda: None, compare=False)

    def after(self, month: float) -> Range:
        """Return what it costs over the months up to one, first costs included."""
        return self.until(month) if self.until else self.initial + self.monthly.times(month)

    def pieces(self, months: int) -> Sequence[Range]:
        """Return what each line comes to over the horizon of so many months."""
        if self.over_horizon is not None:
            return self.over_horizon()
        times = {"initial": 1, "monthly": months}
        return [line.amount.times(times[line.period]) for line in self.lines]

    @property
    def worth(self) -> Worth | None:
        """What its answers are worth, None where nobody measured how many are right."""
        return self.value()

    @property
    def served(self) -> HowServed | None:
        """What serves the plan's model, None where none is served."""
        return self.serve()

    def as_record(self) -> dict[str, Any]:
        """Return the estimate as plain data."""
        per = self.per_1000_requests
        return {
            "initial": self.initial.as_percentiles(),
            "monthly": self.monthly.as_percentiles(),
            "horizon": self.horizon.as_percentiles(),
            "per_1000_requests": None if per is None else per.as_percentiles(),
            "holes": list(self.holes),
            "worth": None if (value := self.worth) is None else value.as_record(),
            "serving": None if (served := self.served) is None else served.as_record(),
            "lines": [line.as_record() for line in self.lines],
            "quantities": {name: one.as_record() for name, one in self.explain().items()},
        }


@dataclass(frozen=True, slots=True)
class CheaperModel:
    """The plan of prompting with a cheaper model in the place of its own."""

    model: str
    estimate: Estimate

    def as_record(self) -> dict[str, Any]:
        """Return it as plain data, without its lines."""
        estimate, parts = self.estimate.as_record(), ("initial", "monthly", "horizon", "worth")
        return {"model": self.model, **{part: estimate[part] for part in parts}}


@dataclass(frozen=True)
class Costs:
    """The estimates by approach, and all that they rest on.

    `facts` are what rules may test, `assumed` the facts that were assumed, `assumptions` everything assumed,
    as plain data. `gaps` name what has no price and is missing from the totals; `notes` tell what to know of
    the prices; `overdue` are the keys of the rates and assumptions whose review is past due. `spread` works
    out the uncertainty, which nobody but a reader of it waits for. `currency` is what the sums are shown in.
    `load` is the requests a month, and `at_loads` gives the totals of prompting and tuning at others. `labels`
    are the words of all inputs; `doubted` are those drawn as shares, `priced` those that are rates in USD.
    `prices` are the token prices used, each model once, and `prompted` is that of the model that prompting uses.
    """

    estimates: Mapping[str, Estimate] = field(default_factory=dict)
    break_even: BreakEven | None = None
    facts: Mapping[str, Value] = field(default_factory=dict)
    assumed: Mapping[str, Value] = field(default_factory=dict)
    horizon_months: int = 0
    assumptions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    gaps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    overdue: tuple[str, ...] = ()
    spread: Callable[[], Uncertainty] | None = None
    currency: Currency = USD
    load: float = 0.0
    at_loads: Callable[[Sequence[int]], Mapping[str, tuple[Range, ...]]] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    doubted: frozenset[str] = frozenset()
    priced: frozenset[str] = frozenset()
    prices: tuple[TokenPrice, ...] = ()
    prompted: TokenPrice | None = None
    other_model: Callable[[], CheaperModel | None] | None = None

    @cached_property
    def cheaper(self) -> CheaperModel | None:
        """Prompting with a cheaper model, None where none is known; worked out when asked for."""
        return self.other_model() if self.other_model is not None else None

    @cached_property
    def uncertainty(self) -> Uncertainty | None:
        """How sure the totals are, None where nothing is priced; worked out when asked for."""
        return self.spread() if self.spread is not None else None

    @property
    def holes(self) -> tuple[str, ...]:
        """What some plan needs and nothing prices, by name."""
        return tuple(dict.fromkeys(hole for one in self.estimates.values() for hole in one.holes))

    def as_record(self) -> dict[str, Any]:
        """Return the costs as plain data: amounts in USD, rounded to cents."""
        return {
            "costs": {name: estimate.as_record() for name, estimate in self.estimates.items()},
            "break_even": {
                **(self.break_even.as_record() if self.break_even else {}),
                "horizon_months": self.horizon_months,
            },
            "uncertainty": self.uncertainty.as_record() if self.uncertainty else None,
            "cheaper_model": self.cheaper.as_record() if self.cheaper else None,
            "cost_basis": {
                "assumptions": {key: dict(entry) for key, entry in self.assumptions.items()},
                "gaps": list(self.gaps),
                "notes": list(self.notes),
                "overdue": list(self.overdue),
                "currency": self.currency.as_record(),
            },
        }
