"""The options that several commands share, and what they are made into."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from tunewise.errors import UserError, shown

if TYPE_CHECKING:
    from tunewise.costs.assuming import Override
    from tunewise.evaluation import Evaluation, Evaluator
    from tunewise.knowledge.rulebook import Rulebook

Command = TypeVar("Command", bound=Callable[..., Any])

FILE = click.Path(readable=False)
"""A file or folder by name: the shell completes it, and whoever opens it says what is wrong with it."""

rules_option = click.option(
    "--rules",
    type=FILE,
    metavar="DIR",
    help="Another rulebook than the one that is shipped.",
)
templates_option = click.option(
    "--templates",
    type=FILE,
    metavar="DIR",
    help="A folder with report templates of your own.",
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
PRICING = (
    assume_option,
    click.option(
        "--assumptions",
        metavar="FILE",
        help="Override those in a YAML file of keys and values; --assume comes before it.",
    ),
    click.option(
        "--currency",
        metavar="CODE",
        help="Show sums in this currency, such as AUD; USD if left out.",
    ),
    click.option("--fx", metavar="RATE", help="What 1 USD is in that currency, such as 1.52."),
)
log_option = click.option(
    "--log",
    type=FILE,
    metavar="FILE",
    help="Append a record of each decision to a decision log.",
)


def rulebook(folder: str | None) -> Rulebook:
    """Return the rulebook in a folder, or the shipped one."""
    from tunewise.loading.assembly import load

    return load(folder)


@dataclass(frozen=True, slots=True)
class Pricing:
    """How the user wants costs reckoned and shown: the options of that name, as written."""

    assume: tuple[str, ...]
    assumptions: str | None
    currency: str | None
    fx: str | None

    @property
    def overrides(self) -> dict[str, str | Override]:
        """The assumptions by key: those of the file, then those of --assume in their place."""
        from tunewise.costs.assuming import read_overrides

        found = {} if self.assumptions is None else read_overrides(self.assumptions)
        return {**found, **assumptions(self.assume)}


def pricing_options(command: Command) -> Command:
    """Add the options on costs; the command gets them together as `pricing`."""

    @functools.wraps(command)
    def priced(**given: Any) -> Any:
        own = {field.name: given.pop(field.name) for field in fields(Pricing)}
        return command(pricing=Pricing(**own), **given)

    for option in reversed(PRICING):
        option(priced)
    return cast("Command", priced)


def evaluator(folder: str | None, as_of: str | None, pricing: Pricing) -> Evaluator:
    """Return what evaluates cases under the options given."""
    from tunewise.evaluation import Evaluator

    shown_in = (pricing.currency, pricing.fx)
    return Evaluator(rulebook(folder), day(as_of), pricing.overrides, shown_in)


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
