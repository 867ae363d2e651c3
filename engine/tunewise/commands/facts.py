"""`tunewise facts`: the vocabulary that cases are written in, and empty cases to fill in."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tunewise.commands import options
from tunewise.commands.completers import completing, fact_ids

if TYPE_CHECKING:
    from tunewise.knowledge.rulebook import Rulebook
    from tunewise.knowledge.vocabulary import Fact


@click.command("facts", short_help="List the facts; write an empty case.")
@click.argument("ids", nargs=-1, metavar="[FACT]...", shell_complete=completing(fact_ids))
@click.option("--all", "everything", is_flag=True, help="List what is worked out, too.")
@click.option(
    "--assumptions", is_flag=True, help="List what --assume can set, or the keys named, instead."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    help="text if left out.",
)
@click.option(
    "--template",
    type=click.Choice(("yaml", "csv", "xlsx")),
    help="Write an empty case (yaml) or an empty inventory (csv, xlsx) instead.",
)
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of the terminal.")
@options.rulebook_options
@options.as_of_option
def facts_command(
    ids: tuple[str, ...],
    everything: bool,
    assumptions: bool,
    form: str,
    template: str | None,
    output: str | None,
    rules: options.RulebookChoice,
    as_of: str | None,
) -> None:
    """List the facts that a case may state, show single ones, or write an empty case."""
    if template and (ids or everything or assumptions or form != "text"):
        raise click.UsageError("--template stands alone: it takes no fact, --all or --format")
    if assumptions and everything:
        raise click.UsageError("--assumptions and --all exclude each other")
    if template == "xlsx" and output is None and sys.stdout.isatty():
        raise click.UsageError("a terminal cannot show xlsx; add -o FILE")
    rulebook = options.rulebook(rules, as_of)
    text: str | bytes
    if template:
        text = _template(rulebook, template)
    elif assumptions:
        text = _assumptions(rulebook, ids, form)
    else:
        text = _pages(rulebook, ids, everything, form)
    if output is None and isinstance(text, bytes):
        sys.stdout.buffer.write(text)
    elif output is None:
        sys.stdout.write(str(text))
    else:
        from tunewise.writing import write_whole

        write_whole(output, text)


def _assumptions(rulebook: Rulebook, wanted: tuple[str, ...], form: str) -> str:
    from tunewise.costs import listing
    from tunewise.costs.model import NO_COSTS, cost_book
    from tunewise.errors import UserError
    from tunewise.record.decision import as_json

    book = cost_book(rulebook)
    if book is None:
        raise UserError(f"--assumptions: {NO_COSTS}")
    entries = [listing.listing_entry(book, key) for key in listing.keys(book, wanted)]
    if form == "json":
        return as_json(entries[0] if len(wanted) == 1 else entries)
    return listing.listing_text(entries)


def _template(rulebook: Rulebook, kind: str) -> str | bytes:
    if kind == "xlsx":
        from tunewise.inventories import sheets

        return sheets.inventory_template_xlsx(rulebook.facts)
    from tunewise.authoring.vocabularyreports import case_template, inventory_template_csv

    return (case_template if kind == "yaml" else inventory_template_csv)(rulebook)


def _pages(rulebook: Rulebook, ids: tuple[str, ...], everything: bool, form: str) -> str:
    from tunewise.authoring import vocabularyreports as reports
    from tunewise.record.decision import as_json

    found = _named(rulebook, ids) if ids else reports.select_facts(rulebook, everything)
    if form == "json":
        pages = [reports.fact_page(rulebook, fact) for fact in found]
        return as_json(pages[0] if len(ids) == 1 else pages)
    if not ids:
        return reports.facts_text(rulebook, found)
    return "\n".join(reports.fact_page_text(rulebook, fact) for fact in found)


def _named(rulebook: Rulebook, ids: tuple[str, ...]) -> tuple[Fact, ...]:
    from tunewise.cases.case import unknown_fact
    from tunewise.errors import Problem, UserError

    unknown = [unknown_fact(id, rulebook.facts) for id in ids if id not in rulebook.facts]
    if unknown:
        raise UserError(Problem("", None, "", message) for message in unknown)
    return tuple(rulebook.facts[id] for id in dict.fromkeys(ids))
