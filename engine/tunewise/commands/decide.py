"""`tunewise decide`: case files in, explained recommendations out."""

from __future__ import annotations

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
@click.option("--full", is_flag=True, help="Everything as text; through a pager on a terminal.")
@click.option(
    "--turning/--no-turning",
    default=None,
    help="Search the load, price and time at which the answer turns; left out, for all forms but json.",
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
    full: bool,
    turning: bool | None,
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
    text = report(evaluations, form, templates, terminal=output is None, full=full)
    # The record first, as what is not recorded must not be shown; but not where the file cannot be written.
    with _staged(output, text):
        options.append_to(log, evaluator, evaluations, private)
    if output is None:
        outputs.show(text, paged=full and form == "text")


def _staged(output: str | None, text: str) -> AbstractContextManager[None]:
    """Have the output file, where there is one, ready to appear when its decisions are recorded."""
    if output is None:
        return nullcontext()
    from tunewise.writing import staged

    return staged(output, text)


def _check(output: str, cases: tuple[str, ...], log: str | None) -> None:
    """Refuse an output file that is a case, or looks like one that a shell's pattern put behind -o, or of the log."""
    kept = [] if log is None else list(outputs.evidence(log))
    outputs.spare(output, [*kept, *(("a case", case) for case in cases)])
    if PurePath(output).suffix.lower() in (".yaml", ".yml"):
        message = "is a case, which the report would replace; name another file with -o"
        raise UserError(Problem(output, None, "", message))
