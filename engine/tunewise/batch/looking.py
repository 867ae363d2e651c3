"""Looks at single rows as closely as one decides a case, for their briefs and for what would turn them."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from tunewise.batch.tasks import BatchSettings
from tunewise.cases.case import Case
from tunewise.evaluation.evaluator import Evaluator
from tunewise.knowledge.conditions import Value
from tunewise.record.evaluation import Evaluation
from tunewise.report.briefview import BriefReport
from tunewise.report.coverview import CoverView
from tunewise.report.in_currency import in_its_currency
from tunewise.report.presenting_brief import brief_report
from tunewise.whatif.sensitivity import with_turning_points
from tunewise.whatif.single_answers import with_single_answers


class RowBrief(msgspec.Struct, frozen=True):
    """The brief of a row, to be set out when all are there."""

    row: int
    report: BriefReport


class CloseLook:
    """Decides rows one by one, with the single answers and the figures that would turn each."""

    def __init__(self, settings: BatchSettings) -> None:
        self._facts = settings.rulebook.facts
        self._evaluator = Evaluator(
            settings.rulebook, settings.as_of, settings.overrides, settings.shown_in
        )

    def at(self, case: Case, stated: dict[str, Value]) -> Evaluation:
        """Return all that is found out about a row that states these facts, in its currency."""
        facts = {id: stated[id] for id in self._facts if id in stated}
        evaluator = self._evaluator
        found = with_single_answers(evaluator, evaluator.evaluate(replace(case, facts=facts)))
        return in_its_currency(found if found.too_early else with_turning_points(evaluator, found))


def brief_line(evaluation: Evaluation) -> bytes:
    """Return the brief of a row as a line of JSON."""
    report = brief_report([evaluation], CoverView())
    return msgspec.json.encode(RowBrief(evaluation.case.row, report))
