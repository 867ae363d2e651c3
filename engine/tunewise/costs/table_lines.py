"""The cost lines of a table's rows: each as a case of its own would have it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from tunewise.costs.assuming import Assumptions
from tunewise.costs.columns import Columns, Floats, Truths
from tunewise.costs.lines import Line, Worked, line
from tunewise.costs.ranges import Range


class LineColumns:
    """The lines of one approach that any row of a table has."""

    def __init__(self, worked: Sequence[Worked], kernel: Columns, assumptions: Assumptions) -> None:
        self._worked, self._kernel, self._assumptions = worked, kernel, assumptions

    def lines(self, row: int) -> tuple[Line, ...]:
        """Return the lines of one row."""
        return tuple(self._line(place, row) for place in self._has[row].nonzero()[0].tolist())

    def _line(self, place: int, row: int) -> Line:
        quantity, rate, cents = (
            Range(*ends[row, place].tolist())
            for ends in (self._quantities, self._rates, self._cents)
        )
        worked = replace(self._worked[place], quantity=quantity, rate=rate, cents=cents)
        return line(worked, self._assumptions)

    @cached_property
    def _has(self) -> Truths:
        masks = [self._kernel.truths(one.costs) for one in self._worked]
        none = np.zeros((self._kernel.rows, 0), dtype=np.bool_)
        return np.stack(masks, axis=1) if masks else none

    @cached_property
    def _quantities(self) -> Floats:
        return self._ends(lambda one: one.quantity)

    @cached_property
    def _rates(self) -> Floats:
        return self._ends(lambda one: one.rate)

    @cached_property
    def _cents(self) -> Floats:
        return self._ends(lambda one: one.cents)

    def _ends(self, part: Callable[[Worked], Range]) -> Floats:
        """Return low, expected and high of a part of each line, by row."""
        column = self._kernel.column
        found = [[column(end) for end in part(one).values] for one in self._worked]
        return np.stack([np.stack(ends, axis=1) for ends in found], axis=1)
