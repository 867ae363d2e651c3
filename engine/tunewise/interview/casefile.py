"""Writes answers as a case file and reads them back; 'unknown' tells "don't know" from "not asked yet"."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunewise.cases.case import parse_case, plain
from tunewise.errors import harmless
from tunewise.interview.answers import Answers, GivenAnswer
from tunewise.knowledge.vocabulary import UNKNOWN, Vocabulary
from tunewise.reading import parse_json, parse_yaml, read_text

UNFINISHED_ANSWERS = "# Not finished: 'tunewise ask --answers' with this file goes on from here."
ENDING = ".case.yaml"
SLUG = 40
"""Characters of a name that go into a file name; a file system allows 255 bytes."""

_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9_]*( [A-Za-z0-9_]+)*")
_NOT_TEXT = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))


@dataclass(frozen=True, slots=True)
class Saved:
    """The answers in a file, and whether their interview was broken off."""

    answers: Answers
    unfinished: bool


def read_answers(path: str, vocabulary: Vocabulary) -> Saved:
    """Return the answers in a case file; raise UserError with every mistake in it."""
    text = read_text(path)
    parse = parse_json if path.lower().endswith(".json") else parse_yaml
    document = parse(text, path)
    case = parse_case(document, vocabulary)
    unknown = [id for id, value in document.data.get("facts", {}).items() if value == UNKNOWN]
    given: dict[str, GivenAnswer] = {**dict.fromkeys(unknown), **case.facts}
    answers = Answers(case.name, given, case.description, case.owner, case.tags)
    return Saved(answers, unfinished=UNFINISHED_ANSWERS in text.splitlines()[:3])


def case_text(
    answers: Answers,
    facts: Mapping[str, GivenAnswer],
    path: str,
    finished: bool,
    certificate: Mapping[str, Any] | None = None,
) -> str:
    """Return the text of the file: JSON where the path says so, else YAML; it names nothing of this machine."""
    entries: dict[str, Any] = {"name": answers.name}
    entries |= {"description": answers.description, "owner": answers.owner}
    entries |= {"tags": list(answers.tags)}
    entries = {key: value for key, value in entries.items() if value or key == "name"}
    entries["facts"] = {id: UNKNOWN if v is None else plain(v) for id, v in facts.items()}
    entries |= {"interview": dict(certificate)} if certificate else {}
    entries = _whole(entries)
    if path.lower().endswith(".json"):
        return json.dumps(entries, ensure_ascii=True, indent=2) + "\n"
    comments = [] if finished else [UNFINISHED_ANSWERS]
    return "\n".join([*comments, *_lines(entries)]) + "\n"


def _lines(entries: Mapping[str, Any]) -> list[str]:
    lines = []
    for key, value in entries.items():
        if isinstance(value, dict) and value:
            lines += [f"{key}:", *(f"  {id}: {flow(part)}" for id, part in value.items())]
        else:
            lines.append(f"{key}: {flow(value)}")
    return lines


def flow(value: Any) -> str:
    """Return a value as YAML writes it on one line; what is not plain comes escaped in quotes."""
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, str):
        plainly = _WORDS.fullmatch(value) and value.casefold() not in _NOT_TEXT
        return value if plainly else _quoted(value)
    return json.dumps(value)


def _whole(data: Any) -> Any:
    """Return plain data without halves of characters, which no file can hold."""
    if isinstance(data, dict):
        return {key: _whole(part) for key, part in data.items()}
    if isinstance(data, list):
        return [_whole(part) for part in data]
    if isinstance(data, str):
        return data.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return data


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{harmless(escaped)}"'


def case_stem(path: str) -> str:
    """Return the path of a case file without its ending."""
    return path.removesuffix(ENDING) if path.endswith(ENDING) else os.path.splitext(path)[0]  # noqa: PTH122


def case_file_slug(name: str) -> str:
    """Return a name as a file name can hold it: letters, digits and hyphens."""
    words = unicodedata.normalize("NFKC", name).casefold()
    found = re.sub(r"[\W_]+", "-", words)[:SLUG].strip("-")
    return found or "use-case"


def free_path(path: str) -> str:
    """Return the path, or the first one like it that names no file yet: x-2.case.yaml."""
    folder, name = os.path.split(path)
    stem, dot, ending = name.partition(".")
    number = 2
    found = path
    while Path(found).exists():
        found = os.path.join(folder, f"{stem}-{number}{dot}{ending}")  # noqa: PTH118
        number += 1
    return found
