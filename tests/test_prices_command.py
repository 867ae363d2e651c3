"""`tunewise prices`: what is used, how old it is, what closes; and how a stale rate is marked elsewhere."""

import json
from dataclasses import replace
from datetime import date

import pytest
from smallbook import write

from tunewise.cases.case import Case
from tunewise.commands.program import run
from tunewise.costs.freshness import overdue, overdue_problems, rates
from tunewise.costs.model import cost_book
from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.loading.assembly import load
from tunewise.report.render import render

DAY, LATER = date(2026, 11, 28), date(2028, 2, 1)


@pytest.fixture(scope="module")
def rulebook():
    return load()


@pytest.fixture
def prices(capsys):
    """What the command prints: stdout, or stderr where it is refused."""

    def run_it(*arguments, status=0):
        assert run(["prices", *map(str, arguments)]) == status
        out, err = capsys.readouterr()
        assert (err if status == 0 else out) == ""
        return out if status == 0 else err

    return run_it


def test_the_models_in_use_and_those_asked_for_are_priced(prices):
    """Each row has the prices in, out and from the cache, and says what it is used for."""
    listed = json.loads(
        prices("--model", "openai/gpt-4o", "--format", "json", "--as-of", "2026-11-22")
    )
    rows = {row["model"]: row for row in listed["tokens"]}
    assert rows["openai/gpt-6-sol"]["use"] == "assumed for frontier"
    asked = rows["openai/gpt-4o"]
    assert (asked["input"], asked["output"], asked["cached_input"]) == (2.5, 10, 1.25)
    assert (asked["batch_input"], asked["batch_output"]) == (1.25, 5)
    assert rows["openai/gpt-6-luna"]["use"] == "assumed for efficient"
    assert (asked["use"], asked["ends"]) == ("asked for", "2027-01-14")
    assert listed["genai_prices"]


def test_prices_are_those_of_the_day(prices):
    """--as-of asks for another day's prices."""
    day = prices("--model", "openai/o3", "--as-of", "2025-06-01", "--format", "json")
    row = json.loads(day)["tokens"][-1]
    assert (row["input"], row["output"]) == (10, 40)


def test_every_rate_is_listed_with_its_age(prices, rulebook):
    """All numeric rates stand with their unit, range, basis, check and review."""
    listed = json.loads(prices("--as-of", "2026-12-02", "--format", "json"))
    known = cost_book(rulebook).components
    wanted = [key for key, one in known.items() if not isinstance(one.rate, str)]
    assert [row["key"] for row in listed["rates"]] == wanted
    row = next(row for row in listed["rates"] if row["key"] == "cards.l4_on_demand")
    assert row["rate"] == {"low": 0.7, "expected": 0.8, "high": 0.8}
    assert (row["age_days"], row["review_due"], row["overdue"]) == (4, "2027-11-28", False)


def test_what_closes_is_listed(prices):
    """Models and services that are about to close have a day and the days left."""
    text = prices("--as-of", "2027-01-10")
    assert "OpenAI: new tuning jobs of its own models  2027-01-06  closed" in text
    assert "2027-01-14  in 4 days" in text
    assert "ENDS" not in text
    assert "ENDS 2027-01-14" in prices("--model", "openai/gpt-4o")


def test_an_old_rate_is_marked(prices):
    """The text shouts at rates past their review, and at no others."""
    assert "REVIEW DUE" not in prices("--as-of", "2027-11-22")
    lines = prices("--as-of", "2027-11-23").splitlines()
    marked = [line.split()[0] for line in lines if "REVIEW DUE since 2027-11-22" in line]
    assert "training.small_training" in marked
    assert "cards.l4_on_demand" not in marked
    assert "shared.own_gateway" not in marked


def test_assumptions_with_a_source_are_listed_with_their_age(prices, rulebook):
    """What was checked on a day ages as rates do; our own judgement does not, and is not listed."""
    listed = json.loads(prices("--as-of", "2026-12-02", "--format", "json"))
    known = cost_book(rulebook).assumptions
    assert [row["key"] for row in listed["assumptions"]] == [
        key for key, one in known.items() if one.checked
    ]
    row = next(row for row in listed["assumptions"] if row["key"] == "usable_share")
    assert row["default"]["expected"] == 0.8
    assert (row["age_days"], row["overdue"]) == (4, False)
    lines = prices("--as-of", "2029-01-01").splitlines()
    assert any("usable_share" in line and "REVIEW DUE" in line for line in lines)


def test_a_rate_checked_after_the_day_says_so(prices, rulebook):
    """In the list, and as a note of a report for a day in the past; on the day itself there is none."""
    assert "2026-11-28, LATER than this day" in prices("--as-of", "2026-11-27")
    assert "LATER" not in prices("--as-of", "2026-11-28")
    for day, count in ((date(2025, 1, 1), 1), (DAY, 0)):
        evaluator = Evaluator(rulebook, day)
        try:
            notes = evaluator.evaluate(Case(name="early", facts={})).costs.notes
        finally:
            evaluator.close()
        assert sum("checked only after 2025-01-01" in note for note in notes) == count


def test_every_unknown_model_gets_suggestions(prices):
    """All wrong models are named at once, by the option that they stand in."""
    said = prices("--model", "openai/gtp-4o", "--model", "gpt-4o", status=2).splitlines()
    assert said == [
        "tunewise: --model: no price is known for 'openai/gtp-4o'; did you mean 'openai/gpt-4o', "
        "'openai/gpt-4', 'openai/ft:gpt-4o'?",
        "tunewise: --model: expected provider/model such as 'openai/gpt-4o', found 'gpt-4o'; "
        "did you mean 'openai/gpt-4o'?",
    ]


def test_a_wrong_day_and_a_rulebook_without_costs_are_refused(prices, tmp_path):
    """One line, exit status 2."""
    assert "expected a date" in prices("--as-of", "soon", status=2)
    folder = write(tmp_path / "rules")
    assert "no cost files" in prices("--rules", folder, status=2)


def test_rates_are_due_by_basis(rulebook):
    """A price list is reviewed each year, a document less often; the last day still counts."""
    book = cost_book(rulebook)
    due = {rate.key: rate.due for rate in rates(book)}
    assert due["shared.vector_store"] == date(2027, 11, 28)
    assert due["training.small_training"] == date(2027, 11, 22)
    assert due["shared.own_gateway"] == date(2028, 11, 21)
    assert due["shared.compliance"] is None
    assert overdue(book, date(2027, 11, 22)) == ()
    assert {rate.basis for rate in overdue(book, date(2027, 11, 23))} == {"price_list"}


def test_overdue_rates_are_problems_with_file_and_line(rulebook):
    """What `rules check` reports: where the date stands, and since when it is due."""
    found = list(overdue_problems(rulebook, cost_book(rulebook), LATER))
    store = next(problem for problem in found if problem.where == "shared.vector_store")
    line = rulebook.texts["costs/shared.yaml"].splitlines()[store.line - 1]
    assert "checked:" in line
    assert store.place.endswith("costs/shared.yaml")
    assert store.message == "checked 2026-11-28, due for review since 2027-11-28"
    assert list(overdue_problems(rulebook, cost_book(rulebook), DAY)) == []


def test_a_report_marks_overdue_rates(rulebook):
    """The record names them, a note counts them, and each line says so."""
    evaluator = Evaluator(rulebook, LATER, {"services.l4_endpoint": "9"})
    try:
        evaluation = evaluator.evaluate(
            Case(name="old", facts={"task_type": "other", "prompt_testing": "systematic"})
        )
    finally:
        evaluator.close()
    record = evaluation.costs.as_record()["cost_basis"]
    assert "training.small_training" in record["overdue"]
    assert "services.l4_endpoint" not in record["overdue"]
    assert any("past their review on 2028-02-01" in note for note in record["notes"])
    assert "review due" in " ".join(render([evaluation], "text").split())
    for form in ("markdown", "html"):
        assert "review due" in render([evaluation], form)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("price_list: 365", "pricelist: 365", "did you mean 'price_list'?"),
        ("price_list: 365", "price_list: 0", "expected a number of days of at least 1, found 0"),
        ("price_list: 365", "price_list: soon", "found 'soon'"),
    ],
)
def test_wrong_review_periods_are_refused(rulebook, old, new, said):
    """A mistake in the declared periods is named with file and line."""
    texts = dict(rulebook.texts)
    texts["costs/assumptions.yaml"] = texts["costs/assumptions.yaml"].replace(old, new)
    changed = replace(rulebook, texts=texts)
    with pytest.raises(UserError, match=r"costs/assumptions\.yaml:\d+") as caught:
        cost_book(changed)
    assert said in str(caught.value)
