"""Reads the head of a brief: a YAML file with title, client, author, date and logo, and options before it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from tunewise.errors import Problem, UserError
from tunewise.reading import read
from tunewise.report.coverview import CoverView
from tunewise.structure import Frozen, Problems

PICTURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg"}
"""How files of pictures begin, and what they are; Word and browsers show both."""
LARGEST_LOGO, LONGEST = 1_000_000, 200
"""Bytes of a logo, and characters of each text."""


class CoverText(Frozen, frozen=True, kw_only=True):
    """A cover as its file writes it; `logo` is a file beside it."""

    title: str = ""
    client: str = ""
    author: str = ""
    date: str = ""
    logo: str = ""


def read_cover(path: str | None, options: Mapping[str, str | None]) -> CoverView:
    """Return the cover in a file, with the options in place of what it says; raise UserError with every mistake."""
    stated = CoverText() if path is None else _in_file(path)
    texts = {
        field.name: options.get(field.name) or getattr(stated, field.name)
        for field in fields(CoverView)
    }
    for name, text in texts.items():
        if len(text) > LONGEST and name != "logo":
            message = f"is longer than the {LONGEST} characters allowed"
            raise UserError(Problem(path or f"--{name}", None, name if path else "", message))
    folder = Path(path).parent if path and not options.get("logo") else Path()
    return CoverView(**{**texts, "logo": _picture(folder / texts["logo"]) if texts["logo"] else ""})


def _in_file(path: str) -> CoverText:
    document = read(path)
    problems = Problems(document)
    built = problems.build(CoverText, {} if document.data is None else document.data, ())
    if built is None or problems.found:
        raise UserError(problems.found)
    return built


def _picture(path: Path) -> str:
    """Return a picture as a data URL; raise UserError where it is none, or too large."""
    try:
        data = path.read_bytes()[: LARGEST_LOGO + 1]
    except OSError as error:
        raise UserError(Problem(str(path), None, "", f"cannot be read: {error.strerror}")) from None
    kind = next((kind for start, kind in PICTURES.items() if data.startswith(start)), None)
    if kind is None:
        raise UserError(
            Problem(str(path), None, "", "is no PNG or JPEG picture, as a logo must be")
        )
    if len(data) > LARGEST_LOGO:
        message = f"is larger than the {LARGEST_LOGO:,} bytes that a logo may have"
        raise UserError(Problem(str(path), None, "", message))
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
