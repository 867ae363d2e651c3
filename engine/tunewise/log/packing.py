"""What an external auditor is sent: a log or some of its records, with all that they rest on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import PurePath

from tunewise.costs.pricesheet import SHEET
from tunewise.log.checkpoints import CHECKPOINT, Checkpoint, leaf_of
from tunewise.log.form import Record
from tunewise.log.merkle import MerkleTree
from tunewise.log.privacy import Privacy
from tunewise.log.proofs import included
from tunewise.log.reading import LogEntry
from tunewise.log.redacting import redacted
from tunewise.log.rulebook_store import folder

PACKED_LOG = "decisions.jsonl"
"""What the log is called in a pack, whatever it was called."""
LISTED_ALONE = 100
"""Records up to which each has a page and a proof of its own where none are named."""
PackedFile = tuple[str, bytes]
"""A path inside the pack, and what stands there."""


@dataclass(frozen=True, slots=True)
class PackView:
    """What the README of a pack says: `unproven` which of the lines the checkpoint does not cover, '' where it does.

    `proofs` are the numbers of the lines whose proof is in the pack.
    """

    log: str
    lines: int
    people: int
    whole: bool
    redacted: bool
    origin: str
    covered: int
    rulebooks: tuple[str, ...]
    proofs: tuple[int, ...]
    unproven: str
    keyed: bool
    versions: str


@dataclass(frozen=True, slots=True)
class AuditPack:
    """The lines of a log that are packed, `chosen` where some records were named; the checkpoint that covers them.

    `privacy` gives what a record may not hold; what is packed then is a copy that no checkpoint covers.
    """

    path: str
    entries: Sequence[LogEntry]
    chosen: Collection[int]
    checkpoint: Checkpoint | None
    key: str
    privacy: Callable[[Record], Privacy] | None

    @property
    def packed(self) -> list[LogEntry]:
        """The lines that are packed: the records named and what people decided on them, or all."""
        return [one for one in self.entries if not self.chosen or self._named(one) in self.chosen]

    def _named(self, entry: LogEntry) -> int:
        return entry.human.record.line if entry.human is not None else entry.line

    @property
    def alone(self) -> list[LogEntry]:
        """The lines that have a page or a proof of their own."""
        packed = self.packed
        return packed if self.chosen or len(packed) <= LISTED_ALONE else []

    def view(self) -> PackView:
        """Return what the README says."""
        packed, proven = self.packed, self.proving
        records = [one.record for one in packed if one.record is not None]
        said = {
            f"{name} {version}": None for one in records for name, version in one.versions.items()
        }
        return PackView(
            log=PurePath(self.path).name,
            lines=len(packed),
            people=sum(one.human is not None for one in packed),
            whole=not self.chosen,
            redacted=self.privacy is not None,
            origin="" if proven is None else proven.origin,
            covered=0 if proven is None else proven.size,
            rulebooks=self.rulebooks,
            proofs=tuple(one.line for one in self.proven),
            unproven=self.unproven,
            keyed=bool(self.key) and proven is not None,
            versions=", ".join(said),
        )

    @property
    def proving(self) -> Checkpoint | None:
        """The checkpoint that covers what is packed; it covers no copy."""
        return self.checkpoint if self.privacy is None else None

    @property
    def proven(self) -> list[LogEntry]:
        """The lines that have a proof of their own."""
        covered = 0 if self.proving is None else self.proving.size
        return [one for one in self.alone if one.line <= covered]

    @property
    def unproven(self) -> str:
        """Which lines the checkpoint does not cover, '' where it covers all, or there is none."""
        found = self.proving
        return "" if found is None else _lines([x.line for x in self.packed if x.line > found.size])

    @property
    def rulebooks(self) -> tuple[str, ...]:
        """The digests of the rulebooks that decided what is packed."""
        records = (one.record for one in self.packed if one.record is not None)
        return tuple(dict.fromkeys(record.rulebook.sha256 for record in records))

    def files(self) -> Iterator[PackedFile]:
        """Yield all files but the README and the pages."""
        yield from self._log()
        stored = folder(self.path)
        for digest in self.rulebooks:
            yield f"{PACKED_LOG}.rulebooks/{digest}.json", (stored / f"{digest}.json").read_bytes()
        yield "token_prices.json", files("tunewise.rules").joinpath(SHEET).read_bytes()
        if self.proving is not None:
            script = files("tunewise.templates").joinpath("check_proof.py.j2")
            yield "check_proof.py", script.read_bytes()
            yield f"{PACKED_LOG}{CHECKPOINT}", self.proving.note.written().encode()
            yield from self._proofs(self.proving)
            if self.key:
                yield "log.key", f"{self.key}\n".encode()

    def _log(self) -> Iterator[PackedFile]:
        """Yield the lines as they are, or the copy of what may be seen."""
        if self.privacy is not None:
            copy = redacted(self.packed, self.privacy)
            yield PACKED_LOG, copy.text
            listed = "".join(f"{at} {one}\n" for at, one in enumerate(copy.originals, 1))
            yield "originals.txt", listed.encode()
        else:
            yield PACKED_LOG, b"".join(one.raw + b"\n" for one in self.packed)

    def _proofs(self, checkpoint: Checkpoint) -> Iterator[PackedFile]:
        tree = MerkleTree(leaf_of(one) for one in self.entries[: checkpoint.size])
        if tree.size < checkpoint.size or tree.root() != checkpoint.root:
            raise checkpoint.refusal("is not of this log as it stands; see 'audit verify --since'")
        for entry in self.proven:
            proof = included(entry, tree, checkpoint).written()
            yield f"proofs/record-{entry.line}.tlog-proof", proof.encode()


def _lines(numbers: Sequence[int]) -> str:
    """Return lines by their numbers: those of a whole log from the first to the last, others each."""
    if len(numbers) == 1:
        return f"line {numbers[0]}"
    if numbers and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"lines {numbers[0]} to {numbers[-1]}"
    return f"lines {', '.join(map(str, numbers))}" if numbers else ""


def checksums(packed: Sequence[PackedFile]) -> PackedFile:
    """Return the SHA-256 of each file of a pack, as sha256sum checks them."""
    lines = (f"{sha256(data).hexdigest()}  {name}\n" for name, data in sorted(packed))
    return "SHA256SUMS", "".join(lines).encode()
