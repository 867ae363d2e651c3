"""`tunewise audit checkpoint` and `cosign`: what others keep, so that a log's own keeper cannot rewrite it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunewise.commands import options, outputs
from tunewise.commands.audit import log_progress
from tunewise.commands.audit_sign import passphrase
from tunewise.commands.program import FAILED
from tunewise.errors import UserError, harmless

if TYPE_CHECKING:
    from tunewise.log.checkpoints import Checkpoint
    from tunewise.log.merkle import MerkleTree
    from tunewise.log.reading import Log

private_key_option = click.option(
    "--key",
    required=True,
    type=options.FILE_PATH,
    metavar="FILE",
    help="The private key, Ed25519 in PEM, as 'audit keygen' or openssl makes it.",
)


@click.command("checkpoint", short_help="Sign the size and the root of a log, for others to keep.")
@click.argument("path", metavar="LOG", type=options.FILE_PATH)
@private_key_option
@click.option(
    "--origin",
    metavar="NAME",
    help="What the log is called by everybody, such as example.com/decisions; its file's name if left out.",
)
@click.option(
    "-o", "--output", type=options.FILE_PATH, metavar="NOTE", help="LOG.checkpoint if left out."
)
def checkpoint(path: str, key: str, origin: str | None, output: str | None) -> int:
    """Write a signed note of how many records a log has and of the root of their Merkle tree.

    Give it to somebody else: with it, 'audit verify --since NOTE' finds whatever is done to these records later,
    by whomever. A note that is there already is replaced where the log only grew since; else nothing is written.
    A log that is not whole gets none (exit status 1).
    """
    from tunewise.log.checkpoints import CHECKPOINT
    from tunewise.log.notes import key_name
    from tunewise.log.reading import Log
    from tunewise.log.signing import Signer
    from tunewise.log.vouching import issued, log_key
    from tunewise.writing import write_whole

    target = output or path + CHECKPOINT
    kept = [one for one in outputs.evidence(path) if output is not None or one[1] != target]
    outputs.spare(target, [*kept, ("the key", key)], "checkpoint")
    before = _before(target)
    named = origin or (before.origin if before is not None else Path(path).name)
    named = key_name(named, "--origin")
    signer = Signer(key, passphrase)
    tree = _whole_tree(Log(path))
    if tree is None:
        click.echo(f"tunewise: {harmless(path)}: is not whole, so it gets no checkpoint", err=True)
        click.echo(f"  see: tunewise audit verify {harmless(path)}", err=True)
        return FAILED
    if before is not None:
        _check_growth(before, named, tree)
    write_whole(target, issued(tree, named, signer).written())
    click.echo(f"{harmless(target)}: {tree.size:,} records of {named}")
    click.echo(f"its key is {log_key(named, signer).written()}")
    return 0


def _before(target: str) -> Checkpoint | None:
    from tunewise.log.checkpoints import read_checkpoint

    return read_checkpoint(target) if os.path.lexists(target) else None


def _whole_tree(log: Log) -> MerkleTree | None:
    """Return the tree over a log, None where anything is wrong with a line."""
    from tunewise.log.checkpoints import leaf_of
    from tunewise.log.merkle import MerkleTree

    leaves = []
    with log_progress(log) as tick:
        for entry in log.entries():
            if entry.findings:
                return None
            leaves.append(leaf_of(entry))
            tick(entry)
    return MerkleTree(leaves)


def _check_growth(before: Checkpoint, origin: str, tree: MerkleTree) -> None:
    """Refuse a checkpoint that contradicts the one that stands there: nobody could believe both."""
    if before.origin != origin:
        message = f"is a checkpoint of {harmless(before.origin)}; name another file with -o"
        raise before.refusal(message)
    if before.size > tree.size or tree.root(before.size) != before.root:
        message = "the log did more than grow since this checkpoint of it"
        raise before.refusal(f"{message}; see 'tunewise audit verify --since'")


@click.command("cosign", short_help="Vouch as a witness for somebody's checkpoint.")
@click.argument("note", metavar="NOTE", type=options.FILE_PATH)
@private_key_option
@click.option("--name", required=True, help="What the witness is called, such as example.org/w1.")
@click.option(
    "--log-key",
    required=True,
    type=options.FILE_PATH,
    metavar="FILE",
    help="The public key of the log, a verifier key or PEM.",
)
@click.option(
    "--since",
    type=options.FILE_PATH,
    metavar="OLDER",
    help="The last checkpoint that you cosigned.",
)
@click.option(
    "--proof",
    type=options.FILE_PATH,
    metavar="FILE",
    help="What 'audit prove LOG --since OLDER' wrote.",
)
def cosign(
    note: str, key: str, name: str, log_key: str, since: str | None, proof: str | None
) -> None:
    """Add a witness's signature to a checkpoint: that the witness has seen no other history of the log.

    Keep what you cosigned last and give it with --since: only a log that did nothing but grow is cosigned.
    """
    import time

    from tunewise.log.checkpoints import read_checkpoint
    from tunewise.log.notes import key_name
    from tunewise.log.signing import Signer
    from tunewise.log.vouching import checked_checkpoint, cosigned, read_key, witness_key
    from tunewise.writing import write_whole

    named, public = key_name(name, "--name"), read_key(log_key)
    found = checked_checkpoint(read_checkpoint(note), public)
    if since is not None:
        _hold_to(checked_checkpoint(read_checkpoint(since), public), found, proof)
    signer = Signer(key, passphrase)
    write_whole(note, cosigned(found, named, signer, int(time.time())).written())
    click.echo(f"{harmless(note)}: cosigned, {found.size:,} records of {harmless(found.origin)}")
    click.echo(f"the witness's key is {witness_key(named, signer).written()}")


def _hold_to(older: Checkpoint, found: Checkpoint, proof: str | None) -> None:
    from tunewise.log.proofs import ConsistencyProof, read_proof

    if proof is None:
        raise UserError("--proof: expected what 'audit prove LOG --since OLDER' wrote")
    given = read_proof(proof)
    if not isinstance(given, ConsistencyProof):
        raise found.refusal("--proof is of a record, not of a log that only grew")
    fault = given.fault(older, found)
    if fault:
        raise found.refusal(f"is not cosigned: {fault}")
