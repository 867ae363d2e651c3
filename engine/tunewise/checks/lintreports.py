"""Writes findings for people and for programs; it renders what it is given and decides nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from tunewise.checks.lint import SEVERITIES, Finding
from tunewise.errors import Problem
from tunewise.record import as_json


def as_text(findings: Sequence[Finding]) -> str:
    """Return the findings one a line, as an editor finds them, and their count."""
    lines = [
        str(Problem(f.place, f.line, f"{f.severity}[{f.id}]", f"{f.subject}: {f.message}"))
        for f in findings
    ]
    counts = Counter(finding.severity for finding in findings)
    summary = [_counted(counts[severity], severity) for severity in SEVERITIES if counts[severity]]
    return "\n".join([*lines, ", ".join(summary) or "nothing found"]) + "\n"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def findings_json(findings: Sequence[Finding]) -> str:
    """Return the findings as a JSON list."""
    return as_json([asdict(finding) for finding in findings])


WRITERS: Mapping[str, Callable[[Sequence[Finding]], str]] = {"text": as_text, "json": findings_json}
