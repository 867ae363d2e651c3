"""What serving comes to draw by draw: where another kind than the one that is expected costs less, that one serves."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from tunewise.costs.attempts import Attempts
from tunewise.costs.book import Serving
from tunewise.costs.kernel import SLACK, Mask, Number, both
from tunewise.costs.sampling import as_expected

if TYPE_CHECKING:
    from tunewise.costs.quantities import Quantities


def part_paid(q: Quantities) -> Number:
    """Return what the cheapest that fits costs in each draw, as a part of what serves as expected.

    Each draw pays the least of costs that rise with the load, so that no end of a range falls as it rises; the choice
    as expected alone would turn to a kind that is dearer in the middle and cheaper at an end. 1 where nothing serves.
    """
    expected = None if q.take is as_expected else q.served.attempts
    if expected is None or not expected.wanted:
        return 1.0
    return _Drawn(q, expected).part()


class _Drawn:
    """What each kind that fits as expected costs in each draw."""

    def __init__(self, q: Quantities, expected: Attempts) -> None:
        self.kernel, self.served = q.kernel, q.served
        self.expected, self.drawn = expected, Attempts(q)

    def part(self) -> Number:
        """Return what is paid in each draw, as a part of what serves as expected."""
        candidates = self.expected.candidates()
        own = self.kernel.full(inf)
        for _, kind, size in candidates:
            own = self._lowered(own, kind, size, self._serves(kind, size))
        best = own + 0.0
        for _, kind, size in candidates:
            best = self._lowered(best, kind, size, self._may_cost_less(best, kind, size))
        part = self.kernel.over(best, own)
        return self.kernel.where(both(own > 0, own < inf), part, 1.0)

    def _serves(self, kind: Serving, size: int) -> Mask:
        """Return where a kind on so many cards serves as expected."""
        serving = self.served.serving
        here: Mask = serving.codes == serving.values.index(kind.id)
        return both(here, self.served.machine.cards == float(size)) if kind.card else here

    def _may_cost_less(self, best: Number, kind: Serving, size: int) -> Mask:
        """Return where a kind fits that may cost less in a draw than the best so far."""
        least = self.drawn.floor(kind) * (size * (1 - SLACK))
        found = both(self.expected.wanted[kind.id], self.kernel.ever(best > least))
        if not self.kernel.any(found):
            return False
        return both(found, self.expected.fits(kind, size))

    def _lowered(self, best: Number, kind: Serving, size: int, where: Mask) -> Number:
        """Return the least costs, where a kind costs less those of it."""
        kernel = self.kernel
        if not kernel.any(where):
            return best
        part, places = kernel.part(where)
        asked = self.drawn.asked.part(part, places, kernel)
        cost = self.drawn.cost(kind, size, asked, places)
        return kernel.put(best, places, kernel.minimum(kernel.take(best, places), cost))
