"""How fast cards answer: bound by arithmetic, by bandwidth, and by the requests that fit beside the weights.

On numbers of any kernel: the one place where the formulas and the choice of a card reckon it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tunewise.costs.kernel import SLACK, Kernel, Number
from tunewise.costs.measures import MILLION, TERA_OVER_GIGA

OPERATIONS = 2
"""Of a pass forward, for each parameter and token."""
LONG_TOKENS = 4000
"""Tokens from which on a request counts as long."""
RISING = (
    "output_tokens",
    "parameters_billion",
    "weights_gb",
    "cache_gb_per_mtok",
    "serving_reserve_gb",
    "long_request_slowdown",
)
"""What makes a request take longer the more there is of it."""
FALLING = (
    "cached_input_share",
    "serving_memory_share",
    "requests_at_once",
    "reading_share",
    "writing_share",
    "serving_efficiency",
)
CARD_FIGURES = ("card_memory_gb", "card_bandwidth", "serving_tflops")
"""What a kind of card brings; with FALLING, what makes a request take less."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The cards of one copy of a model; `lost` is the factor by which cards that share a copy fall behind."""

    cards: Number
    lost: Number


@dataclass(frozen=True, slots=True)
class Request:
    """What a request takes on any card: GFLOP to compute, tokens to write, memory in GB.

    `context_gb` is kept half way through its answer, `whole_gb` at its end. `alone_gb` is its part of the weights
    where as many requests are answered at once as may be, `weighted` the weights in its context's measure, and `slowed`
    what its length and the efficiency of serving make of the time.
    """

    gflop: Number
    written: Number
    context_gb: Number
    whole_gb: Number
    alone_gb: Number
    weighted: Number
    slowed: Number

    def each(self, change: Callable[[Number], Number]) -> Request:
        """Return the request with each number changed."""
        return Request(*(change(getattr(self, name)) for name in self.__slots__))


def request(kernel: Kernel, of: Mapping[str, Number], tokens_in: Number) -> Request:
    """Return what a request takes; `of` holds what RISING and FALLING name. What caches hold is not computed anew."""
    over, out, weights = kernel.over, of["output_tokens"], of["weights_gb"]
    kept = of["cache_gb_per_mtok"]
    context = over((tokens_in + out * 0.5) * kept, MILLION)
    computed = tokens_in * (1 - of["cached_input_share"]) + out
    beyond = over(kernel.maximum(tokens_in + out - LONG_TOKENS, 0.0), LONG_TOKENS)
    return Request(
        gflop=computed * of["parameters_billion"] * OPERATIONS,
        written=out,
        context_gb=context,
        whole_gb=over((tokens_in + out) * kept, MILLION),
        alone_gb=over(weights, of["requests_at_once"]),
        weighted=weights * context,
        slowed=over(beyond * of["long_request_slowdown"] + 1, of["serving_efficiency"]),
    )


@dataclass(frozen=True, slots=True)
class Card:
    """A kind of card with the weights of a model: GB a card for weights and requests, seconds for a GFLOP and a GB."""

    kernel: Kernel
    weights_gb: Number
    usable_gb: Number
    a_gflop: Number
    a_gb: Number

    def left_gb(self, machine: Machine) -> Number:
        """Return the memory that a copy leaves for requests; below zero where the weights do not fit."""
        return machine.cards * self.usable_gb - self.weights_gb

    def seconds(self, machine: Machine, asked: Request) -> Number:
        """Return the time of a copy at full load for a request, before its length and the efficiency slow it.

        For each token a request reads its own context and its part of the weights, which are read once for all that
        are answered together: those that fit, up to a limit.
        """
        most, share = self.kernel.maximum, machine.lost / machine.cards
        crowded = self.kernel.over(asked.weighted, most(self.left_gb(machine), asked.context_gb))
        step = asked.context_gb + most(asked.alone_gb, crowded)
        return asked.gflop * (self.a_gflop * share) + asked.written * step * (self.a_gb * share)

    def answer_seconds(self, machine: Machine, asked: Request, bandwidth: Number) -> Number:
        """Return the time to one answer without other load, at best: each token reads every weight once."""
        read = asked.written * self.weights_gb
        return self.kernel.over(read, bandwidth * machine.cards)


def card(kernel: Kernel, of: Mapping[str, Number]) -> Card:
    """Return a kind of card; `of` holds what RISING, FALLING and CARD_FIGURES name."""
    gflops = of["serving_tflops"] * of["reading_share"] * TERA_OVER_GIGA
    return Card(
        kernel,
        of["weights_gb"],
        of["card_memory_gb"] * of["serving_memory_share"] - of["serving_reserve_gb"],
        kernel.over(1.0, gflops),
        kernel.over(1.0, of["card_bandwidth"] * of["writing_share"]),
    )


def replicas(kernel: Kernel, busy_a_month: Number, each: Number, least: Number) -> Number:
    """Return the copies that carry the peak of a load: so many `each` second of work a month, rounded up."""
    return kernel.maximum(kernel.ceil(busy_a_month * each * (1 - SLACK)), least)
