"""Reads a decision log line by line: each as a record, with all that is wrong with the line itself."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import BinaryIO

import msgspec

from tunewise.errors import Problem, UserError, harmless
from tunewise.log.content import HUMAN_SCHEMA, RECORD_SCHEMA, RUN_SCHEMA, encoded
from tunewise.log.findings import LogFinding
from tunewise.log.form import BatchRun, HumanDecision, Record
from tunewise.log.locking import lock

LoggedForm = Record | HumanDecision | BatchRun
"""What a line of a log may hold."""
RECORD_START, HUMAN_START, RUN_START = STARTS = tuple(
    b'{"schema":"%b",' % schema.encode() for schema in (RECORD_SCHEMA, HUMAN_SCHEMA, RUN_SCHEMA)
)
"""How every record begins, every decision of a person, and every summary of a batch's run."""
FORMS: dict[bytes, type[LoggedForm]] = {
    RECORD_START: Record,
    HUMAN_START: HumanDecision,
    RUN_START: BatchRun,
}
SEAL = re.compile(
    rb',"written":(?:null|"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),"previous":(null|"[0-9a-f]{64}")'
    rb'(,"digest":"([0-9a-f]{64})"\})\Z'
)
"""How every record ends: its time, the digest of the one before it, its own."""
LONGEST_SEAL = 220
MAX_RECORD = 64_000_000
"""Bytes of one record; no case comes near."""
MAX_FOREIGN_LINES, MAX_FOREIGN_BYTES = 100, 2 * MAX_RECORD
"""Lines and bytes without one record among them after which a file is taken for something else."""
MAX_NO_RECORDS = 10_000
"""Lines that are no records after which a log is read no further."""
NO_RECORD = "is no record: it does not {} as one"
ALTERED = "was altered: its digest is not that of what stands there"
EMPTY_LOG = "is empty: it holds no record"
CONVERTED = "was converted: its lines end as on Windows; take it over byte for byte"
UNCHAINED = "does not follow the line before it"


@dataclass(frozen=True)
class Seal:
    """The end of a record's line: both digests as it states them, and where the bytes end that they cover."""

    previous: str | None
    digest: str
    content_end: int
    covered_end: int


@dataclass(frozen=True)
class LogEntry:
    """One line of a log, counted from 1.

    `record` is None where the line is not a record in form; `human` is what stands there where a person decided on
    a record, `run` where it ends a batch's run. `computed` is the digest of what stands there,
    which an altered record does not state. `end` is where the line ends in the file.
    """

    line: int
    raw: bytes
    end: int
    seal: Seal | None
    record: Record | None
    computed: str
    findings: tuple[LogFinding, ...]
    human: HumanDecision | None = None
    run: BatchRun | None = None

    @property
    def aside(self) -> bool:
        """Whether it is no record, and belongs in a log all the same."""
        return self.human is not None or self.run is not None

    @cached_property
    def content(self) -> bytes:
        """The record as `audit.record.encoded` gave it: without its time and digests."""
        assert self.seal is not None  # noqa: S101 - asked for where there is a record
        return self.raw[: self.seal.content_end] + b"}"


Tick = Callable[[LogEntry], None]
"""Told of every line that was read, for whoever shows progress."""


class Log:
    """A log as it stands when it is opened; what others append meanwhile is left for later.

    Raises UserError where it cannot be read, and where it is empty.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        with opened_log(self.path) as file:
            self.size = _size(file, self.path)
            first = [line for line in (file.readline(MAX_RECORD) for _ in range(2)) if line]
        if not self.size:
            raise self.refusal(EMPTY_LOG)
        if all(map(_converted, first)):
            raise self.refusal(CONVERTED)

    def refusal(self, message: str) -> UserError:
        """Return the error that the log cannot be read for."""
        return UserError(Problem(self.path, None, "", message))

    def entries(self) -> Iterator[LogEntry]:
        """Yield every line; raise UserError where the file is not a decision log."""
        before: LogEntry | None = None
        known = False
        for number, raw, end in self.lines():
            before = entry = _entry(number, raw, end, before, end == self.size)
            known = known or like_a_record(raw)
            if not known and (number >= MAX_FOREIGN_LINES or end > MAX_FOREIGN_BYTES):
                break
            yield entry
        if not known:
            raise self.refusal("is not a decision log: no line of it is a record")

    def lines(self) -> Iterator[tuple[int, bytes, int]]:
        """Yield the number of each line, its bytes with the newline, and where it ends."""
        with opened_log(self.path) as file:
            number = end = others = 0
            while end < self.size:
                raw = file.readline(min(MAX_RECORD, self.size - end))
                if not raw:
                    raise self.refusal("was cut short while it was read")
                number, end = number + 1, end + len(raw)
                others += not like_a_record(raw)
                if others > MAX_NO_RECORDS:
                    raise self.refusal(
                        f"holds more than {MAX_NO_RECORDS:,} lines that are no records"
                    )
                yield number, raw, end


def opened_log(path: str) -> BinaryIO:
    """Return a file open for reading; raise UserError where it cannot be, and for a pipe, on which one would wait."""
    if not path:
        raise UserError("expected the path of a file, found ''")
    try:
        if stat.S_ISREG(Path(path).stat().st_mode):
            return Path(path).open("rb")
        reason = "not a file"
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
    raise UserError(Problem(path, None, "", f"cannot be read: {reason}"))


def _converted(line: bytes) -> bool:
    """Whether a line is a record whose end was made that of another system."""
    return line.endswith(b"\r\n") and seal_of(line[:-2]) is not None


def _size(file: BinaryIO, path: str) -> int:
    """Return the size of a file while nobody appends to it."""
    with contextlib.suppress(OSError):  # where there are no locks, there is nobody to wait for
        lock(file, fcntl.LOCK_SH, path)
    size = os.fstat(file.fileno()).st_size
    with contextlib.suppress(OSError):
        fcntl.flock(file, fcntl.LOCK_UN)
    return size


def like_a_record(raw: bytes) -> bool:
    """Whether a line begins or ends as records do."""
    return raw.startswith(STARTS) or seal_of(raw.removesuffix(b"\n")) is not None


def seal_of(line: bytes) -> Seal | None:
    """Return the end of a record's line without its newline, None where it is none."""
    found = SEAL.search(line, max(0, len(line) - LONGEST_SEAL))
    if found is None:
        return None
    previous, own = found[1], found[3].decode()
    named = None if previous == b"null" else previous[1:-1].decode()
    return Seal(named, own, found.start(), found.start(2))


def line_digest(line: bytes) -> tuple[str | None, str]:
    """Return the digest of what stands in a line, and the one that it states; None where it is no record's."""
    seal = seal_of(line)
    if seal is None:
        return None, ""
    return hashlib.sha256(memoryview(line)[: seal.covered_end]).hexdigest(), seal.digest


def _entry(line: int, raw: bytes, end: int, before: LogEntry | None, last: bool) -> LogEntry:
    text = raw.removesuffix(b"\n")
    if text == raw:
        message = "was not written to its end" if last else "is longer than any record"
        return LogEntry(line, raw, end, None, None, "", (LogFinding(line, "end", message),))
    seal = seal_of(text)
    if seal is None:
        finding = LogFinding(line, "form", NO_RECORD.format("end"))
        return LogEntry(line, text, end, None, None, "", (finding,))
    computed = hashlib.sha256(memoryview(text)[: seal.covered_end]).hexdigest()
    findings: list[LogFinding] = []
    if computed != seal.digest:
        findings.append(LogFinding(line, "altered", ALTERED))
    elif not _follows(seal.previous, before):
        findings.append(LogFinding(line, "chain", UNCHAINED))
    found: LoggedForm | None = None
    try:
        found = parsed(text)
    except ValueError as error:
        findings.append(LogFinding(line, "form", str(error)))
    record = found if isinstance(found, Record) else None
    human = found if isinstance(found, HumanDecision) else None
    run = found if isinstance(found, BatchRun) else None
    return LogEntry(line, text, end, seal, record, computed, tuple(findings), human, run)


def _follows(previous: str | None, before: LogEntry | None) -> bool:
    """Whether a record names the line before it; what follows a line that is no record cannot be told.

    To alter a record is one finding: the next one may name its digest as it was or as it is.
    """
    if before is None:
        return previous is None
    return before.seal is None or previous in (before.seal.digest, before.computed)


def parsed(line: bytes) -> LoggedForm:
    """Return what a line without its newline holds; raise ValueError with a sentence where it is no record.

    A line that reads the same but is written otherwise is none: spaces, a member that stands twice, another
    order.
    """
    start = next(filter(line.startswith, STARTS), None)
    if start is None:
        raise ValueError(NO_RECORD.format("begin"))
    try:
        found = _decoder(start).decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"has not the form of a record: {harmless(str(error))}") from None
    if encoded(found) != line:
        raise ValueError("has not the form of a record: it is written otherwise than records are")
    return found


@cache
def _decoder(start: bytes) -> msgspec.json.Decoder[LoggedForm]:
    return msgspec.json.Decoder(FORMS[start])
