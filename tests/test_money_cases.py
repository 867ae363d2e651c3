"""Cases on which costs once went wrong, each standing for its kind: limits, prompts, cards, ranges, one story."""

from datetime import date

import pytest

from tunewise.cases.case import Case
from tunewise.costs.estimator import MOST_DRAWS
from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.loading.assembly import load
from tunewise.report.in_currency import in_its_currency
from tunewise.report.presenting_short import short_view

DAY = date(2026, 11, 28)
MAIL = {
    "task_type": "extraction",
    "organisation": "mid_size",
    "requests_per_month": 400_000,
    "input_tokens": 3000,
    "output_tokens": 200,
    "traffic_pattern": "steady",
    "training_examples": 6000,
    "example_tokens": 900,
    "gap_kinds": ("format", "cost"),
    "ml_expertise": "some",
    "commitment_months": 24,
    "base_model": "openai/gpt-6-sol",
}
OWN = {**MAIL, "sovereignty": "on_premises", "ml_expertise": "dedicated", "gpu_memory_gb": 320}
MOST_BEYOND = 1.5
"""By how much more a tuned engine writes than open ones do, whose rates are taken."""
BUDGETS = (500, 5_000, 10_000, 15_000, 25_000, 60_000)


@pytest.fixture(scope="module")
def rulebook():
    return load()


@pytest.fixture(scope="module")
def decide(rulebook):
    """Return the evaluation of a case: facts that differ from the mail's, assumptions."""
    made = {}

    def found(facts, **assumptions):
        key = tuple(sorted(assumptions.items()))
        if key not in made:
            made[key] = Evaluator(rulebook, DAY, assumptions)
        known = {id: value for id, value in facts.items() if value is not None}
        return made[key].evaluate(Case("A case", known))

    yield found
    for evaluator in made.values():
        evaluator.close()


def first(evaluation):
    return next(iter(evaluation.conclusions.outcomes.values()))


def lines(estimate):
    return {line.id.rpartition(".")[2]: line for line in estimate.lines}


# A limit binds all alike.


@pytest.mark.parametrize("budget", BUDGETS)
def test_a_budget_never_turns_to_what_breaks_it_worse(decide, budget):
    """Nothing over the budget is recommended while another is within; where none is, the nearest is named."""
    facts = {**OWN, "task_type": "code_generation", "requests_per_month": 9_000_000}
    found = decide({**facts, "adapter_plateaued": True, "monthly_budget_usd": budget})
    over = {
        one: found.facts[f"{prefix}_monthly_over_budget"].value >= MOST_DRAWS
        for one, prefix in (("prompting", "prompting"), ("fine_tuning", "tuning"))
    }
    outcome = first(found)
    if outcome.blocked:
        assert all(over.values())
        said = short_view(in_its_currency(found))
        assert said.first.nearest.option
        assert said.first.nearest.limits
    else:
        assert not over.get(outcome.chosen, False)


# Each plan pays for what is its own.


@pytest.mark.parametrize("tokens", [0, 2000, 5000])
def test_passages_are_counted_once(decide, rulebook, tokens):
    """Tokens of a prompted request are the prompt and the passages; the question asks for the prompt alone."""
    facts = {**MAIL, "task_type": "question_answering", "external_knowledge": "essential"}
    asked = {"corpus_tokens": 80_000_000, "knowledge_change": "weekly", "gap_kinds": None}
    found = decide({**facts, **asked}, retrieved_tokens=str(tokens))
    assert found.plans["prompting"]["retrieval"] == "rag"
    explained = found.costs.estimates["prompting"].explain()
    assert explained["request_input_tokens"].value.expected == pytest.approx(3000 + tokens, rel=0.1)
    assert "without passages" in rulebook.facts["input_tokens"].help


@pytest.mark.parametrize("model", [None, "openai/gpt-6-sol"])
def test_a_tuned_model_pays_for_its_own_prompt(decide, model):
    """A prompt of 5,000 tokens that tuning shortens to 250 saves most of what prompting one's own model costs."""
    facts = {**OWN, "requests_per_month": 20_000_000, "input_tokens": 5000, "output_tokens": 10}
    long = decide({**facts, "base_model": model})
    short = decide({**facts, "base_model": model, "tuned_input_tokens": 250})
    tuning, prompting = (short.costs.estimates[one] for one in ("fine_tuning", "prompting"))
    assert tuning.monthly.expected < long.costs.estimates["fine_tuning"].monthly.expected
    assert tuning.monthly.expected < prompting.monthly.expected / 2
    assert short.costs.break_even.reason in ("pays_back", "from_the_start")


def test_a_model_stated_against_the_plan_is_said(decide):
    """Where a small model is advised and a dear one stated, sums are at what was stated, and that is said."""
    facts = {**MAIL, "task_type": "classification", "difficulty": "low", "gap_kinds": ("cost",)}
    measured = {"prompt_accuracy": 0.96, "accuracy_target": 0.9, "requests_per_month": 3_000_000}
    found = decide({**facts, **measured})
    assert found.plans["prompting"]["model_size"] == "efficient"
    assert found.costs.prompted.model == "openai/gpt-6-sol"
    assert any("gpt-6-sol, which you stated" in note for note in found.costs.notes)
    cheap = decide({**facts, **measured, "base_model": None})
    assert not any("which you stated" in note for note in cheap.costs.notes)
    assert (
        cheap.costs.estimates["prompting"].monthly.expected
        < found.costs.estimates["prompting"].monthly.expected / 2
    )


@pytest.mark.parametrize("assumed", ["openai/gpt-6-luna", "openai/gpt-6-sol"])
def test_no_note_tells_of_another_tuned_model_than_is_priced(decide, assumed):
    """A tuned model is either an open one that is served, or one that is paid by its base model's tokens."""
    for examples in (40, 6000):
        found = decide({**MAIL, "training_examples": examples, "base_model": assumed})
        priced = "tuned_input" in lines(found.costs.estimates["fine_tuning"])
        said = [note for note in found.costs.notes if "itself is no base for tuning" in note]
        assert said
        assert ("an open model" in said[0]) is not priced


# The same thing costs the same.


def test_size_moves_what_people_cost_and_nothing_else(decide):
    """Cards, tokens, training and stores cost every organisation the same, and examples at hand need no labelling."""
    sizes = ("small_business", "mid_size", "enterprise")
    found = [decide({**MAIL, "organisation": size}).costs.estimates for size in sizes]
    for approach in found[0]:
        small, mid, large = (lines(one[approach]) for one in found)
        assert small.keys() == mid.keys() == large.keys()
        for id, line in mid.items():
            same = (small[id].rate, small[id].quantity) == (large[id].rate, large[id].quantity)
            assert same is not (line.unit == "hours" or id == "retraining"), id
        assert "labelling" not in mid


# What is uncertain is drawn.


def test_long_requests_have_a_range_that_holds_what_was_measured(decide):
    """TensorRT-LLM: 330 tokens a second out of an 8B in 16 bits on an A100, 20,000 in and 2,000 out."""
    facts = {**OWN, "gpu_memory_gb": 0, "input_tokens": 20_000, "tuned_input_tokens": 20_000}
    found = decide({**facts, "output_tokens": 2000}, served_by="a100_on_demand")
    assert found.plans["fine_tuning"]["model_size"] == "small"
    tuned = found.costs.estimates["fine_tuning"]
    assert tuned.served.chosen == "a100_on_demand"
    seconds = tuned.explain()["tuned_request_seconds"].value
    assert 2000 / seconds.high <= 330 <= 2000 / seconds.low * MOST_BEYOND
    assert seconds.high > seconds.low * 1.5


@pytest.mark.parametrize(
    ("key", "span", "approach"),
    [
        ("tuning_monthly_usd", "800..3000..9000", "fine_tuning"),
        ("prompting_initial_usd", "1000..20000..90000", "prompting"),
        ("hybrid_monthly_usd", "800..3000..9000", "hybrid"),
        ("cached_input_share", "0..0.5..1", "prompting"),
        ("batch_share", "0..0.5..1", "prompting"),
        ("token_price_factor", "0.2..1..3", "prompting"),
        ("token_price_fall", "0..0.3..0.9", "prompting"),
    ],
)
def test_a_range_that_is_stated_is_drawn(decide, key, span, approach):
    """In the sum, between P10 and P90, in the same range everywhere, and among what drives the comparison."""
    middle = span.split("..")[1]
    one, ranged = (decide(MAIL, **{key: value}).costs for value in (middle, span))
    widths = [
        found.estimates[approach].horizon.high - found.estimates[approach].horizon.low
        for found in (one, ranged)
    ]
    assert widths[1] > widths[0] * 1.02
    spread = ranged.uncertainty
    assert spread.ranges >= one.uncertainty.ranges
    total = spread.totals[approach]
    assert (total.p10, total.p50, total.p90) == ranged.estimates[approach].horizon.values
    if not key.startswith("hybrid"):
        assert key in {driver.key for driver in spread.drivers}


@pytest.mark.parametrize("key", ["horizon_months", "cards_per_machine", "joining_loss"])
def test_a_range_of_what_is_never_drawn_is_refused(decide, key):
    """One number is asked for where a range could not count, and the place and what was found are told."""
    with pytest.raises(UserError, match=rf"--assume {key}: expected one number.*0.2\.\.|1\.\."):
        decide(MAIL, **{key: "1..2..4" if key != "joining_loss" else "0.2..0.3"})


def test_a_range_that_a_case_does_not_draw_is_told(decide):
    """A provider's price factor means nothing to one's own cards, and rent nothing to a provider's model."""
    ranges = {"token_price_factor": "0.5..1..2", "cached_input_share": "0..0.2..0.9"}
    told = {
        place: [key for key in ranges if any(f"{key}: nothing" in note for note in found)]
        for place, found in (
            ("own", decide({**OWN, "tuned_input_tokens": 300}, **ranges).costs.notes),
            ("provider", decide(MAIL, **ranges).costs.notes),
        )
    }
    assert told["provider"] == []
    assert "token_price_factor" in told["own"]


def test_every_sum_picture_and_chance_is_of_the_same_draws(decide):
    """What is drawn over time ends at the total, over loads it passes through it, and the spread has its ends."""
    found = decide(MAIL).costs
    at_load = found.at_loads([MAIL["requests_per_month"]])
    for approach, estimate in found.estimates.items():
        total, spread = estimate.horizon, found.uncertainty.totals[approach]
        assert estimate.after(found.horizon_months) == total
        assert (spread.p10, spread.p50, spread.p90) == total.values
        assert at_load.get(approach, (total,)) == (total,)
        pieces = estimate.pieces(found.horizon_months)
        assert sum(one.expected for one in pieces) == pytest.approx(total.expected, abs=0.01)


# Never, late, and one story.


OFFERS = ("100", "1000", "2300", "2450", "2600", "2800", "3000", "3200", "3400", "5000", "20000")


def test_never_is_judged_at_least_as_hard_as_late(decide):
    """The dearer an offer for running a tuned model, the later it pays back, and nothing speaks more for it."""
    facts = {**MAIL, "gap_kinds": ("cost",), "requests_per_month": 300_000}
    found = [decide(facts, tuning_monthly_usd=offer) for offer in OFFERS]
    told = [one.costs.break_even.reason for one in found]
    reasons = [one for one in told if one != "near_even"]
    order = ("from_the_start", "pays_back", "too_late", "dearer_to_run")
    assert [order.index(one) for one in reasons] == sorted(order.index(one) for one in reasons)
    assert {"too_late", "dearer_to_run"} <= set(reasons)
    scores = [first(one).standing("fine_tuning").score for one in found]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1]


@pytest.mark.parametrize("requests", [3_000, 60_000, 150_000, 320_000, 700_000, 3_000_000])
@pytest.mark.parametrize("months", [6, 24])
def test_the_two_sentences_of_break_even_tell_one_story(decide, requests, months):
    """What does not pay back within the time is no cheaper at this load, and the load from which it is lies above."""
    facts = {**MAIL, "requests_per_month": requests, "commitment_months": months}
    found = decide({**facts, "output_tokens": 500, "input_tokens": 500}).costs
    even, loads = found.break_even, found.break_even.loads
    begins = loads.throughout.expected
    if even.reason == "near_even":
        assert 0.4 < found.uncertainty.cheaper < 0.6
    elif even.reason in ("pays_back", "from_the_start"):
        assert (loads.first or begins) is not None
        assert requests >= (loads.first or begins) * 0.98
        assert even.months.expected <= months
    else:
        assert begins is None or requests <= begins * 1.02
        assert even.months.expected is None or even.months.expected > months
    said = even.sentence.casefold()
    assert ("so it pays back" in said) is (even.reason == "pays_back")
    assert (f"not within the {months} months" in said) is (even.reason == "too_late")


@pytest.mark.parametrize(("requests", "told"), [(10, True), (2_000_000, False)])
def test_few_requests_are_told_what_each_costs(decide, requests, told):
    """A tuned model for ten requests a month is no bargain at any price of tokens, and that is said."""
    facts = {
        **MAIL,
        "requests_per_month": requests,
        "accuracy_target": 0.92,
        "prompt_accuracy": 0.7,
    }
    found = decide(facts)
    said = [note for note in found.costs.notes if "as expected one costs" in note]
    assert bool(said) is told
    for estimate in found.costs.estimates.values() if told else ():
        assert f"${estimate.per_1000_requests.expected / 1000:,.2f} by" in said[0]


def test_a_case_without_requests_is_told_no_cost_of_one(decide):
    """No requests, no cost of each."""
    found = decide({**MAIL, "requests_per_month": 0})
    assert not any("as expected one costs" in note for note in found.costs.notes)
    assert found.costs.estimates["prompting"].per_1000_requests is None


# Which model a plan pays for.

PUSHES = {
    "task_type": "content_generation",
    "difficulty": "low",
    "error_impact": "low",
    "requests_per_month": 60_000_000,
    "input_tokens": 400,
    "output_tokens": 40,
    "accuracy_target": 0.9,
    "monthly_budget_usd": 40_000,
    "base_model": "openai/gpt-4o",
}


def test_a_small_model_that_was_measured_pays_its_own_price(decide):
    """Whatever dearer model is stated; it meets the target, and with it a budget that the dear one breaks."""
    measured = decide({**PUSHES, "efficient_accuracy": 0.93})
    assert measured.conclusions.recommendation["model_size"] == "efficient"
    assert measured.costs.estimates["prompting"].price.model != "openai/gpt-4o"
    assert first(measured).chosen == "prompting"


def test_a_saving_that_nobody_measured_is_not_counted(decide):
    """The stated model pays, also where a small one is advised to begin with."""
    hoped = decide(PUSHES)
    assert hoped.costs.estimates["prompting"].price.model == "openai/gpt-4o"
    assert "economics.monthly_budget_for_prompting" in first(hoped).standing("prompting").vetoed_by


def test_a_small_model_that_is_in_use_keeps_its_price(decide):
    """What is stated is the plan's own model then."""
    small = decide({**PUSHES, "base_model": "openai/gpt-4o-mini", "efficient_accuracy": 0.93})
    assert small.costs.estimates["prompting"].price.model == "openai/gpt-4o-mini"


def test_of_a_large_archive_a_sample_is_trained_on(decide):
    """Three hundred thousand examples cost no more to train on than two hundred thousand, unless all are asked for."""
    many, more = (decide({**MAIL, "training_examples": n}) for n in (300_000, 900_000))
    sums = [one.costs.estimates["fine_tuning"].initial for one in (many, more)]
    assert sums[0] == sums[1]
    everything = decide({**MAIL, "training_examples": 900_000}, examples_trained_at_most="900000")
    assert everything.costs.estimates["fine_tuning"].initial.expected > sums[0].expected
