"""How sure the costs are: draws, percentiles, the chance that tuning is cheaper, and what drives it."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunewise.cases.case import Case
from tunewise.costs.draws import Draws, triangular
from tunewise.costs.model import CostModel
from tunewise.costs.ranges import Range
from tunewise.costs.sampling import DISTRIBUTION, DRAWS, Sampler, evenly
from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.loading.assembly import load
from tunewise.record.decision import as_json, as_record

DAY = date(2026, 11, 22)
PLAN = {
    "retrieval": "none",
    "model_size": "small",
    "technique": "lora_r16",
    "hosting": "public_api",
    "oversight": "automated",
}
PROMPTING = {**PLAN, "model_size": "frontier", "technique": "none"}
PLANS = {"prompting": PROMPTING, "hybrid": PLAN, "fine_tuning": PLAN}
ROI = {
    "requests_per_month": 1_000_000,
    "input_tokens": 500,
    "output_tokens": 1000,
    "base_model": "openai/gpt-4o",
}


@pytest.fixture(scope="module")
def rulebook():
    return load()


@pytest.fixture(scope="module")
def uncertain(rulebook):
    """The costs of a case with the usual plans."""
    usual = CostModel(rulebook, DAY, {})

    def made(facts, plans=PLANS, assumptions=None):
        model = CostModel(rulebook, DAY, assumptions) if assumptions else usual
        return model.estimate(facts, plans)

    return made


@pytest.fixture
def middle(uncertain):
    """The costs of a case with every input as expected."""

    def made(facts):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Sampler, "take", lambda _, name, span: span.expected)
            return uncertain(facts)

    return made


# Draws.


def drawn(*values):
    """A quantity of some draws."""
    return Range.of(Draws(values))


def test_draws_reckon_as_ranges_do():
    """Every operation on single values gives what the same operation on ranges gives."""
    for left, right in ((3.5, 2), (2, 3.5), (0.25, 1)):
        steps = {
            "sum": lambda ours, theirs: ours + theirs,
            "product": lambda ours, theirs: ours * theirs,
            "quotient": lambda ours, theirs: ours.over(theirs),
            "beyond": lambda ours, theirs: ours.beyond(theirs),
            "at least": lambda ours, theirs: ours.at_least(theirs),
            "up": lambda ours, theirs: ours.rounded_up(),
            "down": lambda ours, theirs: ours.rounded_down(),
            "rest": lambda ours, theirs: ours.rest(),
        }
        for name, step in steps.items():
            span = step(Range.of(left), Range.of(right))
            draws = step(drawn(left), drawn(right))
            assert draws.expected.values[0] == span.expected, name


def test_a_single_value_counts_for_every_draw():
    """One value against many is spread; many against many go pair by pair."""
    two = Range.of(2.0)
    assert (two * drawn(1.0, 3.0)).expected.values == [2, 6]
    assert drawn(1.0, 3.0).over(two).expected.values == [0.5, 1.5]
    assert two.over(drawn(1.0, 4.0)).expected.values == [2, 0.5]
    assert (drawn(1.0, 3.0) + drawn(10.0, 20.0)).expected.values == [11, 23]
    assert two.at_least(drawn(1.0, 3.0)).expected.values == [2, 3]


def test_rounding_up_ignores_the_noise_of_the_machine():
    """What is a whole number but for the last bit stays that number."""
    assert drawn((0.1 + 0.2) * 10).rounded_up().expected.values == [3]
    assert drawn(3.01).rounded_up().expected.values == [4]


def test_half_of_the_draws_lie_on_either_side_of_the_expected_value():
    """Each equal part of the chances has one draw; all lie within the range, the middle one near expected."""
    chances = evenly("1:x", 501)
    assert sorted(int(chance * 501) for chance in chances) == list(range(501))
    assert list(chances) != sorted(chances)
    values = sorted(triangular(1.0, 2.0, 6.0, chances).values)
    assert 1 <= values[0] <= values[-1] <= 6
    assert values[250] == pytest.approx(2, abs=0.02)


# The uncertainty of a case.


def test_with_every_input_as_expected_the_difference_is_that_of_the_totals(uncertain, middle):
    """Draws and ranges are two ways through one model: they agree to the cent or the rounding of lines."""
    for facts in ({}, ROI, {"organisation": "enterprise"}, {"organisation": "small_business"}):
        drawn = uncertain(facts).uncertainty.expected
        costs = middle(facts)
        tuning, prompting = costs.estimates["fine_tuning"], costs.estimates["prompting"]
        expected = float(tuning.horizon.expected - prompting.horizon.expected)
        assert drawn == pytest.approx(expected, abs=1)


def test_percentiles_are_in_order_and_within_reach(uncertain):
    """P10 <= P50 <= P90 for each approach, and each approach has them."""
    found = uncertain({"organisation": "enterprise"}).uncertainty
    assert set(found.totals) == set(PLANS)
    for total in found.totals.values():
        assert total.p10 < total.p50 < total.p90


def test_totals_without_doubt_lie_within_low_and_high(uncertain):
    """Where load and tokens are nothing, only the ranges count, and no draw leaves them."""
    costs = uncertain({**ROI, "requests_per_month": 0}, assumptions=None)
    for approach, total in costs.uncertainty.totals.items():
        low, _, high = (float(value) for value in costs.estimates[approach].horizon.values)
        assert low - 1 <= total.p10 <= total.p90 <= high + 1


def test_the_chance_follows_the_economics(uncertain):
    """Certain where tuning is far cheaper, none where it is far dearer, between where they are near."""
    assert uncertain(ROI).uncertainty.cheaper > 0.99
    assert uncertain({**ROI, "requests_per_month": 100}).uncertainty.cheaper == 0
    even = int(uncertain(ROI).break_even.requests_per_month.expected)
    assert 0.02 < uncertain({**ROI, "requests_per_month": even}).uncertainty.cheaper < 0.98


def test_shared_inputs_are_drawn_once(uncertain):
    """The model tuned for tokens at the base price moves with the load as prompting does: it never drives."""
    frontier = {**PLAN, "model_size": "frontier"}
    alike = {"tuned_token_factor": "1", "tuned_input_share": "1"}
    found = uncertain(ROI, {"prompting": PROMPTING, "fine_tuning": frontier}, alike).uncertainty
    drivers = {driver.key for driver in found.drivers}
    assert drivers
    assert not drivers & {"requests_per_month", "input_tokens", "output_tokens"}


def test_the_drivers_are_the_five_that_move_most(uncertain, middle):
    """They are ranked by swing; each end is the difference with that input alone moved."""
    found = uncertain(ROI).uncertainty
    swings = [driver.swing for driver in found.drivers]
    assert len(swings) == 5
    assert swings == sorted(swings, reverse=True)
    load = next(driver for driver in found.drivers if driver.key == "requests_per_month")
    more = middle({**ROI, "requests_per_month": 1_500_000})
    estimates = more.estimates
    expected = estimates["fine_tuning"].horizon.expected - estimates["prompting"].horizon.expected
    assert load.high == pytest.approx(float(expected), abs=1)


def test_an_override_is_no_longer_drawn(uncertain):
    """What the user sets is one value; its range no longer drives the result."""
    key = "tuning_hours"
    assert key in {driver.key for driver in uncertain(ROI).uncertainty.drivers}
    set_ = uncertain(ROI, assumptions={key: "900"}).uncertainty
    assert key not in {driver.key for driver in set_.drivers}


def test_offers_stand_in_for_lines(uncertain):
    """With offers for everything, the total is that of the offers in every draw."""
    offers = {"tuning_initial_usd": "5000", "tuning_monthly_usd": "700"}
    found = uncertain(ROI, assumptions=offers).uncertainty.totals["fine_tuning"]
    assert (found.p10, found.p50, found.p90) == (13_400, 13_400, 13_400)


def test_what_is_not_compared_has_no_chance(uncertain):
    """Without tuning among the plans there is no difference and no driver."""
    found = uncertain(ROI, {"prompting": PROMPTING}).uncertainty
    assert (found.cheaper, found.expected, found.drivers) == (None, None, ())
    assert found.totals["prompting"].p50 > 0


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "organisation": st.sampled_from(["small_business", "mid_size", "enterprise"]),
            "requests_per_month": st.integers(0, 10_000_000),
            "training_examples": st.integers(0, 20_000),
            "labelling": st.sampled_from(["easy", "impossible"]),
        },
    ),
    st.sampled_from(["public_api", "onshore_hosted", "self_hosted"]),
)
def test_any_case_has_its_uncertainty(uncertain, facts, hosting):
    """Percentiles are in order and the chance is one, whatever the case."""
    plans = {name: {**plan, "hosting": hosting} for name, plan in PLANS.items()}
    found = uncertain(facts, plans).uncertainty
    assert all(0 <= t.p10 <= t.p50 <= t.p90 for t in found.totals.values())
    assert 0 <= found.cheaper <= 1


# The record.


def test_the_same_case_gives_the_same_bytes_in_another_process(rulebook):
    """Neither the hash seed nor what was drawn before changes a digit."""
    program = (
        "from datetime import date\nfrom tunewise.cases.case import Case\n"
        "from tunewise.evaluation.evaluator import Evaluator\nfrom tunewise.loading.assembly import load\n"
        "from tunewise.record.decision import as_json\nimport sys\n"
        "e = Evaluator(load(), date(2026, 11, 22)).evaluate(Case(name='x', facts={}))\n"
        "sys.stdout.write(as_json(e.costs.uncertainty.as_record()))"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            text=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
    evaluator = Evaluator(rulebook, DAY)
    try:
        found = evaluator.evaluate(Case(name="x", facts={}))
        assert runs == {as_json(as_record(found)["uncertainty"])}
    finally:
        evaluator.close()


def test_the_record_holds_seed_draws_and_inputs(uncertain):
    """Whoever repeats the sum finds what it takes."""
    record = uncertain(ROI).as_record()["uncertainty"]
    assert json.loads(json.dumps(record)) == record
    assert (record["distribution"], record["seed"], record["draws"]) == (DISTRIBUTION, 1, DRAWS)
    assert record["inputs"] >= 5
    assert record["drivers"][0].keys() == {"key", "input", "difference"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  requests_per_month:\n    given:", "  request_per_mont:\n    given:", "did you mean"),
        ("given: {low: 0.75, expected: 1,", "given: {low: 1.75, expected: 1,", "low <= expected"),
    ],
)
def test_wrong_doubts_are_refused(rulebook, old, new, said):
    """A doubt is of a quantity that is known, within an ordered range."""
    texts = dict(rulebook.texts)
    assert old in texts["costs/assumptions.yaml"]
    texts["costs/assumptions.yaml"] = texts["costs/assumptions.yaml"].replace(old, new)
    changed = replace(rulebook, place="rules", texts=texts)
    with pytest.raises(UserError, match=said):
        CostModel(changed, DAY, {})
