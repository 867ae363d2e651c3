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


class Lines:
    """Writes a line every ten seconds to standard error, where something was done."""

    wants_total = False

    def __init__(self) -> None:
        self._doing, self._rest = "", ""
        self._done = self._here = self._rejected = 0
        self._began = self._said = time.monotonic()

    def begin(self, doing: str, total: int | None, done: int = 0, rejected: int = 0) -> None:
        """Start counting for a stage."""
        self._doing, self._rest = doing, "" if total is None else f" of {total:,}"
        self._done, self._here, self._rejected = done, 0, rejected
        self._began = self._said = time.monotonic()

    def advance(self, rows: int, rejected: int) -> None:
        """Count, and say so where it is time."""
        self._done, self._here = self._done + rows, self._here + rows
        self._rejected += rejected
        now = time.monotonic()
        if now - self._said >= EVERY:
            self._said = now
            rate = _rate(self._here, self._began)
            said = _said(self._done, self._rest, rate, self._rejected)
            sys.stderr.write(f"tunewise: {self._doing}: {said}\n")
            sys.stderr.flush()

    def end(self) -> None:
        """Say nothing more."""


class Terminal:
    """Shows a bar with rows, rate, rejects and the time left on standard error."""

    wants_total = True

    def __init__(self) -> None:
        self._bars = _bars()
        self._done = self._here = self._rejected = 0
        self._began = time.monotonic()
        self._bars.start()

    def begin(self, doing: str, total: int | None, done: int = 0, rejected: int = 0) -> None:
        """Show a new bar in the old one's place."""
        for stage in self._bars.task_ids:
            self._bars.remove_task(stage)
        self._done, self._here, self._rejected = done, 0, rejected
        self._began = time.monotonic()
        self._bars.add_task(doing, total=total, completed=done, said="")

    def advance(self, rows: int, rejected: int) -> None:
        """Move the bar."""
        self._done, self._here = self._done + rows, self._here + rows
        self._rejected += rejected
        said = _said(self._done, "", _rate(self._here, self._began), self._rejected)
        self._bars.update(self._bars.task_ids[-1], advance=rows, said=said)

    def end(self) -> None:
        """Take the bar away."""
        self._bars.stop()


def _said(done: int, of: str, rate: float, rejected: int) -> str:
    """Return the rows done, the rate, and the rejects where there are any."""
    rejects = f", {rejected:,} rejected" if rejected else ""
    return f"{done:,}{of} rows, {rate:,.0f} a second{rejects}"


def _rate(rows: int, began: float) -> float:
    """Return the rows a second since then."""
    return rows / max(time.monotonic() - began, 1e-9)


def progress(quiet: bool) -> Progress:
    """Return who tells of the progress: nobody where quiet, else as standard error allows."""
    if quiet:
        return Silence()
    return Terminal() if sys.stderr.isatty() else Lines()


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
