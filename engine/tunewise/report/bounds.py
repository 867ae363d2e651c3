"""Keeps foreign templates within bounds of time and memory."""

from __future__ import annotations

import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

SECONDS = 20.0
"""How long a report may take; a shipped one takes a fraction of a second."""
BYTES = 1 << 30
"""How much memory a report may take on top of what is in use."""


class TookTooLong(Exception):
    """The time is up."""


@contextmanager
def bounded(seconds: float = SECONDS, memory: int = BYTES) -> Iterator[None]:
    """Run the body within bounds; raise TookTooLong or MemoryError in it where it exceeds them.

    Both bounds are the process's, so they hold in the main thread alone; memory is bounded where the system
    tells how much is in use.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    before = signal.signal(signal.SIGALRM, _late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (_limit(memory, soft), hard))
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _late(number: int, frame: FrameType | None) -> None:
    raise TookTooLong


def _limit(memory: int, soft: int) -> int:
    """Return the limit of address space, no wider than the one that stands."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return soft
    limit = pages * resource.getpagesize() + memory
    return limit if soft == resource.RLIM_INFINITY else min(limit, soft)
