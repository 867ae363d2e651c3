"""Units that a column may be in beside its fact's own: what they make of a number, and how headers name them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction

from tunewise.cases.written import DURATIONS, SCALES, UNITS
from tunewise.errors import shown, unknown_name
from tunewise.knowledge.vocabulary import Fact

PERIODS_A_MONTH: Mapping[str, Fraction] = {
    "hour": Fraction(365 * 24, 12),
    "day": Fraction(365, 12),
    "week": Fraction(365, 84),
    "month": Fraction(1),
    "quarter": Fraction(1, 3),
    "year": Fraction(1, 12),
}
"""How many of each a mean month has."""
_ADVERBS = {
    "hourly": "hour",
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
    "quarterly": "quarter",
    "yearly": "year",
    "annual": "year",
    "annually": "year",
}
_SHORT = {"hr": "hour", "h": "hour", "d": "day", "wk": "week", "mo": "month", "yr": "year"}
_SHORT |= {"y": "year", "annum": "year", "a": "year"}
_CURRENCIES = frozenset((
    "eur", "gbp", "chf", "jpy", "cny", "inr", "aud", "cad", "nzd", "sek", "nok", "dkk", "pln", "brl", "mxn", "zar",
    "sgd", "€", "£", "¥",
))  # fmt: skip
_WORD = re.compile(r"\b(in|per|times)\s+(\S+)", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[]([^()\[\]]+)[)\]]\s*$")
_SUFFIX = re.compile(r"(?:\bin|,)\s+([^\s,]+)\s*$", re.IGNORECASE)
_PER = re.compile(r"(?:\bper|/)\s*([A-Za-z]+)\b", re.IGNORECASE)


def is_monthly(fact: Fact) -> bool:
    """Whether a fact counts something a month, so that another period can be named."""
    return fact.numeric and "month" in fact.id and fact.unit not in DURATIONS


def unit_factor(fact: Fact, words: str) -> Fraction:
    """Return what a number in other units is multiplied by: 'in s', 'per day', 'in thousands', 'times 1.08'.

    Raises ValueError with a sentence.
    """
    if not words:
        return Fraction(1)
    if not fact.numeric:
        raise ValueError(f"'{fact.id}' has no unit; write it alone")
    if _WORD.sub("", words).strip():
        raise ValueError(
            f"{shown(words)} is no unit; write 'in UNIT', 'per PERIOD' or 'times NUMBER'"
        )
    found = Fraction(1)
    for how, what in _WORD.findall(words):
        found *= _factor(fact, how.lower(), what.lower())
    return found


def _factor(fact: Fact, how: str, what: str) -> Fraction:
    if how == "times":
        return _times(what)
    if how == "per":
        if not is_monthly(fact):
            raise ValueError(f"'{fact.id}' is not a month's; 'per {what}' says nothing of it")
        period = _period(what)
        if period is None:
            raise ValueError(unknown_name("period", what, PERIODS_A_MONTH))
        return PERIODS_A_MONTH[period]
    known = _units(fact)
    named = what if what in known else what.removesuffix("s")
    if named not in known:
        raise ValueError(unknown_name("unit", what, known))
    return known[named]


def _times(text: str) -> Fraction:
    try:
        factor = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"expected a number such as 1.08, found {shown(text)}") from None
    if not 0 < factor <= 10**12:
        raise ValueError(f"expected a number above 0, found {shown(text)}")
    return factor


def _units(fact: Fact) -> dict[str, Fraction]:
    """Return the words that can follow 'in', and what each makes of a number."""
    scales = {} if fact.unit in DURATIONS else {word: Fraction(n) for word, n in SCALES.items()}
    shares = {"%": Fraction(1, 100), "percent": Fraction(1, 100)} if fact.type == "share" else {}
    return {**UNITS.get(fact.unit, {}), **scales, **_k_dollars(fact), **shares}


def _k_dollars(fact: Fact) -> dict[str, Fraction]:
    if fact.unit != "USD":
        return {}
    scaled = {"k": 10**3, "m": 10**6}
    return {
        form.format(word): Fraction(n)
        for word, n in scaled.items()
        for form in ("{}$", "${}", "{}usd", "usd{}")
    }


def _period(word: str) -> str | None:
    word = word.lower()
    word = _SHORT.get(word, word.removesuffix("s") if word not in PERIODS_A_MONTH else word)
    return word if word in PERIODS_A_MONTH else None


def header_units(header: str) -> Iterator[tuple[str, str]]:
    """Yield how a header may be read as a name with another unit: the name, and the words of the unit.

    'Latency (s)' is 'Latency' in s, 'Requests per day' and 'Daily requests' are 'Requests' per day.
    """
    words = " ".join(header.split())
    for pattern in (_BRACKETS, _SUFFIX):
        if found := pattern.search(words):
            yield from _apart(words[: found.start()].strip(), f"in {found[1].strip().lower()}")
    yield from _apart(" ".join(re.sub(r"[()\[\]]", " ", words).split()), "")


def _apart(name: str, unit: str) -> Iterator[tuple[str, str]]:
    """Yield a name without the words for a period in it, and as it is where it has a unit already."""
    if unit:
        yield name, unit
    for found in _PER.finditer(name):
        if period := _period(found[1]):
            rest = f"{name[: found.start()]} {name[found.end() :]}"
            yield " ".join(rest.split()), f"{unit} per {period}".strip()
    for word, period in _ADVERBS.items():
        rest = re.sub(rf"\b{word}\b", "", name, flags=re.IGNORECASE)
        if rest != name and rest.strip():
            yield " ".join(rest.split()), f"{unit} per {period}".strip()


def currency_of(words: str) -> str:
    """Return the foreign currency that a unit's words name, an empty text where they name none."""
    named = words.lower().removeprefix("in ").removeprefix("k").strip()
    return named.upper() if named in _CURRENCIES else ""
