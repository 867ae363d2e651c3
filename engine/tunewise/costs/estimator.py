"""Works out the costs of a case, or of many: their plans' lines, totals, break-even, what rules may test of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from tunewise.costs.assuming import Assumptions
from tunewise.costs.book import CostBook
from tunewise.costs.breakeven import Overtaking, overtaking
from tunewise.costs.choices import Choice, CostFacts, every
from tunewise.costs.endings import last_day, models_end, services_end
from tunewise.costs.hardware_limits import capacity
from tunewise.costs.kernel import NOT_A_NUMBER, Mask, Number, is_whole, rounded
from tunewise.costs.lines import Worked, added, offers, with_offers, worked_out
from tunewise.costs.quantities import PRICED, Quantities, QuantityTrace, both, either
from tunewise.costs.ranges import PARTS, Range
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.vocabulary import LARGEST_NUMBER

PROMPTING_APPROACH, TUNING_APPROACH = "prompting", "fine_tuning"
PREFIXES = {PROMPTING_APPROACH: "prompting", "hybrid": "hybrid", TUNING_APPROACH: "tuning"}
"""What the computed facts of each approach begin with."""
LOAD, COMMITMENT = "requests_per_month", "commitment_months"
PER_REQUESTS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Totals:
    """What one approach costs, in whole cents; `per_1000` is no number where there are no requests.

    `worked` are its components, `lines` the same with offers in the place of others.
    """

    approach: str
    q: Quantities
    worked: tuple[Worked, ...]
    lines: tuple[Worked, ...]
    initial: Range
    monthly: Range
    horizon: Range
    per_1000: Range

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


class Estimator:
    """The costs of a case, or of many, under one cost book, date and set of assumptions.

    `plans` are the options of each approach by decision, unknown where a decision is blocked.
    """

    def __init__(
        self,
        book: CostBook,
        assumptions: Assumptions,
        as_of: date,
        facts: CostFacts,
        plans: Mapping[str, Mapping[str, Choice]],
    ) -> None:
        self.book, self.assumptions, self.as_of, self.facts = book, assumptions, as_of, facts
        self.kernel = facts.kernel
        self.case = Quantities(facts, {}, assumptions, as_of)
        (self.months, self.size), self.rests = self.case.traced(self._rests)
        self.plans = {approach: self._plan(approach, plan) for approach, plan in plans.items()}
        self.totals = {approach: self._total(approach, q) for approach, q in self.plans.items()}
        self.overtaking = self._overtaking()

    def _rests(self) -> tuple[Number, Choice]:
        """Return the horizon in months and the size of the organisation."""
        size = self.case.text("organisation")
        months = self.case.held(
            COMMITMENT, lambda: self.case.known(COMMITMENT), lambda: self.case["horizon_months"]
        )
        return is_whole(self.kernel, months.expected), size

    def _plan(self, approach: str, plan: Mapping[str, Choice]) -> Quantities:
        usual = {name: self._every(option) for name, option in self.book.plan.items()}
        known = {name: choice.each(_open) for name, choice in plan.items()}
        filled = {
            name: choice.filled(usual[name]) if name in usual else choice
            for name, choice in known.items()
        }
        fixed = {"approach": self._every(approach), "organisation": self.size}
        return self.quantities({**usual, **filled, **fixed})

    def _every(self, value: str) -> Choice:
        return every(value, self.kernel)

    def quantities(
        self, choices: Mapping[str, Choice], facts: CostFacts | None = None
    ) -> Quantities:
        """Return the quantities under some options, of other facts where these are given."""
        return Quantities(facts or self.facts, choices, self.assumptions, self.as_of)

    def _total(self, approach: str, q: Quantities) -> Totals:
        worked = worked_out(self.book.components.values(), q)
        lines = with_offers(worked, offers(self.book, approach, q), q)
        initial, monthly = (added(lines, period, q) for period in ("initial", "monthly"))
        horizon = initial + monthly.times(self.months)
        requests = q[LOAD].times(self.months)
        per = (
            horizon.times(PER_REQUESTS)
            .over(requests)
            .each(lambda cents: rounded(self.kernel, cents, 1))
        )
        per = per.where(requests.low > 0, q.of(NOT_A_NUMBER))
        return Totals(approach, q, worked, lines, initial, monthly, horizon, per)

    def _overtaking(self) -> Overtaking | None:
        if PROMPTING_APPROACH not in self.totals or TUNING_APPROACH not in self.totals:
            return None
        prompting, tuning = (
            self.totals[PROMPTING_APPROACH].lines,
            self.totals[TUNING_APPROACH].lines,
        )
        return overtaking(prompting, tuning, self.case)

    def computed(self) -> dict[str, Number]:
        """Return the facts that rules may test: expected values, no number where there is none."""
        found: dict[str, Number] = {}
        for approach, total in self.totals.items():
            prefix = PREFIXES.get(approach, approach)
            for part in ("initial", "monthly", "horizon"):
                found[f"{prefix}_{part}_usd"] = getattr(total, part).expected / PARTS
        if self.overtaking is not None:
            months = self.overtaking.months[1]
            told = rounded(self.kernel, months, PARTS) / PARTS
            found["break_even_months"] = self.kernel.where(
                months <= LARGEST_NUMBER, told, NOT_A_NUMBER
            )
            found["tuning_pays_back"] = months <= self.months
        last = last_day(self.as_of, self.months, self.kernel)
        priced = [(total.q, total.priced) for total in self.totals.values()]
        found["base_model_ends"] = models_end(self.book, priced, last, self.kernel)
        today = self.as_of.toordinal()
        found["base_model_ended"] = models_end(self.book, priced, today, self.kernel)
        found["tuning_service_ends"] = services_end(self.book, self.case, last)
        return found | (
            capacity(self.plans[TUNING_APPROACH]) if TUNING_APPROACH in self.plans else {}
        )

    def used(self) -> Iterable[tuple[Quantities, QuantityTrace]]:
        """Yield what the costs rest on, with the quantities that tell it."""
        yield self.case, self.rests
        for q in (self.case, *self.plans.values()):
            yield q, q.resting(LOAD)
        for total in self.totals.values():
            yield total.q, total.rests


def _open(option: str) -> str | None:
    """Return an option that a plan settled on; a blocked decision has none."""
    return None if option == BLOCKED else option
