"""The forms that a report takes, and where each is made; JSON needs no templates, so none are loaded for it."""

from __future__ import annotations

from collections.abc import Sequence

from tunewise.errors import UserError
from tunewise.record.decision import as_json, as_record
from tunewise.record.evaluation import Evaluation
from tunewise.report.coverview import CoverView
from tunewise.whatif.comparison import SideBySide


def report(
    evaluations: Sequence[Evaluation],
    form: str,
    templates: str | None = None,
    terminal: bool = False,
    full: bool = True,
) -> str:
    """Return the report on evaluations in one of the forms; JSON of one case is an object, of several a list.

    Text that is not `full` is the short report.
    Raises UserError where a template is missing, fails or takes too long.
    """
    if form == "json":
        records = [as_record(evaluation) for evaluation in evaluations]
        return as_json(records[0] if len(records) == 1 else records)
    from tunewise.report.render import render, render_short

    if form == "text" and not full:
        return render_short(evaluations, templates, terminal)
    return render(evaluations, form, templates, terminal)


def briefs(
    evaluations: Sequence[Evaluation],
    form: str,
    cover: CoverView,
    appendix: bool = False,
    templates: str | None = None,
    terminal: bool = False,
) -> str | bytes:
    """Return briefs as text, markdown, html or docx, with the trace as an appendix where it is wanted.

    Raises UserError as report does, for JSON, which has no brief, and for several cases in one Word file.
    """
    from tunewise.report.presenting_brief import brief_report
    from tunewise.report.render import BRIEFS, set_out

    if form == "json":
        raise UserError("--brief: is for people; as JSON, leave it out")
    view = brief_report(evaluations, cover, appendix)
    if form != "docx":
        return set_out(BRIEFS, view, form, templates, terminal)
    if len(view.cases) > 1:
        raise UserError("--brief: a .docx holds one brief; name one case")
    from tunewise.report.docx import brief_docx

    return brief_docx(view, templates)


def comparison_report(
    comparisons: Sequence[SideBySide],
    titles: Sequence[str],
    form: str,
    templates: str | None = None,
    terminal: bool = False,
) -> str:
    """Return comparisons in one of the forms; JSON of one is an object, of several a list. Raises as report does."""
    if form == "json":
        records = [compared.as_record() for compared in comparisons]
        return as_json(records[0] if len(records) == 1 else records)
    from tunewise.report.presenting_comparison import comparison_view
    from tunewise.report.render import COMPARISON, set_out

    view = comparison_view(comparisons, titles)
    return set_out(COMPARISON, view, form, templates, terminal)
