"""Writes the decision records of a table's rows: the same as audit/record.py writes of single cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import repeat
from typing import Any

import msgspec
import numpy as np

from tunewise.cases.columns import UNKNOWN, FactColumn
from tunewise.cases.rows import by_row, spread
from tunewise.evaluation.evaluator import versions
from tunewise.evaluation.table import TableEvaluation, TableEvaluator
from tunewise.inference.columnar import Fired
from tunewise.inference.deciding import BLOCKED
from tunewise.inference.table_deciding import ALONE, TableOutcome
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Vocabulary
from tunewise.log.content import SCHEMA, as_given
from tunewise.record.decision import PLANNED, TUNING

Record = dict[str, Any]
Firing = Record | msgspec.Raw
Cells = list[Any]
"""What a column holds for each row, None where that is unknown."""


class Records:
    """Makes records of evaluations; what all have in common is worked out once."""

    def __init__(self, evaluator: TableEvaluator) -> None:
        self.rulebook = evaluator.rulebook
        self.head = {
            "as_of": evaluator.as_of.isoformat(),
            "versions": versions(),
            "rulebook": {"version": self.rulebook.version, "sha256": self.rulebook.sha256},
            "assumptions": as_given(evaluator.overrides),
            "currency": evaluator.currency.as_record(),
        }

    def of(self, evaluation: TableEvaluation, encoded: bool = False) -> RowRecords:
        """Return what makes the records of a table's rows.

        `encoded` has their firings, the bulk of them, as JSON already: for records that are but written.
        """
        return RowRecords(self, evaluation, encoded)


class RowRecords:
    """Makes the records of one table's rows.

    Parts that are alike in several rows are made once and shared.
    """

    def __init__(self, common: Records, evaluation: TableEvaluation, encoded: bool) -> None:
        rulebook, conclusions = common.rulebook, evaluation.conclusions
        self._head, self._costs = common.head, evaluation.costs
        memory = {fact: PlainColumn(column) for fact, column in conclusions.memory.items()}
        self._facts = dict(_known(rulebook.facts, memory, evaluation.costs.assumed))
        self._firings = _firings(
            rulebook, memory, conclusions.fired, evaluation.table.rows, encoded
        )
        self._decisions = [
            RowDecisions(rulebook, outcome, conclusions.fired)
            for outcome in conclusions.outcomes.values()
        ]
        tuning = evaluation.plans.get(TUNING, {})
        self._tuning = {name: _chosen(tuning[name]) for name in PLANNED if name in tuning}

    def content(self, row: int, case: Mapping[str, Any]) -> Record:
        """Return a row's record as plain data, as audit.record.content does; `case` is what it says of itself.

        It is for reading: parts of it belong to other records, too.
        """
        facts = {fact: known for fact, cells in self._facts.items() if (known := cells[row])}
        decisions = [decision.record(row) for decision in self._decisions]
        return {
            "schema": SCHEMA,
            "case": case,
            **self._head,
            "facts": facts,
            "recommendation": {made["decision"]: made["chosen"] for made in decisions},
            "tuning_plan": {name: cells[row] for name, cells in self._tuning.items()},
            "decisions": decisions,
            "firings": self._firings[row],
            **self._costs.record(row),
            "masked": [],
        }


class RowDecisions:
    """Makes the part of a record that tells of one decision, once for all rows in which the same rules fired."""

    def __init__(
        self, rulebook: Rulebook, outcome: TableOutcome, fired: Mapping[str, Fired]
    ) -> None:
        self._outcome, self._options = outcome, outcome.options
        self._rules = [
            rulebook.rules[id] for id in fired if rulebook.rules[id].target == outcome.decision
        ]
        self._fired = by_row(len(outcome.margin), [fired[rule.id] for rule in self._rules])
        self._made: dict[tuple[int, ...], Record] = {}

    def record(self, row: int) -> Record:
        """Return how the decision was made for a row."""
        fired = tuple(self._fired[row])
        found = self._made.get(fired)
        if found is None:
            found = self._made[fired] = self._make(row, fired)
        return found

    def _make(self, row: int, fired: tuple[int, ...]) -> Record:
        options: dict[str, Record] = {
            option: {"option": option, "score": int(score[row]), "vetoed_by": [], "evidence": []}
            for option, score in self._outcome.scores.items()
        }
        for rule in (self._rules[i] for i in fired):
            for option in rule.then.options:
                if rule.vetoes(option):
                    options[option]["vetoed_by"].append(rule.id)
                else:
                    weight = {"rule": rule.id, "points": rule.then.points}
                    options[option]["evidence"].append(weight)
        margin = int(self._outcome.margin[row])
        return {
            "decision": self._outcome.decision,
            "chosen": self._outcome.option(row),
            "margin": None if margin == ALONE else margin,
            "options": list(options.values()),
        }


class PlainColumn:
    """A column of facts whose values are plain data already; None at the end, where -1 finds it."""

    def __init__(self, column: FactColumn) -> None:
        self.values = [*msgspec.to_builtins(column.values), None]
        self.codes = column.codes

    def told(self, origin: str) -> Cells:
        """Return what a record says of each row's fact."""
        said = [{"value": value, "origin": origin} for value in self.values[:-1]]
        return spread(said, None, self.codes)


def _known(
    facts: Vocabulary, memory: Mapping[str, PlainColumn], assumed: Mapping[str, FactColumn]
) -> Iterator[tuple[str, Cells]]:
    """Yield what each row knows of each fact, with where that comes from."""
    for id, fact in facts.items():
        told = [memory[id].told(fact.origin)] if id in memory else []
        told += [PlainColumn(assumed[id]).told("assumed")] if id in assumed else []
        if told and fact.origin != "decided":
            cells = [one or other for one, other in zip(told[0], told[-1], strict=True)]
            yield id, cells


def _chosen(column: FactColumn) -> list[str]:
    return spread(map(str, column.values), BLOCKED, column.codes)


def _firings(
    rulebook: Rulebook,
    memory: Mapping[str, PlainColumn],
    fired: Mapping[str, Fired],
    rows: int,
    encoded: bool,
) -> list[list[Firing]]:
    """Return the firings of each row, in their order."""
    found: list[list[Firing]] = [[] for _ in range(rows)]
    for id, where in fired.items():
        read = {fact: memory[fact] for fact in rulebook.rules[id].reads if fact in memory}
        made: dict[tuple[int, ...], Firing] = {}
        there = np.flatnonzero(where)
        codes = [column.codes[there].tolist() for column in read.values()]
        keys = zip(*codes, strict=True) if codes else repeat(())
        for row, key in zip(there.tolist(), keys, strict=False):
            firing = made.get(key)
            if firing is None:
                told = {"rule": id, "facts": _read(read, key)}
                firing = made[key] = msgspec.Raw(msgspec.json.encode(told)) if encoded else told
            found[row].append(firing)
    return found


def _read(columns: Mapping[str, PlainColumn], codes: tuple[int, ...]) -> Record:
    pairs = zip(columns.items(), codes, strict=True)
    return {fact: column.values[code] for (fact, column), code in pairs if code != UNKNOWN}
