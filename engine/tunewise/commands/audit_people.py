"""`tunewise audit approve` and `override`: what people decided on a recommendation, in its log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tunewise.commands import options
from tunewise.commands.audit import report_integrity
from tunewise.commands.program import FAILED
from tunewise.errors import UserError, harmless, shown

if TYPE_CHECKING:
    from tunewise.knowledge.rulebook import Rulebook
    from tunewise.log.selecting import Chosen

HumanCommand = TypeVar("HumanCommand", bound=Callable[..., Any])
MAX_WORDS = 2_000
"""Characters of a name, a role, a reason."""


def _words(_context: click.Context, option: click.Parameter, text: str) -> str:
    """Return what a person wrote, without spaces around it; refuse nothing, too much, and half characters."""
    found = text.strip()
    if not found:
        raise UserError(f"{option.opts[0]}: expected some words, found none")
    if len(found) > MAX_WORDS:
        raise UserError(f"{option.opts[0]}: is longer than the {MAX_WORDS:,} characters allowed")
    if any("\ud800" <= one <= "\udfff" for one in found):
        raise UserError(f"{option.opts[0]}: is not text in UTF-8: {shown(found)}")
    return found


def human_options(command: HumanCommand) -> HumanCommand:
    """Add who decided, as what, and why."""
    for name, metavar, says in (
        ("--reason", "TEXT", "Why."),
        ("--role", "ROLE", "As what, such as 'product owner'."),
        ("--by", "NAME", "Who decided."),
    ):
        click.option(name, required=True, callback=_words, metavar=metavar, help=says)(command)
    return command


@click.command("approve", short_help="Record that a person follows a recommendation.")
@click.argument("log", type=options.FILE_PATH, metavar="LOG")
@click.argument("record", metavar="RECORD")
@human_options
def approve(log: str, record: str, by: str, role: str, reason: str) -> int:
    """Append to a log that a person follows what a record recommends: who, as what, when, why.

    RECORD is its number, its digest, or the case's name or a part of it. An approval takes back any override that
    stands above it. Exit status 1, and nothing written, where the record does not hold its digest or its place.
    """
    from tunewise.log.human_decisions import human_content

    chosen = _sound(log, record)
    if chosen is None:
        return FAILED
    return _append(log, human_content(chosen.entry, by, role, reason), chosen)


@click.command("override", short_help="Record that a person decided otherwise, and why.")
@click.argument("log", type=options.FILE_PATH, metavar="LOG")
@click.argument("record", metavar="RECORD")
@click.option(
    "--to",
    "to",
    required=True,
    metavar="OPTION",
    help="What is taken instead; decision=option where several decisions have it.",
)
@human_options
def override(log: str, record: str, to: str, by: str, role: str, reason: str) -> int:
    """Append to a log that a person takes another option than the one that a record recommends, and why.

    'audit list --overridden' lists these, with how often each rule and option was overridden. RECORD is the record's
    number, its digest, or the case's name or a part of it. An option that the record rules out may be taken; by which
    rules it is ruled out is said, here and by 'audit show'.
    """
    from tunewise.log.human_decisions import human_content
    from tunewise.log.selecting import Rulebooks

    chosen = _sound(log, record)
    if chosen is None:
        return FAILED
    rulebook = Rulebooks(log).of(chosen.record)
    named = _instead(to, chosen, rulebook)
    status = _append(log, human_content(chosen.entry, by, role, reason, named), chosen)
    _warn(log, chosen, rulebook, named)
    return status


def _warn(log: str, chosen: Chosen, rulebook: Rulebook, named: tuple[str, str]) -> None:
    """Say by which rules the record rules out what is taken all the same."""
    from tunewise.asking.explaining import Explaining

    explaining = Explaining(log, chosen.entry, chosen.record, rulebook)
    for said in explaining.ruled_out(*named):
        ruled_out = f"{named[1]} is ruled out in this record by {harmless(said)}"
        click.echo(f"tunewise: {harmless(log)}: {ruled_out}", err=True)


def _sound(log: str, named: str) -> Chosen | None:
    """Return the record of that name, None where it does not hold, which is said."""
    from tunewise.log.integrity import IntegrityProblems
    from tunewise.log.reading import Log
    from tunewise.log.selecting import find_record

    doubts = IntegrityProblems()
    chosen = find_record(Log(log), named, lambda _: None)
    if chosen.namesakes > 1:
        message = f"{chosen.namesakes:,} records are called {shown(named)}; give a number"
        raise Log(log).refusal(message)
    doubts.take(chosen.entry)
    return None if report_integrity(log, doubts) else chosen


def _instead(to: str, chosen: Chosen, rulebook: Rulebook) -> tuple[str, str]:
    """Return the decision and the option that a text names; raise UserError where it names none that is another."""
    from tunewise.asking.naming import Options

    known = Options([rulebook])
    found = known.named(to)
    if not found:
        raise UserError(f"--to: {known.unknown(to)}")
    if len(found) > 1:
        raise UserError(f"--to: {shown(to)} is an option of several: {', '.join(map(str, found))}")
    one = found[0]
    if chosen.record.recommendation[one.decision] == one.option:
        raise UserError(f"--to: {one} is what was recommended; 'audit approve' says so")
    return one.decision, one.option


def _append(log: str, content: dict[str, Any], chosen: Chosen) -> int:
    from tunewise.log.appending import append
    from tunewise.log.content import encoded

    mended = append(log, [encoded(content)])
    if mended is not None:
        click.echo(f"tunewise: {harmless(log)}: {mended}", err=True)
    verb = "approved" if content["chosen"] is None else f"overridden, {content['chosen']} is taken"
    click.echo(f"{harmless(log)}: record {chosen.entry.line}: {verb}, by {harmless(content['by'])}")
    return 0
