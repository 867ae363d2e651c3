"""Writes what came of a replay, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tunewise.comparing.replaying import Replayed, Status
from tunewise.errors import harmless
from tunewise.record.decision import as_json

REPLAY_SCHEMA = "tunewise.replay/1"
WELL: tuple[Status, ...] = ("same", "hidden")
STATUS_WORDS: Mapping[Status, str] = {
    "same": "the same to the byte",
    "other_versions": "different, made with other versions",
    "differs": "different",
    "hidden": "cannot be decided anew, as facts were taken out",
    "no_rulebook": "cannot be decided anew, as their rulebook is missing or of another version",
    "unreadable": "no record",
}


@dataclass
class ReplayTally:
    """Counts what came of the records of a log, and keeps those that there is something to say of.

    `total` is how many records the log holds, where a sample of them was drawn.
    """

    log: str
    total: int | None = None
    masked: int = 0
    counts: Counter[Status] = field(default_factory=Counter)
    told: list[Replayed] = field(default_factory=list)
    versions: dict[str, None] = field(default_factory=dict)

    def take(self, one: Replayed) -> None:
        """Count one record."""
        self.counts[one.status] += 1
        self.masked += one.masked
        self.versions |= dict.fromkeys(one.versions)
        if one.status != "same":
            self.told.append(one)

    @property
    def failed(self) -> bool:
        """Whether anything is not well."""
        return any(status not in WELL for status in self.counts)


def replay_text(tally: ReplayTally) -> Iterator[str]:
    """Yield a line for each record that did not come out the same, what differs in it, and the counts."""
    log = harmless(tally.log)
    for one in tally.told:
        yield f"{log}:{one.line}: {harmless(one.name)}: {STATUS_WORDS[one.status]}{_says(one)}\n"
        yield from (f"  {harmless(str(difference))}\n" for difference in one.differences)
    if tally.versions:
        yield f"made with other versions: {harmless(', '.join(tally.versions))}\n"
    counted = [
        f"{tally.counts[status]:,} {STATUS_WORDS[status]}"
        for status in STATUS_WORDS
        if status in tally.counts
    ]
    yield f"{log}: {_records(tally)}: {'; '.join(counted)}{_masked(tally.masked)}\n"


def _records(tally: ReplayTally) -> str:
    count = tally.counts.total()
    if tally.total is not None:
        return f"{count:,} of {tally.total:,} records"
    return f"{count:,} {'record' if count == 1 else 'records'}"


def _masked(count: int) -> str:
    """Say of how many records that came out the same a part could not be compared."""
    if not count:
        return ""
    return f" ({count:,} of them but for what was taken out, such as names or costs)"


def _says(one: Replayed) -> str:
    told = [text for text in (one.says, ", ".join(one.versions)) if text]
    return f" ({harmless('; '.join(told))})" if told else ""


def replay_json(tally: ReplayTally) -> Iterator[str]:
    """Yield the counts, the versions that records were made with, and each record that is not the same."""
    yield as_json(
        {
            "schema": REPLAY_SCHEMA,
            "log": tally.log,
            "records": tally.counts.total(),
            "of": tally.counts.total() if tally.total is None else tally.total,
            "masked": tally.masked,
            "counts": dict(tally.counts),
            "other_versions": list(tally.versions),
            "records_told": [one.as_record() for one in tally.told],
        }
    )


REPLAY_WRITERS: Mapping[str, Callable[[ReplayTally], Iterator[str]]] = {
    "text": replay_text,
    "json": replay_json,
}
