"""`tunewise rules list, show and sources`: the rulebook in words, and where each part of it comes from."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from smallbook import CASES, TEXTS, book, write

from tunewise.authoring.sourcereports import (
    escape_cell,
    sources_csv,
    sources_markdown,
    sources_text,
)
from tunewise.authoring.traceability import Use, trace
from tunewise.commands.program import run

NASTY = "=cmd|' /C calc'!A0 <script>alert(1)</script> | a*b_c [x](y)\x1b[31m\nnext"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The small rulebook's folder."""
    return write(tmp_path / "rules")


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """The small rulebook's cases."""
    path = tmp_path / "cases.yaml"
    path.write_text(CASES, encoding="utf-8")
    return path


class Program:
    """Runs `tunewise rules` on one rulebook."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys

    def __call__(self, *arguments: object, status: int = 0) -> str:
        """What a command prints on stdout, on stderr where it is refused."""
        assert run(["rules", *map(str, arguments), "--rules", str(self.folder)]) == status
        out, err = self.capsys.readouterr()
        assert (err if status == 0 else out) == ""
        return out if status == 0 else err


@pytest.fixture
def rules(folder: Path, capsys: pytest.CaptureFixture[str]) -> Program:
    """`tunewise rules` on the small rulebook."""
    return Program(folder, capsys)


@pytest.fixture
def titled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Program:
    """`tunewise rules` on the small rulebook with a title here and there."""
    head = "title: What there is\nabout: >-\n  Whether there\n  is enough.\n"
    data = TEXTS["data.yaml"].replace("title: Data\n", head)
    data = data.replace("  forbidden:\n", "  forbidden:\n    title: Never\n")
    return Program(write(tmp_path / "titled", {**TEXTS, "data.yaml": data}), capsys)


def test_list_says_each_rule_on_a_line(rules: Program) -> None:
    """The list gives id, conclusion in words and sources under each file's name, in the order of ids, and counts."""
    assert rules("list") == (
        "data: Data\n"
        "  data.enough        moderate evidence for tuning (fine_tuning)  [DOC1]\n"
        "  data.forbidden     tuning is ruled out (fine_tuning)  [DOC3]\n"
        "\n"
        "need\n"
        "  need.gap           strong evidence for tuning (fine_tuning)  [DOC2, DOC1]\n"
        "  need.own_machines  weak evidence for own machines (self_hosted)  [DOC2]\n"
        "  need.shortfall     a shortfall is yes  [DOC2]\n"
        "  need.watch         show a pitfall (strong)  [DOC2]\n"
        "\n"
        "6 rules\n"
    )


def test_the_list_says_what_each_file_is_about(titled: Program) -> None:
    """Title and about of a file stand over its rules; a file of which no rule is listed is left out."""
    assert titled("list", "--fact", "examples", "--decision", "approach") == (
        "data: What there is\n"
        "  Whether there is enough.\n"
        "  data.enough  moderate evidence for tuning (fine_tuning)  [DOC1]\n"
        "\n"
        "1 rule\n"
    )


def test_each_entry_of_the_list_names_its_file(titled: Program, tmp_path: Path) -> None:
    """In JSON a rule tells its file and line, and bears its file's title where it has none of its own."""
    entries = {entry["rule"]: entry for entry in json.loads(titled("list", "--format", "json"))}
    assert entries["data.enough"]["title"] == "What there is"
    assert entries["data.forbidden"]["title"] == "Never"
    assert entries["need.gap"]["title"] == "need"
    assert entries["data.enough"]["file"] == f"{titled.folder}/data.yaml"
    assert entries["data.enough"]["line"] == 6


def test_show_tells_what_a_file_is_about(titled: Program) -> None:
    """A file's name shows title, about and its rules, in their order there; rules can follow."""
    assert titled("show", "data") == (
        "data: What there is\n"
        "  Whether there is enough.\n"
        "  data.enough     moderate evidence for tuning (fine_tuning)  [DOC1]\n"
        "  data.forbidden  tuning is ruled out (fine_tuning)  [DOC3]\n"
    )
    both = titled("show", "data", "need.gap")
    assert "\n\nneed.gap: need\n  Rule" in both


def test_show_in_json_tells_what_a_file_is_about(titled: Program) -> None:
    """A file is an object with the entries of its rules, a list where rules are asked for as well."""
    page = json.loads(titled("show", "data", "--format", "json"))
    assert (page["topic"], page["title"], page["about"]) == (
        "data",
        "What there is",
        "Whether there is enough.",
    )
    assert [rule["rule"] for rule in page["rules"]] == ["data.enough", "data.forbidden"]
    pages = json.loads(titled("show", "need.gap", "data", "--format", "json"))
    assert [page.get("topic", page.get("rule")) for page in pages] == ["data", "need.gap"]


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (["--decision", "approach"], ["data.enough", "data.forbidden", "need.gap"]),
        (["--decision", "falls_short"], ["need.shortfall"]),
        (["--source", "DOC1"], ["data.enough", "need.gap"]),
        (["--source", "PAPER"], []),
        (["--fact", "approach"], ["need.own_machines", "need.watch"]),
        (["--fact", "target"], ["need.shortfall"]),
        (["--decision", "approach", "--fact", "examples"], ["data.enough"]),
    ],
)
def test_filters_narrow_the_list(rules: Program, filters: list[str], ids: list[str]) -> None:
    """Filters select by what a rule concludes on, comes from and reads, and add up."""
    found = json.loads(rules("list", "--format", "json", *filters))
    assert [entry["rule"] for entry in found] == ids


@pytest.mark.parametrize(
    ("option", "name", "near"),
    [("--decision", "aproach", "approach"), ("--source", "DOC11", "DOC1"), ("--fact", "exampels", "examples")],
)  # fmt: skip
def test_an_unknown_filter_is_refused(rules: Program, option: str, name: str, near: str) -> None:
    """A filter that names nothing known is an error with the nearest name, not an empty list."""
    assert f"unknown {option[2:]} '{name}'; did you mean '{near}'?" in rules(
        "list", option, name, status=2
    )


def test_show_tells_all_of_a_rule(rules: Program, folder: Path, cases: Path) -> None:
    """A page holds sentence, reason, strength, sources with their words, dispute and cases."""
    assert rules("show", "data.enough", "--cases", cases) == (
        "data.enough: Data\n"
        "  Rule      If examples is at least 500 examples, then moderate evidence for tuning.\n"
        "  Reason    There are {examples}.\n"
        "  Strength  moderate (+2 points)\n"
        "  Checked   2026-11-22\n"
        f"  File      {folder}/data.yaml:3\n"
        "\n"
        "  Source    DOC1: A document (A house)\n"
        "            section: Data\n"
        "            says: Many examples help\n"
        "            note: How many is not said\n"
        "            link: https://example.org/doc\n"
        "\n"
        "  Disputed  PAPER.1: A paper\n"
        "            says: Retrieval is enough\n"
        "\n"
        "  Fires in  - Enough examples call for tuning\n"
        "  Nearly    - Without permission nothing is tuned\n"
    )


def test_show_without_cases_says_so(rules: Program) -> None:
    """Where no cases are given, none are claimed."""
    assert rules("show", "need.watch").endswith("  Cases     none given (--cases)\n")


def test_show_names_what_kind_of_conclusion_it_is(rules: Program) -> None:
    """A veto has no points, a derivation no strength, advice its weight."""
    text = rules("show", "data.forbidden", "need.shortfall", "need.watch")
    strengths = [line.split(maxsplit=1)[1] for line in text.splitlines() if "Strength" in line]
    assert strengths == ["a veto, whatever the score", "none: it settles a fact", "strong"]


def test_show_in_json_holds_the_same(rules: Program, cases: Path) -> None:
    """One rule is an object, several are a list; conclusions are as in decisions' JSON."""
    page = json.loads(rules("show", "data.enough", "--format", "json", "--cases", cases))
    assert page["conclusion"] == {
        "support": {"approach": ["fine_tuning"]},
        "strength": "moderate",
        "points": 2,
    }
    assert page["sources"][0]["says"] == "Many examples help"
    assert page["cases"]["fired"] == ["Enough examples call for tuning"]
    pages = json.loads(rules("show", "need.gap", "data.enough", "need.gap", "--format", "json"))
    assert [p["rule"] for p in pages] == ["need.gap", "data.enough"]
    assert pages[0]["cases"] is None


def test_show_refuses_unknown_rules_all_at_once(rules: Program) -> None:
    """Each unknown id is a line with the nearest id."""
    assert rules("show", "data.enuf", "need.gap", "need.gapp", status=2) == (
        "tunewise: unknown rule 'data.enuf'; did you mean 'data.enough'?\n"
        "tunewise: unknown rule 'need.gapp'; did you mean 'need.gap'?\n"
    )


def test_a_rule_disputed_by_a_rule_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rule may be disputed by another rule, which then speaks for itself."""
    texts = {**TEXTS, "data.yaml": TEXTS["data.yaml"].replace("[PAPER.1]", "[data.forbidden]")}
    page = Program(write(tmp_path, texts), capsys)("show", "data.enough")
    assert "  Disputed  rule data.forbidden: Nothing may be trained on.\n" in page


def test_sources_say_what_uses_each_item(rules: Program, cases: Path) -> None:
    """Each item stands on a line with its uses, or with the reason for having none."""
    assert rules("sources", "--cases", cases) == (
        "DOC1     rule data.enough, rule need.gap, case Enough examples call for tuning\n"
        "DOC2     rule need.gap, rule need.own_machines, rule need.shortfall, rule need.watch\n"
        "DOC3     rule data.forbidden, question may_train\n"
        "DOC4     not encoded: Nothing to test\n"
        "PAPER.1  dispute data.enough\n"
        "5 items: 4 used, 1 not encoded, 0 unused\n"
    )


def test_sources_by_rule_say_what_each_rests_on(rules: Program) -> None:
    """The matrix the other way round: each rule with its items."""
    assert rules("sources", "--by", "rule").splitlines()[:3] == [
        "data.enough        DOC1; disputed by PAPER.1",
        "data.forbidden     DOC3",
        "need.gap           DOC2, DOC1",
    ]


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--document", "PAPER"], ["PAPER.1"]),
        (["--rule", "need.gap"], ["DOC2", "DOC1"]),
        (["--rule", "need.gap", "--document", "PAPER"], []),
        (["--by", "rule", "--rule", "need.gap"], ["need.gap"]),
        (["--by", "rule", "--document", "PAPER"], []),
    ],
)
def test_the_matrix_can_be_narrowed(rules: Program, arguments: list[str], names: list[str]) -> None:
    """A document or a rule narrows the matrix, in either direction."""
    rows = json.loads(rules("sources", "--format", "json", *arguments))
    assert [row.get("item", row.get("rule")) for row in rows] == names


@pytest.mark.parametrize(
    ("option", "name", "near"), [("--document", "DOK", "DOC"), ("--rule", "need.gpa", "need.gap")]
)
def test_an_unknown_part_of_the_matrix_is_refused(
    rules: Program, option: str, name: str, near: str
) -> None:
    """A document or rule that is not there is an error with the nearest name."""
    assert f"did you mean '{near}'?" in rules("sources", option, name, status=2)


def test_the_matrix_reads_back_as_csv(rules: Program, tmp_path: Path) -> None:
    """The CSV holds a row an item under a header, in a file as on the terminal."""
    target = tmp_path / "matrix.csv"
    printed = rules("sources", "--format", "csv")
    assert rules("sources", "--format", "csv", "-o", target) == ""
    assert target.read_text(encoding="utf-8") == printed
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert [(row["item"], row["status"]) for row in rows] == [
        ("DOC1", "used"),
        ("DOC2", "used"),
        ("DOC3", "used"),
        ("DOC4", "not_encoded"),
        ("PAPER.1", "used"),
    ]


@pytest.mark.parametrize(
    ("text", "cell"),
    [("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), (" =1", "' =1"), ("a=1", "a=1"),
     ("\t=1", "\\t=1"), ("\r=1", "\\r=1"), ("", ""), ("'=1", "'=1"), ("|x", "|x")],
)  # fmt: skip
def test_no_cell_is_a_formula(text: str, cell: str) -> None:
    """What a spreadsheet would run is quoted; everything else stays as it is."""
    assert escape_cell(text) == cell


def test_nasty_texts_are_harmless_in_every_format() -> None:
    """Markup, formulas, escapes and line ends in a source stay text wherever they are written."""
    row = {"item": "DOC1", "used_by": [NASTY], "not_encoded": NASTY, "says": NASTY}
    text, markdown, cells = sources_text([row]), sources_markdown([row]), sources_csv([row])
    assert all(out.replace("\n", "").isprintable() for out in (text, markdown, cells))
    assert text.count("\n") == 1
    assert "<script>" not in markdown
    assert markdown.splitlines()[2].replace(r"\|", "").count("|") == 5
    assert next(csv.DictReader(io.StringIO(cells)))["says"].startswith("'=cmd")


def test_an_empty_matrix_is_empty() -> None:
    """Nothing selected makes no row in any format."""
    assert (sources_text([]), sources_markdown([]), sources_csv([])) == ("", "", "")


def test_uses_are_named_once() -> None:
    """A rule that cites an item twice uses it once; an option's source counts as well."""
    rulebook = book(
        ("data.yaml", "[DOC1]", "[DOC1, DOC1]"),
        ("decisions.yaml", "{label: own machines}", "{label: own machines, sources: [DOC4]}"),
    )
    traces = trace(rulebook)
    assert traces["DOC1"].uses == (Use("rule", "data.enough"), Use("rule", "need.gap"))
    assert traces["DOC4"].uses == (Use("option", "hosting self_hosted"),)


def test_texts_of_a_foreign_rulebook_are_harmless(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Labels, reasons and sources with escapes neither move the cursor nor make new lines."""
    nasty = r'"\e[2Jx\u2028y\a"'
    texts = {
        **TEXTS,
        "decisions.yaml": TEXTS["decisions.yaml"].replace("{label: tuning}", f"{{label: {nasty}}}"),
        "sources.yaml": TEXTS["sources.yaml"].replace("Many examples help", nasty),
        "data.yaml": TEXTS["data.yaml"].replace('"There are {examples}."', nasty),
    }
    program = Program(write(tmp_path, texts), capsys)
    for arguments in (["list"], ["show", "data.enough"], ["sources"], ["check"]):
        assert program(*arguments).replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "arguments", [["list", "x"], ["show"], ["sources", "--format", "xml"], ["chek"]]
)
def test_wrong_usage_is_refused(rules: Program, arguments: list[str]) -> None:
    """Wrong usage is one line on stderr and a status of 2."""
    assert rules(*arguments, status=2).count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["rules"]])
def test_without_a_command_the_help_is_shown(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A group without a command prints its help as help, on stderr, with a status of 2."""
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Usage: tunewise")
    assert "\nCommands:\n" in err


def test_the_program_runs_as_a_module() -> None:
    """`python -m tunewise rules list` prints the shipped rulebook."""
    done = subprocess.run(
        [sys.executable, "-m", "tunewise", "rules", "list"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines()[-1].endswith(" rules")
    assert done.stderr == ""
