"""Writes findings for people and for programs; it renders what it is given and decides nothing."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tunewise.authoring.findings import SEVERITIES, LintFinding
from tunewise.authoring.lint import MEANINGS
from tunewise.errors import Problem, harmless
from tunewise.record.decision import as_json

SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
WORKFLOW_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
"""What a workflow of GitHub calls each severity."""


def findings_text(findings: Sequence[LintFinding]) -> str:
    """Return the findings that are not accepted one a line, as an editor finds them, and the counts."""
    wanted = [finding for finding in findings if not finding.accepted]
    lines = [
        str(Problem(f.place, f.line, f"{f.severity}[{f.id}]", f"{f.subject}: {f.message}"))
        for f in wanted
    ]
    counts = Counter(finding.severity for finding in wanted)
    summary = [_counted(counts[severity], severity) for severity in SEVERITIES if counts[severity]]
    accepted = len(findings) - len(wanted)
    tail = [f"{accepted} accepted with a reason"] if accepted else []
    return "\n".join([*lines, ", ".join([*(summary or ["nothing found"]), *tail])]) + "\n"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def findings_json(findings: Sequence[LintFinding]) -> str:
    """Return the findings as a JSON list, those included that are accepted."""
    return as_json([asdict(finding) for finding in findings])


def as_sarif(findings: Sequence[LintFinding]) -> str:
    """Return the findings as SARIF 2.1.0, those that are accepted as suppressed in the source."""
    rules = [{"id": id, "shortDescription": {"text": text}} for id, text in MEANINGS.items()]
    driver = {"name": "tunewise", "version": version("tunewise"), "rules": rules}
    run = {"tool": {"driver": driver}, "results": [_result(finding) for finding in findings]}
    return as_json({"$schema": SARIF, "version": "2.1.0", "runs": [run]})


def _result(finding: LintFinding) -> dict[str, Any]:
    region = {} if finding.line is None else {"region": {"startLine": finding.line}}
    location = {"artifactLocation": {"uri": _address(finding.place)}, **region}
    suppression = {"kind": "inSource", "justification": harmless(finding.accepted)}
    return {
        "ruleId": finding.id,
        "level": finding.severity,
        "message": {"text": harmless(f"{finding.subject}: {finding.message}")},
        "locations": [{"physicalLocation": location}],
        **({"suppressions": [suppression]} if finding.accepted else {}),
    }


def _address(place: str) -> str:
    """Return a file's place as a URI, a relative one where the place is."""
    path = Path(place)
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()), safe="/")


def as_github(findings: Sequence[LintFinding]) -> str:
    """Return the findings that are not accepted as workflow commands of GitHub, one a line."""
    return "".join(f"{_command(finding)}\n" for finding in findings if not finding.accepted)


def _command(finding: LintFinding) -> str:
    line = {} if finding.line is None else {"line": str(finding.line)}
    properties = {"file": finding.place, **line, "title": finding.id}
    listed = ",".join(f"{name}={_property(text)}" for name, text in properties.items())
    text = _data(f"{finding.subject}: {finding.message}")
    return f"::{WORKFLOW_COMMANDS[finding.severity]} {listed}::{text}"


def _data(text: str) -> str:
    return harmless(text).replace("%", "%25")  # what would end the line is visible by now


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


FINDING_WRITERS: Mapping[str, Callable[[Sequence[LintFinding]], str]] = {
    "text": findings_text,
    "json": findings_json,
    "sarif": as_sarif,
    "github": as_github,
}
