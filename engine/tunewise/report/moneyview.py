"""What the ways to go cost, for readers in a hurry: one sum each, its range, and the holes in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlanMoney:
    """What one way costs: sums as expected, what they may come to over the time reckoned, and the holes in them.

    `advised` marks the way that is recommended; `out` says why another cannot be gone, empty where it can.
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


@dataclass(frozen=True, slots=True)
class ExtraCost:
    """How much more, or less where `less`, the recommended way costs than another, as expected."""

    label: str
    amount: str
    less: bool


@dataclass(frozen=True, slots=True)
class SumsView:
    """The ways over so many months, the recommended one first; `holes` name what has no price in the sums."""

    months: int
    plans: tuple[PlanMoney, ...]
    differences: tuple[ExtraCost, ...]
    holes: tuple[str, ...]
