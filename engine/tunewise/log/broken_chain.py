"""Says what became of a chain where a record does not follow the line before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tunewise.log.reading import Log, LogEntry, seal_of

Places = Mapping[str, list[int]]
"""The lines on which records of a digest stand."""


def explained_break(log: Log, broken: Iterable[LogEntry]) -> dict[int, str]:
    """Return, for each record that does not follow the line before it, what that tells; reads the log again."""
    entries = list(broken)
    if not entries:
        return {}
    places: dict[str, list[int]] = {}
    for entry in entries:
        if entry.seal is not None:
            places |= {entry.seal.digest: [], entry.seal.previous or "": []}
    for number, raw, _ in log.lines():
        seal = seal_of(raw.removesuffix(b"\n"))
        if seal is not None and seal.digest in places:
            places[seal.digest].append(number)
    return {entry.line: _explanation(entry, places) for entry in entries}


def _explanation(entry: LogEntry, places: Places) -> str:
    """Return the sentence for one break.

    A record whose forerunner stands elsewhere was moved, or the lines between were put in; one whose forerunner
    is nowhere tells that it was removed, or that it was never put here.
    """
    assert entry.seal is not None  # noqa: S101 - what has no seal breaks no chain
    line, previous = entry.line, entry.seal.previous
    twins = [str(place) for place in places[entry.seal.digest] if place != line]
    if twins:
        return f"stands in the log more than once: also on line {', '.join(twins)}"
    if previous is None:
        return "begins a log of its own: what stands before it was put in, or two logs were joined"
    found = places[previous]
    if not found:
        gone = "it was removed or replaced, or this is a part of a log"
        return f"follows record {previous}, which is not in the log: {gone}"
    if found[-1] >= line:
        return f"follows line {found[-1]}, which stands behind it: the lines were reordered"
    return f"follows line {found[-1]}: what stands between was put in or moved"
