"""Waits for a log that another program holds, for so long and no longer."""

from __future__ import annotations

import fcntl
import os
import re
import time
from pathlib import Path
from typing import IO, Any

from tunewise.errors import Problem, UserError

LOCK_SECONDS = 60
"""Seconds after which whoever holds a log is taken to have stopped; the longest append takes a few."""
PAUSE = 0.02
HOLDER = re.compile(r"^\d+: FLOCK\s+ADVISORY\s+\w+ (\d+) \w+:\w+:(\d+) ", re.MULTILINE)


def lock(file: IO[Any], kind: int, path: str) -> None:
    """Take a lock of a kind, fcntl.LOCK_SH or LOCK_EX; raise UserError where another program does not let go of it.

    Raises OSError where the file system has no locks.
    """
    end = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > end:
                raise _held(file, path) from None
            time.sleep(PAUSE)


def _held(file: IO[Any], path: str) -> UserError:
    holder = _holder(os.fstat(file.fileno()).st_ino)
    by = "another program" if holder is None else f"process {holder}"
    return UserError(Problem(path, None, "", f"is held by {by} for more than {LOCK_SECONDS} s"))


def _holder(inode: int) -> int | None:
    """Return the process that holds a file, where the system tells."""
    try:
        held = Path("/proc/locks").read_text("ascii")
    except OSError:
        return None
    return next((int(one[1]) for one in HOLDER.finditer(held) if int(one[2]) == inode), None)
