"""Tells how far a run is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

EVERY = 10.0
"""Seconds between two lines where there is no terminal."""


class Progress(Protocol):
    """Is told how far a run is; `wants_total` tells whether it can use the number of rows."""

    wants_total: bool

    def begin(self, doing: str, total: int | None, done: int = 0, rejected: int = 0) -> None:
        """Begin a stage: what it does, how many rows it has (None where nobody knows), how many are done."""

    def advance(self, rows: int, rejected: int) -> None:
        """Count rows that are done, and those of them that were rejected."""

    def end(self) -> None:
        """Stop showing anything."""


class Silence:
    """Says nothing."""

    wants_total = False

    def begin(self, doing: str, total: int | None, done: int = 0, rejected: int = 0) -> None:
        """Say nothing."""

    def advance(self, rows: int, rejected: int) -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""


class _Stage:
    """Counts the rows of a stage: all that are done, those that were done before it left out of the rate."""

    def __init__(self, done: int = 0, rejected: int = 0) -> None:
        self._done = self._before = done
        self._rejected = rejected
        self._began = time.monotonic()

    def add(self, rows: int, rejected: int) -> None:
        self._done += rows
        self._rejected += rejected

    def said(self, of: str = "") -> str:
        """Return the rows done, the rate, and the rejects where there are any."""
        rate = (self._done - self._before) / max(time.monotonic() - self._began, 1e-9)
        rejects = f", {self._rejected:,} rejected" if self._rejected else ""
        return f"{self._done:,}{of} rows, {rate:,.0f} a second{rejects}"


class ProgressLines(Silence):
    """Writes a line every ten seconds to standard error, where something was done."""

    def begin(self, doing: str, total: int | None, done: int = 0, rejected: int = 0) -> None:
        """Start counting for a stage."""
        self._doing, self._of = doing, "" if total is None else f" of {total:,}"
        self._stage, self._told = _Stage(done, rejected), time.monotonic()

    def advance(self, rows: int, rejected: int) -> None:
        """Count, and say so where it is time."""
        self._stage.add(rows, rejected)
        now = time.monotonic()
        if now - self._told >= EVERY:
            self._told = now
            sys.stderr.write(f"tunewise: {self._doing}: {self._stage.said(self._of)}\n")
            sys.stderr.flush()


class ProgressBar:
    """Shows a bar with rows, rate, rejects and the time left on standard error."""

    wants_total = True

    def __init__(self) -> None:
        self._bars = _bars()
        self._bars.start()

    def begin(self, doing: str, total: int | None, done: int = 0, rejected: int = 0) -> None:
        """Show a new bar in the old one's place."""
        for stage in self._bars.task_ids:
            self._bars.remove_task(stage)
        self._stage = _Stage(done, rejected)
        self._bars.add_task(doing, total=total, completed=done, said="")

    def advance(self, rows: int, rejected: int) -> None:
        """Move the bar."""
        self._stage.add(rows, rejected)
        self._bars.update(self._bars.task_ids[-1], advance=rows, said=self._stage.said())

    def end(self) -> None:
        """Take the bar away."""
        self._bars.stop()


def progress_for(quiet: bool) -> Progress:
    """Return who tells of the progress: nobody where quiet, else as standard error allows."""
    if quiet:
        return Silence()
    return ProgressBar() if sys.stderr.isatty() else ProgressLines()


def _bars() -> Bars:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[said]}"),
        TimeRemainingColumn(compact=True),
        console=Console(stderr=True),
        transient=True,
    )
