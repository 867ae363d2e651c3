"""What one case costs, for rules and for readers: estimates, break-even, totals at other loads, what they rest on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache

from tunewise.costs.assuming import Assumptions
from tunewise.costs.book import CostBook
from tunewise.costs.breakeven import BREAK_EVEN_REASONS, BreakEven, Crossings, crossings, spread_of
from tunewise.costs.caveats import CaseCaveats, holes
from tunewise.costs.choices import CostFacts, every
from tunewise.costs.estimates import CheaperModel, Costs, Estimate
from tunewise.costs.estimator import PROMPTING_APPROACH, TUNING_APPROACH, Estimator
from tunewise.costs.explained import explained
from tunewise.costs.kernel import ONE
from tunewise.costs.lines import line, offers, with_offers, worked_out
from tunewise.costs.modelclass import EFFICIENT, MODEL
from tunewise.costs.negotiated import may_be_used
from tunewise.costs.price_path import yearly
from tunewise.costs.prices import token_price
from tunewise.costs.pricesheet import TokenPrice
from tunewise.costs.quantities import Quantities
from tunewise.costs.ranges import Range, plain_number
from tunewise.costs.reading_formulas import resting_on
from tunewise.costs.sampling import Take
from tunewise.costs.served import how_served
from tunewise.costs.totals import LOAD, Totals, totals
from tunewise.costs.uncertainty import Uncertainty, uncertainty
from tunewise.costs.worth import worth
from tunewise.errors import UserError
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import LARGEST_NUMBER, Vocabulary, with_unit


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
            over = f"{LARGEST_NUMBER:,} USD over {with_unit(str(self.months), 'months')}"
            message = f"{total.approach} would cost more than {over}"
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
            gaps=tuple(provisos.gaps()),
            notes=(*provisos.blocked(self.given), *provisos.notes()),
            spread=self._uncertainty,
            load=self.reckoning.case.central[LOAD].expected,
            at_loads=self._at_loads if break_even else None,
            labels=self.book.labels,
            doubted=frozenset(self.book.doubts),
            priced=frozenset(self.book.components),
            overdue=tuple(rate.key for rate in provisos.overdue),
            prices=self._prices(),
            prompted=self._price(PROMPTING_APPROACH),
            other_model=self._cheaper,
        )

    def _cheaper(self) -> CheaperModel | None:
        """Return prompting with the usual model of the cheaper kind, None where it costs no less or is not allowed."""
        own = self.totals.get(PROMPTING_APPROACH)
        model = self.assumptions.setting(MODEL, EFFICIENT)
        if own is None or not own.priced or not isinstance(model, str):
            return None
        if not may_be_used(self.book, model):
            return None
        choices = {**own.q.choices, "model_size": every(EFFICIENT, ONE)}
        facts = CostFacts({id: value for id, value in self.facts.items() if id != MODEL})
        other = self.reckoning.total(PROMPTING_APPROACH, self.reckoning.quantities(choices, facts))
        less = other.horizon.expected < own.horizon.expected
        return CheaperModel(model, self._estimate(other)) if less else None

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
            input_usd_per_mtok=ONE.percentiles(price.input_usd_per_mtok)[1],
            output_usd_per_mtok=ONE.percentiles(price.output_usd_per_mtok)[1],
        )

    def _estimate(self, total: Totals) -> Estimate:
        initial, monthly = total.initial.in_dollars(), total.monthly.in_dollars()
        per = total.per_1000.in_dollars()
        lines = tuple(
            line(one, amount, self.assumptions, yearly(total.q, one.of.paid))
            for one, amount in zip(total.lines, total.amounts, strict=True)
            if one.costs
        )
        horizon = total.horizon.in_dollars()
        return Estimate(
            total.approach,
            lines,
            initial,
            monthly,
            horizon,
            per if per.expected == per.expected else None,
            lambda: explained(
                total.q, (name for one in lines for name in one.terms), self.rulebook
            ),
            lambda: how_served(total.q),
            lambda month: total.after(month).in_dollars(),
            lambda: [
                span.in_dollars()
                for one, span in zip(total.lines, total.over_horizon, strict=True)
                if one.costs
            ],
            self._price(total.approach),
            holes=tuple(gap.hole for gap in holes(total.q)),
            value=lambda: worth(total),
        )

    def _break_even(self) -> BreakEven | None:
        found = self.reckoning.overtaking
        if found is None:
            return None
        reason = BREAK_EVEN_REASONS[found.reasons]
        said = self.book.says[reason].format(months=self.months)
        return BreakEven(spread_of(found.months.values), reason, said, self._crossings)

    # At other loads.

    def _crossings(self) -> Crossings:
        """Return the loads from which tuning costs no more than prompting over the horizon."""
        prompting, tuning = self._at_load(PROMPTING_APPROACH), self._at_load(TUNING_APPROACH)

        @cache
        def saved(requests: int) -> Sequence[float]:
            less = (
                prompting(requests).drawn["horizon"].expected
                - tuning(requests).drawn["horizon"].expected
            )
            return Range.of(less).percentiles().values

        return crossings(saved)

    def _at_load(self, approach: str) -> Callable[[int], Totals]:
        """Return what gives an approach's totals at other loads; lines that do not move are kept."""
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

        def at(requests: int) -> Totals:
            q = self.reckoning.quantities(
                total.q.choices, CostFacts({**self.facts, LOAD: requests})
            )
            worked = worked_out(moving, q)
            return totals(approach, q, worked, fixed + worked)

        return at

    def _at_loads(self, loads: Sequence[int]) -> Mapping[str, tuple[Range, ...]]:
        """Return the totals over the horizon of prompting and tuning at other loads."""
        sides = {
            approach: self._at_load(approach) for approach in (PROMPTING_APPROACH, TUNING_APPROACH)
        }
        return {
            approach: tuple(at(load).horizon.in_dollars() for load in loads)
            for approach, at in sides.items()
        }

    # How sure it is.

    def _uncertainty(self) -> Uncertainty:
        parts = {approach: self._part(total) for approach, total in self.totals.items()}
        return uncertainty(self.reckoning, parts, (PROMPTING_APPROACH, TUNING_APPROACH))

    def _part(self, total: Totals) -> Callable[[Take], Totals]:
        """Return what gives an approach's totals with other values of its inputs."""

        def part(take: Take) -> Totals:
            choices, settings = total.q.choices, self.assumptions
            q = Quantities(self.reckoning.facts, choices, settings, total.q.as_of, take)
            worked = worked_out(self.book.components.values(), q)
            offered = offers(self.book, total.approach, q)
            return totals(total.approach, q, worked, with_offers(worked, offered, q))

        return part


def _declared(id: str, facts: Vocabulary) -> bool:
    return id in facts and facts[id].origin == "computed"
