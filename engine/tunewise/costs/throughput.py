"""How fast cards answer: bound by arithmetic, by bandwidth, and by the requests that fit beside the weights.

On numbers of any kernel: the one place where the formulas and the choice of a card reckon it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tunewise.costs.kernel import SLACK, Kernel, Mask, Number
from tunewise.costs.measures import MILLION, SECONDS_A_MONTH, TERA_OVER_GIGA

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
class ModelCopy:
    """One copy of a model on a machine; `of` holds what RISING, FALLING and CARD_FIGURES name."""

    kernel: Kernel
    of: Mapping[str, Number]
    machine: Machine

    def left_gb(self) -> Number:
        """Return the memory that is left for requests; below zero where the weights do not fit."""
        each = self.of["card_memory_gb"] * self.of["serving_memory_share"]
        return self.machine.cards * (each - self.of["serving_reserve_gb"]) - self.of["weights_gb"]

    def request_gb(self, tokens_in: Number) -> Number:
        """Return the memory that a request takes once its answer is written."""
        return self._kept(tokens_in + self.of["output_tokens"])

    def _kept(self, tokens: Number) -> Number:
        return self.kernel.over(tokens * self.of["cache_gb_per_mtok"], MILLION)

    def step_gb(self, tokens_in: Number) -> Number:
        """Return the GB that are read for each token written: a request's own, and its part of the weights.

        The weights are read once for all requests that are answered together: those that fit, up to a limit.
        """
        over, most, weights = self.kernel.over, self.kernel.maximum, self.of["weights_gb"]
        context = self._kept(tokens_in + self.of["output_tokens"] * 0.5)
        crowded = over(weights * context, most(self.left_gb(), context))
        return context + most(over(weights, self.of["requests_at_once"]), crowded)

    def seconds(self, tokens_in: Number) -> Number:
        """Return the time of the copy at full load for a request; what caches hold is not computed anew."""
        of, over = self.of, self.kernel.over
        out = of["output_tokens"]
        computed = tokens_in * (1 - of["cached_input_share"]) + out
        gflops = of["serving_tflops"] * self.machine.cards * of["reading_share"] * TERA_OVER_GIGA
        pace = of["card_bandwidth"] * self.machine.cards * of["writing_share"]
        read = over(computed * of["parameters_billion"] * OPERATIONS, gflops)
        write = over(out * self.step_gb(tokens_in), pace)
        beyond = over(self.kernel.maximum(tokens_in + out - LONG_TOKENS, 0.0), LONG_TOKENS)
        slowed = (read + write) * self.machine.lost * (beyond * of["long_request_slowdown"] + 1)
        return over(slowed, of["serving_efficiency"])

    def answer_seconds(self) -> Number:
        """Return the time to one answer without other load, at best: each token reads every weight once."""
        pace = self.of["card_bandwidth"] * self.machine.cards
        return self.kernel.over(self.of["output_tokens"] * self.of["weights_gb"], pace)


def replicas(
    kernel: Kernel, busy_a_month: Number, peak: Number, usable: Number, least: Number
) -> Number:
    """Return the copies that carry the peak of a load, whose seconds a month are given."""
    busy = kernel.over(kernel.over(busy_a_month, SECONDS_A_MONTH) * peak, usable)
    return kernel.maximum(kernel.ceil(busy * (1 - SLACK)), least)


def holds(copy: ModelCopy, longest_in: Number, least: Number) -> Mask:
    """Return where a copy has room for so many requests of the longest kind at once."""
    return copy.left_gb() >= copy.request_gb(longest_in) * least
