"""`tunewise audit pack`: what an external auditor is sent answers every question, with and without Tunewise."""

import os
import re
import subprocess
import sys
from importlib.resources import files
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


def commands(record: int = 1, key: str = "") -> list[str]:
    """The commands that its README shows, for a record, by a key where the pack has none."""
    text = Path("pack/README.md").read_text("utf-8")
    digest = re.findall(rf"\| \[record-{record}\].* \| (\w+) \|", text)
    names = {
        "NUMBER": str(record),
        "DIGEST": "".join(digest),
        "OLDER": "decisions.jsonl.checkpoint",
        "KEY": key,
    }
    starts = ("tunewise ", "python ", "sha256sum ")
    found = [part for part in text.split("`") if part.startswith(starts)]
    return [re.sub(r"\b[A-Z]+\b", lambda m: names.get(m[0], m[0]), one) for one in found]


def done_in_the_pack(command: str) -> subprocess.CompletedProcess[str]:
    """A command that was run in the folder, nothing else at hand."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return subprocess.run(
        ["bash", "-c", command],
        cwd="pack",
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("keyed", [True, False])
def test_with_the_pack_alone_every_question_is_answered(log: Path, keyed: bool) -> None:
    """Each command of its README works in it, nothing else at hand; the pages say who approved and what it costs."""
    assert pack(log, *(["--key", "key.pub"] if keyed else [])) == 0
    key = log_key(log)
    log.unlink()
    tried = commands(key=key)
    assert len(tried) >= 8
    assert any("check_proof.py proofs/record-1.tlog-proof" in one for one in tried)
    assert any(one.endswith(" log.key") for one in tried) is keyed
    for command in tried:
        done = done_in_the_pack(command)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    page = Path("pack/pages/record-1.html").read_text("utf-8")
    assert "Approved by Ada Park (owner)" in page


def log_key(log: Path) -> str:
    """The path of the log's key, as its keeper would give it apart."""
    assert run(["audit", "pack", str(log), "-o", "elsewhere", "--key", "key.pub"]) == 0
    return "../elsewhere/log.key"


@pytest.mark.parametrize("keyed", [True, False])
def test_the_commands_of_a_pack_of_some_records_work_in_it(log: Path, keyed: bool) -> None:
    """What they warn of is the place in the log alone, which the README says is no fault."""
    (_, second, *_) = Log(log).entries()
    append(str(log), [encoded(human_content(second, "Bo Lind", "owner", "Fine."))])
    assert pack(log, "--record", "2", *(["--key", "key.pub"] if keyed else [])) == 0
    key = log_key(log)
    tried = commands(2, key)
    assert len(tried) >= 7
    assert not any("verify" in one for one in tried)
    for command in tried:
        done = done_in_the_pack(command)
        beside = done.returncode == 1 and "place in the chain" in done.stderr
        assert done.returncode == 0 or beside, (command, done.stdout, done.stderr)
    shown = done_in_the_pack("tunewise audit list decisions.jsonl")
    assert "approved, by Bo Lind" in shown.stdout
    assert (
        "or this is a part of a log"
        in done_in_the_pack("tunewise audit verify decisions.jsonl").stdout
    )


def test_its_readme_lists_what_it_holds(log: Path) -> None:
    """Number, case, what was recommended, who decided on it, and its page; whatever a name is."""
    (_, second, *_) = Log(log).entries()
    append(str(log), [encoded(human_content(second, "B | `o`", "owner", "Fine."))])
    assert pack(log) == 0
    text = Path("pack/README.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if "](pages/" in line]
    assert [int(row.split("|")[1]) for row in rows] == [1, 2, 3, 4]
    named = records(log)[0]
    assert named["case"]["name"] in rows[0]
    assert "Approved by Ada Park (owner), 20" in rows[0]
    assert "Approved by B \\| \\`o\\` (owner)" in rows[1]
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 7 for row in rows)
    pages = re.findall(r"\((pages/[^)]+)\)", "".join(rows))
    assert set(pages) == {name for name in held() if name.startswith("pages/")}


def test_every_file_is_in_its_sums(log: Path) -> None:
    """A changed page is found; the README says what that is worth, and what nothing else binds."""
    assert pack(log, "--key", "key.pub") == 0
    sums = Path("pack/SHA256SUMS").read_text("utf-8").splitlines()
    assert {one.split("  ")[1] for one in sums} == held() - {"SHA256SUMS"}
    text = Path("pack/README.md").read_text("utf-8")
    assert "unless you received `SHA256SUMS` another way" in text
    assert "Pages and `token_prices.json` are bound by nothing else" in text
    with Path("pack/pages/record-1.html").open("a") as page:
        page.write(" ")
    assert done_in_the_pack("sha256sum -c SHA256SUMS").returncode == 1


@pytest.mark.parametrize(
    ("more", "chosen", "said"),
    [
        (0, (), ""),
        (1, (), "line 6"),
        (3, (), "lines 6 to 8"),
        (3, ("6", "8"), "lines 6, 8"),
        (3, ("1", "7"), "line 7"),
        (3, ("1",), ""),
    ],
)
def test_lines_that_the_checkpoint_does_not_cover_are_named(
    log: Path, more: int, chosen: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the terminal and in the README, which names no proof that is not there."""
    append(str(log), [encoded(contents()[1])] * more)
    assert pack(log, *(word for one in chosen for word in ("--record", one))) == 0
    found, text = capsys.readouterr().err, Path("pack/README.md").read_text("utf-8")
    assert (f"unproven: {said}, which" in found) is bool(said)
    assert (f"**Unproven: {said} of the log.**" in text) is bool(said)
    assert ("nproven" in found + text) is bool(said)
    assert set(re.findall(r"proofs/record-\d+\.tlog-proof", text)) <= held()
    assert ("`proofs/`" in text) is any(one.startswith("proofs/") for one in held())


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
    assert lines(Path("pack/decisions.jsonl")) == [lines(log)[0], lines(log)[4]]
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
    assert run(["audit", "pack", str(log), "-o", "some", "--record", "2"]) == 0
    assert "No proof that they stood there is here" in Path("some/README.md").read_text()


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
    assert not {"pages/", "proofs/"} & set(Path("pack/README.md").read_text("utf-8").split("`"))


def test_the_script_in_a_pack_is_the_one_in_the_examples() -> None:
    """It is kept where it can be installed from, and where a reader of the project finds it."""
    shipped = files("tunewise.templates").joinpath("check_proof.py.j2").read_text("utf-8")
    assert shipped == (ROOT / "examples" / "check_proof.py").read_text("utf-8")
