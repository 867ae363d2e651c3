"""`tunewise audit`: what an auditor asks of a decision log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunewise.commands.lazy import LazyGroup
from tunewise.errors import harmless

if TYPE_CHECKING:
    from tunewise.log.integrity import IntegrityProblems
    from tunewise.log.reading import Log, LogEntry

LONG_LOG = 4_000_000
"""Bytes of a log from which on progress is shown."""

SUBCOMMANDS = {
    "show": ("tunewise.commands.audit_reading:show_record", "Explain one record."),
    "list": (
        "tunewise.commands.audit_reading:list_records",
        "List the records that are asked for.",
    ),
    "verify": ("tunewise.commands.audit_verify:verify_log", "Find whatever was altered in a log."),
    "replay": (
        "tunewise.commands.audit_comparing:replay",
        "Decide every record anew, and compare.",
    ),
    "diff": (
        "tunewise.commands.audit_comparing:diff_decisions",
        "Compare decisions under two rulebooks, dates or assumptions.",
    ),
    "sign": ("tunewise.commands.audit_sign:sign", "Sign a log with a private key."),
    "approve": (
        "tunewise.commands.audit_people:approve",
        "Record that a person follows a recommendation.",
    ),
    "override": (
        "tunewise.commands.audit_people:override",
        "Record that a person decided otherwise, and why.",
    ),
    "checkpoint": (
        "tunewise.commands.audit_checkpoint:checkpoint",
        "Sign the size and the root of a log, for others to keep.",
    ),
    "cosign": (
        "tunewise.commands.audit_checkpoint:cosign",
        "Vouch as a witness for somebody's checkpoint.",
    ),
    "stamp": (
        "tunewise.commands.audit_stamp:stamp_checkpoint",
        "Have an authority say when it saw a checkpoint.",
    ),
    "prove": (
        "tunewise.commands.audit_prove:prove_record",
        "Prove that a log holds a record, or only grew.",
    ),
    "check": ("tunewise.commands.audit_prove:check", "Check a proof without the log."),
    "pack": (
        "tunewise.commands.audit_pack:pack",
        "Put together what an external auditor needs.",
    ),
    "keygen": ("tunewise.commands.audit_sign:keygen", "Make a pair of keys to sign with."),
}


@click.group(
    "audit",
    cls=LazyGroup,
    listed=SUBCOMMANDS,
    short_help="Read decision logs, and prove what they hold.",
)
def audit_command() -> None:
    """Read the decision logs that `--log` writes: what was decided, by which rules, on which facts.

    Exit status 0 where all is well, 1 where something is not, 2 where the log cannot be read at all.
    """


@contextmanager
def log_progress(log: Log) -> Iterator[Callable[[LogEntry], None]]:
    """Show on a terminal how far a long log was read."""
    hidden = log.size < LONG_LOG or not sys.stderr.isatty()
    label = harmless(Path(log.path).name)
    with click.progressbar(length=log.size, label=label, file=sys.stderr, hidden=hidden) as bar:
        yield lambda entry: bar.update(entry.end - bar.pos)


def report_integrity(log: str, doubts: IntegrityProblems) -> bool:
    """Say on standard error what of a log does not hold, and tell whether anything does not."""
    from tunewise.log.explainable import SEE

    said = doubts.said()
    if said:
        sys.stdout.flush()
        click.echo(f"tunewise: {harmless(log)}: {said}; {SEE}", err=True)
    return bool(said)
