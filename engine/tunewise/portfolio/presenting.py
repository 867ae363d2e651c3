"""Puts a portfolio into words: counts and percentages, sums, lists, the table and the map."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tunewise.costs.currency import Currency
from tunewise.explaining.explanation import Explanation
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.rulebook import Rulebook
from tunewise.portfolio.beginning import SUREST, like_names, to_begin_with
from tunewise.portfolio.mapping import map_view
from tunewise.portfolio.tally import NO_SUMS, Portfolio, PortfolioEntry, Sums
from tunewise.portfolio.view import (
    AlikeView,
    BeginningView,
    BeginView,
    BlockedView,
    CellView,
    CertaintyCount,
    CloseView,
    CountView,
    MapView,
    MoneyView,
    PortfolioDecisionView,
    PortfolioView,
    RowView,
    Share,
    UnknownFactView,
)

COUNTED = 12
"""How many facts, rules and reasons are listed."""


@dataclass(frozen=True, slots=True)
class InventoryRun:
    """The run that a portfolio sums up: of which inventory, when, how much was read, why rows were rejected."""

    title: str
    as_of: date
    read: int
    rejected: int
    reasons: Mapping[str, int]
    currency: Currency
    versions: Mapping[str, str]


def portfolio_view(portfolio: Portfolio, rulebook: Rulebook, run: InventoryRun) -> PortfolioView:
    """Return the view of a portfolio."""
    return _Presenting(portfolio, rulebook, run).view()


class _Presenting:
    def __init__(self, portfolio: Portfolio, rulebook: Rulebook, run: InventoryRun) -> None:
        self.portfolio, self.book, self.run = portfolio, rulebook, run
        self.explanation = Explanation(rulebook)
        self.first = next(iter(rulebook.decisions.values()))
        self.decided = portfolio.rows - portfolio.too_early_rows

    def view(self) -> PortfolioView:
        held, run = self.portfolio, self.run
        priced, left_out = bool(held.compared), held.rows - len(held.largest)
        drawn = map_view(held.largest, self._words(), run.currency) if priced else None
        return PortfolioView(
            title=run.title,
            as_of=run.as_of.isoformat(),
            read=_count(run.read),
            decided=_count(self.decided),
            too_early=_count(held.too_early_rows) if held.too_early_rows else "",
            rejected=_count(run.rejected),
            headline=self._headline(),
            currency="" if run.currency.code == "USD" else run.currency.code,
            per_usd=f"{run.currency.per_usd:f}",
            decisions=tuple(self._decisions()),
            beginning=self._beginning(),
            money=tuple(self._money()),
            total=self._total(),
            compared=tuple(
                self._sum(self._option(option), self.decided, [held.compared[option]])
                for option in self.first.options
                if option in held.compared
            ),
            map=drawn,
            close=tuple(self._close(entry) for entry in held.close),
            close_rows=_count(held.close_rows),
            close_cut=held.close_rows > len(held.close),
            blocked=tuple(self._blocked(entry) for entry in held.blocked),
            blocked_rows=_count(held.blocked_rows),
            wanted=tuple(self._wanted()),
            deciding=tuple(self._counted(held.deciding, self._rule)),
            reasons=tuple(self._counted(run.reasons, lambda reason: reason, run.rejected)),
            approaches=tuple((id, self._option(id)) for id in self._approaches()),
            columns=tuple(self._columns()),
            rows=tuple(self._row(entry) for entry in held.largest),
            left_out=_count(left_out) if left_out else "",
            sections=self._sections(drawn),
            rulebook=self.book.title,
            rulebook_version=self.book.told_version,
            rulebook_sha256=self.book.sha256,
            versions=tuple(run.versions.items()),
        )

    def _sections(self, drawn: MapView | None) -> tuple[str, ...]:
        """Return what there is to show, in order."""
        there = {
            "decided": True,
            "begin": bool(self.portfolio.spent),
            "money": bool(self.portfolio.compared),
            "map": drawn is not None,
            "close": True,
            "blocked": bool(self.portfolio.blocked),
            "missing": True,
            "rules": True,
            "cases": True,
        }
        return tuple(id for id, found in there.items() if found)

    def _headline(self) -> str:
        """Return what came out most of the first decision, in the order of its options."""
        counts = self.portfolio.chosen[self.first.id]
        parts = [
            f"{_count(counts[option])} {self._option(option)}"
            for option in self._approaches()
            if option in counts
        ]
        return ", ".join(parts)

    def _approaches(self) -> tuple[str, ...]:
        return (*self.first.options, BLOCKED)

    def _words(self) -> dict[str, str]:
        return {option: self._option(option) for option in self.first.options}

    def _option(self, option: str, decision: str = "") -> str:
        return self.explanation.option(decision or self.first.id, option)

    def _decisions(self) -> Iterable[PortfolioDecisionView]:
        for id, decision in self.book.decisions.items():
            counts = self.portfolio.chosen[id]
            shares = tuple(
                Share(
                    self._option(option, id), _count(counts[option]), self._percent(counts[option])
                )
                for option in (*decision.options, BLOCKED)
                if option in counts
            )
            yield PortfolioDecisionView(id.replace("_", " "), decision.question, shares)

    def _beginning(self) -> BeginningView:
        held = self.portfolio
        return BeginningView(
            sure=tuple(self._sure()),
            rows=tuple(map(self._begin, to_begin_with(held.largest))),
            alike=tuple(map(_alike, like_names(held.largest))),
            ruled_out=tuple(self._counted(held.ruled_out, lambda id: self.book.topics[id].title)),
        )

    def _total(self) -> MoneyView | None:
        spent = self.portfolio.spent.values()
        together = self._sum("all together", self._spending(), spent)
        return together if self.portfolio.compared else None

    def _sure(self) -> Iterable[CertaintyCount]:
        for option in self._approaches():
            if option in self.portfolio.sure:
                counts = self.portfolio.sure[option]
                found = (_count(counts.get(status, 0)) for status in SUREST)
                yield CertaintyCount(self._option(option), *found)

    def _begin(self, entry: PortfolioEntry) -> BeginView:
        return BeginView(
            row=_count(entry.row),
            name=entry.name,
            approach=self._option(entry.approach),
            certainty=entry.certainty.replace("_", " "),
            requests=f"{entry.requests:,.0f}",
            initial="" if entry.sums is None else self._say(entry.sums.initial),
        )

    def _money(self) -> Iterable[MoneyView]:
        counts = self.portfolio.chosen[self.first.id]
        for option in self.first.options:
            if option in self.portfolio.spent:
                sums = self.portfolio.spent[option]
                yield self._sum(self._option(option), counts[option], [sums])

    def _spending(self) -> int:
        """Return how many rows the money stands for: a blocked one has no approach that costs anything."""
        counts = self.portfolio.chosen[self.first.id]
        return sum(counts[option] for option in self.portfolio.spent)

    def _sum(self, label: str, rows: int, sums: Iterable[Sums]) -> MoneyView:
        held = sum(sums, NO_SUMS)
        return MoneyView(
            label=label,
            rows=_count(rows),
            initial=self._say(held.initial),
            monthly=self._say(held.monthly),
            expected=self._say(held.expected),
            span=self.run.currency.span(_exact(held.low), _exact(held.high)),
        )

    def _say(self, usd: float) -> str:
        return self.run.currency.say(_exact(usd))

    def _close(self, entry: PortfolioEntry) -> CloseView:
        margin = "tie" if entry.margin == 0 else str(entry.margin)
        return CloseView(_count(entry.row), entry.name, self._option(entry.approach), margin)

    def _blocked(self, entry: PortfolioEntry) -> BlockedView:
        reasons = tuple(self.explanation.sentence(self.book.rules[id]) for id in entry.vetoes)
        decisions = ", ".join(name.replace("_", " ") for name in entry.blocked)
        return BlockedView(_count(entry.row), entry.name, decisions, reasons)

    def _counted(
        self, counts: Mapping[str, int], say: Callable[[str], str], rows: int | None = None
    ) -> Iterable[CountView]:
        of = self.decided if rows is None else rows
        for id, count in list(counts.items())[:COUNTED]:
            yield CountView(id, say(id), _count(count), _percent(count, of))

    def _wanted(self) -> Iterable[UnknownFactView]:
        most = max((wanted.rules for wanted in self.portfolio.wanted.values()), default=0)
        for id, wanted in list(self.portfolio.wanted.items())[:COUNTED]:
            rows, rules = _count(wanted.rows), _count(wanted.rules)
            share = _percent(wanted.rules, most)
            yield UnknownFactView(id, self.book.facts[id].label, rows, rules, share)

    def _rule(self, id: str) -> str:
        return self.explanation.sentence(self.book.rules[id])

    def _percent(self, count: int) -> int:
        return _percent(count, self.decided)

    def _columns(self) -> Iterable[tuple[str, bool]]:
        yield from ((id.replace("_", " "), False) for id in self.book.decisions)
        yield "certainty", False
        yield "margin", True
        yield "requests a month", True
        if self.portfolio.compared:
            yield from (("at first", True), ("a month", True), ("over the horizon", True))

    def _row(self, entry: PortfolioEntry) -> RowView:
        chosen = [
            CellView(text := self._option(option, decision), text, number=False)
            for decision, option in entry.options.items()
        ]
        margin = "" if entry.margin is None else str(entry.margin)
        certainty = CellView(text := entry.certainty.replace("_", " "), text, number=False)
        cells = [*chosen, certainty, CellView(margin, margin, number=True)]
        cells.append(_number(entry.requests))
        if self.portfolio.compared:
            sums = entry.sums
            money = (None,) * 3 if sums is None else (sums.initial, sums.monthly, sums.expected)
            cells += [self._money_cell(usd) for usd in money]
        return RowView(str(entry.row), entry.name, entry.approach, tuple(cells))

    def _money_cell(self, usd: float | None) -> CellView:
        if usd is None:
            return CellView("", "", number=True)
        return CellView(self._say(usd), repr(usd), number=True)


def _alike(entries: tuple[PortfolioEntry, ...]) -> AlikeView:
    return AlikeView(entries[0].name, ", ".join(_count(entry.row) for entry in entries))


def _number(value: float) -> CellView:
    return CellView(f"{value:,.0f}", repr(value), number=True)


def _exact(usd: float) -> Decimal:
    return Decimal(str(round(usd, 2)))


def _count(number: int) -> str:
    return f"{number:,}"


def _percent(count: int, of: int) -> int:
    return round(100 * count / of) if of else 0
