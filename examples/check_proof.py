"""Checks a proof of one record with a hash function and Ed25519 alone: no Tunewise, no log.

python check_proof.py PROOF KEY: the proof as 'audit prove' wrote it; the key as 'audit checkpoint' showed it, or a file
that holds it. Exit status 0 where the proof holds, 1 where it does not, 2 where it cannot be checked.
"""

import sys
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import NoReturn


def end(status: int, said: str) -> NoReturn:
    """End with one line."""
    print(said, file=sys.stderr)
    sys.exit(status)


def require(holds: bool, fault: str) -> None:
    """End with the fault where something does not hold."""
    if not holds:
        end(1, f"does not hold: {fault}")


try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    _, given, key = sys.argv
except ImportError:
    end(2, "needs the package cryptography: pip install cryptography")
except ValueError:
    end(2, "usage: python check_proof.py PROOF KEY")

# A proof: what it proves, an empty line, the checkpoint, an empty line, who signed the checkpoint.
try:
    head, checkpoint, signatures = Path(given).read_text("utf-8").split("\n\n")
    _, extra, index, *path = head.split("\n")
    origin, size, root = checkpoint.split("\n")[:3]
    record, siblings = b64decode(extra.removeprefix("extra ")), [b64decode(one) for one in path]
    covered, digest = record.rsplit(b',"digest":"', 1)
    number, total, top = int(index.removeprefix("index ")), int(size), b64decode(root)
except OSError as error:
    end(2, f"{given}: cannot be read: {error.strerror}")
except ValueError:
    end(2, f"{given}: is no proof of a record")

# A key: the name of the log, four bytes for short, and in base 64 a byte of one and the Ed25519 key.
try:
    text = Path(key).read_text("utf-8") if Path(key).is_file() else key
    name, _, coded = text.strip().split("+", 2)
    public = Ed25519PublicKey.from_public_bytes(b64decode(coded)[1:])
except (OSError, ValueError):
    end(2, "KEY: is neither a key, NAME+ID+BASE64, nor a file that holds one")

# 1. The record: its digest is the SHA-256 of its bytes before ,"digest":
require(sha256(covered).hexdigest().encode() == digest[:64], "the record was altered")

# 2. The way from the record to the root of the Merkle tree (RFC 9162, section 2.1.3.2)
require(0 <= number < total, "the log has no such record")
node = sha256(b"\0" + sha256(covered).digest()).digest()
at, last = number, total - 1
for sibling in siblings:
    if at % 2 or at == last:
        node = sha256(b"\1" + sibling + node).digest()
        while at and at % 2 == 0:
            at, last = at >> 1, last >> 1
    else:
        node = sha256(b"\1" + node + sibling).digest()
    at, last = at >> 1, last >> 1
require(last == 0, "the proof is cut off")
require(node == top, "the record is not in the log")

# 3. The checkpoint: signed by the key, in the name of the log (c2sp.org/signed-note)
require(name == origin, "the checkpoint is of another log than the key")
lead = f"\N{EM DASH} {name} "
signed = [line.removeprefix(lead) for line in signatures.split("\n") if line.startswith(lead)]
try:
    public.verify(b64decode(signed[0])[4:], f"{checkpoint}\n".encode())
except (InvalidSignature, ValueError, IndexError):
    end(1, "does not hold: the checkpoint is not signed by this key")

print(f"record {number} (from 0) of {total} of {origin}: holds")
