"""Looks for knowledge that loads but cannot be right: rules that never fire, items that nobody uses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from tunewise.authoring import (
    acceptance,
    deadends,
    entrychecks,
    overlaps,
    ratechecks,
    rulechecks,
    silence,
    thresholds,
    vocabularychecks,
)
from tunewise.authoring.findings import SEVERITIES, LintCheck, LintFinding, Subject
from tunewise.authoring.rulecases import RuleCase
from tunewise.knowledge.proof_findings import PROOF_FINDINGS
from tunewise.knowledge.rulebook import Rulebook

CHECKS: tuple[LintCheck, ...] = (
    *rulechecks.RULE_CHECKS,
    *silence.SILENCE_CHECKS,
    *overlaps.OVERLAP_CHECKS,
    *thresholds.THRESHOLD_CHECKS,
    *vocabularychecks.VOCABULARY_CHECKS,
    *ratechecks.RATE_CHECKS,
    *entrychecks.ENTRY_CHECKS,
    *deadends.DEAD_END_CHECKS,
)
MEANINGS = {**{check.id: check.means for check in CHECKS}, acceptance.IDLE_ACCEPT: acceptance.MEANS}
"""What each finding means, by its id."""


def lint(rulebook: Rulebook, cases: Iterable[RuleCase], as_of: date) -> tuple[LintFinding, ...]:
    """Return what should be mended, and what is accepted: the worst first, then by file and line.

    Under an organisation's policy only what is found of its own entries, as its owner can mend nothing else.
    """
    subject = Subject(rulebook, tuple(cases), as_of)
    checks = [check for check in CHECKS if subject.cases or not check.by_cases]
    found = [finding for check in checks for finding in check.run(subject)]
    known = [*(check.id for check in CHECKS), *PROOF_FINDINGS]
    ran = [check.id for check in checks]
    told = acceptance.accepted(found, subject, known, ran)
    mended = told if rulebook.organisation is None else entrychecks.of_entries(told, rulebook)
    return tuple(sorted(mended, key=_order))


def _order(finding: LintFinding) -> tuple[int, str, int, str]:
    return (SEVERITIES.index(finding.severity), finding.place, finding.line or 0, finding.id)


def fatal(findings: Iterable[LintFinding], strict: bool) -> bool:
    """Return whether one of the findings is neither accepted nor too slight to fail on."""
    severities = ("error", "warning") if strict else ("error",)
    return any(f.severity in severities and not f.accepted for f in findings)
