"""Writes what was proved of two rulebooks: sentences for a terminal or Markdown, or JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from tunewise.errors import harmless
from tunewise.proving.certificate import facts_said
from tunewise.proving.equality import Equality, TellingCase
from tunewise.record.decision import as_json


def _sentences(found: Sequence[Equality]) -> Iterator[str]:
    for one in found:
        if one.equal:
            yield f"{one.decision}: the same in all cases"
        elif one.case is None:
            yield f"{one.decision}: not told apart, and not proved the same"
        else:
            yield from _told(one.decision, one.case)


def _told(decision: str, case: TellingCase) -> Iterator[str]:
    yield f"{decision}: {case.old} before, {case.new} now, where {facts_said(case.facts)}"
    for name, usd in case.usd.items():
        yield f"  {name} {usd:+,.2f}"


def _text(found: Sequence[Equality]) -> str:
    return "".join(f"{harmless(line)}\n" for line in _sentences(found))


def _markdown(found: Sequence[Equality]) -> str:
    return "".join(f"- {harmless(line.strip())}\n" for line in _sentences(found))


def _json(found: Sequence[Equality]) -> str:
    return as_json([one.as_record() for one in found])


EQUALITY_WRITERS: Mapping[str, Callable[[Sequence[Equality]], str]] = {
    "text": _text,
    "markdown": _markdown,
    "json": _json,
}
