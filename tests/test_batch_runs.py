"""The end of a run in its log: what was read, what was rejected and why; verify, list and packs know it."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from smalllog import forged

from tunewise.commands.program import run
from tunewise.loading.assembly import load
from tunewise.log.reading import Log
from tunewise.schemas.build import schemas

REGISTER = "\n".join(
    [
        "name,id,requests_per_month,stage",
        "Tickets,T-1,100000,production",
        "Tickets,T-2,5e15,pilot",
        "Letters,,200,sometime",
        "Letters,,300,",
        ",,,",
    ]
)
PERSON = ["--by", "Ada Park", "--role", "owner", "--reason", "As agreed."]


def evaluated(folder: Path, *more: str) -> Path:
    """Evaluate the register into a folder, and return its log."""
    register = folder / "register.csv"
    register.write_text(REGISTER, "utf-8")
    out = folder / f"out{len(list(folder.iterdir()))}"
    assert run(["batch", str(register), "-o", str(out), "--as-of", "2026-11-22", *more]) == 1
    return out / "decisions.jsonl"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The log of a run."""
    return evaluated(tmp_path)


def lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a log as plain data."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_a_run_ends_with_what_was_read_and_rejected_and_why(log: Path) -> None:
    """Counts, reasons with the first row of each, the digests of the inventory and of the list of rejects."""
    *records, end = lines(log)
    assert [one["case"]["row"] for one in records] == [1, 4]
    assert end["schema"] == "tunewise.batch_run/1"
    assert end["inventory"] == {
        "name": "register.csv",
        "size": len(REGISTER),
        "sha256": hashlib.sha256(REGISTER.encode()).hexdigest(),
    }
    counts = {name: end[name] for name in ("read", "accepted", "rejected", "skipped")}
    assert counts == {"read": 4, "accepted": 2, "rejected": 2, "skipped": 0}
    assert {(one["column"], one["first_row"], one["count"]) for one in end["rejects"]} == {
        ("requests_per_month", 2, 1),
        ("stage", 3, 1),
    }
    listed = (log.parent / "rejects.csv").read_bytes()
    assert end["rejects_sha256"] == hashlib.sha256(listed).hexdigest()
    assert records[0]["case"]["inventory"] == end["inventory"]["sha256"]
    schema = schemas(load())["batch_run"]
    assert [error.message for error in Draft202012Validator(schema).iter_errors(end)] == []


def test_verify_and_list_and_replay_know_it(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is no record, and no line that is none; names that occur twice are told apart by id or row."""
    assert run(["audit", "verify", str(log)]) == 0
    assert "2 records and the end of 1 run of a batch, whole" in capsys.readouterr().out
    assert run(["audit", "list", str(log)]) == 0
    told = capsys.readouterr().out
    assert "Tickets · T-1" in told
    assert "Letters · row 4" in told
    assert "2 records\n     3  register.csv: 4 rows read: 2 accepted, 2 rejected" in told
    assert "requests_per_month: once in row 2: out of range" in told
    assert run(["audit", "list", str(log), "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["id"], row["inventory_row"]) for row in rows] == [("T-1", 1), ("", 4)]
    for command in (["replay", str(log)], ["diff", str(log)], ["show", str(log), "2"]):
        assert run(["audit", *command]) == 0, command


@pytest.mark.parametrize("command", ["show", "approve", "prove"])
def test_nobody_takes_it_for_a_record(
    log: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It cannot be explained or decided on; that it stands in the log can be proved."""
    more = PERSON if command == "approve" else []
    status = run(["audit", command, str(log), "3", *more])
    said = capsys.readouterr()
    assert status == 2
    assert "Traceback" not in said.err
    if command != "prove":
        assert "line 3 is the summary of a batch's run, not a record" in said.err


def test_a_record_taken_out_of_a_run_is_found_though_all_is_chained_anew(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run still says how many rows it accepted."""
    forged(log, lambda found: found.pop(0))
    assert run(["audit", "verify", str(log)]) == 1
    assert "2 rows were accepted, but 1 records of them stand above" in capsys.readouterr().out


@pytest.mark.parametrize(
    "change",
    [
        {"read": 9},
        {"rejected": 0, "read": 2},
        {"too_early": 3},
        {"rejects": []},
        {"accepted": 3, "read": 5},
    ],
)
def test_counts_that_do_not_agree_are_found(log: Path, change: dict[str, Any]) -> None:
    """Whatever of them was changed, and sealed anew."""
    forged(log, lambda found: found[-1].update(change))
    assert run(["audit", "verify", str(log)]) == 1


def test_a_run_without_an_accepted_row_has_a_log_that_says_so(tmp_path: Path) -> None:
    """It holds no record, and is a log all the same."""
    register = tmp_path / "register.csv"
    register.write_text("name,stage\nA,sometime\n", "utf-8")
    out = tmp_path / "out"
    assert run(["batch", str(register), "-o", str(out), "--as-of", "2026-11-22"]) == 1
    log = out / "decisions.jsonl"
    (end,) = lines(log)
    assert (end["accepted"], end["rejected"]) == (0, 1)
    for command in ("verify", "list", "replay"):
        assert run(["audit", command, str(log)]) == 0


def test_ones_own_log_gets_it_too_and_goes_on_behind_it(tmp_path: Path) -> None:
    """Two runs and a decision of a person in one log, each run counted by itself."""
    own = tmp_path / "own.jsonl"
    evaluated(tmp_path, "--log", str(own))
    evaluated(tmp_path, "--log", str(own))
    assert run(["audit", "approve", str(own), "1", *PERSON]) == 0
    kinds = [line["schema"].split("/")[0].split(".")[1] for line in lines(own)]
    assert kinds == ["record", "record", "batch_run"] * 2 + ["human_decision"]
    assert all(line["written"] for line in lines(own))
    assert run(["audit", "verify", str(own)]) == 0


def test_reasons_go_unsaid_where_a_privacy_file_counts(tmp_path: Path) -> None:
    """A reason may repeat what a cell held; the counts stay."""
    privacy = tmp_path / "privacy.yaml"
    privacy.write_text("facts.stage: mask\n", "utf-8")
    log = evaluated(tmp_path, "--privacy", str(privacy))
    assert "sometime" not in log.read_text("utf-8")
    end = lines(log)[-1]
    assert [one["reason"] for one in end["rejects"]] == ["masked", "masked"]
    assert run(["audit", "verify", str(log)]) in (0, 3)


def test_a_copy_for_others_says_no_reason_and_still_verifies(tmp_path: Path, log: Path) -> None:
    """What a pack leaves out of records does not stand in the run's end."""
    privacy = tmp_path / "privacy.yaml"
    privacy.write_text("case.owner: mask\n", "utf-8")
    pack = tmp_path / "pack"
    assert run(["audit", "pack", str(log), "-o", str(pack), "--privacy", str(privacy)]) == 0
    copy = pack / "decisions.jsonl"
    assert "sometime" not in copy.read_text("utf-8")
    assert run(["audit", "verify", str(copy)]) == 0
    (entry,) = (one for one in Log(copy).entries() if one.run is not None)
    assert entry.run is not None
    assert entry.run.accepted == 2
