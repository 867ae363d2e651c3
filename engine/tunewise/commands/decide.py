"""`tunewise decide`: case files in, explained recommendations out."""

from __future__ import annotations

import sys
from pathlib import PurePath

import click

from tunewise.commands import options
from tunewise.errors import Problem, UserError

FORMATS = ("text", "markdown", "html", "json")
ENDINGS = {".md": "markdown", ".html": "html", ".htm": "html", ".json": "json"}


@click.command("decide", short_help="Evaluate case files.")
@click.argument("cases", nargs=-1, required=True, metavar="CASE...")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="By the ending of the output file if left out, else text.",
)
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of the terminal.")
@options.rules_option
@options.templates_option
@options.as_of_option
@options.assume_option
@options.log_option
def command(
    cases: tuple[str, ...],
    form: str | None,
    output: str | None,
    rules: str | None,
    templates: str | None,
    as_of: str | None,
    assume: tuple[str, ...],
    log: str | None,
) -> None:
    """Evaluate case files (YAML or JSON) and print what each should do, why, and at what cost."""
    from tunewise.cases import Case, read_case
    from tunewise.report.forms import report

    evaluator = options.evaluator(rules, as_of, assume)
    found: list[Case] = []
    problems: list[Problem] = []
    for path in cases:
        try:
            found.append(read_case(path, evaluator.rulebook.facts))
        except UserError as error:
            problems += error.problems
    if problems:
        raise UserError(problems)
    evaluations = [evaluator.evaluate(case) for case in found]
    text = report(evaluations, form or _form(output), templates, terminal=output is None)
    options.append_to(log, evaluations)
    if output is None:
        sys.stdout.write(text)
    else:
        from tunewise.writing import write_whole

        write_whole(output, text)


def _form(output: str | None) -> str:
    """Return the form that the output file's ending names, text where it names none."""
    return ENDINGS.get(PurePath(output or "").suffix.lower(), "text")
