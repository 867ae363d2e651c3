"""Names what differs between two contents of a record: rule, fact, decision or cost, with both values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

SHOWN_DIFFERENCES = 5
ORDER = ("firings", "facts", "decisions", "recommendation", "tuning_plan", "costs", "break_even")
"""Where to look first: at what tells most."""
MISSING = "nothing"
MAX_SHOWN_TEXT = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: the kind and name of the thing, what was recorded, and what comes out now."""

    kind: str
    name: str
    recorded: str
    now: str

    def __str__(self) -> str:
        """Return the difference as a sentence."""
        return f"{self.kind} {self.name} was {self.recorded}, now {self.now}"


def differences(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return the first differences, the most telling first."""
    return tuple(islice(_differences(recorded, now), SHOWN_DIFFERENCES))


def _differences(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    for part in (*ORDER, *(name for name in recorded if name not in ORDER)):
        ours, theirs = recorded.get(part), now.get(part)
        if ours == theirs:
            continue
        if part == "facts":
            yield from _mappings("fact", _values(ours), _values(theirs))
        elif part == "firings":
            yield from _mappings("rule", _fired(ours), _fired(theirs))
        else:
            yield from _deep(part, ours, theirs)


def _values(facts: Any) -> dict[str, str]:
    return {id: f"{_said(fact['value'])} ({fact['origin']})" for id, fact in facts.items()}


def _fired(firings: Any) -> dict[str, str]:
    return {firing["rule"]: f"firing on {_facts(firing['facts'])}" for firing in firings}


def _facts(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{id} {_said(value)}" for id, value in facts.items()) or "no facts"


def _mappings(
    kind: str, ours: Mapping[str, str], theirs: Mapping[str, str]
) -> Iterator[Difference]:
    silent = "not firing" if kind == "rule" else "unknown"
    for name in dict.fromkeys((*ours, *theirs)):
        was, is_ = ours.get(name, silent), theirs.get(name, silent)
        if was != is_:
            yield Difference(kind, name, was, is_)


def _deep(path: str, ours: Any, theirs: Any) -> Iterator[Difference]:
    """Yield the differing leaves of two trees, with the path to each."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in dict.fromkeys((*ours, *theirs)):
            if ours.get(key) != theirs.get(key):
                yield from _deep(f"{path}.{key}", ours.get(key), theirs.get(key))
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
            if mine != other:
                yield from _deep(f"{path}.{_named(mine, index)}", mine, other)
    else:
        kind, _, name = path.partition(".")
        yield Difference(kind, name or "itself", _said(ours), _said(theirs))


def _named(item: Any, index: int) -> str:
    """Return what an item of a list is called: its id where it has one."""
    names = ("decision", "option", "id", "model", "rule")
    found = (item[name] for name in names if isinstance(item, dict) and name in item)
    return str(next(found, index))


def _said(value: Any) -> str:
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= MAX_SHOWN_TEXT else f"{text[:MAX_SHOWN_TEXT]}…"
