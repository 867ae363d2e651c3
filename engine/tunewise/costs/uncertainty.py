"""How sure the costs are: draws from all ranges at once, and the inputs that move the comparison most."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tunewise.costs.draws import Draws
from tunewise.costs.estimator import Estimator
from tunewise.costs.ranges import PARTS, Range
from tunewise.costs.sampling import DISTRIBUTION, DRAWS, SEED, Ends, Take
from tunewise.costs.totals import Totals

LEAST_MOVED = 0.005
"""Dollars below which nothing is moved."""
DRIVERS = 5
"""The inputs that are shown as driving a comparison."""
OtherTotals = Callable[[Take], Totals]
"""Gives an approach's totals with the values that its inputs take."""


@dataclass(frozen=True, slots=True)
class Percentiles:
    """A total in USD that 10, 50 and 90 of 100 draws stay below."""

    p10: float
    p50: float
    p90: float

    def as_record(self) -> dict[str, int | float]:
        """Return the percentiles as plain data, to the cent."""
        return {"p10": _cents(self.p10), "p50": _cents(self.p50), "p90": _cents(self.p90)}


@dataclass(frozen=True, slots=True)
class Driver:
    """An input, and what tuning costs more than prompting, in USD, at its low and its high end."""

    key: str
    low: float
    high: float
    at: Range

    @property
    def swing(self) -> float:
        """How far the difference moves from one end to the other."""
        return abs(self.high - self.low)

    def as_record(self) -> dict[str, Any]:
        """Return the driver as plain data."""
        ends = {"low": _cents(self.low), "high": _cents(self.high)}
        return {"key": self.key, "input": self.at.as_record(), "difference": ends}


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """How the totals spread, how likely tuning is the cheaper over the horizon, and what drives it.

    `expected` is what tuning costs more than prompting with every input as expected; `cheaper` and it are
    None where the two are not compared. `ranges` counts the inputs drawn.
    """

    seed: int
    draws: int
    ranges: int
    totals: Mapping[str, Percentiles]
    cheaper: float | None
    expected: float | None
    drivers: tuple[Driver, ...]

    def as_record(self) -> dict[str, Any]:
        """Return the uncertainty as plain data: amounts in USD."""
        return {
            "distribution": DISTRIBUTION,
            "seed": self.seed,
            "draws": self.draws,
            "inputs": self.ranges,
            "totals": {name: found.as_record() for name, found in self.totals.items()},
            "tuning_cheaper": self.cheaper,
            "difference": None if self.expected is None else _cents(self.expected),
            "drivers": [driver.as_record() for driver in self.drivers],
        }


def uncertainty(
    reckoning: Estimator, parts: Mapping[str, OtherTotals], compared: tuple[str, str]
) -> Uncertainty:
    """Return the uncertainty of the totals; `compared` names prompting and tuning."""
    ranges, found = reckoning.sampler.ranges, reckoning.overtaking
    spread = {name: _percentiles(total.horizon) for name, total in reckoning.totals.items()}
    if found is None:
        return Uncertainty(SEED, DRAWS, len(ranges), spread, None, None, ())
    prompting, tuning = (parts[name] for name in compared)
    expected, drivers = _drivers(prompting, tuning, ranges)
    return Uncertainty(
        seed=SEED,
        draws=DRAWS,
        ranges=len(ranges),
        totals=spread,
        cheaper=round(reckoning.kernel.share(found.saved > 0), 4),
        expected=expected,
        drivers=drivers,
    )


def _drivers(
    prompting: OtherTotals, tuning: OtherTotals, ranges: Mapping[str, Range]
) -> tuple[float, tuple[Driver, ...]]:
    """Return the difference as expected, and the inputs that move it most, the strongest first."""
    ends = Ends(tuple(ranges))
    dearer, cheaper = (part(ends.take).drawn["horizon"].expected for part in (tuning, prompting))
    difference = (dearer - cheaper) / PARTS
    if not isinstance(difference, Draws):
        return difference, ()
    values = difference.values
    pairs = zip(values[1::2], values[2::2], ranges, strict=True)
    found = [Driver(name, low, high, ranges[name]) for low, high, name in pairs]
    moving = sorted((d for d in found if d.swing >= LEAST_MOVED), key=lambda d: (-d.swing, d.key))
    return values[0], tuple(moving[:DRIVERS])


def _percentiles(total: Range) -> Percentiles:
    return Percentiles(*total.in_dollars().values)


def _cents(amount: float) -> int | float:
    whole = round(amount, 2)
    return int(whole) if whole == int(whole) else whole
