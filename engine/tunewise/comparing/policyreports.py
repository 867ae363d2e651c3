"""Writes what an organisation's policy changes, for people and for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from tunewise.comparing.policies import PolicyDiff
from tunewise.comparing.rulebookreports import rulebook_changes_markdown, rulebook_changes_text
from tunewise.comparing.rulebooks import RulebookChange
from tunewise.errors import harmless
from tunewise.knowledge.organisation import EntryState, OrganisationEntry
from tunewise.knowledge.rule import PLACEHOLDER
from tunewise.record.decision import as_json
from tunewise.report.escaping import markdown

STATE_WORDS: Mapping[EntryState, str] = {
    "in_force": "counts",
    "idle": "does nothing",
    "ended": "has ended",
    "to_come": "is to come",
    "vanished": "has lost what it names",
}
"""How an entry stands, in words."""


def entry_sentence(entry: OrganisationEntry) -> str:
    """Return how an entry stands, whose it is and why it is there, in one line."""
    told = STATE_WORDS[entry.state] + (f" ({entry.idle})" if entry.idle else "")
    until = f" until {entry.until}" if entry.until else ""
    ticket = f", {entry.ticket}" if entry.ticket else ""
    said = f"{entry.kind} {entry.name} {told}{until if entry.state == 'in_force' else ''}"
    reason = PLACEHOLDER.sub("…", entry.reason)
    return f"{said}: {reason} ({entry.owner}{ticket})"


def _text(found: PolicyDiff) -> str:
    return "\n".join(_parts(found, rulebook_changes_text, harmless, "{}"))


def _markdown(found: PolicyDiff) -> str:
    return "\n".join(_parts(found, rulebook_changes_markdown, _marked, "## {}\n"))


def _marked(text: str) -> str:
    return f"- {markdown(harmless(text))}"


def _parts(
    found: PolicyDiff,
    written: Callable[[Sequence[RulebookChange]], str],
    line: Callable[[str], str],
    heading: str,
) -> Iterator[str]:
    yield heading.format("The entries")
    yield "".join(f"{line(entry_sentence(entry))}\n" for entry in found.entries)
    yield heading.format("What changes under the policy")
    yield written(found.changes)
    for title, changes in (
        ("Of that, what changes for this organisation alone", found.alone),
        ("What changes for others, and not under the policy", found.unfelt),
    ):
        if changes:
            yield heading.format(title)
            yield written(changes)


def _json(found: PolicyDiff) -> str:
    return as_json(found.as_record())


POLICY_WRITERS: Mapping[str, Callable[[PolicyDiff], str]] = {
    "text": _text,
    "markdown": _markdown,
    "json": _json,
}
