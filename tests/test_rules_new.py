"""`tunewise rules new`: a rule and two cases that load, run, and are complained about until they are written."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from smallbook import CASES, TEXTS, write

from tunewise.authoring.insertion import inserted
from tunewise.commands.program import run
from tunewise.loading.assembly import load
from tunewise.reading import read
from tunewise.schemas.build import schemas


class Checkout:
    """A folder with a rulebook and its cases, and `tunewise` run in it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys

    def __call__(self, *arguments: str, status: int = 0) -> str:
        """What a command prints on stdout, on stderr where it is refused."""
        assert run(["rules", *arguments]) == status
        out, err = self.capsys.readouterr()
        return err if status == 2 else out

    def files(self) -> dict[str, str]:
        """The text of every file, by its path."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes().decode()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }


@pytest.fixture
def checkout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Checkout:
    """The small rulebook with its cases, as the current folder."""
    write(tmp_path / "rules")
    write(tmp_path / "tests" / "cases", {"data.yaml": CASES})
    monkeypatch.chdir(tmp_path)
    return Checkout(tmp_path, capsys)


def added(before: str, after: str) -> list[str]:
    """The lines that stand in the text after and not before; those before are all still there, in order."""
    rest = iter(before.splitlines(keepends=True))
    line, new = next(rest, None), []
    for one in after.splitlines(keepends=True):
        if one == line:
            line = next(rest, None)
        else:
            new.append(one)
    assert line is None, "a line was changed"
    return new


def test_a_new_rule_stands_at_the_end_of_its_file(checkout: Checkout) -> None:
    """Rule and cases are added below the others, and no other line is touched."""
    before = checkout.files()
    said = checkout("new", "data.fresh")
    after = checkout.files()
    assert sorted(before) == sorted(after)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"rules/data.yaml", "tests/cases/data.yaml"}
    rule = added(before["rules/data.yaml"], after["rules/data.yaml"])
    assert rule[0] == "  fresh:\n"
    assert re.fullmatch(r"    checked: \d{4}-\d\d-\d\d\n", rule[-1])
    cases = added(before["tests/cases/data.yaml"], after["tests/cases/data.yaml"])
    assert [line.split(":")[0].strip() for line in cases] == ["- name", "facts", "expect"] * 2
    assert said.splitlines()[:2] == [
        "rules/data.yaml:16: rule data.fresh",
        "tests/cases/data.yaml:9: its two cases",
    ]
    assert "tunewise rules check --rules rules --cases tests/cases\n" in said


def test_a_new_rule_loads_and_its_cases_pass(checkout: Checkout) -> None:
    """What is scaffolded is valid: the rulebook loads, the one case fires the rule, the other does not."""
    checkout("new", "data.fresh")
    assert load("rules").rules["data.fresh"].line == 16
    out = checkout("test", "tests/cases", "--rules", "rules")
    assert "(fires data.fresh)" in out
    assert "(does not fire data.fresh)" in out
    assert "4 passed, 0 failed\n" in out


def test_a_new_rule_meets_the_schemas(checkout: Checkout) -> None:
    """Editors have nothing to mark in what is scaffolded."""
    checkout("new", "fresh.one")
    made = schemas(load("rules"))
    for name, path in (("rules", "rules/fresh.yaml"), ("cases", "tests/cases/fresh.yaml")):
        assert Draft202012Validator(made[name]).is_valid(read(checkout.folder / path).data)


def test_the_check_complains_until_it_is_written(checkout: Checkout) -> None:
    """Rule and cases are errors until they have a source and sentences of their own."""
    checkout("new", "data.fresh")
    arguments = ("check", "--rules", "rules", "--cases", "tests/cases")
    out = checkout(*arguments, status=1)
    assert re.findall(r"error\[([a-z-]*)\]: (rule [a-z.]*|case)", out) == [
        ("rule-without-source", "rule data.fresh"),
        ("unwritten", "rule data.fresh"),
        ("unwritten", "case"),
        ("unwritten", "case"),
    ]
    for path in (Path("rules/data.yaml"), Path("tests/cases/data.yaml")):
        text = re.sub(r'"TODO: ([^"]*)"', r'"So \1"', path.read_text(encoding="utf-8"))
        path.write_text(text.replace("sources: []", "sources: [DOC1]"), encoding="utf-8")
    assert "error" not in checkout(*arguments)


def test_new_files_begin_with_their_schemas(checkout: Checkout) -> None:
    """A file that is not there yet is made, with the line by which editors find its schema."""
    checkout("new", "own_words.first")
    checkout("new", "own_words.second")
    files = checkout.files()
    rules = files["rules/own_words.yaml"].splitlines()
    assert rules[:4] == [
        "# yaml-language-server: $schema=schemas/rules.schema.json",
        "title: Own words",
        "rules:",
        "  first:",
    ]
    cases = files["tests/cases/own_words.yaml"].splitlines()
    assert cases[:2] == [
        "# yaml-language-server: $schema=../../rules/schemas/cases.schema.json",
        "cases:",
    ]
    found = load("rules").rules
    assert [id for id in found if id.startswith("own")] == ["own_words.first", "own_words.second"]


def test_folders_can_be_chosen(checkout: Checkout, tmp_path: Path) -> None:
    """--rules and --cases say where to add; a folder of cases that is not there is made."""
    write(tmp_path / "other rules")
    before = checkout.files()
    said = checkout("new", "data.fresh", "--rules", "other rules", "--cases", "new/cases")
    after = checkout.files()
    assert {name for name in after if before.get(name) != after[name]} == {
        "other rules/data.yaml",
        "new/cases/data.yaml",
    }
    assert "tunewise rules test new/cases --rules 'other rules'\n" in said
    assert "/../other rules/schemas/" in after["new/cases/data.yaml"].splitlines()[0]


@pytest.mark.parametrize(
    ("id", "message"),
    [
        ("data.enough", "stands in rules/data.yaml:3 already"),
        ("enough", "expected FILE.NAME"),
        ("data.", "expected FILE.NAME"),
        (".enough", "expected FILE.NAME"),
        ("../data.x", "expected FILE.NAME"),
        ("data.é", "expected FILE.NAME"),
        ("data.a b", "expected FILE.NAME"),
        ("data.x\n", "expected FILE.NAME"),
        ("a/b.x", "expected FILE.NAME"),
        ("", "expected FILE.NAME"),
        ("facts.x", "'facts.yaml' holds no rules"),
        ("rulebook.x", "'rulebook.yaml' holds no rules"),
    ],
)
def test_a_bad_id_is_refused(checkout: Checkout, id: str, message: str) -> None:
    """An id that is taken or none is one line on stderr, and nothing is written."""
    before = checkout.files()
    err = checkout("new", id, status=2)
    assert message in err
    assert err.count("\n") == 1
    assert checkout.files() == before


# a rule file, and a case file, that cannot be added to
CLOSED = {
    "rules/data.yaml": TEXTS["data.yaml"].split("rules:")[0] + "rules: {}\n",
    "tests/cases/data.yaml": "cases: [{name: x, facts: {}, expect: {approach: prompting}}]\n",
}


@pytest.mark.parametrize("name", CLOSED)
def test_a_file_in_braces_is_left_to_its_author(checkout: Checkout, name: str) -> None:
    """Where entries do not stand one below the other, neither file is written."""
    (checkout.folder / name).write_text(CLOSED[name], encoding="utf-8")
    if name.startswith("rules"):
        (checkout.folder / "tests/cases/data.yaml").unlink()
    before = checkout.files()
    assert f"{name}: '" in checkout("new", "data.fresh", status=2)
    assert checkout.files() == before


def test_cases_that_do_not_load_stop_it(checkout: Checkout) -> None:
    """Mistakes in the case file are named, and nothing is written."""
    path = checkout.folder / "tests/cases/data.yaml"
    path.write_text(CASES.replace("{examples: 500}", "{exampels: 500}"), encoding="utf-8")
    before = checkout.files()
    assert "did you mean 'examples'" in checkout("new", "data.fresh", status=2)
    assert checkout.files() == before


def test_a_failed_write_leaves_nothing_behind(checkout: Checkout) -> None:
    """Where the cases cannot be written, the rule is taken back."""
    before = checkout.files()
    (checkout.folder / "tests/cases/fresh.yaml").mkdir()
    assert checkout("new", "fresh.one", status=2)
    assert checkout("new", "data.one", "--cases", "rules/data.yaml", status=2)
    assert checkout.files() == before


def test_without_a_rulebook_it_says_where_one_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The shipped rulebook is never written to: a folder is named, or stands here."""
    monkeypatch.chdir(tmp_path)
    assert "give --rules DIR" in Checkout(tmp_path, capsys)("new", "data.fresh", status=2)


@pytest.mark.parametrize("kind", ["choice", "set", "boolean", "integer", "share", "text"])
def test_the_case_states_a_value_of_any_kind(checkout: Checkout, kind: str) -> None:
    """Whichever fact comes first, the scaffolded case has a value of it that fires the rule."""
    values = "    values: {'no': n, 'a, b': c}\n" if kind in ("choice", "set") else ""
    first = f"  first:\n    type: {kind}\n    group: task\n    label: first\n    question: Which?\n{values}"
    path = checkout.folder / "rules/facts.yaml"
    path.write_text(
        TEXTS["facts.yaml"].replace("facts:\n", f"facts:\n{first}", 1), encoding="utf-8"
    )
    checkout("new", "data.fresh")
    assert "4 passed, 0 failed\n" in checkout("test", "tests/cases", "--rules", "rules")


# a text, the key under which lines are added, and the text that comes out
INSERTED: Mapping[str, tuple[str, str, str | None]] = {
    "at the end": ("k:\n  a: 1\n", "k", "k:\n  a: 1\n  new\n"),
    "without a last line end": ("k:\n  a: 1", "k", "k:\n  a: 1\n  new\n"),
    "indented otherwise": ("k:\n    a: 1\n", "k", "k:\n    a: 1\n    new\n"),
    "a list that is not indented": ("k:\n- a\n", "k", "k:\n- a\nnew\n"),
    "before the next key": ("k:\n  a: 1\n\n# of l\nl: 2\n", "k", "k:\n  a: 1\n  new\n\n# of l\nl: 2\n"),
    "line ends of another system": ("k:\r\n  a: 1\r\n", "k", "k:\r\n  a: 1\r\n  new\r\n"),
    "under a key without a value": ("k:\n", "k", "k:\n  new\n"),
    "not in braces": ("k: {a: 1}\n", "k", None),
    "not in brackets over lines": ("k: []\n", "k", None),
    "not without the key": ("l: 1\n", "k", None),
}  # fmt: skip


@pytest.mark.parametrize("name", INSERTED)
def test_lines_are_inserted_where_they_belong(name: str) -> None:
    """A line is added after the last entry under the key, indented as they are."""
    text, key, expected = INSERTED[name]
    found = inserted(text, "x.yaml", key, ["new"])
    assert (found and found.text) == expected
    if found:
        assert found.text.splitlines()[found.line - 1].strip() == "new"
