"""The cost lines of a table's rows: each as a case of its own would have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tunewise.costs.columns import Columns, Floats
from tunewise.costs.lines import Line, line
from tunewise.costs.price_path import yearly
from tunewise.costs.ranges import Range
from tunewise.costs.totals import Totals


class LineColumns:
    """The lines of one approach in some rows of a table."""

    def __init__(self, total: Totals, kernel: Columns) -> None:
        self._lines, self._kernel, self._assumptions = total.lines, kernel, total.q.assumptions
        self._has = [kernel.truths(one.costs) for one in total.lines]
        self._quantities = self._spans([one.quantity.percentiles() for one in total.lines])
        self._rates = self._spans([one.rate.percentiles() for one in total.lines])
        self._amounts = self._spans(total.amounts)
        self._yearly = [kernel.column(yearly(total.q, one.of.paid)) for one in total.lines]

    def _spans(self, spans: Sequence[Range]) -> list[Floats]:
        """Return low, expected and high of each line, by row."""
        column = self._kernel.column
        return [np.stack([column(end) for end in span.values], axis=1) for span in spans]

    def lines(self, row: int) -> tuple[Line, ...]:
        """Return the lines of one row."""
        return tuple(
            self._line(place, row) for place in range(len(self._lines)) if self._has[place][row]
        )

    def _line(self, place: int, row: int) -> Line:
        quantity, rate, amount = (
            Range(*spans[place][row].tolist())
            for spans in (self._quantities, self._rates, self._amounts)
        )
        found = line(self._lines[place], amount, self._assumptions, float(self._yearly[place][row]))
        return replace(found, quantity=quantity, rate=rate)
