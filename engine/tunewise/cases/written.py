"""Reads what a person writes into a fact's value: '1,000', '12k', '85 %', '$5,000', '2 s', 'yes'.

The questionnaire, case files and inventories read texts by these rules alone. What stands between digits: a comma
or a dot before groups of three digits parts thousands ('3,000'; '3.000' for a whole number, while for any other
number a single dot before three digits could also be a decimal one and is refused); a comma before one or two
digits, or behind thousands parted by dots, is a decimal one ('12,5', '1.234,5').
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from tunewise.errors import shown, unknown_name
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.vocabulary import Fact

LONGEST_NUMBER = 60
"""Characters of a number as typed; nobody types more."""

NOT_KNOWN = frozenset((
    "-", "--", "–", "—", "?", "??", "unknown", "n/a", "#n/a", "n.a.", "na", "null", "tbd",
    "don't know", "dont know", "not known", "not available", "not specified", "nan", "tbc", "t.b.c.", "t.b.d.",
    "to be determined", "to be confirmed", "not applicable", "not yet known", "not yet determined", "<na>",
))  # fmt: skip
"""What people and their tools write where nothing is known, case aside."""
YES, NO = frozenset(("yes", "y", "true", "1", "1.0")), frozenset(("no", "n", "false", "0", "0.0"))
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

Commas = Literal["thousands", "decimal", "unsure"]
"""What a comma before three digits does in a column: parts thousands, or begins decimals; unsure ones are refused."""

_PARTS = re.compile(
    r"(?P<sign>[-+]?)(?P<digits>[0-9.][0-9.,'’_ ]*(?:e\+?[0-9]{1,3})?)(?P<rest>\D*)"
)
_PLAIN = re.compile(r"([0-9]+(\.[0-9]*)?|\.[0-9]+)(e\+?[0-9]{1,3})?")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}([,'’_ ])[0-9]{3}(\1[0-9]{3})*(\.[0-9]+)?")
_DOTTED = re.compile(r"[1-9][0-9]{0,2}(\.[0-9]{3})+")
_COMMA = re.compile(r"(0,[0-9]+|[0-9]+,[0-9]{1,2})(e\+?[0-9]{1,3})?")
_ANY_COMMA = re.compile(r"[0-9]+,[0-9]+")
_UNSURE_COMMA = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}")
_DOTTED_COMMA = re.compile(r"[1-9][0-9]{0,2}([.'’ ][0-9]{3})+,[0-9]+")
_RANGE = re.compile(
    r"\s*[<>≤≥]|(?![0-9]{4}-[0-9]{2}-).*[0-9]\s?[a-z]?\s*(-|–|to|bis|\+)\s*([0-9]|$)", re.IGNORECASE
)
ONE_NUMBER = "; write one number: the mean, or the most likely"
_SPACING = re.compile(r"[\s_\-‐‑–]+")
_MEMBERS = re.compile(r"[,;|\n]")
_ABOUT = re.compile(
    r"^(~|≈|about|around|roughly|some|circa|approx(imately|\.)?|ca\.?)\s*", re.IGNORECASE
)


def read_typed(fact: Fact, text: str) -> Value | None:
    """Return the value that a person at the terminal means, who may shorten the words of a choice.

    None stands for 'unknown'; raises ValueError with a sentence.
    """
    return _read(fact, text, shortened=True)


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How a column writes its numbers: what those without a unit are multiplied by, and what its commas do."""

    factor: Fraction = Fraction(1)
    commas: Commas = "thousands"


USUAL_STYLE = NumberStyle()


def read_written(fact: Fact, text: str, style: NumberStyle = USUAL_STYLE) -> Value | None:
    """Return the value that a text in a file means, None where unknown or empty.

    Raises ValueError with a sentence.
    """
    if not text.strip():
        return None
    return _read(fact, text, shortened=False, style=style)


def read_number(fact: Fact, number: int | float, style: NumberStyle = USUAL_STYLE) -> Value | None:
    """Return the value of a numeric fact that a number means; raise ValueError with a sentence.

    As a share 1 is 100%, as spreadsheets store it; from there on to 2 it could be a share or percent, and is refused;
    above, it is percent.
    """
    if isinstance(number, float) and not math.isfinite(number):
        return fact.check(number)
    if style.factor != 1:
        return fact.check(_plain(Fraction(str(number)) * style.factor))
    if fact.type == "share" and number > 1:
        return fact.check(_plain(_share(Fraction(str(number)), False, str(number))))
    return fact.check(number)


def _read(fact: Fact, text: str, shortened: bool, style: NumberStyle = USUAL_STYLE) -> Value | None:
    words = unicodedata.normalize("NFKC", text).strip().replace("’", "'")
    if words.casefold() in NOT_KNOWN:
        return None
    if fact.type == "text":
        return fact.check(text.strip())
    if fact.numeric:
        if any(unicodedata.category(c) == "No" for c in text):  # 10² would be read as 102
            raise ValueError(f"expected {_expected(fact)}, found {shown(text.strip())}")
        return fact.check(_number(fact, words, style))
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
    after = f", and {', '.join(fact.counts)} after the number" if fact.counts else ""
    return f"1,000 and 1000, 12k and 1.5M are understood{after}"


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


def _number(fact: Fact, words: str, style: NumberStyle) -> int | float:
    number = _ABOUT.sub("", words).removeprefix("$").strip().lower()
    found = _PARTS.fullmatch(number) if len(words) <= LONGEST_NUMBER else None
    if found is None or (found["rest"] and _RANGE.match(words)):
        hint = ONE_NUMBER if _RANGE.match(words) else ""
        raise ValueError(f"expected {_expected(fact)}, found {shown(words)}{hint}")
    rest = found["rest"].strip()
    counted = any(rest.endswith(word) for word in fact.counts)
    value = _digits(fact, found["digits"].strip(), style.commas) * _factor(fact, rest, words)
    if not _names_unit(fact, rest):
        value *= style.factor
    value = -value if found["sign"] == "-" else value
    if fact.type == "share" and style.factor == 1:
        value = _share(value, _is_percent(rest), words)
    return round(value) if counted and fact.type == "integer" else _plain(value)


def _plain(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


def _names_unit(fact: Fact, rest: str) -> bool:
    return rest in UNITS.get(fact.unit, {}) and fact.unit != "tokens"


def _is_percent(rest: str) -> bool:
    return rest in ("%", "percent", "per cent")


def _digits(fact: Fact, digits: str, commas: Commas) -> Fraction:
    """Return the number that the digits mean, by the separators that stand between them."""
    if commas == "decimal" and _ANY_COMMA.fullmatch(digits):
        return Fraction(digits.replace(",", "."))
    if fact.type != "share" and _DOTTED.fullmatch(digits):
        plain = digits.replace(".", "")
        if digits.count(".") == 1 and fact.type != "integer" and commas != "decimal":
            raise _two_ways(digits, plain)
        return Fraction(plain)
    if commas == "unsure" and fact.type != "integer" and _UNSURE_COMMA.fullmatch(digits):
        raise _two_ways(digits, digits.replace(",", ""))
    if _COMMA.fullmatch(digits):
        return Fraction(digits.replace(",", "."))
    if _DOTTED_COMMA.fullmatch(digits):
        return Fraction(re.sub("[.'’ ]", "", digits).replace(",", "."))
    if _GROUPED.fullmatch(digits):
        return Fraction(re.sub(r"[,'’_ ]", "", digits))
    if _PLAIN.fullmatch(digits):
        return Fraction(digits.rstrip(".") if digits.endswith(".") else digits)
    raise ValueError(f"expected {_expected(fact)}, found {shown(digits)}")


def _two_ways(digits: str, plain: str) -> ValueError:
    small = digits.replace(",", ".").rstrip("0").rstrip(".")
    return ValueError(f"{shown(digits)} can be read in two ways; write {plain} or {small}")


def _factor(fact: Fact, rest: str, words: str) -> Fraction:
    """Return what a suffix multiplies by: a scale, a unit, or a scale and a unit."""
    units = {**UNITS.get(fact.unit, {}), **_counts(fact)}
    if not rest or rest in units:
        return units.get(rest, Fraction(1))
    if fact.type == "share":
        if _is_percent(rest):
            return Fraction(1)
    elif fact.unit not in DURATIONS:
        scale, unit = re.fullmatch(r"(?s)(\w*)\s*(.*)", rest).groups()  # type: ignore[union-attr]
        if scale in SCALES and (not unit or unit in units):
            return SCALES[scale] * units.get(unit, Fraction(1))
    known = [*units, *SCALES] if fact.unit not in DURATIONS else units
    hint = f"known after a number: {', '.join(known)}" if known else "write the number alone"
    raise ValueError(f"{shown(rest)} in {shown(words)} is not understood; {hint}")


def _counts(fact: Fact) -> dict[str, Fraction]:
    return {word: Fraction(str(many)) for word, many in fact.counts.items()}


def _share(value: Fraction, percent: bool, words: str) -> Fraction:
    """Return the share; a number above 2 is meant in percent, and one from 1 on may mean either."""
    if value == 1 and not percent and "." not in words:
        raise ValueError("1 can be read in two ways; write 1% or 100%")
    if 1 < value <= 2 and not percent:
        small, large = (format(float(one), "g") for one in (value, value * 100))
        raise ValueError(f"{shown(words)} can be read in two ways; write {small}% or {large}%")
    if value > 100:
        raise ValueError(f"{shown(words)} is above 100%")
    return value / 100 if percent or value > 1 else value
