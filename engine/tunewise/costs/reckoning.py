"""Works out the costs of one case: its plans' lines, their totals, the break-even, what they rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache

from tunewise.costs.assuming import Assumptions
from tunewise.costs.book import CostBook, Period, Quote
from tunewise.costs.breakeven import BreakEven, Spread, crossing, extra, months_to_break_even, why
from tunewise.costs.capacity import Capacity
from tunewise.costs.caveats import Provisos
from tunewise.costs.estimates import Costs, Estimate
from tunewise.costs.formulas import PER_LOAD
from tunewise.costs.lines import Line, applying, make_lines, offer_line
from tunewise.costs.prices import token_price
from tunewise.costs.pricesheet import TokenPrice
from tunewise.costs.quantities import Ranges
from tunewise.costs.ranges import Range, plain, total
from tunewise.costs.uncertainty import Part, Uncertainty, uncertainty
from tunewise.errors import UserError
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import LARGEST

PROMPTING, TUNING = "prompting", "fine_tuning"
PREFIXES = {PROMPTING: "prompting", "hybrid": "hybrid", TUNING: "tuning"}
"""What the computed facts of each approach begin with."""
LOADED = frozenset({*PER_LOAD, "requests_per_month"})
PER = 1000
PERIODS: tuple[Period, Period] = ("initial", "monthly")


class Reckoning:
    """The costs of one case under one cost book, date and set of assumptions."""

    def __init__(
        self,
        rulebook: Rulebook,
        book: CostBook,
        assumptions: Assumptions,
        as_of: date,
        facts: Mapping[str, Value],
        plans: Mapping[str, Mapping[str, str]],
    ) -> None:
        self.rulebook, self.book, self.assumptions = rulebook, book, assumptions
        self.as_of, self.facts, self.given = as_of, facts, plans
        self.case = Ranges(facts, {}, assumptions, as_of)
        size = self.case.text("organisation")
        self.plans = {
            approach: {**book.plan, **_open(plan), "approach": approach, "organisation": size}
            for approach, plan in plans.items()
        }
        self.quantities = {approach: self._quantities(approach, facts) for approach in plans}
        self.components = {
            approach: applying(book, q, assumptions) for approach, q in self.quantities.items()
        }
        self.months = self._months()

    def _quantities(self, approach: str, facts: Mapping[str, Value]) -> Ranges:
        return Ranges(facts, self.plans[approach], self.assumptions, self.as_of)

    def _months(self) -> int:
        """Return the horizon: the commitment, where it is known and not zero, or what is assumed."""
        committed = self.facts.get("commitment_months")
        if isinstance(committed, int) and committed > 0:
            return committed
        return int(self.case["horizon_months"].expected)

    def costs(self) -> Costs:
        """Return everything that the case costs."""
        estimates, break_even, provisos = self._reckoned()
        return Costs(
            estimates=estimates,
            break_even=break_even,
            facts=self._computed(estimates, break_even, provisos),
            assumed=provisos.assumed(self.rulebook.facts),
            horizon_months=self.months,
            assumptions=provisos.assumptions(),
            gaps=(*provisos.gaps(), *provisos.blocked(self.given)),
            notes=tuple(provisos.notes()),
            spread=self._uncertainty,
            load=self.case["requests_per_month"].expected,
            at_loads=self._totals if break_even else None,
            labels=self.book.labels,
            doubted=frozenset(self.book.doubts),
            priced=frozenset(self.book.components),
            overdue=tuple(rate.key for rate in provisos.overdue),
            prices=self._prices(),
            prompted=self._prompted(),
        )

    def facts_alone(self) -> dict[str, Value]:
        """Return what rules may test, without all that only a reader wants."""
        estimates, break_even, provisos = self._reckoned()
        return self._computed(estimates, break_even, provisos)

    def _reckoned(self) -> tuple[dict[str, Estimate], BreakEven | None, Provisos]:
        self._check_model()
        estimates = {approach: self._estimate(approach) for approach in self.plans}
        all_ = {**self.quantities, "": self.case}
        words = self.rulebook.decisions
        provisos = Provisos(
            self.book, self.assumptions, all_, self.as_of, self.months, estimates, words
        )
        return estimates, self._break_even(estimates), provisos

    def _prices(self) -> tuple[TokenPrice, ...]:
        """Return the token prices used, in the order of the approaches, each model once."""
        found: dict[str, TokenPrice] = {}
        for price in (q.price for q in self.quantities.values() if q.priced):
            found.setdefault(price.model, price)
        return tuple(found.values())

    def _prompted(self) -> TokenPrice | None:
        """Return the token price that prompting pays, None where it pays for none."""
        prompting = self.quantities.get(PROMPTING)
        return prompting.price if prompting is not None and prompting.priced else None

    def _check_model(self) -> None:
        """Refuse a model that has no price, also where no plan would use it."""
        if "base_model" in self.facts:
            token_price(str(self.facts["base_model"]), self.as_of)

    def _estimate(self, approach: str) -> Estimate:
        q = self.quantities[approach]
        lines = make_lines(self.components[approach], q, self.assumptions)
        lines = self._quoted(approach, lines)
        initial, monthly = (
            total(line.amount for line in lines if line.period == period) for period in PERIODS
        )
        horizon = initial + monthly.times(self.months)
        if horizon.high > LARGEST:
            message = f"{approach} would cost more than {LARGEST:,} USD over {self.months} months"
            raise UserError(f"costs: {message}; check requests_per_month and the tokens of each")
        requests = q["requests_per_month"].times(self.months)
        per = horizon.times(PER).over(requests).in_cents() if requests.low > 0 else None
        return Estimate(approach, lines, initial, monthly, horizon, per)

    def _quoted(self, approach: str, lines: tuple[Line, ...]) -> tuple[Line, ...]:
        """Return the lines, those of a period replaced by the offer that the user has for it."""
        for quote, offer in self._offers(approach):
            lines = tuple(line for line in lines if line.period != quote.period)
            lines = (*lines, offer_line(quote, offer))
        return lines

    def _offers(self, approach: str) -> Iterator[tuple[Quote, Range]]:
        for quote in self.book.quotes.values():
            offer = self.assumptions.setting(quote.id)
            if quote.approach == approach and isinstance(offer, Range):
                yield quote, offer

    def _break_even(self, estimates: Mapping[str, Estimate]) -> BreakEven | None:
        if PROMPTING not in estimates or TUNING not in estimates:
            return None
        prompting, tuning = estimates[PROMPTING].lines, estimates[TUNING].lines
        more, monthly = (extra(prompting, tuning, period) for period in PERIODS)
        saved = [-amount for amount in monthly.values]
        reason = why(more.expected, saved[1])
        months = Spread(*map(months_to_break_even, more.values, saved))
        return BreakEven(
            months, reason, self.book.says[reason], lambda: self._crossings(prompting, tuning)
        )

    def _crossings(self, prompting: tuple[Line, ...], tuning: tuple[Line, ...]) -> Spread:
        """Return the loads from which tuning costs no more than prompting over the horizon."""
        sides = (self._at_load(PROMPTING, prompting), self._at_load(TUNING, tuning))

        @cache
        def savings(requests: int) -> tuple[Decimal, ...]:
            prompted, tuned = (at(requests) for at in sides)
            first, monthly = (extra(prompted, tuned, period, exact=True) for period in PERIODS)
            months = [amount * self.months for amount in monthly.values]
            return tuple(-a - b for a, b in zip(first.values, months, strict=True))

        return Spread(
            crossing(lambda load: savings(load)[0]),
            crossing(lambda load: savings(load)[1]),
            crossing(lambda load: savings(load)[2]),
        )

    def _at_load(self, approach: str, lines: Iterable[Line]) -> Callable[[int], tuple[Line, ...]]:
        """Return what gives an approach's lines at other loads; those that do not move are kept."""
        quoted = {quote.period for quote, _ in self._offers(approach)}
        moving = [c for c in self.components[approach] if not LOADED.isdisjoint(c.names)]
        ids = {component.id for component in moving}
        fixed = tuple(line for line in lines if line.id not in ids)
        moving = [component for component in moving if component.period not in quoted]

        def at(requests: int) -> tuple[Line, ...]:
            q = self._quantities(approach, {**self.facts, "requests_per_month": requests})
            return fixed + make_lines(moving, q, self.assumptions)

        return at

    def _totals(self, loads: Sequence[int]) -> Mapping[str, tuple[Range, ...]]:
        """Return the totals over the horizon of prompting and tuning at other loads."""
        sides = {
            approach: self._at_load(approach, self._estimate(approach).lines)
            for approach in (PROMPTING, TUNING)
        }
        return {
            approach: tuple(self._total(at(load)) for load in loads)
            for approach, at in sides.items()
        }

    def _total(self, lines: Iterable[Line]) -> Range:
        times = {"initial": 1, "monthly": self.months}
        return total(line.exact.times(times[line.period]) for line in lines)

    def _uncertainty(self) -> Uncertainty:
        parts = {approach: self._part(approach) for approach in self.plans}
        return uncertainty(parts, self.assumptions, (PROMPTING, TUNING))

    def _part(self, approach: str) -> Part:
        offers: dict[str, tuple[Range, ...]] = {}
        for quote, offer in self._offers(approach):
            offers[quote.period] = (*offers.get(quote.period, ()), offer)
        plan, components = self.quantities[approach], self.components[approach]
        return Part(plan, components, offers, self.months)

    def _computed(
        self,
        estimates: Mapping[str, Estimate],
        break_even: BreakEven | None,
        provisos: Provisos,
    ) -> dict[str, Value]:
        """Return the facts that rules may test: expected values, those that the vocabulary declares."""
        facts: dict[str, Value] = {}
        for approach, estimate in estimates.items():
            prefix = PREFIXES.get(approach, approach)
            for part in ("initial", "monthly", "horizon"):
                facts[f"{prefix}_{part}_usd"] = plain(getattr(estimate, part).expected)
        if break_even is not None:
            months = break_even.months.expected
            if months is not None and months <= LARGEST:
                facts["break_even_months"] = plain(round(months, 2))
            facts["tuning_pays_back"] = months is not None and months <= self.months
        facts["base_model_ends"] = provisos.ending is not None
        facts["tuning_service_ends"] = provisos.tuning_ending is not None
        if TUNING in self.quantities:
            facts |= Capacity(self.quantities[TUNING]).facts()
        declared = self.rulebook.facts
        return {
            id: value
            for id, value in facts.items()
            if id in declared and declared[id].origin == "computed"
        }


def _open(plan: Mapping[str, str]) -> dict[str, str]:
    """Return the options that a plan settled on; a blocked decision has none."""
    return {decision: option for decision, option in plan.items() if option != BLOCKED}
