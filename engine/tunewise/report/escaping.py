"""Makes the texts of a view inert: whatever a name holds, a report shows it and never obeys it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar
from urllib.parse import quote

from tunewise.errors import harmless

View = TypeVar("View")

MARKDOWN = re.compile(
    r"[\\`*_\[\]<>|~&]"  # emphasis, code, links, tables, entities
    r"|^[#+=-]|^\d{1,9}[.)](?=\s|$)"  # headings, lists, rules
    r"|:(?=//)|(?<=www)\.|(?<=\w)@"  # addresses that some renderers link by themselves
)
ADDRESS = "/:?#@!$&'*+,;=%~"
"""What a web address keeps as it is; all else that is no letter or digit is percent-encoded."""


def escaped(view: View, escape: Callable[[str], str]) -> View:
    """Return a view with every text in it on one line, made harmless and then escaped.

    A field called `link` holds a web address: it is percent-encoded instead.
    """
    return _mapped(view, lambda text: escape(harmless(" ".join(text.splitlines()))))  # type: ignore[no-any-return]


def _mapped(part: Any, change: Callable[[str], str]) -> Any:
    if isinstance(part, str):
        return change(part)
    if isinstance(part, tuple):
        return tuple(_mapped(item, change) for item in part)
    if is_dataclass(part) and not isinstance(part, type):
        return replace(part, **{f.name: _field(part, f.name, change) for f in fields(part)})
    return part


def _field(part: Any, name: str, change: Callable[[str], str]) -> Any:
    value = getattr(part, name)
    return quote(value, safe=ADDRESS) if name == "link" else _mapped(value, change)


def as_it_is(text: str) -> str:
    """Return the text: the template escapes it itself."""
    return text


def markdown(text: str) -> str:
    """Return text that Markdown shows as it is: no markup, no table cell, no link, no list."""
    return MARKDOWN.sub(lambda match: f"{match.group()[:-1]}\\{match.group()[-1]}", text)
