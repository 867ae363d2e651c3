"""What people decided on records: that they follow a recommendation, or that they took another option."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from tunewise.log.content import HUMAN_SCHEMA
from tunewise.log.findings import LogFinding
from tunewise.log.form import HumanDecision, Record
from tunewise.log.reading import HUMAN_START, Log, LogEntry, LoggedForm, parsed, seal_of

HumanDecisions = Mapping[str, list[HumanDecision]]
"""What people decided on each record, by its digest, in the order of the log."""


def human_content(
    entry: LogEntry, by: str, role: str, reason: str, to: tuple[str, str] | None = None
) -> dict[str, Any]:
    """Return the content of a person's decision on a record, to be appended to its log.

    `to` are a decision and the option that is taken instead of the recommended one; without it the recommendation
    is followed.
    """
    assert entry.record is not None  # noqa: S101 - decided on where there is one
    decision, chosen = to or (None, None)
    return {
        "schema": HUMAN_SCHEMA,
        "kind": "override" if to else "approval",
        "record": {"line": entry.line, "digest": entry.computed},
        "decision": decision,
        "recommended": entry.record.recommendation[decision] if decision else None,
        "chosen": chosen,
        "by": by,
        "role": role,
        "reason": reason,
    }


def human_decisions(log: Log) -> HumanDecisions:
    """Return what people decided on each record of a log; lines that are not in form are left out."""
    found: dict[str, list[HumanDecision]] = {}
    for _, raw, _ in log.lines():
        one = _read(raw) if raw.startswith(HUMAN_START) else None
        if isinstance(one, HumanDecision):
            found.setdefault(one.record.digest, []).append(one)
    return found


def standing(decided: Iterable[HumanDecision]) -> tuple[HumanDecision, ...]:
    """Return what stands of what people decided on a record: the last approval, or the last override of each decision.

    An approval takes back what was overridden before, and an override what was approved.
    """
    found: dict[str | None, HumanDecision] = {}
    for one in decided:
        if one.kind == "approval":
            found.clear()
        found.pop(None, None)
        found[one.decision] = one
    return tuple(found.values())


def standing_overrides(decided: Iterable[HumanDecision]) -> dict[str, str] | None:
    """Return the options that people last put in the place of recommended ones, by decision.

    None where nobody decided, empty where a recommendation is followed.
    """
    found = standing(decided)
    overrides = {one.decision: one.chosen for one in found if one.decision and one.chosen}
    return overrides if found else None


def unfounded(log: Log, entries: Collection[LogEntry]) -> Iterator[LogFinding]:
    """Yield what is wrong with people's decisions: each is on a record above it, which recommended what it says.

    Reads the log again where there are any.
    """
    wanted = {entry.human.record.line: entry.human for entry in entries if entry.human is not None}
    records = {
        number: _read(raw) for number, raw, _ in (log.lines() if wanted else ()) if number in wanted
    }
    for entry in entries:
        if entry.human is not None:
            said = _unfounded(entry.line, entry.human, records.get(entry.human.record.line))
            if said:
                yield LogFinding(entry.line, "human_decision", said)


def _unfounded(line: int, human: HumanDecision, record: LoggedForm | None) -> str:
    named = human.record
    if named.line >= line or not isinstance(record, Record) or record.digest != named.digest:
        return f"decides on record {named.line}, which is not the one that it names"
    if human.decision is None:
        return ""
    if record.recommendation.get(human.decision) != human.recommended:
        return f"overrides {human.decision}={human.recommended}, which was not recommended"
    options = {
        one.option for d in record.decisions if d.decision == human.decision for one in d.options
    }
    if human.chosen not in options or human.chosen == human.recommended:
        return f"takes {human.decision}={human.chosen}, which is no other option of record {named.line}"
    return ""


def _read(raw: bytes) -> LoggedForm | None:
    line = raw.removesuffix(b"\n")
    try:
        return parsed(line) if seal_of(line) is not None else None
    except ValueError:
        return None
