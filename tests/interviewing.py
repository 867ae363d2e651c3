"""Answers the questionnaire by script: what a case tells, and "don't know" to all else."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from tunewise.interview.answers import Answers, Questions
from tunewise.interview.choosing import Chooser, Standing
from tunewise.knowledge.conditions import Value

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Played:
    """What was asked, in order, and where the interview stood when it had nothing to ask or nobody knew more."""

    asked: tuple[str, ...]
    end: Standing
    given: Answers


def play(chooser: Chooser, questions: Questions, facts: Mapping[str, Value]) -> Played:
    """Answer until no single answer turns a decision, or the case has told all that is asked."""
    given, asked = Answers("A case"), []
    while True:
        stands = chooser.standing(given)
        more = [id for id in questions.open(given) if id in facts]
        if not stands.open or stands.next is None or not more:
            return Played(tuple(asked), stands, given)
        asked.append(stands.next)
        given = given.answered(stands.next, facts.get(stands.next))


@lru_cache
def told(every: int) -> tuple[dict[str, Value], ...]:
    """Every so many of the cases that experts signed, whose facts tell much of each."""
    cases = yaml.safe_load((CASES / "experts.yaml").read_text("utf-8"))["cases"]
    return tuple({id: plain_value(v) for id, v in case["facts"].items()} for case in cases[::every])


def plain_value(value: object) -> Value:
    """A value as the vocabulary has it: lists are tuples."""
    return tuple(sorted(value)) if isinstance(value, list) else value  # type: ignore[return-value]
