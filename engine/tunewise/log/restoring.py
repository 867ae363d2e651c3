"""Restores from a record what was decided: the case, the settings, and what the record may hold of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from msgspec import to_builtins

from tunewise.cases.case import Case
from tunewise.costs.currency import HOME
from tunewise.errors import UserError
from tunewise.knowledge.rulebook import Rulebook
from tunewise.log.form import Record
from tunewise.log.privacy import Privacy

RecordedSettings = tuple[date, Mapping[str, str], tuple[str | None, str | None]]
"""The date whose prices counted, the assumptions, and what sums were shown in: as evaluators take them."""


def settings(record: Record) -> RecordedSettings:
    """Return how a record was decided, besides its rulebook."""
    said = record.currency
    shown_in = (None, None) if said.code == HOME else (said.code, str(said.per_usd))
    return record.as_of, record.assumptions, shown_in


def as_recorded(found: Mapping[str, Any], record: Record) -> dict[str, Any]:
    """Return a content that was made anew without what was taken out of the record, and by its versions."""
    taken = Privacy({one.path: one.action for one in record.masked})
    masked = [to_builtins(one) for one in record.masked]
    return {**taken.applied(found), "versions": record.versions, "masked": masked}


def case_of(record: Record, rulebook: Rulebook) -> Case:
    """Return the case that a record decided; raise UserError where its facts are none of the rulebook's."""
    stated = {id: fact.value for id, fact in record.facts.items() if fact.origin == "given"}
    try:
        facts = {id: rulebook.facts[id].check(value) for id, value in stated.items()}
    except (KeyError, ValueError) as error:
        raise UserError(f"a fact that the rulebook does not allow: {error}") from None
    known = {id: value for id in rulebook.facts if (value := facts.get(id)) is not None}
    return Case(
        name=record.case.name,
        facts=known,
        description=record.case.description,
        owner=record.case.owner,
        tags=tuple(record.case.tags),
        id=record.case.id or "",
        row=record.case.row or 0,
        inventory=record.case.inventory or "",
    )


def missing_parts(record: Record, rulebook: Rulebook) -> Iterator[str]:
    """Yield what was taken out of a record and cannot be worked out anew: given facts, assumptions.

    Of a fact that was dropped only the rulebook knows where it came from; of one that a case gives or else is
    assumed nobody does, and it counts as given.
    """
    for taken in record.masked:
        part, _, name = taken.path.partition(".")
        if part == "assumptions" or (
            part == "facts" and _origin(name, record, rulebook) == "given"
        ):
            yield taken.path


def _origin(fact: str, record: Record, rulebook: Rulebook) -> str:
    if fact in record.facts:
        return record.facts[fact].origin
    return rulebook.facts[fact].origin if fact in rulebook.facts else "given"
