"""`tunewise audit replay` and `diff`: would the same inputs give the same answer, and what would others say."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import click

from tunewise.commands import options, outputs
from tunewise.commands.audit import log_progress, report_integrity
from tunewise.commands.program import FAILED
from tunewise.errors import UserError

if TYPE_CHECKING:
    from tunewise.comparing.changes import Changes
    from tunewise.comparing.changesview import ChangesView
    from tunewise.comparing.settings import Settings
    from tunewise.knowledge.rulebook import Rulebook
    from tunewise.log.integrity import IntegrityProblems
    from tunewise.log.reading import LogEntry


@click.command("replay", short_help="Decide every record anew, and compare.")
@click.argument("path", metavar="LOG", type=options.FILE_PATH)
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
    from tunewise.comparing.replaying import Replay, Sample
    from tunewise.comparing.replayreports import REPLAY_WRITERS, ReplayTally
    from tunewise.log.integrity import IntegrityProblems
    from tunewise.log.reading import Log

    log, tally, drawn, doubts = Log(path), ReplayTally(path), Sample(sample), IntegrityProblems()
    with log_progress(log) as tick:
        recorded = (entry for entry in log.entries() if not entry.aside)
        for entry, one in Replay(log).all(drawn.drawn(recorded)):
            tally.take(one)
            doubts.take(entry)
            tick(entry)
    tally.total = None if sample is None else drawn.total
    sys.stdout.writelines(REPLAY_WRITERS[form](tally))
    return FAILED if report_integrity(path, doubts) or tally.failed else 0


@dataclass(frozen=True, slots=True)
class SecondWay:
    """What is compared with: the options that begin with --to-, as written."""

    to_rules: str | None
    to_organisation: str | None
    to_as_of: str | None
    to_assume: tuple[str, ...]

    @property
    def rulebook(self) -> options.RulebookChoice:
        """The rulebook of the second way."""
        return options.RulebookChoice(self.to_rules, self.to_organisation)


first_rulebook = options.bundled(
    options.RulebookChoice,
    "rules",
    options.rules_option,
    click.option(
        "--organisation",
        type=options.FILE_PATH,
        metavar="FILE",
        help="An organisation's policy over the rulebook.",
    ),
)
"""Adds the rulebook of the first way: what the environment names is no part of what a log recorded."""
second_way = options.bundled(
    SecondWay,
    "to",
    click.option(
        "--to-rules", type=options.FILE_PATH, metavar="DIR", help="The rulebook to compare with."
    ),
    click.option(
        "--to-organisation",
        type=options.FILE_PATH,
        metavar="FILE",
        help="The organisation's policy to compare with.",
    ),
    click.option("--to-as-of", metavar="DATE", help="The date to compare with."),
    click.option(
        "--to-assume", metavar="KEY=VALUE", multiple=True, help="An assumption to compare with."
    ),
)
"""Adds the options of the second way."""


@click.command("diff", short_help="Compare decisions under two rulebooks, dates or assumptions.")
@click.argument("path", metavar="LOG|INVENTORY", type=options.FILE_PATH)
@first_rulebook
@options.as_of_option
@options.assume_option
@second_way
@outputs.format_option
@outputs.output_option
@click.option(
    "--fail-on-change",
    is_flag=True,
    help="Exit with 1 where a recommendation changes, or a case cannot be compared.",
)
@options.templates_option
def diff_decisions(
    path: str,
    rules: options.RulebookChoice,
    as_of: str | None,
    assume: tuple[str, ...],
    to: SecondWay,
    form: str | None,
    output: str | None,
    fail_on_change: bool,
    templates: str | None,
) -> int:
    """Compare the decisions on a log or an inventory in two ways, and name the rules that make the difference.

    The first way is what a log recorded, or --rules, --organisation, --as-of and --assume; the second one differs
    from it in what --to-rules, --to-organisation, --to-as-of and --to-assume say. A log without any of
    these is held against the shipped rulebook and today's prices.
    """
    from tunewise.comparing.changesview import changes_view
    from tunewise.comparing.sides import is_log
    from tunewise.log.integrity import IntegrityProblems

    logged = is_log(path)
    compared = outputs.evidence(path) if logged else [("the inventory", path)]
    books = [("a rulebook", one) for one in (*astuple(rules), *astuple(to.rulebook)) if one]
    outputs.spare(output, [*compared, *books])
    form = outputs.report_form(form, output)
    before = _way(rules, as_of, assume)
    after = _way(to.rulebook, to.to_as_of, to.to_assume, "--to-")
    doubts = IntegrityProblems()
    if logged:
        after = _today() if after.empty else after
        changes = _logged(path, before, after, doubts)
    elif after.empty:
        ways = "--to-rules, --to-organisation, --to-as-of or --to-assume"
        raise UserError(f"{ways}: say what to compare with")
    else:
        before = before.over(_today())
        changes = _listed(path, before, after)
    view = changes_view(changes, path, (_said(before) or "as recorded", _said(after)))
    outputs.put(_written(changes, view, form, templates, output is None), output)
    turned = fail_on_change and (changes.changed or changes.failed)
    return FAILED if report_integrity(path, doubts) or turned or not changes.compared else 0


def _way(
    chosen: options.RulebookChoice,
    as_of: str | None,
    assume: tuple[str, ...],
    lead: str = "--",
) -> Settings:
    """Return the way that options of a lead, '--' or '--to-', describe."""
    from tunewise.comparing.settings import Settings

    return Settings(
        None if chosen.shipped else options.rulebook(chosen, as_of),
        None if as_of is None else options.day(as_of, f"{lead}as-of"),
        options.assumptions(assume, f"{lead}assume") if assume else None,
    )


def _today() -> Settings:
    from tunewise.comparing.settings import Settings

    policy = os.environ.get(options.ORGANISATION_VARIABLE) or None
    return Settings(options.rulebook(options.RulebookChoice(None, policy)), options.day(None))


def _logged(path: str, before: Settings, after: Settings, doubts: IntegrityProblems) -> Changes:
    from tunewise.comparing.changes import collected
    from tunewise.comparing.sides import of_log
    from tunewise.log.reading import Log
    from tunewise.log.selecting import Rulebooks

    log = Log(path)
    _check(before, after, Rulebooks(path).stored())
    with log_progress(log) as tick:

        def taken(entry: LogEntry) -> None:
            doubts.take(entry)
            tick(entry)

        return collected(of_log(log, before, after, taken))


def _listed(path: str, before: Settings, after: Settings) -> Changes:
    from tunewise.comparing.changes import collected
    from tunewise.comparing.sides import of_inventory

    _check(before, after, ())
    return collected(of_inventory(path, before, after))


def _check(before: Settings, after: Settings, stored: Collection[Rulebook]) -> None:
    """Refuse a way that no case can be decided in, before anything is compared."""
    from tunewise.comparing.settings import check_settings

    today = options.day(None)
    check_settings(before, stored, today, "--assume")
    check_settings(
        after, stored if before.rulebook is None else (before.rulebook,), today, "--to-assume"
    )


def _said(way: Settings) -> str:
    """Return a way of deciding in words, empty where nothing is said."""
    parts = []
    if way.rulebook is not None:
        policy = " under an organisation's policy" if way.rulebook.organisation else ""
        parts.append(f"rulebook {way.rulebook.version} ({way.rulebook.sha256[:12]}){policy}")
    if way.as_of is not None:
        parts.append(f"prices as of {way.as_of}")
    parts += [f"{key} = {value}" for key, value in (way.assumptions or {}).items()]
    return ", ".join(parts)


def _written(
    changes: Changes, view: ChangesView, form: str, templates: str | None, terminal: bool
) -> str:
    if form == "json":
        from tunewise.comparing.changesview import changes_record
        from tunewise.record.decision import as_json

        return as_json(changes_record(changes, view))
    from tunewise.report.render import CHANGES, set_out

    return set_out(CHANGES, view, form, templates, terminal)


def compared_inventory(path: str, before: Settings, after: Settings) -> tuple[Changes, ChangesView]:
    """Return what changes on an inventory from one way of deciding to another, and how that is shown."""
    from tunewise.comparing.changesview import changes_view

    changes = _listed(path, before, after)
    return changes, changes_view(changes, path, (_said(before), _said(after)))
