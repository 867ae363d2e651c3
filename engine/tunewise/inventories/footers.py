"""Rows that are no use cases though they stand below them: totals, sources, notes."""

from __future__ import annotations

import re

import numpy as np

from tunewise.inventories.raw import RawChunk, cell_text

FOOTER = "reads like a total or a note below the table, not like a use case"
PASSED_OVER = "use cases; skip_rows of a mapping file passes such rows over"
EMPTY_CELLS = (None, "")
MOST_FILLED = 2
"""Cells that a note or a sum fills at most."""
TOTAL_WORDS = frozenset(
    ["total", "totals", "subtotal", "sum", "gesamt", "summe", "totaal", "somme", "totale", "suma"]
) | {"grand total", "sub-total", "total general", "total général"}  # fmt: skip
LONGEST_TOTAL = 20
"""Characters of such a word with what may stand around it."""
_NOTE = re.compile(
    r"(sources?|notes?|remarks?|legend|disclaimer|quelle|anmerkung|hinweis|stand|bron|fuente|nota|fonte)\s*[:.]"
    r"|(grand |sub)?totals?\s*(:|=|\(|use cases|number|[0-9])"
    r"|(last updated|as of|updated|page|seite)\s*:?\s*[0-9]"
    r"|(generated|exported|created|prepared|compiled)\s+(on|by|from|with|at)\b"
    r"|[*†‡]+\s*\S|©",
    re.IGNORECASE,
)


def footer_rows(chunk: RawChunk, name: int | None) -> dict[int, str]:
    """Return the footers of a chunk by their place, with the text that tells; `name` is the place of the names."""
    found = _totals(chunk, name)
    if len(chunk.columns) < MOST_FILLED:
        return found
    filled = np.zeros(len(chunk.rows), np.int64)
    for column in chunk.columns:
        says = np.asarray([cell not in EMPTY_CELLS for cell in column.cells], np.int64)
        filled += says[column.codes]
        if (filled > MOST_FILLED).all():
            return found  # as in most chunks after some columns
    sparse = (filled <= MOST_FILLED) & (filled < len(chunk.columns))
    for row in np.flatnonzero(sparse).tolist():
        text = _first(chunk, row)
        if _NOTE.match(text):
            found.setdefault(row, text)
    return found


def _totals(chunk: RawChunk, name: int | None) -> dict[int, str]:
    """Return the rows that are called a total."""
    if name is None:
        return {}
    column = chunk.columns[name]
    said = {
        at: cell
        for at, cell in enumerate(column.cells)
        if isinstance(cell, str) and len(cell) < LONGEST_TOTAL and _word(cell) in TOTAL_WORDS
    }
    if not said:
        return {}
    rows = np.flatnonzero(np.isin(column.codes, np.fromiter(said, np.int32, len(said))))
    return {row: said[int(column.codes[row])] for row in rows.tolist()}


def is_note(text: str) -> bool:
    """Whether a text is a total or a note, where it stands alone in its row."""
    return bool(_NOTE.match(text)) or _word(text) in TOTAL_WORDS


def _word(text: str) -> str:
    return text.strip(" :*").casefold()


def _first(chunk: RawChunk, row: int) -> str:
    """Return the first text of a row."""
    texts = (cell_text(c.cells[c.codes[row]]).strip() for c in chunk.columns)
    return next(filter(None, texts), "")
