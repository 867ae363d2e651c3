"""How sure the costs are: draws from all ranges at once, and the inputs that move the comparison most."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tunewise.costs.book import Component
from tunewise.costs.draws import DrawnQuantities, Draws, Take
from tunewise.costs.kernel import Number
from tunewise.costs.lines import Worked, terms
from tunewise.costs.quantities import Quantities
from tunewise.costs.ranges import Range

SEED, DRAWS, DRIVERS = 1, 2000, 5
DISTRIBUTION = "triangular"


@dataclass(frozen=True, slots=True)
class DrawnPart:
    """What the totals of one approach are drawn from.

    `offers` are those that stand in the place of its components of a period; `months` is the horizon.
    """

    plan: Quantities
    components: tuple[Component, ...]
    offers: tuple[Worked, ...]
    months: int

    def total(self, take: Take) -> Number:
        """Return the total over the horizon, in USD."""
        q, sums = DrawnQuantities(self.plan, take), {"initial": 0.0, "monthly": 0.0}
        amounts: dict[str, Range] = {}
        offered = {offer.period for offer in self.offers}
        for component in self.components:
            quantity, rate = terms(component, q, amounts)
            amounts[component.id] = quantity * rate
            if component.period not in offered:
                sums[component.period] += amounts[component.id].expected
        for offer in self.offers:
            sums[offer.period] += offer.exact.expected
        return sums["initial"] + sums["monthly"] * self.months


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
    parts: Mapping[str, DrawnPart],
    compared: tuple[str, str],
    seed: int = SEED,
    draws: int = DRAWS,
) -> Uncertainty:
    """Return the uncertainty of the totals; `compared` names prompting and tuning.

    Each input is drawn from the triangle between low, expected and high, once for all approaches.
    """
    source = _Source(seed, draws)
    totals = {name: part.total(source.take) for name, part in parts.items()}
    if not set(compared) <= set(parts):
        found = {name: _percentiles(total) for name, total in totals.items()}
        return Uncertainty(seed, draws, len(source.ranges), found, None, None, ())
    prompting, tuning = (totals[name] for name in compared)
    less = [ours < theirs for ours, theirs in _pairs(tuning, prompting, draws)]
    sides = (parts[compared[0]], parts[compared[1]])
    expected, drivers = _drivers(sides, source.ranges)
    return Uncertainty(
        seed=seed,
        draws=draws,
        ranges=len(source.ranges),
        totals={name: _percentiles(total) for name, total in totals.items()},
        cheaper=round(sum(less) / draws, 4),
        expected=expected,
        drivers=drivers,
    )


class _Source:
    """Draws each input once, however often it is asked for, and remembers its range."""

    def __init__(self, seed: int, draws: int) -> None:
        self.seed, self.draws = seed, draws
        self.ranges: dict[str, Range] = {}

    def take(self, name: str, span: Range) -> Draws:
        self.ranges.setdefault(name, span)
        return Draws(_triangular(span, f"{self.seed}:{name}", self.draws))


@lru_cache(maxsize=512)
def _evenly(seed: str, count: int) -> tuple[float, ...]:
    """Return numbers from 0 to 1 in a random order, one from each of so many equal parts."""
    chance = random.Random(seed).random  # noqa: S311 - a simulation, and to be repeated
    keys = [chance() for _ in range(count)]
    return tuple((place + chance()) / count for place in sorted(range(count), key=keys.__getitem__))


@lru_cache(maxsize=512)
def _triangular(span: Range, seed: str, count: int) -> tuple[float, ...]:
    """Return draws from the triangle over a range: the values that it reaches with even chances."""
    low, mode, high = span.values
    width = high - low
    turn = (mode - low) / width
    up, down, root = width * (mode - low), width * (high - mode), math.sqrt
    return tuple(
        low + root(chance * up) if chance < turn else high - root((1 - chance) * down)
        for chance in _evenly(seed, count)
    )


def _drivers(
    sides: tuple[DrawnPart, DrawnPart], ranges: Mapping[str, Range]
) -> tuple[float, tuple[Driver, ...]]:
    """Return the difference as expected, and the inputs that move it most, the strongest first."""
    place = {name: 1 + 2 * number for number, name in enumerate(ranges)}

    def take(name: str, span: Range) -> Draws:
        values = [span.expected] * (1 + 2 * len(ranges))
        at = place[name]
        values[at], values[at + 1] = span.low, span.high
        return Draws(values)

    prompting, tuning = (part.total(take) for part in sides)
    pairs = _pairs(tuning, prompting, 1 + 2 * len(ranges))
    differences = [ours - theirs for ours, theirs in pairs]
    found = [
        Driver(name, differences[at], differences[at + 1], ranges[name])
        for name, at in place.items()
    ]
    moving = sorted((d for d in found if d.swing >= 0.005), key=lambda d: (-d.swing, d.key))
    return differences[0], tuple(moving[:DRIVERS])


def _pairs(ours: Number, theirs: Number, count: int) -> Iterator[tuple[float, float]]:
    """Yield the two values of each draw; a plain number has its value in every draw."""
    return zip(_spread(ours, count), _spread(theirs, count), strict=True)


def _spread(total: Number, count: int) -> Sequence[float]:
    return total.values if isinstance(total, Draws) else [total] * count


def _percentiles(total: Number) -> Percentiles:
    values = sorted(_spread(total, 1))
    last = len(values) - 1
    return Percentiles(*(values[round(last * share)] for share in (0.1, 0.5, 0.9)))


def _cents(amount: float) -> int | float:
    whole = round(amount, 2)
    return int(whole) if whole == int(whole) else whole
