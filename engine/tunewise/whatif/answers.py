"""Which answers to a question are worth trying: every word, and a number in each cell that rules tell apart."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tunewise.knowledge.conditions import Value
from tunewise.knowledge.vocabulary import Fact

MOST_EDGES = 8
"""Numbers of one fact between which values are tried."""
MOST_DIGITS = 6
"""Digits of a number that is tried, where fewer do not fall between its neighbours."""


def answers(fact: Fact, edges: Sequence[int | float]) -> Iterator[Value]:
    """Yield the answers to try; `edges` are the numbers at which rules change. A name is not guessed."""
    if fact.type == "boolean":
        yield from (True, False)
    elif fact.type == "choice":
        yield from fact.options
    elif fact.type == "set":
        yield ()
        yield from ((option,) for option in fact.options)
    elif fact.numeric:
        yield from _numbers(fact, edges)


def _numbers(fact: Fact, edges: Sequence[int | float]) -> Iterator[int | float]:
    """Yield the least number, where it is an edge itself, and one number between each two edges."""
    if fact.minimum in edges:
        yield fact.minimum
    inside = [edge for edge in edges if fact.minimum < edge < fact.upper]
    if not inside:
        return
    kept = _spaced(inside)
    last = min(fact.upper, kept[-1] * 10) if kept[-1] > 0 else fact.upper
    for low, high in pairwise([fact.minimum, *kept, last]):
        between = _between(low, high, whole=fact.type == "integer")
        if between is not None:
            yield between


def _spaced(edges: Sequence[int | float]) -> list[int | float]:
    """Return the edges, of too many the evenly spaced, first and last included."""
    if len(edges) <= MOST_EDGES:
        return list(edges)
    step = (len(edges) - 1) / (MOST_EDGES - 1)
    return [edges[round(place * step)] for place in range(MOST_EDGES)]


def _between(low: int | float, high: int | float, whole: bool) -> int | float | None:
    """Return the roundest number near the middle of two, None where there is none; a middle by magnitude."""
    middle = math.sqrt(low * high) if low > 0 else (low + high) / 2
    for digits in range(1, MOST_DIGITS):
        found = float(f"{middle:.{digits - 1}e}")
        tried = round(found) if whole else found
        if low < tried < high:
            return int(tried) if float(tried).is_integer() else tried
    return None
