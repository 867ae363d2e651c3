"""Chooses what serves a plan's model: of all kinds of card and service the cheapest that fits, for a case or many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tunewise.costs.attempts import Attempt, Attempts
from tunewise.costs.book import OWN, Serving
from tunewise.costs.choices import UNKNOWN_OPTION, Choice
from tunewise.costs.kernel import Kernel, Mask, Number, both
from tunewise.costs.serving_load import Asked
from tunewise.costs.throughput import Machine

if TYPE_CHECKING:
    from tunewise.costs.quantities import Quantities

ENOUGH = 0.6
"""Cases are made out anew once fewer of them than this share are left."""


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """What serves a plan: the kind of serving, its card, the machine of a copy; unknown where nothing is served.

    `own` tells where the cards are owned, `light` where the weights take fewer than 16 bits, `attempts` what was tried.
    """

    serving: Choice
    card: Choice
    machine: Machine
    own: Mask
    light: Mask
    attempts: Attempts | None = None


def cheapest(q: Quantities) -> Served:
    """Return what serves a plan: the cheapest that may be taken, the first of equals.

    What cannot cost less than the best so far is not tried. Where nothing may be taken, it is a machine of the largest
    cards, or as many of them as hold the model: no less than what is taken for a shorter or smaller request.
    """
    attempts = Attempts(q)
    if not attempts.wanted:
        nothing = Choice(q.kernel, (), UNKNOWN_OPTION)
        return Served(nothing, nothing, Machine(1.0, 1.0), False, False, attempts)
    best = _Best(attempts)
    for floor, kind, size in attempts.candidates():
        best.offer(kind, floor, size)
    missing = best.code == UNKNOWN_OPTION
    if q.kernel.any(missing):
        for kind in attempts.largest:
            best.beyond(kind, missing)
    return best.served()


class _Best:
    """The cheapest attempt so far of each case: its kind by its place, and its machine."""

    def __init__(self, attempts: Attempts) -> None:
        self.attempts, self.kernel = attempts, attempts.kernel
        self.kinds = tuple(attempts.wanted)
        self.code = self.kernel.full(UNKNOWN_OPTION)
        self.cost = self.kernel.full(float("inf"))
        self.cards, self.lost = self.kernel.full(1.0), self.kernel.full(1.0)
        self._parts: dict[int, tuple[int, Asked, Any]] = {}

    def offer(self, kind: Serving, floor: float, size: int) -> None:
        """Try a kind where it may cost less than the best so far, and take it where it does and may be taken."""
        wanted = self.attempts.wanted[kind.id]
        left = self.kernel.count(both(wanted, self.cost > floor))
        if left:
            asked, places = self._part(wanted, floor, left)
            one = self.attempts.attempt(kind, size, asked, places)
            self._take(one, one.fits, asked.kernel, places)

    def beyond(self, kind: Serving, missing: Mask) -> None:
        """Take a kind on all that it takes where nothing was found."""
        where = both(self.attempts.wanted[kind.id], missing)
        if self.kernel.any(where):
            part, places = self.kernel.part(where)
            asked = self.attempts.asked.part(part, places, self.kernel)
            self._take(self.attempts.beyond(kind, asked, places), True, part, places)

    def _part(self, wanted: Mask, floor: float, left: int) -> tuple[Asked, Any]:
        """Return what the cases ask that are left, and their places; some more where these were made out before."""
        known = self._parts.get(id(wanted))
        if known is None or left < ENOUGH * known[0]:
            part, places = self.kernel.part(both(wanted, self.cost > floor))
            asked = self.attempts.asked.part(part, places, self.kernel)
            self._parts[id(wanted)] = known = (left, asked, places)
        return known[1:]

    def _take(self, one: Attempt, fits: Mask, part: Kernel, places: Any) -> None:
        kernel = self.kernel
        cheaper = both(fits, one.cost < kernel.take(self.cost, places))
        if not part.any(cheaper):
            return

        def changed(old: Number, new: Number) -> Number:
            return kernel.put(old, places, part.where(cheaper, new, kernel.take(old, places)))

        self.code = changed(self.code, self.kinds.index(one.kind.id))
        self.cost = changed(self.cost, one.cost)
        self.cards = changed(self.cards, one.machine.cards)
        self.lost = changed(self.lost, one.machine.lost)

    def served(self) -> Served:
        """Return what was found."""
        servings = self.attempts.book.servings
        serving = Choice(self.kernel, self.kinds, self.code)
        card = serving.each(lambda id: servings[id].card or None)
        own = serving.among([id for id in self.kinds if servings[id].terms == OWN])
        machine = Machine(self.cards, self.lost)
        return Served(serving, card, machine, own, self.attempts.asked.light, self.attempts)
