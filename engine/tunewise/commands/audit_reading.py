"""`tunewise audit show` and `list`: one record explained, and the records that are asked for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tunewise.commands import options
from tunewise.errors import UserError

if TYPE_CHECKING:
    from tunewise.audit.explaining import Explaining


@click.command("show", short_help="Explain one record.")
@click.argument("log", type=options.FILE, metavar="LOG")
@click.argument("record", metavar="[RECORD]", required=False)
@click.option("--full", is_flag=True, help="Everything: facts, all options, every rule that fired.")
@click.option("--why", metavar="OPTION", help="Which rules spoke for an option, and against it.")
@click.option("--why-not", metavar="OPTION", help="What kept an option from being chosen.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "markdown", "html", "json")),
    default="text",
    help="text if left out.",
)
@click.option("-o", "--output", type=options.FILE, metavar="FILE", help="Write to a file.")
@options.templates_option
def show(
    log: str,
    record: str | None,
    full: bool,
    why: str | None,
    why_not: str | None,
    form: str,
    output: str | None,
    templates: str | None,
) -> None:
    """Explain a record: what was decided, which rules carried it, on which facts, from which sources.

    RECORD is its number in the log, its digest or the case's name; the last one if left out. OPTION is one such
    as fine_tuning; write decision=option where several decisions have it.
    """
    from tunewise.audit.explaining import Explaining
    from tunewise.audit.reading import Log
    from tunewise.audit.selecting import Rulebooks, find

    if why is not None and why_not is not None:
        raise UserError("--why: cannot be asked together with --why-not; ask one after the other")
    chosen = find(Log(log), record)
    explaining = Explaining(log, chosen.entry, chosen.record, Rulebooks(log).of(chosen.record))
    text = _text(explaining, full, why, why_not, form, templates, output is None)
    if output is None:
        sys.stdout.write(text)
    else:
        from tunewise.writing import write_whole

        write_whole(output, text)


def _text(
    explaining: Explaining,
    full: bool,
    why: str | None,
    why_not: str | None,
    form: str,
    templates: str | None,
    terminal: bool,
) -> str:
    from tunewise.audit.asking import question
    from tunewise.audit.explaining import answered

    way, named = ("why", why) if why is not None else ("why-not", why_not)
    asked = None if named is None else question(way, named, explaining.book)
    page = explaining.page(asked, full)
    if form == "json":
        import json

        from tunewise.record import as_json

        record = json.loads(explaining.entry.raw)
        return as_json({"line": page.line, "record": record, **answered(page)})
    from tunewise.report.render import RECORD, set_out

    return set_out(RECORD, page, form, templates, terminal)


@click.command("list", short_help="List the records that are asked for.")
@click.argument("log", type=options.FILE, metavar="LOG")
@click.option("--rule", metavar="ID", help="Only where this rule fired.")
@click.option("--source", metavar="ID", help="Only where a rule from this item or document fired.")
@click.option("--recommendation", metavar="OPTION", help="Only where this was chosen.")
@click.option("--rulebook", metavar="VERSION", help="Only by this rulebook: version or digest.")
@click.option("--since", metavar="DATE", help="Only written on this day or later.")
@click.option("--until", metavar="DATE", help="Only written on this day or earlier.")
@click.option("--fact", metavar="ID[=VALUE]", help="Only where this fact was known, or was this.")
@click.option(
    "--veto", metavar="RULE|OPTION", help="Only where this rule, or on this option, vetoed."
)
@click.option("--margin", type=click.IntRange(min=0), metavar="N", help="Only with a lead up to N.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "csv", "json")),
    default="text",
    help="text if left out.",
)
def list_(
    log: str,
    rule: str | None,
    source: str | None,
    recommendation: str | None,
    rulebook: str | None,
    since: str | None,
    until: str | None,
    fact: str | None,
    veto: str | None,
    margin: int | None,
    form: str,
) -> None:
    """List the records of a log, all or those that every filter admits."""
    from tunewise.audit import listing
    from tunewise.audit.reading import Log
    from tunewise.audit.selecting import Filter

    wanted = Filter(
        rule,
        source,
        recommendation,
        rulebook,
        None if since is None else options.day(since, "--since"),
        None if until is None else options.day(until, "--until"),
        fact,
        veto,
        margin,
    )
    sys.stdout.writelines(listing.WRITERS[form](listing.rows(Log(log), wanted)))
