"""Takes the harm out of cells that a spreadsheet would run as a formula."""

from __future__ import annotations

import re

_STARTS = "=+-@\t\r\n＝＋－＠"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_NUMBER = re.compile(r"[-+]?[0-9][0-9.,]*([eE][-+]?[0-9]+)?%?")


def _visible(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


def escape_formula(text: str) -> str:
    """Return a text that no spreadsheet runs: an apostrophe before what starts like a formula.

    Characters that steer a terminal or turn the direction of writing are made visible, line ends and tabs aside.
    Numbers and lone signs stay as they are; a sign behind spaces counts as a start, since importers may trim.
    """
    text = _CONTROL.sub(_visible, text)
    bare = text.lstrip(" ")
    if not bare or bare[0] not in _STARTS or len(bare) == 1 or _NUMBER.fullmatch(bare):
        return text
    return f"'{text}"
