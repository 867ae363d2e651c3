"""A process that is killed while it writes evidence loses what it was writing, and nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from smalllog import contents, lines, write_log

from tunewise.commands.program import run
from tunewise.log.appending import append
from tunewise.log.content import encoded
from tunewise.log.reading import Log
from tunewise.log.verify import verify

MOMENTS = 20
WHO = ["--by", "Ada", "--role", "owner", "--reason", "Because of this and of that."]
DRIVER = """
import io, json, os, resource, signal, sys, time
from contextlib import redirect_stderr, redirect_stdout
from tunewise.commands.program import run
import tunewise.log.appending, tunewise.log.human_decisions, tunewise.log.verify
import tunewise.log.vouching, tunewise.log.selecting, tunewise.asking.naming, tunewise.writing

arguments, file, moments, way = json.loads(sys.argv[1])

def command():
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        run(arguments)

def child(moment):
    if way == "bytes":
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        start = os.path.getsize(file) if file else 0
        resource.setrlimit(resource.RLIMIT_FSIZE, (start + moment, start + moment))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    command()
    os._exit(0)

def killed(moment):
    pid = os.fork()
    if not pid:
        child(moment)
    if way == "time":
        time.sleep(moment)
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

print(json.dumps([killed(moment) for moment in moments]))
"""
"""Runs a command again and again and has it killed: at so many bytes written, by the system, or after so long.

A file that grows past the limit set on it is the end of the process, at once, as with kill -9.
"""


def kills(arguments: list[str], file: str, moments: list[float], way: str) -> list[int]:
    """How each run of a command ended that was killed at these moments."""
    given = json.dumps([arguments, file, moments, way])
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, given], capture_output=True, check=True, text=True
    )
    return list(json.loads(done.stdout))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of four records, and keys."""
    run(["audit", "keygen", str(tmp_path / "key")])
    return write_log(tmp_path)


def deciding(log: Path, command: str) -> list[str]:
    """The arguments of a person's decision."""
    return [
        "audit",
        command,
        str(log),
        "1",
        *WHO,
        *(["--to", "tune"] if command == "override" else []),
    ]


@pytest.mark.parametrize("command", ["approve", "override"])
def test_a_decision_that_is_killed_while_it_is_written_is_all_that_is_lost(
    log: Path, command: str
) -> None:
    """At twenty numbers of bytes: the records before it are as they were, and the next entry mends the end."""
    arguments = deciding(log, command)
    if command == "override":
        arguments[-1] = other(log)
    before = log.read_bytes()
    for moment in range(1, 400, 400 // MOMENTS):
        ended = kills(arguments, str(log), [moment], "bytes")
        assert ended[0] != 0
        torn = log.read_bytes()
        assert torn.startswith(before)
        assert len(torn) - len(before) <= moment
        assert {f.kind for f in verify(Log(log)).findings} <= {"end"}
        append(str(log), [encoded(contents()[0])])
        assert verify(Log(log)).findings == ()
        before = log.read_bytes()
    assert run(arguments) == 0
    assert len(lines(log)) == 4 + MOMENTS + 1


def other(log: Path) -> str:
    """An option of the first decision that the first record does not recommend."""
    decision = json.loads(lines(log)[0])["decisions"][0]
    options = [one["option"] for one in decision["options"] if one["option"] != decision["chosen"]]
    return f"{decision['decision']}={options[0]}"


def test_a_checkpoint_that_is_killed_while_it_is_written_leaves_the_one_before(log: Path) -> None:
    """At twenty numbers of bytes: the note is the old one to the byte, and a later run replaces it."""
    arguments = ["audit", "checkpoint", str(log), "--key", str(log.parent / "key")]
    assert run(arguments) == 0
    note = Path(f"{log}.checkpoint")
    before = note.read_bytes()
    append(str(log), [encoded(contents()[0])])
    ended = kills(arguments, "", list(range(0, 2 * MOMENTS, 2)), "bytes")
    assert all(ended)
    assert note.read_bytes() == before
    assert run(arguments) == 0
    assert note.read_bytes() != before


@pytest.mark.parametrize("command", ["approve", "checkpoint"])
def test_a_kill_at_any_time_leaves_a_log_that_goes_on(log: Path, command: str) -> None:
    """After twenty kills spread over a run's time: what was not being written is there, whole and in order."""
    if command == "checkpoint":
        arguments = ["audit", "checkpoint", str(log), "--key", str(log.parent / "key")]
    else:
        arguments = deciding(log, command)
    before = log.read_bytes()
    kills(arguments, "", [moment / 500 for moment in range(MOMENTS)], "time")
    assert log.read_bytes().startswith(before)
    append(str(log), [encoded(contents()[0])])
    assert verify(Log(log)).findings == ()
    assert run(arguments) == 0
    assert run(["audit", "verify", str(log)]) == 0
