"""Adds up an inventory's decisions one by one, in memory that does not grow with their number."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tunewise.explaining.certainty import OPEN_STATUS, TOO_EARLY, CertaintyStatus
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.rulebook import Rulebook

LARGEST_ROWS, LISTED_ENTRIES = 2_000, 25
"""How many rows stand in the table and on the map, and how many in a list of close or blocked ones."""


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


NO_SUMS = Sums(0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class PortfolioEntry:
    """One decided row of an inventory.

    `options` are what was decided, by decision, and `margin` the lead of the first one; `requests` the load a
    month, given or assumed; `vetoes` the rules that rule an option of the first decision out; `deciding` those
    without which it would have been another; `wanted` the unknown facts that rules wait for, and how many do;
    `certainty` that of the first decision.
    """

    row: int
    name: str
    options: Mapping[str, str]
    margin: int | None
    requests: float
    costs: Mapping[str, Sums]
    vetoes: tuple[str, ...] = ()
    deciding: tuple[str, ...] = ()
    wanted: Mapping[str, int] = field(default_factory=dict)
    certainty: CertaintyStatus = OPEN_STATUS

    @property
    def too_early(self) -> bool:
        """Whether the facts are missing without which no verdict is worth its name."""
        return self.certainty == TOO_EARLY

    @property
    def approach(self) -> str:
        """What was decided first."""
        return next(iter(self.options.values()))

    @property
    def blocked(self) -> tuple[str, ...]:
        """The decisions of which every option is ruled out."""
        return tuple(name for name, option in self.options.items() if option == BLOCKED)

    @property
    def sums(self) -> Sums | None:
        """What the approach decided for costs; None where it is too early, none was, or nothing is priced."""
        return None if self.too_early else self.costs.get(self.approach)


@dataclass(frozen=True, slots=True)
class UnknownCount:
    """In how many rows rules wait for an unknown fact, and how many rules do, added up over the rows."""

    rows: int
    rules: int


@dataclass(frozen=True)
class Portfolio:
    """What an inventory comes to; the `too_early_rows` of it are listed, and stand in no count or sum but `wanted`.

    `chosen` counts rows by decision and option, `sure` by the first decision's option and its certainty, `ruled_out` by
    the files whose rules rule out an option of it; `spent` adds up what the approach decided for costs, by
    approach, and `compared` what each approach would cost for all rows. `close` are the rows whose first
    decision one weak argument would turn, the closest first; `blocked` those with a decision that has no
    option left. `wanted` are the unknown facts that rules wait for, those that most wait for first. `largest`
    are the rows that cost most, in the order of the inventory.
    """

    rows: int
    too_early_rows: int
    chosen: Mapping[str, Mapping[str, int]]
    sure: Mapping[str, Mapping[str, int]]
    ruled_out: Mapping[str, int]
    spent: Mapping[str, Sums]
    compared: Mapping[str, Sums]
    close: tuple[PortfolioEntry, ...]
    close_rows: int
    blocked: tuple[PortfolioEntry, ...]
    blocked_rows: int
    wanted: Mapping[str, UnknownCount]
    deciding: Mapping[str, int]
    largest: tuple[PortfolioEntry, ...]


@dataclass
class PortfolioTally:
    """Collects entries in the order of their rows."""

    rulebook: Rulebook
    rows: int = 0
    too_early_rows: int = 0
    chosen: dict[str, Counter[str]] = field(default_factory=dict)
    sure: dict[str, Counter[str]] = field(default_factory=dict)
    ruled_out: Counter[str] = field(default_factory=Counter)
    spent: dict[str, Sums] = field(default_factory=dict)
    compared: dict[str, Sums] = field(default_factory=dict)
    wanted: Counter[str] = field(default_factory=Counter)
    waiting: Counter[str] = field(default_factory=Counter)
    deciding: Counter[str] = field(default_factory=Counter)
    close_rows: int = 0
    blocked_rows: int = 0
    _close: list[tuple[float, int, PortfolioEntry]] = field(default_factory=list)
    _blocked: list[PortfolioEntry] = field(default_factory=list)
    _largest: list[tuple[float, int, PortfolioEntry]] = field(default_factory=list)

    def add(self, entry: PortfolioEntry) -> None:
        """Count one more row."""
        self.rows += 1
        self.wanted.update(entry.wanted.keys())
        self.waiting.update(entry.wanted)
        expected = entry.sums.expected if entry.sums else 0.0
        _keep(self._largest, (expected, -entry.row, entry), LARGEST_ROWS)
        if entry.too_early:
            self.too_early_rows += 1
        else:
            self._add_decided(entry)

    def _add_decided(self, entry: PortfolioEntry) -> None:
        for decision, option in entry.options.items():
            self.chosen.setdefault(decision, Counter())[option] += 1
        self.sure.setdefault(entry.approach, Counter())[entry.certainty] += 1
        self.ruled_out.update({self.rulebook.rules[id].topic for id in entry.vetoes})
        self.deciding.update(entry.deciding)
        self._add_money(entry)
        self._add_close(entry)
        if entry.blocked:
            self.blocked_rows += 1
            if len(self._blocked) < LISTED_ENTRIES:
                self._blocked.append(entry)

    def _add_money(self, entry: PortfolioEntry) -> None:
        for approach, sums in entry.costs.items():
            self.compared[approach] = self.compared.get(approach, NO_SUMS) + sums
        if entry.sums is not None:
            self.spent[entry.approach] = self.spent.get(entry.approach, NO_SUMS) + entry.sums

    def _add_close(self, entry: PortfolioEntry) -> None:
        if entry.margin is not None and entry.margin <= min(self.rulebook.strengths.values()):
            self.close_rows += 1
            _keep(self._close, (-entry.margin, -entry.row, entry), LISTED_ENTRIES)

    def portfolio(self) -> Portfolio:
        """Return what was collected."""
        decisions = self.rulebook.decisions
        return Portfolio(
            rows=self.rows,
            too_early_rows=self.too_early_rows,
            chosen={name: dict(self.chosen.get(name, {})) for name in decisions},
            sure={option: dict(counts) for option, counts in self.sure.items()},
            ruled_out=_ordered(self.ruled_out),
            spent=dict(self.spent),
            compared=dict(self.compared),
            close=tuple(entry for *_, entry in sorted(self._close, key=_first)),
            close_rows=self.close_rows,
            blocked=tuple(self._blocked),
            blocked_rows=self.blocked_rows,
            wanted={f: UnknownCount(self.wanted[f], n) for f, n in _ordered(self.waiting).items()},
            deciding=_ordered(self.deciding),
            largest=tuple(sorted((entry for *_, entry in self._largest), key=lambda e: e.row)),
        )


def _keep(
    heap: list[tuple[float, int, PortfolioEntry]],
    item: tuple[float, int, PortfolioEntry],
    most: int,
) -> None:
    """Keep the largest items; rows differ, so that entries are never compared."""
    if len(heap) < most:
        heapq.heappush(heap, item)
    else:
        heapq.heappushpop(heap, item)


def _first(item: tuple[float, int, PortfolioEntry]) -> tuple[float, int]:
    return -item[0], -item[1]


def _ordered(counts: Counter[str]) -> dict[str, int]:
    """Return counts, the most first, equal ones by name."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
