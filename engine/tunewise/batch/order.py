"""What the user orders, and what a run of it rests on: whoever goes on with it must bring the same."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import msgspec

from tunewise.costs.assuming import Override
from tunewise.costs.currency import Currency
from tunewise.errors import Problem, UserError, shown, unreadable
from tunewise.evaluation.evaluator import versions
from tunewise.inventories.mapping import AS_IT_STANDS, RegisterMapping
from tunewise.inventories.reading import InventoryForm
from tunewise.knowledge.rulebook import Rulebook
from tunewise.log.chain import now
from tunewise.log.content import as_given
from tunewise.log.privacy import Privacy
from tunewise.writing import write_whole

ResultForm = Literal["csv", "jsonl", "parquet", "xlsx"]
CostForm = Literal["csv", "xlsx"]
SCHEMA = "tunewise.batch/1"
ROWS_WITH_BRIEFS = 8
"""The most rows that are evaluated together where each gets a brief: a worker takes seconds for each."""
BRIEF = 12
"""Characters of a digest that a message shows."""


@dataclass(frozen=True, slots=True)
class FileDigest:
    """How many bytes a file holds, and their SHA-256."""

    size: int
    sha256: str


def digest_of(path: Path) -> FileDigest:
    """Return the digest of a file; raise UserError where it cannot be read."""
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            return FileDigest(file.tell(), sha256)
    except OSError as error:
        raise unreadable(path, error) from None


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """All that the results follow from; the same manifest gives the same bytes.

    `assumptions` are the overrides as given; `options` those of the command line that change what comes out.
    `started` is when the run began, in UTC: the one thing that may differ.
    """

    schema: str = SCHEMA
    inventory: FileDigest
    rulebook: str
    rulebook_sha256: str
    versions: dict[str, str]
    as_of: str
    assumptions: dict[str, str]
    currency: dict[str, Any]
    options: dict[str, Any]
    started: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order, checked as far as its own words go; `inventory` is "-" for standard input."""

    inventory: str
    output: str
    rulebook: Rulebook
    as_of: date
    overrides: Mapping[str, str | Override]
    shown_in: tuple[str | None, str | None]
    currency: Currency
    workers: int
    mapping: RegisterMapping = AS_IT_STANDS
    input_format: InventoryForm | None = None
    output_format: ResultForm = "csv"
    costs: CostForm | None = None
    briefs: bool = False
    title: str | None = None
    templates: str | None = None
    log: str | None = None
    privacy: Privacy | None = None
    chunk_rows: int = 5_000
    resume: bool = False
    strict: bool = False

    @property
    def rows_together(self) -> int:
        """How many rows are evaluated together."""
        return min(self.chunk_rows, ROWS_WITH_BRIEFS) if self.briefs else self.chunk_rows

    def manifest(self, inventory: FileDigest) -> Manifest:
        """Return what the run rests on.

        Templates are no part of it: what they are used for is made at one go, when all else is done.
        """
        return Manifest(
            inventory=inventory,
            rulebook=self.rulebook.version,
            rulebook_sha256=self.rulebook.sha256,
            versions=versions(),
            as_of=self.as_of.isoformat(),
            assumptions=as_given(self.overrides),
            currency=self.currency.as_record(),
            options=self._options(),
            started=now(),
        )

    def _options(self) -> dict[str, Any]:
        """Return the options that change what comes out, as the command line calls them."""
        return {
            "input-format": self.input_format,
            "mapping": self.mapping.as_record(),
            "output-format": self.output_format,
            "costs": self.costs,
            "briefs": self.briefs,
            "privacy": dict(self.privacy.actions) if self.privacy else None,
        }


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write a manifest whole; raise UserError."""
    write_whole(path, msgspec.json.format(msgspec.json.encode(manifest)).decode() + "\n")


def read_manifest(path: Path) -> Manifest:
    """Return the manifest in a file or a run's summary; raise UserError where it is none."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError):
        found = None
    if found is None or found.schema != SCHEMA:
        message = "does not say what the run rested on, so nothing can go on; name a new folder"
        raise UserError(Problem(str(path), None, "", message))
    return found


def check_same(place: str, was: Manifest, now: Manifest) -> None:
    """Raise UserError with one line that names all that changed since a run began."""
    changes = list(_changes(was, now))
    if changes:
        message = f"was begun with {'; '.join(changes)}. Bring back what was, or name a new folder"
        raise UserError(Problem(place, None, "", message))


def _changes(was: Manifest, now: Manifest) -> Iterator[str]:
    if was.inventory != now.inventory:
        yield f"another inventory ({_sized(was.inventory)}, now {_sized(now.inventory)})"
    if was.rulebook_sha256 != now.rulebook_sha256:
        yield f"another rulebook ({_ruled(was)}, now {_ruled(now)})"
    yield from _entries("", was.versions, now.versions)
    if was.as_of != now.as_of:
        yield f"--as-of {was.as_of} (now {now.as_of})"
    yield from _entries("--assume ", was.assumptions, now.assumptions)
    if was.currency != now.currency:
        yield f"--currency {_money(was)} (now {_money(now)})"
    before, after = dict(was.options), dict(now.options)
    yield from _entries("--mapping ", before.pop("mapping", {}), after.pop("mapping", {}))
    yield from _entries("--", before, after)


def _entries(prefix: str, was: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    for key in dict.fromkeys([*was, *now]):
        if was.get(key) != now.get(key):
            before, after = _said(was.get(key)), _said(now.get(key))
            yield f"{prefix}{key} {before} (now {after})"


def _said(value: object) -> str:
    if value is None or value is False or value == {}:
        return "not given"
    return "given" if value is True else shown(value)


def _sized(digest: FileDigest) -> str:
    return f"{digest.size:,} bytes, sha256 {digest.sha256[:BRIEF]}…"


def _ruled(manifest: Manifest) -> str:
    return f"version {manifest.rulebook}, sha256 {manifest.rulebook_sha256[:BRIEF]}…"


def _money(manifest: Manifest) -> str:
    return f"{manifest.currency['code']} at {manifest.currency['per_usd']}"
