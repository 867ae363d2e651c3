"""A Merkle tree over the digests of a log's records, its roots and its proofs: RFC 6962, section 2.1, SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf; the leaf of a record is the 32 bytes of its digest."""
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\1" + left + right).digest()


class MerkleTree:
    """The tree over some leaves: its root as of any size up to theirs, and proofs between them."""

    def __init__(self, leaves: Iterable[bytes]) -> None:
        self._levels = [[leaf_hash(leaf) for leaf in leaves]]
        while len(below := self._levels[-1]) > 1:
            pairs = zip(below[::2], below[1::2], strict=False)
            self._levels.append([node_hash(left, right) for left, right in pairs])

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return len(self._levels[0])

    def root(self, size: int | None = None) -> bytes:
        """Return the root over the first so many leaves, over all if none is given."""
        size = self.size if size is None else size
        return self._node(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Return what proves that the tree of a size holds the leaf of an index, counted from 0."""
        start, end, path = 0, size, []
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                path.append(self._node(middle, end))
                end = middle
            else:
                path.append(self._node(start, middle))
                start = middle
        return path[::-1]

    def consistency(self, older: int, size: int) -> list[bytes]:
        """Return what proves that the tree of a size only adds to an older one of at least one leaf."""
        start, end, path, whole = 0, size, [], True
        while older < end:
            middle = start + _split(end - start)
            if older <= middle:
                path.append(self._node(middle, end))
                end = middle
            else:
                path.append(self._node(start, middle))
                start, whole = middle, False
        return ([] if whole else [self._node(start, end)]) + path[::-1]

    def _node(self, start: int, end: int) -> bytes:
        """Return the hash over some leaves; a complete subtree's is there already."""
        size = end - start
        if size & (size - 1) == 0:
            level = size.bit_length() - 1
            return self._levels[level][start >> level]
        middle = start + _split(size)
        return node_hash(self._node(start, middle), self._node(middle, end))


def _split(size: int) -> int:
    """Return the largest power of two below a size: what the left subtree holds."""
    return 1 << ((size - 1).bit_length() - 1)


def root_by_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that a proof of inclusion leads to (RFC 9162, 2.1.3.2), None where it is of another length."""
    if not 0 <= index < size:
        return None
    found, last = leaf_hash(leaf), size - 1
    for hashed in path:
        if not last:
            return None
        if index & 1 or index == last:
            found = node_hash(hashed, found)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            found = node_hash(found, hashed)
        index, last = index >> 1, last >> 1
    return None if last else found


def roots_by_consistency(
    older: int, size: int, older_root: bytes, path: Sequence[bytes]
) -> tuple[bytes, bytes] | None:
    """Return the older and the newer root that a proof of consistency leads to (RFC 9162, 2.1.4.2).

    None where it has not the length of one. Where both trees have one size, there is nothing to prove.
    """
    if older == size:
        return None if path else (older_root, older_root)
    if not 0 < older < size or not path:
        return None
    rest = [older_root, *path] if older & (older - 1) == 0 else list(path)
    index, last = older - 1, size - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    return _climbed(index, last, rest)


def _climbed(index: int, last: int, path: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    before = after = path[0]
    for hashed in path[1:]:
        if not last:
            return None
        if index & 1 or index == last:
            before, after = node_hash(hashed, before), node_hash(hashed, after)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            after = node_hash(after, hashed)
        index, last = index >> 1, last >> 1
    return None if last else (before, after)
