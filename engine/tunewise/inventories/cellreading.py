"""How the cells of one column are read: in which unit, with which commas, and which words stand for what."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Literal

from tunewise.cases.written import Commas, NumberStyle
from tunewise.knowledge.conditions import Value

SKIP: Literal["skip"] = "skip"
"""What a mapping file says of words that mark a row as no case."""
ANYTHING = "*"


def folded_words(text: str) -> str:
    """Return words as patterns are compared with them: case and spacing aside."""
    return " ".join(text.casefold().split())


@dataclass(frozen=True)
class Patterns:
    """Words with `*` for anything; the first that is alike counts, one without `*` before all others."""

    words: tuple[str, ...]

    @cached_property
    def _exact(self) -> dict[str, int]:
        return {folded_words(word): at for at, word in reversed([*enumerate(self.words)])}

    @cached_property
    def _wild(self) -> list[tuple[int, re.Pattern[str]]]:
        return [(at, _pattern(w)) for at, w in enumerate(self.words) if ANYTHING in w]

    def find(self, text: str) -> int | None:
        """Return which of the words a text is, None where it is none."""
        said = folded_words(text)
        if said in self._exact:
            return self._exact[said]
        return next((at for at, pattern in self._wild if pattern.fullmatch(said)), None)


def _pattern(words: str) -> re.Pattern[str]:
    parts = folded_words(words).split(ANYTHING)
    return re.compile(".*".join(map(re.escape, parts)), re.DOTALL)


NO_PATTERNS = Patterns(())


@dataclass(frozen=True)
class CellReading:
    """How a column's cells are read: `meant` is what each of the words stands for, None for unknown.

    A number is multiplied by the `factor`, unless it names a unit itself. `skips` are words of rows that are no cases.
    """

    factor: Fraction = Fraction(1)
    commas: Commas = "thousands"
    words: Patterns = NO_PATTERNS
    meant: tuple[Value | None, ...] = ()
    unknown: Patterns = NO_PATTERNS
    skips: Patterns = NO_PATTERNS
    style: NumberStyle = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "style", NumberStyle(self.factor, self.commas))

    @cached_property
    def plain(self) -> bool:
        """Whether cells are read as they stand."""
        return self == PLAIN_READING

    def skipped(self, text: str) -> bool:
        """Whether a cell marks its row as no case."""
        return self.skips.find(text) is not None

    def meaning(self, text: str) -> tuple[bool, Value | None]:
        """Return whether a mapping says what a text means, and what it does."""
        if (at := self.words.find(text)) is not None:
            return True, self.meant[at]
        return self.unknown.find(text) is not None, None


PLAIN_READING = CellReading()


def patterns(words: Iterable[str]) -> Patterns:
    """Return some words to compare texts with."""
    return Patterns(tuple(words))
