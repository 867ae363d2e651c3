"""Rates and assumptions by date: what held on a day counts, and what is not known of it is said."""

import json
from datetime import date

import pytest
from tabled import as_table

from tunewise.cases.case import Case
from tunewise.commands.program import run
from tunewise.costs.model import CostModel, cost_book
from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.evaluation.table import TableEvaluator
from tunewise.loading.assembly import assemble, load

STORE = "    rate: vector_store_usd\n"
DATED_STORE = """\
    rate:
      - {from: 2024-03-01, value: 70, sources: [PINECONE_PRICES.1], checked: 2026-11-22}
      - {from: 2025-09-01, value: 60, note: Since then per index.}
      - {from: 2026-06-01, value: 50}
"""
FACTS = {"external_knowledge": "essential", "base_model": "openai/gpt-6-sol"}
PLANS = {"prompting": {"retrieval": "rag", "hosting": "public_api"}}
KEY = "shared.vector_store"


def with_texts(**changed):
    """The shipped rulebook with a text of a cost file replaced."""
    shipped = load()
    texts = dict(shipped.texts)
    for stem, (old, new) in changed.items():
        name = f"costs/{stem}.yaml"
        assert old in texts[name]
        texts[name] = texts[name].replace(old, new, 1)
    return assemble(texts, "rules")


@pytest.fixture(scope="module")
def dated():
    """A rulebook whose vector store has three rates by date."""
    return with_texts(shared=(STORE, DATED_STORE))


def store_line(rulebook, day):
    """The line of the vector store on a day, and the notes."""
    costs = CostModel(rulebook, day, {}).estimate(FACTS, PLANS)
    lines = costs.estimates["prompting"].lines
    return next(line for line in lines if line.id == KEY), costs.notes


@pytest.mark.parametrize(
    ("day", "rate"),
    [
        (date(2024, 3, 1), 70),
        (date(2025, 8, 31), 70),
        (date(2025, 9, 1), 60),
        (date(2026, 5, 31), 60),
        (date(2026, 6, 1), 50),
        (date(2027, 1, 1), 50),
    ],
)
def test_what_held_on_the_day_counts(dated, day, rate):
    """From its first day until the day before the next one, with its own source, look-up and note."""
    line, notes = store_line(dated, day)
    assert line.rate.expected == rate
    assert line.amount.expected == rate
    assert line.note.startswith("Since then") is (rate == 60)
    assert not any(KEY in note for note in notes)


def test_before_the_first_day_it_is_said_to_be_unknown(dated):
    """The earliest rate that is known stands in, and a note names it; today's never does."""
    line, notes = store_line(dated, date(2023, 1, 1))
    assert line.rate.expected == 70
    (said,) = [note for note in notes if KEY in note]
    assert "what held on 2023-01-01 is not known" in said
    assert "from 2024-03-01, stands in its place" in said


def test_a_rate_that_is_set_needs_no_history(dated):
    """--assume counts on every day, and nothing is unknown then."""
    costs = CostModel(dated, date(2023, 1, 1), {KEY: "5"}).estimate(FACTS, PLANS)
    assert not any(KEY in note for note in costs.notes)


def test_a_table_takes_the_same_rates(dated):
    """Columns and a single case agree on days in the past."""
    day = date(2025, 10, 1)
    evaluator, tables = Evaluator(dated, day), TableEvaluator(dated, day)
    try:
        alone = evaluator.evaluate(Case("x", FACTS)).costs.estimates
        found = tables.evaluate(as_table([FACTS])).costs.estimates
    finally:
        evaluator.close()
        tables.close()
    for name, estimate in alone.items():
        assert found[name].record(0)["monthly"] == estimate.monthly.as_record()


def test_an_assumption_by_date_counts_too():
    """A number, or the value of one option."""
    rulebook = with_texts(
        assumptions=(
            "    value: 2000\n    note: Our own judgement; five passages",
            "    value:\n      - {from: 2024-01-01, value: 9000}\n      - {from: 2026-01-01, value: 2000}\n"
            "    note: Our own judgement; five passages",
        )
    )
    for day, tokens in (
        (date(2025, 12, 31), 9000),
        (date(2026, 1, 1), 2000),
        (date(2020, 1, 1), 9000),
    ):
        costs = CostModel(rulebook, day, {}).estimate({"base_model": "openai/gpt-6-sol"}, PLANS)
        assert costs.assumptions["retrieved_tokens"]["value"] == tokens
        unknown = [note for note in costs.notes if "(retrieved_tokens)" in note]
        assert bool(unknown) is (day.year == 2020)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("    rate: []\n", "expected at least one value with 'from'"),
        ("    rate: [{from: 2026-06-01, value: 5}, {from: 2025-06-01, value: 6}]\n", "rising days"),
        ("    rate: [{from: 2026-06-01, value: 5}, {from: 2026-06-01, value: 6}]\n", "each once"),
        (
            "    rate: [{from: June, value: 5}]\n",
            "expected a date such as 2026-11-22, found 'June'",
        ),
        ("    rate: [{from: 2026-06-01, value: -5}]\n", "at least 0"),
        ("    rate: [{from: 2026-06-01, value: {low: 9, expected: 5, high: 10}}]\n", "low <= exp"),
        ("    rate: [{from: 2026-06-01, value: tools_usd}]\n", "expected a number"),
        (
            "    rate: [{from: 2026-06-01, value: 5, sources: [PINECONE_PRICE.1]}]\n",
            "PINECONE_PRICES.1",
        ),
        ("    rate: [{form: 2026-06-01, value: 5}]\n", "did you mean 'from'?"),
        ("    rate: [{from: 2026-06-01}]\n", "value"),
    ],
)
def test_mistakes_in_values_by_date_are_named(written, said):
    """With file, line and what is allowed."""
    with pytest.raises(UserError, match=r"costs/shared\.yaml:\d+") as caught:
        cost_book(with_texts(shared=(STORE, written)))
    assert said in str(caught.value)


def test_a_price_that_is_listed_for_all_days_is_not_taken_for_that_of_a_past_one(dated):
    """The note names the model; one whose prices are dated, and a day behind the look-up, get none."""

    def said(model, day):
        costs = CostModel(dated, day, {}).estimate({"base_model": model}, PLANS)
        return [note for note in costs.notes if "one price is listed for all days" in note]

    assert "openai/gpt-6-sol" in said("openai/gpt-6-sol", date(2024, 1, 1))[0]
    assert said("openai/gpt-6-sol", date(2026, 11, 22)) == []
    assert said("openai/o3", date(2025, 1, 1)) == []


def test_prices_of_a_day_are_those_of_the_day(dated, tmp_path, capsys):
    """The list shows since when a rate holds, or that it was unknown then."""
    folder = tmp_path / "rules"
    for name, text in dated.texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    def listed(day, *form):
        assert run(["prices", "--rules", str(folder), "--as-of", day, *form]) == 0
        return capsys.readouterr().out

    def row(day):
        return next(
            r for r in json.loads(listed(day, "--format", "json"))["rates"] if r["key"] == KEY
        )

    found = row("2025-10-01")
    assert (found["rate"]["expected"], found["since"], found["known_from"]) == (
        60,
        "2025-09-01",
        None,
    )
    assert not found["checked_later"]
    found = row("2020-01-01")
    assert (found["rate"]["expected"], found["since"], found["known_from"]) == (
        70,
        None,
        "2024-03-01",
    )
    assert "holds from 2025-09-01" in listed("2025-10-01")
    assert "UNKNOWN on this day, known from 2024-03-01" in listed("2020-01-01")


def test_a_replay_takes_what_held_when_it_was_decided(dated, tmp_path, capsys):
    """A decision of a day in the past, logged and replayed with its rulebook, comes to the same sums."""
    folder, case, log = tmp_path / "rules", tmp_path / "case.json", str(tmp_path / "log.jsonl")
    for name, text in dated.texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    case.write_text(json.dumps({"name": "Past", "facts": FACTS}))
    arguments = ["--rules", str(folder), "--as-of", "2025-10-01", "--format", "json", "--log", log]
    assert run(["decide", str(case), *arguments]) == 0
    assert json.loads(capsys.readouterr().out)["as_of"] == "2025-10-01"
    assert run(["audit", "replay", log]) == 0
