"""What a rulebook knows of costs, as frozen values: assumptions, components, gaps, endings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Literal, get_args

import msgspec

from tunewise.costs.settings import DatedValue, Setting, Span, Written, latest
from tunewise.knowledge.vocabulary import LARGEST_NUMBER
from tunewise.structure import Frozen

Basis = Literal["given", "assumed", "document", "price_list"]
Period = Literal["initial", "monthly"]
ServingTerms = Literal["own", "on_demand", "reserved", "spot", "endpoint", "by_token"]
SERVING, CARD = "serving", "card"
"""What is chosen by its cost, not by rules: the way of serving, and its kind of card."""
OWN: ServingTerms = "own"
BY_MEMORY, ANY_SERVING = "by_memory", "cheapest"
"""What stands for the kind of own cards that their memory tells, and for whatever serves most cheaply."""
RENTED_TERMS: tuple[ServingTerms, ...] = ("on_demand", "reserved", "spot")
"""The terms among which a user chooses for cards that are rented."""
BASES: tuple[str, ...] = get_args(Basis)
PAID_MONTHS = "paid_months"
"""The quantity that monthly amounts are multiplied by whose price stays as it is."""
Applies = dict[str, str | tuple[str, ...]]
"""The options with which something counts: one or several, by decision or choice."""


class Assumption(Frozen, frozen=True, kw_only=True):
    """What is taken where nothing is known: one `value`, or `values` by a fact or decision.

    A number, a span, or the name of an option or model; nothing where it counts only once it is given. A `single`
    one is chosen or counted, so that no range of it is drawn.
    """

    id: str
    label: str
    unit: str = ""
    value: Written = None
    by: str = ""
    values: dict[str, Written] = msgspec.field(default_factory=dict)
    minimum: int | float = 0
    maximum: int | float = LARGEST_NUMBER
    single: bool = False
    sources: tuple[str, ...] = ()
    checked: str = ""
    note: str = ""

    @property
    def settings(self) -> Mapping[str, Setting]:
        """The values by option, under '' where there is only one."""
        written = self.values if self.by else {"": self.value}
        return {option: latest(one) for option, one in written.items()}

    @property
    def textual(self) -> bool:
        """Whether the assumption is a name, such as a model's, and not a number."""
        return any(isinstance(setting, str) for setting in self.settings.values())


class Component(Frozen, frozen=True, kw_only=True, rename={"applies": "for"}, dict=True):
    """One cost: a rate times the product of its quantities, in the plans that `for` admits.

    `of` takes the amounts of earlier components as the quantity; `every` spreads a monthly rate that is
    due each so many months; `when` and `unless` name an assumption that must, or must not, be given. `paid` is the
    quantity that a monthly amount is multiplied by over the horizon: its months at the price of the day. What is not
    `budgeted` is the time of one's own people, which no budget is held against.
    """

    id: str
    item: str
    period: Period
    unit: str
    rate: int | float | str | Span | tuple[DatedValue, ...]
    basis: Basis
    checked: str
    quantity: tuple[int | float | str, ...] = ()
    of: tuple[str, ...] = ()
    applies: Applies = msgspec.field(default_factory=dict)
    when: str = ""
    unless: str = ""
    every: int = 1
    paid: str = PAID_MONTHS
    budgeted: bool = True
    sources: tuple[str, ...] = ()
    note: str = ""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The quantities and rate that are looked up by name."""
        return tuple(term for term in (*self.quantity, self.rate) if isinstance(term, str))


class Serving(Frozen, frozen=True, kw_only=True, rename={"applies": "for"}):
    """A way to serve a model: on cards of a kind, owned, rented or a service's, or by the token.

    `own_gb` is the memory of own cards from which they are taken for this kind; a service by the token takes models
    of at most `most_billion` parameters. What it costs are the components that name it.
    """

    id: str
    label: str
    terms: ServingTerms
    card: str = ""
    applies: Applies = msgspec.field(default_factory=dict)
    own_gb: int | float = 0
    most_billion: int | float = LARGEST_NUMBER


class Doubt(Frozen, frozen=True, kw_only=True):
    """By what factors a figure may be off: one that a case states, and one assumed in its place."""

    id: str
    given: Span
    assumed: Span
    sources: tuple[str, ...] = ()
    note: str = ""


class Quote(Frozen, frozen=True, kw_only=True):
    """An offer at hand, in place of all lines that an approach has in a period."""

    id: str
    approach: str
    period: Period
    item: str

    @property
    def paid(self) -> str:
        """The quantity that it is multiplied by over the horizon."""
        return PAID_MONTHS

    @property
    def budgeted(self) -> bool:
        """Whether a budget is held against it."""
        return True


class Gap(Frozen, frozen=True, kw_only=True, rename={"applies": "for"}):
    """A cost that nobody has put a figure on: named in the total, never counted as zero."""

    id: str
    says: str
    name: str = ""
    applies: Applies = msgspec.field(default_factory=dict)
    unless: str = ""

    @property
    def hole(self) -> str:
        """Its name in a total; without one, as in older books, what stands before the colon of its sentence."""
        return self.name or self.says.partition(":")[0].rstrip(".")


class Ending(Frozen, frozen=True, kw_only=True):
    """The day on which models stop answering, with every tune of them, or on which services close.

    Without a day: no end was announced when it was checked. `tuning` are the providers whose models can from then
    on no longer be tuned.
    """

    id: str
    sources: tuple[str, ...]
    checked: str
    ends: str = ""
    models: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    tuning: tuple[str, ...] = ()


class Lever(Frozen, frozen=True, kw_only=True):
    """A quantity at which the decision is tried, from `least` to `most` in whole steps.

    `id` is a fact, or an assumption where no fact is called so; where a case does not state it, the value
    of the assumption `instead` or of its own counts, and else `usual`. A value is shown `times` as large.
    """

    id: str
    label: str
    unit: str
    least: int | float
    most: int | float
    step: int | float = 1
    instead: str = ""
    usual: int | float = 0
    times: int = 1


@dataclass(frozen=True)
class CostBook:
    """All that the rulebook knows of costs; empty where it has no cost files.

    `review` holds, by basis, the days after which a rate has to be looked at again; a basis without any
    does not age. `compared` are the models that a case is also decided for, each with what it is, `choices` the facts
    of which each other option is tried. `moved` are keys of earlier versions, each with what to say today.
    `since` tells from which day what a book of one day says holds, by key, where that is known; `before` the first
    day of what was asked for an earlier one, and stands in its place. `all_endings` says that what has no ending
    goes on, as books said before they could tell that none was announced. `allowed_models` and `allowed_providers`
    are those that an organisation's policy names; none of them where it does not say. `agreed_until` tells the last
    day of what it sets, by key. `efficient` are the models that rules call a provider's small ones.
    """

    plan: Mapping[str, str]
    assumptions: Mapping[str, Assumption]
    components: Mapping[str, Component]
    quotes: Mapping[str, Quote]
    gaps: Mapping[str, Gap]
    endings: Mapping[str, Ending]
    says: Mapping[str, str]
    review: Mapping[str, int] = field(default_factory=dict)
    doubts: Mapping[str, Doubt] = field(default_factory=dict)
    currencies: Mapping[str, str] = field(default_factory=dict)
    levers: Mapping[str, Lever] = field(default_factory=dict)
    compared: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)
    all_endings: bool = False
    since: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)
    servings: Mapping[str, Serving] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)
    allowed_models: tuple[str, ...] = ()
    allowed_providers: tuple[str, ...] = ()
    agreed_until: Mapping[str, str] = field(default_factory=dict)
    efficient: frozenset[str] = frozenset()

    @cached_property
    def serving_components(self) -> Mapping[str, tuple[Component, ...]]:
        """The components that each way of serving is paid by."""
        found: dict[str, tuple[Component, ...]] = dict.fromkeys(self.servings, ())
        for component in self.components.values():
            named = component.applies.get("serving", ())
            for id in (named,) if isinstance(named, str) else named:
                found[id] = (*found.get(id, ()), component)
        return found

    @cached_property
    def serves(self) -> frozenset[str]:
        """The components that any way of serving is paid by."""
        return frozenset(one.id for paid in self.serving_components.values() for one in paid)

    def named(self, key: str) -> tuple[str, ...]:
        """Return the names that an assumption on serving may be set to, none where it is another."""
        cards = dict.fromkeys(one.card for one in self.servings.values() if one.card)
        names = {
            "card_terms": RENTED_TERMS,
            "own_card": (BY_MEMORY, *cards),
            "served_by": (ANY_SERVING, *self.servings),
        }
        return tuple(names.get(key, ()))

    def ending(self, names: Iterable[str]) -> Ending | None:
        """Return what is known of the end of a model, by the first of its names; None where nobody looked.

        It has no day where no end was announced when it was looked up.
        """
        found = (self._endings.get(name.casefold()) for name in names)
        return next(filter(None, found), None)

    def tells(self, ending: Ending, as_of: date) -> bool:
        """Whether an ending still tells what it says: that none was announced ages as a price does."""
        days = self.review.get("price_list")
        old = days is not None and as_of > date.fromisoformat(ending.checked) + timedelta(days)
        return bool(ending.ends) or not old

    def tuning_ending(self, provider: str) -> Ending | None:
        """Return the ending of the service that tunes a provider's models, None where it stays open."""
        return next((one for one in self.endings.values() if provider in one.tuning), None)

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """The words for every assumption and every rate, by key."""
        rates = {id: component.item for id, component in self.components.items()}
        return {**rates, **{id: one.label for id, one in self.assumptions.items()}}

    @cached_property
    def shared(self) -> frozenset[str]:
        """The components of which others take a share."""
        return frozenset(part for component in self.components.values() for part in component.of)

    @cached_property
    def _endings(self) -> Mapping[str, Ending]:
        return {
            model.casefold(): ending for ending in self.endings.values() for model in ending.models
        }
