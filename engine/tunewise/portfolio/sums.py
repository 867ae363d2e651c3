"""What rows cost, added up: middles and ends as sums, the horizon draw by draw."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from operator import add


@dataclass(frozen=True, slots=True)
class Sums:
    """What an approach costs, in USD: at first, a month, and over the horizon."""

    initial: float
    monthly: float
    low: float
    expected: float
    high: float

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.initial + other.initial,
            self.monthly + other.monthly,
            self.low + other.low,
            self.expected + other.expected,
            self.high + other.high,
        )

    def __sub__(self, other: Sums) -> Sums:
        """Return how far sums are apart: without draws, a low end from a low end and a high one from a high one."""
        return self + Sums(*(-one for one in astuple(other)))


NO_SUMS = Sums(0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Bill:
    """What rows cost together, in USD, over the horizon draw by draw, too; `holes` name what has no price in it."""

    rows: int
    sums: Sums
    draws: tuple[float, ...] = ()
    holes: frozenset[str] = frozenset()

    def __add__(self, other: Bill) -> Bill:
        draws = added_draws(self.draws, other.draws)
        holes = self.holes | other.holes
        return Bill(self.rows + other.rows, self.sums + other.sums, draws, holes)


NO_BILL = Bill(0, NO_SUMS)


def added_draws(one: tuple[float, ...], other: tuple[float, ...]) -> tuple[float, ...]:
    """Return two sums added draw by draw; without draws there is nothing to add."""
    return tuple(map(add, one, other)) if one and other else one or other
