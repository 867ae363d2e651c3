"""Matches the columns of an inventory: to what a person says that they are, or else to what they are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tunewise.cases.case import CASE_COLUMNS
from tunewise.cases.written import Commas
from tunewise.errors import Problem, UserError, harmless, nearest, shown
from tunewise.inventories.cellreading import PLAIN_READING
from tunewise.inventories.claims import counts_up, fits_fact, has_decimal_commas, unfit_sentence
from tunewise.inventories.headers import (
    CASE_ALIASES,
    Column,
    FactNames,
    Header,
    Role,
    folded_header,
)
from tunewise.inventories.mapping import RegisterMapping
from tunewise.inventories.raw import Cell
from tunewise.inventories.sayings import Sayings
from tunewise.inventories.targets import ColumnTarget, read_target
from tunewise.knowledge.vocabulary import Vocabulary
from tunewise.reading import Where

MAX_COLUMNS = 2_000
LISTED_COLUMNS = 20
"""Unknown columns that an error names; the rest are counted."""
EXTRAS = (
    "--map COLUMN=FACT says what a column is; --keep-extra carries unknown ones through untouched"
)
INDEX_NAMES = ("", "__index_level_0__", "Unnamed: 0")
"""What programs call a column that only counts the rows."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """The names of a table's columns, and the cells of its first rows, a column each."""

    names: tuple[str, ...]
    cells: tuple[Sequence[Cell], ...] = ()

    def column(self, position: int) -> Sequence[Cell]:
        """Return the cells of a column, none where there is no row."""
        return self.cells[position] if position < len(self.cells) else ()


def match(
    table: Sampled, vocabulary: Vocabulary, mapping: RegisterMapping, place: str, hint: str = ""
) -> Header:
    """Return what each column means; raise UserError with every one that cannot be told.

    `hint` is what else a person could do where columns are unknown.
    """
    matcher = _Matcher(FactNames(vocabulary), table, mapping, place)
    found = matcher.header()
    if matcher.problems:
        if hint:
            matcher.add(hint)
        raise UserError(matcher.problems)
    return found


class _Matcher:
    def __init__(
        self, names: FactNames, table: Sampled, mapping: RegisterMapping, place: str
    ) -> None:
        self.names = names
        self.table = table
        self.mapping = mapping
        self.place = place
        self.others = mapping.text.other_columns
        self.problems: list[Problem] = []
        self.remarks: list[str] = []
        self.unfit: dict[int, str] = {}

    def add(self, message: str, where: Where | None = None) -> None:
        if where is not None:
            self.problems.append(self.mapping.problem(where, message))
        else:
            self.problems.append(Problem(self.place, None, "", message))

    def header(self) -> Header:
        names = self.table.names
        if len(names) > MAX_COLUMNS:
            self.add(f"has {len(names):,} columns; at most {MAX_COLUMNS:,} are read")
            return Header(())
        targets = self.targets()
        columns = [self.column(i, name, targets.get(i)) for i, name in enumerate(told_names(names))]
        columns = self.styled(self.first_parts(columns, targets))
        self.unknown(columns)
        self.twice(columns)
        if not any(c.role in ("fact", "case") for c in columns) and not self.problems:
            self.add("no column is a fact or a name; 'tunewise facts' lists what columns may be")
        said = Sayings(self.names, self.mapping, columns, self.add).header(self.located)
        return replace(said, remarks=tuple(self.remarks))

    def located(self, name: str) -> int | None:
        """Return the position of the column that a person means: by its name, or as 'column 3'."""
        every = told_names(self.table.names)
        if name in every:
            return every.index(name)
        alike = [
            i for i, one in enumerate(every) if one and folded_header(one) == folded_header(name)
        ]
        if len(alike) == 1:
            return alike[0]
        counted = [i for i in range(len(every)) if name.casefold() == f"column {i + 1}"]
        return counted[0] if counted else None

    def targets(self) -> dict[int, ColumnTarget]:
        """Return what a person says that columns are, by their positions; mistakes are recorded."""
        found: dict[int, ColumnTarget] = {}
        for name, text, where in self.mapping.targets:
            option = "" if where else "--map: "
            position = self.located(name)
            if position is None:
                near = nearest(name, [one for one in told_names(self.table.names) if one])
                hint = f"; did you mean {shown(near)}?" if near else ""
                self.add(f"{option}there is no column {shown(name)}{hint}", where)
                continue
            try:
                found[position] = read_target(text, self.names)
            except ValueError as error:
                self.add(f"{option}{error}", where)
        return found

    def column(self, position: int, name: str, target: ColumnTarget | None) -> Column:
        if target is not None:
            named = name or f"column {position + 1}"
            reading = replace(PLAIN_READING, factor=target.factor)
            return Column(position, named, target.role, target.meaning, reading)
        if self.table.names[position].strip() in INDEX_NAMES:
            return self.nameless(position, name)
        meanings = self.names.means(name)
        if len(meanings) > 1:
            either = " or ".join(f"'{m}'" for m in meanings)
            self.add(f"the column {shown(name)} can mean {either}; say which with --map")
        if not meanings or self.claims_too_much(position, name, meanings):
            return Column(position, name, "ignored" if self.others == "ignore" else "extra")
        role: Role = "case" if meanings[0] in CASE_COLUMNS else "fact"
        return Column(position, name, role, meanings[0])

    def styled(self, columns: Sequence[Column]) -> list[Column]:
        """Return the columns with what a comma before three digits does: as is said, or by the file's other numbers."""
        facts = self.names.vocabulary
        numeric = {c.position for c in columns if c.role == "fact" and facts[c.meaning].numeric}
        decimal = self.mapping.text.decimal_comma
        if decimal is None:
            found = any(has_decimal_commas(self.table.column(at)) for at in numeric)
            commas: Commas = "unsure" if found else "thousands"
        else:
            commas = "decimal" if decimal else "thousands"
        return [
            replace(c, reading=replace(c.reading, commas=commas)) if c.position in numeric else c
            for c in columns
        ]

    def nameless(self, position: int, name: str) -> Column:
        cells = self.table.column(position)
        if counts_up(cells):
            what = "has no name" if not name else "is an index"
            self.remarks.append(f"column {position + 1} {what} and counts the rows: it is left out")
            return Column(position, name, "ignored")
        if name or (self.others == "extra" and any(cell not in (None, "") for cell in cells)):
            return Column(position, name or f"column {position + 1}", "extra")
        return Column(position, name, "nameless")

    def claims_too_much(self, position: int, name: str, meanings: Sequence[str]) -> bool:
        """Whether a column is called by another name of a fact, but its values are none of the fact's."""
        if not self.names.is_alias(name) or meanings[0] in CASE_COLUMNS:
            return False
        fact, cells = self.names.vocabulary[meanings[0]], self.table.column(position)
        if self.mapping.text.values.keys() & {fact.id, name} or fits_fact(fact, cells):
            return False
        self.unfit[position] = unfit_sentence(fact, name, cells)
        if self.others != "refuse":
            self.remarks.append(f"the column {shown(name)} is no fact: {self.unfit[position]}")
        return True

    def first_parts(
        self, columns: Sequence[Column], targets: Mapping[int, ColumnTarget]
    ) -> list[Column]:
        """Return the columns; of several that may be a name, an owner and the like, only the likeliest is."""
        best: dict[str, tuple[int, int]] = {}
        for column in columns:
            if column.role == "case":
                rank = -1 if column.position in targets else _rank(column)
                at = (rank, column.position)
                best[column.meaning] = min(best.get(column.meaning, at), at)
        return [
            replace(column, role="extra", meaning="")
            if column.role == "case"
            and column.position not in targets
            and _rank(column) > 0
            and best[column.meaning][1] != column.position
            else column
            for column in columns
        ]

    def unknown(self, columns: Sequence[Column]) -> None:
        wild = [] if self.others != "refuse" else [c for c in columns if c.role == "extra"]
        said = {self.located(name) for name, _, _ in self.mapping.targets}
        extras = [c for c in wild if c.position not in said]
        for column in extras[:LISTED_COLUMNS]:
            self.add(self.sentence(column))
        if len(extras) > LISTED_COLUMNS:
            self.add(f"and {len(extras) - LISTED_COLUMNS:,} more columns are unknown")
        if extras:
            self.add(EXTRAS)

    def sentence(self, column: Column) -> str:
        name = column.name
        if name in self.names.vocabulary:
            return f"the column '{name}' is worked out by Tunewise and cannot be given"
        if column.position in self.unfit:
            return f"unknown column {shown(name)}: {self.unfit[column.position]}"
        return f"unknown column {shown(name)}{self.names.hint(name)}"

    def twice(self, columns: Iterable[Column]) -> None:
        seen: dict[str, Column] = {}
        for column in columns:
            if not column.meaning:
                continue
            first = seen.setdefault(column.meaning, column)
            if first is not column:
                here, there = (f"{c.position + 1} ({harmless(c.name)})" for c in (column, first))
                self.add(f"two columns mean '{column.meaning}': {there} and {here}")


def _rank(column: Column) -> int:
    """Return how likely a column is the part of a case that it is taken for: 0 where it is called so."""
    folded = folded_header(column.name)
    aliases = [column.meaning, *CASE_ALIASES.get(column.meaning, ())]
    return next((i for i, alias in enumerate(aliases) if folded_header(alias) == folded), 0)


def told_names(names: Sequence[str]) -> list[str]:
    """Return the names of the columns, those that stand there before with a number behind them."""
    found: list[str] = []
    for name in (one.strip() for one in names):
        told, number = name, 1
        while told and told in found:
            number += 1
            told = f"{name} ({number})"
        found.append(told)
    return found
