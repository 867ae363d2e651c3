"""Signs a log and checks signatures (Ed25519): the only module that knows the cryptography library."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tunewise.errors import Problem, UserError
from tunewise.log.form import Digest, RecordForm
from tunewise.log.reading import opened_log
from tunewise.log.trust_anchors import Invalid, Signature, TrustAnchors
from tunewise.reading import read_text

SIGNATURE_SCHEMA = "tunewise.signature/1"
SIGNATURE_MARK = b',"signature":"'
END = re.compile(rb',"signature":"([0-9a-f]{128})"\}\n\Z')
MAX_KEY = 20_000
UNREADABLE_KEY = "is no signature of a log, or was altered"
NO_KEY = "is not {} Ed25519 key in PEM"
Ask = Callable[[], bytes]
"""Gives the passphrase of a private key; raises UserError where nobody can be asked."""


class SignatureForm(RecordForm, frozen=True):
    """What a signature vouches for: that a log had so many records, the last of this digest."""

    schema: Literal[SIGNATURE_SCHEMA]  # type: ignore[valid-type]
    records: int
    head: Digest
    written: str
    key: Digest


class Signer:
    """Signs with the private key in a file; see `private_key`."""

    def __init__(self, path: str, ask: Ask) -> None:
        self._key = private_key(path, ask)

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of a signature."""
        return self._key.sign(message)

    def signed(self, records: int, head: str, written: str) -> bytes:
        """Return the text of a signature file.

        It is one line of JSON; the signature covers its bytes before `,"signature":`.
        """
        key = fingerprint(self._key.public_key())
        covered = msgspec.json.encode(SignatureForm(SIGNATURE_SCHEMA, records, head, written, key))[
            :-1
        ]
        return b'%b%b%b"}\n' % (covered, SIGNATURE_MARK, self._key.sign(covered).hex().encode())

    def standing(self, path: str) -> TrustAnchors:
        """Return what a signature that is there already vouches for, and whether it is by this key."""
        if not os.path.lexists(path):
            return TrustAnchors()
        try:
            return TrustAnchors(signature=checked(path, self._key.public_key()))
        except Invalid as error:
            return TrustAnchors(invalid=str(error))


def certificates(path: str) -> list[x509.Certificate]:
    """Return the certificates in a file in PEM; raise UserError where there are none."""
    with opened_log(path) as file:
        raw = file.read(MAX_KEY + 1)
    try:
        return x509.load_pem_x509_certificates(raw)
    except ValueError:
        raise UserError(Problem(path, None, "", "holds no certificate in PEM")) from None


def holds(key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether a signature of a message is by a key of 32 bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def checked(path: str, key: Ed25519PublicKey) -> Signature:
    """Return the signature in a file, by a public key.

    Raises Invalid where it is missing, is not by this key, or does not hold.
    """
    form, covered, signature = _parts(path)
    try:
        key.verify(signature, covered)
    except InvalidSignature:
        raise Invalid(_not_by(form, key)) from None
    return Signature(form.records, form.head, form.written, form.key)


def claimed(path: str) -> Signature:
    """Return what a signature says, by whatever key it is; raise Invalid where it is none."""
    form, _, _ = _parts(path)
    return Signature(form.records, form.head, form.written, form.key)


def _parts(path: str) -> tuple[SignatureForm, bytes, bytes]:
    """Return what a signature vouches for, the bytes that it covers, and itself."""
    text = _read(path)
    end = END.search(text)
    if end is None:
        raise Invalid(UNREADABLE_KEY)
    covered = text[: end.start()]
    try:
        form = msgspec.json.decode(covered + b"}", type=SignatureForm)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Invalid(UNREADABLE_KEY) from None
    return form, covered, bytes.fromhex(end[1].decode())


def _read(path: str) -> bytes:
    if not os.path.lexists(path):
        raise Invalid(f"is missing: there is no {path}")
    with opened_log(path) as file:
        return file.read(MAX_KEY)


def _not_by(form: SignatureForm, key: Ed25519PublicKey) -> str:
    if form.key == fingerprint(key):
        return "does not hold: it or what it covers was altered"
    return f"is by another key, whose fingerprint is {form.key}"


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return the SHA-256 of a public key's 32 bytes, in hexadecimal."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def private_key(path: str, ask: Ask) -> Ed25519PrivateKey:
    """Return the private key in a PEM file; `ask` is called where it is encrypted. Raises UserError."""
    data = _pem(path)
    try:
        return _private(path, data, None)
    except TypeError:  # what the library raises where a passphrase is missing
        return _private(path, data, ask())


def _private(path: str, data: bytes, passphrase: bytes | None) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(data, passphrase)
    except (ValueError, UnsupportedAlgorithm):
        wrong = "the passphrase is wrong, or it " if passphrase is not None else ""
        raise _refused(path, wrong + NO_KEY.format("a private")) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _refused(path, NO_KEY.format("a private"))
    return key


def public_key(path: str) -> Ed25519PublicKey:
    """Return the public key in a PEM file; raise UserError where it holds none."""
    data = _pem(path)
    if b"PRIVATE KEY" in data:
        raise _refused(path, "is a private key; give the public one that belongs to it")
    try:
        key = serialization.load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        raise _refused(path, NO_KEY.format("a public")) from None
    if not isinstance(key, Ed25519PublicKey):
        raise _refused(path, NO_KEY.format("a public"))
    return key


def _pem(path: str) -> bytes:
    return read_text(path, MAX_KEY).encode()


def _refused(path: str, message: str) -> UserError:
    return UserError(Problem(path, None, "", message))


def new_keys(private: str, public: str) -> str:
    """Write a new pair of keys, the private one for its owner's eyes alone; return the fingerprint.

    Raises UserError where either file is there already.
    """
    key = Ed25519PrivateKey.generate()
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    known = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    if Path(public).exists():
        raise _refused(public, "is there already, and a key is never replaced")
    _create(private, secret, 0o600)
    _create(public, known, 0o644)
    return fingerprint(key.public_key())


def _create(path: str, data: bytes, mode: int) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except FileExistsError:
        raise _refused(path, "is there already, and a key is never replaced") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise _refused(path, f"cannot be written: {reason}") from None
