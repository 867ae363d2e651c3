"""Privacy: what a log must not hold is not in it, what was taken out is listed, the rest is verified."""

import json
from pathlib import Path
from typing import Any

import pytest
import smallbook
from jsonschema import Draft202012Validator
from smalllog import BOOK, contents, forged, lines, records, write_log

from tunewise.commands.program import run
from tunewise.errors import UserError
from tunewise.log.privacy import Privacy, read_privacy
from tunewise.log.reading import Log
from tunewise.log.verify import verify
from tunewise.schemas.log_lines import record_schema

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "support_triage.yaml"


def private(content: dict[str, Any], **actions: str) -> dict[str, Any]:
    """A content with actions applied, whose paths are written with __ for a dot and all for a *."""
    paths = {path.replace("__", ".").replace(".all", ".*"): a for path, a in actions.items()}
    return Privacy(paths).applied(content)


def taken(content: dict[str, Any]) -> dict[str, str]:
    """What a record says was taken out of it."""
    return {one["path"]: one["action"] for one in content["masked"]}


@pytest.fixture
def content() -> dict[str, Any]:
    """The content of a record in which most things are known."""
    return contents()[0]


def test_what_is_masked_is_seen_to_be(content: dict[str, Any]) -> None:
    """A word stands in its place, and its path in the list."""
    found = private(content, case__name="mask", case__tags="mask", facts__examples="mask")
    assert found["case"]["name"] == "masked"
    assert found["case"]["tags"] == ["masked"]
    assert found["case"]["description"] == "With data"
    assert found["facts"]["examples"] == {"value": "masked", "origin": "given"}
    assert taken(found) == {"case.name": "mask", "case.tags": "mask", "facts.examples": "mask"}


def test_what_is_dropped_is_gone(content: dict[str, Any]) -> None:
    """Nothing stands in its place, and its path in the list."""
    found = private(content, case__description="drop", case__tags="drop", facts__examples="drop")
    assert (found["case"]["description"], found["case"]["tags"]) == ("", [])
    assert "examples" not in found["facts"]
    assert set(taken(found).values()) == {"drop"}


def test_a_fact_goes_from_what_firings_read(content: dict[str, Any]) -> None:
    """The value stands nowhere in the record, and the order of what is left is kept."""
    read = {f["rule"]: f["facts"] for f in content["firings"]}
    assert read["data.enough"] == {"examples": 500}
    masked = private(content, facts__examples="mask", facts__accuracy="drop")
    seen = {firing["rule"]: firing["facts"] for firing in masked["firings"]}
    assert seen["data.enough"] == {"examples": "masked"}
    assert seen["need.shortfall"] == {"target": 0.9}
    assert "500" not in json.dumps(masked)
    assert content["facts"]["examples"]["value"] == 500


def test_a_star_means_all_and_a_name_comes_before_it(content: dict[str, Any]) -> None:
    """All facts may be masked but one, or one dropped."""
    found = private(content, facts__all="mask", facts__target="drop", case__all="drop")
    assert {fact["value"] for fact in found["facts"].values()} == {"masked"}
    assert "target" not in found["facts"]
    assert taken(found)["facts.target"] == "drop"
    assert found["case"] == {"name": "", "description": "", "owner": "", "tags": []}


def test_what_was_decided_stays(content: dict[str, Any]) -> None:
    """A decision that later rules read is no fact of the case."""
    found = private(content, facts__all="drop")
    seen = {firing["rule"]: firing["facts"] for firing in found["firings"]}
    assert seen["need.watch"] == {"approach": "fine_tuning"}
    for part in ("recommendation", "decisions", "tuning_plan", "rulebook"):
        assert found[part] == content[part]


def test_what_was_not_there_is_not_listed() -> None:
    """An empty description or an unknown fact was not taken out."""
    found = private(contents()[1], case__description="drop", facts__examples="mask")
    assert found["masked"] == []


def test_masked_records_keep_the_form_of_records(content: dict[str, Any], tmp_path: Path) -> None:
    """Whatever is taken out, a record is one by its schema, and verified as far as it goes."""
    actions = (
        {"facts__all": "mask", "case__all": "mask"},
        {"facts__all": "drop", "case__all": "drop"},
    )
    path = write_log(tmp_path, [private(content, **one) for one in actions])
    validator = Draft202012Validator(record_schema())
    for record in records(path):
        assert list(validator.iter_errors(record)) == []
    found = verify(Log(path))
    assert found.findings == ()
    assert [masked.line for masked in found.masked] == [1, 2]


def test_costs_assumptions_and_prices_can_go(tmp_path: Path) -> None:
    """Sums tell of volumes: `costs: drop` takes them, the prices and the break-even out."""
    path, rules = tmp_path / "log", tmp_path / "privacy.yaml"
    rules.write_text("costs: drop\nassumptions.*: mask\nfacts.requests_per_month: drop\n")
    arguments = ["decide", str(EXAMPLE), "--log", str(path), "--privacy", str(rules)]
    assert run([*arguments, "--assume", "epochs=7"]) == 0
    (record,) = records(path)
    assert (record["costs"], record["prices"]) == ({}, [])
    assert record["break_even"] == {"horizon_months": 36}
    assert record["assumptions"] == {"epochs": "masked"}
    assert taken(record) == {
        "assumptions.epochs": "mask", "facts.requests_per_month": "drop", "costs": "drop",
    }  # fmt: skip
    assert verify(Log(path)).findings == ()


def test_verify_says_how_much_was_taken_at_the_records_word(
    content: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rules that read a masked fact are counted; a verdict that rests on them is never called well."""
    path = write_log(tmp_path, [private(content, facts__examples="mask")])
    assert run(["audit", "verify", str(path)]) == 3
    assert capsys.readouterr().out.splitlines()[:3] == [
        f"{path}:1: not verifiable: 1 rule read masked facts, taken as recorded",
        f"{path}:1: not verifiable: its costs rest on what was taken out of it: facts.examples",
        f"{path}: 1 record, whole and in order; every decision follows from its facts, its costs too, "
        "but for what cannot be verified of 1",
    ]


def test_what_follows_from_masked_facts_is_still_held_to_the_rules(
    content: dict[str, Any], tmp_path: Path
) -> None:
    """Rules that read other facts, derived facts, scores and decisions are derived anew."""
    for change in (
        lambda r: r[0]["decisions"][0].update(margin=9),
        lambda r: r[0]["facts"]["accuracy"].update(value=0.95),
        lambda r: r[0]["firings"].pop(0),
        lambda r: r[0]["firings"][1]["facts"].update(examples=500),
        lambda r: r[0]["facts"].update(falls_short={"value": False, "origin": "derived"}),
        lambda r: r[0]["masked"].append({"path": "facts.falls_short", "action": "drop"}),
        lambda r: r[0]["masked"].append({"path": "facts.accuracy", "action": "mask"}),
        lambda r: r[0]["masked"].append({"path": "facts.stage", "action": "mask"}),
    ):
        path = write_log(tmp_path, [private(content, facts__examples="mask")])
        forged(path, change)
        assert verify(Log(path)).findings != ()
        path.unlink()


def test_a_masked_derived_fact_is_derived_anew(content: dict[str, Any], tmp_path: Path) -> None:
    """It hides a value that follows from others, so nothing has to be taken at the record's word."""
    path = write_log(tmp_path, [private(content, facts__falls_short=a) for a in ("mask", "drop")])
    found = verify(Log(path))
    assert (found.findings, found.masked) == ((), ())


def test_a_file_of_paths_is_read_with_the_nearest_names(tmp_path: Path) -> None:
    """Every mistake at once: a path that is no part of a record, an action that is none."""
    path = tmp_path / "privacy.yaml"
    path.write_text("case.name: mask\nfacts.examples: drop\nfacts.*: mask\n")
    assert read_privacy(str(path), BOOK).action("facts", "target") == "mask"
    path.write_text(
        "case.nam: mask\nfacts.exampels: drop\nfacts.approach: mask\ncosts: mask\ncase.name: hide\n"
        "facts.target: [mask]\nnonsense: drop\n"
    )
    with pytest.raises(UserError) as error:
        read_privacy(str(path), BOOK)
    said = [str(problem).removeprefix(str(path)) for problem in error.value.problems]
    no_part = "is no part of a record that can be masked"
    assert said == [
        f":1: case.nam: {no_part}; did you mean 'case.name'?",
        f":2: facts.exampels: {no_part}; did you mean 'facts.examples'?",
        ":3: facts.approach: is decided, and what is decided stays in the record",
        ":4: costs: costs can be dropped, not masked",
        ":5: case.name: unknown action 'hide'; allowed: mask, drop",
        ":6: facts.target: unknown action ['mask']; did you mean 'mask'?",
        f":7: nonsense: {no_part}; expected case.…, facts.…, assumptions.… or costs",
    ]


@pytest.mark.parametrize("text", ["", "mask", "- case.name", "case.name: mask\ncase.name: drop\n"])
def test_a_file_that_is_no_mapping_of_paths_is_refused(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is decided or recorded."""
    rules, path, case = tmp_path / "privacy.yaml", tmp_path / "log", tmp_path / "case.yaml"
    rules.write_text(text)
    case.write_text("name: A\n")
    arguments = ["decide", str(case), "--log", str(path), "--privacy", str(rules)]
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert not path.exists()


def test_privacy_without_a_log_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says nothing about the report, and should not seem to."""
    rules, case = tmp_path / "privacy.yaml", tmp_path / "case.yaml"
    rules.write_text("case.name: mask\n")
    case.write_text("name: A\n")
    assert run(["decide", str(case), "--privacy", str(rules)]) == 2
    assert "name the log, too, with --log" in capsys.readouterr().err


def test_the_report_shows_what_the_log_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Privacy is the log's: whoever decides sees their own case."""
    (tmp_path / "book").mkdir()
    book = smallbook.write(tmp_path / "book")
    rules, path, case = tmp_path / "privacy.yaml", tmp_path / "log", tmp_path / "case.yaml"
    rules.write_text("case.name: mask\n")
    case.write_text("name: A secret name\n")
    arguments = [
        "decide",
        str(case),
        "--log",
        str(path),
        "--privacy",
        str(rules),
        "--rules",
        str(book),
    ]
    assert run(arguments) == 0
    assert "A secret name" in capsys.readouterr().out
    assert b"secret" not in lines(path)[0]


@pytest.mark.parametrize("action", ["mask", "drop"])
def test_a_log_with_every_fact_taken_out_is_whole(tmp_path: Path, action: str) -> None:
    """Among them those that were assumed, on which costs alone rest."""
    hidden, log = tmp_path / "privacy.yaml", str(tmp_path / "log")
    hidden.write_text(f"facts.*: {action}\n")
    out = str(tmp_path / "out.json")
    assert run(["decide", str(EXAMPLE), "--log", log, "--privacy", str(hidden), "-o", out]) == 0
    case = tmp_path / "case.yaml"
    case.write_text("name: A\nfacts: {task_type: classification, training_examples: 900}\n")
    assert run(["decide", str(case), "--log", log, "--privacy", str(hidden), "-o", out]) == 0
    origins = {f["origin"] for record in records(Path(log)) for f in record["facts"].values()}
    assert ("assumed" in origins) is (action == "mask")
    assert verify(Log(log)).findings == ()


def test_a_masked_assumed_fact_whose_value_stands_there_is_found(tmp_path: Path) -> None:
    """What is listed as masked is masked."""
    log, case = tmp_path / "log", tmp_path / "case.yaml"
    hidden = tmp_path / "privacy.yaml"
    hidden.write_text("facts.*: mask\n")
    case.write_text("name: A\nfacts: {task_type: classification, training_examples: 900}\n")
    out = ["-o", str(tmp_path / "out.json")]
    assert run(["decide", str(case), "--log", str(log), "--privacy", str(hidden), *out]) == 0
    (record,) = records(log)
    fact = next(id for id, known in record["facts"].items() if known["origin"] == "assumed")
    forged(log, lambda found: found[0]["facts"][fact].update(value=1))
    assert "is listed as masked, but its value stands there" in str(verify(Log(log)).findings)


def test_a_dropped_fact_that_follows_from_others_does_not_keep_a_record_from_replay(
    content: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rulebook knows where it came from; a dropped given fact is missed."""
    path = write_log(tmp_path, [private(content, facts__falls_short="drop", case__name="mask")])
    assert run(["audit", "replay", str(path)]) == 0
    said = "1 record: 1 the same to the byte (1 of them but for what was taken out, such as names"
    assert said in capsys.readouterr().out
    path.unlink()
    path = write_log(tmp_path, [private(content, facts__examples="drop")])
    assert run(["audit", "replay", str(path)]) == 0
    assert "what decided it was taken out: facts.examples" in capsys.readouterr().out
