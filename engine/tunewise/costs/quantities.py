"""Every quantity of a plan by name: worked out, known of the case, or assumed; and which it was."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Generic

from tunewise.costs.assuming import Assumptions
from tunewise.costs.book import Choices
from tunewise.costs.formulas import FORMULAS
from tunewise.costs.prices import token_price
from tunewise.costs.pricesheet import TokenPrice
from tunewise.costs.ranges import Number, Q, Range
from tunewise.errors import UserError
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.vocabulary import UNKNOWN

PRICE_FACTOR = "token_price_factor"


class Quantities(ABC, Generic[Q]):
    """What formulas and lines ask of a plan: every quantity by name, and one of two by what holds.

    Formulas branch through `where`, `stated`, `held` and `by` alone, so that they also hold for many cases at once.
    """

    @abstractmethod
    def of(self, number: Number) -> Q:
        """Return a number as a quantity."""

    @abstractmethod
    def ranging(self, name: str, span: Range) -> Q:
        """Return an assumption or a rate as a quantity."""

    @abstractmethod
    def __getitem__(self, name: str) -> Q:
        """Return a quantity."""

    @abstractmethod
    def product(self, names: tuple[str | Number, ...]) -> tuple[Q, tuple[str, ...]]:
        """Return the product of quantities, and the assumptions that it rests on."""

    @abstractmethod
    def where(self, name: str, option: str, then: Callable[[], Q], otherwise: Callable[[], Q]) -> Q:
        """Return one quantity where a choice or fact has a value, the other where it has not."""

    @abstractmethod
    def stated(self, fact: str, then: Callable[[], Q], otherwise: Callable[[], Q]) -> Q:
        """Return one quantity where the case states a fact, the other where it is unknown."""

    @abstractmethod
    def held(self, fact: str, then: Callable[[], Q], otherwise: Callable[[], Q]) -> Q:
        """Return one quantity where the case states more than none of a fact, the other where it does not."""

    @abstractmethod
    def by(self, name: str, fact: str) -> Q:
        """Return the quantity whose name ends in a fact's value, such as peak_factor_steady."""

    @property
    @abstractmethod
    def price(self) -> TokenPrice:
        """What the tokens of a prompted request cost."""


class PlanQuantities(Quantities[Q]):
    """Every quantity of one plan by name: a formula, a fact, or what is assumed in its place.

    `choices` are the plan's options with `approach` and `organisation`. `assumed` collects what was
    assumed, each with the option it was taken for; `priced` tells whether a token price was looked up.
    """

    def __init__(
        self,
        facts: Mapping[str, Value],
        choices: Choices,
        assumptions: Assumptions,
        as_of: date,
    ) -> None:
        self.facts, self.choices, self.assumptions, self.as_of = facts, choices, assumptions, as_of
        self._found: dict[str, tuple[Q, frozenset[str]]] = {}
        self._using: list[set[str]] = [set()]
        self.assumed: set[tuple[str, str]] = set()
        self.priced = False

    @abstractmethod
    def known(self, name: str, number: Number) -> Q:
        """Return what the case states as a quantity."""

    def __getitem__(self, name: str) -> Q:
        """Return a quantity; raise UserError where nothing by that name is known."""
        if name not in self._found:
            self._using.append(set())
            value = self._work_out(name)
            self._found[name] = (value, frozenset(self._using.pop()))
        value, used = self._found[name]
        self._using[-1] |= used
        return value

    def product(self, names: tuple[str | Number, ...]) -> tuple[Q, tuple[str, ...]]:
        """Return the product of quantities, and the assumptions that it rests on."""
        self._using.append(set())
        result = self.of(1)
        for name in names:
            result = result * (self[name] if isinstance(name, str) else self.of(name))
        return result, tuple(sorted(self._using.pop()))

    def where(self, name: str, option: str, then: Callable[[], Q], otherwise: Callable[[], Q]) -> Q:
        """Return one quantity where a choice or fact has a value, the other where it has not."""
        found: object = self.choices.get(name) or self.facts.get(name)
        return then() if found == option else otherwise()

    def stated(self, fact: str, then: Callable[[], Q], otherwise: Callable[[], Q]) -> Q:
        """Return one quantity where the case states a fact, the other where it is unknown."""
        return then() if fact in self.facts else otherwise()

    def held(self, fact: str, then: Callable[[], Q], otherwise: Callable[[], Q]) -> Q:
        """Return one quantity where the case states more than none of a fact, the other where it does not."""
        return then() if self.facts.get(fact) else otherwise()

    def by(self, name: str, fact: str) -> Q:
        """Return the quantity whose name ends in a fact's value, such as peak_factor_steady."""
        return self[f"{name}_{self.facts.get(fact, UNKNOWN)}"]

    def _work_out(self, name: str) -> Q:
        if name in FORMULAS:
            return FORMULAS[name](self)
        if name in self.facts:
            return self.known(name, self.facts[name])  # type: ignore[arg-type]
        return self._assumed(name)

    def _assumed(self, name: str) -> Q:
        setting = self._setting(name)
        if isinstance(setting, Range):
            return self.ranging(name, setting)
        raise UserError(f"costs: '{name}' is needed and neither known nor assumed")

    def _setting(self, name: str, option: str = "") -> Range | str | None:
        by = self.assumptions.by(name)
        if by and not option:
            option = self.text(by)
        self._using[-1].add(name)
        self.assumed.add((name, option))
        return self.assumptions.setting(name, option)

    def text(self, name: str) -> str:
        """Return a choice or name: the plan's, the case's, or what is assumed."""
        found: object = self.choices.get(name) or self.facts.get(name)
        if found is None:
            found = self._setting(name)
        if not isinstance(found, str):
            raise UserError(f"costs: '{name}' is needed and neither known nor assumed")
        return found

    @property
    def model(self) -> str:
        """The model that prompting uses, as 'provider/model'.

        Where it is unknown, one of the plan's size; a hybrid's size is that of its tuned core.
        """
        if "base_model" in self.facts or self.choices["approach"] == "prompting":
            return self.text("base_model")
        return str(self._setting("base_model", "frontier"))


class Ranges(PlanQuantities[Range]):
    """Every quantity as low, expected and high."""

    def of(self, number: Number) -> Range:
        """Return a number as a quantity."""
        return Range.of(number)

    def known(self, name: str, number: Number) -> Range:
        """Return what the case states: one value."""
        return Range.of(number)

    def ranging(self, name: str, span: Range) -> Range:
        """Return an assumption or a rate: as the cost book has it."""
        return span

    @property
    def price(self) -> TokenPrice:
        """What the tokens of a prompted request cost."""
        self.priced = True
        listed = self._listed(self["batch_share"].expected)
        if not self.assumptions.given(PRICE_FACTOR):
            return listed
        return listed.times(self[PRICE_FACTOR].expected)

    @property
    def batch_missing(self) -> bool:
        """Whether requests are to wait for a batch price that the model does not have."""
        share = self["batch_share"].expected
        return bool(share) and self._listed(share) == self._listed(Decimal(0))

    def _listed(self, batch_share: Decimal) -> TokenPrice:
        sent = int(self["request_input_tokens"].expected)
        cached = int(sent * self["cached_input_share"].expected)
        received = int(self["output_tokens"].expected)
        return token_price(self.model, self.as_of, sent, received, cached, batch_share)
