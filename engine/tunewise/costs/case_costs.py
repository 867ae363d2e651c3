"""What one case costs, for rules and for readers: estimates, break-even, totals at other loads, what they rest on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache

from tunewise.costs.assuming import Assumptions
from tunewise.costs.book import CostBook
from tunewise.costs.breakeven import (
    BREAK_EVEN_REASONS,
    BreakEven,
    Spread,
    crossing,
    extra,
    no_noise,
    spread_of,
)
from tunewise.costs.caveats import CaseCaveats
from tunewise.costs.choices import CostFacts, every
from tunewise.costs.estimates import Costs, Estimate
from tunewise.costs.estimator import LOAD, PROMPTING_APPROACH, TUNING_APPROACH, Estimator, Totals
from tunewise.costs.explained import explained
from tunewise.costs.kernel import ONE
from tunewise.costs.lines import PERIODS, Worked, added, line, worked_out
from tunewise.costs.prices import token_price
from tunewise.costs.pricesheet import TokenPrice
from tunewise.costs.quantities import MODEL
from tunewise.costs.ranges import Range, plain_number
from tunewise.costs.reading_formulas import resting_on
from tunewise.costs.uncertainty import DrawnPart, Uncertainty, uncertainty
from tunewise.errors import UserError
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import LARGEST_NUMBER, Vocabulary


class CaseCosts:
    """The costs of one case under one cost book, date and set of assumptions.

    Raises UserError for a model without a price, and for costs beyond all measure.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        book: CostBook,
        assumptions: Assumptions,
        as_of: date,
        facts: Mapping[str, Value],
        plans: Mapping[str, Mapping[str, str]],
    ) -> None:
        if MODEL in facts:  # refused where no plan would use it, too
            token_price(str(facts[MODEL]), as_of)
        self.rulebook, self.book, self.assumptions = rulebook, book, assumptions
        self.facts, self.given = facts, plans
        options = {
            approach: {name: every(option, ONE) for name, option in plan.items()}
            for approach, plan in plans.items()
        }
        self.reckoning = Estimator(book, assumptions, as_of, CostFacts(facts), options)
        self.months, self.totals = int(self.reckoning.months), self.reckoning.totals
        for total in self.totals.values():
            self._check(total)

    def _check(self, total: Totals) -> None:
        if not total.horizon.in_dollars().high <= LARGEST_NUMBER:
            message = f"{total.approach} would cost more than {LARGEST_NUMBER:,} USD over {self.months} months"
            raise UserError(f"costs: {message}; check requests_per_month and the tokens of each")

    def computed(self) -> dict[str, Value]:
        """Return the facts that rules may test, those that the vocabulary declares."""
        found = self.reckoning.computed()
        return {
            id: value if isinstance(value, bool) else plain_number(value)
            for id, value in found.items()
            if value == value and _declared(id, self.rulebook.facts)
        }

    def costs(self) -> Costs:
        """Return everything that the case costs."""
        estimates = {approach: self._estimate(total) for approach, total in self.totals.items()}
        provisos = CaseCaveats(self.reckoning, self.facts, estimates, self.rulebook.decisions)
        break_even = self._break_even()
        return Costs(
            estimates=estimates,
            break_even=break_even,
            facts=self.computed(),
            assumed=provisos.assumed(self.rulebook.facts),
            horizon_months=self.months,
            assumptions=provisos.assumptions(),
            gaps=(*provisos.gaps(), *provisos.blocked(self.given)),
            notes=tuple(provisos.notes()),
            spread=self._uncertainty,
            load=self.reckoning.case[LOAD].expected,
            at_loads=self._at_loads if break_even else None,
            labels=self.book.labels,
            doubted=frozenset(self.book.doubts),
            priced=frozenset(self.book.components),
            overdue=tuple(rate.key for rate in provisos.overdue),
            prices=self._prices(),
            prompted=self._price(PROMPTING_APPROACH),
        )

    def _prices(self) -> tuple[TokenPrice, ...]:
        """Return the token prices used, in the order of the approaches, each model once."""
        found: dict[str, TokenPrice] = {}
        for price in filter(None, map(self._price, self.totals)):
            found.setdefault(price.model, price)
        return tuple(found.values())

    def _price(self, approach: str) -> TokenPrice | None:
        """Return the token price that an approach pays, None where it pays for none."""
        total = self.totals.get(approach)
        if total is None or not total.priced:
            return None
        price = total.q.price
        (listed,) = price.listed.values
        usual: TokenPrice = listed.usual
        return replace(
            usual,
            input_usd_per_mtok=price.input_usd_per_mtok,
            output_usd_per_mtok=price.output_usd_per_mtok,
        )

    def _estimate(self, total: Totals) -> Estimate:
        initial, monthly = total.initial.in_dollars(), total.monthly.in_dollars()
        per = total.per_1000.in_dollars() if total.q[LOAD].low > 0 else None
        lines = tuple(line(one, self.assumptions) for one in total.lines if one.costs)
        horizon = total.horizon.in_dollars()
        return Estimate(
            total.approach,
            lines,
            initial,
            monthly,
            horizon,
            per,
            lambda: explained(
                total.q, (name for one in lines for name in one.terms), self.rulebook
            ),
        )

    def _break_even(self) -> BreakEven | None:
        found = self.reckoning.overtaking
        if found is None:
            return None
        reason = BREAK_EVEN_REASONS[found.reasons]
        return BreakEven(spread_of(found.months), reason, self.book.says[reason], self._crossings)

    # At other loads.

    def _crossings(self) -> Spread:
        """Return the loads from which tuning costs no more than prompting over the horizon."""
        prompting, tuning = self._at_load(PROMPTING_APPROACH), self._at_load(TUNING_APPROACH)

        @cache
        def savings(requests: int) -> tuple[float, ...]:
            prompted, tuned = prompting(requests), tuning(requests)
            case = self.reckoning.case
            first, monthly = (
                extra(prompted, tuned, period, case, exact=True) for period in PERIODS
            )
            size = self._total(prompted) + self._total(tuned)
            pairs = zip(first, monthly, strict=True)
            return tuple(no_noise(-a - b * self.months, size) for a, b in pairs)

        def found(end: int) -> float:
            load = crossing(lambda load: savings(load)[end])
            return math.inf if load is None else load

        best, expected, worst = map(found, range(3))
        # Machines come by whole ones, so an end may cross later than what is expected.
        return spread_of((min(best, expected), expected, max(expected, worst)))

    def _at_load(self, approach: str) -> Callable[[int], tuple[Worked, ...]]:
        """Return what gives an approach's lines at other loads; those that do not move are kept."""
        total, loaded = self.totals[approach], {LOAD, *resting_on(LOAD, self.rulebook.facts)}
        moving = [
            component
            for component in self.book.components.values()
            if not loaded.isdisjoint(component.names)
        ]
        ids = {component.id for component in moving}
        fixed = tuple(one for one in total.lines if one.id not in ids)
        offered = {one.period for one in fixed if one.id in self.book.quotes}
        moving = [component for component in moving if component.period not in offered]

        def at(requests: int) -> tuple[Worked, ...]:
            case = CostFacts({**self.facts, LOAD: requests})
            return fixed + worked_out(moving, self.reckoning.quantities(total.q.choices, case))

        return at

    def _at_loads(self, loads: Sequence[int]) -> Mapping[str, tuple[Range, ...]]:
        """Return the totals over the horizon of prompting and tuning at other loads."""
        sides = {
            approach: self._at_load(approach) for approach in (PROMPTING_APPROACH, TUNING_APPROACH)
        }
        return {
            approach: tuple(self._total(at(load)) for load in loads)
            for approach, at in sides.items()
        }

    def _total(self, lines: Iterable[Worked]) -> Range:
        lines, case = tuple(lines), self.reckoning.case
        first, monthly = (added(lines, period, case, exact=True) for period in PERIODS)
        return first + monthly.times(self.months)

    # How sure it is.

    def _uncertainty(self) -> Uncertainty:
        parts = {approach: self._part(total) for approach, total in self.totals.items()}
        return uncertainty(parts, (PROMPTING_APPROACH, TUNING_APPROACH))

    def _part(self, total: Totals) -> DrawnPart:
        components = tuple(self.book.components[one.id] for one in total.worked if one.counts)
        offered = tuple(one for one in total.lines if one.id in self.book.quotes and one.counts)
        return DrawnPart(total.q, components, offered, self.months)


def _declared(id: str, facts: Vocabulary) -> bool:
    return id in facts and facts[id].origin == "computed"
