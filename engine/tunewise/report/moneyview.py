"""What the ways to go cost, for readers in a hurry: one sum each, its range, and the holes in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Middle = Literal["", "drawn", "falling"]
"""Why the parts of a sum do not add up: each is the middle of draws, in which prices may fall; empty where they do."""


@dataclass(frozen=True, slots=True)
class PlanMoney:
    """What one way costs: sums as expected, what they may come to over the time reckoned, and what they lack by name.

    `right` is the share of right answers that was measured, `per_right` what a thousand of them cost, `errors` what
    wrong ones come to; empty where that is not known. `advised` marks the way that is recommended; `out` says why
    another cannot be gone, empty where it can. `apart` is how far another is from the recommended one, `dearer` or
    cheaper; empty where none is recommended.
    """

    label: str
    does: str
    advised: bool
    out: str
    right: str
    per_right: str
    errors: str
    initial: str
    monthly: str
    total: str
    span: str
    holes: tuple[str, ...]
    apart: str
    dearer: bool


@dataclass(frozen=True, slots=True)
class SumsView:
    """The ways over so many months, the recommended one first, and prompting with a cheaper model where one is known.

    `holes` name what has no price in the sums. `middle` says why start and months differ from the sum over the time.
    """

    months: int
    plans: tuple[PlanMoney, ...]
    holes: tuple[str, ...]
    middle: Middle
