"""Tells where conditions are true, false or open in the rows of a table, each comparison looked at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from operator import and_, or_

import numpy as np
import numpy.typing as npt

from tunewise.cases.columns import FactColumn
from tunewise.inference.cells import cells
from tunewise.inference.columnar import Small
from tunewise.inference.encoding import Encoding
from tunewise.knowledge.conditions import All, Comparison, Condition, comparisons, facts_read
from tunewise.knowledge.vocabulary import Vocabulary

TruthMask = npt.NDArray[np.bool_]
"""Whether something holds, for each row."""
TruthVerdict = tuple[TruthMask, TruthMask]
"""Where a condition is true, and where it is false; elsewhere unknown facts leave it open."""


class Comparisons:
    """The comparisons of some conditions, encoded together; others are encoded when they are met."""

    def __init__(self, facts: Vocabulary, conditions: Iterable[Condition]) -> None:
        conditions = list(conditions)
        self._facts, self._together = facts, Encoding(facts, conditions)
        self._among = {c for condition in conditions for c in comparisons(condition)}

    def on(self, rows: int, columns: Mapping[str, FactColumn]) -> ColumnTruths:
        """Return what tells the truth of conditions on the columns of a table."""
        return ColumnTruths(self, rows, columns)

    def encoding(self, comparison: Comparison) -> Encoding:
        """Return the encoding that a comparison is a part of."""
        if comparison in self._among:
            return self._together
        return Encoding(self._facts, [comparison])


class ColumnTruths:
    """Tells the truth of conditions on one table; conditions must outlive it."""

    def __init__(
        self, comparisons: Comparisons, rows: int, columns: Mapping[str, FactColumn]
    ) -> None:
        self._comparisons, self._rows, self._columns = comparisons, rows, columns
        self._cells: dict[tuple[int, str], tuple[Encoding, Small]] = {}
        self._compared: dict[Comparison, TruthVerdict] = {}
        self._told: dict[int, TruthVerdict] = {}

    def verdict(self, condition: Condition) -> TruthVerdict:
        """Return where a condition is true, and where it is false."""
        if isinstance(condition, Comparison):
            return self._comparison(condition)
        found = self._told.get(id(condition))
        if found is None:
            found = self._told[id(condition)] = self._joined(condition)
        return found

    def _joined(self, condition: Condition) -> TruthVerdict:
        assert not isinstance(condition, Comparison)  # noqa: S101 - it has parts
        parts = [self.verdict(part) for part in condition.parts]
        every = isinstance(condition, All)
        none = np.full(self._rows, every), np.full(self._rows, not every)
        join, other = (and_, or_) if every else (or_, and_)
        true = reduce(join, (true for true, _ in parts), none[0])
        return true, reduce(other, (false for _, false in parts), none[1])

    def _comparison(self, comparison: Comparison) -> TruthVerdict:
        found = self._compared.get(comparison)
        if found is None:
            found = self._compared[comparison] = self._looked_at(comparison)
        return found

    def _looked_at(self, comparison: Comparison) -> TruthVerdict:
        encoding = self._comparisons.encoding(comparison)
        name, intervals = encoding.intervals(comparison)
        found = self._cells_of(encoding, name)
        true = np.zeros(self._rows, dtype=np.bool_)
        for low, high in intervals:
            true |= found == low if low == high else (found >= low) & (found <= high)
        if comparison.op in ("known", "unknown"):
            return true, ~true
        return true, (found != 0) & ~true

    def _cells_of(self, encoding: Encoding, name: str) -> Small:
        key = (id(encoding), name)
        if key not in self._cells:
            attribute = encoding.attributes[name]
            self._cells[key] = encoding, cells(self._rows, attribute, self._columns)
        return self._cells[key][1]

    def undecided(
        self, condition: Condition, within: TruthMask | None = None
    ) -> Iterator[tuple[str, TruthMask]]:
        """Yield the facts of comparisons that leave a condition open, and where, as Explanation.undecided does."""
        true, false = self.verdict(condition)
        open_ = ~(true | false) if within is None else within & ~(true | false)
        if not open_.any():
            return
        if isinstance(condition, Comparison):
            yield from ((fact, open_) for fact in facts_read(condition))
        else:
            for part in condition.parts:
                yield from self.undecided(part, open_)
