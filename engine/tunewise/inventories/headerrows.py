"""Finds the row with the names of the columns: often the first, in many registers below a title or a banner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tunewise.errors import shown
from tunewise.inventories.raw import Cell, cell_text

LOOKED_AT = 40
"""Rows from the top among which the names are looked for."""
WIDTH = 0.6
"""What part of the widest row the names fill at least."""
LONGEST_NAME = 1_000
EXAMPLES = 3
MANY = 2
"""Names that a header has at least, where it does not stand in the first row."""


@dataclass(frozen=True, slots=True)
class FoundHeader:
    """A row that seems to hold the names of the columns: its number, counted from 1, and the known names in it."""

    row: int
    names: int
    known: tuple[str, ...]

    def hint(self) -> str:
        """Return what a person can do with it."""
        some = f", {', '.join(map(shown, self.known[:EXAMPLES]))} among them" if self.known else ""
        return f"row {self.row} has {self.names} names{some}: --header-row {self.row}"


def misplaced(
    row: int, header: Sequence[str], found: FoundHeader | None, knows: Callable[[str], bool]
) -> str:
    """Return the hint where the names do not seem to stand in a row, but in another below it; else an empty text."""
    if found is None or found.row <= row or found.names < MANY:
        return ""
    names = set(filter(None, (name.strip() for name in header)))
    known = sum(map(knows, names))
    narrow = len(names) < WIDTH * found.names and len(found.known) >= known
    return found.hint() if narrow or (found.known and not known) else ""


def find_header(
    rows: Sequence[tuple[int, Sequence[Cell]]], knows: Callable[[str], bool]
) -> FoundHeader | None:
    """Return which of the first rows holds the names: the first that is about as wide as any, and all texts.

    Of several the one with most known names is taken. None where no row is alike.
    """
    told = [(number, [cell_text(cell).strip() for cell in cells], cells) for number, cells in rows]
    widest = max((len(set(filter(None, texts))) for _, texts, _ in told), default=0)
    found = [
        FoundHeader(
            number, len(set(filter(None, texts))), tuple(filter(knows, filter(None, texts)))
        )
        for number, texts, cells in told
        if _names(texts, cells) and len(set(filter(None, texts))) >= max(WIDTH * widest, 1)
    ]
    return max(found, key=lambda one: (len(one.known), -one.row), default=None)


def _names(texts: Sequence[str], cells: Sequence[Cell]) -> bool:
    """Whether all that stands in a row can be names: texts, none of them a number, hardly any twice."""
    said = [text for text in texts if text]
    numbers = any(isinstance(cell, int | float) for cell in cells)
    digits = sum(text.replace(".", "").replace(",", "").isdigit() for text in said)
    twice = sum(one == other for one, other in pairwise(sorted(said)))
    long = any(len(text) > LONGEST_NAME for text in said)
    return bool(said) and not numbers and not digits and not long and twice * 5 <= len(said)
