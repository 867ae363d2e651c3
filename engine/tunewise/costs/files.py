"""Reads the rulebook's cost files into a cost book, or says everything that is wrong with them at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tunewise.costs.book import Assumption, Component, CostBook, Ending, Gap, Quote, Setting, Span
from tunewise.errors import Problem, UserError, unknown_name
from tunewise.knowledge.rulebook import Rulebook
from tunewise.reading import Document, Where, parse_yaml
from tunewise.structure import NAME, Built, Problems

FOLDER = "costs/"
PARTS = ("plan", "assumptions", "components", "quotes", "gaps", "endings", "says")


@dataclass(frozen=True, slots=True)
class Names:
    """What the code brings to a cost book.

    `formulas` are the quantities that it works out, `needed` the assumptions and `said` the sentences
    that it cannot do without.
    """

    formulas: frozenset[str]
    needed: frozenset[str]
    said: frozenset[str]


def read_costs(rulebook: Rulebook, names: Names) -> CostBook | None:
    """Return the cost book of a rulebook, None where it has no cost files.

    Raises UserError with every mistake in the files.
    """
    files = _CostFiles(rulebook, names)
    return files.book() if files.files else None


class _CostFiles:
    """Reads the files of one rulebook, collecting all mistakes."""

    def __init__(self, rulebook: Rulebook, names: Names) -> None:
        self.rulebook, self.code = rulebook, names
        self.found: list[Problem] = []
        self.files = [self._file(name) for name in rulebook.texts if name.startswith(FOLDER)]

    def _file(self, name: str) -> tuple[str, Problems]:
        place = f"{self.rulebook.place}/{name}"
        document = Document(place, {})
        try:
            document = parse_yaml(self.rulebook.texts[name], place)
        except UserError as error:
            self.found += error.problems
        if not isinstance(document.data, dict):
            self.found.append(document.problem((), "expected a mapping"))
            document = Document(place, {})
        problems = Problems(document)
        problems.names(document.data, (), ("title", "about", *PARTS))
        return name.removeprefix(FOLDER).removesuffix(".yaml"), problems

    def book(self) -> CostBook:
        book = CostBook(
            plan=self._texts("plan"),
            assumptions=self._table("assumptions", Assumption),
            components=self._table("components", Component, dotted=True),
            quotes=self._table("quotes", Quote),
            gaps=self._table("gaps", Gap),
            endings=self._table("endings", Ending),
            says=self._texts("says"),
        )
        if not self._mistakes():
            _Checks(self, book).run()
        if found := self._mistakes():
            raise UserError(found)
        return book

    def _mistakes(self) -> list[Problem]:
        return self.found + [p for _, problems in self.files for p in problems.found]

    def entries(self, part: str) -> Iterable[tuple[str, Problems, Where, str, Any]]:
        """Yield each entry of a part: the file's name, its problems, the place, the entry's name, the data."""
        for stem, problems in self.files:
            data = problems.document.data.get(part) or {}
            if not isinstance(data, dict):
                problems.add((part,), "expected a mapping of names")
                continue
            for name, entry in data.items():
                yield stem, problems, (part, name), name, entry

    def _table(self, part: str, cls: type[Built], dotted: bool = False) -> dict[str, Built]:
        """Build a part's entries over all files, each with its name as `id`."""
        table: dict[str, Built] = {}
        for stem, problems, where, name, entry in self.entries(part):
            id = f"{stem}.{name}" if dotted else name
            if not NAME.match(id):
                problems.add(where, f"the name '{id}' may hold letters, digits, _ and . only")
            elif id in table:
                problems.add(where, "stands in another cost file too")
            elif (value := problems.build(cls, entry, where, {"id": id})) is not None:
                table[id] = value
        return table

    def _texts(self, part: str) -> dict[str, str]:
        table = {}
        for _, problems, where, name, entry in self.entries(part):
            if isinstance(entry, str):
                table[name] = " ".join(entry.split())
            else:
                problems.add(where, "expected text")
        return table


class _Checks:
    """Checks what only the whole cost book can tell: that each name is known, each number in bounds."""

    def __init__(self, files: _CostFiles, book: CostBook) -> None:
        self.files, self.book = files, book
        self.rulebook = files.rulebook
        numbers = {id for id, fact in self.rulebook.facts.items() if fact.numeric}
        self.quantities = {*files.code.formulas, *book.assumptions, *numbers}
        self.choices = [id for id, fact in self.rulebook.facts.items() if fact.type == "choice"]

    def run(self) -> None:
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
            self._day(problems, (*where, "ends"), ending.ends)
        for _, problems, where, name, _ in self.files.entries("quotes"):
            self._names(problems, where, "assumption", [name], self.book.assumptions)
        self._complete()

    def _complete(self) -> None:
        for kind, needed, known in (
            ("assumption", self.files.code.needed, self.book.assumptions),
            ("sentence under 'says'", self.files.code.said, self.book.says),
        ):
            for name in sorted(needed - set(known)):
                place = f"{self.rulebook.place}/{FOLDER.rstrip('/')}"
                self.files.found.append(Problem(place, None, "", f"the {kind} '{name}' is missing"))

    def _assumption(self, problems: Problems, where: Where, assumption: Assumption) -> None:
        for setting in assumption.settings.values():
            self._setting(problems, where, setting)
        self._sourced(problems, where, assumption.sources, assumption.checked or None)
        fact = self.rulebook.facts.get(assumption.by)
        if assumption.by and fact is None:
            problems.add((*where, "by"), unknown_name("fact", assumption.by, self.rulebook.facts))
        elif fact is not None and set(assumption.values) != set(fact.options):
            listed = ", ".join(fact.options)
            problems.add((*where, "values"), f"expected a value for each of {listed}")

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
        for term in (*component.quantity, component.rate):
            self._setting(problems, where, term)
        if component.every < 1:
            problems.add((*where, "every"), "expected a number of months of at least 1")
        if bool(component.quantity) == bool(component.of):
            problems.add(where, "expected either 'quantity' or 'of'")

    def _applies(self, problems: Problems, where: Where, applies: Mapping[str, Any]) -> None:
        for key, allowed in applies.items():
            if key not in self.choices:
                problems.add(where, unknown_name("decision or choice", key, self.choices))
                continue
            options = [allowed] if isinstance(allowed, str) else allowed
            known = self.rulebook.facts[key].options
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
