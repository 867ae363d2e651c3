"""Compares quantities of many cases, and chooses between them; says where floats cannot tell."""

from __future__ import annotations

import numpy as np

from tunewise.costs.columns.axes import ALL, ROWS, Axis, Truths, either, joint
from tunewise.costs.columns.numbers import SAFETY, Column, matched, several


def chosen(where: Truths, then: Column, otherwise: Column, axis: Axis) -> Column:
    """Return one column's numbers where it holds, the other's elsewhere; all are told by one axis."""
    count = max(len(then.values), len(otherwise.values))
    pairs = zip(several(then, count), several(otherwise, count), strict=True)
    found = tuple(np.where(where, left, right) for left, right in pairs)
    doubts = [
        None if doubt is None else doubt & here
        for doubt, here in ((then.doubt, where), (otherwise.doubt, ~where))
    ]
    slack = max(then.slack, otherwise.slack)
    return Column(found, axis, slack, either(*doubts), then.faithful and otherwise.faithful)


def equal(ours: Column, theirs: Column) -> tuple[Truths, Truths]:
    """Return where two columns hold equal numbers, as far as can be told, and where it cannot be told."""
    ours, theirs = matched(ours, theirs)
    count = max(len(ours.values), len(theirs.values))
    exact = _compare_exactly(ours, theirs)
    bound = SAFETY * (ours.slack + theirs.slack)
    near = np.ones(1, dtype=np.bool_)
    for left, right in zip(several(ours, count), several(theirs, count), strict=True):
        alike = left == right if exact else np.abs(left - right) <= bound * (left + right)
        near = near & alike
    doubt = either(ours.doubt, theirs.doubt)
    unsure = np.zeros_like(near) if exact else near
    unsure = unsure if doubt is None else unsure | doubt
    return _spread(near, ours, theirs), _spread(unsure, ours, theirs)


def above(ours: Column, theirs: Column) -> Truths:
    """Return where one column's expected numbers are more than the other's."""
    ours, theirs = matched(ours, theirs)
    return _spread(ours.expected > theirs.expected, ours, theirs)


def _compare_exactly(ours: Column, theirs: Column) -> bool:
    """Whether two matched columns compare as the decimals of the single path do."""
    exact = not (ours.slack or theirs.slack)
    return exact or (ours.faithful and theirs.faithful)


def _spread(truths: Truths, ours: Column, theirs: Column) -> Truths:
    """Return by row what is told by the axis of two matched columns."""
    axis = joint((ours.axis, theirs.axis))
    return truths if axis is ALL or axis is ROWS else truths[axis.codes]
