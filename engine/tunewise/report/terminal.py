"""Sets text for the terminal: wraps it, aligns its columns, colours it where colour is wanted.

A text is lines of rich's markup. Leading spaces indent, wrapped lines included; a line `---` is a rule; tabs part
columns, and adjacent lines with as many tabs make one table, whose columns of numbers stand to the right and whose
empty ones are left out. A unit separator breaks a line within a
paragraph or cell.
"""

from __future__ import annotations

import io
import itertools
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.errors import MarkupError
from rich.markup import escape
from rich.text import Text
from rich.theme import Theme

NARROWEST, WIDEST, ELSEWHERE = 40, 110, 80
"""Columns: the least and most that a terminal's width is taken for, and the width of a file or a pipe."""
GUTTER, BREAK = 2, "\x1f"
NUMBER = re.compile(r"[-+−<~]?(?:\$|[A-Z]{3} )?\d[\d,.]*(?:%|k|m|bn)?\Z")
# The sixteen colours alone: a terminal's own scheme keeps them legible on light and dark.
THEME = Theme(
    {
        "heading": "bold",
        "accent": "bold cyan",
        "label": "cyan",
        "for": "cyan",
        "against": "yellow",
        "veto": "red",
        "quiet": "dim",
    }
)

__all__ = ["MarkupError", "coloured", "escape", "laid_out", "terminal_width"]


def coloured() -> bool:
    """Return whether standard output wants colour: a terminal does, and whatever FORCE_COLOR is set for."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") != "0" or os.environ.get("CLICOLOR_FORCE", "0") != "0":
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def terminal_width() -> int:
    """Return how many columns standard output is set in: a terminal's own, elsewhere those of COLUMNS."""
    if not sys.stdout.isatty() and not os.environ.get("COLUMNS"):
        return ELSEWHERE
    wide = shutil.get_terminal_size((ELSEWHERE, 24)).columns
    return max(NARROWEST, min(WIDEST, wide))


def laid_out(text: str, width: int = ELSEWHERE, colour: bool = False) -> str:
    """Return a text set in that many columns; raise MarkupError where a tag is closed that none opened."""
    file = io.StringIO()
    console = Console(
        file=file,
        width=width,
        theme=THEME,
        force_terminal=colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
        _environ={},
    )
    lines = Text("\n", end="").join(_lines(text, console))
    console.print(lines, soft_wrap=True)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def _lines(text: str, console: Console) -> Iterator[Text]:
    for (tabs, indent), group in itertools.groupby(text.removesuffix("\n").split("\n"), _shape):
        room = max(console.width - indent, 1)
        margin = Text(" " * indent)
        rows = [[_marked(cell) for cell in line.split("\t")] for line in group]
        lines = _table(rows, room, console) if tabs else _paragraphs(rows, room, console)
        yield from (margin + line if indent else line for line in lines)


def _shape(line: str) -> tuple[int, int]:
    return line.count("\t"), len(line) - len(line.lstrip(" "))


def _marked(text: str) -> Text:
    broken = text.strip().replace(BREAK, "\n")
    return Text.from_markup(broken, emoji=False, overflow="fold", end="")


def _paragraphs(rows: list[list[Text]], room: int, console: Console) -> Iterator[Text]:
    for [paragraph] in rows:
        if paragraph.plain == "---":
            yield Text("─" * room, "quiet")
        else:
            yield from _wrapped(paragraph, room, console)


def _wrapped(text: Text, room: int, console: Console) -> list[Text]:
    lines = text.split("\n", allow_blank=True)
    return [part for line in lines for part in _fitted(line, room, console)]


def _fitted(line: Text, room: int, console: Console) -> list[Text]:
    return [line] if line.cell_len <= room else list(line.wrap(console, room, overflow="fold"))


def _table(rows: list[list[Text]], room: int, console: Console) -> Iterator[Text]:
    columns = [column for column in zip(*rows, strict=True) if any(cell.plain for cell in column)]
    natural = [max(map(_widest, column)) for column in columns]
    widths = _widths(natural, [max(map(_longest, column)) for column in columns], room)
    right = [_numeric(column) for column in columns]
    for row in zip(*columns, strict=True):
        cells = [_wrapped(*pair, console) for pair in zip(row, widths, strict=True)]
        for parts in itertools.zip_longest(*cells, fillvalue=Text()):
            yield _joined(parts, widths, right)


def _joined(parts: Sequence[Text], widths: list[int], right: list[bool]) -> Text:
    line = Text()
    for part, width, numeric in zip(parts, widths, right, strict=True):
        gap = " " * (width - part.cell_len)
        line.append(gap if numeric else "").append_text(part)
        line.append("" if numeric else gap).append(" " * GUTTER)
    line.rstrip()
    return line


def _widest(cell: Text) -> int:
    """Return the columns of the longest line."""
    return max(map(cell_len, cell.plain.split("\n")))


def _longest(cell: Text) -> int:
    """Return the columns of the longest word."""
    return max((cell_len(word) for word in cell.plain.split()), default=0)


def _widths(natural: list[int], words: list[int], room: int) -> list[int]:
    """Return the columns' widths: the widest give way, evenly, until all fit; never below one.

    None gives way below its longest word, unless they do not fit otherwise.
    """
    room -= GUTTER * (len(natural) - 1)
    whole = _narrowed(natural, words, room)
    return whole if sum(whole) <= room else _narrowed(natural, [1] * len(natural), room)


def _narrowed(natural: list[int], least: list[int], room: int) -> list[int]:
    widths, most = natural, min(max(natural), room + 1)  # none is wider than the room in the end
    while sum(widths) > room and most > 1:
        most -= 1
        widths = [max(min(width, most), end) for width, end in zip(natural, least, strict=True)]
    return [max(width, 1) for width in widths]


def _numeric(column: Iterable[Text]) -> bool:
    cells = [cell.plain.partition("\n")[0] for cell in column if cell.plain]
    return sum(bool(NUMBER.match(cell)) for cell in cells) * 2 > len(cells)
