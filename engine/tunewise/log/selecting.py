"""Picks records of a log: by number, name or digest."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from tunewise.errors import UserError, shown
from tunewise.knowledge.rulebook import Rulebook
from tunewise.log import rulebook_store as store
from tunewise.log.explainable import explaining_rulebook
from tunewise.log.form import Record
from tunewise.log.reading import Log, LogEntry, Tick

SHORTEST = 6
"""Characters of a digest that tell it from others."""
RECORD_DIGITS = 30
"""Digits of a number; what is longer is a name or a digest."""
LISTED_LINES = 5
"""Records that an error lists."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A line of a log that is a record in form, the last of so many of its name, where it was asked for by name."""

    entry: LogEntry
    record: Record
    namesakes: int = 1


def records(log: Log, tick: Tick) -> Iterator[Chosen]:
    """Yield the records of a log; `tick` is told of every line, those that are none, too."""
    for entry in log.entries():
        tick(entry)
        if entry.record is not None:
            yield Chosen(entry, entry.record)


def find_record(log: Log, named: str | None, tick: Tick) -> Chosen:
    """Return the record of that number, name or digest, the last of that name, or the last of all.

    A part of a name is enough where no other record has it. Raises UserError where there is none, and where the
    line of that number is no record.
    """
    if named is not None and named.isascii() and named.isdecimal() and len(named) <= RECORD_DIGITS:
        return _numbered(log, int(named))
    search = _Search("" if named is None else named)
    for chosen in records(log, tick):
        search.take(chosen)
    found = search.last if named is None else search.found(log)
    if found is None:
        message = "holds no record" if named is None else f"holds no record called {shown(named)}"
        raise log.refusal(f"{message}; give a number, a name or a digest")
    return found


@dataclass
class _Search:
    """Looks for a record by its whole name or the id of its case, then by its digest, then by a part of its name."""

    named: str
    last: Chosen | None = None
    exact: Chosen | None = None
    digest: Chosen | None = None
    part: list[Chosen] = field(default_factory=list)

    def take(self, chosen: Chosen) -> None:
        """Look at one record."""
        self.last, case = chosen, chosen.record.case
        name = case.name
        if self.named in (name, case.id):
            namesakes = 1 if self.exact is None else self.exact.namesakes + 1
            self.exact = Chosen(chosen.entry, chosen.record, namesakes)
        elif len(self.named) >= SHORTEST and chosen.record.digest.startswith(self.named.lower()):
            self.digest = self.digest or chosen
        elif self.named.strip() and self.named.casefold() in name.casefold():
            self.part.append(chosen)

    def found(self, log: Log) -> Chosen | None:
        """Return the record; raise UserError where a part of a name could mean several."""
        if self.exact is not None:
            return self.exact
        if self.digest is None and len(self.part) > 1:
            lines = ", ".join(str(one.entry.line) for one in self.part[:LISTED_LINES])
            more = ", …" if len(self.part) > LISTED_LINES else ""
            message = f"{shown(self.named)} is a part of several names: records {lines}{more}"
            raise log.refusal(f"{message}; give a number")
        return self.digest or next(iter(self.part), None)


def _numbered(log: Log, number: int) -> Chosen:
    last = 0
    for entry in log.entries():
        last = entry.line
        if entry.line == number:
            if entry.human is not None:
                decided = f"a person's decision on record {entry.human.record.line}; name that one"
                raise log.refusal(f"line {number} is {decided}")
            if entry.run is not None:
                raise log.refusal(f"line {number} is the summary of a batch's run, not a record")
            if entry.record is None:
                raise log.refusal(f"line {number}: {entry.findings[0].message}")
            return Chosen(entry, entry.record)
    raise log.refusal(f"has no record {number}; it ends with record {last}")


class Rulebooks:
    """The rulebooks beside a log, each loaded once."""

    def __init__(self, log: str) -> None:
        self._log = log
        self._found: dict[str, Rulebook] = {}

    def __call__(self, sha256: str) -> Rulebook:
        """Return the rulebook of that digest; raise UserError where it is missing or altered."""
        if sha256 not in self._found:
            self._found[sha256] = store.load_stored(self._log, sha256)
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
        return explaining_rulebook(record, self(record.rulebook.sha256))
