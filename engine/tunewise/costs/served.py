"""Tells how a case's model is served: what was considered, what it would cost, and why it fell out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

from tunewise.costs.attempts import Attempt, Attempts
from tunewise.costs.book import OWN, Serving
from tunewise.costs.kernel import rounded
from tunewise.costs.quantities import Quantities
from tunewise.costs.ranges import PARTS, plain_number

Verdict = Literal["taken", "dearer", "terms", "owned", "memory", "latency", "parameters"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""Whether a way of serving is taken, or why not: it costs more, is rented in another way than asked for, is more than
the own cards, does not hold the model with its requests, answers too late, or takes no model of that size."""
SHARES = 1000


@dataclass(frozen=True, slots=True)
class Considered:
    """A way of serving that was considered: USD a month as expected, cards and copies, and what came of it."""

    id: str
    label: str
    monthly: float
    cards: float
    copies: float
    verdict: Verdict

    def as_record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "id": self.id,
            "label": self.label,
            "monthly_usd": plain_number(self.monthly),
            "cards": plain_number(self.cards),
            "copies": plain_number(self.copies),
            "verdict": self.verdict,
        }


@dataclass(frozen=True, slots=True)
class HowServed:
    """What serves a plan's model, what else was considered, cheapest first, and the part of the month it works."""

    chosen: str
    busy_share: float | None
    considered: tuple[Considered, ...]

    @property
    def label(self) -> str:
        """What serves, in words."""
        return next(one.label for one in self.considered if one.id == self.chosen)

    def as_record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "chosen": self.chosen,
            "busy_share": self.busy_share,
            "considered": [one.as_record() for one in self.considered],
        }


def how_served(plan: Quantities) -> HowServed | None:
    """Return how a case's plan is served as expected, None where it serves no model or its price is stated."""
    q = plan.central
    serving = q.served.serving
    if not serving.known:
        return None
    chosen: str = serving.values[serving.codes]
    card = q.assumptions.book.servings[chosen].card
    busy = rounded(q.kernel, q["busy_share"].expected, SHARES) / SHARES if card else None
    found = sorted(_considered(q, chosen), key=lambda one: (one.verdict != "taken", one.monthly))
    return HowServed(chosen, busy, tuple(found))


def _considered(q: Quantities, chosen: str) -> Iterator[Considered]:
    """Yield each way of serving on its best machine, on the machine that was taken where it is the one chosen."""
    attempts = Attempts(q)
    for id in attempts.wanted:
        kind = attempts.book.servings[id]
        sizes = attempts.sizes if kind.card else (0,)
        tried = [attempts.attempt(kind, size, attempts.asked) for size in sizes]
        if not any(one.fits for one in tried) and id == chosen:
            tried = [attempts.beyond(kind, attempts.asked, None)]
        best = min(tried, key=lambda one: (not one.fits, one.cost))
        yield _told(best, _verdict(best, attempts, chosen))


def _told(one: Attempt, verdict: Verdict) -> Considered:
    cards = one.copies * one.machine.cards if one.kind.card else 0.0
    copies = one.copies if one.kind.card else 0.0
    monthly = round(one.cost * PARTS) / PARTS
    return Considered(one.kind.id, one.kind.label, monthly, cards, copies, verdict)


def _verdict(one: Attempt, attempts: Attempts, chosen: str) -> Verdict:
    """Return what came of an attempt; the first reason against it counts."""
    kind: Serving = one.kind
    if kind.id == chosen:
        return "taken"
    against: dict[Verdict, bool] = {
        "terms": attempts.on_other_terms(kind),
        "memory": not one.held,
        "latency": not one.quick,
        "owned": not one.ours and kind.terms == OWN,
        "parameters": not one.ours,
    }
    return next((verdict for verdict, holds in against.items() if holds), "dearer")
