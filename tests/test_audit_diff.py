"""What `tunewise audit diff` says changes, and which rules it makes answerable."""

import json
from datetime import date
from pathlib import Path

import pytest
from smallbook import book, changed, write
from smalllog import forged

from tunewise.commands.program import run
from tunewise.comparing.answers import DecidedCase
from tunewise.comparing.causes import causes
from tunewise.comparing.changes import NO_COST, Changes, ComparedCase, collected
from tunewise.comparing.changesview import LISTED_CASES, changes_view
from tunewise.comparing.settings import Settings
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


def told(capsys, *arguments, status=0):
    """What `audit diff` says, as plain data, with the exit status expected of it."""
    assert run(["audit", "diff", *arguments, "--format", "json"]) == status
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
    message = "--to-organisation, --to-as-of or --to-assume: say what to compare with"
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
        return DecidedCase(
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
    found = told(capsys, log, "--to-rules", rules, status=1)
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
    assert "Tone not asked none 4" in text
    assert "No rule makes the difference" in text


def test_a_log_of_several_rulebooks_is_told_in_the_words_of_each(setting, tmp_path, capsys):
    log, rules, other = setting
    tone = "  tone:\n    label: tone\n    question: Which?\n    options: {cool: {label: cool}, warm: {label: warm}}\n"
    later = other(("decisions.yaml", "  hosting:\n", f"{tone}  hosting:\n"))
    case = str(tmp_path / "Few.json")
    assert run(["decide", case, "--rules", later, "--log", log, "-o", str(tmp_path / "o")]) == 0
    assert run(["audit", "diff", log, "--to-rules", rules]) == 0
    assert "Tone cool not asked 1" in " ".join(capsys.readouterr().out.split())


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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--to-assume", "zzz=1"], "--to-assume zzz: unknown assumption"),
        (["--assume", "zzz=1", "--to-as-of", "2026-11-21"], "--assume zzz: unknown assumption"),
        (["--to-assume", "zzz"], "--to-assume: expected key=value, found 'zzz'"),
        (["--to-as-of", "2026-02-30"], "--to-as-of: expected a date such as"),
        (["--as-of", "2026-02-30"], "--as-of: expected a date such as"),
    ],
)
@pytest.mark.parametrize("kind", ["log", "inventory"])
def test_a_mistake_in_the_options_is_said_once_and_nothing_is_compared(
    tmp_path, capsys, arguments, message, kind
):
    """The option is named as it was written."""
    case, log = tmp_path / "case.json", str(tmp_path / "log.jsonl")
    case.write_text(json.dumps({"name": "A", "facts": {}}), encoding="utf-8")
    (tmp_path / "inventory.csv").write_text("name\nA\nB\n", encoding="utf-8")
    assert run(["decide", str(case), str(case), "--log", log, "-o", "-"]) == 0
    capsys.readouterr()
    path = log if kind == "log" else str(tmp_path / "inventory.csv")
    assert run(["audit", "diff", path, *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"tunewise: {message}")
    assert len(said.err.splitlines()) == 1


def test_to_compare_nothing_is_no_success(setting, capsys):
    """Where no record can be compared, the headline says so, and the exit status is 1."""
    log, rules, _ = setting
    for path in Path(f"{log}.rulebooks").iterdir():
        path.unlink()
    assert run(["audit", "diff", log, "--to-rules", rules]) == 1
    assert capsys.readouterr().out.startswith("Nothing could be compared\n")


def test_an_empty_file_is_said_to_be_empty(tmp_path, capsys):
    """It is neither a log nor an inventory."""
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    assert run(["audit", "diff", str(empty)]) == 2
    assert f"{empty}: is empty" in capsys.readouterr().err


def test_altered_records_are_told_beside_what_changes(setting, capsys):
    """They are compared as they stand, and nobody takes them for genuine."""
    log, rules, _ = setting
    text = Path(log).read_bytes()
    Path(log).write_bytes(text.replace(b'"value":600', b'"value":601', 1))
    assert run(["audit", "diff", log, "--to-rules", rules]) == 1
    said = capsys.readouterr()
    assert "of 4 recommendations change" in said.out
    assert "record 2 does not hold its digest or its place in the chain" in said.err


def test_no_output_replaces_what_is_compared(setting, tmp_path, capsys):
    """Neither the inventory nor a rulebook in a file."""
    log, _, _ = setting
    inventory = tmp_path / "inventory.csv"
    inventory.write_text("name\nA\n", encoding="utf-8")
    (stored,) = Path(f"{log}.rulebooks").iterdir()
    book = stored.rename(tmp_path / stored.name)
    for target, what in ((inventory, "the inventory"), (book, "a rulebook")):
        arguments = ["--to-rules", str(book), "--format", "text", "-o", str(target)]
        before = target.read_bytes()
        assert run(["audit", "diff", str(inventory), *arguments]) == 2
        assert f"is {what}, which the report would replace" in capsys.readouterr().err
        assert target.read_bytes() == before


def test_what_a_way_says_comes_before_what_it_is_laid_over():
    """Each part for itself; an assumption that is said leaves none of the others."""
    ours = Settings(as_of=date(2026, 1, 1), assumptions={})
    theirs = Settings(book(), date(2025, 1, 1), {"epochs": "3"})
    assert ours.over(theirs) == Settings(theirs.rulebook, date(2026, 1, 1), {})
    assert Settings().over(theirs) == theirs
    assert theirs.over(ours) == theirs


def test_only_cases_that_both_sides_price_are_summed():
    """A side without a price would turn the difference into a whole sum."""
    span = {"low": 1, "expected": 2.004, "high": 3}
    estimate = {"initial": span, "monthly": span, "horizon": span}

    def answer(costs):
        return DecidedCase({"recommendation": {"approach": "prompting"}, "costs": costs}, book())

    priced, free = answer({"prompting": estimate}), answer({})
    half = [ComparedCase(1, "A", priced, free), ComparedCase(2, "B", free, priced)]
    assert (collected(half).before, collected(half).after) == (NO_COST, NO_COST)
    whole = collected([*half, ComparedCase(3, "C", priced, priced)])
    assert whole.before == whole.after == (2.004, 2.004, 2.004)


def test_sums_are_told_to_the_cent(setting, capsys):
    """As money is counted, not as machines add."""
    from tunewise.comparing.changesview import changes_record

    changes = Changes(0, (), {}, {}, (0.1 + 0.2, 1.005, 756071.3600000001), NO_COST, ((), ()), ())
    money = changes_record(changes, changes_view(changes, "log", ("", "")))["money"]
    assert [money[part]["before"] for part in ("initial", "horizon")] == [0.3, 756071.36]
    assert money["horizon"]["difference"] == -756071.36


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_what_is_cut_from_a_long_list_is_counted(form):
    """Of cases that could not be compared, too."""
    from tunewise.report.render import CHANGES, set_out

    failed = tuple((row, f"Case {row}", "No.") for row in range(1, LISTED_CASES + 4))
    changes = Changes(len(failed), (), {}, {}, NO_COST, NO_COST, ((), ()), failed)
    text = set_out(CHANGES, changes_view(changes, "log", ("", "")), form).casefold()
    assert "and 3 more" in text
    assert f"case {LISTED_CASES}" in text
    assert f"case {LISTED_CASES + 1}" not in text


def test_a_rulebook_that_cannot_reckon_is_refused_once(setting, tmp_path, capsys):
    """Not for each record: it is a mistake in an option."""
    log, *_ = setting
    folder = tmp_path / "lacking"
    assert run(["rules", "copy", str(folder)]) == 0
    costs = folder / "costs" / "assumptions.yaml"
    costs.write_text(costs.read_text().replace("  epochs:", "  ages:", 1))
    capsys.readouterr()
    assert run(["audit", "diff", log, "--to-rules", str(folder)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "'epochs'" in said.err
    assert "costs" in said.err


def test_a_masked_record_is_decided_anew_on_both_sides(tmp_path, setting, capsys):
    """What stands in it was masked, so it cannot be held against what is decided now."""
    _, rules, other = setting
    hidden, log, case = tmp_path / "privacy.yaml", str(tmp_path / "masked"), tmp_path / "Few.json"
    hidden.write_text("facts.falls_short: drop\ncase.*: mask\n", encoding="utf-8")
    arguments = ["--rules", rules, "--log", log, "--privacy", str(hidden)]
    assert run(["decide", str(case), *arguments, "-o", str(tmp_path / "o")]) == 0
    found = told(capsys, log, "--to-rules", rules)
    assert (found["changed"], found["failed"]) == (0, [])
    found = told(capsys, log, "--to-rules", other(("data.yaml", "at_least: 500", "at_least: 300")))
    assert [(one["name"], one["turns"][0]["after"]) for one in found["changes"]] == [
        ("masked", "fine_tuning")
    ]
