"""The program among others: streams that are closed or full, files that cannot be written, one line for each."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from smallbook import write

from tunewise.commands.program import run
from tunewise.errors import UserError
from tunewise.writing import write_whole

TUNEWISE = [sys.executable, "-m", "tunewise"]


@pytest.fixture
def decide(tmp_path: Path) -> list[str]:
    """A command that decides a small case."""
    case = tmp_path / "case.yaml"
    case.write_text("name: Überprüfung 日本\n", encoding="utf-8")
    (tmp_path / "book").mkdir()
    return ["decide", str(case), "--rules", str(write(tmp_path / "book"))]


@pytest.mark.parametrize(
    ("redirected", "status", "says"),
    [
        (">/dev/full", 1, "tunewise: standard output cannot be written: No space left on device\n"),
        (">&-", 1, "tunewise: standard output cannot be written: Bad file descriptor\n"),
        ("<&- >/dev/null", 0, ""),
        ("2>&- >/dev/null", 0, ""),
        ("2>/dev/full >/dev/null", 0, ""),
        (">/dev/full 2>/dev/full", 1, ""),
        (">&- 2>&- <&-", 1, ""),
        ("-o report >&-", 0, ""),
    ],
)
def test_a_stream_that_takes_nothing_ends_in_a_line_at_most(
    redirected: str, status: int, says: str, decide: list[str], tmp_path: Path
) -> None:
    """Whatever the shell did to the streams, there is no traceback and the status tells what happened."""
    command = ["sh", "-c", f'"$@" {redirected}', "sh", *TUNEWISE, *decide]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (status, says)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_what_is_piped_is_what_a_file_gets(
    encoding: str, decide: list[str], tmp_path: Path
) -> None:
    """JSON is UTF-8 in every locale: a code in a character's place would be no JSON."""
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    command = [*TUNEWISE, *decide, "--format", "json"]
    piped = subprocess.run(command, capture_output=True, env=environment, check=True).stdout
    subprocess.run([*command, "-o", str(tmp_path / "o")], env=environment, check=True)
    assert piped == (tmp_path / "o").read_bytes()
    assert json.loads(piped)["case"]["name"] == "Überprüfung 日本"


@pytest.mark.parametrize("option", ["--rules", "--templates"])
def test_a_name_that_no_file_can_have_is_one_line(
    option: str, decide: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """What the system refuses is said in one line with the name that it refused."""
    assert run([*decide, option, "x" * 5000]) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert err.startswith("tunewise: xxx")
    assert err.endswith("File name too long\n")


def test_a_file_keeps_its_mode_and_its_link(tmp_path: Path) -> None:
    """What is replaced stays as readable as it was, where a link leads to."""
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    write_whole(link, "new")
    assert link.is_symlink()
    assert (real.read_text(), real.stat().st_mode & 0o777) == ("new", 0o640)
    assert sorted(tmp_path.iterdir()) == [link, real]


def test_a_link_that_leads_to_itself_is_refused(tmp_path: Path) -> None:
    """A link in a circle names no file."""
    link = tmp_path / "link"
    link.symlink_to(link)
    with pytest.raises(UserError, match="symbolic links"):
        write_whole(link, "x")
    assert link.is_symlink()


def test_a_write_protected_file_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that may not be written is not replaced either, although its folder would allow it."""
    file = tmp_path / "file"
    file.write_text("old")
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(UserError, match="Permission denied"):
        write_whole(file, "new")
    assert file.read_text() == "old"


def test_a_name_of_any_length_that_a_file_can_have_is_written(tmp_path: Path) -> None:
    """The name of the file that is written first does not grow with the name asked for."""
    name = "😀" * 63
    write_whole(tmp_path / name, "x")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_all_mistakes_of_all_cases_are_named_with_their_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each with its line, and that a model has no price beside all the rest."""
    case, other = tmp_path / "case.yaml", tmp_path / "other.yaml"
    case.write_text("name: A\nfacts:\n  stage: pilote\n  base_model: openia/gpt-4o\n")
    assert run(["decide", str(case), str(other)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"tunewise: {case}:3: facts.stage: unknown value 'pilote'; did you mean 'pilot'?",
        f"tunewise: {case}:4: facts.base_model: unknown provider 'openia'; did you mean 'openai'?",
        f"tunewise: {other}: cannot be read: No such file or directory",
    ]


def test_a_report_never_replaces_the_case_that_it_is_on(
    decide: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever names the case as the output has mistyped, and keeps the case."""
    case = Path(decide[1])
    before = case.read_bytes()
    assert run([*decide, "-o", str(case.parent / "book" / ".." / case.name)]) == 2
    assert "is a case, which the report would replace" in capsys.readouterr().err
    assert case.read_bytes() == before


def test_a_case_of_far_too_many_facts_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A hundred thousand unknown facts are not each compared with every name there is."""
    case = tmp_path / "case.yaml"
    case.write_text("name: A\nfacts:\n" + "".join(f"  fact_{i}: 1\n" for i in range(100_000)))
    assert run(["decide", str(case), "--rules", str(write(tmp_path / "book"))]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"tunewise: {case}:2: facts: holds 100,000 facts; at most 1,000 are read\n"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("dec", "plain,decide"),
        ("decide exam", "file,exam"),
        ("decide --output rep", "file,rep"),
        ("decide --rules ru", "file,ru"),
        ("decide --format mark", "plain,markdown"),
        ("ask --answers exam", "file,exam"),
    ],
)
def test_the_shell_completes_commands_choices_and_files(typed: str, offered: str) -> None:
    """Where a file belongs the shell is told so: it would offer nothing else."""
    words = f"tunewise {typed}"
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(typed.split()))}
    environment = {**os.environ, "_TUNEWISE_COMPLETE": "bash_complete", **asked}
    done = subprocess.run(TUNEWISE, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"{offered}\n"


@pytest.mark.parametrize("name", ["next.yaml", "next.YML"])
def test_an_output_that_looks_like_a_case_is_refused(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`-o *.yaml` would take the first case for the output file; it is left as it is."""
    (tmp_path / name).write_text("name: kept\n")
    (tmp_path / "case.yaml").write_text("name: A\n")
    assert run(["decide", "-o", str(tmp_path / name), str(tmp_path / "case.yaml")]) == 2
    assert "is a case, which the report would replace" in capsys.readouterr().err
    assert (tmp_path / name).read_text() == "name: kept\n"
