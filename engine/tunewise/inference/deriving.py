"""Joins what several rules derive of one fact into one value."""

from __future__ import annotations

from collections.abc import Iterable

from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.vocabulary import Fact


def joined(fact: Fact, fired: Iterable[Rule]) -> Value | None:
    """Return the value of a fact where rules that derive it fired, whatever their order; None where none did.

    Sets are united; otherwise the value that stands last among the allowed ones, or the largest, is kept.
    """
    values = [rule.then.value for rule in fired if rule.then.value is not None]
    if not values:
        return None
    if fact.type == "set":
        held = {part for value in values for part in value}  # type: ignore[union-attr]
        return tuple(option for option in fact.options if option in held)
    if fact.type == "choice":
        return max(values, key=fact.options.index)
    return max(values)
