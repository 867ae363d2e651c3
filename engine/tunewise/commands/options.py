"""The options that several commands share, and what they are made into."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from tunewise.commands.completers import complete_assumption
from tunewise.errors import Problem, UserError, harmless, shown

if TYPE_CHECKING:
    from tunewise.cases.case import Case
    from tunewise.costs.assuming import Override
    from tunewise.evaluation.evaluator import Evaluator
    from tunewise.knowledge.rulebook import Rulebook
    from tunewise.log.privacy import Privacy
    from tunewise.record.evaluation import Evaluation

Command = TypeVar("Command", bound=Callable[..., Any])
Made = TypeVar("Made")

FILE_PATH = click.Path(readable=False)
"""A file or folder by name: the shell completes it, and whoever opens it says what is wrong with it."""

rules_option = click.option(
    "--rules",
    type=FILE_PATH,
    metavar="DIR",
    help="Another rulebook than the one that is shipped.",
)
ORGANISATION_VARIABLE = "TUNEWISE_ORGANISATION"
"""The variable of the environment that names an organisation's policy where no option does."""
organisation_option = click.option(
    "--organisation",
    type=FILE_PATH,
    metavar="FILE",
    envvar=ORGANISATION_VARIABLE,
    help="Your organisation's policy over the rulebook; TUNEWISE_ORGANISATION if left out.",
)
templates_option = click.option(
    "--templates",
    type=FILE_PATH,
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
    shell_complete=complete_assumption,
    help="Override a cost assumption by a value or a range, low..high; may be repeated.",
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
    type=FILE_PATH,
    metavar="FILE",
    help="Append a record of each decision to a decision log.",
)
privacy_option = click.option(
    "--privacy",
    type=FILE_PATH,
    metavar="FILE",
    help="A YAML file that says what the log must not hold.",
)


@dataclass(frozen=True, slots=True)
class RulebookChoice:
    """Which rulebook the user wants to be decided by: the options of that name, as written."""

    rules: str | None = None
    organisation: str | None = None

    @property
    def shipped(self) -> bool:
        """Whether it is the shipped rulebook, as it is."""
        return self == RulebookChoice()


def rulebook(wanted: RulebookChoice | str | None, as_of: str | None = None) -> Rulebook:
    """Return the rulebook in a folder, or in a file that a log stored beside it, or the shipped one.

    Under an organisation's policy, where one is wanted, as that counts on a day.
    """
    if not isinstance(wanted, RulebookChoice):
        wanted = RulebookChoice(wanted)
    found, policy = _rulebook(wanted.rules), wanted.organisation
    if policy is not None:
        from tunewise.organisation.rulebooks import under_organisation

        if found.organisation is not None:
            message = "stands under an organisation's policy already; leave out --organisation"
            raise UserError(Problem(wanted.rules or "", None, "", message))
        return under_organisation(found, policy, day(as_of))
    if found.organisation is not None and as_of is not None:
        from tunewise.organisation.rulebooks import in_force

        return in_force(found, day(as_of))
    return found


def _rulebook(folder: str | None) -> Rulebook:
    if folder is not None and Path(folder).is_file():
        from tunewise.log.rulebook_store import load_file

        return load_file(Path(folder))
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


def bundled(
    cls: type[Any], name: str, *added: Callable[[Any], Any]
) -> Callable[[Command], Command]:
    """Return what adds options to a command, which gets them together, as a value of the class, by that name."""

    def adding(command: Command) -> Command:
        @functools.wraps(command)
        def taking(**given: Any) -> Any:
            own = {field.name: given.pop(field.name) for field in fields(cls)}
            return command(**{name: cls(**own)}, **given)

        for option in reversed(added):
            option(taking)
        return cast("Command", taking)

    return adding


pricing_options = bundled(Pricing, "pricing", *PRICING)
"""Adds the options on costs; the command gets them together as `pricing`."""
rulebook_options = bundled(RulebookChoice, "rules", rules_option, organisation_option)
"""Adds --rules and --organisation; the command gets them together as `rules`."""


def evaluator(rules: RulebookChoice, as_of: str | None, pricing: Pricing) -> Evaluator:
    """Return what evaluates cases under the options given."""
    from tunewise.evaluation.evaluator import Evaluator

    shown_in = (pricing.currency, pricing.fx)
    return Evaluator(rulebook(rules, as_of), day(as_of), pricing.overrides, shown_in)


def cases(paths: Sequence[str], evaluator: Evaluator) -> list[Case]:
    """Return the cases in files; raise UserError with the mistakes of all of them."""
    from tunewise.cases.case import read_case

    facts, checks = evaluator.rulebook.facts, evaluator.costs.checks
    return all_of(paths, lambda path: read_case(path, facts, checks))


def all_of(paths: Sequence[str], made: Callable[[str], Made]) -> list[Made]:
    """Return what is made of each path; raise UserError with the mistakes of all of them."""
    found: list[Made] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            found.append(made(path))
        except UserError as error:
            problems += error.problems
    if problems:
        raise UserError(problems)
    return found


def day(text: str | None, option: str = "--as-of") -> date:
    """Return the date that an option's text names, today where there is none."""
    if text is None:
        return datetime.now().astimezone().date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"{option}: expected a date such as 2026-11-22, found {shown(text)}"
        raise UserError(message) from None


def assumptions(pairs: tuple[str, ...], option: str = "--assume") -> dict[str, str]:
    """Return the assumptions by key."""
    found = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UserError(f"{option}: expected key=value, found {shown(pair)}")
        found[key.strip()] = value.strip()
    return found


def privacy(path: str | None, log: str | None, rulebook: Rulebook) -> Privacy | None:
    """Return what a log must not hold, None where it may hold everything."""
    if path is None:
        return None
    if log is None:
        raise UserError("--privacy: says what a log must not hold; name the log, too, with --log")
    from tunewise.log.privacy import read_privacy

    return read_privacy(path, rulebook)


def append_to(
    log: str | None,
    evaluator: Evaluator,
    evaluations: Sequence[Evaluation],
    privacy: Privacy | None = None,
) -> None:
    """Append the evaluations to a decision log, where one is wanted, and store their rulebook beside it."""
    if log is None:
        return
    from tunewise.log.appending import append
    from tunewise.log.content import content, encoded
    from tunewise.log.rulebook_store import save

    mended = append(log, [])  # what cannot be appended to gets no rulebook, either
    if mended is not None:
        click.echo(f"tunewise: {harmless(log)}: {mended}", err=True)
    contents = [content(evaluation, evaluator.overrides) for evaluation in evaluations]
    if privacy is not None:
        contents = [privacy.applied(one) for one in contents]
    if contents:
        save(log, evaluator.rulebook)
        append(log, map(encoded, contents))
