"""Takes the harm out of cells that a spreadsheet would run as a formula."""

from __future__ import annotations

import re

_STARTS = "=+-@\t\r\n＝＋－＠"
_NUMBER = re.compile(r"[-+]?[0-9][0-9.,]*([eE][-+]?[0-9]+)?%?")


def escape_formula(text: str) -> str:
    """Return a text that no spreadsheet runs: an apostrophe before what starts like a formula.

    Numbers and lone signs stay as they are; a sign behind spaces counts as a start, since importers may trim.
    """
    bare = text.lstrip(" ")
    if not bare or bare[0] not in _STARTS or len(bare) == 1 or _NUMBER.fullmatch(bare):
        return text
    return f"'{text}"
