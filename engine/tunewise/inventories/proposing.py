"""Proposes a mapping file for a register: what was found out about it, and what a person has to decide."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tunewise.errors import Problem, UserError, harmless, shown
from tunewise.inventories.cellreading import folded_words
from tunewise.inventories.claims import counted_cells, counts_up, is_value
from tunewise.inventories.footers import MOST_FILLED, is_note
from tunewise.inventories.guesses import guessed_columns, guessed_value
from tunewise.inventories.headerrows import FoundHeader
from tunewise.inventories.headers import FactNames
from tunewise.inventories.mapping import RegisterMapping
from tunewise.inventories.matching import told_names
from tunewise.inventories.raw import Cell, Source
from tunewise.inventories.reading import InventoryForm, inventory_form, opened_source
from tunewise.inventories.textfiles import TextFile
from tunewise.knowledge.vocabulary import Fact, Vocabulary
from tunewise.writing import write_whole

LISTED_VALUES = 60
"""Different values of a column that are listed; the rest are counted."""
LONGEST_VALUE = 400
PROPOSED_BLOCK = 5_000
UNDECIDED = "DECIDE"
"""What marks a line that a person has to look at."""
SHOWN_VALUES = 3


@dataclass(frozen=True, slots=True)
class Looked:
    """A register as it was read through: its names, and for each column its cells as texts with their counts."""

    names: tuple[str, ...]
    rows: int
    counts: tuple[Counter[str], ...]
    first: tuple[Sequence[Cell], ...]
    notes: tuple[str, ...]


def propose(
    inventory: str,
    target: str,
    form: InventoryForm | None,
    facts: Vocabulary,
    mapping: RegisterMapping,
) -> list[str]:
    """Write a mapping file for an inventory, and return in lines what came of it.

    Raises UserError where the inventory cannot be read, or the file is there already: a person may have edited it.
    """
    if Path(target).exists():
        raise UserError(Problem(target, None, "", "is there already; name a new file"))
    try:
        form = form or inventory_form(inventory)
        said, source = _opened(inventory, form, facts, mapping)
        looked = _looked(source)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(Problem(inventory, None, "", f"cannot be read: {reason}")) from None
    if not looked.rows:
        raise UserError(Problem(inventory, None, "", "has column names, but no row"))
    proposal = Proposal(facts, looked, said)
    lines = list(proposal.lines(os.path.basename(inventory), source.remarks))  # noqa: PTH119 - "-", too
    write_whole(target, "\n".join(lines) + "\n")
    undecided = sum(UNDECIDED in line for line in lines[HEAD:])
    found = f"{looked.rows:,} rows, {len(looked.names)} columns"
    return [
        f"{target}: {found}, {undecided} lines to decide, marked {UNDECIDED}",
        f"then: tunewise batch {shown(inventory)} --mapping {shown(target)} -o DIR",
    ]


HEAD = 3
"""Lines of comment at the top of a proposal."""


def _opened(
    path: str, form: InventoryForm, facts: Vocabulary, mapping: RegisterMapping
) -> tuple[RegisterMapping, Source]:
    """Open a register where its names stand, be it below a title."""
    source = _at(path, form, facts, mapping.over(header_row=mapping.text.header_row))
    found: FoundHeader | None = getattr(source, "found", None)
    hint: str = getattr(source, "hint", "")
    if found is not None and mapping.text.header_row is None and hint:
        mapping = mapping.over(header_row=found.row)
        source = _at(path, form, facts, mapping)
    file: TextFile | None = getattr(source, "file", None)
    encoding = "utf-8" if file is None else file.encoding
    if encoding not in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        mapping = mapping.over(encoding=encoding)
    sheet = getattr(source, "sheet", None)
    return (mapping if sheet is None else mapping.over(sheet=sheet.name)), source


def _at(path: str, form: InventoryForm, facts: Vocabulary, mapping: RegisterMapping) -> Source:
    from tunewise.inventories.native import guarded

    with guarded(path):
        return opened_source(Path(path), path, form, facts, mapping, lenient=True)


def _looked(source: Source) -> Looked:
    """Read a register through once."""
    counts: list[Counter[str]] = [Counter() for _ in source.header]
    first: list[list[Cell]] = [[] for _ in source.header]
    notes: Counter[str] = Counter()
    rows = 0
    for block in source.blocks(PROPOSED_BLOCK):
        rows += len(block.rows)
        for at, cells in enumerate(block.columns):
            counts[at].update(counted_cells(cells))
            first[at].extend(cells[: PROPOSED_BLOCK - len(first[at])])
        notes.update(_notes(block.columns))
    return Looked(tuple(told_names(source.header)), rows, tuple(counts), tuple(first), tuple(notes))


def _notes(columns: Sequence[Sequence[Cell]]) -> Iterator[str]:
    """Yield the texts of rows that are footers: hardly anything but a note stands in them."""
    for cells in zip(*columns, strict=True):
        said = [str(cell).strip() for cell in cells if cell is not None and str(cell).strip()]
        if said and len(said) <= MOST_FILLED < len(cells) and is_note(said[0]):
            yield said[0]


class Proposal:
    """The lines of a mapping file for a register."""

    def __init__(self, facts: Vocabulary, looked: Looked, mapping: RegisterMapping) -> None:
        self.names = FactNames(facts)
        self.facts = facts
        self.looked = looked
        self.said = mapping.text
        self.guesses = guessed_columns(self.names, looked.names, looked.counts)

    def lines(self, place: str, remarks: Sequence[str]) -> Iterator[str]:
        """Yield the whole file."""
        yield f"# How {harmless(place)} is read: a proposal. Lines marked {UNDECIDED} are yours to look at;"
        yield "# what stands there is safe: such columns are carried through, such words are taken as unknown."
        yield f"# {self.looked.rows:,} rows. docs/inventories.md says what can stand here."
        for remark in remarks:
            yield f"# {harmless(remark)}"
        for name in ("sheet", "list", "header_row", "encoding", "decimal_comma"):
            if (value := getattr(self.said, name)) is not None:
                yield f"{name}: {json.dumps(value, ensure_ascii=False)}"
        yield "columns:"
        for at, name in enumerate(self.looked.names):
            yield from self._column(at, name)
        yield "other_columns: extra"
        yield from self._values()
        yield from self._footers()

    def _column(self, at: int, name: str) -> Iterator[str]:
        counts, key = self.looked.counts[at], _quoted(name or f"column {at + 1}")
        if not name and not counts:
            return
        if not name and counts_up(self.looked.first[at]):
            yield f"  {key}: ignore  # it counts the rows"
            return
        guess = self.guesses.get(at)
        target, note = ("extra", "") if guess is None else (guess.target, guess.note)
        mark = f"{UNDECIDED}: {note}; " if note else ""
        yield f"  {key}: {target}  # {mark}{_told(counts)}"

    def _values(self) -> Iterator[str]:
        """Yield for each column that is a choice what its words mean, where they are not the fact's own."""
        begun = False
        for at, guess in self.guesses.items():
            fact = self.facts.get(guess.fact)
            if fact is None or fact.numeric or fact.type == "text":
                continue
            odd = [(w, n) for w, n in self.looked.counts[at].most_common() if not is_value(fact, w)]
            if odd and not begun:
                yield "values:"
                begun = True
            if odd:
                yield f"  {fact.id}:  # {', '.join(fact.options) or 'yes, no'}; unknown; skip leaves a row out"
                yield from self._words(fact, odd)

    def _words(self, fact: Fact, odd: Sequence[tuple[str, int]]) -> Iterator[str]:
        seen: set[str] = set()
        for word, count in odd[:LISTED_VALUES]:
            if folded_words(word) in seen or len(word) > LONGEST_VALUE or "*" in word:
                continue
            seen.add(folded_words(word))
            value = guessed_value(fact, word)
            mark = "" if value else f"{UNDECIDED}, "
            yield f"    {_quoted(word)}: {value or 'unknown'}  # {mark}{count:,} row{'s' * (count > 1)}"
        if len(odd) > len(seen):
            yield f'    "*": unknown  # {UNDECIDED}, all other words'

    def _footers(self) -> Iterator[str]:
        if self.looked.notes:
            yield "skip_rows:  # notes below the table"
            for at, name in enumerate(self.looked.names):
                words = [note for note in self.looked.notes if note in self.looked.counts[at]]
                if words:
                    listed = ", ".join(_quoted(note) for note in words)
                    yield f"  {_quoted(name or f'column {at + 1}')}: [{listed}]"


def _told(counts: Counter[str]) -> str:
    """Return the different values of a column, the most frequent with their counts."""
    if not counts:
        return "empty"
    some = counts.most_common(SHOWN_VALUES)
    if len(counts) == counts.total() and len(counts) > SHOWN_VALUES:
        return f"{len(counts):,} different, such as {_short(some[0][0])}"
    listed = ", ".join(f"{_short(text)} ({count:,})" for text, count in some)
    return f"{len(counts):,} different: {listed}{', …' if len(counts) > SHOWN_VALUES else ''}"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return shown(text if len(text) <= 40 else f"{text[:39]}…")


def _quoted(text: str) -> str:
    """Return a text as YAML reads it back, on one line."""
    return json.dumps(text, ensure_ascii=False)
