"""What `tunewise audit diff` says changes, and which rules it makes answerable."""

import json
from pathlib import Path

import pytest
from smallbook import book, changed, write
from smalllog import forged

from tunewise.audit.answers import Answer
from tunewise.audit.causes import causes
from tunewise.cli import run
from tunewise.loading.assembly import load


@pytest.fixture
def setting(tmp_path):
    """A log of four cases under the small rulebook, and folders of other rulebooks."""
    cases = {
        "Few": {"examples": 400},
        "Enough": {"examples": 600},
        "Many": {"examples": 900},
        "Forbidden": {"examples": 900, "may_train": False},
    }
    paths = []
    for name, facts in cases.items():
        paths.append(str(tmp_path / f"{name}.json"))
        (tmp_path / f"{name}.json").write_text(json.dumps({"name": name, "facts": facts}))
    log = str(tmp_path / "log.jsonl")
    rules = str(write(tmp_path / "rules"))
    out = str(tmp_path / "out.json")
    assert run(["decide", *paths, "--rules", rules, "--log", log, "-o", out]) == 0

    def other(*changes):
        return str(write(tmp_path / "other", changed(*changes)))

    return log, rules, other


MORE = ("data.yaml", "at_least: 500", "at_least: 700")


def told(capsys, *arguments):
    """What `audit diff` says, as plain data."""
    assert run(["audit", "diff", *arguments, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_one_threshold_names_its_rule_and_no_other(setting, capsys):
    log, _, other = setting
    found = told(capsys, log, "--to-rules", other(MORE))
    assert (found["cases"], found["changed"]) == (4, 1)
    assert found["causes"] == [{"rule": "data.enough", "cases": 1}]
    (case,) = found["changes"]
    assert (case["row"], case["name"]) == (2, "Enough")
    assert case["turns"] == [
        {"decision": "approach", "before": "fine_tuning", "after": "prompting"},
        {"decision": "hosting", "before": "self_hosted", "after": "public_api"},
    ]
    assert case["causes"] == [{"rule": "data.enough", "how": "is silent", "facts": []}]


def test_a_rulebook_compared_with_itself_changes_nothing(setting, capsys):
    log, rules, _ = setting
    found = told(capsys, log, "--to-rules", rules)
    assert (found["changed"], found["causes"], found["changes"]) == (0, [], [])


def test_a_rule_that_changed_against_the_turn_is_no_cause(setting, capsys):
    log, _, other = setting
    rules = other(MORE, ("need.yaml", "gap:\n    when:", "gap:\n    title: A gap\n    when:"))
    found = told(capsys, log, "--to-rules", rules)
    assert [cause["rule"] for cause in found["causes"]] == ["data.enough"]


def test_a_rule_that_is_new_or_gone_is_a_cause(setting, capsys):
    log, _, other = setting
    veto = "\n  none:\n    when: {examples: {at_least: 800}}\n    then: {exclude: {approach: fine_tuning}}"
    end = '\n    because: No.\n    sources: [DOC3]\n    checked: "2026-11-22"\n  enough:'
    found = told(capsys, log, "--to-rules", other(("data.yaml", "\n  enough:", veto + end)))
    assert found["causes"] == [{"rule": "data.none", "cases": 1}]
    assert found["changes"][0]["name"] == "Many"
    assert found["changes"][0]["causes"][0]["how"] == "fires"


def test_a_change_fails_where_that_is_asked_for(setting, capsys):
    log, rules, other = setting
    assert run(["audit", "diff", log, "--to-rules", rules, "--fail-on-change"]) == 0
    assert run(["audit", "diff", log, "--to-rules", other(MORE), "--fail-on-change"]) == 1
    assert "1 of 4 recommendations changes" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_every_form_shows_what_turned_and_why(setting, capsys, form):
    log, _, other = setting
    assert run(["audit", "diff", log, "--to-rules", other(MORE), "--format", form]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for part in (
        "1 of 4 recommendations changes",
        "data.enough",
        "at least 700",
        "at least 500",
        "Enough",
    ):
        assert part in text


def test_an_inventory_is_compared_as_a_log_is(setting, tmp_path, capsys):
    _, rules, other = setting
    inventory = tmp_path / "inventory.csv"
    inventory.write_text("name,examples\nFew,400\nEnough,600\nWrong,many\n", encoding="utf-8")
    found = told(capsys, str(inventory), "--rules", rules, "--to-rules", other(MORE))
    assert (found["cases"], found["changed"]) == (3, 1)
    assert found["changes"][0]["name"] == "Enough"
    assert [(one["row"], one["reason"][:9]) for one in found["failed"]] == [(3, "examples:")]


def test_assumptions_move_money(tmp_path, capsys):
    inventory = tmp_path / "inventory.csv"
    row = "Triage,classification,500000,5000\n"
    inventory.write_text(f"name,task_type,requests_per_month,training_examples\n{row}")
    found = told(
        capsys, str(inventory), "--as-of", "2026-11-22", "--to-assume", "input_tokens=5000"
    )
    monthly = found["money"]["monthly"]
    assert monthly["after"] > monthly["before"] > 0
    assert monthly["difference"] == pytest.approx(monthly["after"] - monthly["before"], abs=0.01)


def test_an_inventory_needs_something_to_be_compared_with(tmp_path, capsys):
    inventory = tmp_path / "inventory.csv"
    inventory.write_text("name\nA\n", encoding="utf-8")
    assert run(["audit", "diff", str(inventory)]) == 2
    message = "--to-rules, --to-as-of or --to-assume: say what to compare with"
    assert message in capsys.readouterr().err


def test_a_log_without_options_is_held_against_today(setting, capsys):
    log, *_ = setting
    found = told(capsys, log)
    assert found["before"] == "as recorded"
    assert load().sha256[:12] in found["after"]


def test_what_other_rules_concluded_is_not_blamed_on_those_that_read_it():
    rulebook = book()

    def answer(approach, hosting, fired):
        facts = {"approach": approach}
        return Answer(
            {
                "facts": {},
                "firings": [{"rule": id, "facts": facts} for id in fired],
                "recommendation": {"approach": approach, "hosting": hosting},
                "tuning_plan": {},
            },
            rulebook,
        )

    before = answer("prompting", "public_api", [])
    after = answer("fine_tuning", "self_hosted", ["need.own_machines"])
    assert causes(before, after) == ()


def test_a_line_that_cannot_be_compared_is_told_and_fails_a_check(setting, capsys):
    log, rules, _ = setting
    lines = Path(log).read_bytes().splitlines(keepends=True)
    other = lines[1].replace(load_rulebook(log).encode(), b"0" * 64)
    Path(log).write_bytes(b"".join([lines[0], other, b"nonsense\n", lines[3]]))
    found = told(capsys, log, "--to-rules", rules)
    assert (found["cases"], found["changed"]) == (4, 0)
    assert [(one["row"], one["name"]) for one in found["failed"]] == [(2, "Enough"), (3, "")]
    assert "No such file or directory" in found["failed"][0]["reason"]
    assert "is no record" in found["failed"][1]["reason"]
    assert run(["audit", "diff", log, "--to-rules", rules, "--fail-on-change"]) == 1


def load_rulebook(log):
    """The digest of the rulebook that decided a log."""
    return json.loads(Path(log).read_text(encoding="utf-8").splitlines()[0])["rulebook"]["sha256"]


def test_a_record_that_does_not_fit_its_rulebook_is_not_compared(setting, capsys):
    log, rules, _ = setting
    forged(Path(log), lambda found: found[0].update(recommendation={}))
    found = told(capsys, log, "--to-rules", rules)
    (failed,) = found["failed"]
    assert failed["row"] == 1
    assert "does not fit its rulebook: its decisions are others" in failed["reason"]


def test_a_decision_that_only_one_rulebook_has_turns_from_not_asked(setting, capsys):
    log, _, other = setting
    tone = "  tone:\n    label: tone\n    question: Which?\n    options: {none: {label: none}, warm: {label: warm}}\n"
    rules = other(("decisions.yaml", "  hosting:\n", f"{tone}  hosting:\n"))
    found = told(capsys, log, "--to-rules", rules)
    assert found["turns"] == [{"decision": "tone", "before": "", "after": "none", "cases": 4}]
    assert found["causes"] == []
    assert run(["audit", "diff", log, "--to-rules", rules]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "Tone not asked → none 4" in text
    assert "No rule makes the difference" in text


def test_a_log_of_several_rulebooks_is_told_in_the_words_of_each(setting, tmp_path, capsys):
    log, rules, other = setting
    tone = "  tone:\n    label: tone\n    question: Which?\n    options: {cool: {label: cool}, warm: {label: warm}}\n"
    later = other(("decisions.yaml", "  hosting:\n", f"{tone}  hosting:\n"))
    case = str(tmp_path / "Few.json")
    assert run(["decide", case, "--rules", later, "--log", log, "-o", str(tmp_path / "o")]) == 0
    assert run(["audit", "diff", log, "--to-rules", rules]) == 0
    assert "Tone cool → not asked 1" in " ".join(capsys.readouterr().out.split())


def test_a_masked_derived_fact_is_no_change(tmp_path, setting, capsys):
    _, rules, other = setting
    hidden, log, case = tmp_path / "privacy.yaml", str(tmp_path / "masked"), tmp_path / "short.json"
    hidden.write_text("facts.falls_short: mask\ncosts: drop\n", encoding="utf-8")
    facts = {"examples": 600, "stage": "pilot", "accuracy": 0.5, "target": 0.9}
    case.write_text(json.dumps({"name": "Short", "facts": facts}), encoding="utf-8")
    arguments = ["--rules", rules, "--log", log, "--privacy", str(hidden)]
    assert run(["decide", str(case), *arguments, "-o", str(tmp_path / "o")]) == 0
    veto = ("data.yaml", "{may_train: {is: false}}", "{examples: {at_least: 1}}")
    found = told(capsys, log, "--to-rules", other(veto))
    (case,) = found["changes"]
    assert case["causes"] == [{"rule": "data.forbidden", "how": "fires", "facts": []}]
