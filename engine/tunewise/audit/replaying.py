"""Decides every record of a log anew, by its own rulebook, date and assumptions, and compares to the byte."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from msgspec import to_builtins

from tunewise.audit.differences import Difference, differences
from tunewise.audit.form import Record
from tunewise.audit.privacy import Privacy
from tunewise.audit.reading import Entry, Log
from tunewise.audit.record import content, encoded
from tunewise.audit.selecting import Rulebooks
from tunewise.cases import Case
from tunewise.costs.currency import HOME
from tunewise.errors import UserError
from tunewise.evaluation import Evaluator, versions
from tunewise.knowledge.rulebook import Rulebook

Status = Literal["same", "other_versions", "differs", "hidden", "no_rulebook", "unreadable"]
SEED = 1


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
    """Decides records of one log anew; evaluators are kept for those that were decided alike."""

    def __init__(self, log: Log) -> None:
        self._rulebooks = Rulebooks(log.path)
        self._evaluators: dict[tuple[object, ...], Evaluator] = {}
        self._versions = versions()

    def again(self, entry: Entry) -> Replayed:
        """Return what comes of a record."""
        record = entry.record
        if record is None:
            return Replayed(entry.line, "", "unreadable", says=entry.findings[0].message)
        name = record.case.name
        if hidden := list(missing(record)):
            says = f"what decided it was taken out: {', '.join(hidden)}"
            return Replayed(entry.line, name, "hidden", says=says)
        try:
            self._rulebooks(record.rulebook.sha256)
        except UserError as error:
            return Replayed(entry.line, name, "no_rulebook", says=str(error).splitlines()[0])
        try:
            return self._compared(entry, record)
        except UserError as error:
            return Replayed(entry.line, name, "differs", says=str(error))

    def _compared(self, entry: Entry, record: Record) -> Replayed:
        made = tuple(self._other_versions(record))
        found = {**self._decided(record), "versions": record.versions}
        name = record.case.name
        if encoded(found) == entry.content:
            return Replayed(entry.line, name, "same", versions=made)
        told = differences(json.loads(entry.content), json.loads(encoded(found)))
        return Replayed(entry.line, name, "other_versions" if made else "differs", told, made)

    def _decided(self, record: Record) -> dict[str, Any]:
        """Return the content that a record would have now, as far as it has one."""
        evaluator = self._evaluator(record)
        case = case_of(record, evaluator.rulebook)
        found = content(evaluator.evaluate(case), record.assumptions)
        taken = Privacy({one.path: one.action for one in record.masked})
        return {**taken.applied(found), "masked": [to_builtins(one) for one in record.masked]}

    def _evaluator(self, record: Record) -> Evaluator:
        """Return what decides as the record was decided; raise UserError where its rulebook is lost."""
        said = record.currency
        key = (record.rulebook.sha256, record.as_of, *record.assumptions.items(), said)
        if key not in self._evaluators:
            shown_in = (None, None) if said.code == HOME else (said.code, str(said.per_usd))
            rulebook = self._rulebooks(record.rulebook.sha256)
            self._evaluators[key] = Evaluator(rulebook, record.as_of, record.assumptions, shown_in)
        return self._evaluators[key]

    def _other_versions(self, record: Record) -> Iterator[str]:
        for package, now in self._versions.items():
            was = record.versions.get(package, "none")
            if was != now:
                yield f"{package} {was}, now {now}"


def case_of(record: Record, rulebook: Rulebook) -> Case:
    """Return the case that a record decided; raise UserError where its facts are none of the rulebook's."""
    stated = {id: fact.value for id, fact in record.facts.items() if fact.origin == "given"}
    try:
        facts = {id: rulebook.facts[id].check(value) for id, value in stated.items()}
    except (KeyError, ValueError) as error:
        raise UserError(f"a fact that the rulebook does not allow: {error}") from None
    known = {id: value for id in rulebook.facts if (value := facts.get(id)) is not None}
    return Case(
        name=record.case.name,
        facts=known,
        description=record.case.description,
        owner=record.case.owner,
        tags=tuple(record.case.tags),
    )


def missing(record: Record) -> Iterator[str]:
    """Yield what was taken out of a record and cannot be worked out anew: given facts, assumptions."""
    for taken in record.masked:
        part, _, name = taken.path.partition(".")
        origin = record.facts[name].origin if name in record.facts else "given"
        if part == "assumptions" or (part == "facts" and origin == "given"):
            yield taken.path


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


def summary(found: Iterable[Replayed]) -> Mapping[Status, int]:
    """Return how many records came to each end."""
    counts: dict[Status, int] = {}
    for one in found:
        counts[one.status] = counts.get(one.status, 0) + 1
    return counts
