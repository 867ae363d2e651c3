"""`tunewise audit verify`: find and name whatever was altered in a log."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunewise.commands import options
from tunewise.commands.audit import log_progress
from tunewise.commands.outputs import SIGNATURE
from tunewise.commands.program import FAILED
from tunewise.errors import UserError, harmless, shown

if TYPE_CHECKING:
    from tunewise.log.checkpoints import Checkpoint
    from tunewise.log.findings import LogFinding
    from tunewise.log.trust_anchors import TrustAnchors
    from tunewise.log.verify import Verification

NOT_VERIFIABLE = 3
"""Exit status where nothing is wrong that can be seen, and something cannot be."""
DIGEST = re.compile("[0-9a-fA-F]{64}\\Z")


@click.command("verify", short_help="Find whatever was altered in a log.")
@click.argument("path", metavar="LOG", type=options.FILE_PATH)
@click.option(
    "--key",
    type=options.FILE_PATH,
    metavar="FILE",
    help="A public key; the log must be signed by the private one.",
)
@click.option(
    "--signature",
    type=options.FILE_PATH,
    metavar="FILE",
    help="The signature; LOG.sig if left out.",
)
@click.option(
    "--head",
    metavar="DIGEST",
    help="A record that was noted down as the last; the log must still hold it.",
)
@click.option(
    "--since",
    type=options.FILE_PATH,
    metavar="NOTE",
    help="An older checkpoint; the log must have done nothing but grow since.",
)
@click.option(
    "--witness",
    "witnesses",
    multiple=True,
    type=options.FILE_PATH,
    metavar="FILE",
    help="The key of a witness that must have cosigned NOTE; may be repeated.",
)
@click.option(
    "--authority",
    type=options.FILE_PATH,
    metavar="PEM",
    help="The root certificate of the authority that must have stamped NOTE; see 'audit stamp'.",
)
@click.option(
    "--rulebook",
    "rulebooks",
    multiple=True,
    metavar="DIGEST",
    help="The only rulebook that may have decided; may be repeated.",
)
@click.option("--quick", is_flag=True, help="Leave out whether decisions follow from their facts.")
@click.option("--no-costs", is_flag=True, help="Leave out whether costs come out as they stand.")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text")
def verify_log(
    path: str,
    key: str | None,
    signature: str | None,
    head: str | None,
    since: str | None,
    witnesses: tuple[str, ...],
    authority: str | None,
    rulebooks: tuple[str, ...],
    quick: bool,
    no_costs: bool,
    form: str,
) -> int:
    """Check every record: its digest, its place in the chain, its form, its rulebook, its conclusions.

    Decisions are derived anew from their facts without the rule engine. A log that lost its last records is whole
    in itself: give somebody a checkpoint of it ('audit checkpoint') and hold it to that with --since later, or note
    down the digest that this command shows for --head. Records that were added since are no fault.

    Exit status 1 where anything is not well; 3 where nothing is, but a verdict rests on facts that were taken out of
    its record, or costs were reckoned by other versions, so that nobody can verify them.
    """
    from tunewise.log.reading import Log
    from tunewise.log.verify import verify

    log = Log(path)
    older = _older(since, key, witnesses, authority)
    unsigned = older is not None and signature is None and not Path(path + SIGNATURE).is_file()
    vouched = replace(_vouched(path, None if unsigned else key, signature, head), since=older)
    vouched = replace(vouched, rulebooks=tuple(_digest(one, "--rulebook") for one in rulebooks))
    with log_progress(log) as tick:
        found = verify(log, quick, vouched, tick, not no_costs)
    if form == "json":
        from tunewise.record.decision import as_json

        sys.stdout.write(as_json(found.as_record()))
    else:
        for line in _said(found, vouched.claimed is not None):
            click.echo(line)
    if found.findings:
        return FAILED
    return NOT_VERIFIABLE if found.masked or found.unverified else 0


def _digest(text: str, option: str) -> str:
    if not DIGEST.match(text):
        raise UserError(
            f"{option}: expected a digest of 64 hexadecimal digits, found {shown(text)}"
        )
    return text.lower()


def _older(
    since: str | None, key: str | None, witnesses: tuple[str, ...], authority: str | None
) -> Checkpoint | None:
    """Return the checkpoint that a log is held to, its signatures checked as far as keys are given."""
    if since is None and witnesses:
        raise UserError("--witness: give the checkpoint that was cosigned, too, with --since")
    if since is None and authority is not None:
        raise UserError("--authority: give the checkpoint that was stamped, too, with --since")
    if since is None:
        return None
    from tunewise.log.checkpoints import read_checkpoint
    from tunewise.log.vouching import checked_checkpoint, read_key

    public = None if key is None else read_key(key)
    found = checked_checkpoint(read_checkpoint(since), public, [read_key(one) for one in witnesses])
    if authority is None:
        return found
    from tunewise.log.time_stamps import TIME_STAMP, time_stamped

    return time_stamped(found, since + TIME_STAMP, authority)


def _vouched(path: str, key: str | None, signature: str | None, head: str | None) -> TrustAnchors:
    """Return what was vouched for, as far as the user says, and what a signature beside the log says."""
    from tunewise.log.trust_anchors import Invalid, TrustAnchors

    head = None if head is None else _digest(head, "--head")
    beside = path + SIGNATURE
    if key is None and signature is not None:
        raise UserError("--signature: give the public key, too, with --key")
    if key is None and not Path(beside).is_file():
        return TrustAnchors(head)
    from tunewise.log.signing import checked, claimed, public_key

    try:
        if key is None:
            return TrustAnchors(head, claimed=claimed(beside))
        return TrustAnchors(head, checked(signature or beside, public_key(key)))
    except Invalid as error:
        return TrustAnchors(head, invalid=str(error))


def _said(found: Verification, unread: bool) -> Iterator[str]:
    log = harmless(found.log)
    for finding in found.findings:
        yield _line(log, finding)
    yield from _untold(found, log)
    for remark in found.remarks:
        yield f"{log}:{remark.line}: {remark.message} (no fault by itself)"
    records = _counted(found)
    if found.findings:
        count = len(found.findings)
        yield f"{log}: {records}, {count:,} {'finding' if count == 1 else 'findings'}"
    else:
        yield f"{log}: {records}, whole and in order{_followed(found)}"
    for sha256 in found.rulebooks if found.followed else ():
        yield f"decided by the rulebook {sha256}"
    if found.head is not None:
        yield f"the last record is {found.head}"
    if found.since is not None and not any(f.kind == "checkpoint" for f in found.findings):
        yield from _grown(found.since, found.lines)
    if found.signature is not None:
        yield from _signed(found)
    elif unread:
        yield f"there is a signature, {log}{SIGNATURE}; --key checks it"


def _untold(found: Verification, log: str) -> Iterator[str]:
    """Say of what nobody can tell whether it is well."""
    for masked in found.masked:
        rules = "1 rule" if masked.rules == 1 else f"{masked.rules} rules"
        said = f"not verifiable: {rules} read masked facts, taken as recorded"
        yield f"{log}:{masked.line}: {said}"
    for one in found.unverified:
        yield f"{log}:{one.line}: not verifiable: {harmless(one.message)}"


def _followed(found: Verification) -> str:
    """Say what follows from the facts of each record, and of how many records nobody can tell."""
    if not found.followed:
        return ""
    costs = ", its costs too" if found.reckoned else ""
    lines = {one.line for one in found.masked} | {one.line for one in found.unverified}
    untold = len(lines)
    but = f", but for what cannot be verified of {untold:,}" if untold else ""
    return f"; every decision follows from its facts{costs}{but}"


def _counted(found: Verification) -> str:
    records = found.lines - found.people - found.runs
    said = [f"{records:,} {'record' if records == 1 else 'records'}"]
    if found.people:
        one = found.people == 1
        said.append(f"{found.people:,} {'decision' if one else 'decisions'} by people")
    if found.runs:
        said.append(f"the end of {found.runs:,} {'run' if found.runs == 1 else 'runs'} of a batch")
    return " and ".join([", ".join(said[:-1]), said[-1]]) if said[1:] else said[0]


def _line(log: str, finding: LogFinding) -> str:
    line = "" if finding.line is None else f":{finding.line}"
    return f"{log}{line}: {harmless(finding.message)}"


def _grown(since: Checkpoint, lines: int) -> Iterator[str]:
    """Say what a checkpoint vouches for, and who vouches for the checkpoint."""
    by = f"of {harmless(since.origin)}" if since.checked else "whose signature --key would check"
    yield f"it only grew since the checkpoint {by}: {since.size:,} of {lines:,} records are covered"
    for witness in since.cosignatures:
        yield f"cosigned by {harmless(witness.name)}, {witness.said()}"
    if since.stamped:
        yield f"stamped by an authority, {since.stamped}"


def _signed(found: Verification) -> Iterator[str]:
    signature = found.signature
    assert signature is not None  # noqa: S101 - asked for where there is one
    later = found.lines - signature.records
    yield f"the first {signature.records:,} are signed, {signature.written}, by key {signature.key}"
    if later:
        yield f"{later:,} later {'one is' if later == 1 else 'ones are'} not signed"
