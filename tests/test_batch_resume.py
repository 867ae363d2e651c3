"""Batches that are interrupted: killed, stopped, out of space, with rows that kill; and gone on with."""

import contextlib
import json
import math
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from batches import (
    SEEN,
    broken,
    failing,
    filling,
    growing,
    hanging,
    hanging_once,
    inventory,
    killing,
    noting,
    order,
    ran,
    results,
    rows,
    stillborn,
    unstartable,
)
from smallbook import book, write

from tunewise.batch import finishing, folder, tasks, workers
from tunewise.batch.evaluating import evaluating
from tunewise.batch.parts import (
    PackedLines,
    Part,
    PartCounts,
    Piece,
    missing_rows,
    read_parts,
    write_part,
)
from tunewise.batch.workers import Workers
from tunewise.costs.currency import Currency
from tunewise.errors import EngineError, UserError
from tunewise.inventories.mapping import AS_IT_STANDS
from tunewise.log.reading import Log
from tunewise.log.verify import verify

KILLS = 20
ROWS = 60
EXAMPLE = Path(__file__).parents[1] / "examples" / "inventory.csv"
LEFT = "out: cannot be written: No space left on device; what was evaluated is kept, and --resume"


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The small rulebook as a folder."""
    return str(write(tmp_path_factory.mktemp("book")))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """An inventory, and what an uninterrupted run makes of it."""
    place = tmp_path_factory.mktemp("whole")
    path = inventory(place, rows(ROWS))
    ran(order(path, place / "out"))
    return path, dict(results(place / "out"))


@pytest.fixture
def command(whole: tuple[Path, dict[str, bytes]], rules: str, tmp_path: Path) -> list[str]:
    """The program on the same inventory, in parts of two rows."""
    program = [
        sys.executable,
        "-m",
        "tunewise",
        "batch",
        str(whole[0]),
        "-o",
        str(tmp_path / "out"),
    ]
    return [*program, "--rules", rules, "--as-of", "2026-11-22", "--chunk-rows", "2", "--resume"]


def started(command: list[str], **settings: Any) -> subprocess.Popen[str]:
    """The program, running."""
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **settings)


def parts(out: Path) -> dict[str, int]:
    """The parts of an unfinished run, and when each was written; a run that is being finished takes them away."""
    found = {}
    for path in (out / folder.WORK / "parts").glob("*.part"):
        with contextlib.suppress(FileNotFoundError):
            found[path.name] = path.stat().st_mtime_ns
    return found


def until_parts(
    out: Path, count: int, process: subprocess.Popen[str], end: float = math.inf
) -> None:
    """Wait until so many parts are there, the program has ended, or it is so late."""
    while len(parts(out)) < count and process.poll() is None and time.monotonic() < end:
        time.sleep(0.005)


def children(pid: int) -> list[int]:
    """The worker processes of a process."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            line = next(x for x in status.read_text().splitlines() if x.startswith("PPid"))
            said = (status.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(line.split()[1]) == pid and b"spawn_main" in said:
            found.append(int(status.parent.name))
    return found


def gone(pids: list[int]) -> bool:
    """Whether processes end within ten seconds."""
    for _ in range(1000):
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return True
        time.sleep(0.01)
    return False


def test_killed_at_twenty_moments_it_ends_as_if_it_never_was(
    command: list[str], whole: tuple[Path, dict[str, bytes]], tmp_path: Path
) -> None:
    """Kill -9 at random, then --resume, twenty times: the same bytes in the end, and no part made twice."""
    chance = random.Random(5)
    out, number, kills = tmp_path / "out", 0, 0
    seen: dict[str, int] = {}
    while kills < KILLS:
        with started(command) as process:
            end = time.monotonic() + chance.uniform(0.1, 2)
            until_parts(out, len(seen) + chance.randint(1, 15), process, end)
            process.kill()
        if (out / folder.SUMMARY).exists():
            assert results(out) == whole[1]
            number += 1
            out = tmp_path / f"out{number}"
            command[command.index("-o") + 1] = str(out)
            seen = {}
        kills += process.returncode == -signal.SIGKILL
        now = parts(out)
        assert seen.items() <= now.items()
        seen = now
    subprocess.run(command, capture_output=True, check=False)
    assert results(out) == whole[1]


def test_ctrl_c_says_how_to_go_on(command: list[str], tmp_path: Path) -> None:
    """Exit status 130, two lines, no worker left, and what was done is there."""
    with started(command, start_new_session=True) as process:
        until_parts(tmp_path / "out", 3, process)
        workers = children(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        said = process.stderr.read() if process.stderr else ""
    assert process.returncode == 130
    assert said.split("\n") == [
        "tunewise: what was evaluated is kept; the same command with --resume goes on from there",
        "",  # behind the ^C that a terminal shows
        "tunewise: interrupted",
        "",
    ]
    assert gone(workers)
    assert len(parts(tmp_path / "out")) >= 3


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_workers_that_are_stopped_while_they_start_say_nothing(
    tmp_path: Path, number: int, status: int
) -> None:
    """Ctrl-C reaches the program alone, and a worker without a parent ends without a word."""
    command = [sys.executable, "-m", "tunewise", "batch", str(EXAMPLE), "-o", str(tmp_path / "out")]
    with started([*command, "--workers", "2"], start_new_session=True) as process:
        while not (workers := children(process.pid)) and process.poll() is None:
            time.sleep(0.001)
        if number == signal.SIGINT:
            os.killpg(process.pid, number)
        else:
            time.sleep(0.1)
            process.kill()
        said = process.stderr.read() if process.stderr else ""  # until the last worker is gone
    assert process.returncode == status
    assert workers
    assert "Traceback" not in said
    assert said.endswith("tunewise: interrupted\n" if number == signal.SIGINT else "")


def test_workers_end_with_their_parent(command: list[str], tmp_path: Path) -> None:
    """Whoever kills the program leaves no worker behind."""
    with started([*command, "--workers", "2"]) as process:
        until_parts(tmp_path / "out", 2, process)
        workers = children(process.pid)
        process.kill()
    assert len(workers) == 2
    assert gone(workers)


def test_a_killed_worker_is_replaced(
    command: list[str], whole: tuple[Path, dict[str, bytes]], tmp_path: Path
) -> None:
    """A worker that something else killed costs nothing but time."""
    with started([*command, "--workers", "2"]) as process:
        until_parts(tmp_path / "out", 2, process)
        for worker in children(process.pid):
            with contextlib.suppress(ProcessLookupError):  # all was done before it could be killed
                os.kill(worker, signal.SIGKILL)
        assert process.stderr
        process.stderr.read()  # a run that is slow has progress to tell, and needs somebody to tell
    assert process.returncode == 1
    assert results(tmp_path / "out") == whole[1]


@pytest.mark.parametrize(
    ("job", "name", "reason"),
    [
        (killing, "deadly", "cannot be evaluated: the process ended (SIGKILL)"),
        (failing, "failing", "cannot be evaluated: ZeroDivisionError: by nought"),
    ],
)
def test_a_row_that_kills_is_rejected_alone(
    job: Any, name: str, reason: str, tmp_path: Path
) -> None:
    """Its chunk is tried in parts: the row is named with the reason, the others are as without it."""
    given = rows(14)
    given[5] = f"{name},pilot,20,,"
    path, without = inventory(tmp_path, given), tmp_path / "without"
    done = ran(order(path, tmp_path / "out", chunk_rows=7), job)
    assert (done.counts.accepted, done.counts.rejected) == (11, 3)
    rejects = (tmp_path / "out" / "rejects.csv").read_text().splitlines()
    assert rejects[2] == f"6,,,{reason},"
    given[5] = "x,pilot,wrong,,"
    ran(order(inventory(tmp_path, given), without, chunk_rows=7))
    assert (tmp_path / "out" / "results.csv").read_bytes() == (without / "results.csv").read_bytes()
    assert decided(tmp_path / "out") == decided(without)


def decided(out: Path) -> list[dict[str, Any]]:
    """The records of a run, but for the sum of its inventory and the digests that it goes into."""
    *found, _ = (json.loads(line) for line in (out / "decisions.jsonl").read_text().splitlines())
    for record in found:
        del record["case"]["inventory"], record["digest"], record["previous"]
    return found


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers have some seconds for a task, whatever its size."""
    monkeypatch.setattr(tasks, "PATIENCE", 5.0)
    monkeypatch.setattr(tasks, "PATIENCE_A_ROW", 0.0)


@pytest.mark.usefixtures("impatient")
def test_a_row_that_hangs_is_rejected_alone(tmp_path: Path) -> None:
    """A worker that does not come back is killed, its rows are tried in parts, and the row in question once more."""
    given = rows(6)
    given[2] = "hanging,pilot,20,,"
    done = ran(
        order(inventory(tmp_path, given), tmp_path / "out", chunk_rows=2, workers=2), hanging
    )
    assert (done.counts.accepted, done.counts.rejected) == (4, 2)
    rejects = (tmp_path / "out" / "rejects.csv").read_text().splitlines()
    assert rejects[1] == "3,,,cannot be evaluated: no answer within 5 seconds,"


@pytest.mark.usefixtures("impatient")
def test_a_worker_that_hangs_by_accident_costs_nothing_but_time(
    whole: tuple[Path, dict[str, bytes]], tmp_path: Path
) -> None:
    """What hung once is done by the worker that comes instead: the same bytes, and no row lost."""
    ran(order(whole[0], tmp_path / "out"), hanging_once)
    assert results(tmp_path / "out") == whole[1]


def test_a_program_that_slept_takes_nobody_for_hanging(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hours that passed between two looks count as one second: whoever stops the program stops its workers."""
    clock = iter([0.0, 7200.0, 7200.5])
    monkeypatch.setattr(workers.time, "monotonic", lambda: next(clock))
    pool, counted = Workers(1, evaluating, None), []  # type: ignore[arg-type]
    busy: Any = SimpleNamespace(task=True, waited=counted.append)
    pool._workers.append(busy)
    assert not pool._hanging() + pool._hanging()
    assert counted == [1.0, 0.5]


def test_a_worker_that_takes_no_task_does_not_stop_the_others(tmp_path: Path) -> None:
    """More is sent than the line holds to a process that reads nothing, and the sender goes on at once."""
    worker = workers._Worker(unstartable, None)  # type: ignore[arg-type]
    worker.ready, worker.task = True, SimpleNamespace(patience=9, data=b"x" * 10**7)  # type: ignore[assignment]
    began = time.monotonic()
    worker.begin()
    assert time.monotonic() - began < 5
    worker.kill()
    assert worker.answer() == ("died", "no answer within 9 seconds")
    worker.end()


def test_workers_that_hang_while_they_start_end_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three of them are no accident."""
    monkeypatch.setattr(workers, "START_SECONDS", 1.0)
    with pytest.raises(EngineError, match="end while they start: no answer within 1 seconds"):
        ran(order(inventory(tmp_path, rows(2)), tmp_path / "out"), unstartable)


def test_workers_that_cannot_start_end_the_run(tmp_path: Path) -> None:
    """Three that die before they begin are no accident."""
    with pytest.raises(EngineError, match="worker processes end while they start: exit status 3"):
        ran(order(inventory(tmp_path, rows(2)), tmp_path / "out"), stillborn)


def test_a_worker_that_says_why_it_cannot_start_ends_the_run(tmp_path: Path) -> None:
    """What a worker could not begin with is passed on."""
    with pytest.raises(EngineError, match="a worker process cannot start: ValueError: no engine"):
        ran(order(inventory(tmp_path, rows(2)), tmp_path / "out"), broken)


def test_a_full_disk_ends_in_a_line_and_is_gone_on_from(
    whole: tuple[Path, dict[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a worker cannot write, what was done is kept, and nothing of it is done again."""
    there = order(whole[0], tmp_path / "out")
    with pytest.raises(UserError, match=LEFT):
        ran(there, filling)
    before = parts(tmp_path / "out")
    assert before
    monkeypatch.setenv(SEEN, str(tmp_path / "seen"))
    ran(order(whole[0], tmp_path / "out", resume=True), noting)
    done = (tmp_path / "seen").read_text().splitlines()
    assert len(done) == len(set(done)) == ROWS - 4 * len(before)
    assert results(tmp_path / "out") == whole[1]


def test_no_room_for_the_final_files_is_a_line(
    command: list[str], whole: tuple[Path, dict[str, bytes]], tmp_path: Path
) -> None:
    """A file that may not grow to its size stops the run, which leaves no half of it."""
    limit = len(whole[1]["decisions.jsonl"]) // 2

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    stopped = subprocess.run(
        command, capture_output=True, text=True, check=False, preexec_fn=limited
    )
    assert stopped.returncode == 2
    assert stopped.stderr.startswith(
        f"tunewise: {tmp_path / 'out'}: cannot be written: File too large;"
    )
    assert [path.name for path in (tmp_path / "out").iterdir()] == [folder.WORK]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1
    assert results(tmp_path / "out") == whole[1]


def test_a_crash_between_two_final_files_is_mended(
    whole: tuple[Path, dict[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the files are there, and the run is not taken for finished."""
    moves: Iterator[int] = iter(range(9))
    move = folder._moved

    def crashing(source: Path, target: Path) -> None:
        if next(moves) == 3:
            raise KeyboardInterrupt
        move(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(folder, "_moved", crashing)
        with pytest.raises(KeyboardInterrupt):
            ran(order(whole[0], tmp_path / "out"))
    assert not (tmp_path / "out" / folder.SUMMARY).exists()
    monkeypatch.setenv(SEEN, str(tmp_path / "seen"))
    ran(order(whole[0], tmp_path / "out", resume=True), noting)
    assert not (tmp_path / "seen").exists()
    assert results(tmp_path / "out") == whole[1]


@pytest.fixture(scope="module")
def unfinished(
    whole: tuple[Path, dict[str, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with a run that was stopped."""
    out = tmp_path_factory.mktemp("unfinished") / "out"
    with pytest.raises(UserError):
        ran(order(whole[0], out), filling)
    return out


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"as_of": date(2026, 11, 23)}, "--as-of 2026-11-22 (now 2026-11-23)"),
        ({"overrides": {"epochs": "2"}}, "--assume epochs not given (now '2')"),
        ({"currency": Currency("AUD", Decimal(2))}, "--currency USD at 1 (now AUD at 2)"),
        (
            {"mapping": AS_IT_STANDS.over(other_columns="extra")},
            "--mapping other_columns not given",
        ),
        ({"output_format": "jsonl"}, "--output-format 'csv' (now 'jsonl')"),
        ({"rulebook": book(("data.yaml", "500", "501"))}, "another rulebook (version 1, sha256 "),
    ],
)
def test_a_change_is_refused_by_name(
    changes: dict[str, Any], says: str, unfinished: Path, whole: tuple[Path, Any]
) -> None:
    """One line says what is not as it was, and the folder stays as it is."""
    before = parts(unfinished)
    with pytest.raises(UserError) as refused:
        ran(order(whole[0], unfinished, resume=True, **changes))
    line = str(refused.value)
    assert line.startswith(f"{unfinished}: was begun with {says}")
    assert "\n" not in line
    assert parts(unfinished) == before


def test_a_changed_inventory_is_refused(
    unfinished: Path, whole: tuple[Path, Any], tmp_path: Path
) -> None:
    """A row more is another inventory; so is one that changes while it is read."""
    other = inventory(tmp_path, rows(ROWS + 1))
    with pytest.raises(UserError, match=r"was begun with another inventory \([\d,]+ bytes, "):
        ran(order(other, unfinished, resume=True))
    with pytest.raises(UserError, match="changed while it was read"):
        ran(order(other, tmp_path / "out"), growing)


def test_an_unfinished_run_needs_resume(unfinished: Path, whole: tuple[Path, Any]) -> None:
    """Nobody's hours are thrown away by the same command given again."""
    with pytest.raises(UserError, match="holds an unfinished run; go on with --resume"):
        ran(order(whole[0], unfinished))


def test_a_finished_run_is_complete_already(
    whole: tuple[Path, dict[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--resume on it evaluates nothing and says what came of it; another inventory is refused."""
    again = order(whole[0], whole[0].parent / "out", resume=True)
    monkeypatch.setenv(SEEN, str(tmp_path / "seen"))
    done = ran(again, noting)
    assert done.already
    assert done.counts.rows == ROWS
    assert not (tmp_path / "seen").exists()
    other = inventory(tmp_path, rows(3))
    with pytest.raises(UserError, match="was begun with another inventory"):
        ran(order(other, whole[0].parent / "out", resume=True))


@pytest.mark.parametrize(("before", "written"), [(True, 10), (False, 15)])
def test_the_users_log_gets_each_record_once(
    whole: tuple[Path, dict[str, bytes]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: bool,
    written: int,
) -> None:
    """A run that was stopped right before or behind an append, noted or not, goes on behind the last record."""
    log, append = tmp_path / "log", finishing.log.append
    calls: Iterator[int] = iter(range(99))

    def stopping(path: str, contents: list[bytes]) -> None:
        third = next(calls) == 2
        if third and before:
            raise KeyboardInterrupt
        append(path, contents)
        if third:
            raise KeyboardInterrupt

    monkeypatch.setattr(finishing, "LOG_BLOCK", 5)
    with monkeypatch.context() as patch:
        patch.setattr(finishing.log, "append", stopping)
        with pytest.raises(KeyboardInterrupt):
            ran(order(whole[0], tmp_path / "out", log=str(log)))
    assert len(log.read_bytes().splitlines()) == written
    ran(order(whole[0], tmp_path / "out", log=str(log), resume=True))
    *records, end = (json.loads(line) for line in log.read_bytes().splitlines())
    names = [record["case"]["name"] for record in records]
    assert len(names) == len(set(names)) == end["accepted"]
    assert len(names) + 1 == len(whole[1]["decisions.jsonl"].splitlines())
    assert not verify(Log(str(log))).findings


def test_what_came_through_a_pipe_need_not_come_again(
    command: list[str], whole: tuple[Path, dict[str, bytes]], tmp_path: Path
) -> None:
    """Standard input is kept in the folder, whatever comes later, so that --resume needs no second copy."""
    command[command.index(str(whole[0]))] = "-"
    command += ["--input-format", "csv"]
    with whole[0].open() as pipe, started(command, stdin=pipe) as process:
        until_parts(tmp_path / "out", 2, process)
        process.kill()
    other = subprocess.run(
        command, input="name,stage\nA,pilot\n", capture_output=True, text=True, check=False
    )
    assert other.returncode == 2
    assert "was begun with another inventory" in other.stderr
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    for file in ("results.csv", "rejects.csv"):
        assert (tmp_path / "out" / file).read_bytes() == whole[1][file]
    *records, end = (tmp_path / "out" / "decisions.jsonl").read_bytes().splitlines()
    assert records == whole[1]["decisions.jsonl"].splitlines()[:-1]
    assert json.loads(end)["inventory"]["name"] == "standard input"


def test_parts_know_what_is_missing(tmp_path: Path) -> None:
    """Rows between, before and behind the parts are named; what a crash left beside them goes."""
    for first, stop in ((4, 7), (4, 5), (9, 10)):
        write_part(
            tmp_path, first, stop, Piece(PartCounts(stop - first), results=PackedLines([b"1"] * 2))
        )
    (tmp_path / "000000000020-000000000030.part").write_bytes(b'{"sizes":[1]')
    (tmp_path / "000000000004-000000000007.77").write_bytes(b"half")
    found = read_parts(tmp_path)
    assert [(part.first, part.stop) for part in found] == [(4, 7), (9, 10)]
    assert len(list(tmp_path.iterdir())) == 2
    assert list(missing_rows(found, 1, 12)) == [(1, 4), (7, 9), (10, 12)]
    assert list(missing_rows(found, 5, 7)) == []
    assert found[0].lines("results") == [b"1", b"1"]
    assert found[0].lines("rejects") == []


def test_a_damaged_part_is_named(tmp_path: Path) -> None:
    """Bytes that changed on the disk end in one line, not in wrong results."""
    write_part(tmp_path, 1, 2, Piece(PartCounts(1), results=PackedLines([b"x" * 99])))
    part: Part = read_parts(tmp_path)[0]
    data = bytearray(part.path.read_bytes())
    data[data.index(b"\n") + 6] ^= 0xFF
    part.path.write_bytes(data)
    with pytest.raises(UserError, match="is damaged; remove it, and go on with --resume"):
        part.lines("results")
