"""Signs checkpoints and checks who signed them: the log itself, and witnesses (c2sp.org/tlog-cosignature)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tunewise.errors import shown
from tunewise.log.checkpoints import Checkpoint, Cosignature
from tunewise.log.merkle import MerkleTree
from tunewise.log.notes import (
    COSIGNED,
    SIGNED,
    NoteKey,
    NoteSignature,
    SignedNote,
    in_base64,
    key_id,
    note_text,
    parsed_key,
)
from tunewise.log.signing import Signer, holds, public_key

TIME_LENGTH = 8


def issued(tree: MerkleTree, origin: str, signer: Signer) -> SignedNote:
    """Return a checkpoint of a log, signed by its key in the name of its origin."""
    text = f"{origin}\n{tree.size}\n{in_base64(tree.root())}\n"
    identity = key_id(origin, SIGNED, signer.public)
    return SignedNote(text, (NoteSignature(origin, identity, signer.sign(text.encode())),))


def log_key(origin: str, signer: Signer) -> NoteKey:
    """Return the key by which a log's checkpoints are checked."""
    return NoteKey(origin, SIGNED, signer.public)


def witness_key(name: str, signer: Signer) -> NoteKey:
    """Return the key by which a witness's cosignatures are checked."""
    return NoteKey(name, COSIGNED, signer.public)


def read_key(path: str) -> NoteKey:
    """Return the public key in a file: a verifier key, or PEM, which names nobody; raise UserError."""
    text = note_text(path)
    if "-----BEGIN" in text:
        return NoteKey(None, SIGNED, public_key(path).public_bytes_raw())
    return parsed_key(text, path)


def checked_checkpoint(
    found: Checkpoint, key: NoteKey | None, witnesses: Sequence[NoteKey] = ()
) -> Checkpoint:
    """Return the checkpoint with what was checked: the log's signature, and each witness's.

    Raises UserError where the log did not sign it by this key in the name of its origin, where a witness did not
    cosign it, and where any of them does not hold.
    """
    if key is not None:
        _check_log(found, key)
    vouched = tuple(_cosignature(found, witness) for witness in witnesses)
    return replace(found, checked=key is not None, cosignatures=vouched)


def _check_log(found: Checkpoint, key: NoteKey) -> None:
    if key.kind != SIGNED:
        raise found.refusal("the key of the log is one of a witness; give it with --witness")
    if key.name is not None and key.name != found.origin:
        message = f"is of the log {shown(found.origin)}, and the key is that of {shown(key.name)}"
        raise found.refusal(message)
    made = [one for one in _by(found, key) if one.name == found.origin]
    if not made:
        raise found.refusal("is not signed by this key")
    if not all(holds(key.key, one.signature, found.note.text.encode()) for one in made):
        raise found.refusal("its signature does not hold: it or what it covers was altered")


def _by(found: Checkpoint, key: NoteKey) -> Iterator[NoteSignature]:
    return (one for one in found.note.signatures if key.made(one))


def cosigned(found: Checkpoint, name: str, signer: Signer, time: int) -> SignedNote:
    """Return the note with a witness's signature added, in place of an older one by the same key."""
    signature = time.to_bytes(TIME_LENGTH, "big") + signer.sign(_witnessed(found, time))
    key = witness_key(name, signer)
    others = [one for one in found.note.signatures if not key.made(one)]
    own = NoteSignature(name, key_id(name, COSIGNED, signer.public), signature)
    return SignedNote(found.note.text, (*others, own))


def _witnessed(found: Checkpoint, time: int) -> bytes:
    """Return what a witness signs (c2sp.org/tlog-cosignature)."""
    return f"cosignature/v1\ntime {time}\n{found.note.text}".encode()


def _cosignature(found: Checkpoint, witness: NoteKey) -> Cosignature:
    if witness.kind != COSIGNED or witness.name is None:
        raise found.refusal(
            "the key of a witness must be a verifier key, as 'audit cosign' shows it"
        )
    made = next(_by(found, witness), None)
    if made is None:
        raise found.refusal(f"is not cosigned by {shown(witness.name)}")
    time = int.from_bytes(made.signature[:TIME_LENGTH], "big")
    if not holds(witness.key, made.signature[TIME_LENGTH:], _witnessed(found, time)):
        raise found.refusal(f"the cosignature by {shown(witness.name)} does not hold")
    return Cosignature(witness.name, time)
