"""What machines take: units, memory, hours and speed, held against the documents and against measurements."""

from datetime import date

import pytest
from dimensions import Units, unit
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewise.costs.choices import CostFacts, every
from tunewise.costs.formulas import FORMULAS
from tunewise.costs.kernel import ONE
from tunewise.costs.model import CostModel, cost_book
from tunewise.costs.quantities import Quantities
from tunewise.costs.ranges import Range
from tunewise.costs.sampling import Ends, Sampler, as_expected
from tunewise.errors import UserError
from tunewise.loading.assembly import load

DAY = date(2026, 11, 22)
PLAN = {
    "retrieval": "none",
    "model_size": "small",
    "technique": "lora_r16",
    "hosting": "self_hosted",
    "oversight": "automated",
}
PROMPTING = {**PLAN, "model_size": "frontier", "technique": "none"}
FACTS = {
    "training_examples": 1000,
    "example_tokens": 5000,
    "requests_per_month": 10_000,
    "input_tokens": 500,
    "output_tokens": 500,
}
ORGANISATIONS = ("small_business", "mid_size", "enterprise")
HOSTINGS = ("public_api", "onshore_hosted", "self_hosted")


@pytest.fixture(scope="module")
def rulebook():
    return load()


@pytest.fixture(scope="module")
def book(rulebook):
    return cost_book(rulebook)


@pytest.fixture(scope="module")
def estimate(rulebook):
    """Estimate a case: facts, options that differ from the usual plan, assumptions."""
    usual = CostModel(rulebook, DAY, {})

    def made(facts=None, plan=None, assumptions=None):
        plans = {
            "prompting": {**PROMPTING, "hosting": (plan or PLAN).get("hosting", "self_hosted")},
            "hybrid": {**PLAN, **(plan or {})},
            "fine_tuning": {**PLAN, **(plan or {})},
        }
        model = CostModel(rulebook, DAY, assumptions) if assumptions else usual
        return model.estimate({**FACTS, **(facts or {})}, plans)

    return made


@pytest.fixture(scope="module")
def quantity(rulebook):
    """Return a quantity of a tuned plan as expected, or as inputs are taken: its name, the technique, assumptions."""
    model = CostModel(rulebook, DAY, {})

    def found(name, technique="lora_r16", facts=None, take=as_expected, **assumptions):
        choices = {**PLAN, "approach": "fine_tuning", "organisation": "mid_size"}
        settings = CostModel(rulebook, DAY, assumptions) if assumptions else model
        known = {**FACTS, **(facts or {})}
        options = {name: every(o, ONE) for name, o in {**choices, "technique": technique}.items()}
        return Quantities(CostFacts(known), options, settings.assumptions, DAY, take)[name]

    return found


@pytest.fixture(scope="module")
def reach(quantity):
    """Return how far a quantity reaches: from the least to the most that one uncertain input makes of it."""

    def found(name, *plan, **assumed):
        drawn = Sampler(ONE)
        quantity(name, *plan, take=drawn.take, **assumed)
        ends = quantity(name, *plan, take=Ends(tuple(drawn.ranges)).take, **assumed).expected
        expected = quantity(name, *plan, **assumed).expected
        return Range(min(ends.values), expected, max(ends.values))

    return found


def line(estimate, id, approach="fine_tuning"):
    lines = [one for one in estimate.estimates[approach].lines if one.id == id]
    return lines[0] if lines else None


# Units.


def plans():
    for approach in ("prompting", "hybrid", "fine_tuning"):
        for hosting in HOSTINGS:
            for retrieval in ("none", "rag"):
                yield {
                    **PLAN,
                    "approach": approach,
                    "hosting": hosting,
                    "retrieval": retrieval,
                    "organisation": "mid_size",
                }


@pytest.mark.parametrize("facts", [{}, {**FACTS, "gpu_memory_gb": 24}], ids=["unknown", "known"])
@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_comes_out_in_the_unit_that_it_states(book, name, facts):
    """Run on units in the place of numbers, in every plan, nothing unlike is added and the result is as said."""
    for choices in plans():
        found = Units(facts, choices, book)[name].expected
        assert found.anything or found == unit(FORMULAS[name].unit), str(found)


def test_a_line_counts_in_the_unit_that_its_rate_is_for(book):
    """A line's quantities multiply to its unit, by the month where it is monthly; rates by name give USD."""
    q = Units({}, {**PLAN, "approach": "hybrid", "organisation": "mid_size"}, book)
    checked = 0
    for component in book.components.values():
        named = [term for term in component.quantity if isinstance(term, str)]
        if not named:
            continue
        product = q.product(component.quantity).expected
        stated = unit(component.unit)
        period = unit(" a month") if component.period == "monthly" else unit("")
        assert product == stated * period, component.id
        if isinstance(component.rate, str):
            assert q[component.rate].expected * stated == unit("USD"), component.id
        checked += 1
    assert checked > 20


def test_units_that_do_not_agree_are_noticed(book):
    """The check itself: a formula that adds hours to tokens fails."""
    q = Units({}, next(plans()), book)
    with pytest.raises(AssertionError, match="added"):
        q["input_tokens"] + q["hours_a_month"]


# Memory.


@pytest.mark.parametrize(
    ("technique", "gigabytes"),
    [
        ("full", 160),
        ("lora_r16", 24),
        ("lora_r64", 32),
        ("qlora", 10),
        ("prompt_tuning", 8),
    ],
)
def test_memory_is_document_b_s_table_at_eight_billion_parameters(quantity, technique, gigabytes):
    """B54-B59, to the gigabyte."""
    assert quantity("training_memory_gb", technique).expected == gigabytes


@pytest.mark.parametrize(
    ("billions", "technique", "gigabytes"),
    [
        (7, "full", 120),
        (70, "full", 1200),
        (70, "lora_r16", 160),
        (70, "qlora", 48),
        (65, "qlora", 48),
        (14, "lora_r16", 37.4),
        (7.7, "lora_r16", 23.8),
        (72, "qlora", 64.1),
        (70, "lora_r16", 237),
    ],
)
def test_measured_memory_lies_in_the_range(reach, billions, technique, gigabytes):
    """What others publish for other sizes lies between the two ends."""
    found = reach("training_memory_gb", technique, parameters_billion=str(billions))
    assert found.low <= gigabytes <= found.high


def test_full_tuning_of_a_large_model_needs_more_than_one_machine(estimate):
    """16 bytes for each of 70 billion parameters are 1,120 GB, and 640 GB are there: it is said."""
    costs = estimate(plan={"model_size": "large", "technique": "full"})
    assert costs.facts["training_memory_gb"] == 1152
    assert costs.facts["training_fits"] is False
    assert any("1,152 GB" in note and "640 GB" in note for note in costs.notes)
    assert any("cards of 80 GB: 15" in note for note in costs.notes)


def test_training_that_the_own_cards_do_not_hold_is_said(estimate):
    """24 GB hold LoRA of an 8B, 23 do not; no own cards mean rented ones."""
    assert estimate({"gpu_memory_gb": 24}).facts["training_fits"] is True
    small = estimate({"gpu_memory_gb": 23})
    assert small.facts["training_fits"] is False
    assert any("23 GB of your own cards" in note for note in small.notes)
    assert estimate({"gpu_memory_gb": 0}).facts["training_fits"] is True


def test_a_tuning_service_brings_its_own_machines(estimate):
    """Hosted tuning fits whatever cards are there, and says nothing of them."""
    costs = estimate({"gpu_memory_gb": 8}, {"hosting": "public_api", "technique": "full"})
    assert costs.facts["training_fits"] is True
    assert not any("Training" in note for note in costs.notes)
    assert "training_working_gb" not in costs.assumptions


def test_a_model_that_no_machine_holds_is_said_and_needs_its_cards(estimate):
    """1,000 GB of weights take 8 cards of 125.9 usable GB, and 1,100 take 9: more than stand in one machine."""
    costs = estimate(plan={"model_size": "large"}, assumptions={"parameters_billion": "1100"})
    assert any("more than one machine with 8 cards holds" in note for note in costs.notes)
    assert line(costs, "cards.h200_on_demand").quantity.low == 9 * 730


# Hours.


@pytest.mark.parametrize(
    ("billions", "technique", "measured"),
    [
        (7.7, "lora_r16", 2926),
        (7.7, "lora_r16", 3151),
        (7.7, "qlora", 2341),
        (14.2, "lora_r16", 1950),
        (72.3, "qlora", 275),
        (70.6, "lora_r16", 437),
        (70.6, "full", 196),
    ],
)
def test_measured_throughput_lies_in_the_range(reach, billions, technique, measured):
    """Tokens a second on an A100: Qwen's table and torchtune's eight cards, each."""
    found = reach("training_tokens_per_second", technique, parameters_billion=str(billions))
    assert found.low <= measured <= found.high


def test_document_b_s_small_job_is_the_dear_end(quantity, reach):
    """B40: 2 hours on 8 cards, 16 in all, for 15M tokens; the arithmetic alone takes under 2."""
    hours = reach("training_gpu_hours")
    assert quantity("training_mtok").expected == 15
    assert hours.low < 2 < hours.expected < 16 < hours.high


def test_document_b_s_large_job_lies_in_the_range(quantity, reach):
    """B48: 24 hours on 8 cards, 192 in all, for 75M tokens; eight of ten draws reach around it."""
    large = {"facts": {"training_examples": 5000}, "parameters_billion": "70"}
    hours = reach("training_gpu_hours", **large)
    assert hours.low < hours.expected < 192 < hours.high
    drawn = quantity("training_gpu_hours", take=Sampler(ONE).take, **large).percentiles()
    assert drawn.low < drawn.expected < 192 < drawn.high


def test_hours_follow_from_the_arithmetic(quantity):
    """15M tokens x 8 billion x 6 operations / (312 TFLOPS x 0.4), twice for what goes wrong."""
    seconds = 15_000_000 * 8 * 10**9 * 6 / (312e12 * 0.4)
    found = quantity("training_gpu_hours").expected
    assert round(found, 6) == round(seconds / 3600 * 2, 6)


def test_own_training_is_priced_by_the_hour_and_hosted_by_the_token(estimate):
    """One line or the other, never both; a technique that no service offers runs on rented cards."""
    own, hosted = estimate(), estimate(plan={"hosting": "public_api"})
    prefix = estimate(plan={"hosting": "public_api", "technique": "prompt_tuning"})
    ids = ("training.card_training", "training.small_training", "training.rented_training")
    assert [line(own, id) is not None for id in ids] == [True, False, False]
    assert [line(hosted, id) is not None for id in ids] == [False, True, False]
    assert [line(prefix, id) is not None for id in ids] == [False, False, True]
    priced = line(own, "training.card_training")
    assert priced.terms == ("training_gpu_hours", "training_runs")
    assert 1.39 < priced.rate.low < 2.79 < priced.rate.high < 5.069
    certain = {
        "training_runs": "4",
        "training_overhead": "2",
        "training_utilisation": "0.4",
        "training_flop_per_parameter": "6",
        "training.card_training": "2.79",
    }
    sure = estimate(assumptions=certain)
    priced, hours = line(sure, "training.card_training"), sure.facts["training_gpu_hours"]
    assert priced.quantity.expected == pytest.approx(4 * hours, abs=0.02)
    assert priced.amount.expected == pytest.approx(priced.quantity.expected * 2.79, abs=0.005)


@settings(max_examples=60, deadline=None)
@given(
    technique=st.sampled_from(["qlora", "lora_r16", "lora_r64", "full"]),
    more=st.sampled_from(["training_examples", "example_tokens"]),
    factor=st.integers(2, 20),
    hosting=st.sampled_from(HOSTINGS),
)
def test_more_to_train_on_never_costs_less(estimate, technique, more, factor, hosting):
    """Initial costs and hours grow with the examples and with their length."""
    plan = {"technique": technique, "hosting": hosting}
    few = estimate(plan=plan)
    many = estimate({more: FACTS[more] * factor}, plan)
    assert few.facts["training_gpu_hours"] < many.facts["training_gpu_hours"]
    pairs = zip(
        few.estimates["fine_tuning"].initial.values,
        many.estimates["fine_tuning"].initial.values,
        strict=True,
    )
    assert all(less <= greater for less, greater in pairs)


@pytest.mark.parametrize("rate", ["training.card_training", "cards.l4_on_demand"])
def test_a_dearer_card_never_costs_less(estimate, rate):
    """Costs grow with the rate of a card-hour."""
    cheap, dear = (estimate(assumptions={rate: str(usd)}) for usd in (1, 3))
    assert (
        cheap.estimates["fine_tuning"].horizon.expected
        < dear.estimates["fine_tuning"].horizon.expected
    )


@settings(max_examples=40, deadline=None)
@given(billions=st.integers(1, 400), technique=st.sampled_from(["qlora", "lora_r16", "full"]))
def test_a_larger_model_takes_more_of_everything(quantity, billions, technique):
    """Memory, cards and hours never fall with the parameters, in any draw."""
    for name in ("training_memory_gb", "training_cards", "training_gpu_hours", "weights_gb"):
        less, more = (
            quantity(name, technique, take=Sampler(ONE).take, parameters_billion=str(size))
            for size in (billions, billions + 1)
        )
        assert ONE.all(less.expected <= more.expected)


def test_absurd_amounts_of_training_are_no_number(estimate):
    """Hours beyond all measure are refused in one line, and left out where the user has offers in their place."""
    absurd = {"training_examples": 10**12, "example_tokens": 10**8}
    all_of_them = {"examples_trained_at_most": "1000000000000"}
    with pytest.raises(UserError, match=r"would cost more than 1,000,000,000,000 USD"):
        estimate(absurd, assumptions=all_of_them)
    offers = (
        "tuning_initial_usd",
        "tuning_monthly_usd",
        "hybrid_initial_usd",
        "hybrid_monthly_usd",
    )
    given = {**dict.fromkeys(offers, "1"), **all_of_them}
    facts = estimate(absurd, assumptions=given).facts
    assert "training_gpu_hours" not in facts
    assert facts["training_memory_gb"] == 24


def test_own_training_is_drawn_like_every_other_cost(estimate):
    """The ranges of hours and rates spread the total and may lead the drivers."""
    many = {"training_examples": 1_000_000}
    found = estimate(many, assumptions={"examples_trained_at_most": "1000000"}).uncertainty
    totals = found.totals["fine_tuning"]
    assert totals.p10 < totals.p50 < totals.p90
    assert found.drivers[0].key == "training_overhead"
    assert {"training_runs", "training.card_training"} < {driver.key for driver in found.drivers}


# Speed.


def test_an_answer_that_cards_cannot_give_in_time_is_said(estimate):
    """500 tokens of an 8B in 16 bits take 0.2 s on 8 cards that read 4,800 GB/s each."""
    slow = estimate({"target_latency_ms": 100})
    assert any("s at best" in note and "100 ms" in note for note in slow.notes)
    fast = estimate({"target_latency_ms": 20_000})
    assert not any("at best" in note for note in fast.notes)


def test_a_note_on_machines_names_the_approaches_that_it_holds_for(estimate):
    """Prompting runs a large model, tuning a small one: what each takes is not said of the other."""
    facts = {"gpu_memory_gb": 100, "requests_per_month": 3_000_000, "target_latency_ms": 100}
    notes = estimate(facts).notes
    assert any(note.startswith("For prompt engineering: With 70 billion") for note in notes)
    assert any(note.startswith("For a hybrid and fine-tuning: With 8 billion") for note in notes)
    everywhere = estimate(facts, {"model_size": "large"}).notes
    assert any(note.startswith("With 70 billion") for note in everywhere)


# Prices of what can wait, and of what closes.


def test_requests_that_can_wait_are_charged_the_batch_price(estimate):
    """Half price for those that can wait a day: gpt-4o falls to three quarters where half of them can."""
    facts = {"base_model": "openai/gpt-4o", "requests_per_month": 100_000}
    plan = {"hosting": "public_api"}
    usual = estimate(facts, plan)
    half = estimate(facts, plan, {"batch_share": "0.5"})
    for id in ("shared.prompted_input", "shared.prompted_output"):
        whole, batched = (line(one, id, "prompting") for one in (usual, half))
        assert batched.rate == whole.rate.times(0.75)
        pairs = zip(batched.quantity.values, whole.quantity.values, strict=True)
        assert all(ours == theirs for ours, theirs in pairs)
    assert half.facts["prompting_monthly_usd"] < usual.facts["prompting_monthly_usd"]


def test_a_model_without_a_batch_price_is_charged_in_full_and_said_to(estimate):
    """Nothing is taken off that no price list takes off."""
    facts = {"base_model": "together/meta-llama/Llama-3.3-70B-Instruct-Turbo"}
    plan = {"hosting": "public_api"}
    usual, waiting = estimate(facts, plan), estimate(facts, plan, {"batch_share": "1"})
    assert waiting.facts["prompting_monthly_usd"] == usual.facts["prompting_monthly_usd"]
    assert any("no batch price" in note for note in waiting.notes)
    assert not any("no batch price" in note for note in usual.notes)


def test_a_share_that_can_wait_is_at_most_all(rulebook):
    """More than all of the requests cannot wait."""
    with pytest.raises(UserError, match="batch_share"):
        CostModel(rulebook, DAY, {"batch_share": "1.1"})


@pytest.mark.parametrize(
    ("model", "months", "ends"),
    [
        ("openai/gpt-6-sol", 12, True),
        ("openai/gpt-6-sol", 1, False),
        ("anthropic/claude-haiku-4-5", 12, False),
    ],
)
def test_a_tuning_service_that_closes_is_marked(estimate, model, months, ends):
    """OpenAI takes no new jobs after 2027-01-06; the note names the service and the day."""
    costs = estimate({"base_model": model, "commitment_months": months}, {"hosting": "public_api"})
    assert costs.facts["tuning_service_ends"] is ends
    assert any("OpenAI" in note and "2027-01-06" in note for note in costs.notes) is ends


@pytest.mark.parametrize(
    "model", ["gpt-4o", "gpt-4o-2024-08-06", "gpt-4o-mini-2024-07-18", "gpt-4.1", "gpt-4.1-mini"]
)
def test_no_model_that_closes_is_priced_in_silence(estimate, book, model):
    """Each name of a model with an end gives a note with its day, and a fact that a rule reads."""
    costs = estimate({"base_model": f"openai/{model}"}, {"hosting": "public_api"})
    assert f"openai/{model}" in book.endings["gpt_4o_and_4_1"].models
    assert costs.facts["base_model_ends"] is True
    assert any("2027-01-14" in note for note in costs.notes)


def test_no_model_that_is_assumed_has_an_end(book):
    """What is taken where nothing is stated has no announced end."""
    assumed = book.assumptions["base_model"].settings.values()
    found = filter(None, (book.ending([str(model)]) for model in assumed))
    assert not any(ending.ends for ending in found)


def test_no_price_of_tuning_rests_on_a_service_that_closes(book):
    """Rates of training name no price list of a service with an end."""
    closing = {"OPENAI_PRICES.1", "OPENAI_PRICES.2", "VERTEX_PRICES.1"}
    training = [one for id, one in book.components.items() if id.endswith("training")]
    assert len(training) > 7
    assert not any(closing & set(one.sources) for one in training)


# What each approach is charged for.

BUILDING = {
    "training": {
        "public_api": {"training.small_training"},
        "onshore_hosted": {"training.small_training"},
        "self_hosted": {"training.card_training"},
    },
    "engineering": {"work.tuning_work"},
    "machines": {
        "public_api": {"services.adapter_small_input", "services.adapter_small_output"},
        "onshore_hosted": {"services.l4_endpoint"},
        "self_hosted": {"cards.l4_on_demand", "shared.own_gateway", "work.own_operations"},
    },
    "upkeep, monitoring, support": {"work.tuned_upkeep", "work.retraining"},
}
PROMPTED = {"shared.prompted_input", "shared.prompted_output"}
PROMPTS = {
    "tokens or machines": {
        "public_api": PROMPTED,
        "onshore_hosted": PROMPTED,
        "self_hosted": {"cards.l40s_on_demand", "shared.own_gateway", "work.own_operations"},
    },
    "upkeep": {"work.prompt_upkeep"},
}
ALWAYS = {
    "prompts": {"work.prompt_writing"},
    "evaluation set": {"work.evaluation_set"},
    "people who check": {"work.review"},
    "tools": {"work.tooling"},
}
"""The lines that pay for each kind of cost, by the hosting where they differ by it."""


@pytest.mark.parametrize("organisation", ORGANISATIONS)
@pytest.mark.parametrize("hosting", HOSTINGS)
@pytest.mark.parametrize("approach", ["prompting", "fine_tuning", "hybrid"])
def test_every_kind_of_cost_is_a_line_or_a_named_gap(estimate, approach, organisation, hosting):
    """Nothing that an approach takes is passed over in silence, whatever the size.

    A hybrid pays for both sides; on own machines one open model answers all.
    """
    facts = {"organisation": organisation, "training_examples": 400}
    costs = estimate(facts, {"hosting": hosting})
    lines = {one.id for one in costs.estimates[approach].lines}
    kinds = ALWAYS | (BUILDING if approach != "prompting" else {})
    kinds |= PROMPTS if approach != "fine_tuning" else {}
    one_model = approach == "hybrid" and hosting == "self_hosted"
    for kind, ways in kinds.items():
        if not (one_model and kind == "tokens or machines"):
            assert (ways if isinstance(ways, set) else ways[hosting]) <= lines, kind
    assert ("work.labelling" in lines) == (approach != "prompting")
    assert ("ompliance" in "".join(costs.gaps)) == (hosting != "public_api")


@pytest.mark.parametrize("hosting", HOSTINGS)
def test_what_retrieval_takes_beyond_its_tokens_is_priced(estimate, hosting):
    """The work on the search, and its index, on one's own site too: lines with retrieval, and none without."""
    work = {"work.search_work", "work.search_upkeep"}
    index = {f"shared.{id}" for id in ("first_embedding", "vector_store", "vector_reads")}
    for retrieval, ids in (("rag", work | index), ("tools", work), ("none", set())):
        costs = estimate(plan={"retrieval": retrieval, "hosting": hosting})
        found = {one.id for one in costs.estimates["fine_tuning"].lines}
        assert found & (work | index) == ids


def test_given_minutes_and_sums_take_the_place_of_what_is_assumed(estimate):
    """An evaluation set and tools are reckoned with the figures given, and compliance is a line instead of a gap."""
    given = {"evaluation_examples": "200", "tooling_usd": "900", "compliance_usd": "5000"}
    costs = estimate(assumptions={**given, "domain_hour_usd": "75"})
    for approach in ("prompting", "hybrid", "fine_tuning"):
        assert line(costs, "work.evaluation_set", approach).amount == Range.of(200 * 0.08 * 75)
        assert line(costs, "work.tooling", approach).amount == Range.of(900)
        assert line(costs, "shared.compliance", approach).amount == Range.of(5000)
    assert costs.gaps == ()
    (gap,) = estimate().gaps
    assert "--assume compliance_usd" in gap


def test_no_assumption_breaks_the_sums_at_its_ends(rulebook, book):
    """Each at its least and at its most: a sum, or one line that says what is too much; never a crash."""
    plans = {"prompting": PROMPTING, "hybrid": PLAN, "fine_tuning": PLAN}
    for key, assumption in book.assumptions.items():
        if assumption.textual:
            continue
        for end in (assumption.minimum, assumption.maximum):
            model = CostModel(rulebook, DAY, {key: str(end)})
            assert summed_or_refused(model, plans), key


def summed_or_refused(model, plans):
    """Whether costs come out, or one line that says what is too much."""
    try:
        return bool(model.estimate({"gpu_memory_gb": 24}, plans).estimates)
    except UserError as error:
        return "more than" in str(error)
