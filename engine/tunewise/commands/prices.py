"""`tunewise prices`: the prices and rates in use, how old they are, and what is about to close."""

from __future__ import annotations

import sys

import click

from tunewise.commands import options


@click.command("prices", short_help="List the prices and rates in use, and how old they are.")
@click.option(
    "--model",
    "models",
    metavar="PROVIDER/MODEL",
    multiple=True,
    help="Price this model, too; may be repeated.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    help="text if left out.",
)
@options.rules_option
@options.as_of_option
def prices_command(
    models: tuple[str, ...], form: str, rules: str | None, as_of: str | None
) -> None:
    """List what tokens, training, hosting and machines cost on a day, with date and source of each rate."""
    from tunewise.costs.dated import on_day
    from tunewise.costs.model import NO_COSTS, cost_book
    from tunewise.costs.pricelist import PriceList, price_list_text
    from tunewise.errors import UserError
    from tunewise.record.decision import as_json

    book = cost_book(options.rulebook(rules))
    if book is None:
        raise UserError(NO_COSTS)
    day = options.day(as_of)
    listed = PriceList(on_day(book, day), day, models).as_record()
    sys.stdout.write(as_json(listed) if form == "json" else price_list_text(listed))
