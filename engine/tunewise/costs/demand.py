"""How much is asked of a model each month: requests, their tokens and what a token costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunewise.costs.measures import Formula, millions

if TYPE_CHECKING:
    from tunewise.costs.quantities import Quantities
    from tunewise.costs.ranges import Range


def _tuned_share(q: Quantities) -> Range:
    return q.where(
        "approach",
        "hybrid",
        lambda: q["hybrid_tuned_share"],
        lambda: q.where("approach", "fine_tuning", lambda: q.of(1), lambda: q.of(0)),
    )


def _passage_tokens(q: Quantities) -> Range:
    return q.where("retrieval", "rag", lambda: q["retrieved_tokens"], lambda: q.of(0))


def _tuned_request_input_tokens(q: Quantities) -> Range:
    """What a tuned model has learnt need not be told it: instructions and examples leave its prompt."""
    prompt = q.stated(
        "tuned_input_tokens",
        lambda: q["tuned_input_tokens"],
        lambda: q["input_tokens"] * q["tuned_input_share"],
    )
    return prompt + q["passage_tokens"]


DEMAND = (
    Formula(
        "tuned_share",
        "",
        "share of the requests that the tuned model answers: none, all, or the assumed part of a hybrid",
        _tuned_share,
        ("A53", "B77", "C78"),
    ),
    Formula(
        "tuned_requests",
        "requests a month",
        "requests to the tuned model: all requests x its share",
        lambda q: q["requests_per_month"] * q["tuned_share"],
        ("B77",),
    ),
    Formula(
        "prompted_requests",
        "requests a month",
        "requests to the prompted model: those that the tuned one does not answer",
        lambda q: q["requests_per_month"] * q["tuned_share"].rest(),
        ("B77",),
    ),
    Formula(
        "passage_tokens",
        "tokens a request",
        "tokens of the passages that are looked up for it, none without retrieval",
        _passage_tokens,
    ),
    Formula(
        "request_input_tokens",
        "tokens a request",
        "tokens into the prompted model: the prompt, and the passages looked up for it",
        lambda q: q["input_tokens"] + q["passage_tokens"],
        ("B65",),
    ),
    Formula(
        "tuned_request_input_tokens",
        "tokens a request",
        "tokens into the tuned model: its own prompt as stated, else a share of the prompt, and the passages",
        _tuned_request_input_tokens,
        ("JUDGEMENT.52", "B65"),
    ),
    Formula(
        "prompted_input_mtok",
        "million tokens a month",
        "tokens into the prompted model: its requests x tokens in",
        lambda q: millions(q, q["prompted_requests"] * q["request_input_tokens"]),
        ("B65",),
    ),
    Formula(
        "prompted_output_mtok",
        "million tokens a month",
        "tokens out of the prompted model: its requests x tokens out",
        lambda q: millions(q, q["prompted_requests"] * q["output_tokens"]),
        ("B66",),
    ),
    Formula(
        "tuned_input_mtok",
        "million tokens a month",
        "tokens into the tuned model: its requests x tokens in",
        lambda q: millions(q, q["tuned_requests"] * q["tuned_request_input_tokens"]),
        ("B65",),
    ),
    Formula(
        "tuned_output_mtok",
        "million tokens a month",
        "tokens out of the tuned model: its requests x tokens out",
        lambda q: millions(q, q["tuned_requests"] * q["output_tokens"]),
        ("B66",),
    ),
    Formula(
        "input_usd_per_mtok",
        "USD a million tokens",
        "price of tokens into the prompted model, batched and cached ones at their share",
        lambda q: q.of(q.price.input_usd_per_mtok),
        ("GENAI_PRICES.1", "OPENAI_BATCH.1"),
    ),
    Formula(
        "output_usd_per_mtok",
        "USD a million tokens",
        "price of tokens out of the prompted model, batched ones at their share",
        lambda q: q.of(q.price.output_usd_per_mtok),
        ("GENAI_PRICES.1", "OPENAI_BATCH.1"),
    ),
    Formula(
        "corpus_mtok",
        "million tokens",
        "tokens of the documents that answers rest on",
        lambda q: millions(q, q["corpus_tokens"]),
    ),
    Formula(
        "changed_corpus_mtok",
        "million tokens a month",
        "tokens to embed anew, if all documents are embedded at each change: their tokens x times a month",
        lambda q: q["corpus_mtok"] * q["reembeddings_per_month"],
    ),
)
