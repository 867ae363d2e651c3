"""Guesses what the columns and words of a register mean, and says where it is not sure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tunewise.cases.case import CASE_COLUMNS
from tunewise.errors import shown
from tunewise.inventories.claims import is_value
from tunewise.inventories.headers import FactNames
from tunewise.inventories.units import currency_of
from tunewise.knowledge.vocabulary import Fact

FEW_VALUES = 30
"""Different values of a column that may be a choice, at most."""
SHORT_HEADER = 120
NAME_PART = "name"
DIFFERENT = 0.8
"""What part of the texts of a column of names are different at least."""
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column may be: the target of a mapping, the fact or part, and why a person should look at it."""

    target: str
    fact: str
    note: str = ""


def guessed_columns(
    names: FactNames, columns: Sequence[str], counts: Sequence[Counter[str]]
) -> dict[int, Guess]:
    """Return what each column may be, by its place; no fact or part stands for two, and the surest come first."""
    ranked: list[tuple[int, int, Guess]] = []
    for at, name in enumerate(columns):
        found = _guess(names, name, counts[at]) if name else None
        if found is not None:
            ranked.append((found[0], at, found[1]))
    taken: set[str] = set()
    kept: dict[int, Guess] = {}
    for _, at, guess in sorted(ranked, key=lambda one: one[:2]):
        if guess.fact not in taken:
            taken.add(guess.fact)
            kept[at] = guess
    likely = None if NAME_PART in taken else _likely_name(columns, counts, kept)
    if likely is not None:
        kept[likely] = Guess(NAME_PART, NAME_PART, "the first column whose texts all differ")
    return {at: kept[at] for at in sorted(kept)}


def _likely_name(
    columns: Sequence[str], counts: Sequence[Counter[str]], taken: Mapping[int, Guess]
) -> int | None:
    """Return the first column whose texts hardly ever recur, None where there is none."""
    for at, name in enumerate(columns):
        said = counts[at]
        words = [text for text in said if not text.replace(".", "").isdigit() and " " in text]
        differ = len(said) >= DIFFERENT * said.total() and len(words) * 2 > len(said)
        if name and at not in taken and said and differ:
            return at
    return None


def _guess(names: FactNames, name: str, counts: Counter[str]) -> tuple[int, Guess] | None:
    """Return how sure it is what a column is, 0 being the surest, and what."""
    first = " ".join(name.split("\n")[0].split())
    for header in dict.fromkeys((name, first, _bare(first))):
        meanings = names.means(header)
        if len(meanings) == 1:
            rank = names.rank(header)
            if meanings[0] in CASE_COLUMNS:
                return rank, Guess(meanings[0], meanings[0])
            return _fact(names, header, names.vocabulary[meanings[0]], rank, counts)
    if unit := next(names.units(first), None):
        fact, words, _ = unit
        if foreign := currency_of(words):
            note = f"it seems to be '{fact.id}' in {foreign}; write {fact.id} times RATE"
            return 60, Guess("extra", f"{fact.id} in {foreign}", note)
        if _fitting(fact, counts):
            return 50, Guess(f"{fact.id} {words}", fact.id, f"it seems to be {words}")
    return _by_words(names, first, counts)


def _fact(
    names: FactNames, header: str, fact: Fact, rank: int, counts: Counter[str]
) -> tuple[int, Guess] | None:
    """Return a column that is called like a fact, where its values can be such."""
    if not counts or _fitting(fact, counts):
        return rank, Guess(fact.id, fact.id)
    if fact.type in ("choice", "boolean") and len(counts) <= FEW_VALUES:
        if names.is_alias(header) and not any(guessed_value(fact, word) for word in counts):
            return None
        return rank + 30, Guess(fact.id, fact.id, f"its words are not those of '{fact.id}'")
    return None


def _by_words(names: FactNames, name: str, counts: Counter[str]) -> tuple[int, Guess] | None:
    """Return a column whose name holds the name of a choice, and whose words can be told for it."""
    words = _WORDS.findall(name.casefold())
    if len(name) > SHORT_HEADER or not 0 < len(counts) <= FEW_VALUES:
        return None
    for id in names.vocabulary.given:
        fact = names.vocabulary[id]
        if fact.type == "choice" and id in words and any(guessed_value(fact, w) for w in counts):
            return 70, Guess(id, id, f"its name holds the word {shown(id)}")
    return None


def _fitting(fact: Fact, counts: Counter[str]) -> bool:
    right = sum(count for word, count in counts.items() if is_value(fact, word))
    return right * 2 >= counts.total()


def _bare(name: str) -> str:
    """Return a header without a number before it or a remark in brackets behind it."""
    return re.sub(r"^\s*\d+(\.\d+)*[.):]?\s+|\s*[(\[].*$", "", name).strip(" :*?")


def guessed_value(fact: Fact, text: str) -> str:
    """Return the value that words mean, where they hold just one of the fact's own; an empty text where not."""
    said = _WORDS.findall(text.casefold())
    if fact.type == "boolean":
        first = said[0] if said else ""
        return first if first in ("yes", "no") else ""
    found = {id for id, words in _own_words(fact).items() if words & {" ".join(said), *said}}
    negated = {"pre", "not", "non", "no", "without", "post"} & set(said)
    return found.pop() if len(found) == 1 and not negated else ""


def _own_words(fact: Fact) -> Mapping[str, set[str]]:
    """Return for each value the words that only it has."""
    return {
        id: {
            " ".join(_WORDS.findall(id.replace("_", " "))),
            " ".join(_WORDS.findall(text.casefold())),
        }
        for id, text in fact.values.items()
    }
