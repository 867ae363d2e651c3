"""What the ways to go cost, for readers in a hurry: one sum each, its range, and the holes in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlanMoney:
    """What one way costs: sums as expected, what they may come to over the time reckoned, and the holes in them.

    `advised` marks the way that is recommended; `out` says why another cannot be gone, empty where it can. `apart` is
    how far another is from the recommended one, `dearer` or cheaper; empty where none is recommended.
    """

    label: str
    does: str
    advised: bool
    out: str
    initial: str
    monthly: str
    total: str
    span: str
    holes: int
    apart: str
    dearer: bool


@dataclass(frozen=True, slots=True)
class SumsView:
    """The ways over so many months, the recommended one first; `holes` name what has no price in the sums."""

    months: int
    plans: tuple[PlanMoney, ...]
    holes: tuple[str, ...]
