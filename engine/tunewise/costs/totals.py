"""What the lines of an approach come to: draws of its totals, and percentiles that add up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from tunewise.costs.kernel import NOT_A_NUMBER, Kernel, Mask, Number, both, either, is_whole
from tunewise.costs.lines import PERIODS, Worked, added
from tunewise.costs.price_path import months_until
from tunewise.costs.quantities import Quantities
from tunewise.costs.ranges import Range
from tunewise.costs.resting import PRICED, QuantityTrace

PER_REQUESTS = 1000
LOAD = "requests_per_month"


@dataclass(frozen=True, eq=False)
class Totals:
    """What one approach costs: `worked` are its components, `lines` the same with offers in the place of others.

    `drawn` are the totals draw by draw, `budgeted` what of them a budget is held against, the properties what 10, 50
    and 90 of 100 draws stay below: all in whole cents.
    """

    approach: str
    q: Quantities
    worked: tuple[Worked, ...]
    lines: tuple[Worked, ...]
    drawn: Mapping[str, Range]
    budgeted: Mapping[str, Range]

    @cached_property
    def initial(self) -> Range:
        """What it costs at first."""
        return self.drawn["initial"].percentiles()

    @cached_property
    def monthly(self) -> Range:
        """What it costs each month, at the prices of the day."""
        return self.drawn["monthly"].percentiles()

    @cached_property
    def horizon(self) -> Range:
        """What it costs over the months that are reckoned with, first costs included."""
        return self.drawn["horizon"].percentiles().whole()

    def after(self, month: float) -> Range:
        """Return what it costs over the months up to one, first costs included."""
        paid = over_months(self.lines, self.q, lambda path: months_until(self.q, path, month))
        return (self.drawn["initial"] + paid).percentiles().whole()

    @cached_property
    def per_1000(self) -> Range:
        """What 1,000 requests cost over these months; no number where there are none."""
        requests = self.q[LOAD] * self.q["horizon"]
        per = self.drawn["horizon"].times(PER_REQUESTS).over(requests).percentiles()
        return per.whole().where(self.q.central[LOAD].expected > 0, self.q.of(NOT_A_NUMBER))

    @property
    def priced(self) -> Mask:
        """Where a token price was looked up."""
        found: Mask = False
        for one in self.worked:
            found = either(found, both(one.counts, one.trace.uses.get(PRICED, False)))
        return found

    @property
    def rests(self) -> QuantityTrace:
        """What its components rest on, whether an offer stands in their place or not."""
        trace = QuantityTrace()
        for one in self.worked:
            trace.join(one.trace, one.counts)
        return trace

    @cached_property
    def amounts(self) -> tuple[Range, ...]:
        """What 10, 50 and 90 of 100 draws of each line stay below, the middle ones as they add up to the totals'."""
        found = dict[int, Range]()
        for period in PERIODS:
            places = [place for place, one in enumerate(self.lines) if one.period == period]
            spans = [self.lines[place].cents.percentiles() for place in places]
            found.update(
                zip(places, adding_up(spans, getattr(self, period), self.q.kernel), strict=True)
            )
        return tuple(found[place] for place in range(len(self.lines)))

    @property
    def over_horizon(self) -> Sequence[Range]:
        """What 10, 50 and 90 of 100 draws of each line over the horizon stay below, added up in the same way."""
        spans = [
            one.cents if one.period == "initial" else one.cents * self.q[one.of.paid]
            for one in self.lines
        ]
        whole = [span.percentiles().whole() for span in spans]
        return adding_up(whole, self.horizon, self.q.kernel)


def totals(
    approach: str, q: Quantities, worked: tuple[Worked, ...], lines: tuple[Worked, ...]
) -> Totals:
    """Return what the lines of an approach come to, monthly ones over the months that they are paid for."""
    initial, monthly = (added(lines, period, q) for period in PERIODS)
    drawn = {
        "initial": initial,
        "monthly": monthly,
        "horizon": initial + over_months(lines, q, q.__getitem__),
    }
    paid = [one for one in lines if one.of.budgeted]
    budgeted: dict[str, Range] = {period: added(paid, period, q) for period in PERIODS}
    return Totals(approach, q, worked, lines, drawn, budgeted)


def over_months(lines: Iterable[Worked], q: Quantities, months: Callable[[str], Range]) -> Range:
    """Return what monthly lines come to, in cents: each times the months at the price of the day."""
    paid: dict[str, Range] = {}
    for one in lines:
        if one.period == "monthly":
            paid[one.of.paid] = paid.get(one.of.paid, q.of(0.0)) + one.cents
    return sum((cents * months(path) for path, cents in paid.items()), q.of(0.0))


def adding_up(spans: Sequence[Range], total: Range, kernel: Kernel) -> Sequence[Range]:
    """Return the ranges of lines in whole cents with middles that add up to the middle of their total.

    The middle of a sum is not the sum of the middles: what it has more or less is spread over the lines by the room
    that their ranges leave, and what is beyond that by what the lines come to; a middle is never below zero.
    """
    more = total.expected - sum(span.expected for span in spans)
    if not kernel.any(more != 0):
        return spans
    up = more > 0
    rooms = [kernel.where(up, one.high - one.expected, one.expected - one.low) for one in spans]
    much = kernel.maximum(more, -more)
    within = kernel.minimum(much, sum(rooms))
    beyond = [kernel.where(up, one.high, one.low) for one in spans]
    moved = zip(
        spans, shared(within, rooms, kernel), shared(much - within, beyond, kernel), strict=True
    )
    return [
        _with_middle(one, one.expected + kernel.where(up, part + far, -part - far), kernel)
        for one, part, far in moved
    ]


def _with_middle(span: Range, middle: Number, kernel: Kernel) -> Range:
    """Return a range with another middle, wide enough to hold it."""
    low, high = kernel.minimum(span.low, middle), kernel.maximum(span.high, middle)
    return Range(low, middle, high, kernel)


def shared(much: Number, rooms: Sequence[Number], kernel: Kernel) -> Iterator[Number]:
    """Yield the parts of a sum in whole cents that go into rooms, by their size; none takes more than it has.

    Each is what the rooms so far come to take, less what those before it took, so that cents add up.
    """
    whole, so_far, taken = kernel.maximum(sum(rooms), 1.0), 0.0, 0.0  # type: Number, Number, Number
    for room in rooms:
        so_far = so_far + room
        upto = is_whole(kernel, much * so_far / whole)
        yield upto - taken
        taken = upto
