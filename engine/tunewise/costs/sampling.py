"""Where uncertain inputs take their draws: each input once, by its name, for all plans that rest on it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import lru_cache

from tunewise.costs.draws import Draws
from tunewise.costs.kernel import Kernel, Number
from tunewise.costs.ranges import Range

DRAWS, SEED = 61, 1
"""So many that those which 10, 50 and 90 of 100 stay below are draws; one seed gives the same bytes."""
DISTRIBUTION = "split triangular"
"""Half of the draws lie on either side of the expected value, rarer towards the ends."""
Take = Callable[[str, Range], Number]
"""Gives the values of an input by name, within its range."""


class Sampler:
    """Draws each input between low and high, half of the draws on either side of expected, evenly over its chances.

    `ranges` are the inputs that were asked for.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel, self.ranges = kernel, dict[str, Range]()

    def take(self, name: str, span: Range) -> Number:
        """Return an input's draws."""
        self.ranges.setdefault(name, span)
        return self._kernel.triangular(span, evenly(f"{SEED}:{name}", DRAWS))


class Ends:
    """Takes every input as expected, but one at its low or its high end: two values for each, after the first."""

    def __init__(self, names: Sequence[str]) -> None:
        self._place = {name: 1 + 2 * number for number, name in enumerate(names)}
        self.count = 1 + 2 * len(self._place)

    def take(self, name: str, span: Range) -> Number:
        """Return an input's values."""
        values = [span.expected] * self.count
        if name in self._place:
            at = self._place[name]
            values[at], values[at + 1] = span.low, span.high
        return Draws(values)


def as_expected(name: str, span: Range) -> Number:
    """Return an input's expected value alone."""
    return span.expected


@lru_cache(maxsize=512)
def evenly(seed: str, count: int) -> tuple[float, ...]:
    """Return numbers from 0 to 1 in a random order, one from each of so many equal parts."""
    chance = random.Random(seed).random  # noqa: S311 - a simulation, and to be repeated
    keys = [chance() for _ in range(count)]
    return tuple((place + chance()) / count for place in sorted(range(count), key=keys.__getitem__))
