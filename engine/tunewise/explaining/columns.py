"""Explains the rows of a table as reasons.py explains one case: what is alike in many rows is found out once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from tunewise.cases.rows import by_row
from tunewise.explaining.reasons import decisive, ranked, stance
from tunewise.inference.columnar import MOST_MET, Outcomes, Small, first_rows
from tunewise.inference.deciding import decide
from tunewise.inference.table import TableConclusions
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook

T = TypeVar("T")


class Remembered(Generic[T]):
    """What was found for each joint outcome of several columns of classes, of which there are `counts`."""

    def __init__(self, counts: Sequence[int]) -> None:
        self._counts = counts
        self._forget()

    def _forget(self) -> None:
        self._outcomes = Outcomes(self._counts)
        self._found: dict[int, T] = {}

    def of(
        self, rows: int, columns: Sequence[npt.NDArray[Any]], find: Callable[[int], T]
    ) -> tuple[Small, dict[int, T]]:
        """Return the number of each row's outcome, and by number what was found for it.

        `find` is asked once for the first row of an outcome that was not met before.
        """
        if len(self._found) > MOST_MET:
            self._forget()
        numbers = self._outcomes.numbers(rows, columns)
        for row in first_rows(numbers, np.arange(rows)):
            if int(numbers[row]) not in self._found:
                self._found[int(numbers[row])] = find(row)
        return numbers, self._found


class ColumnReasons:
    """Ranks the reasons of each row: rows with the same choice and the same decisive vetoes are ranked alike."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._decision = next(iter(rulebook.decisions.values()))
        on_it = (rule for rule in rulebook.rules.values() if rule.target == self._decision.id)
        self._vetoes = [rule.id for rule in on_it if stance(rule.then) == "veto"]
        pairs = list(combinations(self._decision.options, 2))
        counts = [2] * len(self._vetoes) + [3] * len(pairs)
        self._pairs, self._kinds = pairs, Remembered[tuple[str, frozenset[str]]](counts)

    def of(self, conclusions: TableConclusions) -> list[tuple[Rule, ...]]:
        """Return the rules that carry the decision that comes first, for each row, the strongest first."""
        fired, rows = conclusions.fired, len(conclusions.outcomes[self._decision.id].margin)
        rules = [self._rulebook.rules[id] for id in fired]
        rules = [rule for rule in rules if rule.target == self._decision.id]
        found: list[tuple[Rule, ...]] = [()] * rows
        for (chosen, vetoes), among in self._alike(conclusions, rules, rows):
            reasons = ranked(chosen, rules, vetoes, self._rulebook.strengths)
            carrying = [reason.rule for reason in reasons]
            columns = [fired[rule.id][among] for rule in carrying]
            for row, held in zip(among.tolist(), by_row(len(among), columns), strict=True):
                found[row] = tuple(carrying[i] for i in held)
        return found

    def _alike(
        self, conclusions: TableConclusions, rules: Sequence[Rule], rows: int
    ) -> Iterator[tuple[tuple[str, frozenset[str]], npt.NDArray[np.intp]]]:
        """Yield each choice with its decisive vetoes, and the rows that are decided so.

        Which vetoes are decisive follows from those that fired and from the order of the scores.
        """
        fired, scores = conclusions.fired, conclusions.outcomes[self._decision.id].scores
        classes = [fired[veto] for veto in self._vetoes]
        classes += [(1 + np.sign(scores[a] - scores[b])).astype(np.uint8) for a, b in self._pairs]
        numbers, kinds = self._kinds.of(
            rows, classes, lambda row: self._decided([r for r in rules if fired[r.id][row]])
        )
        alike: dict[tuple[str, frozenset[str]], list[int]] = {}
        for number in np.unique(numbers).tolist():
            alike.setdefault(kinds[number], []).append(number)
        for kind, held in alike.items():
            yield kind, np.flatnonzero(np.isin(numbers, held))

    def _decided(self, fired: Sequence[Rule]) -> tuple[str, frozenset[str]]:
        outcome = decide(self._decision, fired)
        return outcome.chosen, frozenset(decisive(outcome)).intersection(self._vetoes)
