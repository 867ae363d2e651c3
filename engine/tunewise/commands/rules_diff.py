"""`tunewise rules diff`: what changed between two rulebooks, and what an organisation's policy changes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tunewise.commands import options
from tunewise.commands.program import FAILED
from tunewise.errors import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tunewise.comparing.policies import PolicyDiff
    from tunewise.knowledge.rulebook import Rulebook
    from tunewise.proving.claims import Claim
    from tunewise.proving.search import Conclude

NOTHING_TO_COMPARE = "name an older rulebook, or a policy with --organisation FILE"
INVENTORY_ALONE = "--inventory goes with --organisation: it shows what a policy changes"


@click.command("diff", short_help="Say what changed between two rulebooks.")
@click.argument("old", type=options.FILE_PATH, metavar="[OLD]", required=False)
@click.argument("new", type=options.FILE_PATH, metavar="[NEW]", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "markdown", "json")),
    default="text",
    help="text if left out.",
)
@click.option("--fail-on-change", is_flag=True, help="Exit with 1 where anything differs.")
@click.option(
    "--prove",
    "proved",
    is_flag=True,
    help="Prove for each decision that all cases are decided alike, or show the smallest that is not.",
)
@options.organisation_option
@click.option(
    "--inventory",
    type=options.FILE_PATH,
    metavar="FILE",
    help="Also say what the policy changes on an inventory: how many decisions, how much money.",
)
@options.as_of_option
def diff_rulebooks(
    old: str | None,
    new: str | None,
    form: str,
    fail_on_change: bool,
    proved: bool,
    organisation: str | None,
    inventory: str | None,
    as_of: str | None,
) -> int:
    """Say in sentences what changed from one rulebook folder to another; NEW is the shipped one if left out.

    With --organisation and no folder: what your policy changes in the shipped rulebook. With OLD, too: what the step
    from OLD to NEW changes under your policy, which entries no longer do anything, and what they name that is gone.

    'tunewise audit diff' tells what the changes do to decisions of a log, and --prove what they do to any case.
    """
    if inventory is not None and organisation is None:
        raise click.UsageError(INVENTORY_ALONE)
    if organisation is None:
        if old is None:
            raise click.UsageError(NOTHING_TO_COMPARE)
        return _diff(
            (options.rulebook(old), options.rulebook(new)), form, fail_on_change, proved, as_of
        )
    under = _under(old, new, organisation, as_of)
    if proved:
        return _prove_equal(under, form, fail_on_change, as_of)
    found = _policy(old, new, under)
    sys.stdout.write(_written(found, inventory, under, form, as_of))
    return FAILED if found.vanished or (fail_on_change and found.changes) else 0


def _diff(
    books: tuple[Rulebook, Rulebook],
    form: str,
    fail_on_change: bool,
    proved: bool,
    as_of: str | None,
) -> int:
    if proved:
        return _prove_equal(books, form, fail_on_change, as_of)
    from tunewise.comparing.rulebookreports import RULEBOOK_WRITERS
    from tunewise.comparing.rulebooks import changes

    found = changes(*books)
    sys.stdout.write(RULEBOOK_WRITERS[form](found))
    return int(fail_on_change and bool(found))


def _under(
    old: str | None, new: str | None, organisation: str, as_of: str | None
) -> tuple[Rulebook, Rulebook]:
    """Return both rulebooks under a policy; the shipped one without it and under it, where none is named."""
    from tunewise.organisation.rulebooks import upgraded

    day = options.day(as_of)
    if old is None:
        choice = options.RulebookChoice(None, organisation)
        return options.rulebook(None), options.rulebook(choice, as_of)
    return (
        upgraded(options.rulebook(old), organisation, day),
        upgraded(options.rulebook(new), organisation, day),
    )


def _policy(old: str | None, new: str | None, under: tuple[Rulebook, Rulebook]) -> PolicyDiff:
    from tunewise.comparing.policies import policy_diff, upgrade_diff

    if old is None:
        return policy_diff(*under)
    return upgrade_diff((options.rulebook(old), options.rulebook(new)), under)


def _written(
    found: PolicyDiff,
    inventory: str | None,
    books: tuple[Rulebook, Rulebook],
    form: str,
    as_of: str | None,
) -> str:
    """Return what a policy changes, on an inventory, too, where one is named: decisions, and money."""
    from tunewise.comparing.policyreports import POLICY_WRITERS

    if inventory is None:
        return POLICY_WRITERS[form](found)
    from tunewise.commands.audit_comparing import compared_inventory
    from tunewise.comparing.changesview import changes_record
    from tunewise.comparing.settings import Settings
    from tunewise.record.decision import as_json
    from tunewise.report.render import CHANGES, set_out

    day = options.day(as_of)
    changes, view = compared_inventory(inventory, Settings(books[0], day), Settings(books[1], day))
    if form == "json":
        return as_json({**found.as_record(), "inventory": changes_record(changes, view)})
    return f"{POLICY_WRITERS[form](found)}\n{set_out(CHANGES, view, form, None, True)}"


def _prove_equal(
    books: tuple[Rulebook, Rulebook], form: str, fail_on_change: bool, as_of: str | None
) -> int:
    from contextlib import closing

    from tunewise.costs.laws import NO_LAWS
    from tunewise.evaluation.evaluator import Evaluator
    from tunewise.proving.equality import check_alike, equalities
    from tunewise.proving.equalityreports import EQUALITY_WRITERS
    from tunewise.proving.forbidden import without_policy_text
    from tunewise.record.decision import as_json

    day = options.day(as_of)
    check_alike(*books)
    with closing(Evaluator(books[0], day)) as before, closing(Evaluator(books[1], day)) as after:
        conclude = before.trials().conclude, after.trials().conclude
        laws = after.costs.laws if before.costs.laws == after.costs.laws else NO_LAWS
        found = tuple(equalities(*books, *conclude, laws))
        forbidden = tuple(_without_policy(books, conclude[0]))
    if forbidden and form == "json":
        claims = [claim.as_record() for claim in forbidden]
        decisions = [one.as_record() for one in found]
        sys.stdout.write(as_json({"decisions": decisions, "forbidden": claims}))
    else:
        mark = "- " if form == "markdown" else ""
        lines = [f"{mark}{harmless(without_policy_text(claim))}\n" for claim in forbidden]
        sys.stdout.write(EQUALITY_WRITERS[form](found) + "".join(lines))
    return int(fail_on_change and not all(one.equal for one in found))


def _without_policy(books: tuple[Rulebook, Rulebook], conclude: Conclude) -> Iterator[Claim]:
    """Yield what the rulebook without a policy makes of what it forbids; nothing where both stand under one."""
    from tunewise.proving.forbidden import without_policy
    from tunewise.proving.search import encode

    if books[0].organisation is None and books[1].organisation is not None:
        yield from without_policy(encode(books[0], conclude), books[1])
