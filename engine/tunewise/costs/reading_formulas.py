"""What the formulas ask for: which assumptions they need, and which of them rest on a quantity."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property

from tunewise.costs.assuming import Assumptions
from tunewise.costs.book import CostBook
from tunewise.costs.choices import Choice, CostFacts, every
from tunewise.costs.formulas import FORMULAS
from tunewise.costs.kernel import Mask
from tunewise.costs.modelclass import MODEL
from tunewise.costs.quantities import Make, Quantities
from tunewise.costs.ranges import Range
from tunewise.costs.serving_choice import Served
from tunewise.costs.throughput import Machine
from tunewise.costs.token_prices import AskedPrice, Price
from tunewise.knowledge.vocabulary import UNKNOWN, Vocabulary

RECKONED = ("horizon_months", "organisation", "requests_per_month")
"""What every reckoning asks for besides the formulas."""
CHOSEN_BY = (
    "card_joined_share",
    "card_terms",
    "cards_per_machine",
    "joining_loss",
    "own_card",
    "requests_that_must_fit",
    "served_by",
)
"""What the choice of a card asks for besides them."""


def needed(facts: Vocabulary) -> frozenset[str]:
    """Return the assumptions that the formulas and the horizon cannot do without."""
    read = _read(facts)
    return frozenset(
        {*RECKONED, *CHOSEN_BY, *(name for names in read.values() for name in names)}
        - FORMULAS.keys()
    )


def resting_on(name: str, facts: Vocabulary) -> frozenset[str]:
    """Return the formulas whose result rests on a quantity, at first or second hand."""
    read, found = _read(facts), {name}
    while more := {one for one, names in read.items() if not found.isdisjoint(names)} - found:
        found |= more
    return frozenset(found - {name})


def _read(facts: Vocabulary) -> Mapping[str, frozenset[str]]:
    return {name: frozenset(_Reading(facts).read(name)) for name in FORMULAS}


class _Reading(Quantities):
    """Takes every branch of a formula, and notes the quantities that it asks for and that may be unknown."""

    def __init__(self, facts: Vocabulary) -> None:
        nothing = CostBook({}, {}, {}, {}, {}, {}, {})
        super().__init__(CostFacts({}), {}, Assumptions(nothing, {}), date.min)
        self._vocabulary, self._stated = facts, frozenset[str]()
        self._names: dict[str, None] = {}

    def read(self, name: str) -> tuple[str, ...]:
        FORMULAS[name](self)
        return tuple(self._names)

    def __getitem__(self, name: str) -> Range:
        if name not in self._stated:
            self._names[name] = None
        return self.of(1)

    def where(self, name: str, option: str, then: Make, otherwise: Make) -> Range:
        then()
        return otherwise()

    def branch(self, mask: Mask, then: Make, otherwise: Make) -> Range:
        then()
        return otherwise()

    @property
    def served(self) -> Served:
        nothing = every(None, self.kernel)
        return Served(nothing, nothing, Machine(1.0, 1.0), False, False)

    def stated(self, fact: str, then: Make, otherwise: Make) -> Range:
        outer, self._stated = self._stated, self._stated | {fact}
        then()
        self._stated = outer
        return otherwise()

    held = stated

    def by(self, name: str, fact: str) -> Range:
        options = self._vocabulary[fact].options if fact in self._vocabulary else ()
        for option in (*options, UNKNOWN):
            self[f"{name}_{option}"]
        return self.of(1)

    @cached_property
    def central(self) -> Quantities:
        """The same: what is read is no number."""
        return self

    @property
    def price(self) -> Price:
        return self._priced()

    @property
    def models(self) -> Choice:
        self[MODEL]
        return every(None, self.kernel)

    def listed(self, asked: AskedPrice) -> Price:
        return Price(1.0, 1.0, asked.models)
