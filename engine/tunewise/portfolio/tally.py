"""Adds up an inventory's decisions one by one, in memory that does not grow with their number."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tunewise.explaining.certainty import OPEN_STATUS, TOO_EARLY, CertaintyStatus
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.rulebook import Rulebook
from tunewise.portfolio.sums import NO_BILL, Bill, Sums

BRIEFS_FOLDER = "briefs"
LARGEST_ROWS, LISTED_ENTRIES = 2_000, 25
"""How many rows stand in the table and on the map, and how many in a list of close or blocked ones."""


def brief_path(row: int) -> str:
    """Return where the brief of a row lies, beside the portfolio."""
    return f"{BRIEFS_FOLDER}/{row}.html"


@dataclass(frozen=True, slots=True)
class EntryTurn:
    """A single answer, in words, that would turn a row's first decision, and what to."""

    fact: str
    value: str
    to: str


@dataclass(frozen=True, slots=True)
class PortfolioEntry:
    """One decided row of an inventory.

    `options` are what was decided, by decision, and `margin` the lead of the first one; `requests` the load a
    month, given or assumed; `vetoes` the rules that rule an option of the first decision out; `deciding` those
    without which it would have been another; `wanted` the unknown facts that rules wait for, and how many do;
    `certainty` that of the first decision; `reasons` say what rules out the decisions that have no option left;
    `budget` is what a month may cost, in USD, where that was stated. `costs`, `holes` and `draws` are by approach.
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
    id: str = ""
    description: str = ""
    holes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    draws: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    turns: tuple[EntryTurn, ...] = ()
    closely: bool = False
    reasons: tuple[str, ...] = ()
    budget: float | None = None

    @property
    def open_items(self) -> tuple[str, ...]:
        """What has no price in what the approach decided for costs, by name."""
        return self.holes.get(self.approach, ())

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

    @property
    def brief(self) -> str:
        """Where its brief lies, empty where there is none."""
        return brief_path(self.row) if self.closely else ""

    @property
    def moved(self) -> dict[str, float]:
        """How far the costs over the horizon move, in USD, with the answer to each fact that turns the row."""
        found: dict[str, float] = {}
        for turn in self.turns:
            apart = self._apart(turn.to)
            found[turn.fact] = max(found.get(turn.fact, 0.0), apart)
        return found

    def _apart(self, other: str) -> float:
        """Return how far another approach is from the one decided for, 0 where either has no costs."""
        costs = [self.costs[one].expected for one in (self.approach, other) if one in self.costs]
        return max(costs) - min(costs) if len(costs) > 1 else 0.0


@dataclass(frozen=True, slots=True)
class UnknownCount:
    """In how many rows rules wait for an unknown fact, and how many rules do, added up over the rows."""

    rows: int
    rules: int


@dataclass(frozen=True, slots=True)
class TurningCount:
    """In how many rows one answer to a fact would turn the first decision, and how far that moves costs, in USD."""

    rows: int
    usd: float


@dataclass(frozen=True)
class Portfolio:
    """What an inventory comes to; the `too_early_rows` of it are listed, and stand in no count or sum but `wanted`.

    `chosen` counts rows by decision and option, `sure` by the first decision's option and its certainty, `ruled_out` by
    the files whose rules rule out an option of it; `bills` add up, for the rows of each approach that was decided
    for, what each approach costs: draw by draw, as what an input comes to in a draw, it comes to in all rows.
    `close` are the rows whose first
    decision one weak argument would turn, the closest first; `blocked` those with a decision that has no
    option left. `wanted` are the unknown facts that rules wait for, those that most wait for first. `largest`
    are the rows that cost most, in the order of the inventory. `holes` count the rows in which
    something has no price; `turning` are the facts whose answers turn rows, those that turn most first, found in
    the `closely_rows`. Of the rows that anything is recommended for, `budgeted_rows` state what a month may cost,
    and `over_budget_rows` are expected to cost more, the time of one's own people included.
    """

    rows: int
    too_early_rows: int
    chosen: Mapping[str, Mapping[str, int]]
    sure: Mapping[str, Mapping[str, int]]
    ruled_out: Mapping[str, int]
    bills: Mapping[str, Mapping[str, Bill]]
    close: tuple[PortfolioEntry, ...]
    close_rows: int
    blocked: tuple[PortfolioEntry, ...]
    blocked_rows: int
    wanted: Mapping[str, UnknownCount]
    deciding: Mapping[str, int]
    largest: tuple[PortfolioEntry, ...]
    holes: Mapping[str, int]
    turning: Mapping[str, TurningCount]
    closely_rows: int
    budgeted_rows: int
    over_budget_rows: int


@dataclass
class PortfolioTally:
    """Collects entries in the order of their rows."""

    rulebook: Rulebook
    rows: int = 0
    too_early_rows: int = 0
    chosen: dict[str, Counter[str]] = field(default_factory=dict)
    sure: dict[str, Counter[str]] = field(default_factory=dict)
    ruled_out: Counter[str] = field(default_factory=Counter)
    bills: dict[str, dict[str, Bill]] = field(default_factory=dict)
    wanted: Counter[str] = field(default_factory=Counter)
    waiting: Counter[str] = field(default_factory=Counter)
    deciding: Counter[str] = field(default_factory=Counter)
    holes: Counter[str] = field(default_factory=Counter)
    turned: Counter[str] = field(default_factory=Counter)
    moved: dict[str, float] = field(default_factory=dict)
    closely_rows: int = 0
    budgeted_rows: int = 0
    over_budget_rows: int = 0
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
        self.closely_rows += entry.closely
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
        self._add_turns(entry)
        self._add_money(entry)
        self._add_close(entry)
        if entry.blocked:
            self.blocked_rows += 1
            if len(self._blocked) < LISTED_ENTRIES:
                self._blocked.append(entry)

    def _add_turns(self, entry: PortfolioEntry) -> None:
        for fact, usd in entry.moved.items():
            self.turned[fact] += 1
            self.moved[fact] = self.moved.get(fact, 0.0) + usd

    def _add_money(self, entry: PortfolioEntry) -> None:
        if entry.sums is not None:
            self.holes.update(entry.open_items)
            self._add_budget(entry.sums, entry.budget)
            held = self.bills.setdefault(entry.approach, {})
            for approach, sums in entry.costs.items():
                holes = frozenset(entry.holes.get(approach, ()))
                more = Bill(1, sums, entry.draws.get(approach, ()), holes)
                held[approach] = held.get(approach, NO_BILL) + more

    def _add_budget(self, sums: Sums, budget: float | None) -> None:
        if budget is not None:
            self.budgeted_rows += 1
            self.over_budget_rows += sums.monthly > budget

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
            bills={one: dict(held) for one, held in self.bills.items()},
            close=tuple(entry for *_, entry in sorted(self._close, key=_first)),
            close_rows=self.close_rows,
            blocked=tuple(self._blocked),
            blocked_rows=self.blocked_rows,
            wanted={f: UnknownCount(self.wanted[f], n) for f, n in _ordered(self.waiting).items()},
            deciding=_ordered(self.deciding),
            largest=tuple(sorted((entry for *_, entry in self._largest), key=lambda e: e.row)),
            holes=_ordered(self.holes),
            turning={
                fact: TurningCount(rows, self.moved[fact])
                for fact, rows in _ordered(self.turned).items()
            },
            closely_rows=self.closely_rows,
            budgeted_rows=self.budgeted_rows,
            over_budget_rows=self.over_budget_rows,
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
