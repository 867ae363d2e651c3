"""What the columns of an inventory mean: facts, a case's own, or extras that are carried through."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tunewise.cases.case import CASE_COLUMNS
from tunewise.errors import Problem, UserError, harmless, nearest, shown
from tunewise.knowledge.vocabulary import Fact, Vocabulary

MAX_COLUMNS = 2_000
LISTED_COLUMNS = 20
"""Unknown columns that an error names; the rest are counted."""
EXTRAS = (
    "--map COLUMN=FACT says what a column is; --keep-extra carries unknown ones through untouched"
)

Role = Literal["fact", "case", "extra", "nameless"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `name` as the file writes it, `meaning` the fact or part of the case, else empty."""

    position: int
    name: str
    role: Role
    meaning: str = ""

    @property
    def said(self) -> str:
        """What people call the column."""
        return self.name or f"column {self.position + 1}"


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of an inventory, in its order."""

    columns: tuple[Column, ...]

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
        self._short: dict[str, tuple[str, str]] = {part: (part, part) for part in CASE_COLUMNS}
        for fact in map(vocabulary.__getitem__, vocabulary.given):
            for name in (fact.id, fact.label, *fact.aliases):
                self._short.setdefault(folded_header(name), (name, fact.id))
                self._add(f"{name} {fact.unit}", fact)
                self._add(name, fact)
            self._add(fact.question, fact)

    def _add(self, name: str, fact: Fact) -> None:
        if folded_header(name):
            self.meanings.setdefault(folded_header(name), {}).setdefault(fact.id)

    def means(self, header: str) -> tuple[str, ...]:
        """Return the facts or parts of a case that a header can mean."""
        if header in self.vocabulary.given:
            return (header,)
        return tuple(self.meanings.get(folded_header(header), ()))

    def hint(self, header: str) -> str:
        """Return which known column is most like an unknown one, as the end of a sentence."""
        found = nearest(folded_header(header), self._short)
        if found is None:
            return ""
        name, id = self._short[found]
        return f"; did you mean '{name}'{f' ({id})' if name != id else ''}?"


def match(
    header: Sequence[str],
    vocabulary: Vocabulary,
    mapping: Mapping[str, str],
    keep_extra: bool,
    place: str,
) -> Header:
    """Return what each column means; raise UserError with every one that cannot be told.

    `mapping` says for a column, by its name in the file, which fact or part of a case it is.
    """
    matcher = _Matcher(FactNames(vocabulary), mapping, keep_extra, place)
    found = matcher.header(header)
    if matcher.problems:
        raise UserError(matcher.problems)
    return found


class _Matcher:
    def __init__(
        self, names: FactNames, mapping: Mapping[str, str], keep_extra: bool, place: str
    ) -> None:
        self.names = names
        self.mapping = mapping
        self.keep_extra = keep_extra
        self.place = place
        self.problems: list[Problem] = []

    def add(self, message: str) -> None:
        self.problems.append(Problem(self.place, None, "", message))

    def header(self, header: Sequence[str]) -> Header:
        if len(header) > MAX_COLUMNS:
            self.add(f"has {len(header):,} columns; at most {MAX_COLUMNS:,} are read")
            return Header(())
        targets = self.targets(header)
        columns = tuple(
            self.column(i, name.strip(), targets.get(name.strip())) for i, name in enumerate(header)
        )
        self.unknown(columns)
        self.twice(columns)
        if not self.problems and not any(c.role in ("fact", "case") for c in columns):
            self.add("no column is a fact or a name; 'tunewise facts' lists what columns may be")
        return Header(columns)

    def targets(self, header: Sequence[str]) -> dict[str, str]:
        """Return the fact that --map gives each column, its mistakes recorded."""
        present = {name.strip() for name in header}
        found = {}
        for name, target in self.mapping.items():
            meanings = self.names.means(target)
            if name not in present:
                near = nearest(name, present - {""})
                hint = f"; did you mean {shown(near)}?" if near else ""
                self.add(f"--map: there is no column {shown(name)}{hint}")
            elif len(meanings) != 1:
                hint = self.names.hint(target) or "; 'tunewise facts' lists them all"
                self.add(f"--map: unknown fact {shown(target)}{hint}")
            else:
                found[name] = meanings[0]
        return found

    def column(self, position: int, name: str, target: str | None) -> Column:
        if not name:
            return Column(position, name, "nameless")
        meanings = (target,) if target else self.names.means(name)
        if len(meanings) > 1:
            either = " or ".join(f"'{m}'" for m in meanings)
            self.add(f"the column {shown(name)} can mean {either}; say which with --map")
        if not meanings:
            return Column(position, name, "extra")
        role: Role = "case" if meanings[0] in CASE_COLUMNS else "fact"
        return Column(position, name, role, meanings[0])

    def unknown(self, columns: Sequence[Column]) -> None:
        extras = [] if self.keep_extra else [c for c in columns if c.role == "extra"]
        for column in extras[:LISTED_COLUMNS]:
            self.add(self.sentence(column.name))
        if len(extras) > LISTED_COLUMNS:
            self.add(f"and {len(extras) - LISTED_COLUMNS:,} more columns are unknown")
        if extras:
            self.add(EXTRAS)

    def sentence(self, name: str) -> str:
        if name in self.names.vocabulary:
            return f"the column '{name}' is worked out by Tunewise and cannot be given"
        return f"unknown column {shown(name)}{self.names.hint(name)}"

    def twice(self, columns: Sequence[Column]) -> None:
        seen: dict[str, Column] = {}
        for column in columns:
            key = f"={column.meaning}" if column.meaning else column.name
            first = seen.setdefault(key, column)
            if first is column or column.role == "nameless":
                continue
            what = (
                f"mean '{column.meaning}'" if column.meaning else f"are called {shown(column.name)}"
            )
            where = f"{first.position + 1} ({harmless(first.name)})"
            self.add(
                f"two columns {what}: {where} and {column.position + 1} ({harmless(column.name)})"
            )
