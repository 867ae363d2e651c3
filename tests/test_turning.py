"""Where the answer turns: found by running the decision, and true when it is run again."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from smallbook import write

from tunewise.cases.case import Case, read_case
from tunewise.commands.program import run
from tunewise.costs.model import cost_book
from tunewise.costs.ranges import exactly, plain_number
from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.loading.assembly import load
from tunewise.record.schema import decision_schema
from tunewise.report.presenting_turning import past
from tunewise.report.render import render
from tunewise.whatif.sensitivity import with_turning_points

DAY = date(2026, 11, 22)
FACTS = {
    "task_type": "classification",
    "stage": "production",
    "organisation": "mid_size",
    "task_breadth": "narrow",
    "gap_kinds": ("cost",),
    "training_examples": 5000,
    "data_quality": "high",
    "ml_expertise": "some",
    "requests_per_month": 800_000,
    "input_tokens": 500,
    "output_tokens": 100,
    "traffic_pattern": "steady",
    "commitment_months": 24,
    "base_model": "openai/gpt-6-sol",
}
"""A case whose only reason to tune is what prompts cost."""
SIZES = {"small_business", "mid_size", "enterprise"}
CASE = "name: Mail\nfacts:\n" + "".join(
    f"  {id}: {list(value) if isinstance(value, tuple) else value}\n" for id, value in FACTS.items()
)


@pytest.fixture(scope="module")
def rulebook():
    return load()


@pytest.fixture(scope="module")
def evaluator(rulebook):
    found = Evaluator(rulebook, DAY)
    yield found
    found.close()


@pytest.fixture(scope="module")
def searched(evaluator):
    """Evaluate facts and search where the answer turns."""

    def search(**facts):
        known = {id: value for id, value in {**FACTS, **facts}.items() if value is not None}
        return with_turning_points(evaluator, evaluator.evaluate(Case("Mail", known)))

    return search


@pytest.fixture(scope="module")
def found(searched):
    return searched()


def search_of(evaluation, lever):
    """The search for one lever."""
    return next(one for one in evaluation.turning.searches if one.lever.id == lever)


def decided(rulebook, facts, **assumptions):
    """The recommendation that an evaluator of its own gives."""
    evaluator = Evaluator(rulebook, DAY, assumptions)
    try:
        return evaluator.evaluate(Case("Mail", facts)).conclusions.recommendation
    finally:
        evaluator.close()


def at(rulebook, search, value):
    """The recommendation with one figure changed, by an evaluator of its own."""
    if search.lever.id in FACTS:
        return decided(rulebook, {**FACTS, search.lever.id: value})
    return decided(rulebook, FACTS, **{search.lever.id: str(value)})


# What is found.


@pytest.mark.parametrize("lever", ["requests_per_month", "token_price_factor", "commitment_months"])
def test_at_the_turn_the_answer_is_another_and_just_before_it_is_the_same(rulebook, found, lever):
    """The stated value and its neighbour, each decided anew by a fresh evaluator."""
    search = search_of(found, lever)
    now = found.conclusions.recommendation
    (turn,) = search.below
    before = plain_number(exactly(turn.at) + exactly(search.lever.step))
    assert turn.changes["approach"] == "prompting"
    assert at(rulebook, search, turn.at) == {**now, **turn.changes}
    assert at(rulebook, search, before) == now


def test_an_answer_can_turn_on_both_sides(rulebook, searched):
    """A load too small to pay back, and one at which nothing fits the budget any more."""
    budgets = {"monthly_budget_usd": 3000, "upfront_budget_usd": 20000}
    search = search_of(searched(**budgets), "requests_per_month")
    below, above = search.below[0].at, search.above[0].at
    assert below < search.here < above

    def approach(load):
        return decided(rulebook, {**FACTS, **budgets, "requests_per_month": load})["approach"]

    assert [approach(load) for load in (below, below + 1, above - 1, above)] == [
        "prompting",
        "fine_tuning",
        "fine_tuning",
        "blocked",
    ]


def test_both_sides_of_one_turn_meet(searched, found):
    """From the other side the same turn is found, one request away."""
    turn = search_of(found, "requests_per_month").below[0].at
    other = search_of(searched(requests_per_month=100_000), "requests_per_month")
    assert other.above[0].at == turn + 1


def test_where_nothing_turns_the_range_tried_is_known(searched):
    """No data to learn from, and errors that a person has to catch: no load, price or time changes a thing."""
    evaluation = searched(training_examples=0, labelling="impossible", error_impact="high")
    for search in evaluation.turning.searches:
        assert (search.below, search.above) == ((), ())
        assert (search.least, search.most) == (search.lever.least, search.lever.most)


def test_a_later_decision_may_turn_before_the_first(evaluator):
    """On one's own machines a larger load asks for a smaller model, whatever the approach."""
    path = Path(__file__).parents[1] / "examples" / "health_assistant.yaml"
    case = read_case(path, evaluator.rulebook.facts)
    evaluation = with_turning_points(evaluator, evaluator.evaluate(case))
    nearest = search_of(evaluation, "requests_per_month").above[0]
    assert dict(nearest.changes) == {"model_size": "small"}
    assert nearest.at == 1_000_000


def test_the_search_is_repeatable(found, searched):
    """The same case gives the same turns."""
    assert searched().turning == found.turning


@pytest.mark.parametrize("load", [0, 0.5, 1, 10**9, 10**12])
def test_every_load_can_be_searched(searched, load):
    """At either end of the range and beyond it; costs past all measure end a search, not the run."""
    search = search_of(searched(requests_per_month=load), "requests_per_month")
    assert search.least <= load <= search.most


def test_what_is_assumed_is_marked_and_tried_as_if_it_were_stated(searched, rulebook):
    """Stating a load can change the answer by itself; that is said beside the turns."""
    evaluation = searched(requests_per_month=None, commitment_months=None)
    load = search_of(evaluation, "requests_per_month")
    assert (load.here, load.given) == (100_000, False)
    unknown = {
        id: FACTS[id] for id in FACTS if id not in ("requests_per_month", "commitment_months")
    }
    stated = decided(rulebook, {**unknown, "requests_per_month": 100_000})
    assert {**evaluation.conclusions.recommendation, **load.stated} == stated
    months = search_of(evaluation, "commitment_months")
    assert (months.here, months.given) == (12, False)
    assert search_of(evaluation, "token_price_factor").given


def test_a_trial_decides_as_an_evaluation_does(evaluator, rulebook):
    """Without reasons and readers, the recommendation is the same."""
    trials = evaluator.trials()
    for requests in (0, 999, 10_000, 600_000, 5_000_000):
        facts = {**FACTS, "requests_per_month": requests}
        assert trials.conclude(facts).recommendation == decided(rulebook, facts)


def test_no_token_bought_no_price_turns(searched):
    """On one's own machines neither token prices nor models are compared."""
    evaluation = searched(sovereignty="air_gapped", base_model=None)
    assert [one.lever.id for one in evaluation.turning.searches] == [
        "requests_per_month",
        "commitment_months",
    ]
    assert evaluation.turning.models == ()


# Other models.


def test_the_case_comes_first_and_cheaper_models_show_how_the_answer_turns(found):
    """Each row has the price, what prompting costs, when tuning pays back, and what would change."""
    own, *others = found.turning.models
    assert (own.price.model, own.changes) == ("openai/gpt-6-sol", {})
    assert own.months == found.costs.break_even.months
    assert own.monthly == found.costs.estimates["prompting"].monthly
    assert "openai/gpt-6-sol" not in [one.price.model for one in others]
    cheapest = min(others, key=lambda one: one.monthly.expected)
    assert cheapest.changes["approach"] == "prompting"
    assert cheapest.months.expected is None


def test_a_row_is_the_case_with_that_model(found, rulebook):
    """Another evaluator, given the model as the case's own, says the same."""
    now = found.conclusions.recommendation
    for one in found.turning.models:
        facts = {**FACTS, "base_model": one.price.model}
        assert decided(rulebook, facts) == {**now, **one.changes}


def test_models_that_end_within_the_time_are_not_compared(evaluator, rulebook):
    """The case's own is kept and marked; another that ends is left out."""
    closing = replace(rulebook, texts={**rulebook.texts})
    texts = closing.texts
    texts["costs/turning.yaml"] = texts["costs/turning.yaml"].replace(
        "openai/gpt-6.1-terra:", "openai/gpt-4.1-mini:"
    )
    for day, kept in ((DAY, False), (date(2024, 12, 1), True)):
        short = Evaluator(closing, day)
        case = Case("Mail", {**FACTS, "base_model": "openai/gpt-4o", "commitment_months": 3})
        own, *others = with_turning_points(short, short.evaluate(case)).turning.models
        short.close()
        assert own.ends == "2027-01-14"
        assert ("openai/gpt-4.1-mini" in [one.price.model for one in others]) is kept


def test_a_model_without_a_price_is_not_compared(rulebook):
    """The report stands all the same; another list may name a model that a later price list drops."""
    texts = dict(rulebook.texts)
    texts["costs/turning.yaml"] = texts["costs/turning.yaml"].replace(
        "openai/gpt-6-luna:", "openai/gone:"
    )
    evaluator = Evaluator(replace(rulebook, texts=texts), DAY)
    try:
        models = with_turning_points(
            evaluator, evaluator.evaluate(Case("Mail", FACTS))
        ).turning.models
    finally:
        evaluator.close()
    assert "openai/gone" not in [one.price.model for one in models]
    assert len(models) > 1


@pytest.mark.parametrize("day", [date(1, 1, 1), date(9999, 12, 31)])
def test_any_day_can_be_searched(rulebook, day):
    """The first and the last day there are."""
    evaluator = Evaluator(rulebook, day)
    try:
        assert with_turning_points(
            evaluator, evaluator.evaluate(Case("Mail", FACTS))
        ).turning.searches
    finally:
        evaluator.close()


def test_every_model_compared_has_a_price_and_no_end(rulebook):
    """The list is read on the day it was made: none of its models is about to close."""
    book = cost_book(rulebook)
    assert len(book.compared) >= 3
    found = {model: book.ending([model]) for model in book.compared}
    assert [model for model, ending in found.items() if ending is None or ending.ends] == []


# The price lever.


def test_token_prices_can_be_multiplied(searched, rulebook):
    """--assume token_price_factor=0.5 halves what tokens cost, and is shown as set."""
    evaluator = Evaluator(rulebook, DAY, {"token_price_factor": "0.5"})
    halved = evaluator.evaluate(Case("Mail", FACTS))
    evaluator.close()
    assert halved.costs.prompted.input_usd_per_mtok == 1
    pairs = zip(tokens(halved), tokens(searched()), strict=True)
    assert all(half.rate == usual.rate.times(0.5) for half, usual in pairs)
    sums = zip(tokens(halved), tokens(searched()), strict=True)
    for half, usual in sums:
        assert half.amount.low == pytest.approx(usual.amount.low / 2, abs=0.01)
        assert half.amount.high == pytest.approx(usual.amount.high / 2, abs=0.01)
    assert halved.costs.assumptions["token_price_factor"]["overridden"]
    assert "token_price_factor" not in searched().costs.assumptions


def tokens(evaluation):
    """The lines that pay for the tokens of prompts."""
    lines = evaluation.costs.estimates["prompting"].lines
    found = [line for line in lines if line.id.startswith("shared.prompted_")]
    assert len(found) == 2
    return found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("least: 1\n", "least: 0\n", "0 < step <= least < most"),
        ("most: 120", "most: 1", "0 < step <= least < most"),
        ("commitment_months:", "commitment_month:", "did you mean 'commitment_months'?"),
        ("instead: horizon_months", "instead: horizon", "unknown assumption 'horizon'"),
        ("unit: months", "units: months", "unit"),
    ],
)
def test_mistakes_in_levers_are_named(rulebook, old, new, said):
    """File, line, and what is allowed."""
    texts = dict(rulebook.texts)
    texts["costs/turning.yaml"] = texts["costs/turning.yaml"].replace(old, new)
    changed = replace(rulebook, place="rules", texts=texts)
    with pytest.raises(UserError, match=r"costs/turning\.yaml:\d+") as caught:
        cost_book(changed)
    assert said in str(caught.value)


# In the report and the record.


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_every_form_says_where_the_answer_turns(found, form):
    """The turns with their units and prices, the sentence on top, and the models."""
    text = " ".join(render([found], form).split()).replace("\\", "")
    turn = search_of(found, "requests_per_month").below[0].at
    told = f"{past(turn, 'less'):,}"
    assert f"It would turn to prompt engineering if load is {told} requests a month or less" in text
    assert f"at {turn:,} and less" in text
    assert "1,000,000,000" in text
    assert "openai/gpt-6-luna" in text


def test_the_tables_of_a_page_are_accessible_and_its_links_lead_somewhere(found):
    """A caption a table, a scope a heading; the sentence before all sections links to this one."""
    page = render([found], "html")
    section = re.search(r'<section id="case-1-turning">.*?</section>', page, re.S)[0]
    assert section.count("<table") == section.count("<caption") == 2
    assert section.count("<th ") == section.count("scope=")
    before = page.split("</nav>")[1].split('<section id="case-1-turning">')[0]
    turn = search_of(found, "requests_per_month").below[0].at
    assert f"if load is {past(turn, 'less'):,} requests a month or less" in before
    assert 'href="#case-1-turning"' in before


def test_a_report_without_a_search_says_nothing_of_it(evaluator):
    """Batches and records do not search."""
    plain_one = evaluator.evaluate(Case("Mail", FACTS))
    for form in ("text", "markdown", "html"):
        assert "Where the answer turns" not in render([plain_one], form)


def test_json_searches_where_it_is_asked_to(tmp_path, capsys):
    """The record stays as it was without --turning, and holds to the schema with it."""
    path = tmp_path / "case.yaml"
    path.write_text(CASE, encoding="utf-8")
    given = ["decide", str(path), "--as-of", "2026-11-22", "--format", "json"]
    assert run(given) == 0
    usual = json.loads(capsys.readouterr().out)
    assert "turning" not in usual
    assert run([*given, "--turning"]) == 0
    record = json.loads(capsys.readouterr().out)
    Draft202012Validator(decision_schema()).validate(record)
    turning = record.pop("turning")
    assert record == usual
    assert [lever["lever"] for lever in turning["levers"]] == [
        "requests_per_month",
        "token_price_factor",
        "commitment_months",
    ]
    assert turning["levers"][0]["below"][0]["changes"]["approach"] == "prompting"
    assert turning["models"][0]["model"] == "openai/gpt-6-sol"


def test_a_text_report_can_do_without(tmp_path, capsys):
    """--no-turning saves the time."""
    path = tmp_path / "case.yaml"
    path.write_text(CASE, encoding="utf-8")
    assert run(["decide", str(path), "--no-turning"]) == 0
    assert "Where the answer turns" not in capsys.readouterr().out


def test_a_rulebook_without_costs_has_nothing_to_search(tmp_path):
    """Nothing is priced, so nothing turns."""
    evaluator = Evaluator(load(str(write(tmp_path / "rules"))), DAY)
    try:
        evaluation = evaluator.evaluate(Case("Mail", {}))
        assert with_turning_points(evaluator, evaluation).turning is None
    finally:
        evaluator.close()


@pytest.mark.parametrize("size", [*sorted(SIZES), None])
def test_each_other_size_of_the_organisation_is_tried(evaluator, size):
    """What is found with it is what the same case decided with it says; the size that counts now is left out."""
    facts = {**FACTS, "requests_per_month": 50_000, "organisation": size}
    facts = {id: value for id, value in facts.items() if value is not None}
    found = with_turning_points(evaluator, evaluator.evaluate(Case("Mail", facts)))
    tried = {one.option: one.changes for one in found.turning.options if one.fact == "organisation"}
    assert tried.keys() == SIZES - {size or "mid_size"}
    now = found.conclusions.recommendation
    for option, changes in tried.items():
        other = evaluator.evaluate(Case("Mail", {**facts, "organisation": option}))
        then = other.conclusions.recommendation
        assert changes == {id: one for id, one in then.items() if now[id] != one}
    text = " ".join(render([found], "text").split())
    assert "With another size of the organisation: " in text
