"""`tunewise audit sign` and `keygen`: say who stands behind a log."""

from __future__ import annotations

import os
import sys

import click

from tunewise.cli import FAILED
from tunewise.commands import options
from tunewise.commands.audit import SIGNATURE, progress
from tunewise.errors import Problem, UserError, harmless


@click.command("sign", short_help="Sign a log with a private key.")
@click.argument("path", metavar="LOG", type=options.FILE)
@click.option(
    "--key",
    required=True,
    type=options.FILE,
    metavar="FILE",
    help="The private key, Ed25519 in PEM, as 'audit keygen' or openssl makes it.",
)
@click.option("-o", "--output", type=options.FILE, metavar="FILE", help="LOG.sig if left out.")
def sign(path: str, key: str, output: str | None) -> int:
    """Sign the number of a log's records and the digest of the last one, which covers all before it.

    A log that is not whole is not signed (exit status 1). Records may be added later; 'audit verify --key' tells
    how many are signed.
    """
    from tunewise.audit.chain import now
    from tunewise.audit.reading import Log
    from tunewise.audit.signing import signed
    from tunewise.audit.verify import verify
    from tunewise.writing import write_whole

    target = output or path + SIGNATURE
    if os.path.realpath(target) in map(os.path.realpath, (path, key)):
        message = "is the log or the key, which the signature would replace"
        raise UserError(Problem(target, None, "", message))
    log = Log(path)
    with progress(log) as tick:
        found = verify(log, quick=True, tick=tick)
    if found.findings or found.head is None:
        click.echo(f"tunewise: {harmless(path)}: is not whole, so it is not signed", err=True)
        click.echo(f"  see: tunewise audit verify {harmless(path)}", err=True)
        return FAILED
    text = signed(found.lines, found.head, now(), key, _passphrase)
    write_whole(target, text.decode())
    click.echo(f"{harmless(target)}: {found.lines:,} records, the last is {found.head}")
    return 0


def _passphrase() -> bytes:
    """Ask for the passphrase of a private key; it is shown nowhere and kept nowhere."""
    if not sys.stdin.isatty():
        raise UserError(
            "--key: the private key has a passphrase; run this in a terminal to enter it"
        )
    entered: str = click.prompt("Passphrase of the private key", hide_input=True, err=True)
    return entered.encode()


@click.command("keygen", short_help="Make a pair of keys to sign with.")
@click.argument("path", metavar="FILE", type=options.FILE)
def keygen(path: str) -> None:
    """Make a private key in FILE, for your eyes alone, and the public one in FILE.pub.

    It has no passphrase. openssl makes one that has:
    openssl genpkey -algorithm ed25519 -aes256 -out FILE; openssl pkey -in FILE -pubout -out FILE.pub
    """
    from tunewise.audit.signing import new_keys

    public = f"{path}.pub"
    fingerprint = new_keys(path, public)
    click.echo(f"{harmless(path)}: the private key; keep it to yourself")
    click.echo(f"{harmless(public)}: the public key, {fingerprint}")
