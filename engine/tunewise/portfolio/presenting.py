"""Puts a portfolio into words: counts and percentages, sums, lists, the table and the map."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from tunewise.costs.currency import Currency
from tunewise.explaining.explanation import Explanation
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.rulebook import Rulebook
from tunewise.portfolio.beginning import (
    SUREST,
    requests_per_dollar,
    said_certainty,
    to_begin_with,
)
from tunewise.portfolio.likeness import AlikeGroup, like_cases
from tunewise.portfolio.mapping import map_view
from tunewise.portfolio.presenting_money import PortfolioMoney, exact
from tunewise.portfolio.tally import Portfolio, PortfolioEntry
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
    NamedRow,
    PortfolioDecisionView,
    PortfolioView,
    RowView,
    Share,
    TurningFactView,
    UnknownFactView,
)

COUNTED, TURNS_SAID = 12, 2
"""How many facts, rules and reasons are listed, and how many answers that would turn one row."""


@dataclass(frozen=True, slots=True)
class InventoryRun:
    """The run that a portfolio sums up: of which inventory, when, how much was read, why rows were rejected.

    `title` is empty where none is given.
    """

    title: str
    inventory: str
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
        self.money = PortfolioMoney(portfolio, rulebook, run.currency)

    def view(self) -> PortfolioView:
        held, run = self.portfolio, self.run
        priced, left_out = bool(held.bills), held.rows - len(held.largest)
        drawn = map_view(held.largest, self._words(), run.currency) if priced else None
        return PortfolioView(
            title=run.title,
            inventory=run.inventory,
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
            closely=bool(held.closely_rows),
            money=self.money.parts(),
            total=self.money.total(),
            holes=tuple(self._counted(held.holes, lambda hole: hole)),
            beyond=tuple(self.money.beyond()),
            compared=tuple(self.money.compared()),
            over_budget=self.money.over_budget(),
            map=drawn,
            close=tuple(map(self._close, held.close)),
            close_rows=_count(held.close_rows),
            close_cut=held.close_rows > len(held.close),
            blocked=tuple(map(self._blocked, held.blocked)),
            blocked_rows=_count(held.blocked_rows),
            turning=tuple(self._turning()),
            wanted=tuple(self._wanted()),
            deciding=tuple(self._counted(held.deciding, self._rule)),
            reasons=tuple(self._counted(run.reasons, lambda reason: reason, run.rejected)),
            approaches=tuple((id, self._option(id)) for id in self._approaches()),
            columns=tuple(self._columns()),
            rows=tuple(map(self._row, held.largest)),
            left_out=_count(left_out) if left_out else "",
            sections=self._sections(drawn),
            rulebook=self.book.title,
            rulebook_version=self.book.told_version,
            rulebook_sha256=self.book.sha256,
            versions=tuple(run.versions.items()),
        )

    def _sections(self, drawn: MapView | None) -> tuple[str, ...]:
        """Return what there is to show, in order."""
        held = self.portfolio
        there = {
            "decided": True,
            "begin": bool(held.bills),
            "money": bool(held.bills),
            "find": bool(held.turning or held.wanted or held.too_early_rows),
            "close": True,
            "blocked": bool(held.blocked or held.ruled_out),
            "alike": bool(like_cases(held.largest)),
            "rejected": bool(self.run.reasons),
            "map": drawn is not None,
            "cases": True,
            "rules": True,
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
            alike=tuple(map(_alike, like_cases(held.largest))),
            ruled_out=tuple(self._counted(held.ruled_out, lambda id: self.book.topics[id].title)),
        )

    def _sure(self) -> Iterable[CertaintyCount]:
        for option in self._approaches():
            if option in self.portfolio.sure:
                counts = self.portfolio.sure[option]
                found = (_count(counts.get(status, 0)) for status in SUREST)
                yield CertaintyCount(self._option(option), _count(sum(counts.values())), *found)

    def _begin(self, entry: PortfolioEntry) -> BeginView:
        per = requests_per_dollar(entry) / float(self.run.currency.per_usd)
        return BeginView(
            row=_count(entry.row),
            name=entry.name,
            link=entry.brief,
            approach=self._option(entry.approach),
            certainty=said_certainty(entry),
            requests=f"{entry.requests:,.0f}",
            initial=self._about(entry.sums.initial) if entry.sums else "",
            monthly=self._about(entry.sums.monthly) if entry.sums else "",
            per=f"{per:,.0f}" if per >= 1 else f"{per:.2g}",
        )

    def _about(self, usd: float) -> str:
        return self.run.currency.about(exact(usd))

    def _say(self, usd: float) -> str:
        return self.run.currency.say(exact(usd))

    def _close(self, entry: PortfolioEntry) -> CloseView:
        margin = "tie" if entry.margin == 0 else str(entry.margin)
        turns = (
            f"{self.book.facts[turn.fact].label} {turn.value}: {self._option(turn.to)}"
            for turn in entry.turns[:TURNS_SAID]
        )
        return CloseView(
            row=_count(entry.row),
            name=entry.name,
            link=entry.brief,
            chosen=self._option(entry.approach),
            margin=margin,
            turns=tuple(turns),
        )

    def _blocked(self, entry: PortfolioEntry) -> BlockedView:
        decisions = ", ".join(name.replace("_", " ") for name in entry.blocked)
        return BlockedView(_count(entry.row), entry.name, entry.brief, decisions, entry.reasons)

    def _counted(
        self, counts: Mapping[str, int], say: Callable[[str], str], rows: int | None = None
    ) -> Iterable[CountView]:
        of = self.decided if rows is None else rows
        for id, count in list(counts.items())[:COUNTED]:
            yield CountView(id, say(id), _count(count), _percent(count, of))

    def _turning(self) -> Iterable[TurningFactView]:
        held = self.portfolio.turning
        most = max((found.rows for found in held.values()), default=0)
        for id, found in list(held.items())[:COUNTED]:
            fact = self.book.facts[id]
            yield TurningFactView(
                text=fact.question or fact.label,
                rows=_count(found.rows),
                money=self._about(found.usd) if found.usd else "",
                percent=_percent(found.rows, most),
            )

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
        if self.portfolio.bills:
            yield from (("at first", True), ("a month", True), ("over the horizon", True))

    def _row(self, entry: PortfolioEntry) -> RowView:
        chosen = [
            CellView(text := self._option(option, decision), text, False, decision != self.first.id)
            for decision, option in entry.options.items()
        ]
        margin = "" if entry.margin is None else str(entry.margin)
        certainty = CellView(text := said_certainty(entry), text, number=False)
        cells = [*chosen, certainty, CellView(margin, margin, number=True)]
        cells.append(_number(entry.requests))
        if self.portfolio.bills:
            sums = entry.sums
            money = (None,) * 3 if sums is None else (sums.initial, sums.monthly, sums.expected)
            cells += [self._money_cell(usd) for usd in money]
            cells[-1] = replace(cells[-1], holes=entry.open_items if sums else ())
        return RowView(str(entry.row), entry.name, entry.brief, entry.approach, tuple(cells))

    def _money_cell(self, usd: float | None) -> CellView:
        if usd is None:
            return CellView("", "", number=True)
        return CellView(self._say(usd), repr(usd), number=True)


def _alike(group: AlikeGroup) -> AlikeView:
    rows = (NamedRow(_count(one.row), one.name, one.brief) for one in group.entries)
    return AlikeView(group.why, tuple(rows))


def _number(value: float) -> CellView:
    return CellView(f"{value:,.0f}", repr(value), number=True)


def _count(number: int) -> str:
    return f"{number:,}"


def _percent(count: int, of: int) -> int:
    return round(100 * count / of) if of else 0
