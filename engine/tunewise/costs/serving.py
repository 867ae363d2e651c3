"""What answering takes: cards that hold the model, copies that carry the load, seconds to an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunewise.costs.measures import HOURS_A_MONTH, SECONDS_A_MONTH, Formula, millions
from tunewise.costs.throughput import (
    CARD_FIGURES,
    FALLING,
    RISING,
    card,
    replicas,
    request,
)

if TYPE_CHECKING:
    from tunewise.costs.quantities import Quantities
    from tunewise.costs.ranges import Range


def _hosting_factor(q: Quantities) -> Range:
    return q.where("hosting", "onshore_hosted", lambda: q["onshore_factor"], lambda: q.of(1))


def _tuned_price_factor(q: Quantities) -> Range:
    if q.assumptions.given("token_price_factor"):
        return q["token_price_factor"]
    return q.of(1)


def _peak_load(q: Quantities) -> Range:
    """What can wait a day fills the hours beside the peak."""
    return q["peak_factor"] * q["batch_share"].rest() + q["batch_share"]


def _request_cache_gb(q: Quantities) -> Range:
    """A token keeps a key and a value for each layer and key-value head: 2 x layers x heads x length x bytes."""
    tokens = q["request_input_tokens"] + q["output_tokens"]
    return millions(q, tokens) * q["cache_gb_per_mtok"]


def _serving_tflops(q: Quantities) -> Range:
    return q.branch(q.served.light, lambda: q["card_tflops_8bit"], lambda: q["card_tflops"])


def _seconds(q: Quantities, tokens_in: Range) -> Range:
    """What a copy of the model takes for a request."""
    of = {name: q[name].expected for name in (*RISING, *FALLING, *CARD_FIGURES)}
    asked = request(q.kernel, of, tokens_in.expected)
    return q.of(card(q.kernel, of).seconds(q.served.machine, asked) * asked.slowed)


def _answer_seconds(q: Quantities) -> Range:
    """Each token reads every weight once, so that the memory sets the pace of a single answer."""
    pace = q["card_bandwidth"] * q["cards_per_replica"]
    return (q["output_tokens"] * q["weights_gb"]).over(pace)


def _replicas(q: Quantities, busy: Range) -> Range:
    each, least = q["replicas_each_second"].expected, q["minimum_replicas"].expected
    return q.of(replicas(q.kernel, busy.expected, each, least))


def _own_seconds(q: Quantities) -> Range:
    return q["prompted_requests"] * q["request_seconds"] + q["tuned_seconds_a_month"]


def _serving_cards(q: Quantities) -> Range:
    return q.where(
        "hosting",
        "self_hosted",
        lambda: q["own_cards"],
        lambda: q["tuned_replicas"] * q["cards_per_replica"],
    )


def _whole_cards(q: Quantities) -> Range:
    return q["gpu_memory_gb"].over(q["card_memory_gb"]).rounded_down()


def _cards_at_hand(q: Quantities) -> Range:
    return q.branch(
        q.served.own,
        lambda: q.held("gpu_memory_gb", lambda: _whole_cards(q), lambda: q.of(0)),
        lambda: q.of(0),
    )


def _owned_cards(q: Quantities) -> Range:
    return q["serving_cards"].at_most(q["cards_at_hand"])


def _busy_share(q: Quantities) -> Range:
    """Over the month as a whole, peaks and idle hours together; never more than all of it."""
    own = ("hosting", "self_hosted")
    busy = q.where(*own, lambda: _own_seconds(q), lambda: q["tuned_seconds_a_month"])
    copies = q.where(*own, lambda: q["own_replicas"], lambda: q["tuned_replicas"])
    return busy.over(copies * q.of(SECONDS_A_MONTH))


SERVING_FORMULAS = (
    Formula(
        "hosting_factor",
        "",
        "what hosting in the jurisdiction multiplies a provider's price by, 1 elsewhere",
        _hosting_factor,
        ("A66",),
    ),
    Formula(
        "peak_factor",
        "",
        "load at the busiest time over the mean load, by the pattern of the traffic",
        lambda q: q.by("peak_factor", "traffic_pattern"),
    ),
    Formula(
        "peak_load",
        "",
        "the same where what can wait a day keeps out of the busiest time: peak x what cannot wait + what can",
        _peak_load,
        ("OPENAI_BATCH.1",),
    ),
    Formula(
        "tuned_price_factor",
        "",
        "token prices of an adapter over those listed, 1 unless token_price_factor is given",
        _tuned_price_factor,
    ),
    Formula(
        "weights_gb",
        "GB a replica",
        "memory of a copy's weights alone: parameters x bytes each",
        lambda q: q["parameters_billion"] * q["bytes_per_parameter"],
        ("JUDGEMENT.24",),
    ),
    Formula(
        "request_cache_gb",
        "GB a request",
        "memory in which a request keeps its tokens, in and out, while it is answered",
        _request_cache_gb,
    ),
    Formula(
        "cards_per_replica",
        "cards a replica",
        "cards that share a copy of the model: 1, 2, 4 or more, whichever of those that hold it is cheapest",
        lambda q: q.of(q.served.machine.cards),
    ),
    Formula(
        "serving_tflops",
        "TFLOP a card a second",
        "peak arithmetic of a card at the size in which the weights are kept",
        _serving_tflops,
    ),
    Formula(
        "request_seconds",
        "replica-seconds a request",
        "time of one copy at full load: operations / arithmetic + what is read to write / bandwidth, as far as "
        "serving reaches both",
        lambda q: _seconds(q, q["request_input_tokens"]),
        ("SERVING_FIT.1", "SELF_HOSTING_MATH.1"),
    ),
    Formula(
        "tuned_request_seconds",
        "replica-seconds a request",
        "the same for a request to the tuned model, whose prompt is its own",
        lambda q: _seconds(q, q["tuned_request_input_tokens"]),
        ("SERVING_FIT.1", "SELF_HOSTING_MATH.1"),
    ),
    Formula(
        "tuned_seconds_a_month",
        "replica-seconds a month",
        "what the tuned model's requests keep replicas busy for: its requests x seconds each",
        lambda q: q["tuned_requests"] * q["tuned_request_seconds"],
    ),
    Formula(
        "answer_seconds",
        "seconds a request",
        "time to one answer on an idle replica, at best: tokens out x memory of the weights / pace of reading it",
        _answer_seconds,
    ),
    Formula(
        "replicas_each_second",
        "months a second",
        "copies for each second of work a month: peak load / usable share / the seconds of a month",
        lambda q: q["peak_load"].over(q["usable_share"] * q.of(SECONDS_A_MONTH)),
        ("SELF_HOSTING_MATH.1",),
    ),
    Formula(
        "tuned_replicas",
        "replicas",
        "requests a second at peak to the tuned model x seconds each / usable share, rounded up, at least the minimum",
        lambda q: _replicas(q, q["tuned_seconds_a_month"]),
        ("SELF_HOSTING_MATH.1",),
    ),
    Formula(
        "own_replicas",
        "replicas",
        "requests a second at peak, as prompted and tuned share one open model, x seconds each / usable share, "
        "rounded up, at least the minimum",
        lambda q: _replicas(q, _own_seconds(q)),
        ("SELF_HOSTING_MATH.1",),
    ),
    Formula(
        "own_cards",
        "cards",
        "own cards that the whole peak load needs: copies of the model x cards of each",
        lambda q: q["own_replicas"] * q["cards_per_replica"],
    ),
    Formula(
        "serving_cards",
        "cards",
        "cards that serve, one's own or a service's: copies of the model x cards of each",
        _serving_cards,
    ),
    Formula(
        "cards_at_hand",
        "cards",
        "own cards of the kind that serves, none where others serve: their memory / that of one, whole cards",
        _cards_at_hand,
    ),
    Formula(
        "owned_cards",
        "cards",
        "own cards in use: those that serve, at most those at hand",
        _owned_cards,
    ),
    Formula(
        "rented_cards",
        "cards",
        "cards to rent: those that serve beyond the own ones",
        lambda q: q["serving_cards"].beyond(q["cards_at_hand"]),
    ),
    Formula(
        "busy_share",
        "",
        "part of the month in which the cards work: seconds of all requests / those of all copies",
        _busy_share,
    ),
    Formula(
        "hours_a_month",
        "hours a month",
        "hours in which a machine that never stops runs: 365 x 24 / 12",
        lambda q: q.of(HOURS_A_MONTH),
    ),
)
