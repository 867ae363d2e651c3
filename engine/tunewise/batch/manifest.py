"""What a run rests on: whoever goes on with it must bring the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tunewise.batch.source import Digest
from tunewise.errors import Problem, UserError, shown
from tunewise.writing import write_whole

SCHEMA = "tunewise.batch/1"
BRIEF = 12
"""Characters of a digest that a message shows."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """All that the results follow from; the same manifest gives the same bytes.

    `assumptions` are the overrides as given; `options` those of the command line that change what comes out.
    `started` is when the run began, in UTC: the one thing that may differ.
    """

    schema: str = SCHEMA
    inventory: Digest
    rulebook: str
    rulebook_sha256: str
    versions: dict[str, str]
    as_of: str
    assumptions: dict[str, str]
    currency: dict[str, Any]
    options: dict[str, Any]
    started: str


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
    yield from _entries("--", was.options, now.options)


def _entries(prefix: str, was: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    for key in dict.fromkeys([*was, *now]):
        if was.get(key) != now.get(key):
            before, after = _said(was.get(key)), _said(now.get(key))
            yield f"{prefix}{key} {before} (now {after})"


def _said(value: object) -> str:
    if value is None or value is False or value == {}:
        return "not given"
    return "given" if value is True else shown(value)


def _sized(digest: Digest) -> str:
    return f"{digest.size:,} bytes, sha256 {digest.sha256[:BRIEF]}…"


def _ruled(manifest: Manifest) -> str:
    return f"version {manifest.rulebook}, sha256 {manifest.rulebook_sha256[:BRIEF]}…"


def _money(manifest: Manifest) -> str:
    return f"{manifest.currency['code']} at {manifest.currency['per_usd']}"
