"""Makes other versions of a case from what a person writes: `training_examples=2000`, `gap_kinds=unknown`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tunewise.cases.case import Case, unknown_fact
from tunewise.cases.written import read_written
from tunewise.errors import UserError, shown
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.vocabulary import Vocabulary

FactChanges = Mapping[str, Value | None]
"""Facts with the values that they are to have, None where they are to be unknown."""


def read_changes(pairs: Iterable[str], vocabulary: Vocabulary) -> dict[str, Value | None]:
    """Return the facts that texts such as `training_examples=2000` set; raise UserError with every mistake."""
    found: dict[str, Value | None] = {}
    mistakes = []
    for pair in pairs:
        name, equals, text = pair.partition("=")
        try:
            if not equals:
                raise ValueError(f"expected fact=value, found {shown(pair)}")
            fact = _stated(name.strip(), vocabulary)
            if fact in found:
                raise ValueError(f"{fact} is set twice; a version has one value of each fact")
            found[fact] = _value(fact, text, vocabulary)
        except ValueError as error:
            mistakes.append(UserError(f"--set: {error}"))
    if mistakes:
        raise UserError(problem for mistake in mistakes for problem in mistake.problems)
    return found


def _stated(name: str, vocabulary: Vocabulary) -> str:
    if name not in vocabulary:
        raise ValueError(unknown_fact(name, vocabulary))
    if vocabulary[name].origin != "given":
        raise ValueError(f"'{name}' is worked out by Tunewise and cannot be given")
    return name


def _value(name: str, text: str, vocabulary: Vocabulary) -> Value | None:
    try:
        return read_written(vocabulary[name], text)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def version(case: Case, changes: FactChanges, vocabulary: Vocabulary) -> Case:
    """Return the case with some facts changed, in the vocabulary's order."""
    facts = {**case.facts, **changes}
    known = {name: facts[name] for name in vocabulary if facts.get(name) is not None}
    return replace(case, facts={name: value for name, value in known.items() if value is not None})
