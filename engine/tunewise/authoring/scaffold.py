"""Starts a new rule and the two cases that test it, as text that loads and that the checks then complain about."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tunewise.authoring.findings import TODO
from tunewise.authoring.insertion import NEWLINE, inserted
from tunewise.authoring.rulecases import parse
from tunewise.errors import Problem, UserError
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Fact
from tunewise.loading.assembly import RESERVED, assemble
from tunewise.reading import parse_yaml, read_text
from tunewise.structure import NAME_PATTERN

SCHEMA_COMMENT = "# yaml-language-server: $schema={}"
SCHEMAS = "schemas"


@dataclass(frozen=True, slots=True)
class Added:
    """A file's new text, its text before, None where it is new, and the line on which the new part begins."""

    path: Path
    text: str
    before: str | None
    line: int


@dataclass(frozen=True, slots=True)
class Scaffold:
    """A new rule and its two cases, each in its file."""

    id: str
    rule: Added
    cases: Added


def scaffold(id: str, rulebook: Rulebook, folder: Path, cases: Path, today: date) -> Scaffold:
    """Return a rule of that id and its cases, in the texts of the files that will hold them.

    Raises UserError where the id is taken or is none, or where a file cannot be added to.
    """
    stem, name = _parts(id, rulebook)
    fact = next((f for f in rulebook.facts.values() if f.origin == "given"), None)
    if fact is None:
        raise UserError(Problem(rulebook.place, None, "", "declares no fact that a case may state"))
    rule = _rule_file(rulebook, folder, stem, _rule(name, rulebook, fact, today))
    texts = {**rulebook.texts, f"{stem}.yaml": rule.text}
    grown = _grown(rulebook, texts, id, rule)
    return Scaffold(id, rule, _case_file(cases / f"{stem}.yaml", folder, id, grown, fact))


def _parts(id: str, rulebook: Rulebook) -> tuple[str, str]:
    stem, _, name = id.partition(".")
    problem = ""
    if not (NAME_PATTERN.match(stem) and NAME_PATTERN.match(name)):
        problem = "expected FILE.NAME of letters, digits and _, such as data.enough"
    elif f"{stem}.yaml" in RESERVED:
        problem = f"'{stem}.yaml' holds no rules; name another file"
    elif id in rulebook.rules:
        rule = rulebook.rules[id]
        problem = f"stands in {rule.place}:{rule.line} already; give the new rule another name"
    if problem:
        raise UserError(Problem("", None, f"rule {id}", problem))
    return stem, name


def _rule(name: str, rulebook: Rulebook, fact: Fact, today: date) -> list[str]:
    """Return the lines of a rule that loads: a condition and a conclusion to be replaced."""
    decision = next(iter(rulebook.decisions.values()))
    option = list(decision.options)[-1]
    return [
        f"{name}:",
        "  # When does it apply? 'tunewise facts' lists what it may ask.",
        f"  when: {{{fact.id}: {{known: true}}}}",
        "  # What follows? derive, support, oppose, exclude or advise.",
        f"  then: {{support: {{{decision.id}: {_scalar(option)}}}, strength: weak}}",
        f'  because: "{TODO}: say why in one sentence, with values such as {{{fact.id}}}."',
        "  # Where does it come from? 'tunewise rules sources' lists the items.",
        "  sources: []",
        f"  checked: {today.isoformat()}",
    ]


def _rule_file(rulebook: Rulebook, folder: Path, stem: str, rule: list[str]) -> Added:
    path, before = folder / f"{stem}.yaml", rulebook.texts.get(f"{stem}.yaml")
    if before is None:
        title = stem.replace("_", " ").capitalize()
        head = [
            SCHEMA_COMMENT.format(f"{SCHEMAS}/rules.schema.json"),
            f"title: {_scalar(title)}",
            "rules:",
        ]
        return _new(path, head, rule)
    return _added(path, before, "rules", rule)


def _grown(rulebook: Rulebook, texts: Mapping[str, str], id: str, added: Added) -> Rulebook:
    """Return the rulebook with the new rule; raise UserError where that would change another."""
    try:
        grown = assemble(texts, rulebook.place)
    except UserError:
        grown = None
    if grown is None or list(grown.rules) != sorted((*rulebook.rules, id)):
        raise _by_hand(added.path, "rules")
    return grown


def _case_file(path: Path, folder: Path, id: str, rulebook: Rulebook, fact: Fact) -> Added:
    before = read_text(path, encoding="utf-8") if path.exists() else None
    document = None if before is None else parse_yaml(before, str(path))
    mapped = document is not None and isinstance(_part(document.data, "cases"), dict)
    value = _flow(_example(fact))
    lines = [
        *_case(f"{TODO}: {id} applies; say what comes out, and why.", mapped),
        f"  facts: {{{fact.id}: {value}}}",
        f"  expect: {{fires: [{id}]}}",
        *_case(f"{TODO}: {id} does not apply; change one fact of the case above.", mapped),
        "  facts: {}",
        f"  expect: {{not_fires: [{id}]}}",
    ]
    if before is None:
        schema = Path(os.path.relpath(folder / SCHEMAS / "cases.schema.json", path.parent))
        return _new(path, [SCHEMA_COMMENT.format(schema.as_posix()), "cases:"], lines)
    held = parse(document, rulebook) if document is not None else ()
    added = _added(path, before, "cases", lines)
    try:
        grown = parse(parse_yaml(added.text, str(path)), rulebook)
    except UserError:
        grown = ()
    if len(grown) != len(held) + 2:
        raise _by_hand(path, "cases")
    return added


def _case(name: str, mapped: bool) -> list[str]:
    return [f"{json.dumps(name)}:"] if mapped else [f"- name: {json.dumps(name)}"]


def _new(path: Path, head: list[str], part: list[str]) -> Added:
    lines = [*head, *(f"  {line}" for line in part)]
    return Added(path, NEWLINE.join([*lines, ""]), None, len(head) + 1)


def _added(path: Path, before: str, key: str, part: list[str]) -> Added:
    found = inserted(before, str(path), key, part)
    if found is None:
        raise _by_hand(path, key)
    return Added(path, found.text, before, found.line)


def _by_hand(path: Path, key: str) -> UserError:
    message = f"'{key}' is not written one entry below the other; write the new one by hand"
    return UserError(Problem(str(path), None, "", message))


def _part(data: Any, key: str) -> Any:
    return data.get(key) if isinstance(data, dict) else None


def _example(fact: Fact) -> Any:
    """Return a value that a case may state."""
    if fact.numeric:
        return fact.minimum
    if fact.type == "boolean":
        return True
    first = next(iter(fact.values), TODO)
    return [first] if fact.type == "set" else first


def _flow(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_scalar, value))}]"
    return _scalar(value) if isinstance(value, str) else json.dumps(value)


def _scalar(text: str) -> str:
    """Return a text as YAML writes it: plain where it reads back as it is, else in quotes."""
    try:
        plain = parse_yaml(f"[{text}]", "").data == [text]
    except UserError:
        plain = False
    return text if plain else json.dumps(text, ensure_ascii=False)
