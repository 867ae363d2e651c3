"""Reads what a person writes into a fact's value: '1,000', '12k', '85 %', '$5,000', '2 s', 'yes'.

The questionnaire, case files and inventories read texts by these rules alone. What stands between digits: a comma
or a dot before groups of three digits parts thousands ('3,000'; '3.000' for a whole number, while for any other
number a single dot before three digits could also be a decimal one and is refused); a comma before one or two
digits, or behind thousands parted by dots, is a decimal one ('12,5', '1.234,5').
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from fractions import Fraction

from tunewise.errors import shown, unknown_name
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.vocabulary import Fact

LONGEST_NUMBER = 60
"""Characters of a number as typed; nobody types more."""

NOT_KNOWN = frozenset((
    "-", "--", "–", "—", "?", "??", "unknown", "n/a", "#n/a", "n.a.", "na", "null", "tbd",
    "don't know", "dont know", "not known", "not available", "not specified",
))  # fmt: skip
"""What people and their tools write where nothing is known, case aside."""
YES, NO = frozenset(("yes", "y", "true", "1")), frozenset(("no", "n", "false", "0"))
NONE_WORD = "none"
"""A set without a member, as opposed to one that is unknown."""

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
    "minutes": {
        **dict.fromkeys(("s", "sec", "second", "seconds"), Fraction(1, 60)),
        **dict.fromkeys(("min", "minute", "minutes"), Fraction(1)),
        **dict.fromkeys(("h", "hour", "hours"), Fraction(60)),
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

DURATIONS = ("ms", "minutes", "weeks", "months")
"""Units with which 'm' would be read in several ways: no scales there."""

_PARTS = re.compile(r"(?P<sign>-?)(?P<digits>[0-9.][0-9.,'’_ ]*(?:e\+?[0-9]{1,3})?)(?P<rest>\D*)")
_PLAIN = re.compile(r"([0-9]+(\.[0-9]*)?|\.[0-9]+)(e\+?[0-9]{1,3})?")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}([,'’_ ])[0-9]{3}(\1[0-9]{3})*(\.[0-9]+)?")
_DOTTED = re.compile(r"[1-9][0-9]{0,2}(\.[0-9]{3})+")
_COMMA = re.compile(r"0,[0-9]+|[0-9]+,[0-9]{1,2}")
_DOTTED_COMMA = re.compile(r"[1-9][0-9]{0,2}(\.[0-9]{3})+,[0-9]+")
_SPACING = re.compile(r"[\s_\-‐‑–]+")
_MEMBERS = re.compile(r"[,;|\n]")
_ABOUT = re.compile(r"^(~|≈|about|approx\.?|ca\.?)\s*", re.IGNORECASE)


def read_typed(fact: Fact, text: str) -> Value | None:
    """Return the value that a person at the terminal means, who may shorten the words of a choice.

    None stands for 'unknown'; raises ValueError with a sentence.
    """
    return _read(fact, text, shortened=True)


def read_written(fact: Fact, text: str) -> Value | None:
    """Return the value that a text in a file means, None where unknown or empty.

    Raises ValueError with a sentence.
    """
    if not text.strip():
        return None
    return _read(fact, text, shortened=False)


def _read(fact: Fact, text: str, shortened: bool) -> Value | None:
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
        return fact.check(_members(fact, words, shortened))
    return fact.check(_option(fact, words, shortened))


def accepted_spellings(fact: Fact) -> str:
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


def read_members(fact: Fact, members: Iterable[str]) -> Value | None:
    """Return the set whose members are written one by one; raise ValueError with a sentence."""
    return fact.check([_option(fact, member.strip(), shortened=False) for member in members])


def _members(fact: Fact, words: str, shortened: bool) -> list[str]:
    """Return the members of a set, parted by commas, semicolons, bars or lines."""
    if words.casefold() == NONE_WORD and NONE_WORD not in fact.values:
        return []
    parts = (part.strip() for part in _MEMBERS.split(words))
    return [_option(fact, part, shortened) for part in parts if part]


def _option(fact: Fact, words: str, shortened: bool) -> str:
    """Return the option that its id or its words name, or, shortened, their only beginning."""
    said = {
        **{folded(w): id for id, w in fact.values.items()},
        **{folded(id): id for id in fact.values},
    }
    wanted = folded(words)
    if wanted in said:
        return said[wanted]
    begun = {id for name, id in said.items() if shortened and wanted and name.startswith(wanted)}
    if len(begun) == 1:
        return begun.pop()
    raise ValueError(unknown_name("value", words, fact.values))


def folded(text: str) -> str:
    """Return words as they are compared: case, spacing, hyphens and underscores aside."""
    return _SPACING.sub("", unicodedata.normalize("NFKC", text).casefold())


def _number(fact: Fact, words: str) -> int | float:
    number = _ABOUT.sub("", words).removeprefix("$").strip().lower()
    found = _PARTS.fullmatch(number) if len(words) <= LONGEST_NUMBER else None
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
            small = digits.rstrip("0").rstrip(".")
            raise ValueError(f"{shown(digits)} can be read in two ways; write {plain} or {small}")
        return Fraction(plain)
    if _COMMA.fullmatch(digits):
        return Fraction(digits.replace(",", "."))
    if _DOTTED_COMMA.fullmatch(digits):
        return Fraction(digits.replace(".", "").replace(",", "."))
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
