"""Looks at the first cells of a column: whether they fit a fact, how they write numbers, whether they count rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from tunewise.cases.written import NOT_KNOWN
from tunewise.errors import shown
from tunewise.inventories.raw import Cell, cell_text
from tunewise.inventories.values import value_of
from tunewise.knowledge.vocabulary import Fact

_WHOLE = re.compile(r"[0-9]{1,9}")
_A_NUMBER = re.compile(r"[^\w]{0,3}[0-9]")
_DECIMAL_COMMA = re.compile(
    r"[^0-9]{0,3}([0-9]{1,3}(\.[0-9]{3})+|[0-9]+),([0-9]{1,2}|[0-9]{4,})(?![0-9])\D*"
)


def counted_cells(cells: Sequence[Cell]) -> Counter[str]:
    """Return the different texts of some cells that say anything, with how many rows have each."""
    texts = (cell_text(cell).strip() for cell in cells)
    return Counter(text for text in texts if text and text.casefold() not in NOT_KNOWN)


def fits_fact(fact: Fact, cells: Sequence[Cell]) -> bool:
    """Whether at least half of the cells that say anything can be of a fact: its words, or any numbers."""
    said = counted_cells(cells)
    right = sum(count for text, count in said.items() if _alike(fact, text))
    return right * 2 >= said.total()


def _alike(fact: Fact, text: str) -> bool:
    return bool(_A_NUMBER.match(text)) if fact.numeric else is_value(fact, text)


def is_value(fact: Fact, text: str) -> bool:
    """Whether a text is a value of a fact."""
    try:
        return value_of(fact, text) is not None
    except ValueError:
        return False


def unfit_sentence(fact: Fact, name: str, cells: Sequence[Cell]) -> str:
    """Return why a column is not taken for a fact that its name may mean."""
    other = next(text for text in counted_cells(cells) if not _alike(fact, text))
    return (
        f"its values, such as {shown(other)}, do not fit '{fact.id}'; "
        f"--map '{name}={fact.id}' takes them all the same"
    )


def has_decimal_commas(cells: Sequence[Cell]) -> bool:
    """Whether a number among some cells has a comma that can only begin its decimals."""
    texts = (cell for cell in cells if isinstance(cell, str) and "," in cell)
    return any(_DECIMAL_COMMA.fullmatch(text.strip()) for text in texts)


def counts_up(cells: Sequence[Cell]) -> bool:
    """Whether a column counts the rows, from 0 or 1 on."""
    texts = [cell_text(cell).strip() for cell in cells]
    if not texts or not all(map(_WHOLE.fullmatch, texts)):
        return False
    first = int(texts[0])
    return first in (0, 1) and [int(text) for text in texts] == [*range(first, first + len(texts))]
