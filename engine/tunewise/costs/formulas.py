"""All that is worked out of a plan, by name; the numbers that go in come from the cost book."""

from __future__ import annotations

from collections.abc import Mapping

from tunewise.costs import demand, serving
from tunewise.costs.demand import DEMAND
from tunewise.costs.measures import Formula
from tunewise.costs.serving import SERVING
from tunewise.costs.training import TRAINING

PER_LOAD: Mapping[str, Formula] = demand.PER_LOAD | serving.PER_LOAD
"""The formulas whose result grows with the load."""

FORMULAS: Mapping[str, Formula] = DEMAND | SERVING | TRAINING

NEEDED = frozenset(
    {
        "base_model",
        "batch_share",
        "bytes_per_parameter",
        "cache_gb_per_mtok",
        "cached_input_share",
        "card_bandwidth",
        "card_memory_gb",
        "card_speed",
        "cards_per_machine",
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
        "training_bytes_per_parameter",
        "training_card_memory_gb",
        "training_card_tflops",
        "training_flop_per_parameter",
        "training_overhead",
        "training_utilisation",
        "training_working_gb",
        "tuning_build_months",
        "usable_share",
    }
)
"""The assumptions that the formulas and the horizon rest on."""
