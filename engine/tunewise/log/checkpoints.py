"""Checkpoints (c2sp.org/tlog-checkpoint): signed notes of a log's size and root, and witnesses' cosignatures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tunewise.errors import Problem, UserError
from tunewise.log.notes import SignedNote, from_base64, in_base64, note_text, parsed_note
from tunewise.log.reading import LogEntry

CHECKPOINT = ".checkpoint"
"""What the name of a log's checkpoint ends in."""
TREE_SIZE = re.compile(r"0|[1-9][0-9]{0,17}\Z")
ROOT_LENGTH = 32
NO_CHECKPOINT = "is no checkpoint: it does not name an origin, a size and a root"


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A witness's statement: that at this time, in seconds since 1970, it had seen no other history."""

    name: str
    time: int

    def said(self) -> str:
        """Return when it was made, in UTC, as people write it."""
        try:
            return datetime.fromtimestamp(self.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        except (OverflowError, ValueError, OSError):
            return f"{self.time} seconds after 1970"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says of a log, and the note that says it; `checked` tells whether a key vouched for it.

    `stamped` is the time in UTC at which an authority had seen it, '' where none says so.
    """

    origin: str
    size: int
    root: bytes
    note: SignedNote
    path: str
    checked: bool = False
    cosignatures: tuple[Cosignature, ...] = ()
    stamped: str = ""

    def refusal(self, message: str) -> UserError:
        """Return the error that it cannot be used for."""
        return UserError(Problem(self.path, None, "", message))

    def as_record(self) -> dict[str, Any]:
        """Return it as plain data."""
        witnesses = [{"name": one.name, "time": one.said()} for one in self.cosignatures]
        return {
            "origin": self.origin,
            "size": self.size,
            "root": in_base64(self.root),
            "checked": self.checked,
            "cosignatures": witnesses,
            "stamped": self.stamped or None,
        }


def leaf_of(entry: LogEntry) -> bytes:
    """Return what a line is in the tree: the 32 bytes of its digest."""
    return bytes.fromhex(entry.computed)


def read_checkpoint(path: str) -> Checkpoint:
    """Return the checkpoint in a file, of which nobody has checked a signature; raise UserError."""
    return as_checkpoint(parsed_note(note_text(path), path), path)


def as_checkpoint(note: SignedNote, path: str) -> Checkpoint:
    """Return what a note says of a log; raise UserError where it is no checkpoint."""
    lines = note.text.split("\n")[:-1]
    root = from_base64(lines[2]) if len(lines) > 2 else None
    if (
        not all(lines)
        or root is None
        or len(root) != ROOT_LENGTH
        or not TREE_SIZE.fullmatch(lines[1])
    ):
        raise UserError(Problem(path, None, "", NO_CHECKPOINT))
    return Checkpoint(lines[0], int(lines[1]), root, note, path)
