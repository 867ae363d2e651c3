"""Makes the view of how certain a case is: answers in words, and what to find out first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest

from tunewise.explaining.certainty import Turn
from tunewise.inference.deciding import BLOCKED
from tunewise.inference.interpreter import Interpreter
from tunewise.knowledge.conditions import All, Condition, facts_read
from tunewise.record.evaluation import Evaluation
from tunewise.report.certaintyview import AnswerView, CertaintyView, FlipView, TurningRule

NAMED_TURNS, FIRST_QUESTIONS, NAMED_FLIPS = 2, 6, 4
"""How many turns a line names, how many questions are to be answered first, and how many changes are listed."""
NO_OPTION = "no option left"


def certainty_view(evaluation: Evaluation) -> CertaintyView:
    """Return how certain the first decision is; turns that leave an option come before those that leave none."""
    decision, found = next(iter(evaluation.certainty.items()))
    ordered = sorted(found.turns, key=lambda turn: turn.to == BLOCKED)
    turns = tuple(_answer(evaluation, decision, turn) for turn in ordered)
    return CertaintyView(
        status=found.status.replace("_", " "),
        known=evaluation.known.facts,
        of=evaluation.known.of,
        first=turns[:NAMED_TURNS],
        more=len(turns[NAMED_TURNS:]),
        turns=turns,
        flips=tuple(_flips(evaluation, decision)),
    )


def _flips(evaluation: Evaluation, decision: str) -> Iterator[FlipView]:
    """Yield the first changes that turn a decision, those that leave an option before those that leave none."""
    mine = [flip for flip in evaluation.flips if flip.decision == decision]
    facts, explanation = evaluation.rulebook.facts, evaluation.explanation
    for flip in sorted(mine, key=lambda flip: flip.to == BLOCKED)[:NAMED_FLIPS]:
        changed = [(facts[id].label, explanation.say(facts[id], v)) for id, v in flip.facts.items()]
        to = NO_OPTION if flip.to == BLOCKED else explanation.option(decision, flip.to)
        yield FlipView(tuple(changed), to, flip.yours)


def _answer(evaluation: Evaluation, decision: str, turn: Turn) -> AnswerView:
    ((id, value),) = turn.facts.items()
    fact, explanation = evaluation.rulebook.facts[id], evaluation.explanation
    return AnswerView(
        label=fact.label,
        value=explanation.say(fact, value),
        to=NO_OPTION if turn.to == BLOCKED else explanation.option(decision, turn.to),
        rules=turning_rule_views(evaluation, turn.rules),
    )


def turning_rule_views(evaluation: Evaluation, rules: Iterable[str]) -> tuple[TurningRule, ...]:
    """Return rules that turn a decision, in words."""
    held, explanation = evaluation.rulebook.rules, evaluation.explanation
    fired = {firing.rule.id for firing in evaluation.conclusions.firings}
    return tuple(
        TurningRule(
            id, ("no longer " if id in fired else "") + explanation.conclusion(held[id].then)
        )
        for id in rules
    )


def find_out(evaluation: Evaluation) -> tuple[str, ...]:
    """Return the questions whose answers a verdict lacks: the first of each thing to be known, then the seconds."""
    book, least = evaluation.rulebook, evaluation.rulebook.least_known
    if least is None:
        return ()
    asked = {unknown.fact for unknown in evaluation.unknown}
    parts = (
        [fact for fact in facts_read(part) if fact in asked]
        for part in _lacking(least, evaluation, Interpreter(book.scales))
    )
    facts = dict.fromkeys(fact for turn in zip_longest(*parts) for fact in turn if fact)
    return tuple(book.facts[fact].question for fact in list(facts)[:FIRST_QUESTIONS])


def _lacking(
    condition: Condition, evaluation: Evaluation, interpreter: Interpreter
) -> Iterator[Condition]:
    """Yield those parts of a condition that must all hold and do not yet."""
    if interpreter.holds(condition, evaluation.case.facts) is True:
        return
    if isinstance(condition, All):
        for part in condition.parts:
            yield from _lacking(part, evaluation, interpreter)
    else:
        yield condition
