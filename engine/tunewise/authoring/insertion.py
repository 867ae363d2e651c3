"""Inserts lines at the end of a list or mapping in a YAML text, leaving every other line as it is."""

from __future__ import annotations

from dataclasses import dataclass

from tunewise.reading import Document, parse_yaml

NEWLINE = "\n"
ITEM_INDENT = "  "


@dataclass(frozen=True, slots=True)
class Inserted:
    """A text with lines inserted, and the number of the first of them, counted from 1."""

    text: str
    line: int


def inserted(text: str, place: str, key: str, part: list[str]) -> Inserted | None:
    """Return the text with lines added to what stands under a key of the top level.

    The lines are indented as the entries there. None where those stand in braces or brackets.
    """
    document = parse_yaml(text, place)
    if not isinstance(document.data, dict) or key not in document.data:
        return None
    end = NEWLINE if "\r\n" not in text else "\r\n"
    lines = text.split(NEWLINE)
    if lines[-1] == "":
        lines.pop()
    else:
        lines[-1] += end.removesuffix(NEWLINE)
    indent = _indent(document, key, lines)
    if indent is None:
        return None
    at = _end(document, key, lines)
    new = [f"{indent}{line}{end.removesuffix(NEWLINE)}" for line in part]
    return Inserted(NEWLINE.join([*lines[:at], *new, *lines[at:], ""]), at + 1)


def _indent(document: Document, key: str, lines: list[str]) -> str | None:
    """Return what stands before the first entry under a key, None where it is on the key's line."""
    entries = document.data[key]
    if not entries:
        return ITEM_INDENT if lines[_line(document, key) - 1].rstrip().endswith(":") else None
    first = next(iter(entries)) if isinstance(entries, dict) else 0
    line = document.lines.get((key, first))
    if line is None or line == document.lines[(key,)]:
        return None
    return lines[line - 1][: len(lines[line - 1]) - len(lines[line - 1].lstrip(" "))]


def _line(document: Document, key: str) -> int:
    return document.lines[(key,)]


def _end(document: Document, key: str, lines: list[str]) -> int:
    """Return the number of lines up to the end of what stands under a key."""
    later = [
        line
        for where, line in document.lines.items()
        if len(where) == 1 and line > _line(document, key)
    ]
    if not later:
        return len(lines)
    end = min(later) - 1
    while not lines[end - 1].strip() or lines[end - 1].startswith("#"):
        end -= 1
    return end
