"""What somebody vouched for outside the log: a digest that was noted down, or a signature."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from tunewise.log.findings import LogFinding
from tunewise.log.reading import LogEntry


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that holds: how many records it covers, the digest of the last, when, by which key."""

    records: int
    head: str
    written: str
    key: str

    def as_record(self) -> dict[str, Any]:
        """Return the signature as plain data."""
        return asdict(self)


class Invalid(ValueError):
    """A signature does not hold; the sentence says why."""


@dataclass(frozen=True, slots=True)
class TrustAnchors:
    """The digest of a record, and a signature; `invalid` says what is wrong with the latter.

    `claimed` is a signature that stands there and that nobody checked by a key: it may tell that a log was cut.
    Without either nobody can tell that the end of a log was cut off, or that all of it was written anew.
    """

    head: str | None = None
    signature: Signature | None = None
    claimed: Signature | None = None
    invalid: str = ""


class Watch:
    """Looks out for what was vouched for while a log is read."""

    def __init__(self, vouched: TrustAnchors) -> None:
        self.vouched = vouched
        self._held = False
        self._signed: str | None = None

    def take(self, entry: LogEntry) -> None:
        """Look at one line."""
        if entry.seal is not None:
            self._held = self._held or entry.seal.digest == self.vouched.head
            signature = self.vouched.signature or self.vouched.claimed
            if signature is not None and signature.records == entry.line:
                self._signed = entry.seal.digest

    def findings(self, lines: int) -> Iterator[LogFinding]:
        """Yield what does not agree with a log of so many lines."""
        head, invalid = self.vouched.head, self.vouched.invalid
        signature = self.vouched.signature or self.vouched.claimed
        if head is not None and not self._held:
            message = "is not in the log: its end was cut off, or it is another log"
            yield LogFinding(None, "head", f"the record {head} {message}")
        if invalid:
            yield LogFinding(None, "signature", f"the signature {invalid}")
        if signature is not None and self._signed != signature.head:
            unchecked = " (--key checks the signature)" if self.vouched.claimed is not None else ""
            yield LogFinding(None, "signature", _not_signed(signature.records, lines) + unchecked)


def _not_signed(signed: int, lines: int) -> str:
    if lines < signed:
        return f"{signed:,} records were signed, but {lines:,} are left: the end was cut off"
    return f"{signed:,} records were signed, but line {signed:,} is not the one that was the last"
