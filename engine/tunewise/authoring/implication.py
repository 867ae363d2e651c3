"""Proves that one condition implies another, on the cells into which a rulebook cuts its facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

from tunewise.authoring.reachability import Reach
from tunewise.inference.encoding import Conjunction, Encoding
from tunewise.knowledge.conditions import Condition

Box = Mapping[str, int]
"""The cells in which a conjunction holds, a bit each, by attribute; any cell of one that is not named."""

MAX_BOXES = 2_000
"""Parts into which a condition may be cut before a proof is given up."""


@dataclass(frozen=True, slots=True)
class Region:
    """Where a condition holds: in one of the boxes; `hull` is a box that holds them all."""

    condition: Condition
    boxes: tuple[Box, ...]
    hull: Box


class Implication:
    """Proves implications between conditions; what it cannot prove it does not claim.

    It takes attributes for independent, as they are but for several on one fact: so it may miss a proof, and
    never gives a wrong one.
    """

    def __init__(self, encoding: Encoding, reach: Reach) -> None:
        self._encoding = encoding
        self._cells = {
            name: _bits(reach.cells(name) or range(attribute.last + 1))
            for name, attribute in encoding.attributes.items()
        }
        # By identity: to hash a tree costs more than to cut it. The region keeps the condition, so that no
        # other one can take its identity.
        self._regions: dict[int, Region] = {}

    def proves(self, condition: Condition, other: Condition) -> bool:
        """Return whether every case that makes the condition true makes the other one true."""
        mine, its = self._region(condition), self._region(other)
        for name, cells in its.hull.items():
            if mine.hull.get(name, self._cells[name]) & ~cells:
                return False
        return self._covered(mine.boxes, its.boxes)

    def _region(self, condition: Condition) -> Region:
        if id(condition) not in self._regions:
            found = map(self._box, self._encoding.conjunctions(condition))
            boxes = tuple(box for box in found if all(box.values()))
            self._regions[id(condition)] = Region(condition, boxes, _hull(boxes))
        return self._regions[id(condition)]

    def _box(self, conjunction: Conjunction) -> Box:
        return {
            name: self._cells[name] & ((1 << high + 1) - (1 << low))
            for name, (low, high) in conjunction.items()
        }

    def _covered(self, boxes: tuple[Box, ...], others: tuple[Box, ...]) -> bool:
        """Return whether the others cover every box, by cutting them away one after the other."""
        rest = list(boxes)
        for other in others:
            rest = [part for box in rest for part in self._cut(box, other)]
            if len(rest) > MAX_BOXES:
                return False
        return not rest

    def _cut(self, box: Box, other: Box) -> Iterator[Box]:
        """Yield the parts of a box that lie outside another."""
        inside = dict(box)
        for name, cells in other.items():
            mine = inside.get(name, self._cells[name])
            if outside := mine & ~cells:
                yield {**inside, name: outside}
            if not mine & cells:
                return
            inside[name] = mine & cells


def _bits(cells: Iterable[int]) -> int:
    return sum(1 << cell for cell in cells)


def _hull(boxes: tuple[Box, ...]) -> Box:
    """Return the smallest box that holds all of these; no attribute where there is none."""
    if not boxes:
        return {}
    shared = [name for name in boxes[0] if all(name in box for box in boxes)]
    return {name: reduce(or_, (box[name] for box in boxes)) for name in shared}
