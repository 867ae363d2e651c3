"""Works out the costs of a case, or of many: their plans' lines, totals, break-even, what rules may test of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from tunewise.costs.assuming import Assumptions
from tunewise.costs.book import CostBook
from tunewise.costs.breakeven import Overtaking, overtaking
from tunewise.costs.choices import Choice, CostFacts, every
from tunewise.costs.endings import last_day, models_end, services_end
from tunewise.costs.hardware_limits import capacity
from tunewise.costs.kernel import NOT_A_NUMBER, Number, in_percent
from tunewise.costs.lines import offers, with_offers, worked_out
from tunewise.costs.negotiated import model_allowed
from tunewise.costs.quantities import Quantities
from tunewise.costs.ranges import PARTS
from tunewise.costs.resting import QuantityTrace
from tunewise.costs.sampling import Sampler
from tunewise.costs.totals import LOAD, Totals, totals
from tunewise.inference.deciding import BLOCKED

PROMPTING_APPROACH, TUNING_APPROACH = "prompting", "fine_tuning"
PREFIXES = {PROMPTING_APPROACH: "prompting", "hybrid": "hybrid", TUNING_APPROACH: "tuning"}
"""What the computed facts of each approach begin with."""
MOST_DRAWS = 0.8
"""The share of draws from which on a total counts as above a limit."""
BUDGETS = {"initial": "upfront_budget_usd", "monthly": "monthly_budget_usd"}
"""The fact that limits what an approach may cost in a period."""


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
        self.sampler = Sampler(self.kernel)
        self.case = self.quantities({})
        (self.months, self.size), self.rests = self.case.traced(self._rests)
        self.plans = {approach: self._plan(approach, plan) for approach, plan in plans.items()}
        self.totals = {approach: self.total(approach, q) for approach, q in self.plans.items()}
        self.overtaking = self._overtaking()

    def _rests(self) -> tuple[Number, Choice]:
        """Return the horizon in months and the size of the organisation."""
        size = self.case.text("organisation")
        self.case["horizon"]
        return self.case.central["horizon"].expected, size

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
        """Return the quantities under some options, of other facts where these are given, from the same draws."""
        taken = facts or self.facts
        return Quantities(taken, choices, self.assumptions, self.as_of, self.sampler.take)

    def total(self, approach: str, q: Quantities) -> Totals:
        """Return what an approach costs by some quantities."""
        worked = worked_out(self.book.components.values(), q)
        return totals(approach, q, worked, with_offers(worked, offers(self.book, approach, q), q))

    def _overtaking(self) -> Overtaking | None:
        if PROMPTING_APPROACH not in self.totals or TUNING_APPROACH not in self.totals:
            return None
        return overtaking(self.totals[PROMPTING_APPROACH], self.totals[TUNING_APPROACH])

    def computed(self) -> dict[str, Number]:
        """Return the facts that rules may test: middle values, shares of draws; no number where there is none."""
        found: dict[str, Number] = {}
        for approach, total in self.totals.items():
            prefix = PREFIXES.get(approach, approach)
            for part in ("initial", "monthly", "horizon"):
                found[f"{prefix}_{part}_usd"] = getattr(total, part).expected / PARTS
            for part, budget in BUDGETS.items():
                found[f"{prefix}_{part}_over_budget"] = self._over(total, part, budget)
                found[f"{prefix}_{part}_least_usd"] = self._least(total, part)
        if self.overtaking is not None:
            found |= self.overtaking.computed(self.case)
        last = last_day(self.as_of, self.months, self.kernel)
        priced = [(total.q, total.priced) for total in self.totals.values()]
        found["base_model_ends"] = models_end(self.book, priced, last, self.kernel)
        today = self.as_of.toordinal()
        found["base_model_ended"] = models_end(self.book, priced, today, self.kernel)
        found["tuning_service_ends"] = services_end(self.book, self.case, last)
        if self.book.allowed_models or self.book.allowed_providers:
            found["base_model_allowed"] = model_allowed(
                self.book, self.case, self.totals.get(PROMPTING_APPROACH)
            )
        return found | (
            capacity(self.plans[TUNING_APPROACH]) if TUNING_APPROACH in self.plans else {}
        )

    def _least(self, total: Totals, part: str) -> Number:
        """Return what a budget pays of a total at least in most draws, in USD to the cent."""
        (least,) = self.kernel.percentiles(total.budgeted[part].expected, (1 - MOST_DRAWS,))
        return least / PARTS

    def _over(self, total: Totals, part: str, budget: str) -> Number:
        """Return the share of draws in which a total is above its budget, no number where that is unknown."""
        if budget not in self.facts:
            return NOT_A_NUMBER
        above = total.budgeted[part].expected > self.facts.number(budget) * PARTS
        stated = self.facts.stated(budget)
        return self.kernel.where(stated, in_percent(self.kernel, above), NOT_A_NUMBER)

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
