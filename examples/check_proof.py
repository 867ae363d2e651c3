"""Checks a proof of one record with a hash function and Ed25519 alone: no Tunewise, no log.

python check_proof.py PROOF KEY: the proof as 'audit prove' wrote it, the key as 'audit checkpoint' showed it.
"""

import sys
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def require(holds: bool, fault: str) -> None:
    """End with the fault where something does not hold."""
    if not holds:
        sys.exit(f"does not hold: {fault}")


proof, key = Path(sys.argv[1]).read_text("utf-8"), sys.argv[2]

# A proof: what it proves, an empty line, the checkpoint, an empty line, who signed the checkpoint.
head, checkpoint, signatures = proof.split("\n\n")
_, extra, index, *path = head.split("\n")
origin, size, root = checkpoint.split("\n")[:3]

# 1. The record: its digest is the SHA-256 of its bytes before ,"digest":
record = b64decode(extra.removeprefix("extra "))
covered, digest = record.rsplit(b',"digest":"', 1)
require(sha256(covered).hexdigest() == digest[:64].decode(), "the record was altered")

# 2. The way from the record to the root of the Merkle tree (RFC 9162, section 2.1.3.2)
node = sha256(b"\0" + sha256(covered).digest()).digest()
at, last = int(index.removeprefix("index ")), int(size) - 1
for sibling in map(b64decode, path):
    if at % 2 or at == last:
        node = sha256(b"\1" + sibling + node).digest()
        while at and at % 2 == 0:
            at, last = at >> 1, last >> 1
    else:
        node = sha256(b"\1" + node + sibling).digest()
    at, last = at >> 1, last >> 1
require(last == 0, "the proof is cut off")
require(node == b64decode(root), "the record is not in the log")

# 3. The checkpoint: signed by the key, in the name of the log (c2sp.org/signed-note)
name, _, coded = key.split("+", 2)
signed = [line.split(" ")[2] for line in signatures.splitlines() if line.split(" ")[1] == name]
require(name == origin and bool(signed), "the checkpoint is not signed in the name of the log")
public = Ed25519PublicKey.from_public_bytes(b64decode(coded)[1:])
public.verify(b64decode(signed[0])[4:], f"{checkpoint}\n".encode())  # raises InvalidSignature

print(f"record {index.removeprefix('index ')} (from 0) of {size} of {origin}: holds")
