"""Tells whether a record is one that its rulebook can explain: it names nothing that is not there."""

from __future__ import annotations

from collections.abc import Iterator

from tunewise.errors import UserError, shown
from tunewise.knowledge.rulebook import Rulebook
from tunewise.log.form import Record

SEE = "see 'tunewise audit verify'"


def explaining_rulebook(record: Record, rulebook: Rulebook) -> Rulebook:
    """Return the rulebook; raise UserError where the record cannot have been made by it.

    Whether its decision follows is another question, and that of `audit verify`.
    """
    misfit = next(_misfits(record, rulebook), None)
    if misfit is not None:
        raise UserError(f"the record does not fit its rulebook: {misfit}; {SEE}")
    return rulebook


def _misfits(record: Record, rulebook: Rulebook) -> Iterator[str]:
    decided = [decision.decision for decision in record.decisions]
    declared = list(rulebook.decisions)
    if decided != declared or list(record.recommendation) != declared:
        yield "its decisions are others"
    for firing in record.firings:
        if firing.rule not in rulebook.rules:
            yield f"there is no rule {shown(firing.rule)}"
        yield from (f"there is no fact {shown(f)}" for f in firing.facts if f not in rulebook.facts)
    hidden = {taken.path for taken in record.masked}
    for id, known in record.facts.items():
        if id not in rulebook.facts:
            yield f"there is no fact {shown(id)}"
        elif f"facts.{id}" not in hidden:
            yield from _wrong(rulebook, id, known.value)


def _wrong(rulebook: Rulebook, fact: str, value: object) -> Iterator[str]:
    try:
        rulebook.facts[fact].check(value)
    except ValueError as error:
        yield f"fact {fact}: {error}"
