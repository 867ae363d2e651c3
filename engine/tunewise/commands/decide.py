"""`tunewise decide`: case files in, explained recommendations out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

import click

from tunewise.commands import options, outputs
from tunewise.commands.brief import BriefOptions, brief_options
from tunewise.commands.completers import complete_change
from tunewise.errors import Problem, UserError

if TYPE_CHECKING:
    from tunewise.evaluation.evaluator import Evaluator
    from tunewise.record.evaluation import Evaluation

NO_DECISION = "--set shows a what-if, which is no decision: leave out --full, --costs and --log"


@click.command("decide", short_help="Evaluate case files.")
@click.argument("cases", nargs=-1, required=True, type=options.FILE_PATH, metavar="CASE...")
@outputs.target_options
@click.option("--full", is_flag=True, help="Everything as text; through a pager on a terminal.")
@click.option(
    "--set",
    "changes",
    metavar="FACT=VALUE",
    multiple=True,
    shell_complete=complete_change,
    help="What if: show what changes with this value (unknown for none); may be repeated.",
)
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
@brief_options
@options.rulebook_options
@options.as_of_option
@options.pricing_options
@options.log_option
@options.privacy_option
def decide_command(
    cases: tuple[str, ...],
    target: outputs.Target,
    full: bool,
    changes: tuple[str, ...],
    turning: bool | None,
    cost_path: str | None,
    head: BriefOptions,
    rules: options.RulebookChoice,
    as_of: str | None,
    pricing: options.Pricing,
    log: str | None,
    privacy: str | None,
) -> None:
    """Evaluate case files (YAML or JSON) and print what each should do, why, and at what cost."""
    if changes and (full or log or cost_path):
        raise click.UsageError(NO_DECISION)
    head.check(bool(changes))
    _check(target.output, cases, log)
    if cost_path is not None:
        _check_costs(cost_path, target.output, cases, log)
    form = target.named(head.brief)
    evaluator = options.evaluator(rules, as_of, pricing)
    if changes:
        _what_if(evaluator, cases, changes, target)
        return
    private = options.privacy(privacy, log, evaluator.rulebook)
    evaluations = options.all_of(cases, lambda path: _evaluated(evaluator, path, form, turning))
    text = (
        head.text(evaluations, target, full)
        if head.brief
        else _text(evaluations, target, form, full)
    )
    # The record first, as what is not recorded must not be shown; but not where the file cannot be written.
    with (
        outputs.appearing(target.output, text),
        outputs.appearing(cost_path, _cost_file(cost_path, evaluations)),
    ):
        options.append_to(log, evaluator, evaluations, private)
    if target.terminal:
        outputs.show(text, paged=full and form == "text")


def _evaluated(evaluator: Evaluator, path: str, form: str, turning: bool | None) -> Evaluation:
    """Return all that is found out about the case in a file, as far as the form shows it."""
    from tunewise.cases.case import read_case
    from tunewise.whatif.sensitivity import with_turning_points
    from tunewise.whatif.single_answers import with_single_answers

    case = read_case(path, evaluator.rulebook.facts, evaluator.costs.checks)
    evaluation = with_single_answers(evaluator, evaluator.evaluate(case))
    wanted = form != "json" if turning is None else turning
    searched = wanted and (form == "json" or not evaluation.too_early)
    return with_turning_points(evaluator, evaluation) if searched else evaluation


def _text(evaluations: Sequence[Evaluation], target: outputs.Target, form: str, full: bool) -> str:
    from tunewise.report.forms import report

    return report(evaluations, form, target.templates, target.terminal, full)


def _what_if(
    evaluator: Evaluator,
    cases: Sequence[str],
    changes: Sequence[str],
    target: outputs.Target,
) -> None:
    """Show each case as it is beside itself with some facts changed."""
    from tunewise.commands.compare import put_side_by_side, what_if
    from tunewise.whatif.versions import read_changes

    wanted, read = read_changes(changes, evaluator.rulebook.facts), options.cases(cases, evaluator)
    put_side_by_side(
        [what_if(evaluator, case, wanted) for case in read], [case.name for case in read], target
    )


def _cost_file(path: str | None, evaluations: Sequence[Evaluation]) -> bytes:
    """Return the file of the cost lines, nothing where none is wanted."""
    if path is None:
        return b""
    from tunewise.exports.cost_lines import costed
    from tunewise.exports.files import cost_file

    return cost_file(path, evaluations[0].rulebook, [costed(one) for one in evaluations])


def _check_costs(path: str, output: str | None, cases: tuple[str, ...], log: str | None) -> None:
    """Refuse a file for cost lines with another ending, or that is a case, the report or of the log."""
    from tunewise.exports.files import check_ending

    check_ending(path, "--costs")
    report = [] if output is None else [("the report", output)]
    kept = [] if log is None else list(outputs.evidence(log))
    outputs.spare(
        path, [*kept, *report, *(("a case", case) for case in cases)], "cost lines", "--costs"
    )


def _check(output: str | None, cases: tuple[str, ...], log: str | None) -> None:
    """Refuse an output file that is a case, or looks like one that a shell's pattern put behind -o, or of the log."""
    if output is None:
        return
    kept = [] if log is None else list(outputs.evidence(log))
    outputs.spare(output, [*kept, *(("a case", case) for case in cases)])
    if PurePath(output).suffix.lower() in (".yaml", ".yml"):
        message = "is a case, which the report would replace; name another file with -o"
        raise UserError(Problem(output, None, "", message))
