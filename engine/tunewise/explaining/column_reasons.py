"""Ranks the reasons of each row of a table, as reasons.py ranks those of one case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from tunewise.explaining.columns import Remembered
from tunewise.explaining.decisive import decisive
from tunewise.explaining.reasons import REASONS, ranked
from tunewise.inference.deciding import decide
from tunewise.inference.table import TableConclusions
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook

NO_REASON = -1
ReasonPlaces = npt.NDArray[np.int16]
Kind = tuple[str, frozenset[str]]
"""What was chosen, and which vetoes were decisive."""


@dataclass(frozen=True)
class FirstReasons:
    """The first reasons of each row: for each of them a row of `places` among the rules, -1 where there is none."""

    rules: tuple[Rule, ...]
    places: ReasonPlaces


class ColumnReasons:
    """Ranks the reasons of each row: rows with the same choice and the same decisive vetoes are ranked alike."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._decision = next(iter(rulebook.decisions.values()))
        on_it = (rule for rule in rulebook.rules.values() if rule.target == self._decision.id)
        self._vetoes = [rule.id for rule in on_it if rule.then.stance == "veto"]
        pairs = list(combinations(self._decision.options, 2))
        counts = [2] * len(self._vetoes) + [3] * len(pairs)
        self._pairs, self._kinds = pairs, Remembered[Kind](counts)

    def of(self, conclusions: TableConclusions) -> FirstReasons:
        """Return the rules that carry most of the decision that comes first, for each row, the strongest first."""
        fired, rows = conclusions.fired, len(conclusions.outcomes[self._decision.id].margin)
        rules = [self._rulebook.rules[id] for id in fired]
        rules = [rule for rule in rules if rule.target == self._decision.id]
        places = np.full((REASONS, rows), NO_REASON, dtype=np.int16)
        number = {rule.id: place for place, rule in enumerate(rules)}
        held = np.stack([fired[rule.id] for rule in rules], axis=1)
        for (chosen, vetoes), among in self._alike(conclusions, rules, rows):
            reasons = ranked(chosen, rules, vetoes, self._rulebook.strengths)
            carrying = np.array([number[reason.rule.id] for reason in reasons], dtype=np.int16)
            if len(carrying):
                places[:, among] = _first_held(held[np.ix_(among, carrying)], carrying)
        return FirstReasons(tuple(rules), places)

    def _alike(
        self, conclusions: TableConclusions, rules: Sequence[Rule], rows: int
    ) -> Iterator[tuple[Kind, npt.NDArray[np.intp]]]:
        """Yield each choice with its decisive vetoes, and the rows that are decided so.

        Which vetoes are decisive follows from those that fired and from the order of the scores.
        """
        fired, scores = conclusions.fired, conclusions.outcomes[self._decision.id].scores
        classes = [fired[veto] for veto in self._vetoes]
        classes += [(1 + np.sign(scores[a] - scores[b])).astype(np.uint8) for a, b in self._pairs]
        places, kinds = self._kinds.of(
            rows, classes, lambda row: self._decided([r for r in rules if fired[r.id][row]])
        )
        number = {kind: i for i, kind in enumerate(dict.fromkeys(kinds))}
        kind_of = np.array([number[kind] for kind in kinds], dtype=np.int32).take(places)
        for kind, i in number.items():
            among = np.flatnonzero(kind_of == i)
            if len(among):
                yield kind, among

    def _decided(self, fired: Sequence[Rule]) -> Kind:
        outcome = decide(self._decision, fired)
        return outcome.chosen, frozenset(decisive(outcome)).intersection(self._vetoes)


def _first_held(held: npt.NDArray[np.bool_], numbers: ReasonPlaces) -> ReasonPlaces:
    """Return the numbers of the first columns that are true in each row; `held` is used up."""
    rows, found = np.arange(len(held)), np.full((REASONS, len(held)), NO_REASON, dtype=np.int16)
    for reason in found:
        first = held.argmax(axis=1)
        reason[:] = np.where(held[rows, first], numbers[first], NO_REASON)
        held[rows, first] = False
    return found
