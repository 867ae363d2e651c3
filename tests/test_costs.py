"""The cost room: the documents' sums corrected, totals, break-even, assumptions, and what is refused."""

from dataclasses import replace
from datetime import date
from math import inf

import numpy as np
import pytest
from documentbook import document_book
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tunewise.costs.breakeven import NEVER, crossings, months_to_break_even
from tunewise.costs.columns import Columns
from tunewise.costs.kernel import ONE
from tunewise.costs.model import CostModel
from tunewise.costs.ranges import Range, cents
from tunewise.costs.sampling import Sampler
from tunewise.costs.totals import adding_up
from tunewise.errors import UserError
from tunewise.loading.assembly import load

DAY = date(2026, 11, 22)
PLAN = {
    "retrieval": "none",
    "model_size": "small",
    "technique": "lora_r16",
    "hosting": "public_api",
    "oversight": "automated",
}
PROMPTING = {**PLAN, "model_size": "frontier", "technique": "none"}
ROI = {"requests_per_month": 1_000_000, "input_tokens": 500, "output_tokens": 1000}
OFFER = {
    "prompting_initial_usd": "0",
    "tuning_initial_usd": "5000",
    "tuning_monthly_usd": "700",
}
ENDS = ("low", "high")
ALL_AT_HAND = {"training_examples": 1000, "example_tokens": 5000}


@pytest.fixture(scope="module")
def rulebook():
    return load()


def plans(plan=None):
    """The usual plans of all approaches, with some options changed in each."""
    changed = plan or {}
    tuning = {**PLAN, **changed}
    return {"prompting": {**PROMPTING, **changed}, "hybrid": tuning, "fine_tuning": tuning}


@pytest.fixture(scope="module")
def estimate(rulebook):
    """Estimate a case: facts, options that differ from the usual plan, assumptions."""
    usual = CostModel(rulebook, DAY, {})

    def made(facts, plan=None, assumptions=None):
        model = CostModel(rulebook, DAY, assumptions) if assumptions else usual
        return model.estimate(facts, plans(plan))

    return made


@pytest.fixture(scope="module")
def documents(rulebook):
    """The documents' own lists of costs."""
    return document_book(rulebook)


@pytest.fixture
def printed(documents, monkeypatch):
    """Estimate a case by the documents' lists, with each input at one end, or in the middle, of its range."""

    def made(end, facts, plan=None, assumptions=None):
        monkeypatch.setattr(Sampler, "take", lambda _, name, span: getattr(span, end))
        return CostModel(documents, DAY, assumptions or {}).estimate(facts, plans(plan))

    return made


@pytest.fixture
def ends(printed):
    """Estimate a case by the documents' lists at both ends: what one of its totals comes to."""

    def made(approach, total, facts, assumptions=None):
        found = (printed(end, facts, None, assumptions).estimates[approach] for end in ENDS)
        return tuple(float(getattr(one, total).expected) for one in found)

    return made


def amounts(estimate, *ids):
    """The sum of some lines, as plain numbers."""
    lines = [line.amount for line in estimate.lines if line.id.rpartition(".")[2] in ids]
    found = sum(lines, Range.of(0))
    return tuple(float(value) for value in found.values)


def values(range_):
    return tuple(float(value) for value in range_.values)


# The documents' sums.


def test_document_b_roi_example_corrected(printed):
    """B72-B73: $11,250 a month and 0.47 months, not $12,500 and 0.4; it turns at 99,260 requests."""
    costs = printed("expected", {**ROI, "base_model": "openai/gpt-4o"}, assumptions=OFFER)
    assert costs.facts["prompting_monthly_usd"] == 11_250
    assert costs.facts["break_even_months"] == 0.47
    assert costs.facts["tuning_pays_back"] is True
    load = costs.break_even.requests_per_month
    assert load.low == load.expected == load.high == pytest.approx(99_260, rel=0.001)


@pytest.mark.parametrize(
    ("model", "monthly", "months"),
    [
        ("openai/gpt-6-sol", 11_000, 0.49),
        ("anthropic/claude-haiku-4-5", 5_500, 1.04),
        ("openai/gpt-4.1-mini", 1_800, 4.55),
        ("openai/gpt-4o-mini", 675, None),
        ("openai/gpt-6-luna", 550, None),
    ],
)
def test_a_cheaper_base_model_turns_the_answer(printed, model, monthly, months):
    """Against a cheap model the same offer pays back late or never, and says why."""
    costs = printed("expected", {**ROI, "base_model": model}, assumptions=OFFER)
    assert costs.facts["prompting_monthly_usd"] == monthly
    assert costs.facts.get("break_even_months") == months
    assert costs.break_even.reason == ("pays_back" if months else "dearer_to_run")
    assert costs.facts["tuning_pays_back"] is bool(months)
    if months is None:
        assert costs.as_record()["break_even"]["months"]["p50"] == NEVER


def test_document_b_sums_for_the_small_model(printed):
    """B42 and B45: $2,064 at first, $700 a month; its compute is today's high end, its inference the low."""
    facts = {**ALL_AT_HAND, "requests_per_month": 10_000}
    high, low = (printed(end, facts).estimates["fine_tuning"] for end in ("high", "low"))
    assert amounts(high, "small_training", "small_engineering")[1] == 2_064
    assert high.initial.expected == 2_064
    assert low.monthly.expected == 700


def test_document_b_sums_for_the_large_model(printed):
    """B50 and B53: $8,768 at first, $2,500 a month."""
    facts = {"training_examples": 5000, "example_tokens": 5000, "requests_per_month": 1000}
    large = {"model_size": "large"}
    high, low = (printed(end, facts, large).estimates["fine_tuning"] for end in ("high", "low"))
    assert high.initial.expected == 8_768
    assert low.monthly.expected == 2_500


def test_document_b_token_scenario_at_a_plausible_length(printed):
    """B19-B22: at 500 output tokens, not 50,000, the 100,000 requests cost $750 a month."""
    facts = {"requests_per_month": 100_000, "input_tokens": 1000, "base_model": "openai/gpt-4o"}
    costs = printed("expected", {**facts, "output_tokens": 500})
    assert costs.facts["prompting_monthly_usd"] == 750
    costs = printed("expected", {**facts, "output_tokens": 50_000})
    assert costs.facts["prompting_monthly_usd"] == 50_250


def test_document_c_first_year_and_break_even(printed, ends):
    """C50-C52: $4,500-$14,500, $200 a month for 10,000 emails, break-even at 18,750-60,417 emails."""
    facts = {"organisation": "small_business", "requests_per_month": 10_000}
    given = {
        "retraining_share": "0",
        "prompting_request_usd": "0.02",
        "small_business.prompt_writing": "0",
    }
    assert ends("fine_tuning", "horizon", facts, given) == (4_500, 14_500)
    for end, turn in (("low", 18_750), ("high", 60_417)):
        costs = printed(end, facts, assumptions=given)
        assert costs.facts["prompting_monthly_usd"] == 200
        assert costs.facts["tuning_pays_back"] is False
        load = costs.break_even.requests_per_month
        assert load.expected == pytest.approx(turn, rel=0.001)
    thousand = {**facts, "requests_per_month": 1000}
    assert ends("fine_tuning", "per_1000_requests", thousand, given) == (375, 1_208.33)


def test_document_a_initial_sums(ends):
    """A13 and A17, a year of salaries in front: $75,000-$330,000 and $27,000-$110,000."""
    a_year = {"tuning_build_months": "12", "prompting_build_months": "12"}
    facts = {"organisation": "enterprise"}
    assert ends("fine_tuning", "initial", facts, a_year) == (75_000, 330_000)
    assert ends("prompting", "initial", facts, a_year) == (27_000, 110_000)


def test_document_a_salaries_are_not_counted_twice(printed):
    """By default specialists are in the initial costs for the months of building only."""
    for end, amount in (("low", 12_500), ("expected", 31_250), ("high", 50_000)):
        found = printed(end, {"organisation": "enterprise"}).estimates["fine_tuning"]
        assert amounts(found, "specialists") == (amount, amount, amount)


def test_document_a_monthly_sums(ends):
    """A22 corrected to $5,166.67-$25,333.33, a quarter's retraining counted by the month; A27 holds."""
    facts = {"organisation": "enterprise", "requests_per_month": 1000}
    low, high = {"prompting_request_usd": "0.1"}, {"prompting_request_usd": "1"}
    assert ends("fine_tuning", "monthly", facts, low) == (5_166.67, 25_333.33)
    assert ends("prompting", "monthly", facts, low)[0] == 1_700
    assert ends("prompting", "monthly", facts, high)[1] == 8_500


# What is reckoned.


def test_own_machines_are_priced_in_place_of_tokens(estimate):
    """A model that is run without a network has no token price; its accelerators cost."""
    costs = estimate(ROI, {"hosting": "self_hosted"})
    ids = {line.id for line in costs.estimates["prompting"].lines}
    assert any(id.startswith("cards.") for id in ids)
    assert not ids & {"shared.prompted_input", "shared.prompted_output"}
    assert "base_model" not in costs.assumed


def test_a_large_model_takes_more_than_one_card(estimate):
    """70 billion parameters do not fit one card of 48 GB: each copy has at least two."""
    served = {"served_by": "l40s_on_demand"}
    found = estimate({"requests_per_month": 1}, {"hosting": "self_hosted"}, served)
    lines = found.estimates["prompting"].lines
    line = next(line for line in lines if line.id == "cards.l40s_on_demand")
    assert line.quantity.low >= 2 * 730


def test_hosting_in_the_jurisdiction_costs_more(estimate):
    """Onshore hosting raises the price of tokens, and its compliance work is a named gap."""
    facts = {**ROI, "base_model": "openai/gpt-4o"}
    onshore = estimate(facts, {"hosting": "onshore_hosted"})
    usual = estimate(facts).estimates["prompting"].monthly
    assert (
        usual.expected * 1.1
        < onshore.estimates["prompting"].monthly.expected
        < usual.expected * 1.5
    )
    assert any("compliance_usd" in gap for gap in onshore.gaps)
    priced = estimate(facts, {"hosting": "onshore_hosted"}, {"compliance_usd": "8000"})
    assert not any("compliance_usd" in gap for gap in priced.gaps)
    assert amounts(priced.estimates["prompting"], "compliance") == (8000, 8000, 8000)


def test_review_costs_what_its_minutes_do(estimate):
    """People's time is not priced at nothing: it is a line, and the minutes that are set count."""
    few, many = (
        estimate(
            {"requests_per_month": 600}, {"oversight": "human_review"}, {"review_minutes": set_}
        )
        for set_ in ("2", "4")
    )
    less, more = (amounts(found.estimates["prompting"], "review") for found in (few, many))
    assert less[0] < less[1] < less[2]
    assert less[1] == pytest.approx(1500, rel=0.2)
    assert more[1] == pytest.approx(2 * less[1], rel=0.05)


def test_retrieval_adds_its_own_lines_and_tokens(estimate):
    """Looked-up passages lengthen every prompt; documents are embedded and stored."""
    plain = estimate(ROI).estimates["prompting"]
    rag = estimate({**ROI, "corpus_tokens": 1_000_000}, {"retrieval": "rag"}).estimates["prompting"]
    assert rag.monthly.low > plain.monthly.high
    low, middle, high = amounts(rag, "first_embedding")
    assert 0.02 <= low < middle == 0.13 < high <= 0.2
    assert amounts(rag, "prompted_input")[1] > 3 * amounts(plain, "prompted_input")[1]


def test_a_hybrid_pays_for_both_parts(estimate):
    """Prompted tokens for its share of the requests, the tuned model's building for the rest."""
    costs = estimate({**ROI, "base_model": "openai/gpt-4o"})
    prompting, hybrid = costs.estimates["prompting"], costs.estimates["hybrid"]
    assert amounts(hybrid, "prompted_output")[1] == pytest.approx(
        0.3 * amounts(prompting, "prompted_output")[1], rel=0.1
    )
    assert amounts(hybrid, "tuning_work")[0] > 0


def test_missing_examples_cost_their_labelling(estimate):
    """500 of 1,000 examples are labelled at 0.08 hours each; where labelling is impossible, none."""
    tuning = estimate({"training_examples": 500}).estimates["fine_tuning"]
    assert amounts(tuning, "labelling") == pytest.approx((2458, 3000, 3533), rel=0.02)
    tuning = estimate({"training_examples": 500, "labelling": "impossible"}).estimates[
        "fine_tuning"
    ]
    assert amounts(tuning, "labelling") == (0, 0, 0)


def test_the_horizon_is_the_commitment(estimate):
    """A commitment of some months counts in place of the default; none at all does not."""
    assert estimate({"commitment_months": 36}).horizon_months == 36
    assert estimate({"commitment_months": 0}).horizon_months == 12
    assert estimate({}, assumptions={"horizon_months": "24"}).horizon_months == 24


def test_a_blocked_decision_is_priced_with_the_usual_option_and_said(estimate):
    """No plan is left without a price because one of its decisions has no option left."""
    blocked = estimate(ROI, {"hosting": "blocked"})
    usual = estimate(ROI)
    assert blocked.estimates["prompting"].monthly == usual.estimates["prompting"].monthly
    said = "hosting is ruled out for fine-tuning; its costs are those of a provider's public API"
    assert any(said in note for note in blocked.notes)
    assert blocked.gaps == usual.gaps


def test_what_costs_more_than_a_budget_is_said_even_where_nothing_else_is_left(estimate):
    """Prompting for $11,250 a month is over $8,000 as tuning is not; a budget of nothing is a budget."""
    notes = estimate({**ROI, "monthly_budget_usd": 8000, "upfront_budget_usd": 0}).notes
    assert "Above the budget for each month, as expected: prompt engineering." in notes
    assert any(
        note.startswith("Above the budget to start with") and note.endswith("and fine-tuning.")
        for note in notes
    )
    assert not any("Above the budget" in note for note in estimate(ROI).notes)


def test_a_model_about_to_close_is_said(estimate):
    """gpt-4o stops in January 2027: within a year of November 2026, though not within one month."""
    closing = estimate({"base_model": "openai/gpt-4o"})
    assert closing.facts["base_model_ends"] is True
    assert any("2027-01-14" in note for note in closing.notes)
    soon = estimate({"base_model": "openai/gpt-4o", "commitment_months": 1})
    assert soon.facts["base_model_ends"] is False
    assert not any("shut down" in note for note in soon.notes)


def test_a_request_that_does_not_fit_the_model_is_said(estimate):
    """A prompt longer than the context window is not priced in silence."""
    costs = estimate({"base_model": "openai/gpt-4o", "input_tokens": 200_000})
    assert any("128,000" in note for note in costs.notes)


def test_no_requests_have_no_cost_per_thousand(estimate):
    """Nothing is divided by zero."""
    costs = estimate({"requests_per_month": 0, "input_tokens": 0, "output_tokens": 0})
    assert costs.estimates["prompting"].per_1000_requests is None
    assert costs.as_record()["costs"]["prompting"]["per_1000_requests"] is None


# What is assumed.


def test_unknown_facts_are_assumed_and_named(estimate):
    """Every fact that the figures rest on without being known is listed; known ones are not."""
    costs = estimate({"input_tokens": 700})
    assert costs.assumed["requests_per_month"] == 100_000
    assert costs.assumed["base_model"] == "openai/gpt-6-sol"
    assert costs.assumed["organisation"] == "mid_size"
    assert "input_tokens" not in costs.assumed
    line = next(x for x in costs.estimates["prompting"].lines if x.id == "shared.prompted_input")
    assert "requests_per_month" in line.assumes
    assert "input_tokens" not in line.assumes


def test_an_override_is_shown_as_such(estimate):
    """The record tells what was set, what it would have been, and that the user set it."""
    costs = estimate({}, assumptions={"requests_per_month": "5000", "work.prompt_writing": "90"})
    basis = costs.as_record()["cost_basis"]["assumptions"]
    assert basis["requests_per_month"]["value"] == 5000
    assert basis["requests_per_month"]["overridden"] is True
    line = next(x for x in costs.estimates["prompting"].lines if "prompt_writing" in x.id)
    assert (line.rate, line.basis) == (Range.of(90), "given")


def test_a_known_fact_counts_before_an_assumption(estimate):
    """--assume fills what a case does not know; it never overrules the case."""
    costs = estimate({"requests_per_month": 10}, assumptions={"requests_per_month": "999"})
    assert "requests_per_month" not in costs.assumed


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("request_per_month", "5", "did you mean 'requests_per_month'?"),
        ("zzzzzz", "5", "unknown assumption"),
        ("requests_per_month", "-1", "expected a number from 0"),
        ("requests_per_month", "nan", "expected a number"),
        ("requests_per_month", "inf", "expected a number"),
        ("requests_per_month", "many", "expected a number"),
        ("horizon_months", "0", "expected a number from 1"),
        ("hybrid_tuned_share", "1.5", "expected a number from 0 to 1"),
        ("organisation", "enterprize", "did you mean 'enterprise'?"),
        ("work.review", "-5", "expected a number from 0"),
    ],
)
def test_a_wrong_assumption_is_refused(rulebook, key, value, said):
    """A mistake in --assume is one line that names the key, before anything is reckoned."""
    with pytest.raises(UserError) as caught:
        CostModel(rulebook, DAY, {key: value})
    assert said in str(caught.value)
    assert key in str(caught.value)


def test_an_unknown_base_model_is_refused_even_where_it_is_not_used(estimate):
    """A misspelt model never goes unnoticed."""
    with pytest.raises(UserError, match="openai/gpt-4o"):
        estimate({"base_model": "openai/gpt4o"}, {"hosting": "self_hosted"})


def test_absurd_loads_are_refused(estimate):
    """Costs beyond all measure are a mistake in the case."""
    with pytest.raises(UserError, match="requests_per_month"):
        estimate({"requests_per_month": 10**12, "input_tokens": 10**6})


def test_a_rulebook_without_cost_files_has_no_costs(rulebook):
    """One's own rulebook may leave costs out; nothing is then priced at nothing."""
    texts = {name: t for name, t in rulebook.texts.items() if not name.startswith("costs/")}
    bare = replace(rulebook, texts=texts)
    costs = CostModel(bare, DAY, {}).estimate({}, {"prompting": PROMPTING})
    assert (costs.estimates, costs.facts) == ({}, {})
    assert costs.gaps
    with pytest.raises(UserError, match="no cost files"):
        CostModel(bare, DAY, {"epochs": "3"})


def test_mistakes_in_cost_files_are_all_named_with_file_and_line(rulebook):
    """File, line, what was found and the nearest name, for every mistake at once."""
    broken = (
        rulebook.texts["costs/training.yaml"]
        .replace("sources: [B48, TOGETHER_PRICES.1]", "sources: [B520]")
        .replace(
            "quantity: [training_mtok, training_runs]",
            "quantity: [training_mtoks, training_runs]",
            1,
        )
        .replace("basis: price_list", "basis: pricelist", 1)
    )
    texts = {**rulebook.texts, "costs/training.yaml": broken}
    with pytest.raises(UserError) as caught:
        CostModel(_with(rulebook, texts), DAY, {})
    assert "costs/training.yaml:" in str(caught.value)
    assert "did you mean 'price_list'?" in str(caught.value)
    texts["costs/training.yaml"] = broken.replace("basis: pricelist", "basis: price_list")
    with pytest.raises(UserError) as caught:
        CostModel(_with(rulebook, texts), DAY, {})
    assert "did you mean 'training_mtok'?" in str(caught.value)
    assert "'B520'" in str(caught.value)
    assert len(caught.value.problems) == 2


def _with(rulebook, texts):
    return replace(rulebook, texts=texts)


# What holds for every case.

CASES = st.fixed_dictionaries(
    {},
    optional={
        "organisation": st.sampled_from(["small_business", "mid_size", "enterprise"]),
        "requests_per_month": st.integers(0, 10_000_000),
        "input_tokens": st.integers(0, 20_000),
        "output_tokens": st.integers(0, 5_000),
        "training_examples": st.integers(0, 20_000),
        "example_tokens": st.integers(1, 8_000),
        "traffic_pattern": st.sampled_from(["steady", "variable", "unpredictable"]),
        "commitment_months": st.integers(0, 60),
        "corpus_tokens": st.integers(0, 10**9),
        "base_model": st.sampled_from(["openai/gpt-4o", "openai/gpt-6-luna"]),
        "gpu_memory_gb": st.integers(0, 1000),
        "target_latency_ms": st.integers(1, 100_000),
    },
)
PLANS = st.fixed_dictionaries(
    {
        "retrieval": st.sampled_from(["none", "rag"]),
        "model_size": st.sampled_from(["frontier", "small", "large"]),
        "technique": st.sampled_from(["qlora", "lora_r16", "prompt_tuning", "full", "blocked"]),
        "hosting": st.sampled_from(["public_api", "onshore_hosted", "self_hosted"]),
        "oversight": st.sampled_from(["automated", "human_review"]),
    }
)
MANY = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@MANY
@given(facts=CASES, plan=PLANS)
def test_totals_are_the_sums_of_their_lines(estimate, facts, plan):
    """To the cent, for every approach, each line being its quantity times its rate."""
    costs = estimate(facts, plan)
    for found in costs.estimates.values():
        for period in ("initial", "monthly"):
            lines = [line.amount for line in found.lines if line.period == period]
            total = getattr(found, period)
            assert sum(one.expected for one in lines) == pytest.approx(total.expected, abs=0.004)
            assert total.low <= total.expected <= total.high
        assert found.horizon.low <= found.horizon.expected <= found.horizon.high
        for line in found.lines:
            assert line.amount.low <= line.amount.expected <= line.amount.high
            assert line.sources or line.basis == "given"


def test_a_recorded_line_multiplies_to_its_amount_to_the_cent(printed):
    """With each input at one value, quantity times rate is the amount: a month is no 0.08333 of a year there."""
    for end in ("low", "expected", "high"):
        for organisation in ("small_business", "mid_size", "enterprise"):
            found = printed(end, {**ROI, "organisation": organisation}).as_record()
            for one in (line for sums in found["costs"].values() for line in sums["lines"]):
                product = one["quantity"]["p50"] * one["rate"]["p50"]
                assert product == pytest.approx(one["amount"]["p50"], abs=0.00501), one["id"]


@MANY
@given(
    facts=CASES,
    plan=PLANS,
    more=st.sampled_from(["requests_per_month", "input_tokens", "output_tokens"]),
    factor=st.integers(2, 20),
)
@example(
    facts={"requests_per_month": 11_537_155, "input_tokens": 5000, "output_tokens": 50},
    plan={"technique": "qlora", "hosting": "onshore_hosted"},
    more="output_tokens",
    factor=2,
)
@example(
    facts={
        "requests_per_month": 23,
        "input_tokens": 30_000,
        "output_tokens": 500,
        "target_latency_ms": 2000,
        "gpu_memory_gb": 640,
    },
    plan={"model_size": "frontier", "technique": "qlora", "hosting": "self_hosted"},
    more="output_tokens",
    factor=5,
)
def test_costs_never_fall_with_load_or_tokens(estimate, facts, plan, more, factor):
    """More requests or longer ones cost as much or more, at each end of the range.

    Where another card becomes the cheaper in the middle, and where no machine answers in time any longer, too.
    """
    facts = {"requests_per_month": 1000, "input_tokens": 100, "output_tokens": 100, **facts}
    few = estimate(facts, plan)
    many = estimate({**facts, more: facts[more] * factor}, plan)
    for approach, found in few.estimates.items():
        pairs = zip(found.horizon.values, many.estimates[approach].horizon.values, strict=True)
        assert all(less <= more_ for less, more_ in pairs)


@MANY
@given(facts=CASES, plan=PLANS)
def test_the_break_even_range_is_in_order(estimate, facts, plan):
    """What favours tuning never makes it pay back later; never comes after every month."""
    break_even = estimate(facts, plan).break_even
    for spread in (break_even.months, break_even.requests_per_month):
        found = [spread.low, spread.expected, spread.high]
        ordered = [inf if value is None else value for value in found]
        assert ordered == sorted(ordered)
        assert all(value >= 0 for value in ordered)


def test_break_even_formula_has_neither_zero_division_nor_negative_months():
    """B69 at its two traps: equal monthly costs, and prompting the cheaper."""
    assert months_to_break_even(5000.0, 0.0, ONE) == inf
    assert months_to_break_even(5000.0, -10.0, ONE) == inf
    assert months_to_break_even(0.0, 0.0, ONE) == 0
    assert months_to_break_even(-100.0, -10.0, ONE) == inf
    assert months_to_break_even(5000.0, 2500.0, ONE) == 2


@given(fixed=st.integers(1, 10**7), each=st.integers(1, 10**5))
def test_the_crossing_is_told_to_three_digits(fixed, each):
    """The first load at which a straight line reaches zero, as division gives it, within a part of a thousand."""
    found = crossings(lambda load: (load * each - 1000 * fixed,) * 3).throughout.expected
    assert found is not None
    turn = 1000 * fixed / each
    assert turn <= found <= turn * 1.0022 + 1


def test_the_crossing_is_none_where_nothing_is_ever_saved():
    """A saving that falls with the load is given up, not searched for ever."""
    assert crossings(lambda load: (-1.0 - load,) * 3).throughout.expected is None


ENDS_IN_CENTS = st.lists(st.integers(0, 10**9) | st.integers(0, 3), min_size=3, max_size=3)


@given(ends=st.lists(ENDS_IN_CENTS.map(sorted), min_size=1), share=st.floats(0, 1.5))
def test_lines_add_up_and_none_is_below_nothing(ends, share):
    """Middles move within their ranges as far as these reach, then by what the lines come to, and never below zero."""
    spans = [Range(*map(float, one), ONE) for one in ends]
    middle = float(round(sum(span.high for span in spans) * share))
    found = adding_up(spans, Range(0.0, middle, middle, ONE), ONE)
    assert sum(one.expected for one in found) == middle
    assert all(0 <= one.low <= one.expected <= one.high for one in found)
    if sum(span.low for span in spans) <= middle <= sum(span.high for span in spans):
        assert [(one.low, one.high) for one in found] == [(one.low, one.high) for one in spans]
    columns = [Range(*(np.full((2, 1), end) for end in span.values), Columns(2)) for span in spans]
    total = Range(*(np.full((2, 1), end) for end in (0.0, middle, middle)), Columns(2))
    rows = adding_up(columns, total, Columns(2))
    assert [tuple(end[1, 0] for end in one.values) for one in rows] == [one.values for one in found]


def test_cents_are_rounded_half_up():
    """As invoices round, not as binary fractions do."""
    assert cents(0.125) == 0.13
    assert cents(2.675) == 2.68
    assert cents(1.005) == 1.01
    assert cents(1.0049999999) == 1.0
    assert cents(10**12) == 10**12


def test_what_a_case_states_is_not_assumed() -> None:
    """An override of a fact that the case states changes nothing, is not listed, and is said to be idle."""
    facts = {"requests_per_month": 20_000}
    plans = {"prompting": PROMPTING, "hybrid": PLAN, "fine_tuning": PLAN}
    told = CostModel(load(), DAY, {"requests_per_month": "5"}).estimate(facts, plans)
    plain = CostModel(load(), DAY, {}).estimate(facts, plans)
    assert told.estimates == plain.estimates
    assert told.assumptions == plain.assumptions
    assert told.notes == (
        *plain.notes,
        "--assume requests_per_month: not used, because the case states it",
    )


def test_an_assumed_model_without_a_price_is_refused() -> None:
    """The name is checked when it is read, whether or not a case needs it."""
    with pytest.raises(UserError, match=r"--assume base_model: .*gpt-99"):
        CostModel(load(), DAY, {"base_model": "openai/gpt-99"})


def test_a_tuned_model_that_a_service_serves_by_the_token_needs_no_endpoint():
    """Once a price of tokens is given, tokens are paid in place of endpoints."""
    facts = {"organisation": "mid_size", "requests_per_month": 8000, "input_tokens": 700}
    facts |= {"output_tokens": 350, "tuned_input_tokens": 700}
    plans = {
        "fine_tuning": {"model_size": "small", "technique": "lora_r16", "hosting": "public_api"}
    }
    given = {"tuned_input_usd_per_mtok": "0.06", "tuned_output_usd_per_mtok": "0.24"}

    def lines(assumptions):
        costs = CostModel(load(), date(2026, 11, 22), assumptions).estimate(facts, plans)
        return {line.id: line for line in costs.estimates["fine_tuning"].lines}

    usual, served = lines({}), lines(given)
    assert set(usual) - set(served) == {
        "services.adapter_small_input",
        "services.adapter_small_output",
    }
    assert set(served) - set(usual) == {"shared.tuned_served_input", "shared.tuned_served_output"}
    assert served["shared.tuned_served_input"].amount.expected == pytest.approx(0.34, rel=0.06)
    assert served["shared.tuned_served_output"].amount.expected == pytest.approx(0.67, rel=0.06)
