"""Models that have ended or will: what is known of them, by whatever name, and what is not."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from tabled import as_table

from tunewise.cases.columns import FactColumn
from tunewise.commands.program import run
from tunewise.costs.model import CostModel, cost_book
from tunewise.costs.table_costs import ColumnCosts
from tunewise.costs.token_prices import refusal
from tunewise.loading.assembly import load

DAY, SOL = date(2026, 11, 22), "openai/gpt-6-sol"
RETIRED = """\
openai/davinci,2024-01-04
anthropic/claude-2,2025-07-21
anthropic/claude-3-5-sonnet-latest,2025-10-28
anthropic/claude-3-opus-latest,2026-01-05
anthropic/claude-3-7-sonnet-latest,2026-02-19
anthropic/claude-sonnet-4-0,2026-06-15
openai/gpt-3.5-turbo,2026-10-23
openai/gpt-4,2026-10-23
openai/gpt-4-turbo,2026-10-23
openai/o1,2026-10-23
openai/o3-mini,2026-10-23
openai/o4-mini,2026-10-23
openai/gpt-4.1-nano,2026-10-23
openai/gpt-5,2026-12-11
openai/gpt-5-mini,2026-12-11
openai/o3,2026-12-11
openai/gpt-5.1,2027-04-01
openai/gpt-4o,2027-01-14
google/gemini-1.5-pro,2025-09-29
"""
SPELLINGS = [
    ("openai/gpt-4-0613", "2026-10-23"),
    ("openai/gpt-4-0314", "2026-03-26"),
    ("openai/gpt-4-turbo-2024-04-09", "2026-10-23"),
    ("OpenAI/GPT-4", "2026-10-23"),
    ("openai/gpt-5.1-codex", "2026-07-23"),
    ("anthropic/claude-3-5-sonnet-20241022", "2025-10-28"),
    ("anthropic/claude-sonnet-4-20250514", "2026-06-15"),
    ("anthropic/claude-3-opus-20240229", "2026-01-05"),
    ("google/gemini-1.5-pro-002", "2025-09-29"),
    ("google/gemini-1.5-flash-8b", "2025-09-29"),
    ("mistral/mistral-large-2411", "2026-05-31"),
    ("x-ai/grok-4", "2026-05-15"),
    ("groq/llama-3.3-70b-versatile", "2026-08-16"),
    ("deepseek/deepseek-chat", "2026-07-24"),
    ("azure/o1-preview", "2025-07-28"),
]
UNKNOWN = ["anthropic/claude-fable-5", "cohere/command-r", "google/claude-3-opus", "openai/gpt-5.2"]


@pytest.fixture(scope="module")
def rulebook():
    return load()


@pytest.fixture(scope="module")
def told(rulebook):
    """The computed facts of a case with a model on a day, and the notes of its costs."""

    def tell(model, day=DAY, **facts):
        costs = CostModel(rulebook, day, {}).estimate(
            {"base_model": model, **facts}, {"prompting": {"hosting": "public_api"}}
        )
        return costs.facts, " ".join(costs.notes)

    return tell


@pytest.mark.parametrize(
    ("model", "ends"), [*(row.split(",") for row in RETIRED.split()), *SPELLINGS]
)
def test_every_model_that_ended_or_will_is_named_with_its_day(told, model, ends):
    """By the name of the case or that of its price: ended before the day, or ending within the year."""
    facts, notes = told(model)
    ended = ends <= DAY.isoformat()
    assert (facts["base_model_ends"], facts["base_model_ended"]) == (True, ended)
    assert f"{model} {'was' if ended else 'is'} shut down on {ends}" in notes


def test_the_day_of_the_end_counts_as_ended(told):
    """The day before it still answers; on the day it does not, and long before neither holds."""
    for day, ends, ended in (("2026-10-22", True, False), ("2026-10-23", True, True)):
        facts, _ = told("openai/gpt-4", date.fromisoformat(day))
        assert (facts["base_model_ends"], facts["base_model_ended"]) == (ends, ended)
    facts, notes = told("openai/gpt-4", date(2024, 5, 1))
    assert (facts["base_model_ends"], facts["base_model_ended"]) == (False, False)
    assert "shut down" not in notes


def test_a_model_that_was_looked_up_and_has_no_end_is_said_to_go_on(told):
    """False, and nothing else, as the provider's page announces none."""
    facts, notes = told(SOL)
    assert (facts["base_model_ends"], facts["base_model_ended"]) == (False, False)
    assert "shut down" not in notes


@pytest.mark.parametrize("model", UNKNOWN)
def test_nobody_looked_is_unknown_and_never_false(told, model):
    """The facts are absent."""
    facts, notes = told(model)
    assert not {"base_model_ends", "base_model_ended"} & facts.keys()
    assert "shut down" not in notes


def test_that_no_end_was_announced_grows_old(told):
    """Past its review nobody knows any more; an end that was announced stays known."""
    facts, _ = told(SOL, date(2028, 1, 1))
    assert "base_model_ends" not in facts
    assert told("openai/gpt-4", date(2028, 1, 1))[0]["base_model_ended"] is True


def test_a_table_says_what_a_case_says(rulebook, told):
    """Known to have ended, to end, to go on, and unknown, side by side in one table."""
    cases = [{"base_model": model} for model in ("openai/gpt-4", "openai/gpt-5", SOL, *UNKNOWN)]
    public = FactColumn(("public_api",), np.zeros(len(cases), dtype=np.int32))
    table = ColumnCosts(rulebook, DAY, {}).estimate(
        as_table(cases), {"prompting": {"hosting": public}}
    )
    for row, case in enumerate(cases):
        alone, _ = told(case["base_model"])
        for fact in ("base_model_ends", "base_model_ended"):
            assert table.facts[fact].value(row) is alone.get(fact)


def test_each_name_in_the_book_is_one_that_is_priced(rulebook):
    """Names that nobody can state would never be found; three are names of prices alone."""
    book, alone = cost_book(rulebook), set()
    names = [model for ending in book.endings.values() for model in ending.models]
    assert len(names) == len({name.casefold() for name in names}) > 170
    for model in names:
        if refusal(model, DAY):
            alone.add(model)
    assert alone == {"openai/ft:gpt-4o", "openai/ft:gpt-4o-mini", "mistral/pixtral-large"}


def test_a_book_of_old_knows_only_endings(rulebook):
    """What a log stored before that takes whatever has no ending to go on, as it did then."""
    stored = replace(rulebook, stored=True)
    assert not cost_book(stored).all_endings
    texts = dict(rulebook.texts)
    text = texts["costs/endings.yaml"]
    texts["costs/endings.yaml"] = text[: text.index("  # No end was announced")]
    old = cost_book(replace(rulebook, stored=True, texts=texts))
    assert old.all_endings
    assert not cost_book(replace(rulebook, texts=texts)).all_endings


def test_prices_say_what_is_known_of_each_model(capsys):
    """Ended, going on as far as anybody looked, and unknown; names that ended are counted."""
    asked = ["--model", "openai/gpt-4", "--model", "anthropic/claude-fable-5"]
    assert run(["prices", "--as-of", "2026-11-28", *asked, "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    rows = {row["model"]: (row["ends"], row["ended"], row["looked_up"]) for row in listed["tokens"]}
    assert rows["openai/gpt-4"] == ("2026-10-23", True, "2026-11-28")
    assert rows["openai/gpt-6-sol"] == (None, False, "2026-11-28")
    assert rows["anthropic/claude-fable-5"] == (None, None, None)
    assert all(row["ends"] for row in listed["endings"])
    assert run(["prices", "--as-of", "2026-11-28", *asked]) == 0
    text = capsys.readouterr().out
    assert "asked for; ENDED 2026-10-23" in text
    assert "asked for; whether it goes on is unknown" in text
    assert re.search(r"\d{3} names of models +have ended; --format json lists them", text)
    assert "openai/text-davinci-003" not in text


def test_a_batch_keeps_unknown_apart_from_false(tmp_path, capsys):
    """In the records of a batch a model of which nothing is known has no such fact."""
    listed = io.StringIO()
    csv.writer(listed).writerows(
        [["name", "base_model"], ["a", "openai/gpt-4"], ["b", SOL], ["c", UNKNOWN[0]]]
    )
    path = tmp_path / "models.csv"
    path.write_text(listed.getvalue())
    out = str(tmp_path / "out")
    assert run(["batch", str(path), "-o", out, "--as-of", "2026-11-22", "--quiet"]) == 0
    lines = (tmp_path / "out/decisions.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    found = [record["facts"].get("base_model_ended", {}).get("value") for record in records[:3]]
    assert found == [True, False, None]
