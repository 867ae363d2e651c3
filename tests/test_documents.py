"""What the documents tell people to run works, and prints what they show."""

import csv
import doctest
import re
import shutil
from importlib.resources import files
from pathlib import Path

import click
import pytest
import yaml
from transcripts import (
    DOCUMENTS,
    ELSEWHERE,
    ROOT,
    blocks,
    commands,
    elsewhere,
    mentioned,
    prepared,
    printed,
    ran,
    settled,
    spans,
)

from tunewise.commands.program import app
from tunewise.inventories.sheets import write_xlsx
from tunewise.loading.assembly import load


def named(document: Path) -> str:
    """A document's name among the others."""
    return str(document.relative_to(ROOT))


README = ROOT / "README.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
MAKEFILE = ROOT / "Makefile"
CI = (ROOT / ".ci" / "run").read_text("utf-8")

FAILING = "tunewise batch inventory.xlsx"
"""It ends with 1, since some rows of the example have mistakes."""

WITH_TRANSCRIPTS = [document for document in DOCUMENTS if blocks(document)]
MENTIONED = sorted({command for document in DOCUMENTS for command in mentioned(document)})
ALL = {*MENTIONED, *(c for document in DOCUMENTS for b in blocks(document) for c in commands(b))}
LINKS = sorted(
    {
        (named(document), link)
        for document in DOCUMENTS
        for link in re.findall(r"\]\(([^)#:]+)\)", document.read_text("utf-8"))
    }
)


@pytest.mark.parametrize("document", WITH_TRANSCRIPTS, ids=named)
def test_every_transcript_is_what_the_commands_print(document: Path, tmp_path: Path) -> None:
    """Each block of commands prints, one after another, what stands below them."""
    folder = prepared(tmp_path)
    for block in blocks(document):
        assert settled(printed(block, folder)) == settled(block)


@pytest.mark.parametrize("command", [each for each in MENTIONED if not elsewhere(each)])
def test_every_command_in_a_sentence_works(command: str, tmp_path: Path) -> None:
    """It ends as it should; one that is merely named, without what it needs, has its help."""
    furnish(prepared(tmp_path), command)
    command = command.replace("CASE", "case.yaml").replace("FACT", "training_examples")
    done = ran(command, tmp_path)
    if done.returncode == 2 and re.fullmatch(r"tunewise( [a-z]+)*", command):
        done = ran(f"{command} --help", tmp_path)
    assert done.returncode == (1 if command.startswith(FAILING) else 0), done.stdout


def furnish(folder: Path, command: str) -> None:
    """Put what a command names where it looks for it."""
    examples = folder / "examples"
    shutil.copytree(examples, folder, dirs_exist_ok=True)
    shutil.copy(examples / "legal_clauses.yaml", folder / "case.yaml")
    if "inventory.xlsx" in command:
        with (examples / "inventory.csv").open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        even = [(row + [""] * len(header))[: len(header)] for row in rows]
        write_xlsx(folder / "inventory.xlsx", dict.fromkeys(header, str), even)
    if "diff DIR" in command:
        assert ran("tunewise rules copy DIR", folder).returncode == 0


@pytest.mark.parametrize("start", ELSEWHERE)
def test_what_is_run_elsewhere_is_still_in_a_document(start: str) -> None:
    """The list of exceptions holds none that is no longer needed."""
    assert any(command.startswith(start) for command in ALL)


def test_ci_runs_every_target_of_the_makefile() -> None:
    """And every target that a document names is one of them, or is tested in a folder of its own."""
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE.read_text("utf-8"), re.MULTILINE))
    run = {word for line in re.findall(r"^make (.*)", CI, re.MULTILINE) for word in line.split()}
    parts = {"lint", "types", "knowledge", "wheel-test"}  # of `make check`
    assert targets - run - parts == {"clean"}
    assert {command.split()[1] for command in ALL if command.startswith("make ")} <= targets


@pytest.mark.parametrize("command", [each for each in sorted(ALL) if "benchmarks/" in each])
def test_the_makefile_runs_every_benchmark(command: str) -> None:
    """So CI does, since it runs the Makefile."""
    assert command.split()[1] in MAKEFILE.read_text("utf-8")


@pytest.mark.parametrize(
    "start", [start for start, why in ELSEWHERE.items() if ".ci/run does" in why]
)
def test_ci_runs_what_is_said_to_be_run_there(start: str) -> None:
    """Word for word."""
    assert re.search(rf"^\s*{re.escape(start)}", CI, re.MULTILINE)


@pytest.mark.parametrize(("document", "link"), LINKS)
def test_each_link_leads_to_a_file(document: str, link: str) -> None:
    """Relative links point to files of the project."""
    assert ((ROOT / document).parent / link).is_file()


def test_the_python_shown_gives_what_is_shown() -> None:
    """The session in Python runs as it stands."""
    found = doctest.testfile(str(README), module_relative=False)
    assert found.attempted == 4
    assert found.failed == 0


def test_the_rule_shown_is_one_of_the_rulebook() -> None:
    """The example of a rule, and of its case, stand in the rulebook and among its cases."""
    rule, case = re.findall(r"```yaml\n(.*?)```", CONTRIBUTING.read_text("utf-8"), re.DOTALL)
    rules = yaml.safe_load((files("tunewise.rules") / "load.yaml").read_text("utf-8"))["rules"]
    cases = yaml.safe_load((ROOT / "tests" / "cases" / "rules.yaml").read_text("utf-8"))["cases"]
    assert yaml.safe_load(rule).items() <= rules.items()
    assert yaml.safe_load(case)[0] in cases


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_option_that_a_document_names_exists(document: Path) -> None:
    """Of a command of the program, or of a benchmark."""
    written = {word for span in spans(document) for word in re.findall(r"(?<!\S)--[a-z-]+", span)}
    benchmarks = "".join(path.read_text("utf-8") for path in (ROOT / "benchmarks").glob("*.py"))
    assert {name for name in written - options(app) if f'"{name}"' not in benchmarks} == set()


def options(command: click.Command) -> set[str]:
    """The options of a command and of all commands under it."""
    context = click.Context(command)
    found = {
        name for each in command.get_params(context) for name in (*each.opts, *each.secondary_opts)
    }
    if isinstance(command, click.Group):
        under = (command.get_command(context, name) for name in command.list_commands(context))
        found.update(*map(options, filter(None, under)))
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_file_of_the_program_in_a_sentence_is_there(document: Path) -> None:
    """By its path, or the end of it, in the package or beside it."""
    packages = (Path(str(files(name))) for name in ("tunewise", "tunewise.templates"))
    roots = (ROOT / "tests", ROOT / "benchmarks", ROOT / "examples", *packages)
    there = {path.as_posix() for root in roots for path in root.rglob("*.*")}
    ends = {name for span in spans(document) for name in re.findall(r"^[\w./-]+\.(?:py|j2)$", span)}
    ends = {name.removeprefix("engine/") for name in ends}
    assert [end for end in ends if not any(path.endswith(f"/{end}") for path in there)] == []


def test_the_readme_counts_the_sources_to_the_nearest_ten() -> None:
    """The guides that everything began with, and what else was published."""
    kinds = [document.kind for document in load().documents.values()]
    others = len(kinds) - kinds.count("document") - kinds.count("judgement")
    assert kinds.count("document") == 5
    assert f"five guides and\nsome {round(others, -1)} published sources" in README.read_text(
        "utf-8"
    )
