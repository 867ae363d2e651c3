"""What would turn a decision of a case, as frozen values: the smallest changes of what it states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunewise.cases.case import plain
from tunewise.knowledge.conditions import Value


@dataclass(frozen=True, slots=True)
class Flip:
    """Facts that, changed together, turn a decision, and what to; none of them could be left out.

    `facts` are the values nearest to the case's own; `yours` says that all of them are for its owner to change.
    `initial_usd` and `monthly_usd` are what the first decision's option would cost then, None where nothing tells;
    `computed` are the facts on costs that are others then, None where one is no longer known.
    """

    decision: str
    facts: Mapping[str, Value]
    to: str
    yours: bool
    initial_usd: float | None
    monthly_usd: float | None
    computed: Mapping[str, Value | None]

    def as_record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "decision": self.decision,
            "facts": {fact: plain(value) for fact, value in self.facts.items()},
            "to": self.to,
            "yours": self.yours,
            "initial_usd": self.initial_usd,
            "monthly_usd": self.monthly_usd,
        }

    def as_replayed(self) -> dict[str, Any]:
        """Return what a decision log holds of it: enough to derive again what it turns to."""
        facts = {fact: plain(value) for fact, value in self.facts.items()}
        return {
            "decision": self.decision,
            "facts": facts,
            "computed": dict(self.computed),
            "to": self.to,
        }


@dataclass(frozen=True, slots=True)
class SufficientReason:
    """Facts that settle a decision whatever else is answered; `ranges` gives of numbers how far they may move."""

    decision: str
    facts: tuple[str, ...]
    ranges: Mapping[str, tuple[float | None, float | None]]

    def as_record(self) -> dict[str, Any]:
        """Return it as plain data."""
        ranges = {fact: list(ends) for fact, ends in self.ranges.items()}
        return {"decision": self.decision, "facts": list(self.facts), "ranges": ranges}
