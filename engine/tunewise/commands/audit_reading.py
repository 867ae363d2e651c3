"""`tunewise audit show` and `list`: one record explained, and the records that are asked for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

import click

from tunewise.commands import options, outputs
from tunewise.commands.audit import report_integrity
from tunewise.commands.program import FAILED
from tunewise.errors import UserError, harmless, shown

if TYPE_CHECKING:
    from tunewise.asking.explaining import Explaining
    from tunewise.asking.filters import Filter
    from tunewise.log.integrity import IntegrityProblems
    from tunewise.log.reading import Log, LogEntry
    from tunewise.log.selecting import Chosen

Given = TypeVar("Given")


@click.command("show", short_help="Explain one record.")
@click.argument("log", type=options.FILE_PATH, metavar="LOG")
@click.argument("record", metavar="[RECORD]", required=False)
@click.option("--full", is_flag=True, help="Everything: facts, all options, every rule that fired.")
@click.option("--why", metavar="OPTION", help="Which rules spoke for an option, and against it.")
@click.option("--why-not", metavar="OPTION", help="What kept an option from being chosen.")
@outputs.format_option
@outputs.output_option
@options.templates_option
def show_record(
    log: str,
    record: str | None,
    full: bool,
    why: str | None,
    why_not: str | None,
    form: str | None,
    output: str | None,
    templates: str | None,
) -> int:
    """Explain a record: what was decided, which rules carried it, on which facts, from which sources.

    RECORD is its number in the log, its digest, or the case's name or a part of it; the last one if left out.
    OPTION is one such as fine_tuning; write decision=option where several decisions have it. Exit status 1 where
    the record does not hold its digest or its place in the log.
    """
    from tunewise.asking.explaining import Explaining
    from tunewise.log.human_decisions import human_decisions
    from tunewise.log.integrity import IntegrityProblems
    from tunewise.log.reading import Log
    from tunewise.log.selecting import Rulebooks, find_record

    if why is not None and why_not is not None:
        raise UserError("--why: cannot be asked together with --why-not; ask one after the other")
    outputs.spare(output, outputs.evidence(log))
    form = outputs.report_form(form, output)
    doubts = IntegrityProblems()
    chosen = find_record(Log(log), record, lambda entry: _unread(entry, doubts))
    doubts.take(chosen.entry)
    people = human_decisions(Log(log)).get(chosen.entry.computed, ())
    rulebook = Rulebooks(log).of(chosen.record)
    explaining = Explaining(log, chosen.entry, chosen.record, rulebook, people)
    text = _text(explaining, full, why, why_not, form, templates, output is None)
    outputs.put(text, output)
    _namesakes(log, chosen)
    return FAILED if report_integrity(log, doubts) else 0


def _unread(entry: LogEntry, doubts: IntegrityProblems) -> None:
    """Note a line that is no record: it could be the one that is looked for."""
    if entry.record is None:
        doubts.take(entry)


def _namesakes(log: str, chosen: Chosen) -> None:
    """Say where a name stands for several records."""
    if chosen.namesakes > 1:
        name, line = shown(chosen.record.case.name), chosen.entry.line
        said = f"{chosen.namesakes:,} records are called {name}; this is the last, number {line}"
        click.echo(f"tunewise: {harmless(log)}: {said}", err=True)


def _text(
    explaining: Explaining,
    full: bool,
    why: str | None,
    why_not: str | None,
    form: str,
    templates: str | None,
    terminal: bool,
) -> str:
    from tunewise.asking.arguments import question
    from tunewise.asking.explaining import answered

    way, named = ("why", why) if why is not None else ("why-not", why_not)
    asked = None if named is None else question(way, named, explaining.book)
    page = explaining.page(asked, full)
    if form == "json":
        import json

        from tunewise.record.decision import as_json

        record = json.loads(explaining.entry.raw)
        return as_json({"line": page.line, "record": record, **answered(page)})
    from tunewise.report.render import RECORD, set_out

    return set_out(RECORD, page, form, templates, terminal)


def _once(
    _context: click.Context, option: click.Parameter, given: tuple[Given, ...]
) -> Given | None:
    """Return the one value of an option; raise UserError where it was given again, as one would be lost."""
    if len(given) > 1:
        raise UserError(f"{option.opts[0]}: is given {len(given)} times, and has one value")
    return given[0] if given else None


@click.command("list", short_help="List the records that are asked for.")
@click.argument("log", type=options.FILE_PATH, metavar="LOG")
@click.option("--rule", multiple=True, metavar="ID", help="Only where this rule fired.")
@click.option(
    "--source",
    multiple=True,
    metavar="ID",
    help="Only where a rule from this item or document fired.",
)
@click.option(
    "--recommendation", multiple=True, metavar="OPTION", help="Only where this was chosen."
)
@click.option(
    "--rulebook",
    multiple=True,
    callback=_once,
    metavar="VERSION",
    help="Only by this rulebook: version or digest.",
)
@click.option("--owner", multiple=True, callback=_once, metavar="NAME", help="Only this owner's.")
@click.option(
    "--since",
    multiple=True,
    callback=_once,
    metavar="DATE",
    help="Only written on this day or later.",
)
@click.option(
    "--until",
    multiple=True,
    callback=_once,
    metavar="DATE",
    help="Only written on this day or earlier.",
)
@click.option(
    "--fact",
    multiple=True,
    metavar="ID[=VALUE]",
    help="Only where this fact was known, or was this.",
)
@click.option(
    "--veto",
    multiple=True,
    metavar="RULE|OPTION",
    help="Only where this rule, or on this option, vetoed.",
)
@click.option(
    "--margin",
    multiple=True,
    callback=_once,
    type=click.IntRange(min=0),
    metavar="N",
    help="Only where the first decision, the approach, was ahead by N at most.",
)
@click.option(
    "--overridden",
    is_flag=True,
    help="Only where people decided otherwise, and how often, by option and by rule.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "csv", "json")),
    default="text",
    help="text if left out.",
)
def list_records(
    log: str,
    rule: tuple[str, ...],
    source: tuple[str, ...],
    recommendation: tuple[str, ...],
    rulebook: str | None,
    owner: str | None,
    since: str | None,
    until: str | None,
    fact: tuple[str, ...],
    veto: tuple[str, ...],
    margin: int | None,
    overridden: bool,
    form: str,
) -> int:
    """List the records of a log, all or those that every filter admits.

    --rule, --source, --recommendation, --fact and --veto may be repeated: all must hold. A VALUE is written as in
    the questionnaire: 6,000, 73%, air-gapped, unknown. What people decided stands at the end of a line.
    """
    from tunewise.asking.filters import Filter
    from tunewise.log.reading import Log

    wanted = Filter(
        rules=rule,
        sources=source,
        recommendations=recommendation,
        facts=fact,
        vetoes=veto,
        rulebook=rulebook,
        owner=owner,
        since=None if since is None else options.day(since, "--since"),
        until=None if until is None else options.day(until, "--until"),
        margin=margin,
    )
    return _list(Log(log), wanted, overridden, form)


def _list(log: Log, wanted: Filter, overridden: bool, form: str) -> int:
    """Write the records that a filter admits, and return the exit status."""
    from tunewise.asking import listing, overrides
    from tunewise.log.human_decisions import human_decisions
    from tunewise.log.integrity import IntegrityProblems

    doubts, people = IntegrityProblems(), human_decisions(log)
    runs: list[LogEntry] = []

    def look(entry: LogEntry) -> None:
        doubts.take(entry)
        runs.extend([entry] if entry.run is not None else [])

    found = listing.rows(log, wanted, look, people, overridden)
    sys.stdout.writelines(listing.WRITERS[form](found))
    sys.stdout.writelines(listing.run_lines(runs) if form == "text" and not overridden else ())
    if overridden and form == "text":
        counts = overrides.override_counts(log, wanted, people)
        sys.stdout.writelines(overrides.override_lines(counts))
    return FAILED if report_integrity(log.path, doubts) else 0
