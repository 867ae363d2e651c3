"""The options that several commands share, and what they are made into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tunewise.errors import UserError, shown

if TYPE_CHECKING:
    from tunewise.evaluation import Evaluation, Evaluator
    from tunewise.knowledge.rulebook import Rulebook

Command = TypeVar("Command", bound=Callable[..., Any])

rules_option = click.option(
    "--rules", metavar="DIR", help="Another rulebook than the one that is shipped."
)
templates_option = click.option(
    "--templates", metavar="DIR", help="A folder with report templates of your own."
)
as_of_option = click.option(
    "--as-of",
    metavar="DATE",
    help="The date whose prices count, such as 2026-11-22; today if left out.",
)
assume_option = click.option(
    "--assume",
    metavar="KEY=VALUE",
    multiple=True,
    help="Override a cost assumption; may be repeated.",
)
log_option = click.option(
    "--log", metavar="FILE", help="Append a record of each decision to a decision log."
)


def rulebook(folder: str | None) -> Rulebook:
    """Return the rulebook in a folder, or the shipped one."""
    from tunewise.loading.assembly import load

    return load(folder)


def evaluator(folder: str | None, as_of: str | None, assume: tuple[str, ...]) -> Evaluator:
    """Return what evaluates cases under the options given."""
    from tunewise.evaluation import Evaluator

    return Evaluator(rulebook(folder), day(as_of), assumptions(assume))


def day(text: str | None) -> date:
    """Return the date that a text names, today where there is none."""
    if text is None:
        return datetime.now().astimezone().date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"--as-of: expected a date such as 2026-11-22, found {shown(text)}"
        raise UserError(message) from None


def assumptions(pairs: tuple[str, ...]) -> dict[str, str]:
    """Return the assumptions by key."""
    found = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UserError(f"--assume: expected key=value, found {shown(pair)}")
        found[key.strip()] = value.strip()
    return found


def append_to(log: str | None, evaluations: Sequence[Evaluation]) -> None:
    """Append the evaluations to a decision log, where one is wanted."""
    if log is not None:
        from tunewise.log import append
        from tunewise.record import as_record

        append(log, [as_record(evaluation) for evaluation in evaluations])
