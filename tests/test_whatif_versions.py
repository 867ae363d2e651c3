"""What if: other versions of a case beside it, and cases side by side."""

import json
from pathlib import Path

import pytest
from saying import said

from tunewise.commands.program import run
from tunewise.loading.assembly import load
from tunewise.report import terminal
from tunewise.whatif.versions import read_changes

EXAMPLES = Path(__file__).parents[1] / "examples"
TRIAGE, WRITER = (str(EXAMPLES / f"{name}.yaml") for name in ("support_triage", "copy_writer"))
DAY = ("--as-of", "2026-11-22")
FORMS = ("text", "markdown", "html")


def shown(capsys, *words):
    assert run([*words, *DAY]) == 0
    return capsys.readouterr().out


def record(capsys, *words):
    return json.loads(shown(capsys, *words, "--format", "json"))


def test_a_what_if_is_the_case_with_that_value(tmp_path, capsys):
    """It decides as the file would, edited by hand."""
    edited = tmp_path / "case.yaml"
    text = Path(WRITER).read_text("utf-8")
    edited.write_text(text.replace("training_examples: 500", "training_examples: 20"), "utf-8")
    found = record(capsys, "decide", WRITER, "--set", "training_examples=20")
    itself = record(capsys, "decide", str(edited))
    before = record(capsys, "decide", WRITER)
    for one, whole in zip(found["versions"], (before, itself), strict=True):
        for part in ("facts", "recommendation", "known", "certainty"):
            assert one[part] == whole[part]
        assert (
            one["costs"]["horizon"]
            == whole["costs"][whole["recommendation"]["approach"]]["horizon"]
        )
    assert found["facts"] == {"training_examples": [500, 20]}
    assert found["schema"] == "tunewise.comparison/1"


def test_it_says_what_turned_and_which_reasons_moved(capsys):
    """A veto comes, and with it another answer."""
    found = record(
        capsys, "decide", WRITER, "--set", "training_examples=20", "--set", "labelling=impossible"
    )
    assert [one["recommendation"]["approach"] for one in found["versions"]] == [
        "fine_tuning",
        "prompting",
    ]
    (moved,) = found["moved"]
    assert "data.far_too_few" in moved["reasons"]["came"]
    assert moved["reasons"]["went"]
    text = shown(
        capsys, "decide", WRITER, "--set", "training_examples=20", "--set", "labelling=impossible"
    )
    plain = " ".join(text.split())
    assert "What if: the advice turns" in plain
    assert "20 examples are" in plain


def test_unknown_takes_a_fact_away(capsys):
    """And a set is written as in an inventory."""
    found = record(
        capsys, "decide", TRIAGE, "--set", "gap_kinds=unknown", "--set", "accuracy_target=95"
    )
    assert found["facts"]["gap_kinds"][1] is None
    assert found["facts"]["accuracy_target"] == [0.92, 0.95]
    assert read_changes(["gap_kinds=style; format"], load().facts) == {
        "gap_kinds": ("format", "style")
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "training_example=5",
            "unknown fact 'training_example'; did you mean 'training_examples'?",
        ),
        ("training_examples", "expected fact=value, found 'training_examples'"),
        ("training_examples=many", "training_examples: expected a whole number"),
        ("prompting_result=adequate", "worked out by Tunewise"),
        ("stage=pilots", "unknown value 'pilots'; did you mean 'pilot'?"),
    ],
)
def test_a_wrong_change_is_named(capsys, change, said):
    """By the option, the fact, and the nearest right name; nothing is shown."""
    assert run(["decide", TRIAGE, "--set", change]) == 2
    caught = capsys.readouterr()
    assert caught.out == ""
    assert caught.err.startswith("tunewise: --set: ")
    assert said in caught.err


def test_every_mistake_is_told_at_once(capsys):
    """A fact that is set twice is one."""
    changes = ["--set", "x=1", "--set", "stage=pilot", "--set", "stage=production"]
    assert run(["decide", TRIAGE, *changes]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


@pytest.mark.parametrize("other", [["--log", "x.jsonl"], ["--full"]])
def test_a_what_if_is_no_decision(capsys, tmp_path, monkeypatch, other):
    """It goes into no log."""
    monkeypatch.chdir(tmp_path)
    assert run(["decide", TRIAGE, "--set", "stage=pilot", *other]) == 2
    assert "what-if" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_cases_stand_side_by_side_in_every_form(capsys, monkeypatch):
    """Each form says what the others say, of three cases too."""
    monkeypatch.setattr(terminal, "laid_out", lambda text, width, colour: text)
    words = ["compare", TRIAGE, WRITER, str(EXAMPLES / "legal_clauses.yaml")]
    found = {form: said(shown(capsys, *words, "--format", form), form) for form in FORMS}
    for one in FORMS:
        for other in FORMS:
            assert not found[one].lacking(found[other])
    assert len(found["text"].statements) > 30


def test_versions_of_one_name_are_numbered(capsys):
    """A case beside itself differs in nothing."""
    found = record(capsys, "compare", TRIAGE, TRIAGE)
    assert [one["name"] for one in found["versions"]] == [
        "Support ticket triage (1)",
        "Support ticket triage (2)",
    ]
    assert found["facts"] == {}
    assert found["moved"][0]["rules"] == {"came": [], "went": []}


def test_one_case_alone_is_sent_to_what_if(capsys):
    assert run(["compare", TRIAGE]) == 2
    assert "'tunewise decide CASE --set FACT=VALUE'" in capsys.readouterr().err


def test_a_comparison_replaces_no_case(tmp_path, capsys):
    case = tmp_path / "case.md"
    case.write_text(Path(TRIAGE).read_text("utf-8"), "utf-8")
    assert run(["compare", str(case), TRIAGE, "-o", str(case)]) == 2
    assert "is a case" in capsys.readouterr().err
    assert run(["compare", str(case), TRIAGE, "-o", str(tmp_path / "out.html")]) == 0
    assert (tmp_path / "out.html").read_text("utf-8").startswith("<!doctype html>")
