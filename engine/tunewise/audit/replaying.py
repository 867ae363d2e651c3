"""Decides every record of a log anew, by its own rulebook, date and assumptions, and compares to the byte."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, Literal

from tunewise.audit.columns import Columns
from tunewise.audit.differences import Difference, differences
from tunewise.audit.evaluators import Evaluators
from tunewise.audit.form import Record
from tunewise.audit.reading import Entry, Log
from tunewise.audit.record import content, encoded
from tunewise.audit.restoring import as_recorded, case_of, missing, settings
from tunewise.audit.selecting import Rulebooks
from tunewise.errors import UserError
from tunewise.evaluation import Evaluator, versions

Status = Literal["same", "other_versions", "differs", "hidden", "no_rulebook", "unreadable"]
SEED = 1
BLOCK = 500
"""Records that are held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of one record: `differences` are the first ones, `says` why it could not be decided anew.

    `other_versions` means that it differs, and was made with other versions than these, named in `versions`.
    """

    line: int
    name: str
    status: Status
    differences: tuple[Difference, ...] = ()
    versions: tuple[str, ...] = ()
    says: str = ""

    def as_record(self) -> dict[str, Any]:
        """Return what came of it as plain data."""
        return asdict(self)


class Replay:
    """Decides records of one log anew.

    Records that were decided alike are decided together, by columns. What is not the same to the byte then is
    decided again by the rule engine, which has the last word.
    """

    def __init__(self, log: Log) -> None:
        self._rulebooks = Rulebooks(log.path)
        self._evaluators = Evaluators(Evaluator)
        self._columns = Columns(self._rulebooks)
        self._versions = versions()

    def all(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, Replayed]]:
        """Yield each line with what comes of its record."""
        coming = iter(entries)
        while block := list(islice(coming, BLOCK)):
            same = set(self._columns.same(block))
            for entry in block:
                yield entry, self._as_before(entry) if entry.line in same else self.again(entry)

    def again(self, entry: Entry) -> Replayed:
        """Return what comes of one record by the rule engine."""
        record = entry.record
        if record is None:
            return Replayed(entry.line, "", "unreadable", says=entry.findings[0].message)
        name = record.case.name
        if hidden := list(missing(record)):
            says = f"what decided it was taken out: {', '.join(hidden)}"
            return Replayed(entry.line, name, "hidden", says=says)
        try:
            rulebook = self._rulebooks(record.rulebook.sha256)
            evaluator = self._evaluators(rulebook, *settings(record))
        except UserError as error:
            return Replayed(entry.line, name, "no_rulebook", says=str(error).splitlines()[0])
        try:
            found = content(evaluator.evaluate(case_of(record, rulebook)), record.assumptions)
        except UserError as error:
            return Replayed(entry.line, name, "differs", says=str(error))
        return self._compared(entry, record, encoded(as_recorded(found, record)))

    def _compared(self, entry: Entry, record: Record, found: bytes) -> Replayed:
        if found == entry.content:
            return self._as_before(entry)
        made = tuple(self._other_versions(record))
        told = differences(json.loads(entry.content), json.loads(found))
        status: Status = "other_versions" if made else "differs"
        return Replayed(entry.line, record.case.name, status, told, made)

    def _as_before(self, entry: Entry) -> Replayed:
        assert entry.record is not None  # noqa: S101 - asked of what came out the same
        made = tuple(self._other_versions(entry.record))
        return Replayed(entry.line, entry.record.case.name, "same", versions=made)

    def _other_versions(self, record: Record) -> Iterator[str]:
        for package, now in self._versions.items():
            was = record.versions.get(package, "none")
            if was != now:
                yield f"{package} {was}, now {now}"


def sample(entries: Iterable[Entry], size: int | None) -> Iterable[Entry]:
    """Return all entries, or so many of them, each as likely as another, in their order; the same every time."""
    if size is None:
        return entries
    drawn: list[Entry] = []
    chance = random.Random(SEED)  # noqa: S311 - a sample, not a secret
    for count, entry in enumerate(entries):
        if len(drawn) < size:
            drawn.append(entry)
        elif (place := chance.randrange(count + 1)) < size:
            drawn[place] = entry
    return sorted(drawn, key=lambda entry: entry.line)
