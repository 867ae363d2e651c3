"""`tunewise audit pack`: what an external auditor is sent answers every question, with and without Tunewise."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from smalllog import add_examples, contents, lines, records, write_log

from tunewise.commands.program import run
from tunewise.log.appending import append
from tunewise.log.content import encoded
from tunewise.log.human_decisions import human_content
from tunewise.log.reading import Log

ROOT = Path(__file__).parents[1]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log with a name to be careful of, of which one record is approved, and a checkpoint of it."""
    monkeypatch.chdir(tmp_path)
    write_log(tmp_path).rename("my_`log`*.jsonl")
    Path("log.rulebooks").rename("my_`log`*.jsonl.rulebooks")
    path = Path("my_`log`*.jsonl")
    (first, *_) = Log(path).entries()
    append(str(path), [encoded(human_content(first, "Ada Park", "owner", "As discussed."))])
    run(["audit", "keygen", "key"])
    assert (
        run(["audit", "checkpoint", str(path), "--key", "key", "--origin", "example.com/a_b"]) == 0
    )
    return path


def pack(log: Path, *more: str) -> int:
    """The exit status of making a pack."""
    return run(["audit", "pack", str(log), "-o", "pack", *more])


def held(folder: str = "pack") -> set[str]:
    """The files of a pack."""
    return {str(p.relative_to(folder)) for p in Path(folder).rglob("*") if p.is_file()}


def commands() -> list[str]:
    """The commands that its README shows, for the first record."""
    text = Path("pack/README.md").read_text("utf-8")
    found = [part for part in text.split("`") if part.startswith(("tunewise ", "python "))]
    return [
        part.replace("NUMBER", "1").replace("OLDER", "decisions.jsonl.checkpoint") for part in found
    ]


def test_with_the_pack_alone_every_question_is_answered(log: Path) -> None:
    """Each command of its README works in it, nothing else at hand; the pages say who approved and what it costs."""
    assert pack(log, "--key", "key.pub") == 0
    log.unlink()
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    tried = commands()
    assert len(tried) >= 7
    for command in tried:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd="pack",
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    page = Path("pack/pages/record-1.html").read_text("utf-8")
    assert "Approved by Ada Park (owner)" in page


def test_a_page_says_what_it_would_cost(tmp_path: Path) -> None:
    """As of the day that it was decided on."""
    add_examples(tmp_path / "log")
    out = tmp_path / "pack"
    assert run(["audit", "pack", str(tmp_path / "log"), "-o", str(out)]) == 0
    assert "What it was to cost" in (out / "pages" / "record-1.html").read_text("utf-8")


def test_it_proves_each_line_without_the_log(log: Path) -> None:
    """People's decisions among them."""
    pack(log, "--key", "key.pub")
    for number in range(1, 6):
        proof = f"pack/proofs/record-{number}.tlog-proof"
        assert run(["audit", "check", proof, "--key", "pack/log.key"]) == 0
    assert Path("pack/decisions.jsonl").read_bytes() == log.read_bytes()


def test_chosen_records_come_without_the_others(log: Path) -> None:
    """A record and what people decided on it: nothing of another record stands in any file."""
    pack(log, "--record", "1")
    assert {one for one in held() if "record" in one} == {
        "pages/record-1.html",
        "proofs/record-1.tlog-proof",
        "proofs/record-5.tlog-proof",
    }
    assert "decisions.jsonl" not in held()
    names = [one["case"]["name"] for one in records(log)[1:4]]
    texts = [Path("pack", name).read_bytes() for name in held()]
    assert not any(name.encode() in text for name in names for text in texts)


def test_what_may_not_be_seen_is_in_no_file(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The copy is whole in itself, says what was taken out, and names the lines that it stands for."""
    Path("privacy.yaml").write_text(
        "case.description: mask\ncase.owner: drop\nfacts.examples: drop\n"
    )
    assert pack(log, "--privacy", "privacy.yaml") == 0
    assert not any(b"With data" in Path("pack", name).read_bytes() for name in held())
    assert not any(b'"examples":{"value"' in Path("pack", name).read_bytes() for name in held())
    copy = Path("pack/decisions.jsonl")
    assert run(["audit", "verify", str(copy)]) == 3
    assert records(copy)[4]["record"]["digest"] == records(copy)[0]["digest"]
    listed = Path("pack/originals.txt").read_text().split()
    assert listed[1::2] == [one["digest"] for one in records(log)]
    assert "no checkpoint of the log covers it" in Path("pack/README.md").read_text()
    assert not any(name.startswith(("proofs", "pages")) for name in held())
    capsys.readouterr()
    assert run(["audit", "show", str(copy), "1"]) == 0
    assert "Approved by Ada Park" in capsys.readouterr().out


def test_without_a_checkpoint_nothing_is_proven_and_that_is_said(log: Path) -> None:
    """The log, the rulebooks and the pages are there; what a digest covers is told."""
    Path(f"{log}.checkpoint").unlink()
    assert pack(log) == 0
    assert "decisions.jsonl" in held()
    assert not any(name.startswith("proofs") for name in held())
    assert "SHA-256 of its bytes before" in Path("pack/README.md").read_text()


def test_nothing_is_replaced_and_nothing_broken_is_packed(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that is there, a record that is not, a log that was altered, another log's checkpoint."""
    Path("pack").mkdir()
    assert pack(log) == 2
    Path("pack").rmdir()
    assert pack(log, "--record", "9") == 2
    assert "line 9 is no record" in capsys.readouterr().err
    assert pack(log, "--record", "5") == 2
    whole = log.read_bytes()
    log.write_bytes(b"".join(lines(log)[:3]))
    assert pack(log) == 2
    log.write_bytes(whole.replace(b"With data", b"With date", 1))
    assert pack(log) == 1
    assert not Path("pack").exists()


def test_a_long_log_has_neither_pages_nor_proofs_of_its_own(log: Path) -> None:
    """They can be made of it; a pack has no thousands of files."""
    append(str(log), [encoded(contents()[1])] * 100)
    assert pack(log) == 0
    assert not any(name.startswith(("proofs", "pages")) for name in held())


def test_the_script_in_a_pack_is_the_one_in_the_examples() -> None:
    """It is kept where it can be installed from, and where a reader of the project finds it."""
    shipped = (ROOT / "templates" / "check_proof.py.j2").read_text("utf-8")
    assert shipped == (ROOT / "examples" / "check_proof.py").read_text("utf-8")
