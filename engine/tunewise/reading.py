"""Reads YAML and JSON from strangers: plain values only, with the line of each, bounded in every way."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tunewise.errors import SHOWN_CHARACTERS, Problem, UserError, shown, unreadable

MAX_FILE_BYTES = 4_000_000
MAX_NESTING = 40
MAX_DIGITS = 400
"""Characters of a number; past the largest that a float holds."""
TAB = "a tab; indent with spaces"
MAX_NODES = 250_000
"""Nodes of one document after its aliases are expanded: a YAML bomb is longer than that."""

Where = tuple[str | int, ...]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HALF = re.compile("[\ud800-\udfff]")
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9_]*)$")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9_]*)(\.[0-9]*|(?=[eE])))([eE][-+]?[0-9]+)?$")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A file's plain data, and the line on which each part of it begins."""

    place: str
    data: Any
    lines: Mapping[Where, int] = field(default_factory=dict)

    def line(self, where: Where) -> int | None:
        """Return the line of the part, or of the nearest part that holds it."""
        for end in range(len(where), -1, -1):
            if where[:end] in self.lines:
                return self.lines[where[:end]]
        return None

    def problem(self, where: Where, message: str, subject: str = "") -> Problem:
        """Return a problem with that part of the file."""
        return Problem(self.place, self.line(where), subject or dotted(where), message)


def dotted(where: Where) -> str:
    """Return a path inside a document as people write it."""
    parts = (str(part) for part in where)
    return ".".join(
        part if len(part) <= SHOWN_CHARACTERS else part[: SHOWN_CHARACTERS - 1] + "…"
        for part in parts
    )


def read_text(
    path: str | os.PathLike[str], limit: int = MAX_FILE_BYTES, encoding: str = "utf-8-sig"
) -> str:
    """Return the text of a UTF-8 file of at most `limit` bytes; raise UserError where it is not one.

    A byte order mark is left out, unless the encoding is "utf-8".
    """
    place = os.fspath(path)
    try:
        check_readable(Path(path))
        with Path(path).open("rb") as file:
            raw = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise unreadable(place, error) from None
    return text_of(raw, place, limit, encoding)


def check_readable(path: Path) -> None:
    """Raise OSError for a folder, and for a pipe by a name of its own, on which one would wait without end.

    What a shell passes as /dev/stdin or /dev/fd/63 has somebody at its other end.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if stat.S_ISFIFO(mode) and path.parts[:2] != ("/", "dev"):
        raise OSError(errno.ESPIPE, "not a file")


def text_of(
    raw: bytes, place: str, limit: int = MAX_FILE_BYTES, encoding: str = "utf-8-sig"
) -> str:
    """Return the text that a file's bytes hold; raise UserError where they are too many or not UTF-8."""
    if len(raw) > limit:
        raise UserError(Problem(place, None, "", f"is larger than the {limit:,} bytes allowed"))
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise UserError(Problem(place, line, "", message)) from None


def read(path: str | os.PathLike[str], limit: int = MAX_FILE_BYTES) -> Document:
    """Return the data of a .json file, or of a YAML file with any other name."""
    text = read_text(path, limit)
    parse = parse_json if os.fspath(path).lower().endswith(".json") else parse_yaml
    return parse(text, os.fspath(path))


def parse_json(text: str, place: str) -> Document:
    """Return the plain data of a JSON text; raise UserError with its line where it is not JSON."""
    try:
        data = json.loads(text, object_pairs_hook=_no_duplicates, parse_int=_whole_number)
        _check_parts(data, ())
    except json.JSONDecodeError as error:
        raise UserError(Problem(place, error.lineno, "", f"is not JSON: {error.msg}")) from None
    except RecursionError:
        raise UserError(Problem(place, None, "", "is nested too deeply")) from None
    except ValueError as error:
        raise UserError(Problem(place, None, "", str(error))) from None
    return Document(place, data)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {shown(key)} stands twice in one object")
        found[key] = value
    return found


@dataclass(frozen=True, slots=True)
class _TooLong:
    """A number that nobody means; where it stands is known only when all is read."""

    text: str


def _whole_number(text: str) -> int | _TooLong:
    return int(text) if len(text) <= MAX_DIGITS else _TooLong(text)


def _check_parts(data: Any, where: Where) -> None:
    if len(where) > MAX_NESTING:
        raise ValueError(f"is nested deeper than the {MAX_NESTING} levels allowed")
    if isinstance(data, _TooLong):
        place = f"{dotted(where)}: " if where else ""
        raise ValueError(f"{place}the number {shown(data.text)} is too long")
    if isinstance(data, str) and _HALF.search(data):
        raise ValueError(f"the text {shown(data)} holds half a character")
    for key in data if isinstance(data, dict) else ():
        _check_parts(key, where)
    pairs = data.items() if isinstance(data, dict) else ()
    for part, inner in pairs or (enumerate(data) if isinstance(data, list) else ()):
        _check_parts(inner, (*where, part))


def parse_yaml(text: str, place: str) -> Document:
    """Return the plain data of a YAML text; raise UserError with its line where it is refused.

    Tags, duplicate keys, keys that are not plain words and documents past the bounds are refused. Dates,
    octal numbers and sexagesimal numbers stay text: a case means what it shows.
    """
    builder = _Builder(place)
    try:
        loader = _LOADER(text)
        try:
            return builder.document(loader)
        finally:
            loader.dispose()
    except yaml.reader.ReaderError as error:
        at = text.encode()[: error.position].count(b"\n") + 1
        message = f"is not YAML: the character U+{error.character:04X} is not allowed"
        raise UserError(Problem(place, at, "", message)) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        if mark and text[mark.index : mark.index + 1] == "\t":
            reason = TAB
        line = mark.line + 1 if mark else None
        raise UserError(Problem(place, line, "", f"is not YAML: {reason}")) from None


@dataclass(slots=True)
class _Anchor:
    data: Any
    nodes: int


class _Builder:
    """Builds plain data from the parser's events, counting as it goes."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.lines: dict[Where, int] = {}
        self.anchors: dict[str, _Anchor] = {}
        self.nodes = 0

    def document(self, loader: Any) -> Document:
        next_event = loader.get_event
        next_event()  # the stream's start
        if isinstance(next_event(), yaml.StreamEndEvent):
            return Document(self.place, None)
        data = self.node(next_event, next_event(), ())
        next_event()  # the document's end
        extra = next_event()
        if not isinstance(extra, yaml.StreamEndEvent):
            raise self.refusal(extra, (), "holds more than one document")
        return Document(self.place, data, self.lines)

    def refusal(self, event: Any, where: Where, message: str) -> UserError:
        return UserError(Problem(self.place, _line(event), dotted(where), message))

    def count(self, event: Any, where: Where, nodes: int = 1) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            message = f"grows past the {MAX_NODES:,} values allowed (too many aliases?)"
            raise self.refusal(event, where, message)
        if len(where) > MAX_NESTING:
            message = f"is nested deeper than the {MAX_NESTING} levels allowed"
            raise self.refusal(event, where[:3], message)

    def node(self, next_event: Any, event: Any, where: Where) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, where)
        self.count(event, where)
        before = self.nodes
        self.lines[where] = _line(event)
        data = self.content(next_event, event, where)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchor(data, self.nodes - before + 1)
        return data

    def alias(self, event: Any, where: Where) -> Any:
        anchor = self.anchors.get(event.anchor)
        if anchor is None:
            raise self.refusal(event, where, f"the alias *{event.anchor} names no earlier anchor")
        self.count(event, where, anchor.nodes)
        self.lines[where] = _line(event)
        return anchor.data

    def content(self, next_event: Any, event: Any, where: Where) -> Any:
        if event.tag is not None and event.tag != "!":
            raise self.refusal(event, where, f"the tag {shown(event.tag)} is not allowed")
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event, where)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(next_event, where)
        return self.mapping(next_event, where)

    def sequence(self, next_event: Any, where: Where) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next_event(), yaml.SequenceEndEvent):
            items.append(self.node(next_event, event, (*where, len(items))))
        return items

    def mapping(self, next_event: Any, where: Where) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next_event(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self.refusal(event, where, "a key must be a plain word")
            key = event.value
            if key in found:
                raise self.refusal(event, where, f"the key {shown(key)} stands here a second time")
            found[key] = self.node(next_event, next_event(), (*where, key))
            self.lines[(*where, key)] = _line(event)
        return found

    def scalar(self, event: Any, where: Where) -> Any:
        text: str = event.value
        if event.style is not None and event.style != "":
            return text
        if text in _WORDS:
            return _WORDS[text]
        if not text[0].isdigit() and text[0] not in "+-.":
            return text
        return self.number(event, text, where)

    def number(self, event: Any, text: str, where: Where) -> Any:
        if len(text) > MAX_DIGITS and (_INTEGER.match(text) or _FLOAT.match(text)):
            raise self.refusal(event, where, f"the number {shown(text)} is too long")
        if _INTEGER.match(text):
            return int(text.replace("_", ""))
        return float(text.replace("_", "")) if _FLOAT.match(text) else text


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1
