"""How certain each decision is, and what single answers would turn it, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tunewise.cases.case import plain
from tunewise.knowledge.conditions import Value

CertaintyStatus = Literal["settled", "firm", "open", "too_early"]
"""Settled: no answer to open questions can change it; firm: no single answer that was tried does; open: some may."""
SETTLED: CertaintyStatus = "settled"
OPEN_STATUS: CertaintyStatus = "open"
FIRM: CertaintyStatus = "firm"
TOO_EARLY: CertaintyStatus = "too_early"


@dataclass(frozen=True, slots=True)
class KnownCount:
    """How many facts are stated, of how many that are worth asking in a case."""

    facts: int
    of: int

    def as_record(self) -> dict[str, int]:
        """Return it as plain data."""
        return {"facts": self.facts, "of": self.of}


@dataclass(frozen=True, slots=True)
class Turn:
    """A single answer that would turn a decision, what to, and the rules that would turn it."""

    facts: Mapping[str, Value]
    to: str
    rules: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        """Return the turn as plain data."""
        facts = {fact: plain(value) for fact, value in self.facts.items()}
        return {"facts": facts, "to": self.to, "rules": list(self.rules)}


@dataclass(frozen=True, slots=True)
class Certainty:
    """How certain one decision is; one that is open has its turns where they were searched."""

    status: CertaintyStatus
    turns: tuple[Turn, ...] = ()

    def as_record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"status": self.status, "turns": [turn.as_record() for turn in self.turns]}
