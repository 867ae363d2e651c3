"""Makes the view of a short report from the record of each case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tunewise.explaining.ladder import NO_REVERSAL, reversal
from tunewise.explaining.plainly import plain_verdict
from tunewise.explaining.reasons import REASONS
from tunewise.record.evaluation import Evaluation
from tunewise.report.arguing import Arguments
from tunewise.report.in_currency import in_its_currency
from tunewise.report.presenting import rung_view
from tunewise.report.presenting_certainty import certainty_view, find_out
from tunewise.report.presenting_money import money_view
from tunewise.report.presenting_policy import left_without_option, policy_says
from tunewise.report.presenting_turning import turning_view
from tunewise.report.shortview import ShortReport, ShortView
from tunewise.report.turningview import RungView

TO_COME = ("now", "next", "later")
"""The turns of remedies that are worth doing."""


def short_report(evaluations: Sequence[Evaluation]) -> ShortReport:
    """Return the view of one or more evaluations in short."""
    cases = tuple(short_view(in_its_currency(evaluation)) for evaluation in evaluations)
    return ShortReport(cases, evaluations[0].as_of.isoformat())


def short_view(evaluation: Evaluation) -> ShortView:
    """Return the view of one evaluation, in its currency, in short."""
    arguments, conclusions = Arguments(evaluation, ""), evaluation.conclusions
    first, early = next(iter(conclusions.outcomes.values())), evaluation.too_early
    certainty, turning = certainty_view(evaluation), turning_view(evaluation)
    found = certainty.turns or (turning and turning.instead)
    return ShortView(
        name=evaluation.case.name,
        verdict=verdict_in_words(evaluation),
        first=arguments.decision(first),
        certainty=certainty,
        find_out=find_out(evaluation) if early else (),
        reasons=tuple(reason.text for reason in arguments.reasons(REASONS)),
        money=money_view(evaluation),
        turning=turning,
        reversal=what_turns(evaluation, say_none=not found),
        steps=steps(evaluation),
        policy=policy_says(evaluation),
        shut=left_without_option(evaluation),
    )


def verdict_in_words(evaluation: Evaluation) -> str:
    """Return what to do in plain words, or by the names of what was chosen; nothing where the first is blocked."""
    book, chosen = evaluation.rulebook, evaluation.conclusions.recommendation
    if next(iter(evaluation.conclusions.outcomes.values())).blocked:
        return ""
    options = (book.decisions[id].options.get(option) for id, option in chosen.items())
    labels = ", ".join(option.label for option in options if option)
    return plain_verdict(book, chosen) or f"{labels}."


def what_turns(evaluation: Evaluation, say_none: bool = True) -> str:
    """Return what the verdict rests on, as its ladder says it; that nothing would turn it only where wanted."""
    held = (evaluation.conclusions, evaluation.reasons, evaluation.near_misses)
    said = reversal(evaluation.explanation, *held)
    return "" if said == NO_REVERSAL and not say_none else said


def steps(evaluation: Evaluation) -> tuple[RungView, ...]:
    """Return the remedies to come, in order; what would turn the verdict, which ends the last, is said elsewhere."""
    book, turns = evaluation.rulebook, what_turns(evaluation)
    rungs = (
        replace(rung, gate=rung.gate.removesuffix(turns).strip()) for rung in evaluation.ladder
    )
    return tuple(rung_view(rung, book) for rung in rungs if rung.status in TO_COME)
