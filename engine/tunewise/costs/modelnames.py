"""Tells which listed model people mean: 'GPT-4o', 'Claude Sonnet 4.5', 'bedrock/anthropic.claude-…'."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from tunewise.costs.prices import listed_model, provider_called, token_price
from tunewise.costs.pricesheet import read_ahead
from tunewise.errors import UserError, shown

LONGEST_MODEL_NAME = 200
_HOST = re.compile(r"\s*(?:\((?P<in>[^()]+)\)|\b(?:via|on|at)\s+(?P<at>.+))\s*$", re.IGNORECASE)
_SEVERAL = re.compile(r"[,;|\n&]|\band\b|\bor\b")
_APART = re.compile(r"\s*[/:]\s*|\s+")
_SPACES = re.compile(r"[\s_]+")
_WORD = re.compile(r"[a-z][a-z0-9_-]*")
_DIGIT = re.compile(r"^([a-z]{3,})([0-9])")
_BEDROCK = re.compile(r"([a-z]+\.)?[a-z0-9]+\.[a-z]")


@dataclass(frozen=True, slots=True)
class NamedModel:
    """The model that a text means, None where that is not certain, and what to say of it, if anything."""

    model: str | None
    remark: str = ""


@lru_cache(maxsize=4096)
def named_model(text: str) -> NamedModel:
    """Return which listed model a text means; of several, and of those that are not listed, none is."""
    if read_ahead(text, 1) is not None and text == text.lower():
        return NamedModel(text)
    found = next((model for model in _readings(text) if model), None)
    if found is None:
        return NamedModel(None, _unknown_model(text))
    said = f"the model {shown(text)} is read as {found}"
    return NamedModel(found, "" if found == text.lower() else said)


def _unknown_model(text: str) -> str:
    if _SEVERAL.search(text):
        return f"{shown(text)} names several models; none of them is taken, and the usual one is priced"
    hint = ""
    try:
        token_price(text, date.min)
    except UserError as error:
        _, mark, near = error.problems[0].message.partition("; did you mean ")
        hint = f"; did you mean {near}" if mark else ""
    return f"the model {shown(text)} is not known, and the usual one is priced{hint}"


def _readings(text: str) -> Iterator[str | None]:
    """Yield the listed models that a text may mean, the likeliest first."""
    words = text.casefold().strip(" /")
    if not words or len(words) > LONGEST_MODEL_NAME or _SEVERAL.search(words):
        return
    if found := _HOST.search(words):
        host = _provider_of((found["in"] or found["at"]).split()[0])
        if host:
            yield from _at(words[: found.start()].strip(), host)
        return
    yield from _at(words, None)
    if _BEDROCK.match(words):
        yield listed_model(words, "bedrock")


def _at(words: str, host: str | None) -> Iterator[str | None]:
    """Yield the models that words mean at a host, which they may begin with themselves."""
    if host or "/" not in words:
        yield from _spelt(words, host)
    found = _APART.search(words)
    provider = _provider_of(words[: found.start()]) if found else None
    if found and provider:
        yield from _at(words[found.end() :], host or provider)


def _provider_of(word: str) -> str | None:
    """Return the provider that a word names; a part of a model's name is none."""
    if not _WORD.fullmatch(word):
        return None
    return provider_called(word) or provider_called(re.sub("[_-]ai$", "", word))


def _spelt(name: str, host: str | None) -> Iterator[str | None]:
    """Yield the models of a name, its words joined as lists of models do."""
    joined = _SPACES.sub("-", name.strip())
    apart = _DIGIT.sub(r"\1-\2", joined)
    for spelling in dict.fromkeys((joined, joined.replace(".", "-"), apart)):
        if spelling:
            yield listed_model(spelling, host)
