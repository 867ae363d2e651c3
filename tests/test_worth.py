"""What answers are worth, and the cheaper model beside the plan: only what was measured, and of such a plan."""

import json
from datetime import date
from pathlib import Path

import pytest

from tunewise.cases.case import Case
from tunewise.commands.program import run
from tunewise.evaluation.evaluator import Evaluator
from tunewise.loading.assembly import load

DAY = date(2026, 11, 28)
MAIL = {
    "task_type": "extraction",
    "requests_per_month": 100_000,
    "input_tokens": 3000,
    "output_tokens": 200,
    "training_examples": 6000,
    "example_tokens": 900,
    "gap_kinds": ("accuracy", "format"),
    "accuracy_target": 0.95,
    "prompt_accuracy": 0.8,
    "tuning_accuracy": 0.95,
    "commitment_months": 12,
    "base_model": "openai/gpt-6-sol",
}


CHEAP = {
    "efficient_accuracy": 0.97,
    "prompt_accuracy": 0.97,
    "accuracy_target": 0.9,
    "gap_kinds": ("cost",),
}
"""A cheaper model does the work, so the plan is one."""


@pytest.fixture(scope="module")
def evaluator():
    found = Evaluator(load(), DAY)
    yield found
    found.close()


@pytest.fixture(scope="module")
def costs(evaluator):
    """The costs of the mail, with some facts changed or left out."""

    def found(**changed):
        facts = {id: value for id, value in {**MAIL, **changed}.items() if value is not None}
        return evaluator.evaluate(Case("Mail", facts)).costs

    return found


def test_a_right_answer_costs_what_an_answer_does_over_the_share_that_is_right(costs):
    """Of a thousand answers at 80%, 800 are right, and carry what all of them cost."""
    found = costs()
    for approach, right in (("prompting", 0.8), ("fine_tuning", 0.95)):
        estimate = found.estimates[approach]
        for end in ("low", "expected", "high"):
            all_of_them = getattr(estimate.per_1000_requests, end)
            right_ones = getattr(estimate.worth.per_1000_right, end)
            assert right_ones == pytest.approx(all_of_them / right, abs=0.01)
    assert found.estimates["hybrid"].worth is None


def test_wrong_answers_cost_what_each_does(costs):
    """20% wrong of 100,000 a month at 50 cents are about $120,000 a year, as uncertain as the load is."""
    found = costs(error_cost_usd=0.5)
    wrong = found.estimates["prompting"].worth.errors
    assert wrong.low < wrong.expected < wrong.high
    assert wrong.expected == pytest.approx(0.2 * 100_000 * 12 * 0.5, rel=0.1)
    assert found.estimates["fine_tuning"].worth.errors.expected < wrong.expected / 3
    assert found.estimates["prompting"].horizon == costs().estimates["prompting"].horizon
    assert costs().estimates["prompting"].worth.errors is None


@pytest.mark.parametrize(
    ("facts", "approach", "fact"),
    [
        ({}, "prompting", "prompt_accuracy"),
        ({"prompt_accuracy": None}, "prompting", None),
        ({"tuning_accuracy": None}, "fine_tuning", None),
        (CHEAP, "prompting", "efficient_accuracy"),
        ({"external_knowledge": "essential", "gap_kinds": ("missing_knowledge",)}, "prompting", None),
        (
            {"external_knowledge": "essential", "retrieval_accuracy": 0.9, "gap_kinds": ("missing_knowledge",)},
            "prompting",
            "retrieval_accuracy",
        ),
    ],
)  # fmt: skip
def test_a_share_counts_for_the_plan_that_it_was_measured_with(costs, facts, approach, fact):
    """What prompts reached says nothing of prompts with retrieval, or of a tuned model."""
    worth = costs(**facts).estimates[approach].worth
    assert (None if worth is None else worth.fact) == fact


def test_no_answers_and_none_right_have_no_cost_of_a_right_one(costs):
    """Nothing is divided by nothing."""
    assert costs(requests_per_month=0).estimates["prompting"].worth.per_1000_right is None
    assert costs(prompt_accuracy=0).estimates["prompting"].worth.per_1000_right is None


def test_the_cheaper_model_stands_beside_the_plan_with_what_is_known_of_it(costs):
    """It costs less, is prompted as the plan is, and its quality is what was measured of such a model, else unknown."""
    found = costs()
    assert found.cheaper.model == "openai/gpt-6-luna"
    own, other = found.estimates["prompting"], found.cheaper.estimate
    assert other.horizon.expected < own.horizon.expected
    assert other.initial == own.initial
    assert other.worth is None
    assert costs(efficient_accuracy=0.7).cheaper.estimate.worth.right == 0.7
    assert costs(base_model="openai/gpt-6-luna").cheaper is None
    assert costs(sovereignty="air_gapped", base_model=None).cheaper is None


@pytest.mark.parametrize("measured", [True, False])
def test_every_form_tells_it(tmp_path, capsys, measured):
    """In JSON, in short, in the brief and in full; that nothing was measured is said, too."""
    facts = {**MAIL, "error_cost_usd": 2}
    if not measured:
        facts = {id: value for id, value in facts.items() if "_accuracy" not in id}
    path, said = Path(tmp_path) / "mail.json", {}
    path.write_text(json.dumps({"name": "Mail", "facts": facts}))
    for form in (["--format", "json"], [], ["--brief"], ["--full"]):
        assert run(["decide", str(path), "--as-of", "2026-11-28", "--no-turning", *form]) == 0
        said[" ".join(form)] = " ".join(capsys.readouterr().out.split())
    record = json.loads(said.pop("--format json"))
    assert record["cheaper_model"]["model"] == "openai/gpt-6-luna"
    assert (record["costs"]["prompting"]["worth"] is not None) is measured
    for text in said.values():
        assert "gpt-6-luna" in text
        assert ("80% by prompt engineering" in text) is measured
        assert ("for wrong ones on top" in text) is measured
        assert ("How many answers are right was not measured" in text) is not measured
    if measured:
        assert "(80% right beside 95%)" in said["--brief"]
