"""What a mapping says of values: words for facts, rows that are no cases, and what all cases have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tunewise.cases.case import CASE_COLUMNS
from tunewise.cases.written import read_number, read_written
from tunewise.errors import shown
from tunewise.inventories.cellreading import SKIP, CellReading, patterns
from tunewise.inventories.headers import Column, FactNames, Header
from tunewise.inventories.mapping import RegisterMapping
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.vocabulary import Fact
from tunewise.reading import Where

Told = Callable[[str, Where | None], None]
"""Is told of each mistake, with its place in the mapping file."""


class Sayings:
    """Applies what a mapping says of values to columns that are matched already."""

    def __init__(
        self, names: FactNames, mapping: RegisterMapping, columns: Sequence[Column], add: Told
    ) -> None:
        self.names = names
        self.said = mapping.text
        self.columns = list(columns)
        self.add = add

    def header(self, located: Callable[[str], int | None]) -> Header:
        """Return the columns with what is said of their cells, and what holds for all cases."""
        self._of_unknown()
        for name, words in self.said.values.items():
            if (at := self._place(name, located, ("values", name))) is not None:
                self._of_values(at, words, ("values", name))
        for name, skips in self.said.skip_rows.items():
            if (at := self._place(name, located, ("skip_rows", name))) is not None:
                self._read(at, skips=patterns((*self._reading(at).skips.words, *skips)))
        facts, texts = self._constants()
        return Header(tuple(self.columns), facts, texts)

    def _reading(self, at: int) -> CellReading:
        return self.columns[at].reading

    def _read(self, at: int, **changes: Any) -> None:
        self.columns[at] = replace(self.columns[at], reading=replace(self._reading(at), **changes))

    def _place(self, name: str, located: Callable[[str], int | None], where: Where) -> int | None:
        """Return the position of the column that is meant: by the fact that it is, or by its own name."""
        meanings = self.names.means(name)
        for column in self.columns:
            if column.meaning and (column.meaning,) == meanings:
                return column.position
        at = located(name)
        if at is None:
            self.add(f"there is no column {shown(name)}, and none that is such a fact", where)
        return at

    def _of_unknown(self) -> None:
        if self.said.unknown:
            words = patterns(self.said.unknown)
            for column in self.columns:
                if column.role == "fact":
                    self._read(column.position, unknown=words)

    def _of_values(self, at: int, words: Mapping[str, Any], where: Where) -> None:
        fact = self.names.vocabulary.get(self.columns[at].meaning)
        found: dict[str, Value | None] = {}
        skips = [word for word, value in words.items() if value == SKIP]
        for word, value in words.items():
            if value == SKIP:
                continue
            if fact is None:
                told = f"{shown(self.columns[at].said)} is no fact; only '{SKIP}' can stand here"
                self.add(told, (*where, word))
                continue
            try:
                found[word] = _value(fact, value)
            except ValueError as error:
                self.add(str(error), (*where, word))
        self._read(at, words=patterns(found), meant=tuple(found.values()), skips=patterns(skips))

    def _constants(self) -> tuple[dict[str, Value], dict[str, str]]:
        facts: dict[str, Value] = {}
        texts: dict[str, str] = {}
        there = {column.meaning: column for column in self.columns if column.meaning}
        for name, value in self.said.constants.items():
            where = ("constants", name)
            for meaning in self._meaning(name, where):
                if meaning in there:
                    self.add(f"the column {shown(there[meaning].said)} says it already", where)
                elif meaning in CASE_COLUMNS:
                    texts[meaning] = str(value)
                else:
                    facts.update(self._constant(self.names.vocabulary[meaning], value, where))
        return facts, texts

    def _meaning(self, name: str, where: Where) -> Iterator[str]:
        meanings = self.names.means(name)
        if len(meanings) == 1 and meanings[0] != "name":
            yield meanings[0]
        else:
            self.add(f"unknown fact {shown(name)}{self.names.hint(name)}", where)

    def _constant(self, fact: Fact, value: Any, where: Where) -> dict[str, Value]:
        try:
            known = _value(fact, value)
        except ValueError as error:
            self.add(str(error), where)
            return {}
        return {} if known is None else {fact.id: known}


def _value(fact: Fact, value: Any) -> Value | None:
    """Return the value that a mapping gives; raise ValueError with a sentence."""
    if isinstance(value, str):
        return read_written(fact, value)
    if fact.numeric and type(value) in (int, float):
        return read_number(fact, value)
    return fact.check(value)
