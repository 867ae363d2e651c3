"""Lays questions out in lines: wrapped, cut to the terminal's width, and harmless."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable

from tunewise.cases.case import MAX_NAME
from tunewise.cases.written import accepted_spellings
from tunewise.errors import harmless
from tunewise.interview.course import AnswersSummary, Page
from tunewise.knowledge.vocabulary import Fact

WIDEST_LINE = 96
"""Columns that text is wrapped to at most; longer lines are hard to read."""
NARROW_TERMINAL = 60
"""Columns of a terminal below which labels and answers are not set in two columns."""
ROOMY = 12
"""Lines of a terminal beside the choices from which on a question has a blank line above it."""

HINTS = "← back  ? why  tab all answers  ctrl-d verdict  ctrl-c save and leave"
MARKING = "space mark   enter done   n none of these   d don't know"
UNMARKED = "Nothing is marked yet: mark with space, or press n where none applies."


def line_width() -> int:
    """Return the columns that text may take."""
    return max(20, min(_size().columns, WIDEST_LINE))


def _size() -> os.terminal_size:
    """Return the terminal's own size: COLUMNS and LINES may be those of another one."""
    try:
        return os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):
        return shutil.get_terminal_size()


def shorten_line(text: str, room: int) -> str:
    """Return text on one line, cut where it is longer than the room."""
    line = harmless(text)
    return line if len(line) <= room else line[: max(room - 1, 1)] + "…"


def wrapped(text: str) -> str:
    """Return text in lines that fit."""
    return _joined(textwrap.wrap(text, line_width() - 2))


def header(page: Page) -> str:
    """Return what stands above a question: where we are, and what its group is about."""
    at = f"question {page.progress.position} of about {page.progress.total}"
    lines = [f"{page.group.title} · {at}"]
    if page.heading and page.group.intro:
        lines += textwrap.wrap(page.group.intro, line_width())
    roomy = _size().lines - len(page.fact.values) > ROOMY
    return _joined([*([""] if roomy else []), *lines, "?"])


def words(page: Page, explained: bool) -> list[str]:
    """Return the help, and where it is to be explained the reason, the range and the sources."""
    fact = page.fact
    lines = [fact.help]
    if explained:
        lines += [f"Why we ask: {fact.why}"] if fact.why else []
        lines += [f"Takes {fact.range_words}; {accepted_spellings(fact)}."] if fact.numeric else []
        lines += [f"The question comes from: {'; '.join(page.sources)}."] if page.sources else []
    return list(filter(None, lines))


def keeping(page: Page) -> str:
    """Return what Enter alone does."""
    if not page.answered:
        return "Enter alone: don't know."
    if page.current is None:
        return "Now: don't know. Enter alone keeps it."
    return f"Now: {shorten_line(page.fact.say(page.current), 60)}. Enter alone keeps it; -: don't know."


def block(lines: Iterable[str]) -> str:
    """Return lines as they stand under a question: wrapped and indented."""
    parts = [part for line in lines for part in textwrap.wrap(line, line_width() - 3)]
    return "\n" + _joined(f"  {part}" for part in parts) if parts else " "


def hints(*lines: str) -> str:
    """Return lines as they stand under the choices."""
    return "\n   ".join(part for line in lines for part in textwrap.wrap(line, line_width() - 4))


def titles(fact: Fact) -> list[str]:
    """Return the allowed values with their meaning, in two columns."""
    column = max(map(len, fact.values.values()))
    lines = [f"{words:{column}}  {fact.means.get(id, '')}" for id, words in fact.values.items()]
    return [shorten_line(line.rstrip(), line_width() - 8) for line in lines]


def summary_table(summary: AnswersSummary) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the summary's answers as lines with their ids, under the titles of their groups."""
    narrow = line_width() < NARROW_TERMINAL
    column = 0 if narrow else max((len(row.label) for row in summary.rows), default=0)
    groups: dict[str, list[tuple[str, str]]] = {}
    for row in summary.rows:
        said = "(not asked yet)" if row.said is None else row.said
        line = shorten_line(f"{row.label:{column}}  {said}", line_width() - 4)
        groups.setdefault(shorten_line(f"── {row.group} ──", line_width() - 4), []).append(
            (row.id, line)
        )
    return list(groups.items())


def name_problem(text: str) -> bool | str:
    """Return True where a name will do, else what is wrong with it."""
    if not text.strip():
        return "A name helps to tell cases apart; any words do."
    return len(text) <= MAX_NAME or f"At most {MAX_NAME:,} characters, please."


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(map(harmless, lines))
