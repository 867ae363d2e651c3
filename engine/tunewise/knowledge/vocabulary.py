"""The facts: what may be asked, given, derived or computed, and which values each may take."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Literal

from msgspec import field

from tunewise.errors import nearest, shown, unknown_name
from tunewise.knowledge.conditions import Value
from tunewise.structure import Frozen

FactType = Literal["choice", "set", "boolean", "integer", "number", "share", "text"]
Origin = Literal["given", "derived", "computed", "decided"]
NUMERIC = ("integer", "number", "share")
UNKNOWN = "unknown"
TRUTHS = {"yes": True, "no": False}
"""Words for truth in JSON and in quotes, where YAML does not read them as truth itself."""
LARGEST_NUMBER = 10**12
"""No count, amount or duration of a use case lies beyond; engines stay exact far past it (2**53)."""
MAX_TEXT = 200
PLURAL = re.compile(r"^([\w-]*\w[^\Ws])s\b")
"""What a unit begins with where it stands for several, as in `requests a month`; abbreviations such as ms do not."""


class Fact(Frozen, frozen=True, kw_only=True, dict=True):
    """One fact of the vocabulary.

    `values` maps each allowed value to the words a person reads, in order; `means` says at more length what
    they stand for; `ordered` says that the order is a scale. `minimum` and `maximum` bound numbers, both ends
    included. `ask_when` is the condition under which the question is worth asking, as written. `sources` are
    the items that the question comes from. `yours` says that the owner of a case can change it. `usual` are answers
    that people give, which are tried where rules tell too few apart. `counts` are words that may stand behind a
    number, such as pages, and how many of its unit each makes. `accepts` holds the findings of `rules check`
    and `rules prove` that are right as they are, each with the reason.
    """

    id: str
    type: FactType
    label: str
    origin: Origin = "given"
    group: str = ""
    question: str = ""
    help: str = ""
    why: str = ""
    values: dict[str, str] = field(default_factory=dict)
    means: dict[str, str] = field(default_factory=dict)
    ordered: bool = False
    unit: str = ""
    minimum: int | float = 0
    maximum: int | float = LARGEST_NUMBER
    aliases: tuple[str, ...] = ()
    ask_when: Any = None
    sources: tuple[str, ...] = ()
    yours: bool = False
    usual: tuple[Any, ...] = ()
    counts: dict[str, float] = field(default_factory=dict)
    accepts: dict[str, str] = field(default_factory=dict)

    @cached_property
    def options(self) -> tuple[str, ...]:
        """The allowed values of a choice or set, in order."""
        return tuple(self.values)

    @property
    def numeric(self) -> bool:
        """Whether values are numbers."""
        return self.type in NUMERIC

    @property
    def upper(self) -> int | float:
        """The largest number allowed: 1 for a share."""
        return min(self.maximum, 1) if self.type == "share" else self.maximum

    def check(self, value: Any) -> Value | None:
        """Return the value as the engines take it, None where unknown; raise ValueError with a sentence."""
        if value is None or value == "" or value == UNKNOWN:
            return None
        if self.numeric:
            return self._number(value)
        if self.type == "boolean":
            return self._boolean(value)
        if self.type == "set":
            return self._set(value)
        return self._choice(value) if self.type == "choice" else self._text(value)

    def _number(self, value: Any) -> int | float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            hint = "; write 85 % as 0.85" if self.type == "share" else ""
            raise ValueError(f"expected {self.range_words}, found {shown(value)}{hint}")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"expected {self.range_words}, found {value}")
        if not self.minimum <= value <= self.upper:
            hint = "; write 85 % as 0.85" if self.type == "share" and value > 2 else ""
            raise ValueError(f"{shown(value)} is out of range: expected {self.range_words}{hint}")
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if self.type == "integer" and isinstance(value, float):
            raise ValueError(f"expected {self.range_words}, found {value}")
        return value

    @property
    def range_words(self) -> str:
        """What a number must be, in words."""
        what = {"integer": "a whole number", "share": "a share"}.get(self.type, "a number")
        return f"{what} from {self.minimum:,} to {self.upper:,}"

    def _boolean(self, value: Any) -> bool:
        if isinstance(value, str) and value in TRUTHS:
            return TRUTHS[value]
        if not isinstance(value, bool):
            raise ValueError(f"expected yes, no or unknown, found {shown(value)}")
        return value

    def _choice(self, value: Any) -> str:
        if isinstance(value, bool):  # what YAML makes of the words yes and no
            value = "yes" if value else "no"
        if not isinstance(value, str) or value not in self.values:
            raise ValueError(unknown_name("value", value, self.values))
        return value

    def _set(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError(f"expected a list of values, found {shown(value)}")
        chosen = {self._choice(part) for part in value}
        return tuple(option for option in self.options if option in chosen)

    def _text(self, value: Any) -> str | None:
        if not isinstance(value, str):
            raise ValueError(f"expected text, found {shown(value)}")
        if len(value) > MAX_TEXT:
            raise ValueError(f"expected at most {MAX_TEXT} characters, found {len(value):,}")
        return value.strip() or None

    def say(self, value: Value | None) -> str:
        """Return a value as a sentence or a table shows it."""
        if value is None:
            return UNKNOWN
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, tuple):
            return ", ".join(self.values.get(v, v) for v in value) or "none"
        if isinstance(value, str):
            return self.values.get(value, value)
        return self._say_number(value)

    def _say_number(self, value: int | float) -> str:
        if self.type == "share":
            return f"{value * 100:.6g}%"
        number = f"{value:,}" if isinstance(value, int) else f"{value:,.10g}"
        if self.unit == "USD":
            return f"${number}" if isinstance(value, int) else f"${value:,.2f}"
        return with_unit(number, self.unit)


def with_unit(number: str, unit: str) -> str:
    """Return a number as it is written before its unit, which stands for one behind a 1."""
    said = PLURAL.sub(r"\1", unit) if number == "1" else unit
    return f"{number} {said}".strip()


class Group(Frozen, frozen=True, kw_only=True):
    """A page of the questionnaire."""

    id: str
    title: str
    intro: str = ""


class Vocabulary(Mapping[str, Fact]):
    """All facts by id, in the order in which they are asked, with the groups they are asked in."""

    def __init__(self, facts: Mapping[str, Fact], groups: Mapping[str, Group]) -> None:
        self._facts = dict(facts)
        self.groups = dict(groups)

    def __getitem__(self, fact: str) -> Fact:
        return self._facts[fact]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    @cached_property
    def given(self) -> tuple[str, ...]:
        """The facts that a case may state."""
        return tuple(id for id, fact in self._facts.items() if fact.origin == "given")

    def nearest(self, name: str) -> str | None:
        """Return the fact a case most likely meant, by id or alias."""
        by_alias = {alias: fact.id for fact in self._facts.values() for alias in fact.aliases}
        found = nearest(name, [*self.given, *by_alias])
        return by_alias.get(found, found) if found else None
