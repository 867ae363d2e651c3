"""Where the answer to a case turns, as frozen values: loads, prices and times, and other models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunewise.costs.book import Lever
from tunewise.costs.breakeven import Spread
from tunewise.costs.pricesheet import TokenPrice
from tunewise.costs.ranges import Range

Recommendation = Mapping[str, str]
"""The option chosen for each decision."""


@dataclass(frozen=True, slots=True)
class TurningPoint:
    """A value from which on, away from the case's own, `changes` are recommended instead.

    `rules` are those that turn the first decision of them.
    """

    at: int | float
    changes: Recommendation
    rules: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        """Return the turn as plain data."""
        return {"at": self.at, "changes": dict(self.changes), "rules": list(self.rules)}


@dataclass(frozen=True, slots=True)
class LeverSearch:
    """What was found for one lever between `least` and `most`.

    `here` is the case's own value, or the one assumed (`given` is False), and `stated` what would change if
    that one were stated. On either side stands the nearest turn of any decision, and that of the first
    decision where it lies farther off.
    """

    lever: Lever
    here: int | float
    given: bool
    stated: Recommendation
    least: int | float
    most: int | float
    below: tuple[TurningPoint, ...]
    above: tuple[TurningPoint, ...]

    def as_record(self) -> dict[str, Any]:
        """Return the search as plain data."""
        return {
            "lever": self.lever.id,
            "here": self.here,
            "given": self.given,
            "if_stated": dict(self.stated),
            "from": self.least,
            "to": self.most,
            "below": [turn.as_record() for turn in self.below],
            "above": [turn.as_record() for turn in self.above],
        }


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """The case with another base model: what prompting costs, when tuning pays back, what would change.

    `says` tells what the model is, nothing for the case's own; amounts are in USD. `ends` is the day on
    which the case's own model is shut down, if that is known.
    """

    says: str
    price: TokenPrice
    monthly: Range
    per_1000: Range | None
    months: Spread | None
    ends: str
    changes: Recommendation

    def as_record(self) -> dict[str, Any]:
        """Return the comparison as plain data."""
        return {
            **self.price.as_record(),
            "prompting_monthly": self.monthly.as_percentiles(),
            "prompting_per_1000_requests": self.per_1000.as_percentiles()
            if self.per_1000
            else None,
            "break_even_months": self.months.as_percentiles(2) if self.months else None,
            "ends": self.ends or None,
            "changes": dict(self.changes),
        }


@dataclass(frozen=True, slots=True)
class TriedOption:
    """Another option of a fact, and what would be recommended instead; `label` says what the fact is."""

    fact: str
    label: str
    option: str
    changes: Recommendation

    def as_record(self) -> dict[str, Any]:
        """Return the trial as plain data."""
        return {"fact": self.fact, "option": self.option, "changes": dict(self.changes)}


@dataclass(frozen=True, slots=True)
class TurningPoints:
    """Where the answer to a case turns, and what it is with other models, the case's own first, and other options."""

    searches: tuple[LeverSearch, ...]
    models: tuple[ModelComparison, ...]
    options: tuple[TriedOption, ...] = ()

    def as_record(self) -> dict[str, Any]:
        """Return the findings as plain data."""
        return {
            "levers": [search.as_record() for search in self.searches],
            "models": [compared.as_record() for compared in self.models],
            "options": [tried.as_record() for tried in self.options],
        }
