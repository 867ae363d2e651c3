"""`tunewise compare`: versions of a case, or cases, side by side; and what `decide --set` shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from tunewise.commands import options, outputs

if TYPE_CHECKING:
    from tunewise.cases.case import Case
    from tunewise.evaluation.evaluator import Evaluator
    from tunewise.record.evaluation import Evaluation
    from tunewise.whatif.comparison import SideBySide
    from tunewise.whatif.versions import FactChanges

AS_IT_IS, WHAT_IF, JOINED = "As it is", "What if", " and "
ONE_ALONE = "name two cases or more; for one, 'tunewise decide CASE --set FACT=VALUE'"


@click.command("compare", short_help="Put versions of a case, or cases, side by side.")
@click.argument("cases", nargs=-1, required=True, type=options.FILE_PATH, metavar="CASE CASE...")
@outputs.target_options
@options.rulebook_options
@options.as_of_option
@options.pricing_options
def compare_command(
    cases: tuple[str, ...],
    target: outputs.Target,
    rules: options.RulebookChoice,
    as_of: str | None,
    pricing: options.Pricing,
) -> None:
    """Put case files side by side: what differs, what is decided, at what cost, and which reasons moved."""
    from tunewise.whatif.comparison import named_versions, side_by_side

    if len(cases) < 2:
        raise click.UsageError(ONE_ALONE)
    outputs.spare(target.output, (("a case", case) for case in cases))
    evaluator = options.evaluator(rules, as_of, pricing)
    read = options.cases(cases, evaluator)
    found = named_versions((case.name, _evaluated(evaluator, case)) for case in read)
    title = JOINED.join(dict.fromkeys(case.name for case in read))
    put_side_by_side([side_by_side(found)], [title], target)


def what_if(evaluator: Evaluator, case: Case, changes: FactChanges) -> SideBySide:
    """Return a case as it is beside itself with some facts changed."""
    from tunewise.whatif.comparison import named_versions, side_by_side
    from tunewise.whatif.versions import version

    other = version(case, changes, evaluator.rulebook.facts)
    pair = ((AS_IT_IS, case), (WHAT_IF, other))
    return side_by_side(named_versions((name, _evaluated(evaluator, one)) for name, one in pair))


def put_side_by_side(
    comparisons: Sequence[SideBySide], titles: Sequence[str], target: outputs.Target
) -> None:
    """Write comparisons where they are wanted, each under its title; raise UserError."""
    from tunewise.report.forms import comparison_report

    text = comparison_report(comparisons, titles, target.named(), target.templates, target.terminal)
    outputs.put(text, target.output)


def _evaluated(evaluator: Evaluator, case: Case) -> Evaluation:
    from tunewise.whatif.single_answers import with_single_answers

    return with_single_answers(evaluator, evaluator.evaluate(case))
