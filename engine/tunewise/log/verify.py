"""Verifies a log: the chain, each record's form, the stored rulebooks, and that each decision follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tunewise.errors import UserError
from tunewise.log.batch_runs import RunTally
from tunewise.log.broken_chain import explained_break
from tunewise.log.checkpoints import Checkpoint
from tunewise.log.consistency import compare
from tunewise.log.findings import LogFinding
from tunewise.log.form import Record
from tunewise.log.hidden_claims import HiddenClaims
from tunewise.log.human_decisions import unfounded
from tunewise.log.reading import Log, LogEntry, Tick
from tunewise.log.reckoning import Reckoner
from tunewise.log.rederivation import Follower
from tunewise.log.rulebook_store import load_stored
from tunewise.log.trust_anchors import Signature, TrustAnchors, Watch

VERIFICATION_SCHEMA = "tunewise.verification/1"
ON_LINES = ("form", "altered", "chain", "end")
"""Findings that tell that a line is not as it was written."""


@dataclass(frozen=True, slots=True)
class Masked:
    """A record whose facts were taken out of it: how many rules read them, and were taken at its word."""

    line: int
    rules: int


@dataclass(frozen=True, slots=True)
class Remark:
    """What an auditor may want to know of a record, and what is no fault by itself."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Unverified:
    """What of a record cannot be verified, and why; whether it is well, nobody can say."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class RecordChecks:
    """What checks records of one rulebook."""

    follower: Follower
    claims: HiddenClaims
    reckoner: Reckoner


@dataclass(slots=True)
class Unread:
    """A rulebook that cannot be had: why, the line that first asked for it, how many records rest on it."""

    line: int
    error: UserError
    records: int = 0

    def findings(self, sha256: str) -> Iterator[LogFinding]:
        """Yield what is wrong with it, and what could not be checked because of that."""
        records = "1 record rests" if self.records == 1 else f"{self.records:,} records rest"
        for problem in self.error.problems:
            message = f"{problem}; {records} on it, not checked against it"
            yield LogFinding(self.line, "rulebook", message, sha256)


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found: `lines` in all, `people` of them people's decisions, `runs` the ends of a batch's runs.

    `head` is the digest that the last line states. `followed` says whether decisions were derived anew, `reckoned`
    whether costs were. `masked` are records of which that was possible in part alone, `unverified` those whose costs
    cannot be reckoned anew. `remarks` are no faults. `signature` is the one that holds, if any does, of the first so
    many records, none of them altered.
    """

    log: str
    lines: int
    people: int
    runs: int
    head: str | None
    followed: bool
    reckoned: bool
    rulebooks: tuple[str, ...]
    findings: tuple[LogFinding, ...]
    masked: tuple[Masked, ...]
    unverified: tuple[Unverified, ...]
    remarks: tuple[Remark, ...]
    signature: Signature | None
    since: Checkpoint | None

    def as_record(self) -> dict[str, Any]:
        """Return what was found as plain data."""
        return {
            "schema": VERIFICATION_SCHEMA,
            "log": self.log,
            "lines": self.lines,
            "people": self.people,
            "runs": self.runs,
            "head": self.head,
            "followed": self.followed,
            "reckoned": self.reckoned,
            "rulebooks": list(self.rulebooks),
            "findings": [finding.as_record() for finding in self.findings],
            "masked": [{"line": one.line, "rules": one.rules} for one in self.masked],
            "unverified": [{"line": one.line, "message": one.message} for one in self.unverified],
            "remarks": [{"line": one.line, "message": one.message} for one in self.remarks],
            "signature": self.signature.as_record() if self.signature is not None else None,
            "since": self.since.as_record() if self.since is not None else None,
        }


def verify(
    log: Log,
    quick: bool = False,
    vouched: TrustAnchors | None = None,
    tick: Tick | None = None,
    costs: bool = True,
) -> Verification:
    """Return what is not well with a log.

    `quick` leaves out whether its decisions follow from their facts, and with `costs` off costs are not reckoned anew.

    Raises UserError where the file cannot be read, or is no log.
    """
    verifier = _Verifier(log, quick, costs and not quick, Watch(vouched or TrustAnchors()))
    for entry in log.entries():
        verifier.take(entry)
        if tick is not None:
            tick(entry)
    return verifier.verification()


@dataclass
class _Verifier:
    """Takes the lines of a log one after another."""

    log: Log
    quick: bool
    costs: bool
    watch: Watch
    lines: int = 0
    head: str | None = None
    broken: list[LogEntry] = field(default_factory=list)
    people: list[LogEntry] = field(default_factory=list)
    runs: RunTally = field(default_factory=RunTally)
    findings: list[LogFinding] = field(default_factory=list)
    masked: list[Masked] = field(default_factory=list)
    unverified: list[Unverified] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    latest: datetime | None = None
    checks: dict[str, RecordChecks | None] = field(default_factory=dict)
    unread: dict[str, Unread] = field(default_factory=dict)

    def take(self, entry: LogEntry) -> None:
        """Check one line."""
        self.watch.take(entry)
        self.lines = entry.line
        self.head = entry.seal.digest if entry.seal is not None else None
        self.findings += [f for f in entry.findings if f.kind != "chain"]
        if any(f.kind == "chain" for f in entry.findings):
            self.broken.append(entry)
        self.findings += self.runs.take(entry)
        if entry.run is not None:
            self._watch_the_clock(entry.line, entry.run.written)
        if entry.human is not None:
            self._watch_the_clock(entry.line, entry.human.written)
            self.people.append(entry)
        if entry.record is not None:
            self._watch_the_clock(entry.line, entry.record.written)
            self._hold_to_rulebooks(entry.line, entry.record.rulebook.sha256)
            checks = self._checks(entry.line, entry.record.rulebook.sha256)
            if checks is None:
                self.unread[entry.record.rulebook.sha256].records += 1
            elif not self.quick:
                self._compare(entry.line, entry.record, checks)

    def _watch_the_clock(self, line: int, written: datetime | None) -> None:
        """Remark on a record that was written before one that stands above it."""
        if written is None:
            return
        if self.latest is not None and written < self.latest:
            was = self.latest.strftime("%Y-%m-%dT%H:%M:%SZ")
            self.remarks.append(Remark(line, f"was written before a record above it, of {was}"))
        self.latest = written if self.latest is None else max(written, self.latest)

    def _hold_to_rulebooks(self, line: int, sha256: str) -> None:
        """Find a record that a rulebook decided which was not vouched for."""
        allowed = self.watch.vouched.rulebooks
        if allowed and sha256 not in allowed:
            message = f"was decided by the rulebook {sha256}, which is not the one given"
            self.findings.append(LogFinding(line, "rulebook", message, sha256))

    def _checks(self, line: int, sha256: str) -> RecordChecks | None:
        """Return what checks records of a rulebook, None where it cannot be had, which is said once."""
        if sha256 not in self.checks:
            self.checks[sha256] = None
            try:
                follower = Follower(load_stored(self.log.path, sha256))
            except UserError as error:
                self.unread[sha256] = Unread(line, error)
                return None
            reckoner = Reckoner(follower)
            self.checks[sha256] = RecordChecks(follower, HiddenClaims(follower), reckoner)
        return self.checks[sha256]

    def _compare(self, line: int, record: Record, checks: RecordChecks) -> None:
        differences, trusted = compare(line, record, checks.follower, checks.claims)
        self.findings += differences
        if trusted:
            self.masked.append(Masked(line, len(trusted)))
        if self.costs:
            self.findings += checks.reckoner.findings(line, record)
            says = checks.reckoner.unverifiable(record)
            if says:
                self.unverified.append(Unverified(line, says))

    def verification(self) -> Verification:
        """Return what was found."""
        explanations = explained_break(self.log, self.broken)
        chain = [LogFinding(line, "chain", text) for line, text in explanations.items()]
        rulebooks = [f for sha256, one in self.unread.items() for f in one.findings(sha256)]
        outside = self.watch.findings(self.lines)
        people = unfounded(self.log, self.people)
        others = [*self.findings, *rulebooks, *chain, *outside, *people]
        findings = sorted(others, key=lambda finding: finding.line or self.lines + 1)
        return Verification(
            log=self.log.path,
            lines=self.lines,
            people=len(self.people),
            runs=self.runs.runs,
            head=self.head,
            followed=not self.quick,
            reckoned=self.costs,
            rulebooks=tuple(sha256 for sha256, one in self.checks.items() if one is not None),
            findings=tuple(findings),
            masked=tuple(self.masked),
            unverified=tuple(self.unverified),
            remarks=tuple(self.remarks),
            signature=_standing(self.watch.vouched.signature, findings),
            since=self.watch.vouched.since,
        )


def _standing(signature: Signature | None, findings: Iterable[LogFinding]) -> Signature | None:
    """Return a signature where it holds, and nothing that it covers was altered."""
    if signature is None or any(_refutes(finding, signature) for finding in findings):
        return None
    return signature


def _refutes(finding: LogFinding, signature: Signature) -> bool:
    covered = finding.line is not None and finding.line <= signature.records
    return finding.kind == "signature" or (covered and finding.kind in ON_LINES)
