"""`tunewise facts`: the vocabulary in words, and empty cases to fill in."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from smallbook import TEXTS, book, write

from tunewise.authoring.vocabularyreports import case_template, inventory_template_csv
from tunewise.cases.case import parse_case, read_case
from tunewise.commands.program import run
from tunewise.loading.assembly import load
from tunewise.reading import parse_yaml


class Program:
    """Runs `tunewise facts` on one rulebook."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys

    def __call__(self, *arguments: object, status: int = 0) -> str:
        """What the command prints on stdout, on stderr where it is refused."""
        assert run(["facts", *map(str, arguments), "--rules", str(self.folder)]) == status
        out, err = self.capsys.readouterr()
        assert (err if status == 0 else out) == ""
        return out if status == 0 else err


@pytest.fixture
def facts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Program:
    """`tunewise facts` on the small rulebook."""
    return Program(write(tmp_path / "rules"), capsys)


def test_the_list_has_a_line_a_fact(facts: Program) -> None:
    """Facts stand under their group, with type and allowed values in columns."""
    assert facts() == (
        "The task\n"
        "  stage       choice   exploration, pilot, production\n"
        "  examples    integer  a whole number from 0 to 1,000,000 (examples)\n"
        "  accuracy    share    a share from 0 to 1\n"
        "  target      share    a share from 0 to 1\n"
        "  gaps        set      any of style, format\n"
        "  may_train   boolean  yes, no\n"
        "  base_model  text     text\n"
    )


def test_all_adds_what_is_worked_out(facts: Program) -> None:
    """--all lists derived facts and decisions, apart from what may be given."""
    assert facts("--all").endswith(
        "Derived by rules\n"
        "  falls_short  boolean  yes, no\n"
        "\n"
        "Decided\n"
        "  approach     choice   prompting, fine_tuning\n"
        "  hosting      choice   public_api, self_hosted\n"
    )


def test_a_fact_has_a_page(facts: Program) -> None:
    """A page says question, type, values, condition, aliases, sources and readers."""
    assert facts("target", "stage", "may_train") == (
        "target: target\n"
        "  Question     How good must it be?\n"
        "  Asked when   stage is at least a pilot\n"
        "  Type         share\n"
        "  Value        a share from 0 to 1, or unknown\n"
        "  Origin       given\n"
        "  Read by      need.shortfall\n"
        "\n"
        "stage: stage\n"
        "  Question     How far?\n"
        "  Type         choice, in this order\n"
        "  Values       exploration: exploration\n"
        "               pilot: a pilot\n"
        "               production: production\n"
        "  Origin       given\n"
        "  Read by      need.gap\n"
        "\n"
        "may_train: permission to train\n"
        "  Question     May it?\n"
        "  Type         boolean\n"
        "  Value        yes, no, or unknown\n"
        "  Origin       given\n"
        "  Sources      DOC3\n"
        "  Read by      data.forbidden\n"
    )


def test_json_holds_the_same(facts: Program) -> None:
    """One fact is an object with its bounds and values, all facts are a list."""
    page = json.loads(facts("examples", "--format", "json"))
    assert (page["type"], page["minimum"], page["maximum"]) == ("integer", 0, 1_000_000)
    assert page["aliases"] == ["training data"]
    listed = json.loads(facts("--format", "json"))
    assert [entry["fact"] for entry in listed] == list(book().facts.given)
    assert listed[0]["values"] == {
        "exploration": "exploration",
        "pilot": "a pilot",
        "production": "production",
    }
    assert listed[0]["means"] == {}


def test_unknown_facts_are_refused_all_at_once(facts: Program) -> None:
    """Each unknown fact is a line with the nearest, by id or by another name for it."""
    assert facts("stag", "examples", "training dta", status=2) == (
        "tunewise: unknown fact 'stag'; did you mean 'stage'?\n"
        "tunewise: unknown fact 'training dta'; did you mean 'examples'?\n"
    )


@pytest.mark.parametrize("rulebook", [None, "small"])
def test_the_yaml_template_is_an_empty_case(rulebook: str | None) -> None:
    """The template names every fact that may be given, all unknown, and reads back as it is."""
    loaded = book() if rulebook else load()
    template = case_template(loaded)
    case = parse_case(parse_yaml(template, "template.yaml"), loaded.facts)
    assert case.facts == {}
    named = re.findall(r"^  ([a-z_]+):$", template, re.MULTILINE)
    assert sorted(named) == sorted(loaded.facts.given)
    for fact in loaded.facts.given:
        assert loaded.facts[fact].question.split()[0] in template


def test_a_filled_template_is_a_case(facts: Program, tmp_path: Path) -> None:
    """Values may be written behind the names; what stays empty stays unknown."""
    target = tmp_path / "case.yaml"
    assert facts("--template", "yaml", "-o", target) == ""
    filled = target.read_text(encoding="utf-8").replace("  gaps:\n", "  gaps: [style]\n")
    target.write_text(filled.replace("  may_train:\n", "  may_train: no\n"), encoding="utf-8")
    assert read_case(target, book().facts).facts == {"gaps": ("style",), "may_train": False}


def test_the_template_of_a_hostile_vocabulary_stays_a_template() -> None:
    """Questions with line ends and escapes stay comments, whatever they hold."""
    nasty = r'"How?\nname: x\u2028facts: {}\e[31m #"'
    loaded = book(("facts.yaml", "question: How far?", f"question: {nasty}"))
    template = case_template(loaded)
    assert template.replace("\n", "").isprintable()
    assert parse_case(parse_yaml(template, "x.yaml"), loaded.facts).name == "My use case"


def test_the_csv_template_is_a_header(facts: Program) -> None:
    """The inventory template has one row: the case's columns, then every fact that may be given."""
    (row,) = csv.reader(io.StringIO(facts("--template", "csv")))
    assert row == ["name", "id", "description", "owner", "tags", *book().facts.given]
    assert inventory_template_csv(load()).count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [["--template", "toml"], ["--template", "yaml", "stage"], ["--template", "csv", "--all"],
     ["--format", "xml"]],
)  # fmt: skip
def test_wrong_usage_is_refused(facts: Program, arguments: list[str]) -> None:
    """Wrong usage is one line on stderr and a status of 2."""
    assert facts(*arguments, status=2).count("\n") == 1


def test_a_file_that_cannot_be_written_is_refused(facts: Program, tmp_path: Path) -> None:
    """An output path that is not there is one line, and nothing is left behind."""
    assert "cannot be written" in facts("-o", tmp_path / "missing" / "x.txt", status=2)


def test_a_vocabulary_without_given_facts_is_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rulebook that asks nothing lists nothing, and its template is still a case."""
    texts = {
        "facts.yaml": "groups: {}\nfacts: {}\n",
        "need.yaml": "rules: {}\n",
        "rulebook.yaml": TEXTS["rulebook.yaml"],
        "decisions.yaml": TEXTS["decisions.yaml"],
        "sources.yaml": "documents: {}\nitems: {}\n",
    }
    program = Program(write(tmp_path, texts), capsys)
    assert program() == ""
    assert parse_yaml(program("--template", "yaml"), "x").data["facts"] is None
