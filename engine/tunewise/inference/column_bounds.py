"""What the rows of a table know, and which of their facts are open, for the bounds of bounds.py."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tunewise.cases.columns import UNKNOWN_CODE, FactTable
from tunewise.inference.bounds import Chance, chance_of
from tunewise.inference.column_truths import ColumnTruths, Comparisons
from tunewise.knowledge.conditions import Comparison, Condition, facts_read
from tunewise.knowledge.rulebook import Rulebook

AskedRows = npt.NDArray[np.bool_]


class OpenRows:
    """What the rows of a table know, as OpenCase is it of one case.

    `asked` tells for each fact that a case may state in which rows it is unknown and could still be asked.
    `truths` are those of the table's facts, where some were looked at already.
    """

    def __init__(
        self, rulebook: Rulebook, table: FactTable, truths: ColumnTruths | None = None
    ) -> None:
        self._table = table
        self._truths = truths or Comparisons(rulebook.facts, ()).on(table.rows, table.columns)
        self._unknown = {id: self._unknown_rows(id) for id in rulebook.facts.given}
        self._open: dict[str, AskedRows] = dict(self._unknown)
        self._else: AskedRows = np.ones(table.rows, dtype=np.bool_)
        closed = {id: self._false(when) for id, when in rulebook.questions.items()}
        self.asked = {
            id: unknown & ~closed[id] if id in closed else unknown
            for id, unknown in self._unknown.items()
        }
        self._open = self.asked
        self._else = np.logical_or.reduce(list(self.asked.values()))

    def _unknown_rows(self, fact: str) -> AskedRows:
        if fact not in self._table.columns:
            return np.ones(self._table.rows, dtype=np.bool_)
        found: AskedRows = self._table.columns[fact].codes == UNKNOWN_CODE
        return found

    def _false(self, when: Condition) -> AskedRows:
        must = chance_of(when.negated(), self.chance).must
        return np.broadcast_to(np.asarray(must, dtype=np.bool_), self._table.rows)

    def chance(self, comparison: Comparison) -> Chance:
        """Return where a comparison holds, open in rows where a fact of it is."""
        open_ = np.logical_or.reduce(
            [self._open.get(fact, self._else) for fact in facts_read(comparison)]
        )
        holds, _ = self._truths.verdict(comparison)
        return Chance(holds | open_, holds & ~open_)
