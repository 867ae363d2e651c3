"""Appends decisions to a log: one record a line, each with its own digest and that of the one before it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from tunewise.errors import Problem, UserError

SCHEMA = "tunewise.record/1"
START = b'{"schema": "tunewise.record/1"'
"""How every record begins, so that a torn first line is told from a file that is no log."""
MAX_RECORD = 64_000_000
"""Bytes of one record; no case comes near."""


def append(path: str, decisions: Iterable[dict[str, Any]]) -> None:
    """Append a record for each decision, all or none, safely beside other writers.

    A last line that a crash left unfinished was never a whole record and is cut off. Raises UserError where the
    file cannot be written, or does not end in a record of such a log.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        with os.fdopen(handle, "r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            end, previous = _end(file, path)
            _write(file, end, _lines(decisions, previous))
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(Problem(path, None, "", f"cannot be written: {reason}")) from None


def digest(record: dict[str, Any]) -> str:
    """Return the SHA-256 of a record without its own digest, as canonical JSON."""
    rest = {key: value for key, value in record.items() if key != "digest"}
    text = json.dumps(rest, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _lines(decisions: Iterable[dict[str, Any]], previous: str | None) -> bytes:
    lines = []
    for decision in decisions:
        written = datetime.now(UTC).isoformat(timespec="seconds")
        record = {
            "schema": SCHEMA,
            "written": written,
            "previous": previous,
            "decision": decision,
        }
        previous = digest(record)
        lines.append(json.dumps({**record, "digest": previous}, ensure_ascii=False) + "\n")
    return "".join(lines).encode()


def _write(file: Any, end: int, data: bytes) -> None:
    """Write behind the last whole record; take back what was written where the disk is full."""
    try:
        file.truncate(end)
        file.seek(end)
        view = memoryview(data)
        while view:
            view = view[file.write(view) :]
        os.fsync(file.fileno())
    except BaseException:
        file.truncate(end)
        raise


def _end(file: Any, path: str) -> tuple[int, str | None]:
    """Return where the last whole record ends, and its digest."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - MAX_RECORD))
    tail = file.read()
    whole = tail[: tail.rfind(b"\n") + 1]
    end = size - len(tail) + len(whole)
    if not whole:
        if not START.startswith(tail[: len(START)]):
            raise _foreign(path)
        return 0, None
    return end, _digest_of(whole[whole.rfind(b"\n", 0, -1) + 1 :], path)


def _digest_of(line: bytes, path: str) -> str:
    try:
        record = json.loads(line)
        if record["schema"] == SCHEMA and isinstance(record["digest"], str):
            return str(record["digest"])
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise _foreign(path)


def _foreign(path: str) -> UserError:
    return UserError(Problem(path, None, "", "is not a decision log, so nothing is appended to it"))
