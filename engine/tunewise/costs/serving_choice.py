"""Chooses what serves a plan's model: of all kinds of card and service, the cheapest that fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tunewise.costs.book import (
    ANY_SERVING,
    BY_MEMORY,
    OWN,
    RENTED_TERMS,
    Component,
    Serving,
)
from tunewise.costs.choices import UNKNOWN_OPTION, Choice
from tunewise.costs.kernel import Mask, Number, both
from tunewise.costs.throughput import (
    FALLING,
    RISING,
    Machine,
    ModelCopy,
    holds,
    replicas,
)

if TYPE_CHECKING:
    from tunewise.costs.quantities import Quantities

LEAST_BYTES_16BIT = 2
"""From this size of a parameter on, cards compute in 16 bits."""
MISFITS = ("terms", "owned", "parameters", "memory", "machine", "latency")
"""Why a kind may not be taken, the first that holds counts."""


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """What serves a plan: the kind of serving, its card, the machine of a copy; unknown where nothing is served.

    `own` tells where the cards are owned, `light` where the weights take fewer than 16 bits.
    """

    serving: Choice
    card: Choice
    machine: Machine
    own: Mask
    light: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Carrying:
    """How cards of a kind would carry a plan: copies on a machine, where they fit, and where they answer in time."""

    machine: Machine
    copies: Number
    busy: Number
    held: Mask
    quick: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """A kind of serving on one machine: USD a month as expected, and where it must not be taken, by reason."""

    kind: Serving
    carrying: Carrying | None
    cost: Number
    against: Mapping[str, Mask]
    wanted: Mask


class Attempts:
    """Everything that could serve a plan, worked out as expected."""

    def __init__(self, q: Quantities) -> None:
        self.q, self.kernel, self.book = q, q.kernel, q.assumptions.book
        (self._named,), (self._terms,), (self._own_card,) = (
            q.text(name).values for name in ("served_by", "card_terms", "own_card")
        )
        self._owning = self._stated("gpu_memory_gb")
        self._admitted: dict[str, Mask] = {}
        self.wanted = {
            kind.id: mask
            for kind in self.book.servings.values()
            if self.kernel.any(mask := self._wanted(kind))
        }
        self._carried: dict[tuple[str, int], Carrying] = {}

    def _wanted(self, kind: Serving) -> Mask:
        """Return where a kind belongs to the plan, is not passed over, and its price not stated otherwise."""
        if self._named not in (kind.id, ANY_SERVING) or (
            kind.terms == OWN and self._owning is False
        ):
            return False
        found = self._admits(kind)
        for component in self.book.serving_components[kind.id]:
            if found is not False and component.unless:
                found = both(found, self.kernel.no(self.q.given(component.unless)))
        return found

    def _admits(self, kind: Serving) -> Mask:
        key = repr(kind.applies)
        if key not in self._admitted:
            self._admitted[key] = self.q.admits(kind.applies)
        return self._admitted[key]

    def _stated(self, fact: str) -> Mask:
        return self.q.facts.stated(fact) if fact in self.q.facts else False

    # What all kinds are tried with.

    @cached_property
    def _of(self) -> dict[str, Number]:
        return {name: self.q[name].expected for name in (*RISING, *FALLING)}

    @cached_property
    def light(self) -> Mask:
        """Where the weights take fewer than 16 bits."""
        return self.q["bytes_per_parameter"].expected < LEAST_BYTES_16BIT

    @cached_property
    def _requests(self) -> tuple[tuple[Number, Number], ...]:
        """Requests a month and the tokens into each: of the tuned model, of the prompted one on own machines."""
        q, kernel = self.q, self.kernel
        tuned = (q["tuned_requests"].expected, q["tuned_request_input_tokens"].expected)
        own = q.choices["hosting"].has("self_hosted")
        prompted = kernel.where(own, q["prompted_requests"].expected, 0.0)
        if not kernel.any(prompted > 0):
            return (tuned,)
        return ((prompted, q["request_input_tokens"].expected), tuned)

    @cached_property
    def _longest(self) -> Number:
        found: Number = 0.0
        for requests, tokens in self._requests:
            found = self.kernel.maximum(found, self.kernel.where(requests > 0, tokens, 0.0))
        return found

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """The cards that a copy of the model is tried on: 1, 2, 4 and so on, up to those of one machine."""
        most = self.q["cards_per_machine"].expected
        return tuple(2**power for power in range(20) if 2**power <= most)

    def _figure(self, name: str, card: str) -> float:
        found: float = self.q.assumptions.setting(name, card).expected  # type: ignore[union-attr]
        return found

    def copy(self, card: str, cards: Number, size: int) -> ModelCopy:
        """Return a copy of the model on cards of a kind; `size` is what its speed falls behind by."""
        joined = 1 / self._figure("card_joined_share", card) if size > 1 else 1.0
        lost = size ** self.q["joining_loss"].expected * joined
        light, full = (self._figure(name, card) for name in ("card_tflops_8bit", "card_tflops"))
        figures = {
            "card_memory_gb": self._figure("card_memory_gb", card),
            "card_bandwidth": self._figure("card_bandwidth", card),
            "serving_tflops": self.kernel.where(self.light, light, full),
        }
        return ModelCopy(self.kernel, {**self._of, **figures}, Machine(cards, lost))

    def carrying(self, card: str, size: int) -> Carrying:
        """Return how so many cards of a kind in each copy would carry the plan."""
        if (card, size) not in self._carried:
            self._carried[card, size] = self._carrying(self.copy(card, float(size), size))
        return self._carried[card, size]

    def _carrying(self, copy: ModelCopy) -> Carrying:
        q, busy = self.q, 0.0  # type: Quantities, Number
        for requests, tokens in self._requests:
            busy = busy + requests * copy.seconds(tokens)
        figures = (q[name].expected for name in ("peak_load", "usable_share", "minimum_replicas"))
        return Carrying(
            copy.machine,
            replicas(self.kernel, busy, *figures),
            busy,
            holds(copy, self._longest, q["requests_that_must_fit"].expected),
            self._quick(copy),
        )

    def _quick(self, copy: ModelCopy) -> Mask:
        if "target_latency_ms" not in self.q.facts:
            return True
        late = copy.answer_seconds() * 1000 > self.q.facts.number("target_latency_ms")
        return self.kernel.no(late)

    # The kinds, one by one.

    def all(self, passed_over: bool = False) -> Iterator[Attempt]:
        """Yield every kind that belongs to the plan, on every size of machine.

        Those on other terms than the user's are left out, unless `passed_over`.
        """
        for id in self.wanted:
            kind = self.book.servings[id]
            if self._other_terms(kind) and not passed_over:
                continue
            if kind.card:
                yield from (self._on_cards(kind, self.carrying(kind.card, n)) for n in self.sizes)
            else:
                against = {"parameters": self._too_large(kind)}
                yield self._attempt(kind, None, against, self._cost(kind, 0.0, 0.0))

    def beyond(self) -> Iterator[Attempt]:
        """Yield every kind of card on as many as hold the model, whether one machine has them or not."""
        q, largest = self.q, self.sizes[-1]
        for id in self.wanted:
            kind = self.book.servings[id]
            if not kind.card or self._other_terms(kind):
                continue
            one = self.copy(kind.card, 1.0, largest)
            need = one.request_gb(self._longest) * q["requests_that_must_fit"].expected
            each = one.left_gb() + self._of["weights_gb"]
            cards = self.kernel.ceil(self.kernel.over(need + self._of["weights_gb"], each))
            cards = self.kernel.maximum(cards, 1.0)
            yield self._on_cards(kind, self._carrying(self.copy(kind.card, cards, largest)))

    def _on_cards(self, kind: Serving, found: Carrying) -> Attempt:
        cards = found.copies * found.machine.cards
        owned = self._owned(kind)
        rented = self.kernel.maximum(cards - owned, 0.0)
        cost = self._cost(kind, rented, cards - rented)
        against = {
            "terms": self._other_terms(kind),
            "owned": self._not_owned(kind, found.machine.cards, owned),
            "memory": self.kernel.no(found.held),
            "latency": self.kernel.no(found.quick),
        }
        return self._attempt(kind, found, against, cost)

    def _attempt(
        self,
        kind: Serving,
        found: Carrying | None,
        against: Mapping[str, Mask],
        cost: Number,
    ) -> Attempt:
        return Attempt(kind, found, cost, against, self.wanted[kind.id])

    def _too_large(self, kind: Serving) -> Mask:
        return self.q["parameters_billion"].expected > kind.most_billion

    def _other_terms(self, kind: Serving) -> bool:
        rented = kind.terms in RENTED_TERMS and kind.id != self._named
        return rented and kind.terms != self._terms

    def _owned(self, kind: Serving) -> Number:
        """Return the own cards of a kind, none where it is rented."""
        if kind.terms != OWN:
            return 0.0
        memory, each = (
            self.q.facts.number("gpu_memory_gb"),
            self._figure("card_memory_gb", kind.card),
        )
        return self.kernel.where(self._owning, self.kernel.floor(memory / each), 0.0)

    def _not_owned(self, kind: Serving, cards: Number, owned: Number) -> Mask:
        if kind.terms != OWN:
            return False
        if self._own_card != BY_MEMORY:
            return True if self._own_card != kind.card else owned < cards
        memory = self.q.facts.number("gpu_memory_gb")
        larger = [one.own_gb for one in self.book.servings.values() if one.own_gb > kind.own_gb]
        ours = both(memory >= kind.own_gb, memory < min(larger, default=float("inf")))
        return self.kernel.no(both(both(ours, owned >= cards), kind.own_gb > 0))

    def _cost(self, kind: Serving, rented: Number, owned: Number) -> Number:
        counts = {"rented_cards": rented, "owned_cards": owned}
        found: Number = 0.0
        for component in self.book.serving_components[kind.id]:
            found = found + self._factor(component) * self._count(component, counts)
        return found

    def _count(self, component: Component, counts: Mapping[str, Number]) -> Number:
        return next((counts[name] for name in component.names if name in counts), 1.0)

    def _factor(self, component: Component) -> Number:
        """Return the cost of one card a month, or of all tokens."""
        found = self.q.rate(component).expected
        for term in component.quantity:
            if term not in ("rented_cards", "owned_cards"):
                found = found * (self.q[term].expected if isinstance(term, str) else term)
        return found


def misfit(attempt: Attempt, q: Quantities) -> Mask:
    """Return where an attempt must not be taken, for any reason."""
    found = q.kernel.no(attempt.wanted)
    for mask in attempt.against.values():
        found = mask if found is False else found | mask
    return found


def cheapest(q: Quantities) -> Served:
    """Return what serves a plan: the cheapest that may be taken, the first of equals.

    Where nothing may, it is the cheapest kind of card on as many as hold the model.
    """
    attempts, kernel = Attempts(q), q.kernel
    if not attempts.wanted:
        return _nothing(q)
    tried = list(attempts.all())
    best = _Best(q, tried)
    for place, one in enumerate(tried):
        best.offer(place, one, misfit(one, q))
    missing = best.code == UNKNOWN_OPTION
    if kernel.any(missing):
        for place, one in enumerate(attempts.beyond(), len(tried)):
            tried.append(one)
            best.offer(place, one, kernel.no(both(missing, one.wanted)) | one.against["owned"])
    return best.served(attempts.light)


class _Best:
    """The cheapest attempt so far of each case: its place among all, and its machine."""

    def __init__(self, q: Quantities, tried: list[Attempt]) -> None:
        self.q, self.kernel, self.tried = q, q.kernel, tried
        self.code: Number = UNKNOWN_OPTION
        self.cost: Number = float("inf")

    def offer(self, place: int, one: Attempt, refused: Mask) -> None:
        """Take an attempt where it is cheaper and not refused."""
        if refused is True:
            return
        better = (one.cost < self.cost) & self.kernel.no(refused)
        self.cost = self.kernel.where(better, one.cost, self.cost)
        self.code = self.kernel.where(better, place, self.code)

    def served(self, light: Mask) -> Served:
        """Return what was found."""
        places = Choice(self.kernel, tuple(range(len(self.tried))), self.code)
        kinds = [one.kind for one in self.tried]
        serving = places.each(lambda place: kinds[place].id)
        card = places.each(lambda place: kinds[place].card or None)
        own = places.among([place for place, kind in enumerate(kinds) if kind.terms == OWN])
        return Served(serving, card, self._machine(places), own, light)

    def _machine(self, places: Choice) -> Machine:
        """Return the machine of each case; one without cards stands for what has none."""
        cards: Number = 1.0
        lost: Number = 1.0
        for place, one in enumerate(self.tried):
            if one.carrying is not None and self.kernel.any(here := places.has(place)):
                cards = self.kernel.where(here, one.carrying.machine.cards, cards)
                lost = self.kernel.where(here, one.carrying.machine.lost, lost)
        return Machine(cards, lost)


def _nothing(q: Quantities) -> Served:
    nothing = Choice(q.kernel, (), UNKNOWN_OPTION)
    return Served(nothing, nothing, Machine(1.0, 1.0), False, False)
