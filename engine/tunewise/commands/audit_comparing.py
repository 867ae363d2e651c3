"""`tunewise audit replay` and `diff`: would the same inputs give the same answer, and what would others say."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from tunewise.cli import FAILED
from tunewise.commands import options
from tunewise.commands.audit import progress
from tunewise.errors import UserError, harmless

if TYPE_CHECKING:
    from tunewise.audit.changesview import ChangesView
    from tunewise.audit.changing import Changes
    from tunewise.audit.replaying import Replayed, Status
    from tunewise.audit.sides import Way
    from tunewise.knowledge.rulebook import Rulebook

WORDS: dict[Status, str] = {
    "same": "the same to the byte",
    "other_versions": "different, made with other versions",
    "differs": "different",
    "hidden": "cannot be decided anew, as facts were taken out",
    "no_rulebook": "cannot be decided anew, as their rulebook is missing or of another version",
    "unreadable": "no record",
}


@click.command("replay", short_help="Decide every record anew, and compare.")
@click.argument("path", metavar="LOG", type=options.FILE)
@click.option(
    "--sample", type=click.IntRange(min=1), metavar="N", help="Only N records, drawn evenly."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    help="text if left out.",
)
def replay(path: str, sample: int | None, form: str) -> int:
    """Decide every record anew by its own rulebook, prices and date, and compare it to the byte.

    What differs is shown as rule, fact and value. What was made with other versions of Tunewise, its rule engine or
    its prices is told apart. Exit status 1 where anything differs.
    """
    from tunewise.audit.reading import Log
    from tunewise.audit.replaying import Replay, summary
    from tunewise.audit.replaying import sample as drawn

    log = Log(path)
    again = Replay(log)
    found = []
    with progress(log) as tick:
        for entry in drawn(log.entries(), sample):
            found.append(again.again(entry))
            tick(entry)
    if form == "json":
        from tunewise.record import as_json

        counts = summary(found)
        notable = [one.as_record() for one in found if one.status != "same" or one.versions]
        head = {"schema": "tunewise.replay/1", "log": path, "records": len(found)}
        sys.stdout.write(as_json({**head, "counts": counts, "records_told": notable}))
    else:
        for line in _replayed(path, found):
            click.echo(line)
    return FAILED if any(one.status not in ("same", "hidden") for one in found) else 0


def _replayed(path: str, found: list[Replayed]) -> Iterator[str]:
    from tunewise.audit.replaying import summary

    log = harmless(path)
    for one in found:
        if one.status != "same":
            yield f"{log}:{one.line}: {harmless(one.name)}: {WORDS[one.status]}{_says(one)}"
            yield from (f"  {harmless(str(difference))}" for difference in one.differences)
    made = dict.fromkeys(version for one in found for version in one.versions)
    if made:
        yield f"made with other versions: {', '.join(made)}"
    counts = summary(found)
    told = (f"{counts[status]:,} {WORDS[status]}" for status in WORDS if status in counts)
    yield f"{log}: {len(found):,} {'record' if len(found) == 1 else 'records'}: {'; '.join(told)}"


def _says(one: Replayed) -> str:
    told = [text for text in (one.says, ", ".join(one.versions)) if text]
    return f" ({harmless('; '.join(told))})" if told else ""


@click.command("diff", short_help="Compare decisions under two rulebooks, dates or assumptions.")
@click.argument("path", metavar="LOG|INVENTORY", type=options.FILE)
@options.rules_option
@options.as_of_option
@options.assume_option
@click.option("--to-rules", type=options.FILE, metavar="DIR", help="The rulebook to compare with.")
@click.option("--to-as-of", metavar="DATE", help="The date to compare with.")
@click.option(
    "--to-assume", metavar="KEY=VALUE", multiple=True, help="An assumption to compare with."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "markdown", "html", "json")),
    default="text",
    help="text if left out.",
)
@click.option("-o", "--output", type=options.FILE, metavar="FILE", help="Write to a file.")
@click.option("--fail-on-change", is_flag=True, help="Exit with 1 where a recommendation changes.")
@options.templates_option
def diff(
    path: str,
    rules: str | None,
    as_of: str | None,
    assume: tuple[str, ...],
    to_rules: str | None,
    to_as_of: str | None,
    to_assume: tuple[str, ...],
    form: str,
    output: str | None,
    fail_on_change: bool,
    templates: str | None,
) -> int:
    """Compare the decisions on a log or an inventory in two ways, and name the rules that make the difference.

    The first way is what a log recorded, or --rules, --as-of and --assume; the second one differs from it in what
    --to-rules, --to-as-of and --to-assume say. A log without any of these is held against the shipped rulebook
    and today's prices.
    """
    from tunewise.audit.sides import is_log

    before = _way(rules, as_of, assume)
    after = _way(to_rules, to_as_of, to_assume)
    if is_log(path):
        if after.empty:
            after = _today()
        changes, view = _logged(path, before, after)
    else:
        if after.empty:
            raise UserError("--to-rules, --to-as-of or --to-assume: say what to compare with")
        changes, view = _listed(path, before.over(_today()), after)
    _put(_written(changes, view, form, templates, output is None), output)
    return FAILED if fail_on_change and changes.changed else 0


def _way(rules: str | None, as_of: str | None, assume: tuple[str, ...]) -> Way:
    from tunewise.audit.sides import Way

    return Way(
        None if rules is None else options.rulebook(rules),
        None if as_of is None else options.day(as_of),
        options.assumptions(assume) if assume else None,
    )


def _today() -> Way:
    from tunewise.audit.sides import Way

    return Way(options.rulebook(None), options.day(None))


def _logged(path: str, before: Way, after: Way) -> tuple[Changes, ChangesView]:
    from tunewise.audit.changing import collected
    from tunewise.audit.reading import Log
    from tunewise.audit.selecting import Rulebooks, records
    from tunewise.audit.sides import of_log

    log = Log(path)
    first = next(records(log), None)
    if first is None:
        raise log.refusal("holds no record")
    changes = collected(of_log(log, before, after))
    own = before.rulebook or Rulebooks(path)(first.record.rulebook.sha256)
    return changes, _view(changes, path, before, after, (own, after.rulebook or own))


def _listed(path: str, before: Way, after: Way) -> tuple[Changes, ChangesView]:
    from tunewise.audit.changing import collected
    from tunewise.audit.sides import of_inventory

    changes = collected(of_inventory(path, before, after))
    assert before.rulebook is not None  # noqa: S101 - completed with today's
    books = (before.rulebook, after.rulebook or before.rulebook)
    return changes, _view(changes, path, before, after, books)


def _view(
    changes: Changes, path: str, before: Way, after: Way, books: tuple[Rulebook, Rulebook]
) -> ChangesView:
    from tunewise.audit.changesview import changes_view

    sides = _said(before) or "as recorded", _said(after)
    return changes_view(changes, path, sides, books)


def _said(way: Way) -> str:
    """Return a way of deciding in words, empty where nothing is said."""
    parts = []
    if way.rulebook is not None:
        parts.append(f"rulebook {way.rulebook.version} ({way.rulebook.sha256[:12]})")
    if way.as_of is not None:
        parts.append(f"prices as of {way.as_of}")
    parts += [f"{key} = {value}" for key, value in (way.assumptions or {}).items()]
    return ", ".join(parts)


def _written(
    changes: Changes, view: ChangesView, form: str, templates: str | None, terminal: bool
) -> str:
    if form == "json":
        from tunewise.audit.changesview import as_record
        from tunewise.record import as_json

        return as_json(as_record(changes, view))
    from tunewise.report.render import CHANGES, set_out

    return set_out(CHANGES, view, form, templates, terminal)


def _put(text: str, output: str | None) -> None:
    if output is None:
        sys.stdout.write(text)
    else:
        from tunewise.writing import write_whole

        write_whole(output, text)
