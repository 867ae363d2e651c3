"""Finds the use cases of a register that look like one and the same: by id, by name, or by what they say."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from tunewise.portfolio.tally import PortfolioEntry

Likeness = Literal["id", "name", "near_name", "description"]
"""In what use cases are alike: the id, the words of the name, nearly these, or nearly those of the description."""
SURE: Sequence[Likeness] = ("id", "name", "near_name", "description")
TOLD_WORD = re.compile(r"\w+")
NEAR_NAME, NEAR_DESCRIPTION = 0.7, 0.8
"""What share of their words, the rare ones counting more, two names or descriptions have in common."""
LEAST_WORDS = 5
"""Words below which a description tells too little."""
COMMON_WORD = 40
"""Rows in which a word stands that alone makes two of them no candidates for being alike."""
ALIKE_GROUPS = 12

Words = frozenset[str]


@dataclass(frozen=True, slots=True)
class AlikeGroup:
    """Use cases that may be one, in the order of their rows, and in what they are alike."""

    entries: tuple[PortfolioEntry, ...]
    why: Likeness


def like_cases(entries: Iterable[PortfolioEntry]) -> tuple[AlikeGroup, ...]:
    """Return groups of like use cases, the surest and largest first; each use case is in one group at most."""
    held, found, taken = tuple(entries), list[AlikeGroup](), set[int]()
    for why in SURE:
        rest = [entry for entry in held if entry.row not in taken]
        for group in _groups(rest, why):
            found.append(AlikeGroup(tuple(sorted(group, key=lambda one: one.row)), why))
            taken |= {entry.row for entry in group}
    order = sorted(found, key=lambda one: (SURE.index(one.why), -len(one.entries)))
    return tuple(order[:ALIKE_GROUPS])


def _groups(entries: Sequence[PortfolioEntry], why: Likeness) -> list[list[PortfolioEntry]]:
    if why == "id":
        return _equal(entries, {entry.row: entry.id.casefold().strip() for entry in entries})
    names = {entry.row: _words(entry.name) for entry in entries}
    if why == "name":
        return _equal(entries, names)
    if why == "near_name":
        return _near(entries, names, NEAR_NAME)
    told = {entry.row: _words(entry.description) for entry in entries}
    long = {row: words for row, words in told.items() if len(words) >= LEAST_WORDS}
    return _near(entries, long, NEAR_DESCRIPTION)


def _words(text: str) -> Words:
    """Return a text's words, plural or not, in whatever order and case."""
    return frozenset(word.removesuffix("s") for word in TOLD_WORD.findall(text.casefold()))


def _equal(
    entries: Iterable[PortfolioEntry], keys: Mapping[int, object]
) -> list[list[PortfolioEntry]]:
    groups = defaultdict[object, list[PortfolioEntry]](list)
    for entry in entries:
        groups[keys[entry.row]].append(entry)
    return [group for key, group in groups.items() if key and len(group) > 1]


def _near(
    entries: Iterable[PortfolioEntry], words: Mapping[int, Words], least: float
) -> list[list[PortfolioEntry]]:
    """Return groups whose members are each near to another of them."""
    weights = _weights(words.values())
    leads = {row: row for row in words}
    for one, other in _candidates(words):
        if _share(words[one], words[other], weights) >= least:
            low, high = sorted((_lead(leads, one), _lead(leads, other)))
            leads[high] = low
    here = [entry for entry in entries if entry.row in leads]
    return _equal(here, {entry.row: _lead(leads, entry.row) for entry in here})


def _lead(leads: dict[int, int], row: int) -> int:
    while leads[row] != row:
        row = leads[row]
    return row


def _weights(texts: Iterable[Words]) -> dict[str, float]:
    """Return how much each word tells: the rarer, the more."""
    held = list(texts)
    counts = Counter(word for words in held for word in words)
    return {word: math.log(1 + len(held) / count) for word, count in counts.items()}


def _candidates(words: Mapping[int, Words]) -> Iterator[tuple[int, int]]:
    """Yield the pairs that share a word which is not common, each once."""
    holding = defaultdict[str, list[int]](list)
    for row, held in words.items():
        for word in held:
            holding[word].append(row)
    rare = (rows for rows in holding.values() if len(rows) <= COMMON_WORD)
    yield from sorted({pair for rows in rare for pair in combinations(rows, 2)})


def _share(one: Words, other: Words, weights: Mapping[str, float]) -> float:
    def weight(words: Words) -> float:
        return sum(weights[word] for word in sorted(words))

    return weight(one & other) / weight(one | other)
