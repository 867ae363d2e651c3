"""What the numbers of many cases vary by: nothing, a choice, several choices, or the row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]
"""Floats, or decimals as objects."""
Truths = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int32]
Rows = npt.NDArray[np.intp]

MOST_JOINT = 512
"""Joint options beyond which numbers are reckoned row by row."""


@dataclass(frozen=True, eq=False)
class Axis:
    """The options of a choice, each row having one; the last option is None, which -1 finds, too.

    `exact` tells that rows are reckoned in decimals.
    """

    options: tuple[Any, ...]
    codes: Codes
    exact: bool = False
    parts: tuple[Axis, ...] = ()
    _joints: dict[tuple[Axis, ...], Axis] = field(default_factory=dict)

    def at(self, rows: Rows) -> Axis:
        """Return the axis of some rows, reckoned in decimals."""
        return Axis(self.options, self.codes[rows], exact=True)

    def among(self, wanted: Callable[[Any], bool]) -> Truths:
        """Return the rows whose option is wanted."""
        return np.array([bool(wanted(option)) for option in self.options])[self.codes]

    @cached_property
    def alone(self) -> tuple[Axis, ...]:
        """The axes that this one joins, or itself."""
        return self.parts or (self,)

    def join(self, parts: tuple[Axis, ...]) -> Axis:
        """Return the axis that joins some others, of which this one is the first."""
        if parts not in self._joints:
            codes = np.zeros(len(self.codes), dtype=np.int32)
            for part in parts:
                size = len(part.options)
                codes = codes * np.int32(size) + np.where(part.codes < 0, size - 1, part.codes)
            options = (None,) * prod(len(part.options) for part in parts)
            self._joints[parts] = Axis(options, codes.astype(np.int32), self.exact, parts)
        return self._joints[parts]

    def places(self, part: Axis) -> Rows:
        """Return, for each option, the place of the same option on an axis that this one joins."""
        sizes = [len(one.options) for one in self.alone]
        every = np.unravel_index(np.arange(len(self.options)), sizes)
        own = [every[self.alone.index(one)] for one in part.alone]
        return np.ravel_multi_index(own, [len(one.options) for one in part.alone])


_NONE = np.empty(0, dtype=np.int32)
ALL = Axis((), _NONE)
"""One number for all rows."""
ROWS = Axis((), _NONE)
"""A number for each row."""


def joint(axes: Iterable[Axis]) -> Axis:
    """Return the axis by which all numbers can be told that vary by some axes: ROWS where there is no other."""
    distinct = dict.fromkeys(axis for axis in axes if axis is not ALL)
    if ROWS in distinct:
        return ROWS
    if len(distinct) < 2:
        return next(iter(distinct), ALL)
    parts = sorted({part for axis in distinct for part in axis.alone}, key=id)
    if prod(len(part.options) for part in parts) > MOST_JOINT:
        return ROWS
    return parts[0].join(tuple(parts))


def either(*doubts: Truths | None) -> Truths | None:
    """Return where there is any doubt."""
    found: Truths | None = None
    for doubt in doubts:
        if doubt is not None:
            found = doubt if found is None else found | doubt
    return found
