"""What the columns of an inventory mean: facts, a case's own, or extras that are carried through."""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from fractions import Fraction
from typing import Literal

from tunewise.cases.case import CASE_COLUMNS
from tunewise.errors import nearest
from tunewise.inventories.cellreading import PLAIN_READING, CellReading
from tunewise.inventories.units import currency_of, header_units, unit_factor
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.vocabulary import Fact, Vocabulary

MISSPELT = 0.75
"""How much of a name a header has in common with it, where it seems to be meant."""

Role = Literal["fact", "case", "extra", "nameless", "ignored"]

CASE_ALIASES: Mapping[str, tuple[str, ...]] = {
    "name": (
        "use case name", "ai use case name", "use case", "ai use case", "title", "use case title", "tool name",
        "system name", "project name", "application name", "algorithm name", "tool", "system",
    ),
    "id": ("use case id", "ai use case id", "use case number", "identifier", "reference", "ref", "reference number"),
    "description": (
        "use case description", "purpose", "summary", "problem", "problem statement", "use case purpose",
        "short description", "tool description",
    ),
    "owner": (
        "business owner", "responsible", "department", "business unit", "bureau", "bureau/component",
        "component", "agency", "office", "team",
        "organisation name", "organization name",
    ),
}  # fmt: skip
"""What registers call a case's own columns, the likeliest first: of several in one register only the first is it."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `name` as the file writes it, `meaning` the fact or part of the case, else empty."""

    position: int
    name: str
    role: Role
    meaning: str = ""
    reading: CellReading = PLAIN_READING

    @property
    def said(self) -> str:
        """What people call the column."""
        return self.name or f"column {self.position + 1}"


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of an inventory, in its order, and what all its cases have in common without a column.

    `remarks` are sentences on what was assumed of them.
    """

    columns: tuple[Column, ...]
    constants: Mapping[str, Value] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    def of(self, role: Role) -> tuple[Column, ...]:
        """Return the columns with that role."""
        return tuple(column for column in self.columns if column.role == role)

    def case(self, part: str) -> Column | None:
        """Return the column of a name, description, owner or tags, None where there is none."""
        return next((c for c in self.of("case") if c.meaning == part), None)


def folded_header(text: str) -> str:
    """Return a header as it is compared: case, spacing, underscores and punctuation aside."""
    words = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in words if c.isalnum())


class FactNames:
    """Everything that facts go by: ids, labels, aliases, also with the unit after them, and questions."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.meanings: dict[str, dict[str, None]] = {part: {part: None} for part in CASE_COLUMNS}
        self.likely: dict[str, str] = {}
        """What a header may mean by an alias alone, which other things go by, too."""
        self._short: dict[str, tuple[str, str]] = {}
        for part in CASE_COLUMNS:
            for name in (part, *CASE_ALIASES.get(part, ())):
                self._short.setdefault(folded_header(name), (name, part))
                self.likely.setdefault(folded_header(name), part)
        for fact in map(vocabulary.__getitem__, vocabulary.given):
            self._learn(fact)

    def _learn(self, fact: Fact) -> None:
        for name in (fact.id, fact.label, *fact.aliases):
            self._short.setdefault(folded_header(name), (name, fact.id))
            self._add(f"{name} {fact.unit}", fact)
            self._add(name, fact)
        self._add(fact.question, fact)
        certain = {folded_header(name) for name in (fact.id, fact.label, fact.question)}
        for alias in fact.aliases:
            if folded_header(alias) not in certain:
                self.likely.setdefault(folded_header(alias), fact.id)

    def _add(self, name: str, fact: Fact) -> None:
        if folded_header(name):
            self.meanings.setdefault(folded_header(name), {}).setdefault(fact.id)

    def means(self, header: str) -> tuple[str, ...]:
        """Return the facts or parts of a case that a header can mean."""
        if header in self.vocabulary.given:
            return (header,)
        found = self.meanings.get(folded_header(header))
        if found is None and (part := self.part(header)):
            return (part,)
        return tuple(found or ())

    def part(self, header: str) -> str | None:
        """Return the part of a case that a header means, by an alias too."""
        likely = self.likely.get(folded_header(header))
        return likely if likely in CASE_COLUMNS else None

    def is_alias(self, header: str) -> bool:
        """Whether a header names a fact by an alias alone."""
        return self.likely.get(folded_header(header)) in self.vocabulary

    def rank(self, header: str) -> int:
        """Return how likely a header is what it can mean: 0 where it is called so, more for names further back."""
        folded = folded_header(header)
        part = self.part(header)
        if part is None:
            return 20 if self.is_alias(header) else 0
        aliases = (part, *CASE_ALIASES.get(part, ()))
        return next(i for i, alias in enumerate(aliases) if folded_header(alias) == folded)

    def hint(self, header: str) -> str:
        """Return which known column is most like an unknown one, as the end of a sentence."""
        if unit := next(self.units(header), None):
            fact, words, factor = unit
            foreign = currency_of(words)
            if foreign:
                target = f"{fact.id} times RATE"
                return f"; it is in {foreign}: --map '{header}={target}', RATE being USD for 1 {foreign}"
            says = f"{fact.id} {words}".strip() if factor != 1 else fact.id
            return f"; it seems to be '{fact.id}' {words}: --map '{header}={says}'"
        found = nearest(folded_header(header), self._short)
        if found is None or not _alike(folded_header(header), found):
            return ""
        name, id = self._short[found]
        return f"; did you mean '{name}'{f' ({id})' if name != id else ''}?"

    def units(self, header: str) -> Iterator[tuple[Fact, str, Fraction]]:
        """Yield the numeric facts that a header names with a unit, its words, and what a number is multiplied by."""
        readings = [(name, words, self.means(name)) for name, words in header_units(header)]
        alike = [(name, words, self.like(name)) for name, words, _ in readings]
        for _, words, meanings in (*readings, *alike):
            for id in meanings:
                fact = self.vocabulary.get(id)
                if fact is None or not fact.numeric:
                    continue
                if currency_of(words) and fact.unit == "USD":
                    yield fact, words, Fraction(1)
                    continue
                with contextlib.suppress(ValueError):
                    yield fact, words, unit_factor(fact, words)

    def like(self, name: str) -> tuple[str, ...]:
        """Return the fact that a name is most like."""
        found = nearest(folded_header(name), self._short)
        return () if found is None else (self._short[found][1],)


def _alike(header: str, name: str) -> bool:
    """Whether a hint helps: a misspelt name is more alike than words that share some letters."""
    return SequenceMatcher(None, header, name).ratio() >= MISSPELT
