"""Files made to do harm: refused in one line, within bounds; `tests/hostile.py` makes more of them."""

import fcntl
import os
import resource
import time
from pathlib import Path

import hostile
import polars
import pytest
from smalllog import contents, write_log

from tunewise.commands.program import run
from tunewise.errors import UserError
from tunewise.inventories.frames import ParquetFile
from tunewise.log import locking
from tunewise.log.appending import append
from tunewise.log.content import encoded

CASE = str(hostile.EXAMPLES / "legal_clauses.yaml")


def test_a_few_inputs_of_the_campaign_do_no_harm() -> None:
    """One for each command that it knows; CI runs some hundreds."""
    assert hostile.campaign(14, seed=7) == []


def test_the_same_seed_makes_the_same_files() -> None:
    """So that whatever did harm can be looked at."""
    made = [hostile.broken(b"name: A" * 20, hostile.random.Random(5)) for _ in range(2)]
    assert made[0] == made[1]


def test_the_campaign_would_see_a_traceback_and_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own judgement is held to what it looks for: a traceback, a signal, time, escape sequences."""
    said = tmp_path / "said"

    def fails(_: list[str]) -> int:
        raise RuntimeError("oh")

    monkeypatch.setattr(hostile, "run", fails)
    assert "a traceback: RuntimeError: oh" in hostile.ended([], said)
    monkeypatch.setattr(hostile, "run", lambda _: os.kill(os.getpid(), 9))
    assert "ended with -9" in hostile.ended([], said)
    monkeypatch.setattr(hostile, "run", lambda _: hostile.time.sleep(9))
    monkeypatch.setattr(hostile, "SECONDS", 0.2)
    assert "took more than" in hostile.ended([], said)


@pytest.mark.parametrize(
    "arguments",
    [
        ["decide", "PIPE"],
        ["decide", CASE, "--assumptions", "PIPE"],
        ["decide", CASE, "--log", "LOG", "--privacy", "PIPE"],
        ["decide", CASE, "--log", "PIPE"],
        ["decide", CASE, "-o", "PIPE", "--format", "text"],
        ["audit", "verify", "PIPE"],
        ["audit", "verify", "LOG", "--since", "PIPE"],
        ["audit", "check", "PIPE", "--key", "PIPE"],
        ["audit", "sign", "LOG", "--key", "PIPE"],
        ["audit", "approve", "PIPE", "1", "--by", "a", "--role", "b", "--reason", "c"],
    ],
)
def test_a_pipe_with_nobody_at_its_other_end_is_refused(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wherever a file is named, to be read or written; nobody waits."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    named = {"PIPE": str(pipe), "LOG": str(write_log(tmp_path))}
    assert run([named.get(one, one) for one in arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_log_of_empty_lines_is_given_up_soon(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Behind a genuine record, too: at a bound, which is said."""
    path = write_log(tmp_path)
    with path.open("ab") as file:
        file.write(b"\n" * 5_000_000)
    for command in ("verify", "list", "replay"):
        assert run(["audit", command, str(path)]) == 2
        assert "holds more than 10,000 lines that are no records" in capsys.readouterr().err


def test_a_sparse_file_is_no_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of ten gigabytes of nothing, no more is read than it takes to see that."""
    path = tmp_path / "log"
    with path.open("wb") as file:
        file.truncate(10 << 30)
    assert run(["audit", "verify", str(path)]) == 2
    assert "is not a decision log" in capsys.readouterr().err


@pytest.mark.parametrize("number", ["9" * 25, "9" * 5000])
def test_a_number_that_no_record_has(
    number: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """However many digits it has."""
    assert run(["audit", "show", str(write_log(tmp_path)), number]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_log_that_somebody_holds_is_not_waited_for_without_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who holds it is said, where the system tells."""
    monkeypatch.setattr(locking, "LOCK_SECONDS", 0.1)
    path = write_log(tmp_path)
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert run(["audit", "verify", str(path)]) == 2
        assert f"is held by process {os.getpid()}" in capsys.readouterr().err
        assert run(["decide", CASE, "--log", str(path)]) == 2
    append(str(path), [encoded(contents()[0])])


def test_half_a_character_from_a_template_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No form can hold it: said with the template's name, and nothing is written."""
    (tmp_path / "report.txt.j2").write_text(r'{{ "\ud800" }}')
    out = tmp_path / "out.txt"
    given = ["decide", CASE, "--templates", str(tmp_path)]
    assert run(given) == 2
    assert run([*given, "-o", str(out)]) == 2
    assert "report.txt.j2: writes half a character" in capsys.readouterr().err
    assert not out.exists()


def test_a_few_bytes_of_parquet_that_stand_for_gigabytes(tmp_path: Path) -> None:
    """Long values, repeated by a dictionary, and long lists: each is noted, and none is made."""
    texts = polars.Series("name", ["x" * 2_000_000] * 40, dtype=polars.Categorical)
    plain = polars.Series("owner", ["y" * 200_000, None] * 20)
    lists = polars.Series("gap_kinds", [["cost"] * 200_000, ["style"]] * 20)
    path = tmp_path / "bomb.parquet"
    polars.DataFrame([texts, plain, lists]).write_parquet(path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (block,) = ParquetFile(path, "bomb").blocks(1000)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 500_000
    names, owners, kinds = block.columns
    assert set(names) == {None}
    assert set(owners) == {None}
    assert kinds[:2] == [None, ("style",)]
    assert {flaw.column for flaw in block.flaws} == {"name", "owner", "gap_kinds"}
    assert all(len(flaw.value) < 500 for flaw in block.flaws)
    assert {flaw.value[:4] for flaw in block.flaws} == {"xxxx", "yyyy", "['co"}


def test_a_few_bytes_of_parquet_do_not_take_minutes(tmp_path: Path) -> None:
    """A text is cut once for all rows that repeat it, and a file of nothing but such cells is read no further."""
    path = tmp_path / "bomb.parquet"
    text = polars.Series("name", ["x" * 10_000_000], dtype=polars.Categorical)
    text.new_from_index(0, 2_000).to_frame().write_parquet(path)
    assert path.stat().st_size < 2_000_000
    spent = time.process_time()
    with pytest.raises(UserError, match="has more than 100 cells past what a cell may hold"):
        list(ParquetFile(path, "bomb").blocks(1_000))
    assert time.process_time() - spent < 10
