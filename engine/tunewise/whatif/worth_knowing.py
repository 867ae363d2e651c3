"""Tells which open facts, found out, would turn most decisions of many cases and most money, by deciding again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tunewise.costs.estimator import PREFIXES
from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.evaluation.what_if import WhatIf
from tunewise.explaining.certainty import Turn
from tunewise.inference.single import Conclusions
from tunewise.record.evaluation import Evaluation
from tunewise.whatif.single_answers import with_single_answers


@dataclass(frozen=True, slots=True)
class FactWorthKnowing:
    """An open fact: how many decisions in how many cases an answer would turn, and the money that moves at most.

    `usd` is the sum over the cases of the greatest difference over the horizon between what is recommended now and
    what would be then, each at its own prices.
    """

    fact: str
    decisions: int
    cases: int
    usd: float


def worth_knowing(
    evaluator: Evaluator, evaluations: Iterable[Evaluation]
) -> tuple[FactWorthKnowing, ...]:
    """Return the facts of which an answer turns something: most decisions first, of as many most money."""
    turned: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for evaluation in evaluations:
        for fact, decisions, usd in _turned(evaluator, evaluation):
            turned[fact].append((decisions, usd))
    found = [
        FactWorthKnowing(
            fact, sum(n for n, _ in cases), len(cases), round(sum(u for _, u in cases), 2)
        )
        for fact, cases in turned.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.decisions, -one.usd, one.fact)))


def _turned(evaluator: Evaluator, evaluation: Evaluation) -> Iterator[tuple[str, int, float]]:
    """Yield the facts of one case that turn a decision: how many, and the money that moves at most."""
    certainty = with_single_answers(evaluator, evaluation).certainty
    trials, decisions, usd = evaluator.trials(), defaultdict[str, set[str]](set), dict[str, float]()
    for decision, one in certainty.items():
        for turn in one.turns:
            (fact,) = turn.facts
            decisions[fact].add(decision)
            usd[fact] = max(usd.get(fact, 0.0), _moved(trials, evaluation, turn))
    for fact, turned in decisions.items():
        yield fact, len(turned), usd[fact]


def _moved(trials: WhatIf, evaluation: Evaluation, turn: Turn) -> float:
    """Return by what an answer changes the cost over the horizon, 0 where either is unknown."""
    try:
        then = trials.conclude({**evaluation.case.facts, **turn.facts})
    except UserError:
        return 0.0
    costs = [_horizon(evaluation, one) for one in (evaluation.conclusions, then)]
    known = [cost for cost in costs if cost is not None]
    return abs(known[1] - known[0]) if len(known) == len(costs) else 0.0


def _horizon(evaluation: Evaluation, found: Conclusions) -> float | None:
    chosen = found.recommendation[next(iter(evaluation.rulebook.decisions))]
    cost = found.memory.get(f"{PREFIXES.get(chosen, chosen)}_horizon_usd")
    return cost if isinstance(cost, int | float) else None
