"""Decides every record of a log anew, by its own rulebook, date and assumptions, and compares to the byte."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, Literal

from tunewise.comparing.column_replay import ColumnReplay
from tunewise.comparing.differences import Difference, differences
from tunewise.comparing.evaluators import Evaluators
from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator, versions
from tunewise.log.content import content, encoded
from tunewise.log.form import Record
from tunewise.log.reading import Log, LogEntry
from tunewise.log.restoring import as_recorded, case_of, missing_parts, settings
from tunewise.log.selecting import Rulebooks
from tunewise.whatif.proofs import with_proofs

Status = Literal["same", "other_versions", "differs", "hidden", "no_rulebook", "unreadable"]
SAMPLE_SEED = 1
REPLAYED_RECORDS = 500
"""Records that are held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of one record: `differences` are the first ones, `says` why it could not be decided anew.

    `other_versions` means that it differs, and was made with other versions than these, named in `versions`;
    `masked`, that what was taken out of it could not be compared.
    """

    line: int
    name: str
    status: Status
    differences: tuple[Difference, ...] = ()
    versions: tuple[str, ...] = ()
    says: str = ""
    masked: bool = False

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
        self._columns = ColumnReplay(self._rulebooks)
        self._versions = versions()

    def all(self, entries: Iterable[LogEntry]) -> Iterator[tuple[LogEntry, Replayed]]:
        """Yield each line with what comes of its record."""
        coming = iter(entries)
        while block := list(islice(coming, REPLAYED_RECORDS)):
            same = set(self._columns.same(block))
            for entry in block:
                yield entry, self._as_before(entry) if entry.line in same else self.again(entry)

    def again(self, entry: LogEntry) -> Replayed:
        """Return what comes of one record by the rule engine."""
        record = entry.record
        if record is None:
            return Replayed(entry.line, "", "unreadable", says=entry.findings[0].message)
        name = record.case.name
        try:
            rulebook = self._rulebooks(record.rulebook.sha256)
            if hidden := list(missing_parts(record, rulebook)):
                says = f"what decided it was taken out: {', '.join(hidden)}"
                return Replayed(entry.line, name, "hidden", says=says)
            evaluator = self._evaluators(rulebook, *settings(record))
        except UserError as error:
            return Replayed(entry.line, name, "no_rulebook", says=str(error).splitlines()[0])
        try:
            evaluation = evaluator.evaluate(case_of(record, rulebook))
            if record.flips:
                evaluation = with_proofs(evaluator, evaluation)
            found = content(evaluation, record.assumptions)
        except UserError as error:
            return Replayed(entry.line, name, "differs", says=str(error))
        return self._compared(entry, record, encoded(as_recorded(found, record)))

    def _compared(self, entry: LogEntry, record: Record, found: bytes) -> Replayed:
        if found == entry.content:
            return self._as_before(entry)
        made = tuple(self._other_versions(record))
        told = differences(json.loads(entry.content), json.loads(found))
        status: Status = "other_versions" if made else "differs"
        return Replayed(entry.line, record.case.name, status, told, made)

    def _as_before(self, entry: LogEntry) -> Replayed:
        assert entry.record is not None  # noqa: S101 - asked of what came out the same
        made = tuple(self._other_versions(entry.record))
        masked = bool(entry.record.masked)
        return Replayed(entry.line, entry.record.case.name, "same", versions=made, masked=masked)

    def _other_versions(self, record: Record) -> Iterator[str]:
        for package, now in self._versions.items():
            was = record.versions.get(package, "none")
            if was != now:
                yield f"{package} {was}, now {now}"


class Sample:
    """Draws so many of a log's lines, each as likely as another, the same every time; all where `size` is None.

    `total` is how many there were to draw from, once they were read.
    """

    def __init__(self, size: int | None) -> None:
        self.size, self.total = size, 0

    def drawn(self, entries: Iterable[LogEntry]) -> Iterable[LogEntry]:
        """Return the lines drawn, in their order."""
        if self.size is None:
            return self._counted(entries)
        drawn: list[LogEntry] = []
        chance = random.Random(SAMPLE_SEED)  # noqa: S311 - a sample, not a secret
        for entry in self._counted(entries):
            if len(drawn) < self.size:
                drawn.append(entry)
            elif (place := chance.randrange(self.total)) < self.size:
                drawn[place] = entry
        return sorted(drawn, key=lambda entry: entry.line)

    def _counted(self, entries: Iterable[LogEntry]) -> Iterator[LogEntry]:
        for entry in entries:
            self.total += 1
            yield entry
