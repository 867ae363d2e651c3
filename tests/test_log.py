"""The decision log: appended whole, chained, safe beside other writers."""

import json
import multiprocessing
from pathlib import Path

import pytest

from tunewise import log
from tunewise.cli import run
from tunewise.errors import UserError


def records(path: Path) -> list[dict]:
    """The records of a log."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def chained(found: list[dict]) -> bool:
    """Whether every digest fits its record, and every record names the one before."""
    names = [None, *(record["digest"] for record in found)]
    return all(
        record["digest"] == log.digest(record) and record["previous"] == before
        for record, before in zip(found, names, strict=False)
    )


def test_decide_appends_a_record_a_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each decision is in the log as the JSON form shows it, chained to the one before."""
    case, path = tmp_path / "case.yaml", tmp_path / "decisions.jsonl"
    case.write_text("name: A\nfacts: {training_examples: 20}\n")
    arguments = ["decide", str(case), "--format", "json", "--log", str(path)]
    assert run(arguments) == 0
    assert run([*arguments, str(case)]) == 0
    shown = json.loads(capsys.readouterr().out.split("\n}\n")[0] + "}")
    found = records(path)
    assert len(found) == 3
    assert chained(found)
    assert found[0]["decision"] == shown


def test_a_changed_byte_breaks_the_chain(tmp_path: Path) -> None:
    """The digests notice a change anywhere in a record."""
    path = tmp_path / "log"
    log.append(str(path), [{"chosen": "prompting"}, {"chosen": "hybrid"}])
    assert chained(records(path))
    path.write_text(path.read_text().replace("prompting", "Prompting"))
    assert not chained(records(path))


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    """What a crash left unfinished was never a record; the next one follows the last whole one."""
    path = tmp_path / "log"
    log.append(str(path), [{"n": 1}, {"n": 2}])
    path.write_bytes(path.read_bytes()[:-20])
    log.append(str(path), [{"n": 3}])
    assert [record["decision"]["n"] for record in records(path)] == [1, 3]
    assert chained(records(path))
    path.write_bytes(path.read_bytes()[:7])
    log.append(str(path), [{"n": 4}])
    assert [record["decision"]["n"] for record in records(path)] == [4]


@pytest.mark.parametrize(
    "content", ["name: a case\n", "{}\n", '{"schema": 1}', "x", "[" * 100_000 + "\n"]
)
def test_a_foreign_file_is_left_alone(tmp_path: Path, content: str) -> None:
    """A file that is no log is refused and keeps its bytes."""
    path = tmp_path / "case.yaml"
    path.write_text(content)
    with pytest.raises(UserError, match="is not a decision log"):
        log.append(str(path), [{"n": 1}])
    assert path.read_text() == content


def _append_many(path: str) -> None:
    for n in range(100):
        log.append(path, [{"n": n}])


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    """Two processes append at once; every record is there and the chain holds."""
    path = str(tmp_path / "log")
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_append_many, args=(path,)) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    found = records(Path(path))
    assert len(found) == 200
    assert chained(found)


def test_a_log_that_cannot_be_written_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder in the log's place ends in one line and status 2, before anything is shown."""
    case = tmp_path / "case.yaml"
    case.write_text("name: A\n")
    assert run(["decide", str(case), "--log", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"tunewise: {tmp_path}: cannot be written: Is a directory\n"
