"""`tunewise audit sign` and `keygen`: say who stands behind a log."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tunewise.commands import options, outputs
from tunewise.commands.audit import log_progress
from tunewise.commands.outputs import SIGNATURE
from tunewise.commands.program import FAILED
from tunewise.errors import Problem, UserError, harmless

if TYPE_CHECKING:
    from tunewise.log.verify import Verification


@click.command("sign", short_help="Sign a log with a private key.")
@click.argument("path", metavar="LOG", type=options.FILE_PATH)
@click.option(
    "--key",
    required=True,
    type=options.FILE_PATH,
    metavar="FILE",
    help="The private key, Ed25519 in PEM, as 'audit keygen' or openssl makes it.",
)
@click.option("-o", "--output", type=options.FILE_PATH, metavar="FILE", help="LOG.sig if left out.")
@click.option("--replace", is_flag=True, help="Replace any signature that is there already.")
def sign(path: str, key: str, output: str | None, replace: bool) -> int:
    """Sign the number of a log's records and the digest of the last one, which covers all before it.

    A log that is not whole is not signed (exit status 1). Records may be added later; 'audit verify --key' tells
    how many are signed. A signature that is there already is replaced where it is by the same key and still holds
    over the log; any other one with --replace alone.
    """
    from tunewise.log.chain import now
    from tunewise.log.reading import Log
    from tunewise.log.signing import Signer
    from tunewise.log.trust_anchors import TrustAnchors
    from tunewise.log.verify import verify
    from tunewise.writing import write_whole

    target = output or path + SIGNATURE
    kept = [one for one in outputs.evidence(path) if output is not None or one[1] != target]
    outputs.spare(target, [*kept, ("the key", key)], "signature")
    log = Log(path)
    signer = Signer(key, passphrase)
    vouched = TrustAnchors() if replace else signer.standing(target)
    with log_progress(log) as tick:
        found = verify(log, quick=True, vouched=vouched, tick=tick)
    _refuse_to_replace(target, found)
    if found.findings or found.head is None:
        click.echo(f"tunewise: {harmless(path)}: is not whole, so it is not signed", err=True)
        click.echo(f"  see: tunewise audit verify {harmless(path)}", err=True)
        return FAILED
    write_whole(target, signer.signed(found.lines, found.head, now()))
    click.echo(f"{harmless(target)}: {found.lines:,} records, the last is {found.head}")
    return 0


def _refuse_to_replace(target: str, found: Verification) -> None:
    """Raise UserError where a signature is there already that says something else."""
    for finding in found.findings:
        if finding.kind == "signature":
            message = f"is there already: {finding.message}; --replace replaces it"
            raise UserError(Problem(target, None, "", message))


def passphrase() -> bytes:
    """Ask for the passphrase of a private key; it is shown nowhere and kept nowhere."""
    if not sys.stdin.isatty():
        raise UserError(
            "--key: the private key has a passphrase; run this in a terminal to enter it"
        )
    entered: str = click.prompt("Passphrase of the private key", hide_input=True, err=True)
    return entered.encode()


@click.command("keygen", short_help="Make a pair of keys to sign with.")
@click.argument("path", metavar="FILE", type=options.FILE_PATH)
def keygen(path: str) -> None:
    """Make a private key in FILE, for your eyes alone, and the public one in FILE.pub.

    It has no passphrase. openssl makes one that has:
    openssl genpkey -algorithm ed25519 -aes256 -out FILE; openssl pkey -in FILE -pubout -out FILE.pub
    """
    from tunewise.log.signing import new_keys

    public = f"{path}.pub"
    fingerprint = new_keys(path, public)
    click.echo(f"{harmless(path)}: the private key; keep it to yourself")
    click.echo(f"{harmless(public)}: the public key, {fingerprint}")
