"""What `tunewise audit show` and `list` tell of the records of a log."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from smallbook import changed, write
from smalllog import forged

from tunewise.cli import run


@pytest.fixture
def log(tmp_path):
    """A log of three cases under the small rulebook: tuned, forbidden to tune, and one with nothing known."""
    rules = write(tmp_path / "rules")
    cases = {
        "tuned": {"name": "Tuned", "facts": {"examples": 600, "stage": "pilot", "gaps": ["style"]}},
        "forbidden": {
            "name": "Forbidden <b>\u001b[31m",
            "owner": "Legal",
            "tags": ["law"],
            "facts": {"examples": 499, "may_train": False, "accuracy": 0.5, "target": 0.9},
        },
        "empty": {"name": "Empty", "facts": {}},
    }
    paths = []
    for name, case in cases.items():
        paths.append(str(tmp_path / f"{name}.json"))
        (tmp_path / f"{name}.json").write_text(json.dumps(case), encoding="utf-8")
    path = str(tmp_path / "decisions.jsonl")
    out = str(tmp_path / "out.json")
    assert run(["decide", *paths, "--rules", str(rules), "--log", path, "-o", out]) == 0
    return path


def first(log):
    """The first record of a log."""
    return json.loads(Path(log).read_text(encoding="utf-8").splitlines()[0])


def shown(capsys, *arguments):
    """What `audit` prints, its status being 0."""
    assert run(["audit", *arguments]) == 0
    return capsys.readouterr().out


def test_the_last_record_is_shown_where_none_is_named(log, capsys):
    assert shown(capsys, "show", log).startswith("Empty\nRecord 3 of")


@pytest.mark.parametrize("named", ["1", "Tuned", "digest"])
def test_a_record_is_found_by_number_name_or_digest(log, capsys, named):
    if named == "digest":
        named = first(log)["digest"][:12]
    text = shown(capsys, "show", log, named)
    assert text.startswith("Tuned\n")
    assert "data.enough" in text
    assert "There are 600 examples." in text
    assert "on examples: 600 examples" in text
    assert "DOC1" in text


def test_one_screen_leaves_out_what_full_shows(log, capsys):
    short, full = shown(capsys, "show", log, "1"), shown(capsys, "show", log, "1", "--full")
    assert "Rules that fired, in order" not in short
    assert len(short.splitlines()) <= 40
    for part in (
        "How each option stood",
        "Facts",
        "Rules that fired, in order",
        "Many examples help",
    ):
        assert part in full


def test_why_tells_who_spoke_for_an_option_and_what_came_close(log, capsys):
    text = shown(capsys, "show", log, "1", "--why", "fine_tuning")
    assert "Why tuning? It was chosen for approach." in text
    spoke = text[text.index("Spoke for it") : text.index("Spoke against it")]
    assert re.search(r"\+2\s+There are 600 examples\.\s+data\.enough DOC1", spoke)


def test_why_not_names_the_veto_and_the_condition_that_was_missing(log, capsys):
    text = shown(capsys, "show", log, "2", "--why-not", "approach=fine_tuning")
    assert "Why not tuning? It was not chosen for approach." in text
    against = text[text.index("Spoke against it") : text.index("Came close")]
    assert "Nothing may be trained on. Rules out tuning. data.forbidden" in " ".join(
        against.split()
    )
    close = " ".join(text[text.index("Came close") :].split())
    assert "examples was 499 examples; needed: examples is at least 500 examples" in close


def test_what_is_unknown_comes_close_as_unknown(log, capsys):
    close = " ".join(shown(capsys, "show", log, "3", "--why-not", "fine_tuning").split())
    assert "examples was unknown; needed: examples is at least 500 examples" in close


def test_json_holds_the_record_as_it_stands_and_the_answer(log, capsys):
    told = json.loads(shown(capsys, "show", log, "1", "--why", "fine_tuning", "--format", "json"))
    assert told["record"] == first(log)
    assert told["line"] == 1
    assert told["asked"]["chosen"] is True
    assert "data.enough" in [argument["rule"] for argument in told["asked"]["spoke_for"]]


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_names_come_out_harmless_in_every_form(log, capsys, form):
    text = shown(capsys, "show", log, "2", "--full", "--format", form)
    assert "\x1b" not in text
    assert "Forbidden" in text
    if form == "html":
        assert "<b>" not in text
        assert "default-src 'none'" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "LOG", "4"], "LOG: has no record 4; it ends with record 3"),
        (
            ["show", "LOG", "Nobody"],
            "LOG: holds no record called 'Nobody'; give a number, a name or a digest",
        ),
        (
            ["show", "LOG", "--why", "fine_tunin"],
            "--why: unknown option 'fine_tunin'; did you mean 'fine_tuning'?",
        ),
        (
            ["show", "LOG", "--why", "prompting", "--why-not", "prompting"],
            "--why: cannot be asked together",
        ),
        (["show", "nowhere.jsonl"], "nowhere.jsonl: cannot be read: No such file or directory"),
        (
            ["list", "LOG", "--rule", "data.enouh"],
            "--rule: unknown rule 'data.enouh'; did you mean 'data.enough'?",
        ),
        (
            ["list", "LOG", "--fact", "exampels=3"],
            "--fact: unknown fact 'exampels'; did you mean 'examples'?",
        ),
        (["list", "LOG", "--since", "yesterday"], "--since: expected a date such as 2026-11-22"),
    ],
)
def test_a_mistake_is_one_line_with_the_nearest_name(log, capsys, arguments, message):
    assert run(["audit", *(log if word == "LOG" else word for word in arguments)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert message.replace("LOG", log) in said.err
    assert len(said.err.splitlines()) == 1


def test_a_record_whose_rulebook_is_gone_says_so(log, capsys, tmp_path):
    for path in (tmp_path / "decisions.jsonl.rulebooks").iterdir():
        path.unlink()
    assert run(["audit", "show", log]) == 2
    assert "No such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("filters", "records"),
    [
        ([], [1, 2, 3]),
        (["--rule", "data.forbidden"], [2]),
        (["--source", "DOC3"], [2]),
        (["--source", "DOC"], [1, 2]),
        (["--recommendation", "fine_tuning"], [1]),
        (["--recommendation", "hosting=public_api"], [2, 3]),
        (["--rulebook", "1"], [1, 2, 3]),
        (["--since", "2999-01-01"], []),
        (["--until", "2999-01-01"], [1, 2, 3]),
        (["--fact", "may_train"], [2]),
        (["--fact", "may_train=no"], [2]),
        (["--fact", "gaps=style"], [1]),
        (["--veto", "data.forbidden"], [2]),
        (["--veto", "approach=fine_tuning"], [2]),
        (["--margin", "0"], [3]),
        (["--recommendation", "prompting", "--fact", "examples"], [2]),
    ],
)
def test_filters_admit_the_records_that_they_ask_for(log, capsys, filters, records):
    rows = json.loads(shown(capsys, "list", log, *filters, "--format", "json"))
    assert [row["record"] for row in rows] == records


def test_filters_take_the_day_itself_and_a_digest(log, capsys):
    record = first(log)
    day, digest = record["written"][:10], record["rulebook"]["sha256"]
    for filters in (["--since", day], ["--until", day], ["--rulebook", digest[:8]]):
        rows = json.loads(shown(capsys, "list", log, *filters, "--format", "json"))
        assert [row["record"] for row in rows] == [1, 2, 3]
    assert json.loads(shown(capsys, "list", log, "--rulebook", "0" * 8, "--format", "json")) == []


def test_a_filter_may_name_what_a_later_rulebook_added(log, tmp_path, capsys):
    rules = write(tmp_path / "later", changed(("data.yaml", "  enough:", "  plenty:")))
    case = str(tmp_path / "tuned.json")
    out = str(tmp_path / "out.json")
    assert run(["decide", case, "--rules", str(rules), "--log", log, "-o", out]) == 0
    for rule, records in (("data.plenty", [4]), ("data.enough", [1])):
        rows = json.loads(shown(capsys, "list", log, "--rule", rule, "--format", "json"))
        assert [row["record"] for row in rows] == records


def test_a_list_without_records_is_json_too(log, capsys):
    assert (
        json.loads(
            shown(capsys, "list", log, "--margin", "0", "--until", "2000-01-01", "--format", "json")
        )
        == []
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda r: r[0]["firings"].append({"rule": "x\x1b[31m", "facts": {}}),
            "there is no rule 'x\\x1b[31m'",
        ),
        (lambda r: r[0]["firings"][0]["facts"].update(mood=1), "there is no fact 'mood'"),
        (
            lambda r: r[0]["facts"].update(mood={"value": 1, "origin": "given"}),
            "there is no fact 'mood'",
        ),
        (lambda r: r[0]["facts"]["examples"].update(value="many"), "fact examples: expected"),
        (lambda r: r[0]["decisions"][0].update(decision="mood"), "its decisions are others"),
    ],
)
def test_a_record_that_does_not_fit_its_rulebook_is_one_line(log, capsys, change, says):
    forged(Path(log), change)
    assert run(["audit", "show", log, "1", "--full"]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert "see 'tunewise audit verify'" in said
    assert len(said.splitlines()) == 1
    assert run(["audit", "list", log, "--source", "DOC1"]) == 0


def test_the_list_in_text_counts_what_it_shows(log, capsys):
    lines = shown(capsys, "list", log).splitlines()
    assert lines[-1] == "3 records"
    assert len(lines) == 4
    assert "\x1b" not in "".join(lines)


def test_a_cell_of_the_csv_is_no_formula(tmp_path, capsys):
    rules = write(tmp_path / "rules")
    case = tmp_path / "case.json"
    case.write_text(json.dumps({"name": "=1+1", "facts": {}}), encoding="utf-8")
    path = str(tmp_path / "log.jsonl")
    assert run(["decide", str(case), "--rules", str(rules), "--log", path]) == 0
    capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(shown(capsys, "list", path, "--format", "csv"))))
    assert [row["name"] for row in rows] == ["'=1+1"]
