"""`tunewise prices`: the prices and rates in use, how old they are, and what is about to close."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunewise.commands import options

if TYPE_CHECKING:
    from tunewise.cases.case import Case
    from tunewise.comparing.pricebooks import PriceBook
    from tunewise.errors import Problem
    from tunewise.knowledge.rulebook import Rulebook


SOME_FAILED = 1


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
@click.option(
    "--diff",
    "old",
    type=options.FILE_PATH,
    metavar="OLD",
    help="Say what changed since an older price book: a folder, a rulebook that a log stored, or a day such as "
    "2026-01-01; and what that changes in the sums of each CASE.",
)
@click.argument("cases", nargs=-1, type=options.FILE_PATH, metavar="[CASE]...")
@options.rulebook_options
@options.as_of_option
def prices_command(
    models: tuple[str, ...],
    form: str,
    old: str | None,
    cases: tuple[str, ...],
    rules: options.RulebookChoice,
    as_of: str | None,
) -> int:
    """List what tokens, training, hosting and machines cost on a day, with date and source of each rate."""
    if old is not None:
        return _diff(old, cases, models, form, (rules, as_of))
    if cases:
        raise click.UsageError("a case goes with --diff OLD, which says what prices change in it")
    from tunewise.costs.dated import on_day
    from tunewise.costs.model import NO_COSTS, cost_book
    from tunewise.costs.pricelist import PriceList, price_list_text
    from tunewise.errors import UserError
    from tunewise.record.decision import as_json

    book = cost_book(options.rulebook(rules, as_of))
    if book is None:
        raise UserError(NO_COSTS)
    day = options.day(as_of)
    listed = PriceList(on_day(book, day), day, models).as_record()
    sys.stdout.write(as_json(listed) if form == "json" else price_list_text(listed))
    return 0


def _diff(
    old: str,
    paths: tuple[str, ...],
    models: tuple[str, ...],
    form: str,
    new: tuple[options.RulebookChoice, str | None],
) -> int:
    """Show what changed; return the exit status: 1 where a case cannot be compared."""
    from tunewise.comparing.pricebooks import PriceBook, PriceBookDiff
    from tunewise.comparing.pricebooksview import price_diff_text
    from tunewise.record.decision import as_json

    rules, day = options.rulebook(*new), options.day(new[1])
    now = PriceBook(rules, day, new[0].rules or "this rulebook")
    was = _old(old, now)
    cases = _cases(paths, rules)
    found = PriceBookDiff(was, now, models).as_record(cases)
    sys.stdout.write(as_json(found) if form == "json" else price_diff_text(found))
    return SOME_FAILED if any("failed" in case for case in found["cases"]) else 0


def _old(named: str, now: PriceBook) -> PriceBook:
    """Return the older price book: what a folder or file holds, or the same one on an earlier day."""
    from tunewise.errors import UserError, shown

    if Path(named).exists():
        return replace(now, rulebook=options.rulebook(named), named=named).under(now.rulebook)
    try:
        return replace(now, as_of=date.fromisoformat(named))
    except ValueError:
        kinds = "a folder, a rulebook that a log stored, or a day such as 2026-01-01"
        raise UserError(f"--diff: expected {kinds}, found {shown(named)}") from None


def _cases(paths: tuple[str, ...], rules: Rulebook) -> list[Case]:
    """Return the cases; raise UserError with every mistake in them."""
    from tunewise.cases.case import read_case
    from tunewise.errors import UserError

    cases: list[Case] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            cases.append(read_case(path, rules.facts))
        except UserError as error:
            problems += error.problems
    if problems:
        raise UserError(problems)
    return cases
