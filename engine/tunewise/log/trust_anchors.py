"""What somebody vouched for outside the log: a digest that was noted down, or a signature."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from tunewise.log.checkpoints import Checkpoint, leaf_of
from tunewise.log.findings import LogFinding
from tunewise.log.merkle import MerkleTree
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
    """The digest of a record, a signature, an older checkpoint, the digests of the rulebooks that may have decided.

    `invalid` says what is wrong with the signature. `claimed` is a signature that stands there and that nobody checked
    by a key: it may tell that a log was cut.
    Without either nobody can tell that the end of a log was cut off, or that all of it was written anew.
    """

    head: str | None = None
    signature: Signature | None = None
    claimed: Signature | None = None
    invalid: str = ""
    since: Checkpoint | None = None
    rulebooks: tuple[str, ...] = ()


class Watch:
    """Looks out for what was vouched for while a log is read."""

    def __init__(self, vouched: TrustAnchors) -> None:
        self.vouched = vouched
        self._held = False
        self._signed: str | None = None
        self._leaves: list[bytes] = []

    def take(self, entry: LogEntry) -> None:
        """Look at one line."""
        if self.vouched.since is not None and entry.line <= self.vouched.since.size:
            self._leaves.append(leaf_of(entry))
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
        if self.vouched.since is not None:
            yield from self._since(self.vouched.since, lines)

    def _since(self, since: Checkpoint, lines: int) -> Iterator[LogFinding]:
        """Yield what is wrong where a log did more than grow since a checkpoint."""
        if lines < since.size:
            counts = f"{since.size:,} records, but {lines:,} are left"
            yield LogFinding(
                None, "checkpoint", f"the checkpoint is of {counts}: some were removed"
            )
        elif MerkleTree(self._leaves).root() != since.root:
            what = f"the first {since.size:,} records are not those of the checkpoint"
            message = f"{what}: some were altered, removed, added or moved since"
            yield LogFinding(None, "checkpoint", message)


def _not_signed(signed: int, lines: int) -> str:
    if lines < signed:
        return f"{signed:,} records were signed, but {lines:,} are left: the end was cut off"
    return f"{signed:,} records were signed, but line {signed:,} is not the one that was the last"
