"""`tunewise decide`: case files in, explained recommendations out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import PurePath
from typing import TYPE_CHECKING

import click

from tunewise.commands import options, outputs
from tunewise.errors import Problem, UserError

if TYPE_CHECKING:
    from tunewise.record.evaluation import Evaluation


@click.command("decide", short_help="Evaluate case files.")
@click.argument("cases", nargs=-1, required=True, type=options.FILE_PATH, metavar="CASE...")
@outputs.format_option
@outputs.output_option
@click.option(
    "--turning/--no-turning",
    default=None,
    help="Search the load, price and time at which the answer turns; left out, for all forms but json.",
)
@click.option(
    "--costs",
    "cost_path",
    type=options.FILE_PATH,
    metavar="FILE",
    help="Also write the cost lines, months across, to a .csv or .xlsx file, such as costs.xlsx.",
)
@options.rules_option
@options.templates_option
@options.as_of_option
@options.pricing_options
@options.log_option
@options.privacy_option
def decide_command(
    cases: tuple[str, ...],
    form: str | None,
    output: str | None,
    turning: bool | None,
    cost_path: str | None,
    rules: str | None,
    templates: str | None,
    as_of: str | None,
    pricing: options.Pricing,
    log: str | None,
    privacy: str | None,
) -> None:
    """Evaluate case files (YAML or JSON) and print what each should do, why, and at what cost."""
    from tunewise.cases.case import read_case
    from tunewise.report.forms import report
    from tunewise.whatif.sensitivity import with_turning_points
    from tunewise.whatif.single_answers import with_single_answers

    if output is not None:
        _check(output, cases, log)
    if cost_path is not None:
        _check_costs(cost_path, output, cases, log)
    form = outputs.report_form(form, output)
    turning = form != "json" if turning is None else turning
    evaluator = options.evaluator(rules, as_of, pricing)
    private = options.privacy(privacy, log, evaluator.rulebook)
    evaluations: list[Evaluation] = []
    problems: list[Problem] = []
    for path in cases:
        try:
            case = read_case(path, evaluator.rulebook.facts)
            evaluation = with_single_answers(evaluator, evaluator.evaluate(case))
            shown = turning and (form == "json" or not evaluation.too_early)
            evaluations.append(with_turning_points(evaluator, evaluation) if shown else evaluation)
        except UserError as error:
            problems += error.problems
    if problems:
        raise UserError(problems)
    text = report(evaluations, form, templates, terminal=output is None)
    # The record first, as what is not recorded must not be shown; but not where the file cannot be written.
    with _staged(output, text), _staged(cost_path, _cost_file(cost_path, evaluations)):
        options.append_to(log, evaluator, evaluations, private)
    if output is None:
        sys.stdout.write(text)


def _cost_file(path: str | None, evaluations: Sequence[Evaluation]) -> bytes:
    """Return the file of the cost lines, nothing where none is wanted."""
    if path is None:
        return b""
    from tunewise.exports.cost_lines import costed
    from tunewise.exports.files import cost_file

    return cost_file(path, evaluations[0].rulebook, [costed(one) for one in evaluations])


def _staged(output: str | None, text: str | bytes) -> AbstractContextManager[None]:
    """Have the output file, where there is one, ready to appear when its decisions are recorded."""
    if output is None:
        return nullcontext()
    from tunewise.writing import staged

    return staged(output, text)


def _check_costs(path: str, output: str | None, cases: tuple[str, ...], log: str | None) -> None:
    """Refuse a file for cost lines with another ending, or that is a case, the report or of the log."""
    from tunewise.exports.files import check_ending

    check_ending(path, "--costs")
    report = [] if output is None else [("the report", output)]
    kept = [] if log is None else list(outputs.evidence(log))
    outputs.spare(
        path, [*kept, *report, *(("a case", case) for case in cases)], "cost lines", "--costs"
    )


def _check(output: str, cases: tuple[str, ...], log: str | None) -> None:
    """Refuse an output file that is a case, or looks like one that a shell's pattern put behind -o, or of the log."""
    kept = [] if log is None else list(outputs.evidence(log))
    outputs.spare(output, [*kept, *(("a case", case) for case in cases)])
    if PurePath(output).suffix.lower() in (".yaml", ".yml"):
        message = "is a case, which the report would replace; name another file with -o"
        raise UserError(Problem(output, None, "", message))
