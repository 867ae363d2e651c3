"""Checks a cost book as a whole: that each name in it is known, each number in bounds, each date a date."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from tunewise.costs.book import CARD, SERVING, Assumption, Component, CostBook, Lever, Serving
from tunewise.costs.dated import dated_values
from tunewise.costs.settings import Setting, Span, latest
from tunewise.errors import Problem, shown, unknown_name
from tunewise.reading import Where
from tunewise.structure import Problems

if TYPE_CHECKING:
    from tunewise.costs.files import CostFiles


class Checks:
    """Checks what only the whole cost book can tell: that each name is known, each number in bounds."""

    def __init__(self, files: CostFiles, book: CostBook) -> None:
        self.files, self.book = files, book
        self.rulebook = files.rulebook
        numbers = {id for id, fact in self.rulebook.facts.items() if fact.numeric}
        self.quantities = {*files.code.formulas, *book.assumptions, *numbers}
        facts = self.rulebook.facts.items()
        self.choices = [id for id, fact in facts if fact.type in ("choice", "set")]
        self.cards = {
            option for one in book.assumptions.values() if one.by == CARD for option in one.values
        }

    def run(self) -> None:
        """Add what is wrong to the problems of the files."""
        for _, problems, where, name, _ in self.files.entries("assumptions"):
            self._assumption(problems, where, self.book.assumptions[name])
        seen: set[str] = set()
        for stem, problems, where, name, _ in self.files.entries("components"):
            self._component(problems, where, self.book.components[f"{stem}.{name}"], seen)
            seen.add(f"{stem}.{name}")
        for _, problems, where, name, _ in self.files.entries("gaps"):
            gap = self.book.gaps[name]
            self._applies(problems, where, gap.applies)
            self._names(problems, where, "assumption", [gap.unless], ["", *self.book.assumptions])
        for _, problems, where, name, _ in self.files.entries("endings"):
            ending = self.book.endings[name]
            self._sourced(problems, where, ending.sources, ending.checked)
            if ending.ends or not ending.models:
                self._day(problems, (*where, "ends"), ending.ends)
        for _, problems, where, name, _ in self.files.entries("servings"):
            self._serving(problems, where, self.book.servings[name])
        for _, problems, where, name, _ in self.files.entries("quotes"):
            self._names(problems, where, "assumption", [name], self.book.assumptions)
        for _, problems, where, name, _ in self.files.entries("doubts"):
            doubt = self.book.doubts[name]
            self._names(problems, where, "quantity", [name], self.quantities)
            self._names(problems, where, "source item", doubt.sources, self.rulebook.items)
            self._setting(problems, (*where, "given"), doubt.given)
            self._setting(problems, (*where, "assumed"), doubt.assumed)
        for _, problems, where, name, _ in self.files.entries("levers"):
            self._lever(problems, where, self.book.levers[name])
        self._complete()

    def _complete(self) -> None:
        for _, problems, where, name, _ in self.files.entries("choices"):
            self._names(problems, where, "choice", [name], self.choices)
        assumed = self.files.code.needed(self.rulebook.facts)
        by = {self.book.assumptions[name].by for name in assumed & self.book.assumptions.keys()}
        facts = {name for name in by - {"", CARD} if self.rulebook.facts[name].origin == "given"}
        for kind, needed, known in (
            ("assumption", assumed | facts, self.book.assumptions),
            ("sentence under 'says'", self.files.code.said, self.book.says),
        ):
            for name in sorted(needed - set(known)):
                place = f"{self.rulebook.place}/costs"
                self.files.found.append(Problem(place, None, "", f"the {kind} '{name}' is missing"))

    def _assumption(self, problems: Problems, where: Where, assumption: Assumption) -> None:
        for setting in assumption.settings.values():
            self._setting(problems, where, setting)
        self._by_date(problems, where, assumption, textual=assumption.textual)
        self._sourced(problems, where, assumption.sources, assumption.checked or None)
        if assumption.by == CARD:
            if missing := ", ".join(sorted(self.cards - set(assumption.values))):
                problems.add((*where, "values"), f"expected a value for {missing}, too")
            return
        fact = self.rulebook.facts.get(assumption.by)
        if assumption.by and fact is None:
            problems.add((*where, "by"), unknown_name("fact", assumption.by, self.rulebook.facts))
        elif fact is not None and set(assumption.values) != set(fact.options):
            listed = ", ".join(fact.options)
            problems.add((*where, "values"), f"expected a value for each of {listed}")

    def _serving(self, problems: Problems, where: Where, serving: Serving) -> None:
        self._applies(problems, (*where, "for"), serving.applies)
        self._names(problems, (*where, "card"), "card", [serving.card], ["", *self.cards])
        if bool(serving.card) == (serving.terms == "by_token"):
            problems.add(where, "expected a card, and none by the token")
        if not self.book.serving_components.get(serving.id):
            problems.add(where, f"no component says 'for: {{serving: {serving.id}}}'")

    def _lever(self, problems: Problems, where: Where, lever: Lever) -> None:
        self._names(problems, where, "quantity", [lever.id], self.quantities)
        known = ["", *self.book.assumptions]
        self._names(problems, (*where, "instead"), "assumption", [lever.instead], known)
        if not 0 < lever.step <= lever.least < lever.most < math.inf:
            problems.add(where, "expected numbers with 0 < step <= least < most")

    def _by_date(
        self, problems: Problems, where: Where, of: Assumption | Component, textual: bool = False
    ) -> None:
        """Check values by date: rising days, each with a value of the same kind, its sources and its look-up."""
        for path, values in dated_values(of):
            if not values:
                problems.add((*where, *path), "expected at least one value with 'from'")
            days = [value.since for value in values]
            for place, value in enumerate(values):
                at = (*where, *path, place)
                self._day(problems, at, value.since)
                self._setting(problems, at, value.value)
                self._sourced(problems, at, value.sources, value.checked or None)
                if isinstance(value.value, str) is not textual:
                    wanted = "a name" if textual else "a number or low, expected and high"
                    problems.add(at, f"expected {wanted}, found {shown(value.value)}")
            if days != sorted(set(days)):
                problems.add((*where, *path), "expected rising days, each once, under 'from'")

    def _setting(self, problems: Problems, where: Where, setting: Setting) -> None:
        if isinstance(setting, Span) and not setting.low <= setting.expected <= setting.high:
            problems.add(where, "expected low <= expected <= high")
        numbers = (setting.low, setting.high) if isinstance(setting, Span) else (setting,)
        for number in numbers:
            if isinstance(number, int | float) and not (math.isfinite(number) and number >= 0):
                problems.add(where, f"expected a number of at least 0, found {number}")

    def _component(
        self, problems: Problems, where: Where, component: Component, seen: set[str]
    ) -> None:
        self._applies(problems, (*where, "for"), component.applies)
        self._sourced(problems, where, component.sources, component.checked)
        self._names(problems, where, "quantity", component.names, self.quantities)
        self._names(problems, where, "earlier component", component.of, seen)
        conditions = [component.when, component.unless]
        self._names(problems, where, "assumption", conditions, ["", *self.book.assumptions])
        for term in (*component.quantity, latest(component.rate)):
            self._setting(problems, where, term)
        self._by_date(problems, where, component)
        if component.every < 1:
            problems.add((*where, "every"), "expected a number of months of at least 1")
        if bool(component.quantity) == bool(component.of):
            problems.add(where, "expected either 'quantity' or 'of'")

    def _applies(self, problems: Problems, where: Where, applies: Mapping[str, Any]) -> None:
        for key, allowed in applies.items():
            if key not in (*self.choices, SERVING):
                known = [*self.choices, SERVING]
                problems.add(where, unknown_name("decision or choice", key, known))
                continue
            options = [allowed] if isinstance(allowed, str) else allowed
            known = list(self.book.servings if key == SERVING else self.rulebook.facts[key].options)
            self._names(problems, (*where, key), "option", options, known)

    def _names(
        self,
        problems: Problems,
        where: Where,
        kind: str,
        found: Iterable[str],
        known: Iterable[str],
    ) -> None:
        known = set(known)
        for name in found:
            if name not in known:
                problems.add(where, unknown_name(kind, name, sorted(known - {""})))

    def _sourced(
        self, problems: Problems, where: Where, sources: Iterable[str], checked: str | None
    ) -> None:
        self._names(problems, where, "source item", sources, self.rulebook.items)
        if checked is not None:
            self._day(problems, (*where, "checked"), checked)

    def _day(self, problems: Problems, where: Where, text: str) -> None:
        try:
            date.fromisoformat(text)
        except ValueError:
            problems.add(where, f"expected a date such as 2026-11-22, found '{text}'")
