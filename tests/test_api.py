"""Tunewise from Python: one case, a whole table, and what is said of mistakes in either."""

import json
import pickle
import subprocess
import sys
import threading
from datetime import date
from functools import partial

import polars as pl
import pytest
from smallbook import changed, write

import tunewise
from tunewise import api, arrow
from tunewise.commands.program import run
from tunewise.evaluation.cache import KEPT

DAY = date(2026, 11, 22)
CASE = {
    "name": "Tickets",
    "facts": {"task_type": "classification", "training_examples": 5_000, "requests_per_month": 1e5},
}
ROWS = pl.DataFrame(
    {
        "name": ["Tickets", "Letters", "Contracts", "Chat", "Notes"],
        "Training data size": ["5,000", "some", "800", None, "unknown"],
        "requests_per_month": [100_000, 2_000, -1, 50, None],
        "gap_kinds": [["style"], ["rhyme"], [], ["format", "style"], None],
        "base_model": ["openai/gpt-4o", None, None, "openai/gpt-none", None],
    }
)


@pytest.fixture(autouse=True)
def _nothing_kept():
    yield
    api._cache.shrink(0)


def table(*columns, **options):
    """Decide on a table on the day of the tests."""
    return tunewise.evaluate_table(*columns, as_of=DAY, **options)


def test_a_case_is_decided_as_the_command_line_decides_it(tmp_path, capsys):
    """What a case file holds, and its path, come to the object that `decide --format json` prints."""
    path = tmp_path / "case.json"
    path.write_text(json.dumps(CASE), encoding="utf-8")
    assert run(["decide", str(path), "--format", "json", "--as-of", "2026-11-22"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert json.loads(json.dumps(tunewise.evaluate(CASE, as_of="2026-11-22"))) == printed
    assert json.loads(json.dumps(tunewise.evaluate(path, as_of=DAY))) == printed


def test_the_options_of_the_command_line_are_arguments(tmp_path):
    """Another rulebook, assumptions, a currency; a rulebook that changes on disk is read again."""
    folder = write(tmp_path)
    case = {"name": "x", "facts": {"examples": 300}}
    assert tunewise.evaluate(case, rules=folder)["recommendation"]["approach"] == "prompting"
    write(folder, changed(("data.yaml", "at_least: 500", "at_least: 300")))
    assert tunewise.evaluate(case, rules=folder)["recommendation"]["approach"] == "fine_tuning"
    found = tunewise.evaluate(CASE, as_of=DAY, assume={"horizon_months": 7}, currency="AUD", fx=1.5)
    assert found["break_even"]["horizon_months"] == 7
    assert found["cost_basis"]["currency"] == {"code": "AUD", "per_usd": 1.5}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"case": {"facts": {}}}, "case: the key 'name' is missing"),
        ({"case": {"name": "x", "facts": {"stag": "pilot"}}}, "did you mean 'stage'"),
        ({"case": {"name": "x", "facts": {"stage": 5}}}, "unknown value 5"),
        ({"case": "nowhere.yaml"}, "nowhere.yaml: cannot be read"),
        (
            {"case": CASE, "as_of": "soon"},
            "as_of: expected a date such as 2026-11-22, found 'soon'",
        ),
        ({"case": CASE, "as_of": 5}, "as_of: expected a date"),
        ({"case": CASE, "assume": {"horizon": 5}}, "horizon_months"),
        ({"case": CASE, "rules": "nowhere"}, "nowhere: is not a folder"),
        ({"case": CASE, "currency": "AUD"}, "say what 1 USD is in AUD"),
    ],
)
def test_a_mistake_is_an_error_in_one_line(arguments, message):
    """Nothing a caller gets wrong ends in a traceback from the depths."""
    with pytest.raises(tunewise.UserError) as error:
        tunewise.evaluate(**arguments)
    assert message in str(error.value)


def test_every_row_of_a_table_comes_back_in_its_place():
    """Own columns stay as they were; wrong rows say all that is wrong with them, and nothing else."""
    found = table(ROWS)
    assert found.select(ROWS.columns).equals(ROWS)
    rejected = found["rejected"].to_list()
    assert [text is None for text in rejected] == [True, False, False, True, True]
    assert "Training data size: expected a whole number" in rejected[1]
    assert "gap_kinds: unknown value 'rhyme'" in rejected[1]
    assert rejected[2].startswith("requests_per_month: out of range")
    assert "the model 'openai/gpt-none' is not known" in found["remarks"][3]
    others = found.drop(*ROWS.columns, "rejected")
    assert all(cell is None for row in (1, 2) for cell in others.row(row))
    told = found.select("approach", "reasons", "prompting_horizon_usd", "unknown_facts").row(0)
    assert all(told)


def test_a_row_names_what_has_no_price_as_the_case_does():
    """Nothing where everything is priced; else each hole by its name."""
    facts = {"training_examples": [5_000, 5_000], "sovereignty": ["required", "none"]}
    found = table(pl.DataFrame({"name": ["Bound", "Free"], **facts}))
    for row in found.rows(named=True):
        case = {fact: row[fact] for fact in facts}
        alone = tunewise.evaluate({"name": row["name"], "facts": case}, as_of=DAY)
        holes = {"; ".join(estimate["holes"]) for estimate in alone["costs"].values()}
        assert holes == {row["holes"] or ""}
    assert found["holes"].to_list() == ["compliance", ""]


def test_a_row_of_a_table_is_decided_as_the_case_is():
    """Choices, margin, costs and break-even are those of the case alone."""
    row = table(ROWS).row(0, named=True)
    facts = {
        "training_examples": 5_000,
        "requests_per_month": 100_000,
        "gap_kinds": ["style"],
        "base_model": "openai/gpt-4o",
    }
    alone = tunewise.evaluate({"name": "Tickets", "facts": facts}, as_of=DAY)
    assert {name: row[name] for name in alone["recommendation"]} == alone["recommendation"]
    assert row["approach_margin"] == alone["decisions"][0]["margin"]
    for approach, estimate in alone["costs"].items():
        for end, name in (("p10", "_low"), ("p50", ""), ("p90", "_high")):
            assert row[f"{approach}_horizon{name}_usd"] == estimate["horizon"][end]
        assert row[f"{approach}_initial_usd"] == estimate["initial"]["p50"]
        assert row[f"{approach}_monthly_usd"] == estimate["monthly"]["p50"]
    months = alone["break_even"]["months"]["p50"]
    assert row["break_even_months"] == (None if months == "never" else months)
    assert row["break_even"] == alone["break_even"]["reason"]
    reasons = [firing["because"] for firing in alone["firings"]]
    assert any(row["reasons"].startswith(reason) for reason in reasons)
    assert set(row["unknown_facts"].split("; ")) <= alone["unknown"].keys()
    vetoes = [v for d in alone["decisions"] for o in d["options"] for v in o["vetoed_by"]]
    assert row["vetoes"] == "; ".join(dict.fromkeys(vetoes))


def test_a_table_may_come_from_any_library_that_speaks_arrow():
    """Whatever has the interface will do."""

    class Wrapped:
        def __arrow_c_stream__(self, requested_schema=None):
            return ROWS.__arrow_c_stream__(requested_schema)

    assert table(Wrapped()).equals(table(ROWS))


def test_chunks_make_no_difference(monkeypatch):
    """A table in many pieces is the table."""
    rows = pl.concat([ROWS] * 5)
    whole = table(rows)
    monkeypatch.setattr(arrow, "ARROW_CHUNK", 3)
    assert table(rows).equals(whole)


def test_a_table_without_rows_has_the_columns_of_results():
    """Nothing in, nothing out, under the same names and types."""
    found = table(ROWS.clear())
    assert found.schema == table(ROWS).schema
    assert found.height == 0


def test_an_own_column_with_the_name_of_a_result_is_kept_apart():
    """The results keep their names."""
    rows = ROWS.head(1).with_columns(approach=pl.lit("by hand"))
    found = table(rows, keep_extra=True)
    assert found["approach (given)"].to_list() == ["by hand"]
    assert found["approach"].to_list() != ["by hand"]


def test_columns_can_be_mapped_to_facts():
    """What no name tells, the caller can."""
    rows = pl.DataFrame({"n": [5_000]})
    with pytest.raises(tunewise.UserError, match="unknown column 'n'"):
        table(rows)
    found = table(rows, mapping={"n": "training_examples"})
    assert "training_examples" not in found["unknown_facts"][0]


@pytest.mark.parametrize("wrong", [5, None, [1], {"a": [1]}])
def test_what_is_no_table_is_refused_in_one_line(wrong):
    """Lists and dicts may mean many things; an Arrow table means one."""
    with pytest.raises(tunewise.UserError, match="expected a table that exports Arrow data"):
        table(wrong)


def test_deciding_on_a_table_can_be_sent_to_another_process():
    """The function and its options are pickled by name and value."""
    work = partial(tunewise.evaluate_table, as_of=DAY, assume={"horizon_months": 7})
    assert pickle.loads(pickle.dumps(work))(ROWS).equals(work(ROWS))


def test_many_options_do_not_pile_up():
    """What has not been used for long is freed."""
    closed = []
    for months in range(1, 8):
        tunewise.evaluate(CASE, as_of=DAY, assume={"horizon_months": months})
        newest = next(reversed(api._cache.held.values()))
        newest.close = lambda close=newest.close, months=months: closed.append(months) or close()
    assert len(api._cache.held) == KEPT
    assert closed == [1, 2, 3]


def test_threads_take_turns():
    """The engine serves one case at a time, whoever asks."""
    found = []

    def decide():
        found.extend(tunewise.evaluate(CASE, as_of=DAY)["recommendation"] for _ in range(5))

    threads = [threading.Thread(target=decide) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    assert all(one == found[0] for one in found)


def test_a_fork_of_a_process_that_used_tables_is_refused_instead_of_waiting_for_ever() -> None:
    """What polars cannot do ends in one line, in a fork of a process of its own."""
    program = (
        "import multiprocessing, polars, tunewise\n"
        "table = polars.DataFrame({'name': ['A'], 'training_examples': [900]})\n"
        "def decided(_):\n"
        "    try:\n"
        "        return tunewise.evaluate_table(table, as_of='2026-11-22').height\n"
        "    except tunewise.UserError as error:\n"
        "        return str(error)\n"
        "assert decided(0) == 1\n"
        "with multiprocessing.get_context('fork').Pool(1) as pool:\n"
        "    print(pool.apply_async(decided, (0,)).get(30))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, timeout=60
    )
    assert "cannot be read in a fork of a process that used tables" in done.stdout, done.stderr
