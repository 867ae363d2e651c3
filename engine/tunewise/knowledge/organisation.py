"""An organisation's policy over a rulebook, as frozen values: what it sets, switches off, adds, forbids and allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, get_args

EntryKind = Literal["set", "off", "add", "forbid", "prefer"]
"""The parts of an organisation's file."""
ENTRY_KINDS: tuple[EntryKind, ...] = get_args(EntryKind)
EntryState = Literal["in_force", "idle", "ended", "to_come", "vanished"]
"""Whether an entry counts on the day: it does, it changes nothing, its end has passed, its first value is to come.

What has vanished is not there any more: that is an error, except where one asks what an upgrade does to a policy.
"""
ORGANISATION = "ORGANISATION"
"""The document that an organisation's entries are items of."""
FILE, SINCE = "organisation.yaml", "organisation.since"
"""What an organisation's file is called among a rulebook's texts, and the day since which it counts as it does."""


@dataclass(frozen=True, slots=True)
class OrganisationEntry:
    """One entry: what it concerns, who answers for it, why, and until which day it counts, that day included.

    `rules` are those that it makes, changes or takes away; `idle` says why it changes nothing, or what has vanished.
    """

    kind: EntryKind
    name: str
    owner: str
    reason: str
    ticket: str = ""
    until: str = ""
    state: EntryState = "in_force"
    rules: tuple[str, ...] = ()
    idle: str = ""
    place: str = ""
    line: int | None = None

    @property
    def item(self) -> str:
        """The source item that rules of this entry cite."""
        return f"{ORGANISATION}.{self.name}"

    @property
    def says(self) -> str:
        """Its reason as a report says it."""
        return f"By your organisation{f' ({self.ticket})' if self.ticket else ''}: {self.reason}"

    def as_record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "kind": self.kind,
            "name": self.name,
            "owner": self.owner,
            "reason": self.reason,
            **({"ticket": self.ticket} if self.ticket else {}),
            **({"until": self.until} if self.until else {}),
            "state": self.state,
            **({"idle": self.idle} if self.idle else {}),
            "rules": list(self.rules),
        }


@dataclass(frozen=True, slots=True)
class SetValue:
    """What an entry puts in the place of an assumption or a price: as --assume writes it."""

    text: str
    entry: OrganisationEntry


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation's policy as it counts on a day.

    `sha256` is the digest of the bytes of its file, `over` that of the rulebook without it. It counts as it does
    `since` a day, the last one of `days`, on which entries end and values by date begin; from ever where that is
    empty. `values` are the assumptions and prices that it sets; `models` are those that may be used, by size, and
    `providers` whose may.
    """

    sha256: str
    over: str
    days: tuple[str, ...]
    since: str
    entries: tuple[OrganisationEntry, ...]
    values: Mapping[str, SetValue] = field(default_factory=dict, hash=False)
    models: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    providers: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        """What it comes to, in words, with each rule that it takes away: no sentence of a report tells of those."""
        here = [entry for entry in self.entries if entry.state == "in_force"]
        off = [
            f"{entry.name}{f' until {entry.until}' if entry.until else ''} "
            f"({f'{entry.ticket}: ' if entry.ticket else ''}{entry.reason})"
            for entry in here
            if entry.kind == "off"
        ]
        counted = f"{len(here)} {'entry counts' if len(here) == 1 else 'entries count'}"
        return "; ".join(
            (f"under your organisation's policy, of which {counted}", *_named("off", off))
        )

    def since_on(self, day: date) -> str:
        """Return since when it counts as it does on a day."""
        return last_begun(self.days, day)

    def as_digests(self) -> dict[str, str]:
        """Return both digests, as records hold them."""
        return {"sha256": self.sha256, "over": self.over}

    def as_record(self) -> dict[str, Any]:
        """Return it as plain data: both digests, and every entry."""
        return {**self.as_digests(), "entries": [entry.as_record() for entry in self.entries]}


def last_begun(days: Iterable[str], day: date) -> str:
    """Return the last of the days up to a day, '' where there is none."""
    return max((one for one in days if one <= day.isoformat()), default="")


def _named(kind: str, names: list[str]) -> tuple[str, ...]:
    return (f"{kind}: {', '.join(names)}",) if names else ()
