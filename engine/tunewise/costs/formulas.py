"""What a plan needs of each thing: tokens, examples, years, machines. The numbers come from the cost book."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from tunewise.costs.ranges import Q

if TYPE_CHECKING:
    from tunewise.costs.quantities import Quantities

MILLION = 1_000_000
MONTHS_A_YEAR = 12
HOURS_A_MONTH = 730
SECONDS_A_MONTH = HOURS_A_MONTH * 3600


class Formula(Protocol):
    """Works out a quantity, in ranges or in draws alike."""

    __name__: str

    def __call__(self, q: Quantities[Q], /) -> Q:
        """Return the quantity."""
        ...


def tuned_share(q: Quantities[Q]) -> Q:
    """Share of the requests that the tuned model answers: none, all, or the assumed part of a hybrid."""
    return q.where(
        "approach",
        "hybrid",
        lambda: q["hybrid_tuned_share"].settled(),
        lambda: q.where("approach", "fine_tuning", lambda: q.of(1), lambda: q.of(0)),
    )


def tuned_requests(q: Quantities[Q]) -> Q:
    """Requests a month to the tuned model."""
    return q["requests_per_month"] * q["tuned_share"]


def prompted_requests(q: Quantities[Q]) -> Q:
    """Requests a month to the prompted model: those that the tuned one does not answer."""
    return q["requests_per_month"] * q["tuned_share"].rest()


def request_input_tokens(q: Quantities[Q]) -> Q:
    """Tokens into the model per request: the prompt, and the passages looked up for it."""
    return q["input_tokens"] + q.where(
        "retrieval", "rag", lambda: q["retrieved_tokens"], lambda: q.of(0)
    )


def prompted_input_mtok(q: Quantities[Q]) -> Q:
    """Million tokens a month into the prompted model."""
    return _millions(q, q["prompted_requests"] * q["request_input_tokens"])


def prompted_output_mtok(q: Quantities[Q]) -> Q:
    """Million tokens a month out of the prompted model."""
    return _millions(q, q["prompted_requests"] * q["output_tokens"])


def tuned_input_mtok(q: Quantities[Q]) -> Q:
    """Million tokens a month into the tuned model."""
    return _millions(q, q["tuned_requests"] * q["request_input_tokens"])


def tuned_output_mtok(q: Quantities[Q]) -> Q:
    """Million tokens a month out of the tuned model."""
    return _millions(q, q["tuned_requests"] * q["output_tokens"])


def input_usd_per_mtok(q: Quantities[Q]) -> Q:
    """List price of a million tokens into the prompted model, in USD."""
    return q.of(q.price.input_usd_per_mtok)


def output_usd_per_mtok(q: Quantities[Q]) -> Q:
    """List price of a million tokens out of the prompted model, in USD."""
    return q.of(q.price.output_usd_per_mtok)


def missing_examples(q: Quantities[Q]) -> Q:
    """Examples still to be labelled; the assumed share where it is unknown how many are at hand."""
    needed = q["examples_needed"]

    def beyond() -> Q:
        return needed.beyond(q["training_examples"])

    return q.stated(
        "training_examples",
        lambda: q.where("labelling", "impossible", lambda: q.of(0), beyond),
        lambda: needed * q["missing_share"],
    )


def training_mtok(q: Quantities[Q]) -> Q:
    """Million tokens to train on: examples x tokens of each x epochs (as providers bill them)."""
    examples = q.stated(
        "training_examples",
        lambda: q["training_examples"] + q["missing_examples"],
        lambda: q["examples_needed"],
    )
    return _millions(q, examples * q["example_tokens"] * q["epochs"])


def tuning_build_years(q: Quantities[Q]) -> Q:
    """Years for which specialists build the tuned model; afterwards they are in the running costs."""
    return q["tuning_build_months"].over(q.of(MONTHS_A_YEAR))


def prompting_build_years(q: Quantities[Q]) -> Q:
    """Years for which domain experts write the prompts; afterwards they are in the running costs."""
    return q["prompting_build_months"].over(q.of(MONTHS_A_YEAR))


def corpus_mtok(q: Quantities[Q]) -> Q:
    """Million tokens of the documents that answers rest on."""
    return _millions(q, q["corpus_tokens"])


def changed_corpus_mtok(q: Quantities[Q]) -> Q:
    """Million tokens to embed anew each month, if all documents are embedded at each change."""
    return q["corpus_mtok"] * q["reembeddings_per_month"]


def hosting_factor(q: Quantities[Q]) -> Q:
    """What hosting in the jurisdiction multiplies a provider's price by, 1 elsewhere."""
    return q.where("hosting", "onshore_hosted", lambda: q["onshore_factor"], lambda: q.of(1))


def cards_per_replica(q: Quantities[Q]) -> Q:
    """Accelerators that hold the model: parameters x bytes each x overhead / memory of one, rounded up."""
    gigabytes = q["parameters_billion"] * q["bytes_per_parameter"] * q["serving_memory_overhead"]
    return gigabytes.over(q["card_memory_gb"]).rounded_up()


def request_seconds(q: Quantities[Q]) -> Q:
    """Seconds that one replica at full load takes per request.

    Tokens in / prefill rate + tokens out / decoding rate; the rates are those measured on the reference card,
    times the speed of the card in use.
    """
    speed = q["card_speed"]
    reading = q["request_input_tokens"].over(q["prefill_tokens_per_second"] * speed)
    return reading + q["output_tokens"].over(q["decode_tokens_per_second"] * speed)


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


def own_cards(q: Quantities[Q]) -> Q:
    """Own accelerators that the whole peak load needs: prompted and tuned share one open model."""
    return _replicas(q, q["requests_per_month"]) * q["cards_per_replica"]


def hours_a_month(q: Quantities[Q]) -> Q:
    """Hours in which a machine that never stops runs each month: 365 x 24 / 12."""
    return q.of(HOURS_A_MONTH)


def _millions(q: Quantities[Q], tokens: Q) -> Q:
    return tokens.over(q.of(MILLION))


PER_LOAD: Mapping[str, Formula] = {
    formula.__name__: formula
    for formula in (
        tuned_requests,
        prompted_requests,
        prompted_input_mtok,
        prompted_output_mtok,
        tuned_input_mtok,
        tuned_output_mtok,
        tuned_replicas,
        own_cards,
    )
}
"""The formulas whose result grows with the load."""

FORMULAS: Mapping[str, Formula] = {
    **PER_LOAD,
    **{
        formula.__name__: formula
        for formula in (
            tuned_share,
            request_input_tokens,
            input_usd_per_mtok,
            output_usd_per_mtok,
            missing_examples,
            training_mtok,
            tuning_build_years,
            prompting_build_years,
            corpus_mtok,
            changed_corpus_mtok,
            hosting_factor,
            cards_per_replica,
            request_seconds,
            peak_factor,
            hours_a_month,
        )
    },
}

NEEDED = frozenset(
    {
        "base_model",
        "bytes_per_parameter",
        "cached_input_share",
        "card_memory_gb",
        "card_speed",
        "corpus_tokens",
        "decode_tokens_per_second",
        "epochs",
        "example_tokens",
        "examples_needed",
        "horizon_months",
        "hybrid_tuned_share",
        "input_tokens",
        "knowledge_change",
        "minimum_replicas",
        "missing_share",
        "onshore_factor",
        "organisation",
        "output_tokens",
        "parameters_billion",
        "peak_factor_steady",
        "peak_factor_unknown",
        "peak_factor_unpredictable",
        "peak_factor_variable",
        "prefill_tokens_per_second",
        "prompting_build_months",
        "reembeddings_per_month",
        "requests_per_month",
        "retrieved_tokens",
        "serving_memory_overhead",
        "tuning_build_months",
        "usable_share",
    }
)
"""The assumptions that the formulas and the horizon rest on."""
