"""Rows of an inventory that could not be accepted: what is wrong with each, and what would be right."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tunewise.errors import harmless

COLUMNS = ("row", "column", "value", "reason", "allowed")
SHOWN_CELL = 200
"""Characters of a cell that a reject repeats."""
PARTICULAR = re.compile(r"[:'\d]")
"""What begins the part of a reason that is the row's own: a value, a number, or what follows a colon."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One problem of one row; `row` counts from 1 without the header, `value` is shown on one line."""

    row: int
    column: str
    value: str
    reason: str
    allowed: str


@dataclass(frozen=True, slots=True)
class RejectReason:
    """Problems of one kind: how many, what would be right, and the first of them."""

    count: int
    example: Reject

    def __str__(self) -> str:
        what = f"{self.example.column}: " if self.example.column else ""
        times = "once" if self.count == 1 else f"{self.count:,} times, first"
        return f"{what}{times} in row {self.example.row:,}: {self.example.reason}"


RejectKind = tuple[str, str, str]
"""A column, what would have been right in it, and in general words what is wrong."""


class RejectTally:
    """Counts rejects by kind, however many there are."""

    def __init__(self) -> None:
        self._counts: dict[RejectKind, int] = {}
        self._first: dict[RejectKind, Reject] = {}

    def add(self, rejects: Iterable[Reject]) -> None:
        """Count some more, in the order of the input."""
        for reject in rejects:
            key = _key(reject)
            self._first.setdefault(key, reject)
            self._counts[key] = self._counts.get(key, 0) + 1

    def merge(self, reasons: Iterable[RejectReason]) -> None:
        """Count what another tally met in rows behind these."""
        for reason in reasons:
            self.add([reason.example])
            self._counts[_key(reason.example)] += reason.count - 1

    def met(self) -> tuple[RejectReason, ...]:
        """Return the reasons in the order in which they were met."""
        return tuple(RejectReason(count, self._first[key]) for key, count in self._counts.items())

    def reasons(self) -> tuple[RejectReason, ...]:
        """Return the reasons, the most frequent first."""
        return tuple(sorted(self.met(), key=lambda reason: -reason.count))


def _key(reject: Reject) -> RejectKind:
    return reject.column, reject.allowed, PARTICULAR.split(reject.reason, maxsplit=1)[0]


def shortened_cell(text: str) -> str:
    """Return a cell as a reject repeats it: on one line, cut where it is long."""
    text = harmless(text[: SHOWN_CELL + 1])
    return text if len(text) <= SHOWN_CELL else text[: SHOWN_CELL - 1] + "…"
