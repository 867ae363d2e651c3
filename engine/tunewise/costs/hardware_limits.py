"""Tells whether machines hold what a plan trains and serves, and carry its load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tunewise.costs.kernel import NOT_A_NUMBER, Mask, Number, exceeds, rounded
from tunewise.costs.quantities import Quantities
from tunewise.costs.ranges import PARTS, exactly
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.vocabulary import LARGEST_NUMBER

CAPACITY_CAVEATS = frozenset(
    {
        "trains",
        "training_over_own",
        "training_over_machine",
        "serving_over_machine",
        "load_over_own",
        "own_unused",
        "slow",
    }
)
"""The sentences that a cost book must hold for it."""

TRAINING_MEMORY, THERE, HOURS = "training_memory_gb", "training_memory_there", "training_gpu_hours"
TENTHS, TELLING = 10, 10
"""From here on a number is told without decimals."""


def fits(q: Quantities) -> Mask:
    """Return where training fits the own cards or one machine, with every input as expected."""
    central = q.central
    return q.kernel.no(exceeds(central[TRAINING_MEMORY].expected, central[THERE].expected))


def capacity(q: Quantities) -> dict[str, Number]:
    """Return what rules may test of the training: GB, card-hours, and whether it fits.

    Hours beyond all measure are no number.
    """
    kernel, central = q.kernel, q.central
    hours = central[HOURS].expected
    told = rounded(kernel, hours, PARTS) / PARTS
    return {
        "training_fits": fits(q),
        TRAINING_MEMORY: rounded(kernel, central[TRAINING_MEMORY].expected, TENTHS) / TENTHS,
        HOURS: kernel.where(hours <= LARGEST_NUMBER, told, NOT_A_NUMBER),
    }


class Capacity:
    """The memory, hours and cards of one case's plan, as expected."""

    def __init__(self, plan: Quantities, facts: Mapping[str, Value]) -> None:
        self._q, self._facts = plan, facts
        self._own = bool(facts.get("gpu_memory_gb"))

    def _expected(self, name: str) -> float:
        found: float = self._q.central[name].expected
        return found

    def _told(self, **called: str) -> dict[str, str]:
        """Return quantities as they are told, by what a sentence calls them."""
        return {name: _told(self._expected(quantity)) for name, quantity in called.items()}

    @property
    def fits(self) -> bool:
        """Whether training fits the own cards or one machine; a service sees to that itself."""
        return bool(fits(self._q))

    def notes(self, says: Mapping[str, str]) -> Iterator[str]:
        """Yield in sentences what the machines take, and what they do not hold or carry."""
        choices = self._q.choices
        tuned, own = not choices["approach"].has("prompting"), choices["hosting"].has("self_hosted")
        if tuned and own:
            yield from self._of_training(says)
        if self._q.served.card.known:
            yield from self._of_serving(says)
        if own and self._own and self._q.served.card.known:
            yield from self._of_load(says)

    def _of_training(self, says: Mapping[str, str]) -> Iterator[str]:
        told = self._told(
            memory=TRAINING_MEMORY,
            hours=HOURS,
            cards="training_cards",
            card="training_card_memory_gb",
        )
        yield says["trains"].format(**told)
        if not self.fits:
            told = self._told(
                memory=TRAINING_MEMORY,
                there=THERE,
                parameters="parameters_billion",
                cards="cards_per_machine",
            )
            said = says["training_over_own" if self._own else "training_over_machine"]
            yield said.format(**told, least=_told(self._q[TRAINING_MEMORY].percentiles().low))

    def _of_serving(self, says: Mapping[str, str]) -> Iterator[str]:
        if self._expected("cards_per_replica") > self._expected("cards_per_machine"):
            yield says["serving_over_machine"].format(
                **self._told(
                    parameters="parameters_billion",
                    needed="cards_per_replica",
                    card="card_memory_gb",
                    cards="cards_per_machine",
                )
            )
        if "target_latency_ms" not in self._facts:
            return
        if self._expected("answer_seconds") * 1000 > self._expected("target_latency_ms"):
            yield says["slow"].format(
                **self._told(
                    parameters="parameters_billion",
                    tokens="output_tokens",
                    seconds="answer_seconds",
                    target="target_latency_ms",
                )
            )

    def _of_load(self, says: Mapping[str, str]) -> Iterator[str]:
        """Yield what the own cards do not carry: a part of the load, or all of it."""
        there = _told(self._expected("gpu_memory_gb"))
        if not self._q.served.own:
            yield says["own_unused"].format(there=there)
        elif self._expected("rented_cards") > 0:
            memory = self._expected("serving_cards") * self._expected("card_memory_gb")
            replicas = _told(self._expected("own_replicas"))
            yield says["load_over_own"].format(replicas=replicas, memory=_told(memory), there=there)


def _told(number: float) -> str:
    """Return a number as it is told: with one decimal where that tells anything."""
    said = round(exactly(number), 0 if number >= TELLING else 1)
    return f"{said.normalize():,f}"
