"""`tunewise audit approve` and `override`: people's decisions, chained like records."""

import csv
import io
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from smalllog import contents, forged, lines, records, write_log

from tunewise.commands.program import run
from tunewise.log.appending import append
from tunewise.log.chain import sealed
from tunewise.log.content import encoded
from tunewise.log.reading import Log
from tunewise.log.verify import verify

WHO = ["--by", "Ada Park", "--role", "head of legal", "--reason", "We know more."]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of four records."""
    return write_log(tmp_path)


def approve(log: Path, record: str = "1", *more: str) -> int:
    """The exit status of approving a record."""
    return run(["audit", "approve", str(log), record, *(more or WHO)])


def override(log: Path, to: str, record: str = "1") -> int:
    """The exit status of overriding a record."""
    return run(["audit", "override", str(log), record, "--to", to, *WHO])


def recommended(log: Path, line: int = 1) -> str:
    """What a record recommends for the first decision."""
    return str(next(iter(records(log)[line - 1]["recommendation"].values())))


def other(log: Path, line: int = 1, decision: int = 0) -> str:
    """An option of a decision, the first one if left out, that a record does not recommend."""
    found = records(log)[line - 1]["decisions"][decision]
    options = [one["option"] for one in found["options"]]
    return next(f"{found['decision']}={one}" for one in options if one != found["chosen"])


def told(log: Path) -> list[tuple[int | None, str]]:
    """The line and kind of each finding."""
    return [(finding.line, finding.kind) for finding in verify(Log(log)).findings]


def test_both_are_links_of_the_chain(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who, as what, when and why stand behind the records; the log is whole, and decisions are counted apart."""
    assert approve(log) == 0
    assert override(log, other(log, 2), "2") == 0
    approval, made = records(log)[4:]
    assert (approval["by"], approval["role"]) == ("Ada Park", "head of legal")
    assert (approval["reason"], approval["kind"]) == ("We know more.", "approval")
    assert approval["record"] == {"line": 1, "digest": records(log)[0]["digest"]}
    assert made["recommended"] == recommended(log, 2)
    assert f"{made['decision']}={made['chosen']}" == other(log, 2)
    assert made["previous"] == approval["digest"]
    found = verify(Log(log))
    assert (found.findings, found.lines, found.people) == ((), 6, 2)
    capsys.readouterr()
    assert run(["audit", "verify", str(log)]) == 0
    assert "4 records and 2 decisions by people, whole and in order" in capsys.readouterr().out


def test_more_records_follow_and_all_commands_go_on(log: Path) -> None:
    """Replay, diff and list read the records; a log that ends in a person's decision is appended to."""
    approve(log)
    append(str(log), [encoded(contents()[0])])
    for command in ("verify", "replay", "list", "show"):
        assert run(["audit", command, str(log)]) == 0, command
    assert run(["audit", "diff", str(log), "--to-as-of", "2026-11-22"]) == 0
    assert [line.startswith(b'{"schema":"tunewise.human_decision/1",') for line in lines(log)] == [
        *[False] * 4,
        True,
        False,
    ]


def test_they_have_a_schema(log: Path) -> None:
    """Each line is valid; an approval with an option is not, nor an override without."""
    approve(log)
    override(log, other(log))
    schema = json.loads(
        files("tunewise.rules").joinpath("schemas/human_decision.schema.json").read_text("utf-8")
    )
    validator = Draft202012Validator(schema)
    for one in records(log)[4:]:
        validator.validate(one)
        kind = "override" if one["kind"] == "approval" else "approval"
        assert not validator.is_valid({**one, "kind": kind})
        assert not validator.is_valid({**one, "by": ""})


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(by="Somebody else"),
        lambda one: one.update(reason="Another"),
        lambda one: one.update(kind="approval"),
        lambda one: one["record"].update(line=2),
    ],
)
def test_an_altered_one_is_found(log: Path, change: Any) -> None:
    """By its digest, like a record."""
    override(log, other(log))
    one = records(log)[4]
    change(one)
    log.write_bytes(b"".join(lines(log)[:4]) + encoded(one) + b"\n")
    assert (5, "altered") in told(log)


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found[4]["record"].update(line=2),
        lambda found: found[4]["record"].update(line=9),
        lambda found: found[4]["record"].update(digest="0" * 64),
        lambda found: found[4].update(recommended="other"),
        lambda found: found[4].update(decision="other"),
        lambda found: found[4].update(chosen="other"),
        lambda found: found[4].update(chosen=found[4]["recommended"]),
        lambda found: found.insert(0, found.pop(4)),
        lambda found: found[0]["case"].update(name="Another"),
    ],
)
def test_one_on_another_record_is_found_though_it_is_chained_anew(log: Path, change: Any) -> None:
    """It names the record by its digest, and what that recommended."""
    override(log, other(log))
    forged(log, change)
    assert {kind for _, kind in told(log)} & {"human_decision", "form"}


def test_show_and_list_tell_of_them(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In every form; the last one stands, and an approval takes back what was overridden."""
    override(log, other(log))
    capsys.readouterr()
    for form in ("text", "markdown", "html"):
        assert run(["audit", "show", str(log), "1", "--format", form]) == 0
        page = " ".join(capsys.readouterr().out.split())
        assert "Overridden by Ada Park (head of legal)" in page
        assert "We know more." in page
    run(["audit", "show", str(log), "1", "--format", "json"])
    (person,) = json.loads(capsys.readouterr().out)["people"]
    assert (person["kind"], person["by"]) == ("override", "Ada Park")
    assert listed(log, capsys) == [f"overridden: {other(log)}", "", "", ""]
    approve(log)
    capsys.readouterr()
    assert listed(log, capsys) == ["approved", "", "", ""]


def listed(log: Path, capsys: pytest.CaptureFixture[str], *more: str) -> list[str]:
    """What the list says that people made of each record."""
    assert run(["audit", "list", str(log), "--format", "csv", *more]) == 0
    return [row["people"] for row in csv.DictReader(io.StringIO(capsys.readouterr().out))]


def test_the_list_tells_who_decided(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Name, role and time for programs, the name on a line; of two overrides both, of what was taken back nobody."""

    def rows() -> list[dict[str, Any]]:
        capsys.readouterr()
        assert run(["audit", "list", str(log), "--format", "json"]) == 0
        return list(json.loads(capsys.readouterr().out))

    approve(log)
    (first, second, *_) = rows()
    assert (first["by"], first["role"]) == ("Ada Park", "head of legal")
    assert first["decided"] == records(log)[-1]["written"]
    assert (second["by"], second["role"], second["decided"]) == ("", "", "")
    bo = ["--by", "=Bo\x1b[31m\nLind", "--role", "owner", "--reason", "New."]
    run(["audit", "override", str(log), "1", "--to", other(log), *bo])
    assert (rows()[0]["by"], rows()[0]["role"]) == (bo[1], "owner")
    override(log, other(log, decision=1))
    assert rows()[0]["by"] == f"{bo[1]}; Ada Park"
    assert run(["audit", "list", str(log)]) == 0
    out = capsys.readouterr().out
    assert "Lind; Ada Park\n" in out
    assert "\x1b" not in out
    assert len(out.splitlines()) == 5
    assert run(["audit", "list", str(log), "--format", "csv"]) == 0
    (row, *_) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row["by"].startswith("'=Bo")
    approve(log)
    assert rows()[0]["by"] == "Ada Park"


def test_what_the_record_rules_out_is_said_to_be(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By which rule and why, as it is taken and ever after in each form; of what no rule ruled out, nothing."""
    veto = next(
        (f"{decision['decision']}={option['option']}", record, option["vetoed_by"][0])
        for record, one in enumerate(records(log), 1)
        for decision in one["decisions"]
        for option in decision["options"]
        if option["vetoed_by"]
    )
    taken, record, rule = veto
    assert override(log, taken, str(record)) == 0
    said = f"is ruled out in this record by {rule}: "
    assert said in capsys.readouterr().err
    for form in ("text", "markdown", "html"):
        assert run(["audit", "show", str(log), str(record), "--format", form]) == 0
        page = " ".join(capsys.readouterr().out.replace("\\", "").split())
        assert f"is taken, which was ruled out in this record by {rule}: " in page
    assert run(["audit", "show", str(log), str(record), "--format", "json"]) == 0
    (person,) = json.loads(capsys.readouterr().out)["people"]
    assert [one.partition(":")[0] for one in person["ruled_out"]] == [rule]
    assert override(log, other(log), "1") == 0
    assert "ruled out" not in capsys.readouterr().err
    assert run(["audit", "show", str(log), "1"]) == 0
    assert "which was ruled out" not in capsys.readouterr().out


def test_overrides_are_counted_by_option_and_by_rule(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of those that people decided on: one of two, where one of the same recommendation was approved."""
    append(str(log), [encoded(contents()[0])])
    override(log, other(log))
    approve(log, "5")
    capsys.readouterr()
    assert listed(log, capsys, "--overridden") == [f"overridden: {other(log)}"]
    assert run(["audit", "list", str(log), "--overridden"]) == 0
    out = capsys.readouterr().out
    decision = records(log)[0]["decisions"][0]["decision"]
    assert f"1 of 2       50%  {decision}={recommended(log)}" in out
    fired = [one["rule"] for one in records(log)[0]["firings"]]
    rules = [line.split()[-1] for line in out.partition("By rule")[2].splitlines()[1:]]
    assert rules
    assert set(rules) <= set(fired)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["override", "LOG", "1", "--to", "nothing"], "--to: unknown option 'nothing'"),
        (["override", "LOG", "9", "--to", "x"], "has no record 9"),
        (["approve", "LOG", "9" * 25], "has no record"),
        (["approve", "LOG", "none of these"], "holds no record called"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(
    log: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The nearest name, or what there is."""
    before = log.read_bytes()
    given = [str(log) if one == "LOG" else one for one in arguments]
    assert run(["audit", *given, *WHO]) == 2
    assert said in capsys.readouterr().err
    assert log.read_bytes() == before


def test_what_was_recommended_is_no_override(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To follow a recommendation is an approval."""
    decision = records(log)[0]["decisions"][0]["decision"]
    assert override(log, f"{decision}={recommended(log)}") == 2
    assert "is what was recommended" in capsys.readouterr().err


@pytest.mark.parametrize("words", ["", "   ", "x" * 2001, "\udcff"])
def test_words_that_say_nothing_are_refused(log: Path, words: str) -> None:
    """Who decided, as what and why must stand there, within reason, in characters."""
    for option in ("--by", "--role", "--reason"):
        given = [words if WHO[at - 1] == option else one for at, one in enumerate(WHO)]
        assert approve(log, "1", *given) == 2
    assert len(lines(log)) == 4


def test_nothing_is_decided_on_an_altered_record(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who approves must know what."""
    log.write_bytes(log.read_bytes().replace(b"With data", b"With date", 1))
    assert approve(log) == 1
    assert "does not hold its digest" in capsys.readouterr().err
    assert len(lines(log)) == 4


def test_names_come_out_harmless(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No escape sequence, no markup, no formula, whatever a name is."""
    name = "=1+1\x1b[31m<b>&"
    run(["audit", "approve", str(log), "1", "--by", name, "--role", name, "--reason", name])
    for form in ("text", "markdown", "html", "json"):
        capsys.readouterr()
        assert run(["audit", "show", str(log), "1", "--format", form]) == 0
        page = capsys.readouterr().out
        assert "\x1b" not in page
        assert form != "html" or "<b>&" not in page


def test_a_decision_on_a_persons_decision_is_refused(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is decided on is a record."""
    approve(log)
    assert approve(log, "5") == 2
    assert "is a person's decision on record 1" in capsys.readouterr().err


def test_a_forged_seal_of_one_is_no_record(log: Path) -> None:
    """A line that only looks like one is told by its form."""
    previous = records(log)[-1]["digest"]
    line, _ = sealed(b'{"schema":"tunewise.human_decision/1","kind":"approval"}', None, previous)
    log.write_bytes(log.read_bytes() + line)
    assert told(log) == [(5, "form")]
