"""`tunewise batch`: an inventory in, a folder of decisions out."""

from __future__ import annotations

import sys
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import click

from tunewise.commands import batch_ray, options
from tunewise.commands.batch_reading import ReadingChoice, propose_mapping, reading_options
from tunewise.errors import harmless

if TYPE_CHECKING:
    from tunewise.batch.finishing import Done
    from tunewise.batch.order import Order
    from tunewise.batch.progress import Progress

INPUT_FORMS = ("csv", "tsv", "xlsx", "xls", "ods", "json", "jsonl", "yaml", "parquet")
RESULT_FORMS = ("csv", "jsonl", "parquet", "xlsx")
COST_FORMS = ("csv", "xlsx")
SOME_REJECTED = 1
RESUMABLE = "what was evaluated is kept; the same command with --resume goes on from there"
PAGE = "portfolio.html"
"""The file of a run that people read first."""
LISTED_REASONS = 20
"""How many reasons are listed at the end."""


@click.command("batch", short_help="Evaluate an inventory of use cases.")
@click.argument("inventory", type=options.FILE_PATH)
@click.option(
    "-o",
    "--output",
    type=options.FILE_PATH,
    metavar="DIR",
    help="The folder to write to; it is made where there is none.",
)
@click.option(
    "--input-format",
    type=click.Choice(INPUT_FORMS),
    help="By the ending of the inventory if left out.",
)
@click.option(
    "--propose",
    type=options.FILE_PATH,
    metavar="FILE",
    help="Look at the inventory and write a mapping file for it; evaluate nothing.",
)
@reading_options
@click.option(
    "--output-format",
    type=click.Choice(RESULT_FORMS),
    default="csv",
    help="The format of the results; csv if left out.",
)
@click.option(
    "--costs",
    type=click.Choice(COST_FORMS),
    help="Also write the cost lines of every row, months across: costs.csv or costs.xlsx.",
)
@click.option("--title", metavar="TEXT", help="The portfolio's title.")
@click.option(
    "--briefs",
    is_flag=True,
    help="Also write a brief of each row, and count what would turn them; takes some seconds a row.",
)
@click.option("--resume", is_flag=True, help="Go on with a run that was interrupted.")
@click.option("--strict", is_flag=True, help="Write nothing where a row would be rejected.")
@click.option("--dry-run", is_flag=True, help="Check the rows only; print what is wrong with them.")
@click.option("--quiet", is_flag=True, help="No progress and no summary.")
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Processes that evaluate; one a core if left out.",
)
@click.option(
    "--chunk-rows",
    type=click.IntRange(1, 100_000),
    default=5_000,
    show_default=True,
    metavar="N",
    help="Rows that are evaluated together, and lost by an interruption.",
)
@click.option(
    "--on",
    type=click.Choice(("ray",)),
    help="Evaluate on Ray: many files in (a folder or a pattern), parts of results and rejects out, and "
    "neither a decision log nor a portfolio; needs 'tunewise[ray]'.",
)
@click.option(
    "--address",
    metavar="HOST:PORT",
    help="The Ray cluster to run on, or auto; one of this machine's own if left out.",
)
@options.rulebook_options
@options.templates_option
@options.as_of_option
@options.pricing_options
@options.log_option
@options.privacy_option
def batch_command(
    output: str | None,
    dry_run: bool,
    quiet: bool,
    on: str | None,
    address: str | None,
    propose: str | None,
    **given: Any,
) -> int:
    """Evaluate an inventory (a file, or - for standard input), one decision a row.

    DIR gets the results, a decision log, the rejected rows with their reasons, and a portfolio report as a page, as
    Markdown and as a workbook; with --costs also what everything costs, line by line.
    """
    from tunewise.batch.progress import progress_for

    batch_ray.check_ray_options(on, address)
    if propose is not None:
        return propose_mapping(given["inventory"], propose, given)
    if output is None and not dry_run:
        raise click.UsageError("name the folder to write to with -o DIR, or add --dry-run")
    telling = progress_for(quiet)
    try:
        order = _order(output or "", **given)
        done = (
            batch_ray.run_on_ray(order, address, telling) if on else _run(order, dry_run, telling)
        )
    except KeyboardInterrupt:
        telling.end()
        if not dry_run and not on:
            click.echo(f"tunewise: {RESUMABLE}", err=True)
        raise
    finally:
        telling.end()
    if not quiet:
        _say(done, "" if output is None or dry_run else output)
    return SOME_REJECTED if done.counts.rejected else 0


def _run(order: Order, dry_run: bool, telling: Progress) -> Done:
    from tunewise.batch import run

    return run.dry_run(order, telling) if dry_run else run.run_batch(order, telling)


def _order(
    output: str,
    rules: options.RulebookChoice,
    as_of: str | None,
    pricing: options.Pricing,
    privacy: str | None,
    reading: ReadingChoice,
    workers: int | None,
    **given: Any,
) -> Order:
    """Return what the options order; raise UserError where one of them is wrong in itself."""
    from tunewise.batch.order import Order, cores
    from tunewise.costs.model import CostModel
    from tunewise.log.privacy import read_privacy

    rulebook, day, overrides = options.rulebook(rules, as_of), options.day(as_of), pricing.overrides
    shown_in = (pricing.currency, pricing.fx)
    return Order(
        output=output,
        rulebook=rulebook,
        as_of=day,
        overrides=overrides,
        shown_in=shown_in,
        currency=CostModel(rulebook, day, overrides, shown_in).currency,
        privacy=None if privacy is None else read_privacy(privacy, rulebook),
        mapping=reading.mapping,
        workers=workers or cores(),
        **given,
    )


def _say(done: Done, output: str) -> None:
    """Sum up on standard error."""
    counts = done.counts
    if done.already:
        _line(f"{output}: the run is complete already")
    skipped = f", {counts.skipped:,} passed over" if counts.skipped else ""
    read = f"{counts.rows:,} rows read: {counts.accepted:,} accepted, {counts.rejected:,} rejected"
    _line(f"{read}{skipped}")
    if counts.too_early:
        none = f"; {counts.factless:,} state no fact at all" if counts.factless else ""
        _line(f"{counts.too_early:,} of those accepted are too early for a verdict{none}")
    if counts.remarked:
        _line(f"{counts.remarked:,} have remarks, in the column of that name")
    for reason in done.reasons[:LISTED_REASONS]:
        _line(f"  {reason}")
    if len(done.reasons) > LISTED_REASONS:
        _line(f"  and {len(done.reasons) - LISTED_REASONS:,} more reasons")
    if done.files:
        _line(f"{output}: {', '.join(done.files)}")
        if PAGE in done.files:
            _line(_outcome(done, str(PurePath(output, PAGE))))
    elif output:
        _line(f"{output}: nothing was written, as --strict asks")


def _outcome(done: Done, page: str) -> str:
    """Return what was decided first of how many rows, of how many nothing was, and where to read on."""
    counts = done.counts
    decided = f"{counts.accepted - counts.too_early:,} decided"
    parts = [f"{decided}: {done.outcome}" if done.outcome else decided]
    parts += [f"{counts.too_early:,} too early"] if counts.too_early else []
    parts += [f"{counts.rejected:,} rejected"] if counts.rejected else []
    return f"{'; '.join(parts)}. Open {page} first."


def _line(text: str) -> None:
    click.echo(harmless(text), err=True)
    sys.stderr.flush()
