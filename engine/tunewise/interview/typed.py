"""Reads what a person types into a fact's value: '1,000', '12k', '85 %', '$5,000', '2 s', 'yes'."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from fractions import Fraction

from tunewise.errors import shown, unknown_name
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.vocabulary import Fact

LONGEST = 60
"""Characters of a number as typed; nobody types more."""

NOT_KNOWN = frozenset(("-", "?", "unknown", "don't know", "dont know", "not known", "n/a"))
YES, NO = frozenset(("yes", "y", "true")), frozenset(("no", "n", "false"))

SCALES = {
    **dict.fromkeys(("k", "thousand"), 10**3),
    **dict.fromkeys(("m", "mio", "million", "millions"), 10**6),
    **dict.fromkeys(("b", "bn", "billion", "billions"), 10**9),
}
UNITS: Mapping[str, Mapping[str, Fraction]] = {
    "USD": dict.fromkeys(("$", "usd", "dollar", "dollars"), Fraction(1)),
    "tokens": dict.fromkeys(("token", "tokens"), Fraction(1)),
    "GB": {
        **dict.fromkeys(("gb", "gib"), Fraction(1)),
        **dict.fromkeys(("tb", "tib"), Fraction(1000)),
    },
    "ms": {
        **dict.fromkeys(("ms", "millisecond", "milliseconds"), Fraction(1)),
        **dict.fromkeys(("s", "sec", "second", "seconds"), Fraction(1000)),
        **dict.fromkeys(("min", "minute", "minutes"), Fraction(60_000)),
    },
    "weeks": {
        **dict.fromkeys(("d", "day", "days"), Fraction(1, 7)),
        **dict.fromkeys(("w", "week", "weeks"), Fraction(1)),
        **dict.fromkeys(("month", "months"), Fraction(52, 12)),
        **dict.fromkeys(("y", "year", "years"), Fraction(52)),
    },
    "months": {
        **dict.fromkeys(("month", "months"), Fraction(1)),
        **dict.fromkeys(("y", "year", "years"), Fraction(12)),
    },
}
"""Each unit of the vocabulary with the words that people use for it, and how many of it each makes."""

DURATIONS = ("ms", "weeks", "months")
"""Units with which 'm' would be read in several ways: no scales there."""

_PARTS = re.compile(r"(?P<sign>-?)(?P<digits>[0-9.][0-9.,'’_ ]*(?:e\+?[0-9]{1,3})?)(?P<rest>\D*)")
_PLAIN = re.compile(r"([0-9]+(\.[0-9]*)?|\.[0-9]+)(e\+?[0-9]{1,3})?")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}([,'’_ ])[0-9]{3}(\1[0-9]{3})*(\.[0-9]+)?")
_DOTTED = re.compile(r"[1-9][0-9]{0,2}(\.[0-9]{3})+")
_COMMA = re.compile(r"0,[0-9]+|[0-9]+,[0-9]{1,2}")
_ABOUT = re.compile(r"^(~|≈|about|approx\.?|ca\.?)\s*", re.IGNORECASE)


def read_typed(fact: Fact, text: str) -> Value | None:
    """Return the value that a text means, None for 'unknown'; raise ValueError with a sentence."""
    words = unicodedata.normalize("NFKC", text).strip().replace("’", "'")
    if words.casefold() in NOT_KNOWN:
        return None
    if fact.type == "text":
        return fact.check(text.strip())
    if fact.numeric:
        return fact.check(_number(fact, words))
    if fact.type == "boolean":
        return fact.check(_boolean(words))
    if fact.type == "set":
        return fact.check([_option(fact, part.strip()) for part in words.split(",") if part])
    return fact.check(_option(fact, words))


def ways(fact: Fact) -> str:
    """Return in which ways a number may be written."""
    if fact.type == "share":
        return "0.85, 85% and 85 mean the same"
    if fact.unit in DURATIONS:
        words = [word for word in UNITS[fact.unit] if len(word) > 2 or word == fact.unit]
        return f"after the number you may write {', '.join(words)}"
    return "1,000 and 1000, 12k and 1.5M are understood"


def _expected(fact: Fact) -> str:
    return "a share such as 85% or 0.85" if fact.type == "share" else fact.range_words


def _boolean(words: str) -> bool | str:
    if words.casefold() in YES:
        return True
    return False if words.casefold() in NO else words


def _option(fact: Fact, words: str) -> str:
    """Return the option that its id, its words or their only beginning names."""
    said = {**{id: id for id in fact.values}, **{w.casefold(): id for id, w in fact.values.items()}}
    wanted = words.casefold()
    if wanted in said:
        return said[wanted]
    begun = {id for name, id in said.items() if wanted and name.startswith(wanted)}
    if len(begun) == 1:
        return begun.pop()
    raise ValueError(unknown_name("value", words, fact.values))


def _number(fact: Fact, words: str) -> int | float:
    number = _ABOUT.sub("", words).removeprefix("$").strip().lower()
    found = _PARTS.fullmatch(number) if len(words) <= LONGEST else None
    if found is None:
        raise ValueError(f"expected {_expected(fact)}, found {shown(words)}")
    value = _digits(fact, found["digits"].strip()) * _factor(fact, found["rest"].strip(), words)
    value = -value if found["sign"] else value
    if fact.type == "share":
        value = _share(value, "%" in found["rest"], words)
    return int(value) if value.denominator == 1 else float(value)


def _digits(fact: Fact, digits: str) -> Fraction:
    """Return the number that the digits mean, by the separators that stand between them."""
    if fact.type != "share" and _DOTTED.fullmatch(digits):
        plain = digits.replace(".", "")
        if digits.count(".") == 1 and fact.type != "integer":
            raise ValueError(f"{shown(digits)} can be read in two ways; write {plain} or {digits}0")
        return Fraction(plain)
    if _COMMA.fullmatch(digits):
        return Fraction(digits.replace(",", "."))
    if _GROUPED.fullmatch(digits):
        return Fraction(re.sub(r"[,'’_ ]", "", digits))
    if _PLAIN.fullmatch(digits):
        return Fraction(digits.rstrip(".") if digits.endswith(".") else digits)
    raise ValueError(f"expected {_expected(fact)}, found {shown(digits)}")


def _factor(fact: Fact, rest: str, words: str) -> Fraction:
    """Return what a suffix multiplies by: a scale, a unit, or a scale and a unit."""
    units = UNITS.get(fact.unit, {})
    if not rest or rest in units:
        return units.get(rest, Fraction(1))
    if fact.type == "share":
        if rest in ("%", "percent", "per cent"):
            return Fraction(1)
    elif fact.unit not in DURATIONS:
        scale, unit = re.fullmatch(r"(?s)(\w*)\s*(.*)", rest).groups()  # type: ignore[union-attr]
        if scale in SCALES and (not unit or unit in units):
            return SCALES[scale] * units.get(unit, Fraction(1))
    known = [*units, *SCALES] if fact.unit not in DURATIONS else units
    hint = f"known after a number: {', '.join(known)}" if known else "write the number alone"
    raise ValueError(f"{shown(rest)} in {shown(words)} is not understood; {hint}")


def _share(value: Fraction, percent: bool, words: str) -> Fraction:
    """Return the share; a number above 1 is meant in percent, and 1 alone may mean either."""
    if value == 1 and not percent and "." not in words:
        raise ValueError("1 can be read in two ways; write 1% or 100%")
    return value / 100 if percent or value > 1 else value
