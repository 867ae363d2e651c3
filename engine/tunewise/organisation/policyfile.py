"""Reads an organisation's file as it is written: who answers for each entry, why, and until when."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tunewise.errors import UserError, shown
from tunewise.knowledge.organisation import ENTRY_KINDS, EntryKind
from tunewise.loading.rulefile import RuleText
from tunewise.reading import Where, parse_yaml
from tunewise.structure import NAME_PATTERN, Frozen, Problems, kind

MAX_ENTRIES = 1_000
OWN_NAMES = ("add", "forbid")
"""The parts whose entries have names of the organisation's own."""


class Owned(Frozen, frozen=True, kw_only=True):
    """What every entry says: who answers for it, why it is there, where that was decided, its last day."""

    owner: str
    reason: str
    ticket: str = ""
    until: str = ""


class SetEntry(Owned, frozen=True, kw_only=True):
    """Another value for a threshold or strength of a rule, for an assumption or a price."""

    value: Any


class OffEntry(Owned, frozen=True, kw_only=True):
    """A rule that does not count."""


class ForbidEntry(Owned, frozen=True, kw_only=True):
    """Options of a decision that are never chosen where a condition holds, or nowhere where there is none."""

    decision: str
    options: tuple[str, ...]
    when: Any = None
    unless: Any = None


class PreferEntry(Owned, frozen=True, kw_only=True):
    """What alone may be used: options of a decision, providers, or models by size."""

    allowed: Any


class AddEntry(RuleText, frozen=True, kw_only=True):
    """A rule of one's own, as a rule file writes it; its reason is its sentence where it has no other."""

    owner: str
    reason: str
    ticket: str = ""
    because: str = ""
    sources: tuple[str, ...] = ()


Entry = SetEntry | OffEntry | AddEntry | ForbidEntry | PreferEntry
ENTRY_FORMS: Mapping[EntryKind, type[Entry]] = {
    "set": SetEntry,
    "off": OffEntry,
    "add": AddEntry,
    "forbid": ForbidEntry,
    "prefer": PreferEntry,
}


@dataclass(frozen=True, slots=True)
class WrittenPolicy:
    """An organisation's file: its entries as they stand there, and where its mistakes go."""

    text: str
    problems: Problems
    entries: tuple[tuple[EntryKind, str, Entry], ...]

    @property
    def sha256(self) -> str:
        """The digest of the file's bytes."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def days(self) -> Iterator[str]:
        """Yield each day from which something counts otherwise: the one after an end, the first of a dated value."""
        for _, _, entry in self.entries:
            if entry.until:
                yield (date.fromisoformat(entry.until) + timedelta(1)).isoformat()
            if isinstance(entry, SetEntry) and dated(entry.value):
                yield from (one["from"] for one in entry.value)


def dated(value: Any) -> bool:
    """Whether a value is a list of values by date, and no list of names."""
    return isinstance(value, list) and (not value or any(isinstance(one, dict) for one in value))


def read_policy(text: str, place: str) -> WrittenPolicy:
    """Return what an organisation's file says; raise UserError with every mistake in how it is written."""
    document = parse_yaml(text, place)
    problems = Problems(document)
    data = problems.table(document.data, ())
    problems.names(data, (), ("title", *ENTRY_KINDS))
    if not data and not problems.found:
        problems.add((), f"says nothing; expected one of {', '.join(ENTRY_KINDS)}")
    found = tuple(_entries(problems, data))
    if len(found) > MAX_ENTRIES:
        problems.add((), f"holds {len(found):,} entries; at most {MAX_ENTRIES:,} are allowed")
    if problems.found:
        raise UserError(problems.found)
    return WrittenPolicy(text, problems, found)


def _entries(problems: Problems, data: Mapping[str, Any]) -> Iterator[tuple[EntryKind, str, Entry]]:
    if not isinstance(data.get("title", ""), str):
        problems.add(("title",), f"expected text, found {kind(data['title'])}")
    for part in ENTRY_KINDS:
        for name, entry in problems.table(data.get(part), (part,)).items():
            where = (part, name)
            if part in OWN_NAMES and ("." in name or not NAME_PATTERN.match(name)):
                problems.add(where, "a name may hold letters, digits and _ only")
            before = len(problems.found)
            read = problems.build(ENTRY_FORMS[part], entry, where)
            if read is not None:
                _check_owned(problems, read, where)
            if read is not None and len(problems.found) == before:
                yield part, name, read


def _check_owned(problems: Problems, entry: Entry, where: Where) -> None:
    """Record an empty owner or reason, a last day that is none, and values by date that are none."""
    for key in ("owner", "reason"):
        if not getattr(entry, key).strip():
            problems.add((*where, key), f"is empty; say {'who' if key == 'owner' else 'why'}")
    if entry.until:
        _check_date(problems, entry.until, (*where, "until"))
    if isinstance(entry, SetEntry) and dated(entry.value):
        _check_dated(problems, entry.value, (*where, "value"))


def _check_dated(problems: Problems, values: list[Any], where: Where) -> None:
    before, days = len(problems.found), []
    for at, one in enumerate(values):
        if not isinstance(one, dict) or set(one) != {"from", "value"}:
            message = f"expected a value by date, {{from: DATE, value: …}}, found {kind(one)}"
            problems.add((*where, at), message)
            continue
        _check_date(problems, one["from"], (*where, at, "from"))
        days.append(str(one["from"]))
    if not values or (len(problems.found) == before and days != sorted(set(days))):
        found = ", ".join(shown(day) for day in days) or "none"
        problems.add(where, f"expected rising days, each once, under 'from', found {found}")


def _check_date(problems: Problems, day: object, where: Where) -> None:
    """Record what is no date as days are compared: year, month and day, with another one after it."""
    try:
        whole = isinstance(day, str) and str(date.fromisoformat(day)) == day < str(date.max)
    except ValueError:
        whole = False
    if not whole:
        problems.add(where, f"expected a date such as 2026-11-22, found {shown(day)}")
