"""Picks records of a log: by number, name or digest, and by what they decided, on what, because of what."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from tunewise.audit import store
from tunewise.audit.fitting import fitting
from tunewise.audit.form import Record
from tunewise.audit.reading import Entry, Log
from tunewise.deciding import BLOCKED
from tunewise.errors import UserError, shown, unknown_name
from tunewise.knowledge.rulebook import Rulebook

SHORTEST = 6
"""Characters of a digest that tell a record from others."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A line of a log that is a record in form."""

    entry: Entry
    record: Record


def records(log: Log) -> Iterator[Chosen]:
    """Yield the records of a log; lines that are none are left to `audit verify`."""
    for entry in log.entries():
        if entry.record is not None:
            yield Chosen(entry, entry.record)


def find(log: Log, named: str | None) -> Chosen:
    """Return the record of that number, digest or name, the last of that name, or the last of all.

    Raises UserError where there is none, and where the line of that number is no record.
    """
    if named is not None and named.isascii() and named.isdecimal():
        return _numbered(log, int(named))
    found = None
    for chosen in records(log):
        if named is None or named == chosen.record.case.name:
            found = chosen
        elif len(named) >= SHORTEST and chosen.record.digest.startswith(named.lower()):
            return chosen
    if found is None:
        message = "holds no record" if named is None else f"holds no record called {shown(named)}"
        raise log.refusal(f"{message}; give a number, a name or a digest")
    return found


def _numbered(log: Log, number: int) -> Chosen:
    last = 0
    for entry in log.entries():
        last = entry.line
        if entry.line == number:
            if entry.record is None:
                raise log.refusal(f"line {number}: {entry.findings[0].message}")
            return Chosen(entry, entry.record)
    raise log.refusal(f"has no record {number}; it ends with record {last}")


@dataclass(frozen=True, slots=True)
class Filter:
    """What records are wanted; what is None or empty is not asked for.

    `recommendation`, `fact` and `veto` are texts such as 'fine_tuning', 'approach=hybrid', 'data_quality=low'.
    """

    rule: str | None = None
    source: str | None = None
    recommendation: str | None = None
    rulebook: str | None = None
    since: date | None = None
    until: date | None = None
    fact: str | None = None
    veto: str | None = None
    margin: int | None = None

    def test(self, rulebooks: Callable[[str], Rulebook]) -> Callable[[Record], bool]:
        """Return what tells whether a record is wanted; `rulebooks` gives the one of a digest."""
        tests = [
            *([] if self.rule is None else [self._fired]),
            *([] if self.source is None else [lambda record: self._sourced(record, rulebooks)]),
            *([] if self.recommendation is None else [self._recommended]),
            *([] if self.rulebook is None else [self._decided_by]),
            *([] if self.since is None and self.until is None else [self._dated]),
            *([] if self.fact is None else [self._known]),
            *([] if self.veto is None else [self._vetoed]),
            *([] if self.margin is None else [self._close]),
        ]
        return lambda record: all(test(record) for test in tests)

    def _fired(self, record: Record) -> bool:
        return any(firing.rule == self.rule for firing in record.firings)

    def _sourced(self, record: Record, rulebooks: Callable[[str], Rulebook]) -> bool:
        book = rulebooks(record.rulebook.sha256)
        fired = (book.rules[f.rule] for f in record.firings if f.rule in book.rules)
        cited = {item for rule in fired for item in rule.sources}
        return self.source in cited or self.source in {book.items[id].document for id in cited}

    def _recommended(self, record: Record) -> bool:
        return _matches(str(self.recommendation), record.recommendation)

    def _decided_by(self, record: Record) -> bool:
        wanted = str(self.rulebook)
        return record.rulebook.version == wanted or record.rulebook.sha256.startswith(wanted)

    def _dated(self, record: Record) -> bool:
        day = record.written.date() if record.written is not None else record.as_of
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )

    def _known(self, record: Record) -> bool:
        id, equals, value = str(self.fact).partition("=")
        fact = record.facts.get(id)
        return fact is not None and (not equals or value in _texts(fact.value))

    def _vetoed(self, record: Record) -> bool:
        vetoes = {
            text
            for decision in record.decisions
            for option in decision.options
            for rule in option.vetoed_by
            for text in (rule, option.option, f"{decision.decision}={option.option}")
        }
        return self.veto in vetoes

    def _close(self, record: Record) -> bool:
        margin = record.decisions[0].margin
        return margin is not None and self.margin is not None and margin <= self.margin


def _matches(wanted: str, chosen: Mapping[str, str]) -> bool:
    decision, _, option = wanted.rpartition("=")
    return chosen.get(decision) == option if decision else option in chosen.values()


def _texts(value: object) -> set[str]:
    """Return how a user may write a fact's value."""
    if isinstance(value, bool):
        return {"yes", "true"} if value else {"no", "false"}
    if isinstance(value, list):
        return {*map(str, value), ",".join(map(str, value))}
    return {str(value)}


class Rulebooks:
    """The rulebooks beside a log, each loaded once."""

    def __init__(self, log: str) -> None:
        self._log = log
        self._found: dict[str, Rulebook] = {}

    def __call__(self, sha256: str) -> Rulebook:
        """Return the rulebook of that digest; raise UserError where it is missing or altered."""
        if sha256 not in self._found:
            self._found[sha256] = store.load(self._log, sha256)
        return self._found[sha256]

    def stored(self) -> list[Rulebook]:
        """Return all that are there and can be read; what is wrong with others is told where they are needed."""
        found = []
        for sha256 in store.stored(self._log):
            with contextlib.suppress(UserError):
                found.append(self(sha256))
        return found

    def of(self, record: Record) -> Rulebook:
        """Return the rulebook that decided a record; raise UserError, too, where it cannot have."""
        return fitting(record, self(record.rulebook.sha256))


def checked(wanted: Filter, rulebooks: Collection[Rulebook]) -> None:
    """Raise UserError with the nearest name where a filter asks for what no rulebook of a log knows."""
    options = {
        name: ""
        for book in rulebooks
        for id, decision in book.decisions.items()
        for option in decision.options
        for name in (option, f"{id}={option}")
    }
    names = {**options, BLOCKED: ""}
    rules = {id: "" for book in rulebooks for id in book.rules}
    known = {
        "--rule": (wanted.rule, rules),
        "--source": (wanted.source, [i for b in rulebooks for i in (*b.documents, *b.items)]),
        "--recommendation": (wanted.recommendation, names),
        "--fact": (
            wanted.fact and wanted.fact.partition("=")[0],
            [f for b in rulebooks for f in b.facts],
        ),
        "--veto": (wanted.veto, {**rules, **names}),
    }
    kinds = {"--recommendation": "option", "--veto": "rule or option"}
    for flag, (name, allowed) in known.items():
        if rulebooks and name is not None and name not in allowed:
            raise UserError(f"{flag}: {unknown_name(kinds.get(flag, flag[2:]), name, allowed)}")
