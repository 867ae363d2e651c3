"""Appends records to a log: all or none, safely beside other writers, behind the last whole one."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tunewise.errors import Problem, UserError
from tunewise.log.chain import now, sealed
from tunewise.log.locking import lock
from tunewise.log.reading import MAX_RECORD, STARTS, Seal, seal_of

TAIL_BYTES = 65_536
"""Bytes that are read from the end of a log at first, to find its last record."""
MENDED = (
    "the last record was not written to its end and is lost ({} bytes); all before it are whole"
)
COMPLETED = "the last record lacked its end of line, which was added"
NOT_A_LOG = "is not a decision log, so nothing is appended to it"
LAST_RECORD_ALTERED = (
    "its last record was altered, so nothing is appended; see 'tunewise audit verify'"
)


def append(path: str, contents: Iterable[bytes]) -> str | None:
    """Append a record for each content, all or none; return what a crash had left and was mended, in one line.

    A content is what `audit.record.encoded` gives. Each record names the digest of the one before it. Raises
    UserError where the file cannot be written, and where it does not end in a whole record of such a log.
    """
    try:
        if os.path.lexists(path) and not Path(path).is_file():
            raise UserError(Problem(path, None, "", "cannot be written: not a file"))
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        with os.fdopen(handle, "r+b", buffering=0) as file:
            lock(file, fcntl.LOCK_EX, path)
            last, end, torn = _tail(file)
            previous = _digest(last, path) if end else None
            mended, patch = _mended(torn, previous, path)
            if patch:
                end, previous = end + len(torn), _digest(torn, path)
            data = patch + _lines(contents, previous)
            if data or torn:
                _write(file, end, data)
            if data and not end:
                _settle(path)
            return mended
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(Problem(path, None, "", f"cannot be written: {reason}")) from None


def _lines(contents: Iterable[bytes], previous: str | None) -> bytes:
    lines, written = [], now()
    for content in contents:
        line, previous = sealed(content, written, previous)
        lines.append(line)
    return b"".join(lines)


def _tail(file: Any) -> tuple[bytes, int, bytes]:
    """Return the last whole line without its newline, where it ends, and what stands behind it."""
    size = file.seek(0, os.SEEK_END)
    length = TAIL_BYTES
    while True:
        start = max(0, size - length)
        file.seek(start)
        tail = _read(file, size - start)
        close = tail.rfind(b"\n")
        opening = tail.rfind(b"\n", 0, max(close, 0))
        if start == 0 or opening >= 0:
            return tail[opening + 1 : max(close, 0)], start + close + 1, tail[close + 1 :]
        if length > MAX_RECORD:
            return tail, size, b""  # a line longer than any record
        length *= 8


def _read(file: Any, length: int) -> bytes:
    parts = []
    while length > 0 and (part := file.read(length)):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _digest(line: bytes, path: str) -> str:
    """Return the digest of a log's last record; raise UserError where it is none, or altered."""
    seal = seal_of(line) if line.startswith(STARTS) else None
    if seal is None:
        raise UserError(Problem(path, None, "", NOT_A_LOG))
    if not _whole(line, seal):
        raise UserError(Problem(path, None, "", LAST_RECORD_ALTERED))
    return seal.digest


def _whole(line: bytes, seal: Seal) -> bool:
    return hashlib.sha256(line[: seal.covered_end]).hexdigest() == seal.digest


def _mended(torn: bytes, previous: str | None, path: str) -> tuple[str | None, bytes]:
    """Return what to say of a line without an end, and what completes it where it is a whole record.

    A system that stops may leave zeros where it did not come to write.
    """
    if not torn:
        return None, b""
    begun = torn.rstrip(b"\0")
    if not any(start.startswith(begun[: len(start)]) for start in STARTS):
        raise UserError(Problem(path, None, "", NOT_A_LOG))
    seal = seal_of(torn)
    if seal is not None and seal.previous == previous and _whole(torn, seal):
        return COMPLETED, b"\n"
    return MENDED.format(f"{len(torn):,}"), b""


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


def _settle(path: str) -> None:
    """Have the system keep the name of a new log, too."""
    handle = os.open(Path(path).absolute().parent, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # not every file system syncs folders
            os.fsync(handle)
    finally:
        os.close(handle)
