"""Finds the single answers to open questions that would turn a decision, by deciding again with each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.evaluation.what_if import WhatIf
from tunewise.explaining.certainty import FIRM, OPEN_STATUS, Certainty, Turn
from tunewise.explaining.decisive import turning_rules
from tunewise.inference.single import Conclusions
from tunewise.knowledge.conditions import Value
from tunewise.record.evaluation import Evaluation
from tunewise.whatif.answers import answers
from tunewise.whatif.proofs import with_proofs

Answered = tuple[str, Value, Conclusions]
"""A fact, a value of it, and what would follow."""


def with_single_answers(evaluator: Evaluator, evaluation: Evaluation) -> Evaluation:
    """Return the evaluation with the answers that would turn each decision that is open; firm where none does.

    What can be proved of it comes first: a decision that is settled has no such answers.
    """
    evaluation = with_proofs(evaluator, evaluation)
    open_ = [id for id, one in evaluation.certainty.items() if one.status == OPEN_STATUS]
    if not open_:
        return evaluation
    tried = list(_tried(evaluator.trials(), evaluation))
    found = {id: _certainty(evaluation, id, tried) for id in open_}
    return replace(evaluation, certainty={**evaluation.certainty, **found})


def _tried(trials: WhatIf, evaluation: Evaluation) -> Iterator[Answered]:
    """Yield what follows from each answer to a question that can matter: to rules or to costs."""
    facts, book = evaluation.case.facts, evaluation.rulebook
    for unknown in evaluation.unknown:
        waits = any(book.rules[rule].target for rule in unknown.rules)
        if not waits and unknown.fact not in evaluation.costs.assumed:
            continue
        edges = _edges(trials, evaluation, unknown.fact)
        for value in answers(book.facts[unknown.fact], edges):
            try:
                yield unknown.fact, value, trials.conclude({**facts, unknown.fact: value})
            except UserError:
                continue  # its costs are beyond all measure


def _edges(trials: WhatIf, evaluation: Evaluation, fact: str) -> tuple[int | float, ...]:
    """Return where rules change by a number, or else what is assumed of it, which costs rest on."""
    found = trials.edges(fact, evaluation.conclusions.memory)
    assumed = evaluation.costs.assumed.get(fact)
    return found or ((assumed,) if isinstance(assumed, int | float) else ())


def _certainty(evaluation: Evaluation, decision: str, tried: list[Answered]) -> Certainty:
    now = evaluation.conclusions
    chosen, turns = now.recommendation[decision], dict[tuple[str, str], Turn]()
    for fact, value, then in tried:
        to = then.recommendation[decision]
        if to != chosen and (fact, to) not in turns:
            rules = _rules(evaluation, decision, then)
            turns[fact, to] = Turn({fact: value}, to, rules)
    return Certainty(OPEN_STATUS if turns else FIRM, tuple(turns.values()))


def _rules(evaluation: Evaluation, decision: str, then: Conclusions) -> tuple[str, ...]:
    fired = ([firing.rule for firing in one.firings] for one in (evaluation.conclusions, then))
    return turning_rules(evaluation.rulebook.decisions[decision], *fired)
