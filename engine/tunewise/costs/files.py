"""Reads the rulebook's cost files into a cost book, or says everything that is wrong with them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tunewise.costs.book import (
    BASES,
    Assumption,
    Component,
    CostBook,
    Doubt,
    Ending,
    Gap,
    Lever,
    Quote,
    Serving,
)
from tunewise.costs.checking import Checks
from tunewise.costs.modelclass import small_models
from tunewise.errors import Problem, UserError, shown, unknown_name
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Vocabulary
from tunewise.reading import Document, Where, parse_yaml
from tunewise.structure import NAME_PATTERN, Built, Problems

COSTS_FOLDER = "costs/"
"""The folder of a rulebook whose files say what things cost."""
DATED_KEYS = ("from", "value", "sources", "checked", "note")
"""What a value by date may say."""
COST_FILE_PARTS = (
    "plan",
    "assumptions",
    "components",
    "quotes",
    "gaps",
    "endings",
    "says",
    "review",
    "doubts",
    "currencies",
    "levers",
    "compared",
    "choices",
    "servings",
    "moved",
)


@dataclass(frozen=True, slots=True)
class CostNames:
    """What the code brings to a cost book.

    `formulas` are the quantities that it works out, `needed` tells the assumptions that it cannot do without
    under a vocabulary, and `said` are such sentences.
    """

    formulas: frozenset[str]
    needed: Callable[[Vocabulary], frozenset[str]]
    said: frozenset[str]


def read_costs(rulebook: Rulebook, names: CostNames) -> CostBook | None:
    """Return the cost book of a rulebook, None where it has no cost files.

    Raises UserError with every mistake in the files.
    """
    files = CostFiles(rulebook, names)
    return files.book() if files.files else None


class CostFiles:
    """Reads the files of one rulebook, collecting all mistakes."""

    def __init__(self, rulebook: Rulebook, names: CostNames) -> None:
        self.rulebook, self.code = rulebook, names
        self.found: list[Problem] = []
        self.files = [self._file(name) for name in rulebook.texts if name.startswith(COSTS_FOLDER)]

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
        problems.names(document.data, (), ("title", "about", *COST_FILE_PARTS))
        return name.removeprefix(COSTS_FOLDER).removesuffix(".yaml"), problems

    def book(self) -> CostBook:
        """Return the cost book; raise UserError with every mistake."""
        book = CostBook(
            plan=self._texts("plan"),
            assumptions=self._table("assumptions", Assumption),
            components=self._table("components", Component, dotted=True),
            quotes=self._table("quotes", Quote),
            gaps=self._table("gaps", Gap),
            endings=self._table("endings", Ending),
            says=self._texts("says"),
            efficient=small_models(self.rulebook),
            review=self._review(),
            doubts=self._table("doubts", Doubt),
            currencies=self._texts("currencies"),
            levers=self._table("levers", Lever),
            compared=self._texts("compared"),
            choices=self._texts("choices"),
            servings=self._table("servings", Serving),
            moved=self._texts("moved"),
        )
        if not self._mistakes():
            Checks(self, book).run()
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
            if not NAME_PATTERN.match(id):
                problems.add(where, f"the name '{id}' may hold letters, digits, _ and . only")
            elif id in table:
                problems.add(where, "stands in another cost file too")
            elif not _well_named(problems, where, entry):
                continue
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

    def _review(self) -> dict[str, int]:
        """Build the days after which rates of a basis are due for review."""
        table = {}
        for _, problems, where, name, entry in self.entries("review"):
            if name not in BASES:
                problems.add(where, unknown_name("basis", name, BASES))
            elif not isinstance(entry, int) or isinstance(entry, bool) or entry < 1:
                problems.add(
                    where, f"expected a number of days of at least 1, found {shown(entry)}"
                )
            else:
                table[name] = entry
        return table


def _well_named(problems: Problems, where: Where, entry: Any) -> bool:
    """Check the names in values by date, which a union of types would name without the nearest right one."""
    before, found = len(problems.found), entry if isinstance(entry, dict) else {}
    lists: dict[tuple[str, ...], Any] = {(key,): found.get(key) for key in ("rate", "value")}
    if isinstance(found.get("values"), dict):
        lists |= {("values", key): one for key, one in found["values"].items()}
    for path, written in lists.items():
        for place, one in enumerate(written if isinstance(written, list) else ()):
            if isinstance(one, dict):
                problems.names(one, (*where, *path, place), DATED_KEYS)
    return len(problems.found) == before
