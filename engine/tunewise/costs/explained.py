"""How a quantity comes about: its value, its unit, words and sources, and what it is worked out from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tunewise.costs.book import CARD
from tunewise.costs.formulas import FORMULAS
from tunewise.costs.quantities import Quantities
from tunewise.costs.ranges import Range
from tunewise.knowledge.rulebook import Rulebook

QuantityOrigin = Literal["computed", "given", "assumed", "planned"]
SIZE, QUANTITY_DIGITS = "organisation", 9
CARD_WORDS = (
    "the kind of card that serves: of all that hold the model and answer in time, the cheapest"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity of a case, or a name that one is taken by, such as a model's; `inputs` are those it comes from.

    It is computed by a formula, given by the case, assumed, or an option that is planned.
    """

    name: str
    value: Range | str
    unit: str
    words: str
    origin: QuantityOrigin
    sources: tuple[str, ...]
    inputs: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        """Return the quantity as plain data, numbers to nine decimals."""
        value = self.value
        if isinstance(value, Range):
            value = value.each(lambda number: round(number, QUANTITY_DIGITS))
        return {
            "value": value.as_percentiles() if isinstance(value, Range) else value,
            "unit": self.unit,
            "words": self.words,
            "origin": self.origin,
            "sources": list(self.sources),
            "inputs": list(self.inputs),
        }


Explained = Mapping[str, Quantity]
"""Quantities by name, with all that they come from."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A quantity, and how each of its inputs comes about, down to what is given or assumed."""

    quantity: Quantity
    inputs: tuple[Tree, ...]


def tree(found: Explained, name: str) -> Tree:
    """Return how a quantity comes about, down to its inputs."""
    one = found[name]
    return Tree(one, tuple(tree(found, below) for below in one.inputs))


def explained(q: Quantities, names: Iterable[str], rulebook: Rulebook) -> Explained:
    """Return some quantities of a case's plan and all that they come from, each after what asks for it."""
    found: dict[str, Quantity] = {}
    ahead = list(dict.fromkeys(names))
    while ahead:
        name = ahead.pop(0)
        if name not in found:
            found[name] = _explained(q, name, rulebook)
            ahead += found[name].inputs
    return found


def _explained(q: Quantities, name: str, rulebook: Rulebook) -> Quantity:
    if name in FORMULAS:
        one = FORMULAS[name]
        return Quantity(
            name,
            q[name].percentiles(),
            one.unit,
            one.words,
            "computed",
            one.sources,
            q.inputs(name),
        )
    if name == CARD:
        found = str(q.served.card.values[q.served.card.codes])
        return Quantity(name, found, "", CARD_WORDS, "computed", (), tuple(_choosing(q)))
    value, inputs = _read(q, name, rulebook)
    if name in q.facts or (name in q.choices and name != SIZE):
        fact = rulebook.facts[name]
        origin: QuantityOrigin = "given" if name in q.facts else "planned"
        return Quantity(name, value, fact.unit, fact.label, origin, (), ())
    assumption = q.assumptions.book.assumptions.get(name)
    own = assumption is None or name in q.assumptions.overrides
    label, unit = q.assumptions.words(name)
    sources = () if own or assumption is None else assumption.sources
    return Quantity(name, value, unit, label, "assumed", sources, inputs)


def _choosing(q: Quantities) -> Iterator[str]:
    """Yield what the choice of a card rests on."""
    _, trace = q.traced(lambda: q.served)
    yield from trace.inputs


def _read(q: Quantities, name: str, rulebook: Rulebook) -> tuple[Range | str, tuple[str, ...]]:
    """Return what is known or assumed of a quantity or a name, and what it was taken by."""
    fact, assumption = rulebook.facts.get(name), q.assumptions.book.assumptions.get(name)
    named = assumption is not None and assumption.textual
    if (fact is None or fact.numeric) and not named:
        return q[name].percentiles(), q.inputs(name)
    found, inputs = q.named(name)
    return str(found.values[found.codes]), inputs
