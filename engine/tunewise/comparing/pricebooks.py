"""Sets two price books side by side: which prices and rates changed, and what that changes in the sums of cases.

A price book is what a rulebook says of costs, on a day. Cases are decided by the rules of the new side on both, so that
prices alone differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from importlib.metadata import version
from typing import Any

from tunewise.cases.case import Case
from tunewise.costs.book import CostBook
from tunewise.costs.dated import on_day
from tunewise.costs.estimates import Estimate
from tunewise.costs.files import COSTS_FOLDER
from tunewise.costs.listing import keys, listing_entry
from tunewise.costs.model import NO_COSTS, cost_book
from tunewise.costs.modelclass import MODEL
from tunewise.costs.pricelist import SIDES, PriceList
from tunewise.costs.ranges import cents, plain_number
from tunewise.costs.token_prices import refusal
from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.knowledge.rulebook import Rulebook

DIFF_TOTALS = ("initial", "monthly", "horizon")
PlainDiff = dict[str, Any]


@dataclass(frozen=True)
class PriceBook:
    """One side: what a rulebook says of costs on a day; `named` is what the user called it."""

    rulebook: Rulebook
    as_of: date
    named: str

    @cached_property
    def book(self) -> CostBook:
        """The cost book of the day; raises UserError where it has none, or mistakes."""
        found = cost_book(self.rulebook)
        if found is None:
            raise UserError(f"{self.named}: {NO_COSTS}")
        return on_day(found, self.as_of)

    def under(self, rules: Rulebook) -> PriceBook:
        """Return these costs under the rules of another rulebook; what they lack is taken as shipped."""
        own = {name: t for name, t in self.rulebook.texts.items() if name.startswith(COSTS_FOLDER)}
        rest = {name: t for name, t in rules.texts.items() if not name.startswith(COSTS_FOLDER)}
        items = {**self.rulebook.items, **rules.items}
        mixed = replace(rules, texts={**rest, **own}, items=items, stored=True)
        return replace(self, rulebook=mixed)

    def as_record(self) -> PlainDiff:
        """Return which book it is."""
        return {"book": self.named, "as_of": self.as_of.isoformat()}


@dataclass(frozen=True)
class PriceBookDiff:
    """What the new price book changes over the old one, and in the sums of cases; `models` are compared, too."""

    old: PriceBook
    new: PriceBook
    models: tuple[str, ...] = ()

    def as_record(self, cases: Sequence[Case]) -> PlainDiff:
        """Return all changes as plain data, sums in USD; raise UserError for books that cannot be read."""
        stated = (str(case.facts[MODEL]) for case in cases if MODEL in case.facts)
        days = (self.old.as_of, self.new.as_of)
        models = [one for one in stated if not any(refusal(one, day) for day in days)]
        return {
            "old": self.old.as_record(),
            "new": self.new.as_record(),
            "genai_prices": version("genai_prices"),
            "tokens": list(self._tokens((*self.models, *models))),
            "rates": list(_changed(_rates(self.old.book), _rates(self.new.book))),
            "assumptions": list(_changed(_assumptions(self.old.book), _assumptions(self.new.book))),
            "unknown": _unknown(self.old),
            "cases": list(self._cases(cases)),
        }

    def _tokens(self, models: Sequence[str]) -> Iterator[PlainDiff]:
        """Yield the models that either side uses whose tokens cost otherwise."""
        names = dict.fromkeys(
            str(row["model"])
            for side in (self.old, self.new)
            for row in PriceList(side.book, side.as_of, tuple(models)).as_record()["tokens"]
        )
        old, new = (
            PriceList(side.book, side.as_of, tuple(names)).as_record()["tokens"]
            for side in (self.old, self.new)
        )
        now = {row["model"]: row for row in new}
        for row in old:
            was, is_now = ({side: one[side] for side in SIDES} for one in (row, now[row["model"]]))
            if was != is_now:
                yield {"model": row["model"], "old": was, "new": is_now}

    def _cases(self, cases: Sequence[Case]) -> Iterator[PlainDiff]:
        if not cases:
            return
        old = Evaluator(self.old.rulebook, self.old.as_of)
        new = Evaluator(self.new.rulebook, self.new.as_of)
        try:
            for case in cases:
                yield _case(case, old, new)
        finally:
            old.close()
            new.close()


def _unknown(side: PriceBook) -> list[str]:
    """Return the keys of which nothing is known on a side's day: whether they changed since cannot be told."""
    listed = PriceList(side.book, side.as_of).as_record()
    rows = (*listed["rates"], *listed["assumptions"])
    return [row["key"] for row in rows if row["checked_later"] or row["known_from"]]


def _rates(book: CostBook) -> dict[str, PlainDiff]:
    return {key: listing_entry(book, key) for key in keys(book) if key in book.components}


def _assumptions(book: CostBook) -> dict[str, PlainDiff]:
    return {key: listing_entry(book, key) for key in keys(book) if key in book.assumptions}


def _changed(old: Mapping[str, PlainDiff], new: Mapping[str, PlainDiff]) -> Iterator[PlainDiff]:
    """Yield what has another value on each side, or is on one side alone; None where it is not."""
    for key in dict.fromkeys([*old, *new]):
        was, now = old.get(key), new.get(key)
        before, after = was and was["default"], now and now["default"]
        if before != after or (was is None) is not (now is None):
            told = now or was or {}
            yield {
                "key": key,
                "label": told["label"],
                "unit": told["unit"],
                "old": before,
                "new": after,
            }


def _case(case: Case, old: Evaluator, new: Evaluator) -> PlainDiff:
    """Return what changes in the sums of a case, or why it has none on one of the sides."""
    try:
        was, now = old.evaluate(case), new.evaluate(case)
    except UserError as error:
        return {"name": case.name, "failed": [problem.message for problem in error.problems]}
    first = next(iter(new.rulebook.decisions))
    chosen = [one.conclusions.recommendation[first] for one in (was, now)]
    before, after = was.costs.estimates, now.costs.estimates
    shared = [name for name in before if name in after]
    return {
        "name": case.name,
        "months": {"old": was.costs.horizon_months, "new": now.costs.horizon_months},
        "recommendation": {"old": chosen[0], "new": chosen[1]},
        "approaches": {name: _sums(before[name], after[name]) for name in shared},
        "notes": list(was.costs.notes),
    }


def _sums(old: Estimate, new: Estimate) -> PlainDiff:
    """Return the totals of one approach on both sides, and the lines that differ, those that change most first."""
    lines = {
        side: {line.id: line for line in estimate.lines}
        for side, estimate in (("old", old), ("new", new))
    }
    changed = []
    for id in dict.fromkeys([*lines["old"], *lines["new"]]):
        was, now = lines["old"].get(id), lines["new"].get(id)
        told = now or was
        pair = _pair(was.amount.expected if was else 0, now.amount.expected if now else 0)
        if told and pair["difference"]:
            changed.append({"id": id, "item": told.item, "period": told.period, **pair})
    changed.sort(key=lambda line: -abs(line["difference"]))
    totals = {
        total: _pair(getattr(old, total).expected, getattr(new, total).expected)
        for total in DIFF_TOTALS
    }
    return {**totals, "lines": changed}


def _pair(old: float, new: float) -> PlainDiff:
    difference = cents(abs(new - old)) * (1 if new >= old else -1)
    return {
        "old": plain_number(old),
        "new": plain_number(new),
        "difference": plain_number(difference),
    }
