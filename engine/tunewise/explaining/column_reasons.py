"""Ranks the reasons of each row of a table, as reasons.py ranks those of one case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from tunewise.cases.rows import by_row
from tunewise.explaining.columns import Remembered
from tunewise.explaining.decisive import decisive
from tunewise.explaining.reasons import ranked
from tunewise.inference.deciding import decide
from tunewise.inference.table import TableConclusions
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook

Kind = tuple[str, frozenset[str]]
"""What was chosen, and which vetoes were decisive."""


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

    def of(self, conclusions: TableConclusions) -> list[list[Rule]]:
        """Return the rules that carry the decision that comes first, for each row, the strongest first."""
        fired, rows = conclusions.fired, len(conclusions.outcomes[self._decision.id].margin)
        rules = [self._rulebook.rules[id] for id in fired]
        rules = [rule for rule in rules if rule.target == self._decision.id]
        found: list[list[Rule]] = [[]] * rows
        for (chosen, vetoes), among in self._alike(conclusions, rules, rows):
            reasons = ranked(chosen, rules, vetoes, self._rulebook.strengths)
            carrying = [reason.rule for reason in reasons]
            columns = [fired[rule.id][among] for rule in carrying]
            for row, held in zip(among.tolist(), by_row(len(among), columns), strict=True):
                found[row] = [carrying[i] for i in held]
        return found

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
