"""What an external auditor is sent: a log or some of its records, with all that they rest on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
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
    """What the README of a pack says; `records` are the numbers of those that have a page or a proof of their own."""

    log: str
    lines: int
    people: int
    whole: bool
    redacted: bool
    origin: str
    covered: int
    rulebooks: tuple[str, ...]
    records: tuple[int, ...]
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
        packed, proven = self.packed, self.checkpoint is not None and self.privacy is None
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
            origin=self.checkpoint.origin if self.checkpoint is not None and proven else "",
            covered=self.checkpoint.size if self.checkpoint is not None and proven else 0,
            rulebooks=self.rulebooks,
            records=self._pages(),
            keyed=bool(self.key) and proven,
            versions=", ".join(said),
        )

    def _pages(self) -> tuple[int, ...]:
        """Return the numbers of the records that have a page; a copy has none, since its records are others."""
        pages = self.alone if self.privacy is None else []
        return tuple(one.line for one in pages if one.record is not None)

    @property
    def rulebooks(self) -> tuple[str, ...]:
        """The digests of the rulebooks that decided what is packed."""
        records = (one.record for one in self.packed if one.record is not None)
        return tuple(dict.fromkeys(record.rulebook.sha256 for record in records))

    def files(self) -> Iterator[PackedFile]:
        """Yield all files but the README and the pages."""
        yield from self._log()
        stored = folder(self.path)
        for sha256 in self.rulebooks:
            yield f"{PACKED_LOG}.rulebooks/{sha256}.json", (stored / f"{sha256}.json").read_bytes()
        yield "token_prices.json", files("tunewise.rules").joinpath(SHEET).read_bytes()
        if self.checkpoint is not None and self.privacy is None:
            script = files("tunewise.templates").joinpath("check_proof.py.j2")
            yield "check_proof.py", script.read_bytes()
            yield f"{PACKED_LOG}{CHECKPOINT}", self.checkpoint.note.written().encode()
            yield from self._proofs(self.checkpoint)
            if self.key:
                yield "log.key", f"{self.key}\n".encode()

    def _log(self) -> Iterator[PackedFile]:
        """Yield the log as it is, or the copy of what may be seen; records that are named stand in their proofs."""
        if self.privacy is not None:
            copy = redacted(self.packed, self.privacy)
            yield PACKED_LOG, copy.text
            listed = "".join(f"{at} {one}\n" for at, one in enumerate(copy.originals, 1))
            yield "originals.txt", listed.encode()
        elif not self.chosen or self.checkpoint is None:
            yield PACKED_LOG, b"".join(one.raw + b"\n" for one in self.packed)

    def _proofs(self, checkpoint: Checkpoint) -> Iterator[PackedFile]:
        tree = MerkleTree(leaf_of(one) for one in self.entries[: checkpoint.size])
        if tree.size < checkpoint.size or tree.root() != checkpoint.root:
            raise checkpoint.refusal("is not of this log as it stands; see 'audit verify --since'")
        for entry in self.alone:
            if entry.line <= checkpoint.size:
                proof = included(entry, tree, checkpoint).written()
                yield f"proofs/record-{entry.line}.tlog-proof", proof.encode()
