"""Proofs that are checked without the log: that it holds a record, and that it only grew.

The first is a c2sp.org/tlog-proof with the record's line as its extra data; the second is the request by which
c2sp.org/tlog-witness asks a witness to cosign.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tunewise.errors import Problem, UserError
from tunewise.log.checkpoints import Checkpoint, as_checkpoint
from tunewise.log.merkle import MerkleTree, root_by_inclusion, roots_by_consistency
from tunewise.log.notes import from_base64, in_base64, note_text, parsed_note
from tunewise.log.reading import ALTERED, MAX_RECORD, LogEntry, line_digest

PROOF_HEADER = "c2sp.org/tlog-proof@v1"
MAX_PROOF = 2 * MAX_RECORD
HASH_LENGTH = 32
LEAF_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}\Z")
NO_PROOF = f"is no proof of a record ({PROOF_HEADER}), and none that a log only grew"


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """Proves that a log holds a line, of an index counted from 0, as of a checkpoint; `line` has no newline."""

    line: bytes
    index: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint

    def written(self) -> str:
        """Return the proof as it stands in a file."""
        extra = f"extra {in_base64(self.line)}\n"
        rest = _hashes(self.path) + "\n" + self.checkpoint.note.written()
        return f"{PROOF_HEADER}\n{extra}index {self.index}\n{rest}"

    def fault(self, checkpoint: Checkpoint) -> str:
        """Return what is wrong with it under a checkpoint, '' where it holds."""
        digest, stated = line_digest(self.line)
        if digest is None or digest != stated:
            return f"the record {ALTERED}"
        if self.checkpoint.size != checkpoint.size:
            sizes = f"{self.checkpoint.size:,} records, and this one of {checkpoint.size:,}"
            return f"the proof is of a checkpoint of {sizes}"
        leaf = bytes.fromhex(digest)
        root = root_by_inclusion(leaf, self.index, checkpoint.size, self.path)
        return "" if root == checkpoint.root else "the proof does not lead to the checkpoint's root"


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """Proves that a log as of a checkpoint only added to what it was at an older size."""

    older: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint

    def written(self) -> str:
        """Return the proof as it stands in a file."""
        return f"old {self.older}\n{_hashes(self.path)}\n{self.checkpoint.note.written()}"

    def fault(self, older: Checkpoint, newer: Checkpoint) -> str:
        """Return what is wrong with it between two checkpoints, '' where it holds."""
        if older.origin != newer.origin:
            return "the checkpoints are of two logs: their origins differ"
        if (older.size, newer.size) != (self.older, self.checkpoint.size):
            return "the proof is between checkpoints of other sizes"
        found = roots_by_consistency(older.size, newer.size, older.root, self.path)
        if older.size == 0 and not self.path:
            return ""
        holds = found == (older.root, newer.root)
        return (
            "" if holds else "the log of the older checkpoint is not the beginning of the newer's"
        )


def included(entry: LogEntry, tree: MerkleTree, checkpoint: Checkpoint) -> InclusionProof:
    """Return the proof of a line that a checkpoint covers."""
    index = entry.line - 1
    path = tree.inclusion(index, checkpoint.size)
    return InclusionProof(entry.raw, index, tuple(path), checkpoint)


def grown(tree: MerkleTree, older: int, checkpoint: Checkpoint) -> ConsistencyProof:
    """Return the proof that a log only grew since an older size."""
    path = tree.consistency(older, checkpoint.size) if older else []
    return ConsistencyProof(older, tuple(path), checkpoint)


def read_proof(path: str) -> InclusionProof | ConsistencyProof:
    """Return the proof in a file; raise UserError where it holds none."""
    text = note_text(path, MAX_PROOF)
    head, gap, note = text.partition("\n\n")
    lines = head.split("\n")
    inclusion = lines[0] == PROOF_HEADER
    known = _inclusion(lines[1:]) if inclusion else _consistency(lines)
    if not gap or known is None:
        raise UserError(Problem(path, None, "", NO_PROOF))
    line, number, hashes = known
    checkpoint = as_checkpoint(parsed_note(note, path), path)
    if inclusion:
        return InclusionProof(line, number, hashes, checkpoint)
    return ConsistencyProof(number, hashes, checkpoint)


_Parts = tuple[bytes, int, tuple[bytes, ...]]


def _inclusion(lines: Sequence[str]) -> _Parts | None:
    if len(lines) < 2:
        return None
    line = from_base64(lines[0].removeprefix("extra ")) if lines[0].startswith("extra ") else None
    index = _number(lines[1], "index ")
    hashes = _parsed_hashes(lines[2:])
    if line is None or index is None or hashes is None:
        return None
    return line, index, hashes


def _consistency(lines: Sequence[str]) -> _Parts | None:
    older, hashes = _number(lines[0], "old "), _parsed_hashes(lines[1:])
    return None if older is None or hashes is None else (b"", older, hashes)


def _number(line: str, lead: str) -> int | None:
    text = line.removeprefix(lead)
    return int(text) if line.startswith(lead) and LEAF_NUMBER.fullmatch(text) else None


def _hashes(path: Sequence[bytes]) -> str:
    return "".join(f"{in_base64(one)}\n" for one in path)


def _parsed_hashes(lines: Sequence[str]) -> tuple[bytes, ...] | None:
    found = [from_base64(line) for line in lines]
    hashes = tuple(one for one in found if one is not None and len(one) == HASH_LENGTH)
    return hashes if len(hashes) == len(lines) else None
