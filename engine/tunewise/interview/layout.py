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
from tunewise.interview.pages import AnswersSummary, Page, Settling
from tunewise.knowledge.vocabulary import Fact

WIDEST_LINE = 96
"""Columns that text is wrapped to at most; longer lines are hard to read."""
NARROW_TERMINAL = 60
"""Columns of a terminal below which labels and answers are not set in two columns."""
KEPT_FOR_CHOICES = 10
"""Lines of a terminal that help leaves to the question, its choices and the keys."""
ROOMY = 12
"""Lines of a terminal beside the choices from which on a question has a blank line above it."""

HINTS = (
    "← back  → forward  ? why  = verdict so far  tab all answers  ctrl-d end  ctrl-c save and leave"
)
CHOOSING = "digit or arrows point, enter answers"
MARKING = "space mark   enter done"
UNMARKED = (
    "Nothing is marked yet: mark with space what applies, or 'none of these', or 'don't know'."
)
MIXED = "'none of these' and 'don't know' stand alone: unmark them, or all else."
NO_ANSWER = "· no answer yet"
NOTHING_TYPED = "Type an answer, or - where you don't know."


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
    """Return what stands above a question: its group, and what is left to settle."""
    left, all_of_them = len(page.progress.open), page.progress.decisions
    what = f"{left} of {all_of_them} decisions open" if left else "for detail"
    lines = [f"{page.group.title} · {what}" if all_of_them else page.group.title]
    roomy = _size().lines - len(page.fact.values) > ROOMY
    return _joined([*([""] if roomy else []), *lines, "?"])


def progress_line(progress: Settling) -> str:
    """Return what is settled and what is open on one line: names as far as they fit, numbers for the rest."""
    parts = (("settled", progress.settled), ("firm", progress.firm), ("open", progress.open))
    held = [(word, list(names)) for word, names in parts if names]
    cut = dict.fromkeys((word for word, _ in held), 0)
    while len(line := _listed(held, cut)) > line_width() and any(len(n) > 1 for _, n in held):
        word, names = max(held, key=lambda part: len(part[1]))
        names.pop()
        cut[word] += 1
    return shorten_line(line, line_width())


def _listed(held: list[tuple[str, list[str]]], cut: dict[str, int]) -> str:
    more = {word: f" and {count} more" if count else "" for word, count in cut.items()}
    return "  " + " · ".join(f"{word}: {', '.join(names)}{more[word]}" for word, names in held)


def words(page: Page, explained: bool) -> list[str]:
    """Return the help, and where it is to be explained the reason, the range and the sources."""
    fact = page.fact
    lines = [fact.help]
    if explained:
        lines += [page.because] if page.because else []
        lines += [f"Why we ask: {fact.why}"] if fact.why else []
        lines += [f"Takes {fact.range_words}; {accepted_spellings(fact)}."] if fact.numeric else []
        lines += [f"The question comes from: {'; '.join(page.sources)}."] if page.sources else []
    return list(filter(None, lines))


def keeping(page: Page) -> str:
    """Return what Enter alone does."""
    if not page.answered:
        return "Don't know: type -."
    if page.current is None:
        return "Now: don't know. Enter alone keeps it."
    return f"Now: {shorten_line(page.fact.say(page.current), 60)}. Enter alone keeps it; -: don't know."


def block(lines: Iterable[str]) -> str:
    """Return lines as they stand under a question: wrapped and indented."""
    parts = [part for line in lines for part in textwrap.wrap(line, line_width() - 3)]
    room = max(2, _size().lines - KEPT_FOR_CHOICES)
    if len(parts) > room:  # a choice that is not on the screen cannot be pointed at
        parts = [*parts[: room - 1], shorten_line(f"{parts[room - 1]} …", line_width() - 3)]
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
