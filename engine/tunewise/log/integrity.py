"""Keeps count, while a log is read, of what in it does not hold: whoever shows records must not vouch for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tunewise.log.reading import LogEntry

NAMED_LINES = 5
"""Lines that are named; of more their number is said."""


@dataclass
class IntegrityProblems:
    """Lines that are no records, and records that do not hold their digest or their place in the chain."""

    unread: list[int] = field(default_factory=list)
    unsound: list[int] = field(default_factory=list)

    def take(self, entry: LogEntry) -> None:
        """Look at one line."""
        if entry.record is None and not entry.aside:
            self.unread.append(entry.line)
        elif entry.findings:
            self.unsound.append(entry.line)

    def said(self) -> str:
        """Return in one line what does not hold, '' where all does."""
        return "; ".join(self._parts())

    def _parts(self) -> Iterator[str]:
        if self.unsound:
            one = len(self.unsound) == 1
            verb = (
                "does not hold its digest or its" if one else "do not hold their digests or their"
            )
            yield f"{_lines('record', sorted(self.unsound))} {verb} place in the chain"
        if self.unread:
            verb = "is no record" if len(self.unread) == 1 else "are no records"
            yield f"{_lines('line', sorted(self.unread))} {verb}"


def _lines(noun: str, lines: list[int]) -> str:
    """Return lines by their numbers, or by how many they are."""
    if len(lines) == 1:
        return f"{noun} {lines[0]}"
    if len(lines) > NAMED_LINES:
        return f"{len(lines):,} {noun}s"
    return f"{noun}s {', '.join(map(str, lines[:-1]))} and {lines[-1]}"
