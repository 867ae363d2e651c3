"""Writes what changed between two rulebooks, for people and for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby

from tunewise.comparing.rulebooks import RulebookChange
from tunewise.errors import harmless
from tunewise.record.decision import as_json
from tunewise.report.escaping import markdown

NO_CHANGE = "The rulebooks say the same."


def rulebook_changes_text(changes: Sequence[RulebookChange]) -> str:
    """Return the changes, one thing a paragraph, and how many of them can move a decision or a sum."""
    lines: list[str] = []
    for (kind, id), group in _things(changes):
        held = list(group)
        lines += [f"{kind} {id}: {_how(held)}", *(f"  {change.says}" for change in held)]
    return "\n".join(map(harmless, [*lines, _summary(changes)])) + "\n"


def rulebook_changes_markdown(changes: Sequence[RulebookChange]) -> str:
    """Return the changes as a list."""
    lines = []
    for (kind, id), group in _things(changes):
        held = list(group)
        says = " ".join(markdown(harmless(change.says)) for change in held)
        lines.append(f"- **{kind} {markdown(harmless(id))}**, {_how(held)}. {says}")
    return "\n".join([*lines, "", _summary(changes)]) + "\n"


def changes_json(changes: Sequence[RulebookChange]) -> str:
    """Return the changes as a JSON list."""
    return as_json([change.as_record() for change in changes])


def _things(
    changes: Iterable[RulebookChange],
) -> Iterable[tuple[tuple[str, str], Iterable[RulebookChange]]]:
    return groupby(changes, key=lambda change: (change.kind, change.id))


def _how(changes: Sequence[RulebookChange]) -> str:
    weighs = any(change.weighs for change in changes)
    return changes[0].how if weighs else f"{changes[0].how}, in words alone"


def _summary(changes: Sequence[RulebookChange]) -> str:
    if not changes:
        return NO_CHANGE
    things = {(change.kind, change.id) for change in changes}
    weighty = {(change.kind, change.id) for change in changes if change.weighs}
    noun = "difference" if len(things) == 1 else "differences"
    return f"{len(things)} {noun}, {len(weighty)} of which can move a decision or a sum."


RULEBOOK_WRITERS: Mapping[str, Callable[[Sequence[RulebookChange]], str]] = {
    "text": rulebook_changes_text,
    "markdown": rulebook_changes_markdown,
    "json": changes_json,
}
