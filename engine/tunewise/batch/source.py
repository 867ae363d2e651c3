"""The bytes of an inventory: kept where they come through a pipe, and known again by their digest."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tunewise.errors import Problem, UserError

BLOCK = 1 << 20
LARGEST = 1 << 34
"""Bytes that are kept of standard input: 16 GiB, more than a run of rows could be worth."""
STDIN = "-"


@dataclass(frozen=True, slots=True)
class Digest:
    """How many bytes a file holds, and their SHA-256."""

    size: int
    sha256: str


def digest_of(path: Path) -> Digest:
    """Return the digest of a file; raise UserError where it cannot be read."""
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            return Digest(file.tell(), sha256)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(Problem(str(path), None, "", f"cannot be read: {reason}")) from None


def spool(stream: BinaryIO, target: Path) -> Path:
    """Keep what comes through a stream in a file, and return the file.

    What was kept before stays as it is: it counts where nothing comes, or from a terminal; else what comes is kept
    beside it. Raises UserError where too much comes, OSError where it cannot be kept.
    """
    kept = target.exists()
    if kept and stream.isatty():
        return target
    draft = target.with_suffix(".draft")
    _copy(stream, draft)
    if kept:
        return draft if draft.stat().st_size else target
    return draft.replace(target)


def _copy(stream: BinaryIO, draft: Path) -> None:
    size = 0
    with draft.open("wb") as file:
        while block := stream.read(BLOCK):
            size += len(block)
            if size > LARGEST:
                message = f"is larger than the {LARGEST:,} bytes that are kept; give it as a file"
                raise UserError(Problem("standard input", None, "", message))
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
