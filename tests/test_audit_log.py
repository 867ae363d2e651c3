"""The decision log: appended whole, chained, safe beside other writers and after a crash."""

import json
import random
import re
import signal
import subprocess
import sys
import time
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pytest
import smallbook
from jsonschema import Draft202012Validator
from smalllog import BOOK, CASES, add_examples, contents, lines, records, write_log

from tunewise.cases.case import Case
from tunewise.commands.program import run
from tunewise.errors import UserError
from tunewise.log.appending import append
from tunewise.log.chain import sealed
from tunewise.log.content import encoded
from tunewise.log.reading import Log, parsed
from tunewise.log.rulebook_store import folder, load_stored, save

ROOT = Path(__file__).parents[1]
SCHEMA = files("tunewise.rules").joinpath("schemas/record.schema.json")
SMALL = b'{"schema":"tunewise.record/1","n":%d}'
"""A content that is no whole record, for what looks at the chain alone."""


def numbers(path: Path) -> list[int]:
    """The numbers of small contents, in order."""
    return [record["n"] for record in records(path)]


def chained(path: Path) -> bool:
    """Whether every digest fits the bytes before it, and every record names the one before."""
    previous = None
    for line in lines(path):
        head, mark, tail = line.rpartition(b',"digest":')
        digest = sha256(head).hexdigest()
        if not mark or tail != b'"%b"}\n' % digest.encode():
            return False
        if json.loads(line)["previous"] != previous:
            return False
        previous = digest
    return True


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A case of the small rulebook, which is in the folder `book`."""
    (tmp_path / "book").mkdir()
    smallbook.write(tmp_path / "book")
    path = tmp_path / "case.yaml"
    path.write_text("name: A\nfacts: {examples: 600}\n")
    return path


def test_decide_appends_a_record_a_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each decision is in the log as the JSON form shows it, chained to the one before."""
    path, example = tmp_path / "log", ROOT / "examples" / "support_triage.yaml"
    arguments = ["decide", str(example), "--format", "json", "--log", str(path)]
    arguments += [
        "--as-of",
        "2026-11-22",
        "--assume",
        "epochs=4",
        "--currency",
        "AUD",
        "--fx",
        "1.5",
    ]
    assert run(arguments) == 0
    shown = json.loads(capsys.readouterr().out)
    assert run([*arguments, str(example)]) == 0
    found = records(path)
    assert len(found) == 3
    assert chained(path)
    alike = ("case", "as_of", "versions", "rulebook", "facts", "recommendation", "tuning_plan")
    assert {key: found[0][key] for key in alike} == {key: shown[key] for key in alike}
    assert found[0]["decisions"] == shown["decisions"]
    firings = [{key: firing[key] for key in ("rule", "facts")} for firing in shown["firings"]]
    assert found[0]["firings"] == firings
    assert found[0]["assumptions"] == {"epochs": "4"}
    assert found[0]["currency"] == {"code": "AUD", "per_usd": 1.5}
    ends = {"low": "p10", "expected": "p50", "high": "p90"}
    for name, cost in shown["costs"].items():
        horizon = found[0]["costs"][name]["horizon"]
        assert {ends[end]: usd for end, usd in horizon.items()} == cost["horizon"]
    months = found[0]["break_even"]["months"]
    assert {ends[end]: month for end, month in months.items()} == shown["break_even"]["months"]
    assert [price["model"] for price in found[0]["prices"]] == ["openai/gpt-6-sol"]


def test_a_record_has_the_members_of_the_contract_in_order(tmp_path: Path) -> None:
    """Readers in any language may rely on the order: the last three members seal the line."""
    for line in lines(write_log(tmp_path)):
        assert list(json.loads(line)) == [
            "schema", "case", "as_of", "versions", "rulebook", "assumptions", "currency", "facts",
            "recommendation", "tuning_plan", "decisions", "firings", "costs", "break_even", "prices",
            "masked", "written", "previous", "digest",
        ]  # fmt: skip
        assert re.search(rb'"written":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ","previous":', line)


def test_records_meet_their_schema_and_their_form(tmp_path: Path) -> None:
    """Every example, a case without facts and one with hostile text: the schema and the reader agree."""
    path = write_log(tmp_path)
    count = len(CASES) + add_examples(path)
    validator = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    for line in lines(path):
        assert [error.message for error in validator.iter_errors(json.loads(line))] == []
        assert parsed(line.removesuffix(b"\n")).digest == json.loads(line)["digest"]
    assert len(lines(path)) == count


def test_a_line_is_sealed_over_its_raw_bytes() -> None:
    """The digest is that of the bytes before the digest, so anybody can check it with a hash alone."""
    line, digest = sealed(b'{"a":1}', "2026-11-22T10:11:12Z", None)
    covered = b'{"a":1,"written":"2026-11-22T10:11:12Z","previous":null'
    assert digest == sha256(covered).hexdigest()
    assert line == covered + b',"digest":"' + digest.encode() + b'"}\n'
    second, _ = sealed(b'{"a":2}', None, digest)
    assert second.startswith(b'{"a":2,"written":null,"previous":"' + digest.encode() + b'"')


def test_a_record_is_one_line_whatever_a_case_is_called(tmp_path: Path) -> None:
    """Line breaks and control characters of names are escaped, other characters stand as they are."""
    path = write_log(tmp_path)
    assert [record["case"]["name"] for record in records(path)] == [case.name for case in CASES]
    assert "«verboten»".encode() in lines(path)[2]
    assert b"\x1b" not in path.read_bytes()


def test_the_rulebook_is_stored_once_and_loads_again(tmp_path: Path) -> None:
    """The log explains itself: its rulebook stands beside it, under its digest."""
    path = str(write_log(tmp_path))
    stored = list(folder(path).iterdir())
    assert [one.name for one in stored] == [f"{BOOK.sha256}.json"]
    before = stored[0].stat().st_mtime_ns
    save(path, BOOK)
    assert stored[0].stat().st_mtime_ns == before
    again = load_stored(path, BOOK.sha256)
    assert (again.sha256, list(again.rules)) == (BOOK.sha256, list(BOOK.rules))


def test_a_stored_rulebook_that_was_altered_is_refused_and_stored_anew(tmp_path: Path) -> None:
    """A rule that was changed beside the log has another digest; the next decision mends it."""
    path = str(write_log(tmp_path))
    (stored,) = folder(path).iterdir()
    stored.write_text(stored.read_text().replace("at_least: 500", "at_least: 400"))
    with pytest.raises(UserError, match="another digest"):
        load_stored(path, BOOK.sha256)
    save(path, BOOK)
    assert load_stored(path, BOOK.sha256).sha256 == BOOK.sha256


@pytest.mark.parametrize("text", ["", "[]", '{"files": {"a.yaml": 1}}', '{"files": []}', "{"])
def test_what_is_no_stored_rulebook_is_refused(tmp_path: Path, text: str) -> None:
    """Any other content of the file is one line, and never a traceback."""
    path = str(write_log(tmp_path))
    (stored,) = folder(path).iterdir()
    stored.write_text(text)
    with pytest.raises(UserError):
        load_stored(path, BOOK.sha256)


def test_a_digest_is_no_path(tmp_path: Path) -> None:
    """A record cannot make a reader open a file of its choice."""
    with pytest.raises(UserError, match="no digest"):
        load_stored(str(tmp_path / "log"), "../../etc/passwd")


def test_a_torn_last_line_is_cut_off_wherever_it_was_torn(tmp_path: Path) -> None:
    """What a crash left unfinished is taken out and said; every whole record stays."""
    path = tmp_path / "log"
    append(str(path), [SMALL % 1, SMALL % 2])
    whole, first = path.read_bytes(), lines(path)[0]
    for length in range(len(first) + 1, len(whole) - 1):
        path.write_bytes(whole[:length])
        mended = append(str(path), [SMALL % 3])
        assert mended is not None
        assert f"is lost ({length - len(first)} bytes)" in mended
        assert numbers(path) == [1, 3]
        assert chained(path)


def test_a_first_record_that_was_torn_is_cut_off(tmp_path: Path) -> None:
    """A log whose only record is unfinished begins anew."""
    path = tmp_path / "log"
    for length in (1, 7, 40, 100):
        path.write_bytes(sealed(SMALL % 1, None, None)[0][:length])
        assert append(str(path), [SMALL % 2]) is not None
        assert numbers(path) == [2]


def test_a_record_without_its_newline_is_whole_and_kept(tmp_path: Path) -> None:
    """Where only the end of the line is missing, nothing is lost: it is added."""
    path = tmp_path / "log"
    append(str(path), [SMALL % 1, SMALL % 2])
    path.write_bytes(path.read_bytes()[:-1])
    assert (
        append(str(path), [SMALL % 3]) == "the last record lacked its end of line, which was added"
    )
    assert numbers(path) == [1, 2, 3]
    assert chained(path)


def test_a_whole_record_of_another_place_without_its_newline_is_cut_off(tmp_path: Path) -> None:
    """What does not follow the record before it was not written there."""
    path = tmp_path / "log"
    append(str(path), [SMALL % 1])
    stray, _ = sealed(SMALL % 2, None, "0" * 64)
    path.write_bytes(path.read_bytes() + stray[:-1])
    assert "is lost" in str(append(str(path), [SMALL % 3]))
    assert numbers(path) == [1, 3]


def test_what_a_full_disk_cut_short_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log ends where it did before, and is whole; every append asks the system to keep it."""
    path, synced = tmp_path / "log", list[int]()
    monkeypatch.setattr("os.fsync", synced.append)
    append(str(path), [SMALL % 1])
    assert synced
    before = path.read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UserError, match="No space left on device"):
        append(str(path), [SMALL % 2])
    assert path.read_bytes() == before


def test_zeros_that_a_power_cut_left_are_cut_off(tmp_path: Path) -> None:
    """Some file systems grow a file before they fill it."""
    path = tmp_path / "log"
    append(str(path), [SMALL % 1])
    whole = path.read_bytes()
    for torn in (b"\0" * 100, b'{"schema":"tune' + b"\0" * 100):
        path.write_bytes(whole + torn)
        assert append(str(path), [SMALL % 2]) is not None
        assert numbers(path) == [1, 2]


def test_mending_is_said_in_one_line(
    tmp_path: Path, case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever runs the command learns that a record is lost."""
    path = tmp_path / "log"
    arguments = ["decide", str(case), "--rules", str(tmp_path / "book"), "--log", str(path)]
    assert run(arguments) == 0
    path.write_bytes(path.read_bytes() + b'{"schema"')
    capsys.readouterr()
    assert run(arguments) == 0
    lost = (
        "the last record was not written to its end and is lost (9 bytes); all before it are whole"
    )
    assert capsys.readouterr().err == f"tunewise: {path}: {lost}\n"
    assert len(records(path)) == 2


@pytest.mark.parametrize(
    "text",
    ["name: a case\n", "{}\n", '{"schema": 1}', "x", "[" * 100_000 + "\n", "\n", "a\n" * 90_000],
)
def test_a_foreign_file_is_left_alone(tmp_path: Path, case: Path, text: str) -> None:
    """A file that is no log is refused and keeps its bytes, and no rulebook is put beside it."""
    path = tmp_path / "notes.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match="is not a decision log"):
        append(str(path), [SMALL % 1])
    arguments = ["decide", str(case), "--rules", str(tmp_path / "book"), "--log", str(path)]
    assert run(arguments) == 2
    assert path.read_text() == text
    assert not folder(str(path)).exists()


def test_nothing_is_appended_behind_an_altered_record(tmp_path: Path) -> None:
    """Whoever altered the last record is found at the next append, not years later."""
    path = tmp_path / "log"
    append(str(path), [SMALL % 1, SMALL % 2])
    path.write_bytes(path.read_bytes().replace(b'"n":2', b'"n":3'))
    with pytest.raises(UserError, match="last record was altered"):
        append(str(path), [SMALL % 4])
    assert numbers(path) == [1, 3]


def test_records_far_larger_than_a_block_are_found_again(tmp_path: Path) -> None:
    """The last record is found from the end of the file, however long it is."""
    path = tmp_path / "log"
    long = b'{"schema":"tunewise.record/1","n":%d,"x":"' + b"x" * 300_000 + b'"}'
    for n in range(3):
        append(str(path), [long % n])
    assert numbers(path) == [0, 1, 2]
    assert chained(path)


def test_a_failed_append_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    """All or none: where one content of several cannot be had, none is written."""
    path = tmp_path / "log"
    append(str(path), [SMALL % 1])
    before = path.read_bytes()

    def failing():
        yield SMALL % 2
        raise UserError("no more")

    with pytest.raises(UserError, match="no more"):
        append(str(path), failing())
    assert path.read_bytes() == before


def test_a_report_that_cannot_be_written_leaves_no_record(
    tmp_path: Path, case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing was decided for anybody, so nothing is recorded."""
    path, missing = tmp_path / "log", tmp_path / "missing" / "report.md"
    arguments = ["decide", str(case), "--rules", str(tmp_path / "book"), "--log", str(path)]
    assert run([*arguments, "-o", str(missing)]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert not path.exists()


def test_a_log_that_cannot_be_written_leaves_no_report(
    tmp_path: Path, case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is not recorded is not shown, neither in a file nor on the terminal."""
    report = tmp_path / "report.md"
    report.write_text("as it was")
    before = sorted(tmp_path.iterdir())
    arguments = ["decide", str(case), "--rules", str(tmp_path / "book"), "--log", str(tmp_path)]
    assert run([*arguments, "-o", str(report)]) == 2
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"tunewise: {tmp_path}: cannot be written: not a file\n" * 2
    assert report.read_text() == "as it was"
    assert sorted(tmp_path.iterdir()) == before


def test_a_report_does_not_replace_the_log(
    tmp_path: Path, case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One name for both is refused before anything is written."""
    path = tmp_path / "log.md"
    arguments = ["decide", str(case), "--rules", str(tmp_path / "book"), "--log", str(path)]
    assert run([*arguments, "-o", str(path)]) == 2
    assert "is the log" in capsys.readouterr().err
    assert not path.exists()


def program(body: str, *arguments: str) -> subprocess.Popen[str]:
    """A process of its own that appends."""
    code = f"import sys\nfrom tunewise.log.appending import append\npath = sys.argv[1]\n{body}"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    """Two processes append 1,000 records each at once: all are there, each whole, in one chain."""
    path = tmp_path / "log"
    body = f"for n in range(1000): append(path, [{SMALL!r} % (int(sys.argv[2]) + n)])"
    writers = [program(body, str(path), str(first)) for first in (0, 1000)]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    for writer in writers:
        writer.communicate()
    found = numbers(path)
    assert sorted(found) == list(range(2000))
    assert [n for n in found if n < 1000] == list(range(1000))
    assert [n for n in found if n >= 1000] == list(range(1000, 2000))
    assert chained(path)


SLOW = """
import io, os
class Slow(io.FileIO):
    def write(self, data):
        return super().write(data[:4096])
os.fdopen = lambda handle, mode, buffering: Slow(handle, mode)
n = int(sys.argv[2])
while True:
    append(path, [b'{"schema":"tunewise.record/1","n":%d,"x":"%b"}' % (n, b"x" * 200_000)])
    print(n, flush=True)
    n += 1
"""
"""Appends without end, in many small writes, as a busy system takes them, and says what it has written."""


def test_a_killed_writer_loses_at_most_what_it_was_writing(tmp_path: Path) -> None:
    """Killed at twenty random moments: all that it had written is there, and the next append says what is lost."""
    path = tmp_path / "log"
    moments = random.Random(6)
    count = 0
    for _ in range(20):
        writer = program(SLOW, str(path), str(count))
        assert writer.stdout is not None
        reported = [int(writer.stdout.readline())]
        time.sleep(moments.uniform(0, 0.02))
        writer.send_signal(signal.SIGKILL)
        reported += map(int, writer.stdout.read().split())
        writer.wait()
        writer.stdout.close()
        torn = not path.read_bytes().endswith(b"\n")
        mended = append(str(path), [])
        assert (mended is not None) == torn
        found = numbers(path)
        assert found == list(range(len(found)))
        assert len(found) in (reported[-1] + 1, reported[-1] + 2)
        count = len(found)
    assert chained(path)


def test_a_reader_sees_the_log_as_it_was_opened(tmp_path: Path) -> None:
    """What is appended while somebody reads is left for later."""
    path = write_log(tmp_path)
    log = Log(path)
    append(str(path), map(encoded, contents([Case("Later", {})])))
    assert [entry.line for entry in log.entries()] == [1, 2, 3, 4]
    assert [entry.line for entry in Log(path).entries()] == [1, 2, 3, 4, 5]
