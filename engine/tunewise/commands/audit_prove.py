"""`tunewise audit prove` and `check`: one record of a log, or its growth, shown without the rest of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tunewise.commands import options, outputs
from tunewise.commands.audit import log_progress
from tunewise.commands.program import FAILED
from tunewise.errors import UserError, harmless

if TYPE_CHECKING:
    from tunewise.log.checkpoints import Checkpoint
    from tunewise.log.merkle import MerkleTree
    from tunewise.log.notes import NoteKey
    from tunewise.log.proofs import ConsistencyProof, InclusionProof
    from tunewise.log.reading import LogEntry


@click.command("prove", short_help="Prove that a log holds a record, or only grew.")
@click.argument("path", metavar="LOG", type=options.FILE_PATH)
@click.argument("record", metavar="[RECORD]", required=False, type=click.IntRange(min=1))
@click.option(
    "--checkpoint",
    "note",
    type=options.FILE_PATH,
    metavar="NOTE",
    help="The checkpoint that vouches; LOG.checkpoint if left out.",
)
@click.option(
    "--since",
    type=options.FILE_PATH,
    metavar="OLDER",
    help="Prove that the log only grew between this older checkpoint and NOTE.",
)
@outputs.output_option
def prove_record(
    path: str, record: int | None, note: str | None, since: str | None, output: str | None
) -> int:
    """Prove that a checkpoint covers a record, to somebody who has not the log and may not see it.

    The proof holds the record, the checkpoint and some hashes; 'audit check' checks it, or any program that knows
    c2sp.org/tlog-proof. RECORD is its number in the log.
    """
    from tunewise.log.checkpoints import CHECKPOINT, read_checkpoint

    if (record is None) is (since is None):
        raise UserError("expected either the number of a record or --since")
    outputs.spare(output, outputs.evidence(path), "proof")
    checkpoint = read_checkpoint(note or path + CHECKPOINT)
    entry, tree = _read(path, checkpoint, record)
    outputs.put(_proof(entry, tree, checkpoint, since).written(), output)
    return 0


def _read(
    path: str, checkpoint: Checkpoint, record: int | None
) -> tuple[LogEntry | None, MerkleTree]:
    """Return the line asked for and the tree that a checkpoint is of; raise UserError where the log has another."""
    from tunewise.log.checkpoints import leaf_of
    from tunewise.log.merkle import MerkleTree
    from tunewise.log.reading import Log

    log, leaves, found = Log(path), [], None
    with log_progress(log) as tick:
        for entry in log.entries():
            if entry.line > checkpoint.size:
                break
            leaves.append(leaf_of(entry))
            found = entry if entry.line == record else found
            tick(entry)
    tree = MerkleTree(leaves)
    if record is not None and record > checkpoint.size:
        raise checkpoint.refusal(
            f"covers {checkpoint.size:,} records, and {record:,} is none of them"
        )
    if tree.size < checkpoint.size or tree.root() != checkpoint.root:
        message = "is not of this log as it stands; see 'tunewise audit verify --since'"
        raise checkpoint.refusal(message)
    return found, tree


def _proof(
    entry: LogEntry | None, tree: MerkleTree, checkpoint: Checkpoint, since: str | None
) -> InclusionProof | ConsistencyProof:
    from tunewise.log.checkpoints import read_checkpoint
    from tunewise.log.proofs import grown, included

    if entry is not None:
        return included(entry, tree, checkpoint)
    assert since is not None  # noqa: S101 - one of both is asked for
    older = read_checkpoint(since)
    if older.size > tree.size or tree.root(older.size) != older.root:
        raise older.refusal("the log did more than grow since this checkpoint of it")
    return grown(tree, older.size, checkpoint)


@click.command("check", short_help="Check a proof without the log.")
@click.argument("proof", metavar="PROOF", type=options.FILE_PATH)
@click.option(
    "--checkpoint",
    "note",
    type=options.FILE_PATH,
    metavar="NOTE",
    help="The checkpoint that you trust; the one in the proof if left out.",
)
@click.option(
    "--key",
    required=True,
    type=options.FILE_PATH,
    metavar="FILE",
    help="The log's public key, a verifier key or PEM.",
)
@click.option(
    "--witness",
    "witnesses",
    multiple=True,
    type=options.FILE_PATH,
    metavar="FILE",
    help="The key of a witness that must have cosigned the checkpoint; may be repeated.",
)
@click.option(
    "--since",
    type=options.FILE_PATH,
    metavar="OLDER",
    help="The older checkpoint, for a proof that the log only grew.",
)
@click.option("--record", "show", is_flag=True, help="Write the proven record to standard output.")
def check(
    proof: str,
    note: str | None,
    key: str,
    witnesses: tuple[str, ...],
    since: str | None,
    show: bool,
) -> int:
    """Check a proof: the record's own digest, the way to the checkpoint's root, the signatures of the checkpoint.

    It takes the proof and the log's public key, and no log. Exit status 1 where the proof does not hold.
    """
    from tunewise.log.checkpoints import read_checkpoint
    from tunewise.log.proofs import InclusionProof, read_proof
    from tunewise.log.vouching import checked_checkpoint, read_key

    found, public = read_proof(proof), read_key(key)
    trusted = found.checkpoint if note is None else read_checkpoint(note)
    trusted = checked_checkpoint(trusted, public, [read_key(one) for one in witnesses])
    if isinstance(found, InclusionProof):
        fault, said = found.fault(trusted), f"record {found.index + 1:,} of {trusted.size:,}"
    else:
        fault = _grew(found, trusted, since, public)
        said = f"nothing but growth from {found.older:,} to {trusted.size:,} records"
    if fault:
        click.echo(f"{harmless(proof)}: does not hold: {fault}")
        return FAILED
    if show and isinstance(found, InclusionProof):
        sys.stdout.write(found.line.decode() + "\n")
        return 0
    click.echo(f"{harmless(proof)}: holds: {said} of {harmless(trusted.origin)}")
    for witness in trusted.cosignatures:
        click.echo(f"cosigned by {harmless(witness.name)}, {witness.said()}")
    return 0


def _grew(found: ConsistencyProof, newer: Checkpoint, since: str | None, key: NoteKey) -> str:
    from tunewise.log.checkpoints import read_checkpoint
    from tunewise.log.vouching import checked_checkpoint

    if since is None:
        raise UserError("--since: the proof is that a log only grew; give the older checkpoint")
    return found.fault(checked_checkpoint(read_checkpoint(since), key), newer)
