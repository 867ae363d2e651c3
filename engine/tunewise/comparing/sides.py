"""Decides each case of a log or an inventory in two ways: as it was, or as one says, and as one asks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from tunewise.cases.case import Case
from tunewise.comparing.answers import DecidedCase
from tunewise.comparing.changes import ComparedCase
from tunewise.comparing.evaluators import Evaluators
from tunewise.comparing.settings import Settings
from tunewise.errors import Problem, UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.knowledge.rulebook import Rulebook
from tunewise.log.content import content as content_of
from tunewise.log.content import encoded
from tunewise.log.reading import MAX_RECORD, Log, LogEntry, Tick, like_a_record, opened_log
from tunewise.log.restoring import case_of, missing_parts
from tunewise.log.selecting import Rulebooks
from tunewise.organisation.rulebooks import in_force

COMPARED_CHUNK = 5_000


class Deciders:
    """Decides cases in any way."""

    def __init__(self) -> None:
        self._evaluators = Evaluators(Evaluator)
        self._counting: dict[tuple[str, str], Rulebook] = {}

    def answer(self, case: Case, way: Settings) -> DecidedCase:
        """Return how a case comes out in a way that leaves nothing open; raise UserError where it cannot."""
        assert way.rulebook is not None  # noqa: S101 - what answers was completed
        assert way.as_of is not None  # noqa: S101
        assumptions = dict(sorted((way.assumptions or {}).items()))
        rulebook = self._in_force(way.rulebook, way.as_of)
        evaluator = self._evaluators(rulebook, way.as_of, assumptions)
        evaluation = evaluator.evaluate(_fitting(case, rulebook))
        return DecidedCase(json.loads(encoded(content_of(evaluation, assumptions))), rulebook)

    def _in_force(self, rulebook: Rulebook, day: date) -> Rulebook:
        """Return a rulebook as its organisation's policy counts on a day, each made once."""
        policy = rulebook.organisation
        if policy is None:
            return rulebook
        key = (rulebook.sha256, policy.since_on(day))
        if key not in self._counting:
            self._counting[key] = in_force(rulebook, day)
        return self._counting[key]


def _fitting(case: Case, rulebook: Rulebook) -> Case:
    """Return a case with the facts that a rulebook knows; raise UserError for a value that it does not allow."""
    facts = {}
    for id, value in case.facts.items():
        if id in rulebook.facts and rulebook.facts[id].origin == "given":
            try:
                checked = rulebook.facts[id].check(value)
            except ValueError as error:
                raise UserError(f"{id}: {error}") from None
            if checked is not None:
                facts[id] = checked
    return replace(case, facts=facts)


def of_log(log: Log, before: Settings, after: Settings, tick: Tick) -> Iterator[ComparedCase]:
    """Yield each line of a log, as it was decided or in the way given before, against the way given after.

    What cannot be compared is told as failed: a line that is no record, a record without its rulebook or facts.
    """
    deciders, rulebooks = Deciders(), Rulebooks(log.path)
    for entry in log.entries():
        if entry.aside:
            tick(entry)
            continue
        name = entry.record.case.name if entry.record is not None else ""
        try:
            answers = _answers(entry, before, after, deciders, rulebooks)
            yield ComparedCase(entry.line, name, *answers)
        except UserError as error:
            yield ComparedCase(entry.line, name, failed=str(error))
        tick(entry)


def _answers(
    entry: LogEntry, before: Settings, after: Settings, deciders: Deciders, rulebooks: Rulebooks
) -> tuple[DecidedCase, DecidedCase]:
    record = entry.record
    if record is None:
        raise UserError(entry.findings[0].message)
    rulebook = rulebooks.of(record)
    if hidden := list(missing_parts(record, rulebook)):
        raise UserError(f"taken out of the record: {', '.join(hidden)}")
    case = case_of(record, rulebook)
    first = before.over(Settings(rulebook, record.as_of, record.assumptions))
    if before.empty and not record.masked:
        was = DecidedCase(json.loads(entry.content), rulebook)
    else:
        was = deciders.answer(case, first)
    return was, deciders.answer(case, after.over(first))


def of_inventory(path: str, before: Settings, after: Settings) -> Iterator[ComparedCase]:
    """Yield each row of an inventory in both ways; a row with a mistake is told as failed."""
    from tunewise.inventories.checking import check_chunk
    from tunewise.inventories.mapping import AS_IT_STANDS
    from tunewise.inventories.reading import open_inventory

    assert before.rulebook is not None  # noqa: S101 - whoever calls completes it
    vocabulary, deciders = before.rulebook.facts, Deciders()
    said = AS_IT_STANDS.over(other_columns="extra")
    inventory = open_inventory(path, None, vocabulary, said)
    inventory.tell()
    for chunk in inventory.chunks(COMPARED_CHUNK):
        checked = check_chunk(chunk, vocabulary)
        for reject in {one.row: one for one in reversed(checked.rejects)}.values():
            yield ComparedCase(reject.row, "", failed=f"{reject.column}: {reject.reason}")
        for at, row in enumerate(checked.rows):
            case = Case(checked.names[at], checked.facts.facts(at))
            try:
                pair = deciders.answer(case, before), deciders.answer(case, after.over(before))
                yield ComparedCase(int(row), case.name, *pair)
            except UserError as error:
                yield ComparedCase(int(row), case.name, failed=str(error))


def is_log(path: str) -> bool:
    """Whether a file begins like a log; raise UserError where it is empty or cannot be read."""
    with opened_log(path) as file:
        first = file.readline(MAX_RECORD)
    if not first:
        raise UserError(Problem(path, None, "", "is empty: it holds no record, and no row"))
    return like_a_record(first)
