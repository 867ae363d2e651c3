"""Columns of numbers in the place of single ones: the only module of the costs that knows numpy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from tunewise.cases.columns import UNKNOWN_CODE, Codes, FactColumn
from tunewise.costs.choices import Choice, CostFacts, every
from tunewise.costs.draws import HALF
from tunewise.costs.kernel import PERCENTILES, Kernel, Mask, Number, Steps
from tunewise.costs.ranges import Range
from tunewise.errors import UserError
from tunewise.knowledge.conditions import Value

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]


class Columns(Kernel):
    """Works on columns of as many numbers as there are rows, or of draws for each row; a plain number counts for all.

    A number is of shape (rows, 1), draws are of shape (rows, draws), or (1, draws) where all rows have the same.
    """

    def __init__(self, rows: int) -> None:
        self.rows = rows

    def where(self, mask: Mask, then: Number, otherwise: Number) -> Number:
        """Return one number in the rows for which a mask holds, the other elsewhere."""
        if isinstance(mask, bool):
            return then if mask else otherwise
        return np.where(mask, then, otherwise)

    def maximum(self, one: Number, other: Number) -> Number:
        """Return the greater number of each row."""
        return np.maximum(one, other)

    def minimum(self, one: Number, other: Number) -> Number:
        """Return the lesser number of each row."""
        return np.minimum(one, other)

    def floor(self, number: Number) -> Number:
        """Return the greatest whole number of each row that is no more."""
        return np.floor(number)

    def ceil(self, number: Number) -> Number:
        """Return the least whole number of each row that is no less."""
        return np.ceil(number)

    def over(self, number: Number, divisor: Number) -> Number:
        """Return the quotient of each row."""
        return np.true_divide(number, divisor)

    def all(self, mask: Mask) -> bool:
        """Whether a mask holds in every row."""
        return mask if isinstance(mask, bool) else bool(mask.all())

    def any(self, mask: Mask) -> bool:
        """Whether a mask holds in any row."""
        return mask if isinstance(mask, bool) else bool(mask.any())

    def no(self, mask: Mask) -> Mask:
        """Return the rows in which a mask does not hold."""
        return not mask if isinstance(mask, bool) else ~mask

    def percentiles(
        self, number: Number, shares: Sequence[float] = PERCENTILES
    ) -> tuple[Number, ...]:
        """Return what some shares of the draws of each row stay below."""
        if not self.drawn(number):
            return (number,) * len(shares)
        places = [round((number.shape[1] - 1) * share) for share in shares]
        found = np.partition(number, places, axis=1)
        return tuple(found[:, place : place + 1] for place in places)

    def drawn(self, number: Number) -> bool:
        """Whether a number is draws, in any row."""
        return isinstance(number, np.ndarray) and number.shape[1] > 1

    def ever(self, mask: Mask) -> Mask:
        """Return in which rows a mask holds in any draw."""
        return mask if isinstance(mask, bool) else mask.any(axis=1, keepdims=True)

    def share(self, mask: Mask) -> Number:
        """Return the share of draws of each row in which a mask holds."""
        if isinstance(mask, bool):
            return float(mask)
        return mask.sum(axis=1, keepdims=True) / mask.shape[1]

    def triangular(self, span: Range, chances: tuple[float, ...]) -> Number:
        """Return draws within each row's range, half of them on either side of its middle."""
        if all(isinstance(end, float | int) for end in span.values):
            return _triangular(*span.values, chances)
        return _within(*span.values, _chances(chances))

    def pick(self, values: Sequence[Any], codes: Any) -> Any:
        """Return the value at each row's place; -1 is the last."""
        return values[codes] if isinstance(codes, int) else np.array(values)[codes]

    def full(self, number: Number) -> Number:
        """Return a column of one number."""
        return np.full((self.rows, 1), number)

    def count(self, mask: Mask) -> int:
        """Return for how many rows a mask holds."""
        return int(mask) * self.rows if isinstance(mask, bool) else int(np.count_nonzero(mask))

    def part(self, mask: Mask) -> tuple[Kernel, Any]:
        """Return what works on the rows for which a mask holds, and their places; None for all of them."""
        if isinstance(mask, bool):
            return self, None
        places = np.flatnonzero(mask)
        return (self, None) if len(places) == self.rows else (Columns(len(places)), places)

    def take(self, number: Number, places: Any) -> Number:
        """Return the numbers of some rows; a plain number, and draws that all rows have, count for all."""
        plain = places is None or isinstance(number, bool | float | int)
        return number if plain or len(number) != self.rows else number[places]

    def put(self, number: Number, places: Any, values: Number) -> Number:
        """Return a column with the numbers of some rows changed, in place but where draws come into a plain one."""
        if self.drawn(values) and not self.drawn(number):
            number = np.repeat(number, values.shape[1], axis=1)
        number[slice(None) if places is None else places] = values
        return number

    def apply(self, change: Callable[[float], Number], number: Number) -> Number:
        """Return each row's number changed, each distinct one once."""
        distinct, places = np.unique(self.column(number), return_inverse=True)
        return np.array([change(one) for one in distinct.tolist()])[places.reshape(-1, 1)]

    def refuse(self, error: UserError) -> None:
        """Go on: rows that stand under it come to no number."""

    def groups(
        self, models: Choice, sent: Number, steps: Steps
    ) -> tuple[list[tuple[str, int]], Any]:
        """Return each model with a length of request for each part of its price list, and each row's place there."""
        lengths = np.nan_to_num(self.column(sent)).astype(np.int64)
        codes = self.codes(models).astype(np.int64)
        parts = self._parts(models.values, codes, lengths, steps)
        key = codes * (int(parts.max(initial=0)) + 1) + parts
        _, first, places = np.unique(key, return_index=True, return_inverse=True)
        rows = first[codes[first] != UNKNOWN_CODE].tolist()
        groups = [(models.values[codes[row]], int(lengths[row])) for row in rows]
        return groups, places.reshape(-1, 1) - (len(first) - len(rows))

    def _parts(self, models: Sequence[str], codes: Whole, lengths: Whole, steps: Steps) -> Whole:
        """Return between which steps of its model's prices each row's request lies."""
        longest = np.zeros(len(models) + 1, dtype=np.int64)
        np.maximum.at(longest, codes, lengths)
        found = np.zeros(self.rows, dtype=np.int64)
        for code, model in enumerate(models):
            if starts := steps(model, int(longest[code])):
                rows = np.flatnonzero(codes == code)
                for side in ("left", "right"):
                    found[rows] += np.searchsorted(np.array(starts), lengths[rows], side=side)
        return found

    def column(self, number: Number) -> Floats:
        """Return the number of each row."""
        return self._flat(np.asarray(number, dtype=np.float64))

    def codes(self, choice: Choice) -> Codes:
        """Return the code of each row."""
        return self._flat(np.asarray(choice.codes, dtype=np.int32))

    def truths(self, mask: Mask) -> Truths:
        """Return whether a mask holds in each row."""
        return self._flat(np.asarray(mask, dtype=np.bool_))

    def _flat(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return one value for each row."""
        return np.broadcast_to(values.reshape(-1) if values.ndim else values, (self.rows,))


def _within(low: Number, middle: Number, high: Number, chance: Floats) -> Number:
    """Return the values that two triangles reach with some chances: half lie on either side of the middle."""
    below = low + (middle - low) * np.sqrt(2 * chance)
    above = high - (high - middle) * np.sqrt(2 * (1 - chance))
    return np.where(chance < HALF, below, above)


@lru_cache(maxsize=2048)
def _triangular(low: float, middle: float, high: float, chances: tuple[float, ...]) -> Floats:
    """Return the draws that all rows have, each made once."""
    found: Floats = _within(low, middle, high, _chances(chances))
    found.flags.writeable = False
    return found


@lru_cache(maxsize=512)
def _chances(chances: tuple[float, ...]) -> Floats:
    """Return the chances of draws as a row."""
    return np.array([chances])


class ColumnFacts(CostFacts):
    """The facts of many cases."""

    def __init__(self, columns: Mapping[str, FactColumn], kernel: Columns) -> None:
        super().__init__({}, kernel)
        self._columns = columns

    def __contains__(self, name: object, /) -> bool:
        return name in self._columns

    def choice(self, name: str) -> Choice:
        """Return which value each row has of a fact."""
        column = self._columns.get(name)
        if column is None:
            return every(None, self.kernel)
        return Choice(self.kernel, column.values, column.codes[:, None])

    def number(self, name: str) -> Number:
        """Return the number that each row states, NaN where it is unknown."""
        return self._columns[name].numbers[:, None]

    def stated(self, name: str) -> Mask:
        """Return the rows that state a fact."""
        return (
            self._columns[name].codes[:, None] != UNKNOWN_CODE if name in self._columns else False
        )


class Figures(FactColumn):
    """A number worked out for each row, NaN where it is unknown."""

    figures: Floats

    def __init__(self, figures: Floats) -> None:
        places = np.arange(len(figures), dtype=np.int32)
        object.__setattr__(self, "figures", figures)
        object.__setattr__(self, "codes", np.where(np.isnan(figures), UNKNOWN_CODE, places))

    @cached_property
    def values(self) -> tuple[Value, ...]:
        """The number of each row, whether others have the same or not."""
        return tuple(int(one) if one % 1 == 0 else one for one in self.figures.tolist())

    @cached_property
    def distinct(self) -> Floats:
        """The numbers, and NaN at the end, where -1 finds it."""
        return np.append(self.figures, np.nan)

    @property
    def numbers(self) -> Floats:
        """The numbers of all rows, NaN where unknown."""
        return self.figures

    def value(self, row: int) -> Value | None:
        """Return a row's number, None where it is unknown."""
        one = float(self.figures[row])
        if one != one:
            return None
        return int(one) if one % 1 == 0 else one


def truth(where: Floats) -> FactColumn:
    """Return a computed fact that holds in the rows of a 1, not in those of a 0, and is unknown where no number is."""
    return FactColumn((False, True), np.nan_to_num(where, nan=UNKNOWN_CODE).astype(np.int32))
