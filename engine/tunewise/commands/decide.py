"""`tunewise decide`: case files in, explained recommendations out."""

from __future__ import annotations

import os
import sys
from pathlib import PurePath
from typing import TYPE_CHECKING

import click

from tunewise.commands import options
from tunewise.errors import Problem, UserError

if TYPE_CHECKING:
    from tunewise.evaluation import Evaluation

FORMATS = ("text", "markdown", "html", "json")
ENDINGS = {".md": "markdown", ".html": "html", ".htm": "html", ".json": "json"}


@click.command("decide", short_help="Evaluate case files.")
@click.argument("cases", nargs=-1, required=True, type=options.FILE, metavar="CASE...")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="By the ending of the output file if left out, else text.",
)
@click.option(
    "-o",
    "--output",
    type=options.FILE,
    metavar="FILE",
    help="Write to a file instead of the terminal.",
)
@options.rules_option
@options.templates_option
@options.as_of_option
@options.pricing_options
@options.log_option
def command(
    cases: tuple[str, ...],
    form: str | None,
    output: str | None,
    rules: str | None,
    templates: str | None,
    as_of: str | None,
    pricing: options.Pricing,
    log: str | None,
) -> None:
    """Evaluate case files (YAML or JSON) and print what each should do, why, and at what cost."""
    from tunewise.cases import read_case
    from tunewise.report.forms import report

    if output is not None:
        _check(output, cases)
    evaluator = options.evaluator(rules, as_of, pricing)
    evaluations: list[Evaluation] = []
    problems: list[Problem] = []
    for path in cases:
        try:
            evaluations.append(evaluator.evaluate(read_case(path, evaluator.rulebook.facts)))
        except UserError as error:
            problems += error.problems
    if problems:
        raise UserError(problems)
    text = report(evaluations, form or _form(output), templates, terminal=output is None)
    options.append_to(log, evaluations)
    if output is None:
        sys.stdout.write(text)
    else:
        from tunewise.writing import write_whole

        write_whole(output, text)


def _check(output: str, cases: tuple[str, ...]) -> None:
    """Refuse an output file that is a case, or looks like one that a shell's pattern put behind -o."""
    looks = PurePath(output).suffix.lower() in (".yaml", ".yml")
    if looks or os.path.realpath(output) in map(os.path.realpath, cases):
        message = "is a case, which the report would replace; name another file with -o"
        raise UserError(Problem(output, None, "", message))


def _form(output: str | None) -> str:
    """Return the form that the output file's ending names, text where it names none."""
    return ENDINGS.get(PurePath(output or "").suffix.lower(), "text")
