"""README's transcript comes from a run, its commands exist, and its links lead somewhere."""

import doctest
import re
import shlex
from pathlib import Path

import pytest

from tunewise.commands.program import run

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
TRANSCRIPTS = re.findall(r"```console\n\$ tunewise (.*)\n((?:(?!```).*\n)+)```", README)


@pytest.mark.parametrize(("arguments", "shown"), TRANSCRIPTS)
def test_a_transcript_is_what_the_command_prints(
    arguments: str, shown: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each transcript stands in the command's output, line for line."""
    monkeypatch.chdir(ROOT)
    assert run(shlex.split(arguments)) == 0
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert "\n".join(line.rstrip() for line in shown.splitlines()) in "\n".join(printed)


def test_there_is_a_transcript() -> None:
    """README shows at least one run."""
    assert TRANSCRIPTS


@pytest.mark.parametrize(
    "arguments",
    sorted(set(re.findall(r"`tunewise ((?:rules|facts)[^`]*)`", README))),
)
def test_each_read_only_command_in_the_table_works(
    arguments: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The commands that README names run."""
    monkeypatch.chdir(ROOT)
    made = {name: str(tmp_path / name) for name in ("case.yaml", "DIR")}
    words = [made.get(word, word) for word in shlex.split(arguments)]
    if "diff" in words:
        assert run(["rules", "copy", made["DIR"]]) == 0
    assert run(words) == 0


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_each_link_leads_to_a_file(link: str) -> None:
    """Relative links point to files of the project."""
    assert (ROOT / link).is_file()


def test_the_python_shown_gives_what_is_shown() -> None:
    """The session in Python runs as it stands."""
    found = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert found.attempted == 4
    assert found.failed == 0
