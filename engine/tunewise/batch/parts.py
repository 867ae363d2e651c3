"""What is evaluated already, in parts on disk: each a run of rows, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import add
from pathlib import Path

import msgspec
import zstandard

from tunewise.errors import Problem, UserError

KINDS = ("results", "contents", "entries", "rejects", "costs", "briefs")
LEVEL = 1
"""How hard parts are compressed: records shrink to a ninth at the least effort."""
PART_NAME = re.compile(r"(\d{12})-(\d{12})\.part\Z")


class PartCounts(msgspec.Struct, frozen=True):
    """How many rows were accepted, how many rejected, and how many a mapping file passed over.

    Of those accepted, how many are too early for a verdict, how many state no fact, and on how many there are remarks.
    """

    accepted: int = 0
    rejected: int = 0
    too_early: int = 0
    skipped: int = 0
    factless: int = 0
    remarked: int = 0

    @property
    def rows(self) -> int:
        """The rows read."""
        return self.accepted + self.rejected + self.skipped

    def __add__(self, other: PartCounts) -> PartCounts:
        ours, theirs = msgspec.structs.astuple(self), msgspec.structs.astuple(other)
        return PartCounts(*map(add, ours, theirs))


class PackedLines:
    """Lines of compact JSON without their newlines, compressed as they come: records take much room."""

    def __init__(self, lines: Iterable[bytes] = ()) -> None:
        packer = zstandard.ZstdCompressor(LEVEL, write_checksum=True)
        self._packer, self._packed = packer.compressobj(), [b""]
        for line in lines:
            self.append(line)

    def append(self, line: bytes) -> None:
        """Take a line in."""
        self._packed.append(self._packer.compress(line + b"\n"))

    def block(self) -> bytes:
        """Return all lines, compressed; no more can be taken in."""
        return b"".join([*self._packed, self._packer.flush()])


def unpacked_lines(block: bytes) -> list[bytes]:
    """Return the lines of a block; raise ZstdError where it is damaged."""
    unpacker = zstandard.ZstdDecompressor().decompressobj()
    lines = unpacker.decompress(block).split(b"\n")[:-1]
    if not unpacker.eof or unpacker.unused_data:
        raise zstandard.ZstdError("not a whole block")
    return lines


@dataclass(frozen=True, slots=True)
class Piece:
    """What rows became.

    `results`, `contents` (of records) and `entries` (of the portfolio) have a line for each accepted row,
    `rejects` one for each problem, `costs` one for each cost line and `briefs` one for each accepted row, where
    these are asked for.
    """

    counts: PartCounts
    results: PackedLines = field(default_factory=PackedLines)
    contents: PackedLines = field(default_factory=PackedLines)
    entries: PackedLines = field(default_factory=PackedLines)
    rejects: PackedLines = field(default_factory=PackedLines)
    costs: PackedLines = field(default_factory=PackedLines)
    briefs: PackedLines = field(default_factory=PackedLines)


class _Head(msgspec.Struct, frozen=True):
    """The first line of a part: the length of each of its blocks in bytes, and its counts."""

    sizes: tuple[int, ...]
    counts: PartCounts


@dataclass(frozen=True, slots=True)
class Part:
    """A part on disk: the rows from `first` to before `stop`, counted from 1."""

    first: int
    stop: int
    path: Path

    @property
    def counts(self) -> PartCounts:
        """How many of its rows were accepted and rejected."""
        with self.path.open("rb") as file:
            return _head(file.readline(), self.path).counts

    def lines(self, kind: str) -> list[bytes]:
        """Return the lines of one kind; raise UserError where the part is damaged."""
        with self.path.open("rb") as file:
            sizes = _head(file.readline(), self.path).sizes
            at = KINDS.index(kind)
            file.seek(sum(sizes[:at]), os.SEEK_CUR)
            block = file.read(sizes[at])
        try:
            return unpacked_lines(block)
        except zstandard.ZstdError:
            raise _damaged(self.path) from None


def write_part(folder: Path, first: int, stop: int, piece: Piece) -> None:
    """Write what the rows from `first` to before `stop` became; raise OSError, and leave nothing then."""
    blocks = [getattr(piece, kind).block() for kind in KINDS]
    sizes = tuple(map(len, blocks))
    head = msgspec.json.encode(_Head(sizes, piece.counts)) + b"\n"
    target = folder / f"{first:012}-{stop:012}.part"
    draft = target.with_suffix(f".{os.getpid()}")
    try:
        with draft.open("wb") as file:
            file.writelines([head, *blocks])
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise


def read_parts(folder: Path) -> list[Part]:
    """Return the whole parts in the order of their rows; remove what a crash left beside them.

    Where a worker died between writing a part and saying so, its rows were done again in smaller ones.
    """
    found: list[Part] = []
    for part in sorted(_named(folder), key=lambda part: (part.first, -part.stop)):
        if _whole(part.path) and (not found or part.first >= found[-1].stop):
            found.append(part)
        else:
            part.path.unlink()
    return found


def _named(folder: Path) -> Iterator[Part]:
    for path in list(folder.iterdir()):
        if match := PART_NAME.match(path.name):
            yield Part(int(match[1]), int(match[2]), path)
        else:
            path.unlink()


def missing_rows(parts: Iterable[Part], first: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield the runs of rows, from `first` to before `stop`, that no part covers; the parts are in order."""
    for part in parts:
        if part.stop <= first or part.first >= stop:
            continue
        if part.first > first:
            yield first, part.first
        first = part.stop
    if first < stop:
        yield first, stop


def counted(parts: Iterable[Part]) -> PartCounts:
    """Return how many rows of some parts were accepted and rejected."""
    return sum((part.counts for part in parts), PartCounts())


def _head(line: bytes, path: Path) -> _Head:
    try:
        return msgspec.json.decode(line, type=_Head)
    except msgspec.DecodeError:
        raise _damaged(path) from None


def _whole(path: Path) -> bool:
    """Return whether a part is as long as it says, as a power failure may not have left it."""
    try:
        with path.open("rb") as file:
            head = _head(file.readline(), path)
            return path.stat().st_size == file.tell() + sum(head.sizes)
    except UserError:
        return False


def _damaged(path: Path) -> UserError:
    return UserError(Problem(str(path), None, "", "is damaged; remove it, and go on with --resume"))
