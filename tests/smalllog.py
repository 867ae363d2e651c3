"""Decision logs small enough to change byte by byte, under the small rulebook."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from smallbook import book

from tunewise.cases.case import Case, read_case
from tunewise.evaluation.evaluator import Evaluator
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.assembly import load
from tunewise.log.appending import append
from tunewise.log.chain import sealed
from tunewise.log.content import content, encoded
from tunewise.log.rulebook_store import save

EXAMPLES = Path(__file__).parents[1] / "examples"
BOOK = book()
DAY = date(2026, 11, 22)
CASES = (
    Case(
        "Enough", {"examples": 500, "accuracy": 0.5, "target": 0.9}, "With data", "us", ("a", "b")
    ),
    Case("Nothing is known", {}),
    Case("Forbidden – «verboten»", {"stage": "pilot", "gaps": ("style",), "may_train": False}),
    Case("Text\u2028\n\x1b[31m", {"base_model": "openai/gpt", "examples": 499}),
)


def contents(
    cases: Iterable[Case] = CASES,
    rulebook: Rulebook = BOOK,
    overrides: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """The contents of the records of cases."""
    evaluator = Evaluator(rulebook, DAY, overrides)
    try:
        return [content(evaluator.evaluate(case), evaluator.overrides) for case in cases]
    finally:
        evaluator.close()


def add_examples(path: Path) -> int:
    """Append a record of every example, under the shipped rulebook; return how many there are."""
    rulebook = load()
    cases = [read_case(one, rulebook.facts) for one in sorted(EXAMPLES.glob("*.yaml"))]
    save(str(path), rulebook)
    found = contents(cases, rulebook, {"horizon_months": "24"})
    append(str(path), map(encoded, found))
    return len(found)


def write_log(folder: Path, found: list[dict[str, Any]] | None = None) -> Path:
    """Write a log of the cases, or of other contents, with its rulebook; return its path."""
    path = folder / "log"
    save(str(path), BOOK)
    append(str(path), map(encoded, contents() if found is None else found))
    return path


def lines(path: Path) -> list[bytes]:
    """The lines of a log, each with its newline."""
    return path.read_bytes().splitlines(keepends=True)


def records(path: Path) -> list[dict[str, Any]]:
    """The records of a log."""
    return [json.loads(line) for line in lines(path)]


def forged(path: Path, change: Callable[[list[dict[str, Any]]], object]) -> None:
    """Change the records of a log and seal them all anew, as somebody with time would."""
    found = records(path)
    change(found)
    previous, written = None, []
    for record in found:
        bare = {k: v for k, v in record.items() if k not in ("written", "previous", "digest")}
        line, previous = sealed(encoded(bare), record.get("written"), previous)
        written.append(line)
    path.write_bytes(b"".join(written))
