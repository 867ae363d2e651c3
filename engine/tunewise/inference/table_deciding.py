"""Decides and derives on many cases at once, in columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from tunewise.cases.columns import UNKNOWN_CODE, FactColumn
from tunewise.inference.columnar import Fired, Outcomes, first_rows
from tunewise.inference.deciding import BLOCKED, NONE, Weighed, weigh
from tunewise.inference.deriving import joined
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rule import Decision, Rule
from tunewise.knowledge.vocabulary import Fact

Points = npt.NDArray[np.signedinteger]

Numbers = Mapping[str, list[int]]

ALONE = NONE
"""The margin where no other option stands, or none at all."""


@dataclass(frozen=True)
class TableOutcome:
    """What was decided, for each case.

    `chosen` are the codes of the options, in declared order, -1 where every option is vetoed; `margin` is the
    lead over the best other option, -1 where there is none. `scores` and `vetoed` have one column an option.
    """

    decision: str
    chosen: FactColumn
    margin: Points
    scores: Mapping[str, Points]
    vetoed: Mapping[str, Fired]

    @property
    def options(self) -> tuple[str, ...]:
        """The options in declared order."""
        return tuple(self.scores)

    @property
    def blocked(self) -> Fired:
        """Where every option is vetoed."""
        found: Fired = self.chosen.codes == UNKNOWN_CODE
        return found

    def option(self, row: int) -> str:
        """Return the option chosen for a row, or 'blocked'."""
        code = self.chosen.codes[row]
        return BLOCKED if code == UNKNOWN_CODE else self.options[code]

    def weighed(self, row: int) -> Weighed:
        """Return how options were weighed in a row."""
        scores, vetoed, chosen, margin = self._numbers
        return Weighed(
            {option: score[row] for option, score in scores.items()},
            {option: out[row] for option, out in vetoed.items()},
            chosen[row],
            margin[row],
        )

    @cached_property
    def _numbers(self) -> tuple[Numbers, Numbers, list[int], list[int]]:
        """The scores, vetoes, choices and margins as numbers of Python, row by row."""
        scores = {option: score.tolist() for option, score in self.scores.items()}
        vetoed = {option: out.tolist() for option, out in self.vetoed.items()}
        return scores, vetoed, self.chosen.codes.tolist(), self.margin.tolist()


def decide_all(decision: Decision, rows: int, fired: Sequence[tuple[Rule, Fired]]) -> TableOutcome:
    """Return the outcome of a decision for each case from where each of its rules fired."""
    found = weigh(decision, fired, _Columns(rows, (rule for rule, _ in fired)))
    chosen = FactColumn(tuple(decision.options), found.chosen.astype(np.int32))
    return TableOutcome(decision.id, chosen, found.margin, found.scores, found.vetoed)


class _Columns:
    """The arithmetic of columns, in the smallest type that holds every difference of the rules' points.

    Sums and products outrun masks.
    """

    larger = staticmethod(np.maximum)
    smaller = staticmethod(np.minimum)

    def __init__(self, rows: int, rules: Iterable[Rule]) -> None:
        most = sum(abs(rule.then.points) for rule in rules)
        kind = np.dtype(np.min_scalar_type(-4 * most - 1))  # with room for the vetoed below
        self._rows, self._type = rows, kind.type
        self.lowest = self._type(np.iinfo(kind).min // 2)

    def number(self, number: int) -> Points:
        return np.full(self._rows, number, dtype=self._type)

    def no(self) -> Fired:
        return np.zeros(self._rows, dtype=np.bool_)

    def where(self, truth: Fired, yes: int | Points, no: int | Points) -> Points:
        found: Points = truth * self._one(yes)
        return found + ~truth * self._one(no) if not isinstance(no, int) or no else found

    def _one(self, number: int | Points) -> Any:
        return self._type(number) if isinstance(number, int) else number


def derive_all(fact: Fact, rows: int, fired: Sequence[tuple[Rule, Fired]]) -> FactColumn:
    """Return the column of a derived fact, unknown where none of its rules fired.

    A case's value follows from the set of values that were derived, and is joined once for each such set.
    """
    first: dict[Value | None, Rule] = {}
    derived: dict[Value | None, Fired] = {}
    for rule, where in fired:
        value = rule.then.value
        first.setdefault(value, rule)
        derived[value] = derived[value] | where if value in derived else where
    outcomes = Outcomes([2] * len(derived))
    sets = outcomes.numbers(rows, list(derived.values()))
    codes = np.full(len(outcomes), UNKNOWN_CODE, dtype=np.int32)
    values: dict[Value, int] = {}
    for row in first_rows(sets, np.arange(rows)):
        found = joined(fact, [first[value] for value, where in derived.items() if where[row]])
        if found is not None:
            codes[sets[row]] = values.setdefault(found, len(values))
    return FactColumn(tuple(values), codes.take(sets))
