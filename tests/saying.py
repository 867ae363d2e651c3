"""What a report says, whatever its form: its statements without their markup, and all of its words in order.

A statement is a text between two tags, a cell, or a line. What only lays out (bars, plots, the numbers of a list, the
ids of sources, which forms cut at different lengths, heads of columns that speak for themselves) is no statement.
Text is read before it is laid out in lines and columns.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

DRAWN = {"style", "script", "svg", "nav", "form", "title"}
HIDDEN = {"chips", "hidden"}
VOID = {"meta", "link", "br", "input", "rect", "path", "circle"}
PLAIN_HEADS = {"Item", "Sum", "Fact", "Value", "Origin", "Option", "Points", "Rows", "Share"}
"""Heads that a page hides and text leaves out; Markdown has no table without."""
CITED = re.compile(r"(?<![\w.])(?:[A-E]\d+|[A-Z][A-Z_\d]*\.\d+|(?:DOC|BAD)\d+)(?![\w])")


@dataclass(frozen=True)
class Said:
    """The statements of a report, and its words joined by single spaces."""

    statements: tuple[str, ...]
    words: str

    def lacking(self, other: "Said") -> list[str]:
        """What another report states and this one does not."""
        return [one for one in other.statements if f" {one} " not in self.words]


def said(text: str, form: str) -> Said:
    """Return what a report says in one of the forms."""
    parts = {"html": _html, "markdown": _markdown, "text": _text}[form](text)
    found = [words for part in parts if (words := _words(part))]
    stated = tuple(dict.fromkeys(words for words in found if not words.isdigit()))
    return Said(stated, f" {' '.join(found)} ")


def _words(text: str) -> str:
    """Return the words of a text: no marks at either end of one, no difference of case."""
    words = (word.strip("()[]<>“”\"'`*_|,.;:·•…—→×+=") for word in CITED.sub(" ", text).split())
    return " ".join(filter(None, words)).casefold()


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.open: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            classes = set((dict(attrs).get("class") or "").split())
            if tag == "a" and "chip" not in classes and str(dict(attrs)["href"]).startswith("http"):
                self.parts.append(str(dict(attrs)["href"]))
            self.open.append(
                tag in DRAWN or bool(classes & HIDDEN) or dict(attrs).get("id") == "map"
            )

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not any(self.open):
            self.parts.append(data)


def _html(text: str) -> Iterable[str]:
    page = _Page()
    page.feed(text)
    return page.parts


def _markdown(text: str) -> Iterator[str]:
    """Yield cells, lines and what is marked in them."""
    text = re.sub(r"\*\*Recommendation: |\*\*What comes out: ", "**", text)
    for line in re.sub(r"\\(.)", r"\1", text).splitlines():
        if not re.match(r"\[[\w.]+\]: <|[| :-]+$", line):
            if line.startswith("| ") and {c.strip() for c in line.split("|")} <= PLAIN_HEADS | {""}:
                continue
            bare = re.sub(r"^\s*(?:- |\d+\. |#+ )", "", line)
            yield from re.split(r"[<>]|\*\*|\||\*(?=\w)|(?<=\S)\*", bare)


def _text(text: str) -> Iterator[str]:
    """Yield cells, and what stands between dots on a line."""
    bare = re.sub(r"(?<!\\)\[/?\w*\]", "", text).replace("\\[", "[")
    for line in re.sub(r"[▏▎▍▌▋▊▉█┃]+", "", bare).splitlines():
        if "│" not in line and line != "---":
            yield from re.split(r"[\t\x1f]| · ", _uncut(line))


def _uncut(line: str) -> str:
    """Return a line without the ids of sources and the number of those that were left out."""
    return re.sub(r"\0(?: \0)*(?: \+\d+)?", "", CITED.sub("\0", line))
