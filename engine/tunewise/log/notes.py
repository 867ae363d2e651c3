"""Signed notes (c2sp.org/signed-note): a text and the signatures below it, each by a named key."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tunewise.errors import Problem, UserError, shown
from tunewise.log.reading import opened_log

SIGNED, COSIGNED = 1, 4
"""Types of signature: Ed25519 over the text; Ed25519 over the text and a time, by a witness."""
MAX_NOTE = 100_000
MAX_SIGNATURES = 100
SIGNATURE_LINE = re.compile("\N{EM DASH} ([^ +\n]+) ([A-Za-z0-9+/]+=*)")
KEY_NAME = re.compile(r"[^\s+]+\Z")
KEY_LENGTH, KEY_ID_LENGTH = 32, 4
NO_NOTE = "is no signed note: a text, an empty line, and a line for each signature"
NO_KEY_LINE = (
    "is no verifier key: NAME+ID+KEY as c2sp.org/signed-note has it, or a public key in PEM"
)


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature of a note: by whom it says it is, and its bytes."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """Return the line that stands in the note."""
        return f"\N{EM DASH} {self.name} {in_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A text, which ends in a newline, and its signatures, of which nobody has checked any yet."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def written(self) -> str:
        """Return the note as it stands in a file."""
        return f"{self.text}\n{''.join(one.line() for one in self.signatures)}"


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key that notes are checked by; `name` is None where the key alone is known."""

    name: str | None
    kind: int
    key: bytes

    def made(self, signature: NoteSignature) -> bool:
        """Whether a signature says that it is by this key."""
        named = self.name is None or signature.name == self.name
        return named and signature.key_id == key_id(signature.name, self.kind, self.key)

    def written(self) -> str:
        """Return the key as verifiers are given it, such as `example.com/log+530d903a+AekyeRrm...`."""
        assert self.name is not None  # noqa: S101 - whoever writes a key names it
        identity = key_id(self.name, self.kind, self.key).hex()
        return f"{self.name}+{identity}+{in_base64(bytes([self.kind]) + self.key)}"


def key_id(name: str, kind: int, key: bytes) -> bytes:
    """Return the four bytes by which a signature names its key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + key).digest()[:KEY_ID_LENGTH]


def parsed_note(text: str, place: str) -> SignedNote:
    """Return the note in a text; raise UserError with its place where it is none."""
    body, gap, below = text.rpartition("\n\n")
    found = tuple(_signatures(below))
    if not gap or not body or not found or len(found) > MAX_SIGNATURES or "\r" in text:
        raise UserError(Problem(place, None, "", NO_NOTE))
    return SignedNote(body + "\n", found)


def _signatures(text: str) -> Iterator[NoteSignature]:
    """Yield the signatures below a note; none where any line is another."""
    lines = text.split("\n")
    found = [SIGNATURE_LINE.fullmatch(line) for line in lines[:-1]]
    if lines[-1] or not all(found):
        return
    for match in filter(None, found):
        data = from_base64(match[2])
        if data is not None and len(data) > KEY_ID_LENGTH:
            yield NoteSignature(match[1], data[:KEY_ID_LENGTH], data[KEY_ID_LENGTH:])


def parsed_key(line: str, place: str) -> NoteKey:
    """Return the verifier key in a line; raise UserError where it is none."""
    name, _, rest = line.strip().partition("+")
    identity, _, coded = rest.partition("+")
    data = from_base64(coded) or b"\0"
    kind, key = data[0], data[1:]
    if kind not in (SIGNED, COSIGNED) or len(key) != KEY_LENGTH or not KEY_NAME.match(name):
        raise UserError(Problem(place, None, "", NO_KEY_LINE))
    if identity != key_id(name, kind, key).hex():
        message = f"the key of {shown(name)} has another id than the one that stands there"
        raise UserError(Problem(place, None, "", message))
    return NoteKey(name, kind, key)


def key_name(name: str, option: str) -> str:
    """Return a name that keys and logs can have; raise UserError for an empty one, spaces and plus signs."""
    if not KEY_NAME.match(name) or not name.isprintable():
        wanted = "a name without spaces and plus signs, such as example.com/decisions"
        raise UserError(f"{option}: expected {wanted}, found {shown(name)}")
    return name


def note_text(path: str, limit: int = MAX_NOTE) -> str:
    """Return the text of a small file byte by byte; raise UserError where it is none, or no regular file."""
    with opened_log(path) as file:
        raw = file.read(limit + 1)
    try:
        if len(raw) <= limit:
            return raw.decode()
        message = f"is larger than the {limit:,} bytes allowed"
    except UnicodeDecodeError:
        message = "is not UTF-8"
    raise UserError(Problem(path, None, "", message))


def in_base64(data: bytes) -> str:
    """Return bytes in base 64."""
    return base64.b64encode(data).decode()


def from_base64(text: str) -> bytes | None:
    """Return the bytes that a text in base 64 stands for, None where it is not written so."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if in_base64(data) == text else None
