"""Reads inventories that are lists of cases, in json, jsonl and yaml: flat ones, or with their facts apart."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from tunewise.errors import harmless, shown, unknown_name
from tunewise.inventories.mapping import NOTHING_SAID, MappingText
from tunewise.inventories.raw import Block, cells_of
from tunewise.inventories.rejects import Reject, shortened_cell
from tunewise.inventories.textfiles import TextFile
from tunewise.reading import Document
from tunewise.structure import kind

MAX_INVENTORY_BYTES = 64_000_000
"""Of a file that is read as a whole; jsonl is read line by line."""
FACTS_KEY = "facts"
CASES = "cases"
LISTS = f"holds no cases: expected a list of them, alone or under '{CASES}'"
NAME_KEY = "name"
DEEPEST_LIST = 3
"""Keys above a list of cases."""
_SPACED = re.compile(r'"\s')


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A case that cannot be read: its text, shortened, and why."""

    text: str
    reason: str


CaseEntry = tuple[int, Mapping[str, Any] | Spoilt]
"""A case with its number, its facts beside its name."""


class CaseList:
    """A json or yaml file that is a list of cases, or has one, or is a mapping of cases by their names."""

    def __init__(
        self,
        path: Path,
        place: str,
        parse: Callable[[str, str], Document],
        said: MappingText = NOTHING_SAID,
    ) -> None:
        file = TextFile(path, place, lines_bound=False, encoding=said.encoding)
        self.remarks: tuple[str, ...] = ()
        if path.stat().st_size > MAX_INVENTORY_BYTES:
            size = f"is larger than the {MAX_INVENTORY_BYTES:,} bytes that are read as a whole"
            raise file.refusal(f"{size}; write it as jsonl, csv or parquet")
        with file.opened() as lines:
            data = parse(lines.read(), place).data
        cases = self._cases(data, said.list, file)
        if not cases:
            raise file.refusal(LISTS)
        self.entries = [(number, _flat(case)) for number, case in enumerate(cases, 1)]
        self.header = _header(entry for _, entry in self.entries)

    def blocks(self, size: int) -> Iterator[Block]:
        """Yield the cases, at most `size` at a time."""
        return _blocks(self.entries, self.header, size)

    def _cases(self, data: Any, key: str | None, file: TextFile) -> list[Any] | None:
        """Return the cases: under the key that is named, or where lists of cases stand, or else by their names."""
        lists = dict(_lists(data, ()))
        if key is not None:
            if key not in lists:
                raise file.refusal(f"--list: {unknown_name('list', key, lists)}")
            return lists[key]
        if isinstance(data, list):
            return data
        if isinstance(data, dict) and (isinstance(data.get(CASES), list) or FACTS_KEY in data):
            return data[CASES] if isinstance(data.get(CASES), list) else [data]
        if len(lists) > 1:
            raise file.refusal(f"holds several lists: {', '.join(lists)}; say which with --list")
        for found, cases in lists.items():
            self.remarks = (f"the cases are read from the list '{harmless(found)}'",)
            return cases
        return self._by_name(data)

    def _by_name(self, data: Any) -> list[Any] | None:
        if not isinstance(data, dict) or not all(isinstance(one, dict) for one in data.values()):
            return None
        self.remarks = ("the cases are read by their keys, which are taken for their names",)
        return [{NAME_KEY: key, **case} for key, case in data.items()]


class CaseLines:
    """A jsonl file, one case a line; it is read twice, since any line may bring another column."""

    remarks: tuple[str, ...] = ()

    def __init__(self, path: Path, place: str, encoding: str | None = None) -> None:
        self.file = TextFile(path, place, encoding=encoding)
        with self.file.opened() as lines:
            self.header = _header(_case(line) for line in lines if line.strip())
        if not self.header:
            first = next((reject for block in self.blocks(1) for reject in block.flaws), None)
            said = f"; row {first.row} {first.reason}" if first else ""
            raise self.file.refusal(f"holds no cases, one a line{said}")

    def blocks(self, size: int) -> Iterator[Block]:
        """Yield the cases, at most `size` at a time; their numbers are those of their lines."""
        with self.file.opened() as lines:
            numbered = ((n, _case(line)) for n, line in enumerate(lines, 1) if line.strip())
            yield from _blocks(numbered, self.header, size)


def _lists(data: Any, above: tuple[str, ...]) -> Iterator[tuple[str, list[Any]]]:
    """Yield the lists of mappings in a mapping, each with its keys."""
    if isinstance(data, list) and above and data and all(isinstance(one, dict) for one in data):
        yield ".".join(above), data
    elif isinstance(data, dict) and len(above) < DEEPEST_LIST:
        for key, part in data.items():
            yield from _lists(part, (*above, key))


def _flat(case: Any) -> Mapping[str, Any] | Spoilt:
    """Return a case with its facts beside its name, as a row of a table has them."""
    if not isinstance(case, dict):
        return Spoilt(shortened_cell(str(case)), f"expected a case, found {kind(case)}")
    if FACTS_KEY not in case:
        return case
    facts = case[FACTS_KEY] if case[FACTS_KEY] is not None else {}
    outer = {key: part for key, part in case.items() if key != FACTS_KEY}
    if not isinstance(facts, dict):
        return Spoilt(
            shortened_cell(str(facts)), f"{FACTS_KEY}: expected a mapping, found {kind(facts)}"
        )
    twice = next((key for key in facts if key in outer), None)
    if twice is not None:
        return Spoilt("", f"{shown(twice)} stands both under '{FACTS_KEY}' and beside it")
    return {**outer, **facts}


def _header(entries: Iterable[Mapping[str, Any] | Spoilt]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for entry in entries:
        if not isinstance(entry, Spoilt):
            found.update(dict.fromkeys(entry))
    return tuple(found)


def _blocks(entries: Iterable[CaseEntry], header: Sequence[str], size: int) -> Iterator[Block]:
    entries = iter(entries)
    while some := list(islice(entries, size)):
        flaws = [Reject(n, "", c.text, c.reason, "") for n, c in some if isinstance(c, Spoilt)]
        rows = [{} if isinstance(case, Spoilt) else case for _, case in some]
        cells = (tuple(map(row.get, header)) for row in rows)
        columns = tuple(map(cells_of, zip(*cells, strict=True)))
        yield Block([number for number, _ in some], columns, tuple(flaws))


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("is not a case: a key stands twice in it")
    return found


_decode = json.JSONDecoder(object_pairs_hook=_pairs).decode


def _case(line: str) -> Mapping[str, Any] | Spoilt:
    """Return the case on a line of jsonl."""
    try:
        data = _decode(line) if (quick := _quick(line)) is None else quick
        if "\\u" in line:
            json.dumps(data, ensure_ascii=False).encode()  # fails on half a character
    except UnicodeEncodeError:
        return Spoilt(shortened_cell(line.strip()), "holds half a character")
    except json.JSONDecodeError as error:
        return Spoilt(shortened_cell(line.strip()), f"is not JSON: {error.msg}")
    except (RecursionError, ValueError) as error:
        said = str(error) if isinstance(error, ValueError) else "is nested too deeply"
        return Spoilt(shortened_cell(line.strip()), said)
    return _flat(data)


def _quick(line: str) -> dict[str, Any] | None:
    """Return a case where it is clear that no key stands twice in it, read in a third of the time, else None.

    Where no quote has a space behind it, each key ends in '":'; there are as many of those as keys, or more.
    """
    if _SPACED.search(line):
        return None
    try:
        data = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None
    if not isinstance(data, dict):
        return None
    facts = data.get(FACTS_KEY)
    keys = len(data) + (len(facts) if isinstance(facts, dict) else 0)
    return data if line.count('":') == keys else None
