"""Formulas as entries, what they need, and how every quantity of an estimate comes about."""

from datetime import date

import pytest

from tunewise.cases.case import Case
from tunewise.costs.explained import tree
from tunewise.costs.formulas import FORMULAS
from tunewise.costs.model import CostModel, cost_book
from tunewise.costs.reading_formulas import needed, resting_on
from tunewise.evaluation.evaluator import Evaluator
from tunewise.loading.assembly import load
from tunewise.record.decision import as_record

DAY = date(2026, 11, 22)
LOADED = {
    "tuned_requests",
    "prompted_requests",
    "prompted_input_mtok",
    "prompted_output_mtok",
    "tuned_input_mtok",
    "tuned_output_mtok",
    "tuned_seconds_a_month",
    "tuned_replicas",
    "own_replicas",
    "own_cards",
    "serving_cards",
    "owned_cards",
    "rented_cards",
    "busy_share",
    "reviewed_answers",
    "review_hours",
    "vector_read_units",
}
OPEN = {"token_price_factor", "prompting_request_usd"}
"""What counts only once it is given."""
CONSTANT = {"hours_a_month"}
"""What rests on nothing that a case, a plan or an assumption says."""


@pytest.fixture(scope="module")
def rulebook():
    return load()


@pytest.fixture(scope="module")
def costs(rulebook):
    """The costs of a case with retrieval, own machines for the tuned model and a service for the prompted one."""
    plans = {
        "prompting": {"hosting": "public_api", "retrieval": "rag", "model_size": "frontier"},
        "hybrid": {"hosting": "onshore_hosted", "retrieval": "rag"},
        "fine_tuning": {"hosting": "self_hosted", "model_size": "large"},
    }
    facts = {"requests_per_month": 250_000, "traffic_pattern": "variable", "gpu_memory_gb": 0}
    return CostModel(rulebook, DAY, {"epochs": "2"}).estimate(facts, plans)


@pytest.mark.parametrize("formula", FORMULAS.values(), ids=FORMULAS)
def test_a_formula_has_one_line_of_words_and_known_sources(rulebook, formula):
    """Whoever reads a formula finds what it does in one line, and the documents that it rests on."""
    assert formula.words
    assert "\n" not in formula.words
    assert set(formula.sources) <= set(rulebook.items)


def test_what_a_plan_needs_is_read_off_the_formulas(rulebook):
    """Every assumption with a value that a formula asks for is needed, and what a case must state is not."""
    found = needed(rulebook.facts)
    assert found <= cost_book(rulebook).assumptions.keys()
    assert {
        "epochs",
        "peak_factor_unknown",
        "base_model",
        "horizon_months",
        "usable_share",
    } <= found
    assert not found & (OPEN | {"training_examples", "gpu_memory_gb", "commitment_months"})


def test_what_grows_with_the_load_is_read_off_the_formulas(rulebook):
    """Seventeen quantities rest on the requests a month, at first or second hand."""
    assert resting_on("requests_per_month", rulebook.facts) == LOADED


def test_every_quantity_is_explained_down_to_its_inputs(rulebook, costs):
    """Each name in a line leads to what is given, assumed or planned, and all of it cites known sources."""
    for estimate in costs.estimates.values():
        found = estimate.explain()
        for line in estimate.lines:
            for name in line.terms:
                assert leaves(tree(found, name)) <= {"given", "assumed", "planned", *CONSTANT}, name
        for name, one in found.items():
            assert one.words, name
            assert set(one.sources) <= set(rulebook.items), name
            assert (one.origin == "computed") == (name in FORMULAS or name == "card")
            if one.origin in ("given", "planned"):
                assert one.inputs == (), name


def leaves(found):
    """The origins of what a tree ends in, or its name where it is computed from nothing."""
    if not found.inputs:
        one = found.quantity
        return {one.name if one.origin == "computed" else one.origin}
    return set().union(*map(leaves, found.inputs))


def test_a_tree_says_how_replicas_come_about(costs):
    """From the replicas of own machines down to the load that the case states, as far as it can be relied on."""
    found = costs.estimates["fine_tuning"].explain()
    top = tree(found, "own_cards")
    replicas = next(one for one in top.inputs if one.quantity.name == "own_replicas")
    names = [one.quantity.name for one in replicas.inputs]
    assert names == [
        "prompted_requests",
        "request_seconds",
        "tuned_seconds_a_month",
        "replicas_each_second",
        "minimum_replicas",
    ]
    load = next(
        one for one in replicas.inputs[0].inputs if one.quantity.name == "requests_per_month"
    )
    value = load.quantity.value
    assert 0.75 * 250_000 < value.low < 250_000 < value.high < 1.5 * 250_000
    assert value.expected == pytest.approx(250_000, rel=0.01)
    assert load.quantity.origin == "given"
    (peak_load, _) = replicas.inputs[3].inputs
    (factor, _) = peak_load.inputs
    peak = {one.quantity.name for one in factor.inputs}
    assert peak == {"traffic_pattern", "peak_factor_variable"}


def test_an_explanation_says_what_the_user_set(costs):
    """An override is assumed, and no document's."""
    epochs = costs.estimates["fine_tuning"].explain()["epochs"]
    assert (epochs.origin, epochs.sources) == ("assumed", ())


def test_a_price_is_explained_by_its_model(costs):
    """The price of tokens leads to the model that is assumed, and to the tokens of a request."""
    found = costs.estimates["prompting"].explain()
    assert found["base_model"].value == "openai/gpt-6-sol"
    assert {"base_model", "request_input_tokens"} <= set(found["input_usd_per_mtok"].inputs)


def test_json_shows_how_quantities_come_about(rulebook):
    """A line names its terms, and the estimate says of each of them and of all below it how it comes about."""
    evaluator = Evaluator(rulebook, DAY)
    try:
        found = as_record(evaluator.evaluate(Case("x", {})))["costs"]["fine_tuning"]
    finally:
        evaluator.close()
    for line in found["lines"]:
        assert set(line["terms"]) <= found["quantities"].keys()
    for one in found["quantities"].values():
        assert set(one["inputs"]) <= found["quantities"].keys()
