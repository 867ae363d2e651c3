"""Reads use cases: a name and the facts that are known of it, from YAML or JSON."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import msgspec
from msgspec import field

from tunewise.errors import Problem, UserError, harmless, nearest, shown
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.vocabulary import Fact, Vocabulary
from tunewise.reading import Document, Where, read
from tunewise.structure import Frozen, Problems

MAX_NAME = 20_000
"""Characters of a name or description; far more than anybody writes by hand."""
MAX_FACTS = 1_000
"""Facts of one case, far more than any vocabulary has: the nearest name is searched for each that is unknown."""

SEE_FACTS = "'tunewise facts' lists them all"
TABLES = (".csv", ".tsv", ".xlsx", ".xls", ".ods", ".parquet", ".jsonl")
"""The endings of files that hold a table of cases."""
CASE_COLUMNS = ("name", "id", "description", "owner", "tags")
"""What an inventory may say of a case beside its facts, a column each."""


FactChecks = Mapping[str, Callable[[Value], None]]
"""What else raises ValueError, with a sentence, for a value that a fact allows: by fact."""


@dataclass(frozen=True, slots=True)
class Case:
    """A use case: `facts` holds the known ones only, in the vocabulary's order.

    `id` is what its register calls it; `row` is its row there, counted from 1 behind the header, 0 where it is from
    none, and `inventory` the SHA-256 of the register's bytes.
    """

    name: str
    facts: Mapping[str, Value]
    description: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    place: str = ""
    id: str = ""
    row: int = 0
    inventory: str = ""


class CaseText(Frozen, frozen=True, kw_only=True):
    """A case as its file writes it; `interview` is how certain each decision was when the questionnaire stopped."""

    name: str
    id: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    description: str | None = None
    owner: str | None = None
    tags: tuple[str, ...] | None = None
    interview: dict[str, str] | None = None


def read_case(
    path: str | os.PathLike[str], vocabulary: Vocabulary, checks: FactChecks | None = None
) -> Case:
    """Return the case in a file; raise UserError with every mistake in it, or that it is a table."""
    if PurePath(path).suffix.lower() in TABLES:
        name = harmless(os.fspath(path))
        message = f"is a table of cases; evaluate it with 'tunewise batch {name} -o DIR'"
        raise UserError(Problem(os.fspath(path), None, "", message))
    return parse_case(read(path), vocabulary, checks)


def parse_case(
    document: Document, vocabulary: Vocabulary, checks: FactChecks | None = None
) -> Case:
    """Return the case that a document describes; raise UserError with every mistake in it."""
    problems = Problems(document)
    text = None
    if document.data is None:
        problems.add((), "is empty; a case needs 'name' and 'facts'")
    elif isinstance(document.data, list):
        problems.add((), "is a list of cases; evaluate it with 'tunewise batch'")
    else:
        text = problems.build(CaseText, _misplaced(document.data, vocabulary, problems), ())
    given = text.facts if text else _facts_of(document.data)
    facts = check_facts(given, vocabulary, problems, checks=checks)
    if text is not None:
        check_length(text, problems)
    if problems.found or text is None:
        raise UserError(problems.found)
    return Case(
        name=text.name,
        facts=facts,
        description=text.description or "",
        owner=text.owner or "",
        tags=text.tags or (),
        place=document.place,
        id=text.id or "",
    )


def _misplaced(data: Any, vocabulary: Vocabulary, problems: Problems) -> Any:
    """Return a case's data without the facts that stand beside 'facts', which are recorded as mistakes."""
    if not isinstance(data, dict):
        return data
    beside = [key for key in data if key not in CaseText.__struct_fields__]
    found = {key: said for key in beside[:MAX_FACTS] if (said := _beside(key, vocabulary))}
    for key, said in found.items():
        problems.add((key,), said)
    return {key: value for key, value in data.items() if key not in found}


def _beside(key: str, vocabulary: Vocabulary) -> str:
    """Return what to say of a key that is a fact, or like one and like no key of a case; else nothing."""
    if key in vocabulary:
        return f"'{key}' is a fact: put it under 'facts:', indented"
    fact = vocabulary.nearest(key)
    if fact is None or nearest(key, CaseText.__struct_fields__) is not None:
        return ""
    return f"unknown key {shown(key)}; did you mean the fact '{fact}', under 'facts:'?"


def _facts_of(data: Any) -> Mapping[str, Any]:
    facts = data.get("facts") if isinstance(data, dict) else None
    return facts if isinstance(facts, dict) else {}


def check_length(text: CaseText, problems: Problems, where: Where = ()) -> None:
    """Record a name that is empty, and texts past the bound; the case stands at `where`."""
    for name in ("name", "id", "description", "owner"):
        if len(getattr(text, name) or "") > MAX_NAME:
            problems.add((*where, name), f"is longer than the {MAX_NAME:,} characters allowed")
    if not text.name.strip():
        problems.add((*where, "name"), "is empty; give the case a name")


def check_facts(
    given: Mapping[str, Any],
    vocabulary: Vocabulary,
    problems: Problems,
    where: Where = (),
    key: str = "facts",
    checks: FactChecks | None = None,
) -> dict[str, Value]:
    """Return the known facts in the vocabulary's order; record each unknown name and wrong value.

    `where` is the part of the document that holds them under `key`.
    """
    if len(given) > MAX_FACTS:
        message = f"holds {len(given):,} facts; at most {MAX_FACTS:,} are read"
        problems.add((*where, key), message)
        return {}
    checked: dict[str, Value] = {}
    for name, value in given.items():
        at = (*where, key, name)
        if name not in vocabulary or vocabulary[name].origin != "given":
            problems.add(at, _not_given(name, vocabulary), key)
            continue
        try:
            known = _known(vocabulary[name], value)
            if known is not None and checks and name in checks:
                checks[name](known)
        except ValueError as error:
            problems.add(at, str(error), f"{key}.{name}")
            continue
        if known is not None:
            checked[name] = known
    return {name: checked[name] for name in vocabulary if name in checked}


def _known(fact: Fact, value: Any) -> Value | None:
    """Return a checked value, which may be written as people write one: 95%, 95, 3,000, 12k, 'style, format'."""
    if isinstance(value, str):
        from tunewise.cases.written import read_written  # most cases do without

        return read_written(fact, value)
    if fact.type == "share" and type(value) in (int, float) and value > 1:
        from tunewise.cases.written import read_number

        return read_number(fact, value)
    return fact.check(value)


def _not_given(name: str, vocabulary: Vocabulary) -> str:
    if name in vocabulary:
        return f"'{name}' is worked out by Tunewise and cannot be given"
    return unknown_fact(name, vocabulary)


def unknown_fact(name: str, vocabulary: Vocabulary) -> str:
    """Return the sentence for a fact that is not known: the nearest, by id or another name for it."""
    near = vocabulary.nearest(name)
    return f"unknown fact {shown(name)}; " + (f"did you mean '{near}'?" if near else SEE_FACTS)


def plain(value: Value) -> Any:
    """Return a value as JSON and YAML write it: tuples become lists."""
    return msgspec.to_builtins(value)
