"""Tries what could serve a plan's model: each kind of card and service, what it costs and whether it fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tunewise.costs.book import (
    ANY_SERVING,
    BY_MEMORY,
    OWN,
    RENTED_TERMS,
    Component,
    Serving,
)
from tunewise.costs.kernel import SLACK, Mask, Number, both
from tunewise.costs.serving_load import MEMORY, Asked, asked_of
from tunewise.costs.throughput import Card, Machine, card

if TYPE_CHECKING:
    from tunewise.costs.quantities import Quantities

SIZES = 17
"""The powers of two that are cards of one machine, at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """A kind of serving on a machine, or by the token: USD a month as expected.

    `held` tells where a copy has room, `quick` where it answers in time, `ours` where it may be taken at all.
    """

    kind: Serving
    machine: Machine
    copies: Number
    cost: Number
    held: Mask = True
    quick: Mask = True
    ours: Mask = True

    @property
    def fits(self) -> Mask:
        """Where it may be taken."""
        return both(self.held, both(self.quick, self.ours))


class Attempts:
    """Tries what could serve a plan."""

    def __init__(self, q: Quantities) -> None:
        self.q, self.kernel, self.book = q, q.kernel, q.assumptions.book
        self.named, self.terms, self._own_card = (
            q.text(name).values[0] for name in ("served_by", "card_terms", "own_card")
        )
        self._admitted: dict[str, Mask] = {}

    @cached_property
    def wanted(self) -> Mapping[str, Mask]:
        """The kinds that belong to the plan, with the cases in which they do."""
        return {
            kind.id: mask
            for kind in self.book.servings.values()
            if self.kernel.any(mask := self._wanted(kind))
        }

    def _wanted(self, kind: Serving) -> Mask:
        """Return where a kind belongs to the plan, is not passed over, and its price not stated otherwise."""
        if self.named not in (kind.id, ANY_SERVING):
            return False
        found = self._admits(kind)
        if kind.terms == OWN and found is not False:
            found = both(found, self.q.facts.stated(MEMORY)) if MEMORY in self.q.facts else False
        for component in self.book.serving_components[kind.id]:
            if found is not False and component.unless:
                found = both(found, self.kernel.no(self.q.given(component.unless)))
        return found

    def _admits(self, kind: Serving) -> Mask:
        key = repr(kind.applies)
        if key not in self._admitted:
            self._admitted[key] = self.q.admits(kind.applies)
        return self._admitted[key]

    def on_other_terms(self, kind: Serving) -> bool:
        """Whether a kind is rented in another way than the user asks for."""
        rented = kind.terms in RENTED_TERMS and kind.id != self.named
        return rented and kind.terms != self.terms

    @cached_property
    def asked(self) -> Asked:
        """What the plan asks of all of them."""
        return asked_of(self.q)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """The cards that a copy of the model is tried on: 1, 2, 4 and so on, up to those of one machine."""
        most = self.q["cards_per_machine"].expected
        return tuple(2**power for power in range(SIZES) if 2**power <= most)

    @cached_property
    def _loss(self) -> float:
        found: float = self.q["joining_loss"].expected
        return found

    def candidates(self) -> list[tuple[float, Serving, int]]:
        """Return the kinds on the terms asked for with each size, by the least that they could cost a month."""
        found = [
            (self.floor(kind) * size, kind, size)
            for kind in map(self.book.servings.__getitem__, self.wanted)
            if not self.on_other_terms(kind)
            for size in (self.sizes if kind.card else (0,))
        ]
        return sorted(found, key=lambda one: one[0])

    def floor(self, kind: Serving) -> Number:
        """Return the least that a card of a kind costs a month; own cards may cost nothing."""
        if kind.terms == OWN or not kind.card:
            return 0.0
        (component,) = self.book.serving_components[kind.id]
        return self.q.rate(component).expected * self.q["hours_a_month"].expected

    # One kind, for all cases or some.

    def attempt(self, kind: Serving, size: int, asked: Asked, places: Any = None) -> Attempt:
        """Return a kind on a machine with so many cards, or by the token."""
        if not kind.card:
            cost = self._cost(kind, 0.0, 0.0, places)
            return Attempt(kind, Machine(1.0, 1.0), 1.0, cost, ours=self._small(kind, asked))
        return self._on(kind, self._machine(kind.card, float(size), size), asked, places)

    def seconds(self, kind: Serving, size: int) -> Number | None:
        """Return the time of a copy on so many cards for the tuned model's request, None where they do not hold it."""
        machine, ours = (
            self._machine(kind.card, float(size), size),
            self._card(kind.card, self.asked),
        )
        if not self.kernel.any(ours.left_gb(machine) >= self.asked.room_gb):
            return None
        _, one = self.asked.pressed[0]
        return ours.seconds(machine, one) * one.slowed

    def beyond(self, kind: Serving, asked: Asked, places: Any) -> Attempt:
        """Return a kind on a whole machine, or on as many cards as hold the model where no machine has them."""
        ours, kernel = self._card(kind.card, asked), asked.kernel
        cards = kernel.ceil(kernel.over(asked.room_gb + ours.weights_gb, ours.usable_gb))
        size = self.sizes[-1]
        machine = self._machine(kind.card, kernel.maximum(cards, float(size)), size)
        return self._on(kind, machine, asked, places)

    @property
    def largest(self) -> list[Serving]:
        """The kinds with the most memory a card on the terms asked for, own ones where none is for rent."""
        kinds = [self.book.servings[id] for id in self.wanted]
        there = [one for one in kinds if one.card and not self.on_other_terms(one)]
        rented = [one for one in there if one.terms != OWN] or there
        memory = {one.id: self.figure("card_memory_gb", one.card) for one in rented}
        return [one for one in rented if memory[one.id] == max(memory.values())]

    def figure(self, name: str, kind: str) -> float:
        """Return a figure of a kind of card."""
        found: float = self.q.assumptions.setting(name, kind).expected  # type: ignore[union-attr]
        return found

    def _machine(self, kind: str, cards: Number, size: int) -> Machine:
        """Return a machine with cards of a kind; `size` is what the speed of its copy falls behind by."""
        joined = self.figure("card_joined_share", kind) if size > 1 else 1.0
        return Machine(cards, size**self._loss / joined)

    def _card(self, kind: str, asked: Asked) -> Card:
        light, full = (self.figure(name, kind) for name in ("card_tflops_8bit", "card_tflops"))
        figures = {
            "card_memory_gb": self.figure("card_memory_gb", kind),
            "card_bandwidth": self.figure("card_bandwidth", kind),
            "serving_tflops": asked.kernel.where(asked.light, light, full),
        }
        return card(asked.kernel, {**asked.of, **figures})

    def cost(self, kind: Serving, size: int, asked: Asked, places: Any) -> Number:
        """Return what a kind costs a month on a machine with so many cards, or by the token, whether it fits or not."""
        if not kind.card:
            return self._cost(kind, 0.0, 0.0, places)
        machine = self._machine(kind.card, float(size), size)
        copies = self._copies(self._card(kind.card, asked), machine, asked)
        at_hand = self.at_hand(kind, asked) if kind.terms == OWN else 0.0
        return self._carried(kind, copies * machine.cards, at_hand, asked, places)

    def _copies(self, ours: Card, machine: Machine, asked: Asked) -> Number:
        """Return the copies that carry the peak of the load."""
        (number, one), *more = asked.pressed
        busy = ours.seconds(machine, one) * number
        for number, one in more:
            busy = busy + ours.seconds(machine, one) * number
        return asked.kernel.maximum(asked.kernel.ceil(busy), asked.least)

    def fits(self, kind: Serving, size: int) -> Mask:
        """Return where a kind may be taken on a machine with so many cards, or by the token."""
        if not kind.card:
            return self._small(kind, self.asked)
        machine = self._machine(kind.card, float(size), size)
        held, quick, ours = self._fitting(
            kind, machine, self._card(kind.card, self.asked), self.asked
        )
        return both(held, both(quick, ours))

    def _small(self, kind: Serving, asked: Asked) -> Mask:
        small: Mask = asked.of["parameters_billion"] <= kind.most_billion
        return small

    def _fitting(
        self, kind: Serving, machine: Machine, ours: Card, asked: Asked
    ) -> tuple[Mask, Mask, Mask]:
        """Return where a copy has room, where it answers in time, and where its cards are at hand."""
        _, one = asked.pressed[-1]
        quick: Mask = True
        if asked.target is not None:
            answer = ours.answer_seconds(machine, one, self.figure("card_bandwidth", kind.card))
            quick = asked.kernel.no(answer * 1000 > asked.target)
        there: Mask = kind.terms != OWN or self.at_hand(kind, asked) >= machine.cards
        return ours.left_gb(machine) >= asked.room_gb, quick, there

    def _on(self, kind: Serving, machine: Machine, asked: Asked, places: Any) -> Attempt:
        ours = self._card(kind.card, asked)
        copies = self._copies(ours, machine, asked)
        at_hand = self.at_hand(kind, asked) if kind.terms == OWN else 0.0
        cost = self._carried(kind, copies * machine.cards, at_hand, asked, places)
        return Attempt(kind, machine, copies, cost, *self._fitting(kind, machine, ours, asked))

    def _carried(
        self, kind: Serving, cards: Number, at_hand: Number, asked: Asked, places: Any
    ) -> Number:
        """Return what cards cost, those that are at hand only their power."""
        if kind.terms != OWN:
            return self._cost(kind, cards, 0.0, places)
        rented = asked.kernel.maximum(cards - at_hand, 0.0)
        return self._cost(kind, rented, cards - rented, places)

    def at_hand(self, kind: Serving, asked: Asked) -> Number:
        """Return the own cards of a kind, whole ones, none where they are of another."""
        kernel, memory = asked.kernel, asked.memory
        ours: Mask = self._own_card == kind.card
        if self._own_card == BY_MEMORY:
            larger = [one.own_gb for one in self.book.servings.values() if one.own_gb > kind.own_gb]
            ours = both(memory >= kind.own_gb, memory < min(larger, default=float("inf")))
            ours = both(ours, kind.own_gb > 0)
        cards = kernel.floor(memory / self.figure("card_memory_gb", kind.card) * (1 + SLACK))
        return kernel.where(ours, cards, 0.0)

    def _cost(self, kind: Serving, rented: Number, owned: Number, places: Any) -> Number:
        counts = {"rented_cards": rented, "owned_cards": owned}
        amounts = [
            self._amount(component, counts, places)
            for component in self.book.serving_components[kind.id]
        ]
        return sum(amounts[1:], amounts[0])

    def _amount(self, component: Component, counts: Mapping[str, Number], places: Any) -> Number:
        found = self.q.rate(component).expected
        for term in component.quantity:
            if term in counts:
                found = found * counts[str(term)]
            elif isinstance(term, str):
                found = found * self.kernel.take(self.q[term].expected, places)
            else:
                found = found * term
        return found
