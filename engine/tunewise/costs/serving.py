"""What answering takes: cards that hold the model, replicas that carry the load, seconds to an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunewise.costs.measures import HOURS_A_MONTH, SECONDS_A_MONTH, Formula, millions

if TYPE_CHECKING:
    from tunewise.costs.quantities import Quantities
    from tunewise.costs.ranges import Range


def _hosting_factor(q: Quantities) -> Range:
    return q.where("hosting", "onshore_hosted", lambda: q["onshore_factor"], lambda: q.of(1))


def _request_cache_gb(q: Quantities) -> Range:
    """A token keeps a key and a value for each layer and key-value head: 2 x layers x heads x length x bytes."""
    tokens = q["request_input_tokens"] + q["output_tokens"]
    return millions(q, tokens) * q["cache_gb_per_mtok"]


def _seconds(q: Quantities, tokens_in: Range) -> Range:
    """The rates are those measured on the reference card, times the speed of the card in use."""
    speed = q["card_speed"]
    reading = tokens_in.over(q["prefill_tokens_per_second"] * speed)
    return reading + q["output_tokens"].over(q["decode_tokens_per_second"] * speed)


def _answer_seconds(q: Quantities) -> Range:
    """Each token reads every weight once, so that the memory sets the pace of a single answer."""
    pace = q["card_bandwidth"] * q["cards_per_replica"]
    return (q["output_tokens"] * q["weights_gb"]).over(pace)


def _replicas(q: Quantities, busy_a_month: Range) -> Range:
    busy = busy_a_month.over(q.of(SECONDS_A_MONTH)) * q["peak_factor"]
    return busy.over(q["usable_share"]).rounded_up().at_least(q["minimum_replicas"])


SERVING = (
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
        "weights_gb",
        "GB a replica",
        "memory of a copy's weights alone: parameters x bytes each",
        lambda q: q["parameters_billion"] * q["bytes_per_parameter"],
        ("JUDGEMENT.24",),
    ),
    Formula(
        "replica_gb",
        "GB a replica",
        "memory of a copy of the model: its weights x overhead",
        lambda q: q["weights_gb"] * q["serving_memory_overhead"],
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
        "cards that hold a copy of the model: its memory / that of one, rounded up",
        lambda q: q["replica_gb"].over(q["card_memory_gb"]).rounded_up(),
    ),
    Formula(
        "request_seconds",
        "replica-seconds a request",
        "time of one replica at full load: tokens in / reading rate + tokens out / writing rate",
        lambda q: _seconds(q, q["request_input_tokens"]),
        ("SELF_HOSTING_MATH.1",),
    ),
    Formula(
        "tuned_request_seconds",
        "replica-seconds a request",
        "the same for a request to the tuned model, whose prompt is its own",
        lambda q: _seconds(q, q["tuned_request_input_tokens"]),
        ("SELF_HOSTING_MATH.1",),
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
        lambda q: _replicas(
            q, q["prompted_requests"] * q["request_seconds"] + q["tuned_seconds_a_month"]
        ),
        ("SELF_HOSTING_MATH.1",),
    ),
    Formula(
        "own_cards",
        "cards",
        "own cards that the whole peak load needs: copies of the model x cards of each",
        lambda q: q["own_replicas"] * q["cards_per_replica"],
    ),
    Formula(
        "hours_a_month",
        "hours a month",
        "hours in which a machine that never stops runs: 365 x 24 / 12",
        lambda q: q.of(HOURS_A_MONTH),
    ),
)
