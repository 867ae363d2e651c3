"""Lays a portfolio out as the sheets of a workbook: numbers as numbers, in the currency that sums are shown in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tunewise.explaining.explanation import Explanation
from tunewise.inference.deciding import BLOCKED
from tunewise.inventories.sheets import Layout, SheetLink
from tunewise.knowledge.rulebook import Rulebook
from tunewise.portfolio.beginning import (
    SUREST,
    requests_per_dollar,
    said_certainty,
    to_begin_with,
)
from tunewise.portfolio.likeness import like_cases
from tunewise.portfolio.presenting import InventoryRun
from tunewise.portfolio.spending import spending
from tunewise.portfolio.tally import Portfolio, PortfolioEntry

Rows = Iterable[list[Any]]
WHOLE, WHOLE_PERCENT, ROUND_SUM, DECIMAL = "#,##0", "0%", "#,##0", "#,##0.00"
"""How numbers are shown."""


def portfolio_sheets(
    portfolio: Portfolio, rulebook: Rulebook, run: InventoryRun
) -> Iterator[tuple[Layout, Rows]]:
    """Yield the sheets of a portfolio that have rows: how each is laid out, and its rows."""
    tables = _Tables(portfolio, rulebook, run)
    for layout, rows in tables.sheets():
        held = list(rows)
        if held:
            yield layout, held


class _Tables:
    def __init__(self, portfolio: Portfolio, rulebook: Rulebook, run: InventoryRun) -> None:
        self.held, self.book, self.run = portfolio, rulebook, run
        self.explanation = Explanation(rulebook)
        self.first = next(iter(rulebook.decisions.values()))
        self.decided = portfolio.rows - portfolio.too_early_rows
        self.rate, code = float(run.currency.per_usd), run.currency.code
        self.money = [f"{name} ({code})" for name in ("At first", "A month", "Over the horizon")]
        self.ends = [f"Low ({code})", f"High ({code})"]

    def sheets(self) -> Iterator[tuple[Layout, Rows]]:
        """Yield every sheet, those without rows, too."""
        yield self._layout("Use cases", self._case_columns()), self._cases()
        yield self._layout("Decided", self._decided_columns()), self._decided()
        yield self._layout("Begin with", self._begin_columns()), self._begin()
        yield self._layout("Money", self._money_columns()), self._money()
        yield self._layout("Not priced", {"What": str, "Rows": WHOLE}), self._holes()
        yield self._layout("Find out first", self._turning_columns()), self._turning()
        ruled_out = {"What rules out an approach": str, "Rows": WHOLE, "Share": WHOLE_PERCENT}
        yield self._layout("Vetoes", ruled_out), self._vetoes()
        same = {"Group": WHOLE, "Alike in": str, "Row": WHOLE, "Use case": str}
        yield self._layout("Alike", same), self._alike()
        yield self._layout("About", {"What": str, "Value": str}), self._about()

    def _layout(self, title: str, columns: Mapping[str, Any]) -> Layout:
        """Return a layout: columns are texts, or numbers that are shown in a format."""
        types = {name: str if kind is str else float for name, kind in columns.items()}
        return Layout(title, types, {n: kind for n, kind in columns.items() if kind is not str})

    def _option(self, option: str, decision: str = "") -> str:
        return self.explanation.option(decision or self.first.id, option)

    def _case_columns(self) -> dict[str, Any]:
        decisions = {id.replace("_", " ").capitalize(): str for id in self.book.decisions}
        money = dict.fromkeys([*self.money, *self.ends], ROUND_SUM)
        load = {"Certainty": str, "Requests a month": WHOLE}
        return {"Row": WHOLE, "Use case": str, **decisions, **load, **money, "Not priced": str}

    def _cases(self) -> Rows:
        for entry in self.held.largest:
            chosen = [self._option(option, id) for id, option in entry.options.items()]
            certainty = said_certainty(entry)
            name = SheetLink(entry.brief, entry.name) if entry.brief else entry.name
            load = [certainty, entry.requests]
            yield [entry.row, name, *chosen, *load, *self._sums(entry), "; ".join(entry.open_items)]

    def _sums(self, entry: PortfolioEntry) -> list[float | None]:
        if entry.sums is None:
            return [None] * 5
        sums = entry.sums
        return self._in_currency(sums.initial, sums.monthly, sums.expected, sums.low, sums.high)

    def _in_currency(self, *usd: float) -> list[float | None]:
        return [round(one * self.rate, 2) for one in usd]

    def _decided_columns(self) -> dict[str, Any]:
        sure = {status.capitalize(): WHOLE for status in SUREST}
        return {"Decision": str, "Option": str, "Rows": WHOLE, "Share": WHOLE_PERCENT, **sure}

    def _decided(self) -> Rows:
        for id, decision in self.book.decisions.items():
            for option in (*decision.options, BLOCKED):
                if count := self.held.chosen[id].get(option):
                    sure = self.held.sure.get(option, {}) if id == self.first.id else {}
                    counts = [sure.get(status, 0) for status in SUREST] if sure else [None] * 3
                    label, said = id.replace("_", " ").capitalize(), self._option(option, id)
                    yield [label, said, count, count / self.decided, *counts]

    def _begin_columns(self) -> dict[str, Any]:
        what = {"Order": WHOLE, "Row": WHOLE, "Use case": str, "Approach": str, "Certainty": str}
        per = f"Requests a month for each {self.run.currency.code} at first"
        sums = dict.fromkeys(self.money[:2], ROUND_SUM)
        return {**what, "Requests a month": WHOLE, **sums, per: DECIMAL}

    def _begin(self) -> Rows:
        for place, entry in enumerate(to_begin_with(self.held.largest), 1):
            sums = self._sums(entry)[:2]
            per = round(requests_per_dollar(entry) / self.rate, 4)
            what = [place, entry.row, entry.name, self._option(entry.approach)]
            yield [*what, said_certainty(entry), entry.requests, *sums, per]

    def _money_columns(self) -> dict[str, Any]:
        return {
            "Approach": str,
            "Rows": WHOLE,
            **dict.fromkeys([*self.money, *self.ends], ROUND_SUM),
        }

    def _money(self) -> Rows:
        for one in spending(self.held, self.first.options) if self.held.bills else ():
            said = self._option(one.approach) if one.approach else "all together"
            sums = (one.sums.initial, one.sums.monthly, one.sums.expected)
            yield [said, one.rows, *self._in_currency(*sums, one.sums.low, one.sums.high)]

    def _holes(self) -> Rows:
        return map(list, self.held.holes.items())

    def _turning_columns(self) -> dict[str, Any]:
        moved = f"Costs that it moves ({self.run.currency.code})"
        return {"Question": str, "Rows it would turn": WHOLE, moved: ROUND_SUM}

    def _turning(self) -> Rows:
        for id, found in self.held.turning.items():
            fact = self.book.facts[id]
            yield [fact.question or fact.label, found.rows, *self._in_currency(found.usd)]

    def _vetoes(self) -> Rows:
        for id, count in self.held.ruled_out.items():
            yield [self.book.topics[id].title, count, count / self.decided]

    def _alike(self) -> Rows:
        for number, group in enumerate(like_cases(self.held.largest), 1):
            for entry in group.entries:
                yield [number, group.why.replace("_", " "), entry.row, entry.name]

    def _about(self) -> Rows:
        run = self.run
        pairs = {
            "Title": run.title,
            "Inventory": run.inventory,
            "Prices as of": run.as_of.isoformat(),
            "Currency": run.currency.code,
            "Rows read": str(run.read),
            "Decided": str(self.decided),
            "Too early": str(self.held.too_early_rows),
            "Rejected": str(run.rejected),
            "Rulebook": f"{self.book.title} {self.book.version}",
            "Its digest": f"sha256 {self.book.sha256}",
            **run.versions,
        }
        return (list(pair) for pair in pairs.items() if pair[1])
