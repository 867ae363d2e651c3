"""Every quantity of a plan by name: worked out, known of the case, or assumed; and what each rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import TypeVar

from tunewise.costs.assuming import Assumptions
from tunewise.costs.book import CARD, SERVING, Applies, Component
from tunewise.costs.choices import Choice, CostFacts, every
from tunewise.costs.formulas import FORMULAS
from tunewise.costs.kernel import Mask, Number, both, is_whole, lacking
from tunewise.costs.modelclass import MODEL, own_model
from tunewise.costs.ranges import Range
from tunewise.costs.resting import PRICED, AssumedUse, QuantityTrace
from tunewise.costs.sampling import Take, as_expected
from tunewise.costs.serving_choice import Served, cheapest
from tunewise.costs.settings import as_range
from tunewise.costs.token_prices import AskedPrice, Price, mixed_price
from tunewise.knowledge.vocabulary import UNKNOWN

PRICE_FACTOR, FRONTIER = "token_price_factor", "frontier"
QuantityT = TypeVar("QuantityT")
Make = Callable[[], Range]


class Quantities:
    """Every quantity of one plan by name: a formula, a fact, or what is assumed in its place.

    `choices` are the plan's options with `approach` and `organisation`. Every input that has a range is taken by its
    name, so that plans which take from one source share what they have in common. Formulas branch through `where`,
    `stated`, `held` and `by` alone, so that they hold for one case and for many: a branch is taken where anything
    asks for it.
    """

    def __init__(
        self,
        facts: CostFacts,
        choices: Mapping[str, Choice],
        assumptions: Assumptions,
        as_of: date,
        take: Take = as_expected,
    ) -> None:
        self.facts, self.choices, self.assumptions, self.as_of = facts, choices, assumptions, as_of
        self.take, self.kernel = take, facts.kernel
        self._kept: dict[str, tuple[Range, QuantityTrace]] = {}
        self._texts: dict[tuple[str, str], tuple[Choice, QuantityTrace]] = {}
        self._trace, self._here = QuantityTrace(), True  # type: tuple[QuantityTrace, Mask]
        self._price: tuple[Price, QuantityTrace] | None = None
        self._served: tuple[Served, QuantityTrace] | None = None

    # What formulas and lines ask for.

    def of(self, number: Number) -> Range:
        """Return a number as a quantity."""
        return Range.of(number, self.kernel)

    def ranging(self, name: str, span: Range) -> Range:
        """Return an assumption or a rate within its range, or one value as far as it can be relied on."""
        if not span.single:
            return self.of(self.take(name, span))
        basis = "given" if name in self.assumptions.overrides else "assumed"
        return self._doubted(name, self.of(span.expected), basis)

    def _doubted(self, name: str, value: Range, basis: str) -> Range:
        """Return a figure times the factors by which such figures may be off."""
        doubt = self.assumptions.book.doubts.get(name)
        if doubt is None:
            return value
        span = (doubt.given if basis == "given" else doubt.assumed).range
        return value * self.of(self.take(name, span))

    def __getitem__(self, name: str) -> Range:
        """Return a quantity; raise UserError where nothing by that name is known."""
        if name not in self._kept:
            self._kept[name] = self.traced(lambda: self._work_out(name))
        value, trace = self._kept[name]
        self._rest_on(name, trace)
        return value

    def product(self, names: Iterable[str | float]) -> Range:
        """Return the product of quantities."""
        result = self.of(1)
        for name in names:
            result = result * (self[name] if isinstance(name, str) else self.of(name))
        return result

    def where(self, name: str, option: str, then: Make, otherwise: Make) -> Range:
        """Return one quantity where a choice or fact has a value, the other where it has not."""
        return self.branch(self._asked(name).has(option), then, otherwise)

    def stated(self, fact: str, then: Make, otherwise: Make) -> Range:
        """Return one quantity where the case states a fact, the other where it is unknown."""
        return self.branch(self.facts.stated(fact), then, otherwise)

    def held(self, fact: str, then: Make, otherwise: Make) -> Range:
        """Return one quantity where the case states more than none of a fact, the other where it does not."""
        held = self.facts.number(fact) > 0 if fact in self.facts else False
        return self.branch(held, then, otherwise)

    def by(self, name: str, fact: str) -> Range:
        """Return the quantity whose name ends in a fact's value, such as peak_factor_steady."""
        return self._by(name, self._asked(fact), 0)

    def _by(self, name: str, choice: Choice, place: int) -> Range:
        if place == len(choice.values):
            return self[f"{name}_{UNKNOWN}"]
        has = choice.codes == place
        named = f"{name}_{choice.values[place]}"
        return self.branch(has, lambda: self[named], lambda: self._by(name, choice, place + 1))

    @property
    def price(self) -> Price:
        """What the tokens of a prompted request cost."""
        if self._price is None:
            self._price = self.traced(self._priced)
        price, trace = self._price
        for name in trace.inputs:
            self._trace.inputs[name] = None
        self._trace.join(trace, self._here)
        self._trace.add(PRICED, self._here)
        return price

    # What it rests on.

    def traced(self, make: Callable[[], QuantityT]) -> tuple[QuantityT, QuantityTrace]:
        """Return a result, and what it rests on."""
        outer, self._trace, self._here = (self._trace, self._here), QuantityTrace(), True
        try:
            return make(), self._trace
        finally:
            self._trace, self._here = outer

    def resting(self, name: str) -> QuantityTrace:
        """Return what a quantity rests on."""
        self.traced(lambda: self[name])
        return self._kept[name][1]

    def inputs(self, name: str) -> tuple[str, ...]:
        """Return the quantities and names that a quantity is worked out from."""
        return tuple(self.resting(name).inputs)

    def _rest_on(self, name: str, trace: QuantityTrace) -> None:
        self._trace.inputs[name] = None
        self._trace.join(trace, self._here)

    def _use(self, use: AssumedUse, where: Mask = True) -> None:
        self._trace.add(use, both(self._here, where))

    # How it is worked out.

    def branch(self, mask: Mask, then: Make, otherwise: Make) -> Range:
        """Return one quantity where a mask holds, the other where it does not."""
        if self.kernel.all(mask):
            return then()
        if not self.kernel.any(mask):
            return otherwise()
        ours = self._under(mask, then)
        return ours.where(mask, self._under(self.kernel.no(mask), otherwise))

    def _under(self, mask: Mask, make: Make) -> Range:
        """Return what only the rows for which a mask holds will take."""
        outer, self._here = self._here, both(self._here, mask)
        try:
            return make()
        finally:
            self._here = outer

    def _work_out(self, name: str) -> Range:
        if name in FORMULAS:
            return FORMULAS[name](self)
        if name not in self.facts:
            return self._assumed(name)
        return self.stated(name, lambda: self.known(name), lambda: self._assumed(name))

    def known(self, name: str) -> Range:
        """Return what the case states as a quantity, as far as such figures can be relied on."""
        return self._doubted(name, self.of(self.facts.number(name)), "given")

    def _assumed(self, name: str) -> Range:
        by = self.assumptions.by(name)
        self._use(AssumedUse(name, by))
        if not by:
            found = self.assumptions.setting(name)
            if isinstance(found, Range):
                return self.ranging(name, found)
            return self.of(lacking(self.kernel, name))
        return self._picked(name, self.text(by))

    def _picked(self, name: str, choice: Choice) -> Range:
        """Return what is assumed for each option of a choice."""
        spans = [self._span(name, option) for option in choice.values]
        if len(spans) == 1 and self.kernel.all(choice.known):
            return self.ranging(name, spans[0])
        if not spans:
            lacking(self.kernel, name)
        if all(span.single for span in spans):
            value = self.of(choice.pick([span.expected for span in spans]))
            return self._doubted(name, value, "assumed")
        low, expected, high = zip(*(span.values for span in spans), strict=True)
        picked = Range(choice.pick(low), choice.pick(expected), choice.pick(high), self.kernel)
        return self.of(self.take(name, picked))

    def _span(self, name: str, option: str) -> Range:
        found = self.assumptions.setting(name, option)
        return found if isinstance(found, Range) else Range.of(lacking(self.kernel, name))

    def choice(self, name: str) -> Choice:
        """Return the options of a choice, or of a fact where the plan has no such choice."""
        if name in self.choices:
            return self.choices[name]
        if name in (SERVING, CARD):
            return self.served.serving if name == SERVING else self.served.card
        found = self.facts.choice(name)
        return own_model(found, self) if name == MODEL else found

    @property
    def served(self) -> Served:
        """What serves the plan's model: of all that fits, the cheapest as expected."""
        served, trace = self._serving()
        self._trace.inputs |= trace.inputs
        self._trace.join(trace, self._here)
        return served

    def _serving(self) -> tuple[Served, QuantityTrace]:
        if self._served is None and self.take is as_expected:
            self._served = self.traced(lambda: cheapest(self))
        elif self._served is None:
            self._served = self.central._serving()
        return self._served

    def admits(self, wanted: Applies) -> Mask:
        """Return where the plan, or a fact, has the options asked for; one that it lacks is not the one asked for."""
        found: Mask = True
        for name, allowed in wanted.items():
            options = (allowed,) if isinstance(allowed, str) else allowed
            if name in self.choices:
                found = both(found, self.choices[name].among(options))
            elif name == SERVING and self.choices:
                found = both(found, self._serving()[0].serving.among(options))
            elif name in self.facts:
                found = both(found, self.facts.choice(name).among(options))
            else:
                return False
            if found is False:
                break
        return found

    def rate(self, component: Component) -> Range:
        """Return the rate of a component: the user's, a quantity, or that of the cost book."""
        override = self.assumptions.overrides.get(component.id)
        if isinstance(override, Range):
            return self.ranging(component.id, override)
        if isinstance(component.rate, str):
            return self[component.rate]
        return self.ranging(component.id, as_range(component.rate))

    def _asked(self, name: str) -> Choice:
        """Return the options of a choice or fact that a quantity goes by, where any is known."""
        found = self.choice(name)
        if found.values:
            self._trace.inputs[name] = None
        return found

    def text(self, name: str, option: str = "") -> Choice:
        """Return a choice or name: the plan's, the case's, or what is assumed, for one option or that of a choice."""
        if (name, option) not in self._texts:
            self._texts[name, option] = self.traced(lambda: self._text(name, option))
        found, trace = self._texts[name, option]
        self._rest_on(name, trace)
        return found

    def _text(self, name: str, option: str) -> Choice:
        found = self.choice(name)
        if name in (SERVING, CARD):
            return found
        missing = self.kernel.no(found.known)
        if not self.kernel.any(missing):
            return found
        by = "" if option else self.assumptions.by(name)
        self._use(AssumedUse(name, by, option), missing)
        self._here = missing
        choice = self.text(by) if by else every(option, self.kernel)
        return found.filled(choice.each(lambda one: self._name(name, one)))

    def _name(self, name: str, option: str) -> str | None:
        setting = self.assumptions.setting(name, option)
        if isinstance(setting, str):
            return setting
        lacking(self.kernel, name)
        return None

    def named(self, name: str) -> tuple[Choice, tuple[str, ...]]:
        """Return a choice or name, and the one that it is taken by where it is assumed."""
        own = name != MODEL or self.choices["approach"].values == ("prompting",)
        option = "" if own else FRONTIER
        self.text(name, option)
        found, trace = self._texts[name, option]
        return found, tuple(trace.inputs)

    @property
    def models(self) -> Choice:
        """The model that prompting uses, as 'provider/model'; where unknown, one of the plan's size."""
        return self.named(MODEL)[0]

    def _priced(self) -> Price:
        for name in ("request_input_tokens", "output_tokens"):  # some prices rest on them
            self[name]
        sent = is_whole(self.kernel, self.central["request_input_tokens"].expected)
        factor = self[PRICE_FACTOR].expected if self.assumptions.given(PRICE_FACTOR) else 1.0
        cached, waiting = self["cached_input_share"].expected, self["batch_share"].expected
        return self.listed(AskedPrice(self.models, sent, cached, waiting, factor))

    @cached_property
    def central(self) -> Quantities:
        """The same quantities with every input as expected."""
        return Quantities(self.facts, self.choices, self.assumptions, self.as_of)

    def listed(self, asked: AskedPrice) -> Price:
        """Return the price of requests on the day."""
        return mixed_price(asked, self.as_of)

    def given(self, name: str) -> Mask:
        """Return where an assumption has a value: what a case states is not overridden in it."""
        there = self.assumptions.given(name)
        if there == self.assumptions.without((name,)).given(name):
            return there
        return self.kernel.no(self.facts.stated(name))
