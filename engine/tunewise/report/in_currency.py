"""Puts an evaluation's sentences into the currency that its sums are shown in."""

from __future__ import annotations

from dataclasses import replace

from tunewise.costs.currency import HOME, USD, Currency
from tunewise.costs.ranges import cents, exactly, plain_number
from tunewise.explaining.explanation import Explanation, Say
from tunewise.explaining.ladder import ladder
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.vocabulary import Fact
from tunewise.record.evaluation import Evaluation


def in_its_currency(evaluation: Evaluation) -> Evaluation:
    """Return the evaluation with its facts, reasons, ladder and near misses in words of its currency."""
    if evaluation.costs.currency == USD:
        return evaluation
    explanation = Explanation(evaluation.rulebook, _saying(evaluation.costs.currency))
    rungs = ladder(explanation, evaluation.conclusions, evaluation.reasons, evaluation.near_misses)
    return replace(evaluation, explanation=explanation, ladder=rungs)


def _saying(currency: Currency) -> Say:
    def say(fact: Fact, value: Value | None) -> str:
        if fact.unit != HOME or not isinstance(value, int | float):
            return fact.say(value)
        amount = exactly(cents(exactly(value) * currency.per_usd))
        return (
            f"{currency.code} {plain_number(amount):,}"
            if amount % 1 == 0
            else f"{currency.code} {amount:,.2f}"
        )

    return say
