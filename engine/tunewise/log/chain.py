"""Seals records into a chain: each line ends in the digest of all that stands before it, and of the line before."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

DIGEST_MARK = b',"digest":"'
"""What parts the bytes that a digest covers from the digest."""


def sealed(content: bytes, written: str | None, previous: str | None) -> tuple[bytes, str]:
    """Return the line of a record with its newline, and its digest, in hexadecimal.

    `content` is the record's object without its last three members; `written` is the time as `now` gives it;
    `previous` is the digest of the record before it, None for the first. The digest is the SHA-256 of the line's
    bytes before `,"digest":`.
    """
    head = b'%b,"written":%b,"previous":%b' % (content[:-1], _text(written), _text(previous))
    digest = hashlib.sha256(head).hexdigest()
    return b'%b%b%b"}\n' % (head, DIGEST_MARK, digest.encode()), digest


def _text(word: str | None) -> bytes:
    return b"null" if word is None else b'"%b"' % word.encode()


def now() -> str:
    """Return the time in UTC to the second, such as 2026-11-22T10:11:12Z."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
