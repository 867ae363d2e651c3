"""What answering takes: cards that hold the model, replicas that carry the load, seconds to an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunewise.costs.demand import millions
from tunewise.costs.measures import HOURS_A_MONTH, SECONDS_A_MONTH, by_name
from tunewise.costs.ranges import Q

if TYPE_CHECKING:
    from tunewise.costs.quantities import Quantities


def hosting_factor(q: Quantities[Q]) -> Q:
    """What hosting in the jurisdiction multiplies a provider's price by, 1 elsewhere."""
    return q.where("hosting", "onshore_hosted", lambda: q["onshore_factor"], lambda: q.of(1))


def replica_gb(q: Quantities[Q]) -> Q:
    """GB of accelerator memory that a copy of the model takes: parameters x bytes each x overhead."""
    return q["weights_gb"] * q["serving_memory_overhead"]


def cards_per_replica(q: Quantities[Q]) -> Q:
    """Cards that hold a copy of the model: its memory / that of one, rounded up."""
    return q["replica_gb"].over(q["card_memory_gb"]).rounded_up()


def weights_gb(q: Quantities[Q]) -> Q:
    """GB of accelerator memory that a copy's weights alone take: parameters x bytes each."""
    return q["parameters_billion"] * q["bytes_per_parameter"]


def request_cache_gb(q: Quantities[Q]) -> Q:
    """GB in which one request keeps its tokens, in and out, while it is answered.

    A token keeps a key and a value for each layer and key-value head: 2 x layers x heads x their length x bytes.
    """
    tokens = q["request_input_tokens"] + q["output_tokens"]
    return millions(q, tokens) * q["cache_gb_per_mtok"]


def request_seconds(q: Quantities[Q]) -> Q:
    """Seconds that one replica at full load takes per request.

    Tokens in / prefill rate + tokens out / decoding rate; the rates are those measured on the reference card,
    times the speed of the card in use.
    """
    speed = q["card_speed"]
    reading = q["request_input_tokens"].over(q["prefill_tokens_per_second"] * speed)
    return reading + q["output_tokens"].over(q["decode_tokens_per_second"] * speed)


def answer_seconds(q: Quantities[Q]) -> Q:
    """Seconds to one answer on an idle replica, at best: tokens out x bytes of the weights / bandwidth.

    Each token reads every weight once, so that the memory sets the pace of a single answer.
    """
    pace = q["card_bandwidth"] * q["cards_per_replica"]
    return (q["output_tokens"] * q["weights_gb"]).over(pace)


def peak_factor(q: Quantities[Q]) -> Q:
    """Load at the busiest time over the mean load."""
    return q.by("peak_factor", "traffic_pattern")


def _replicas(q: Quantities[Q], requests: Q) -> Q:
    """Replicas for the peak: requests a second at peak x seconds each / usable share, rounded up."""
    mean = requests.over(q.of(SECONDS_A_MONTH))
    busy = mean * q["request_seconds"] * q["peak_factor"]
    return busy.over(q["usable_share"]).rounded_up().at_least(q["minimum_replicas"])


def tuned_replicas(q: Quantities[Q]) -> Q:
    """Endpoints that the tuned model's peak load needs, at least the assumed minimum."""
    return _replicas(q, q["tuned_requests"])


def own_replicas(q: Quantities[Q]) -> Q:
    """Copies on own machines that the whole peak load needs: prompted and tuned share one open model."""
    return _replicas(q, q["requests_per_month"])


def own_cards(q: Quantities[Q]) -> Q:
    """Own cards that the whole peak load needs: copies of the model x cards of each."""
    return q["own_replicas"] * q["cards_per_replica"]


def hours_a_month(q: Quantities[Q]) -> Q:
    """Hours in which a machine that never stops runs each month: 365 x 24 / 12."""
    return q.of(HOURS_A_MONTH)


PER_LOAD = by_name({"replicas": (tuned_replicas, own_replicas), "cards": (own_cards,)})
"""The formulas whose result grows with the load."""

SERVING = PER_LOAD | by_name(
    {
        "": (hosting_factor, peak_factor),
        "GB a replica": (weights_gb, replica_gb),
        "GB a request": (request_cache_gb,),
        "cards a replica": (cards_per_replica,),
        "replica-seconds a request": (request_seconds,),
        "seconds a request": (answer_seconds,),
        "hours a month": (hours_a_month,),
    }
)
