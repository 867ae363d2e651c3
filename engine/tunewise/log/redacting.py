"""Writes a copy of a log without what somebody else may not see: each record as if it had been written so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tunewise.log.chain import sealed
from tunewise.log.content import encoded
from tunewise.log.form import Record
from tunewise.log.privacy import MASKED, Privacy
from tunewise.log.reading import LogEntry


@dataclass(frozen=True, slots=True)
class RedactedLog:
    """A copy that is chained anew: its lines, and for each of them the digest of the line that it stands for."""

    text: bytes
    originals: tuple[str, ...]


def redacted(entries: Iterable[LogEntry], privacy: Callable[[Record], Privacy]) -> RedactedLog:
    """Return the copy of some lines; people's decisions name the copies of the records that they are on.

    `privacy` gives what a record may not hold. What was taken out before stays out, and stays listed.
    """
    lines: list[bytes] = []
    originals: list[str] = []
    places: dict[str, tuple[int, str]] = {}
    previous: str | None = None
    for entry in entries:
        content = json.loads(entry.content)
        if entry.record is not None:
            content = _without(content, privacy(entry.record))
        elif entry.human is not None:
            line, digest = places[entry.human.record.digest]
            content["record"] = {"line": line, "digest": digest}
        elif entry.run is not None:
            for one in content["rejects"]:
                one["reason"] = MASKED  # it may repeat what a cell held
        text, previous = sealed(encoded(content), json.loads(entry.raw)["written"], previous)
        places[entry.computed] = (len(lines) + 1, previous)
        lines.append(text)
        originals.append(entry.computed)
    return RedactedLog(b"".join(lines), tuple(originals))


def _without(content: dict[str, Any], privacy: Privacy) -> dict[str, Any]:
    """Return a record's content without what may not be in it, with what was taken out before."""
    found = privacy.applied(content)
    taken = {one["path"]: one["action"] for one in (*content["masked"], *found["masked"])}
    masked = [{"path": path, "action": action} for path, action in taken.items()]
    return {**found, "masked": masked}
