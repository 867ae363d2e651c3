"""`tunewise prices --diff`: what changed between two price books, and in the sums of cases."""

import json
from pathlib import Path

import pytest
import yaml

from tunewise.commands.program import run
from tunewise.loading.assembly import assemble, load
from tunewise.log.rulebook_store import save

DAY = "2026-11-28"
TRIAGE = Path(__file__).parents[1] / "examples" / "support_triage.yaml"
CHANGED = {
    "    rate: vector_store_usd\n": "    rate: 30\n",
    "    rate: 200\n    basis: document\n    sources: [B28]": "    rate: 150\n    basis: document\n"
    "    sources: [B28]",
}
CASE = {
    "name": "Handbook",
    "facts": {
        "task_type": "question_answering",
        "prompt_testing": "systematic",
        "external_knowledge": "essential",
        "corpus_tokens": 500_000_000,
        "knowledge_change": "daily",
        "base_model": "openai/o3",
        "requests_per_month": 1000,
        "commitment_months": 10,
    },
}


def older():
    """The shipped rulebook with two other rates."""
    shipped = load()
    texts = dict(shipped.texts)
    for now, then in CHANGED.items():
        assert now in texts["costs/shared.yaml"]
        texts["costs/shared.yaml"] = texts["costs/shared.yaml"].replace(now, then, 1)
    return assemble(texts, "older")


@pytest.fixture
def folder(tmp_path):
    """A folder with that rulebook."""
    return written(tmp_path / "older", older().texts)


def written(place, texts):
    """A folder with the texts of a rulebook."""
    for name, text in texts.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return place


def now_text():
    """The shared costs with one sum for the vector store."""
    return load().texts["costs/shared.yaml"].replace(next(iter(CHANGED)), "    rate: 50\n", 1)


@pytest.fixture
def case(tmp_path):
    """A case that looks documents up."""
    path = tmp_path / "case.yaml"
    path.write_text(yaml.safe_dump(CASE))
    return path


@pytest.fixture
def diff(capsys, tmp_path):
    """What the command prints with some arguments, beside a rulebook whose vector store costs $50, no more, no less."""
    newer = written(tmp_path / "newer", {**load().texts, "costs/shared.yaml": now_text()})

    def compared(*arguments, status=0, form="json"):
        rules = ["--rules", str(newer)]
        given = ["prices", "--format", form, "--as-of", DAY, *rules, "--diff", *map(str, arguments)]
        assert run(given) == status
        out, err = capsys.readouterr()
        if status == 2:
            return err
        return json.loads(out) if form == "json" else out

    return compared


def test_a_folder_that_differs_in_two_rates_tells_these(diff, folder, case):
    """Both rates, before and now, nothing else; and the sums of the case differ by just what they make."""
    found = diff(folder, case)
    assert [(row["key"], row["new"]) for row in found["rates"]] == [
        ("shared.own_gateway", 200),
        ("shared.vector_store", 50),
    ]
    assert found["rates"][1]["old"] == 30
    assert found["tokens"] == found["assumptions"] == []
    (one,) = found["cases"]
    sums = one["approaches"]["prompting"]
    assert sums["monthly"]["difference"] == 20
    assert sums["horizon"]["difference"] == pytest.approx(200, abs=0.02)
    assert sums["initial"]["difference"] == 0
    assert [(line["id"], line["difference"]) for line in sums["lines"]] == [
        ("shared.vector_store", 20)
    ]
    for approach in one["approaches"].values():
        for total in ("initial", "monthly"):
            period = [line for line in approach["lines"] if line["period"] == total]
            moved = sum(line["difference"] for line in period)
            assert moved == pytest.approx(approach[total]["difference"], abs=0.005)


def test_a_rulebook_that_a_log_stored_tells_the_same(diff, folder, case, tmp_path):
    """The file beside a log holds the same price book as the folder."""
    log = str(tmp_path / "log.jsonl")
    save(log, older())
    (stored,) = (tmp_path / "log.jsonl.rulebooks").glob("*.json")
    first, second = diff(folder, case), diff(stored, case)
    assert first["rates"] == second["rates"]
    assert first["cases"] == second["cases"]


def test_a_day_tells_which_token_prices_moved(diff, case):
    """o3 cost five times as much until 2025-06-10; the case pays the difference, and says what is not known."""
    found = diff("2025-06-01", case)
    (row,) = [row for row in found["tokens"] if row["model"] == "openai/o3"]
    assert (row["old"]["input"], row["new"]["input"]) == (10, 2)
    assert found["old"]["as_of"] == "2025-06-01"
    assert "shared.vector_store" in found["unknown"]
    (one,) = found["cases"]
    monthly = one["approaches"]["prompting"]["monthly"]
    assert monthly["difference"] < 0
    assert any("checked only after 2025-06-01" in note for note in one["notes"])


def test_the_same_book_changes_nothing(diff, case):
    """Its own day: no change anywhere, and no unknown."""
    found = diff(DAY, case)
    assert found["tokens"] == found["rates"] == found["assumptions"] == found["unknown"] == []
    sums = found["cases"][0]["approaches"]
    assert all(not one["lines"] and not one["horizon"]["difference"] for one in sums.values())
    assert "nothing changed" in diff(DAY, form="text")


def test_the_text_says_what_the_record_says(diff, folder, case):
    """Each rate and each line with before, now and the difference."""
    text = diff(folder, case, form="text")
    assert "shared.vector_store (USD per unit (month)): 30 -> 50" in text
    assert "Vector store, its plan and what it keeps (monthly): $30.00 -> $50.00 (+$20.00)" in text
    assert "recommended: " in text
    assert "\x1b" not in text


def test_a_case_that_cannot_be_priced_does_not_stop_the_others(diff, folder, case, tmp_path):
    """It is named with the reason, and the status is 1."""
    wrong = tmp_path / "wrong.yaml"
    facts = {**CASE["facts"], "base_model": "openai/gtp-4o"}
    wrong.write_text(yaml.safe_dump({"name": "Typo", "facts": facts}))
    found = diff(folder, wrong, case, status=1)
    assert [one["name"] for one in found["cases"]] == ["Typo", "Handbook"]
    assert "did you mean 'openai/gpt-4o'" in found["cases"][0]["failed"][0]
    assert "cannot be compared" in diff(folder, wrong, status=1, form="text")


def test_what_is_neither_book_nor_day_is_refused(diff, tmp_path, capsys):
    """One line, status 2: what was found, and what is allowed."""
    said = diff("nowhere", status=2)
    assert "--diff: expected a folder, a rulebook that a log stored, or a day" in said
    assert "found 'nowhere'" in said
    assert "found '2026-13-01'" in diff("2026-13-01", status=2)
    broken = tmp_path / "broken.json"
    broken.write_text("{}")
    assert "broken.json" in diff(broken, status=2)
    assert "cannot be read" in diff(DAY, tmp_path / "none.yaml", status=2)
    assert run(["prices", str(TRIAGE)]) == 2
    assert "a case goes with --diff OLD" in capsys.readouterr().err


def test_an_older_book_may_lack_what_is_newer(diff, folder):
    """What its costs do not say is taken as shipped, as for a rulebook that a log stored."""
    path = folder / "costs/assumptions.yaml"
    text = path.read_text()
    begin = text.index("  one_price: >-")
    path.write_text(text[:begin] + text[text.index("  checked_later: >-") :])
    assert len(diff(folder)["rates"]) == 2


def test_the_help_ends_with_an_example(capsys):
    """Which is a command that runs."""
    assert run(["prices", "--help"]) == 0
    assert "Example:  tunewise prices --diff 2026-01-01 case.yaml" in capsys.readouterr().out
