"""How much is asked of a model each month: requests, their tokens and what a token costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunewise.costs.measures import MILLION, by_name
from tunewise.costs.ranges import Q

if TYPE_CHECKING:
    from tunewise.costs.quantities import Quantities


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
    return millions(q, q["prompted_requests"] * q["request_input_tokens"])


def prompted_output_mtok(q: Quantities[Q]) -> Q:
    """Million tokens a month out of the prompted model."""
    return millions(q, q["prompted_requests"] * q["output_tokens"])


def tuned_input_mtok(q: Quantities[Q]) -> Q:
    """Million tokens a month into the tuned model."""
    return millions(q, q["tuned_requests"] * q["request_input_tokens"])


def tuned_output_mtok(q: Quantities[Q]) -> Q:
    """Million tokens a month out of the tuned model."""
    return millions(q, q["tuned_requests"] * q["output_tokens"])


def input_usd_per_mtok(q: Quantities[Q]) -> Q:
    """Price of a million tokens into the prompted model, in USD."""
    return q.of(q.price.input_usd_per_mtok)


def output_usd_per_mtok(q: Quantities[Q]) -> Q:
    """Price of a million tokens out of the prompted model, in USD."""
    return q.of(q.price.output_usd_per_mtok)


def corpus_mtok(q: Quantities[Q]) -> Q:
    """Million tokens of the documents that answers rest on."""
    return millions(q, q["corpus_tokens"])


def changed_corpus_mtok(q: Quantities[Q]) -> Q:
    """Million tokens to embed anew each month, if all documents are embedded at each change."""
    return q["corpus_mtok"] * q["reembeddings_per_month"]


def millions(q: Quantities[Q], tokens: Q) -> Q:
    """Return tokens in millions."""
    return tokens.over(q.of(MILLION))


PER_LOAD = by_name(
    {
        "requests a month": (tuned_requests, prompted_requests),
        "million tokens a month": (
            prompted_input_mtok,
            prompted_output_mtok,
            tuned_input_mtok,
            tuned_output_mtok,
        ),
    }
)
"""The formulas whose result grows with the load."""

DEMAND = PER_LOAD | by_name(
    {
        "": (tuned_share,),
        "tokens a request": (request_input_tokens,),
        "million tokens": (corpus_mtok,),
        "million tokens a month": (changed_corpus_mtok,),
        "USD a million tokens": (input_usd_per_mtok, output_usd_per_mtok),
    }
)
