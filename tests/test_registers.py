"""Registers as they really are: a mapping file, its proposal, and what stands in published tables."""

import csv
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from inventories import FACTS, mapped, opened, read, written

from tunewise.commands.program import run
from tunewise.costs.modelnames import named_model
from tunewise.errors import UserError
from tunewise.inventories.mapping import option_columns, read_mapping

REGISTER = """AI register of the Harbour Office;;;;
;;;;
Use Case Name;Ref;Stage of Development;Calls per day;Status
Mail sorter;H-1;b) Pilot phase;1,5;open
Crane forecast;H-2;Not started;200;closed
Old bot;H-3;Retired in 2024;7;closed
Total;;;208,5;
Source: internal survey;;;;
"""
MAPPING = """
header_row: 3
encoding: cp1252
columns:
  use case name: name
  Ref: id
  Stage of Development: stage
  Calls per day: requests_per_month per day
  Status: ignore
values:
  stage: {"*pilot*": pilot, Not started: exploration, "*Retired*": skip}
constants: {organisation: enterprise, owner: Harbour Office}
skip_rows: {Use Case Name: [Total, "Source:*"]}
"""


def test_a_mapping_file_says_how_a_register_is_read(tmp_path: Path) -> None:
    """Header row, columns with units, words with patterns, constants, rows that are no cases."""
    path = written(tmp_path, "x.csv", REGISTER)
    said = read_mapping(written(tmp_path, "m.yaml", MAPPING))
    found = read(path, register=said)
    (chunk,) = found.chunks
    assert (found.names, chunk.ids, found.rejects, chunk.skipped) == (
        ["Mail sorter", "Crane forecast"], ("H-1", "H-2"), [], 3
    )  # fmt: skip
    assert chunk.owners == ("Harbour Office",) * 2
    assert found.facts[0] == {
        "stage": "pilot",
        "organisation": "enterprise",
        "requests_per_month": 45.625,
    }
    assert [column.name for column in found.inventory.header.of("ignored")] == ["Status"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("colums: {}", "m.yaml:1: colums: unknown key 'colums'; did you mean 'columns'?"),
        ("\nheader_row: 0", "m.yaml:2: header_row:"),
        ("columns:\n  Nmae: name", "m.yaml:2: columns.Nmae: there is no column 'Nmae'; did you mean 'Name'?"),
        ("columns:\n  Name: nmae", "m.yaml:2: columns.Name: unknown fact 'nmae'"),
        ("columns: {Calls: requests_per_month per dya}", "unknown period 'dya'; did you mean 'day'?"),
        ("columns: {Calls: target_latency_ms in h}", "unknown unit 'h'"),
        ("columns: {Calls: target_latency_ms per day}", "'target_latency_ms' is not a month's"),
        ("columns: {Calls: stage in s}", "'stage' has no unit"),
        ("columns: {Calls: requests_per_month times nought}", "expected a number such as 1.08, found 'nought'"),
        ("columns: {Calls: extra}\nvalues:\n  stgae: {}", "m.yaml:3: values.stgae: there is no column 'stgae'"),
        ("columns: {Calls: extra}\nvalues:\n  stage: {X: pilto}", "m.yaml:3: values.stage.X: unknown value 'pilto'"),
        ("values: {Calls: {X: pilot}}\ncolumns: {Calls: extra}", "'Calls' is no fact; only 'skip' can stand here"),
        ("columns: {Calls: extra}\nconstants: {stage: pilot}", "the column 'Stage' says it already"),
        ("columns: {Calls: extra}\nconstants: {difficulty: hihg}", "unknown value 'hihg'; did you mean 'high'?"),
        ("columns: {Calls: extra}\nconstants: {naem: x}", "unknown fact 'naem'"),
        ("encoding: cp1225", "unknown encoding 'cp1225'; did you mean 'cp1252'?"),
        ("other_columns: all", "m.yaml:1: other_columns: unknown value 'all'"),
        ("- a", "expected a mapping, found a list"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_mapping_file_is_named_with_its_line(
    text: str, says: str, tmp_path: Path
) -> None:
    """Its line, what was found, and the nearest right name."""
    path = written(tmp_path, "x.csv", "Name,Stage,Calls\nA,pilot,3\n")
    with pytest.raises(UserError) as caught:
        opened(path, register=read_mapping(written(tmp_path, "m.yaml", text)))
    assert says in str(caught.value)


def test_an_option_goes_before_the_mapping_file(tmp_path: Path) -> None:
    """A column that both name is what the option says; what neither says is as it was."""
    said = read_mapping(written(tmp_path, "m.yaml", "columns: {A: name, B: stage}"))
    both = said.over(option_columns(["B=ignore"]), header_row=2)
    assert both.as_record() == {"header_row": 2, "columns": {"A": "name", "B": "ignore"}}
    for pairs, says in (
        (["A"], "expected column=fact"),
        (["A=name", "A=id"], "'A' is named twice"),
    ):
        with pytest.raises(UserError, match=says):
            option_columns(pairs)


UNITS = {
    "Requests per day": ("requests_per_month per day", 12, 365),
    "Requests/year": ("requests_per_month per year", 1200, 100),
    "Requests per month (thousands)": ("requests_per_month in thousands", 3, 3000),
    "Target latency (s)": ("target_latency_ms in s", 2, 2000),
    "Deadline (days)": ("deadline_weeks in days", 14, 2),
    "Commitment (years)": ("commitment_months in years", 2, 24),
    "Budget (k$)": ("upfront_budget_usd in k$", 5, 5000),
    "Budget per month (k$)": ("monthly_budget_usd in k$", 5, 5000),
}


@pytest.mark.parametrize("header", UNITS)
def test_a_header_with_another_unit_is_read_in_it(header: str, tmp_path: Path) -> None:
    """The hint names the unit, and what it says to write reads the numbers right, also where a mapping says it."""
    target, number, value = UNITS[header]
    path = written(tmp_path, "x.csv", f'name,"{header}"\nA,{number}\n')
    with pytest.raises(UserError) as caught:
        opened(path)
    assert f"--map '{header}={target}'" in str(caught.value)
    (facts,) = read(path, mapping={header: target}).facts
    assert facts == {target.split()[0]: pytest.approx(value)}


def test_a_foreign_currency_takes_a_rate(tmp_path: Path) -> None:
    """No number is taken for dollars that is none."""
    path = written(tmp_path, "x.csv", "name,Budget (EUR)\nA,100\n")
    with pytest.raises(UserError, match="times RATE', RATE being USD for 1 EUR"):
        opened(path)
    assert read(path, mapping={"Budget (EUR)": "upfront_budget_usd times 1.5"}).facts == [
        {"upfront_budget_usd": 150}
    ]


def test_an_alias_claims_a_column_only_where_its_values_fit(tmp_path: Path) -> None:
    """Status, Scope and Labels mean other things in registers; a fact's own name always counts."""
    text = "name,Status,Scope,Labels\nA,In review,Nationwide,spam\nB,Closed,Regional,urgent\n"
    path = written(tmp_path, "x.csv", text)
    with pytest.raises(UserError, match="'In review', do not fit 'stage'"):
        opened(path)
    found = read(path, keep_extra=True)
    assert (found.facts, list(found.chunks[0].extras)) == ([{}, {}], ["Status", "Scope", "Labels"])
    assert len(found.inventory.remarks) == 3
    fitting = read(written(tmp_path, "y.csv", "name,Status,Labels\nA,pilot,3\n"))
    assert fitting.facts == [{"stage": "pilot", "output_classes": 3}]
    assert read(written(tmp_path, "z.csv", "name,stage\nA,In review\n")).rejects


def book(path: Path, rows: list[list[Any]], **more: Any) -> Path:
    """A workbook with these rows, merged ranges, formats and hidden parts."""
    with xlsxwriter.Workbook(path) as made:
        page = made.add_worksheet("Register")
        percent = made.add_format({"num_format": "0%"})
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
        for at, share in more.get("percents", ()):
            page.write_number(*at, share, percent)
        for span, text in more.get("merged", ()):
            page.merge_range(span, text)
        for row in more.get("hidden_rows", ()):
            page.set_row(row, None, None, {"hidden": True})
        for column in more.get("hidden_columns", ()):
            page.set_column(column, column, None, None, {"hidden": True})
        for name in more.get("sheets", ()):
            made.add_worksheet(name).write_row(0, 0, ["x"])
    return path


def test_a_banner_above_the_names_is_seen(tmp_path: Path) -> None:
    """Merged or not, in csv or a workbook: the row with the names is pointed at, and read where it is said."""
    rows = [["AI register"], [], ["Name", "Stage"], ["A", "pilot"]]
    merged = book(tmp_path / "m.xlsx", rows, merged=[("A1:B1", "AI register")])
    plain = book(tmp_path / "p.xlsx", rows)
    text = written(tmp_path, "x.csv", "AI register,\n,\nName,Stage\nA,pilot\n")
    for path in (merged, plain, text):
        with pytest.raises(UserError, match="--header-row 3"):
            opened(path)
        assert read(path, header_row=3).facts == [{"stage": "pilot"}]
    with pytest.raises(UserError, match="row 99 is empty, or there is none"):
        opened(text, header_row=99)


def test_what_stands_in_an_extra_column_costs_no_row(tmp_path: Path) -> None:
    """Merged cells, errors and formulas never worked out: the row stays, with a remark."""
    rows = [["Name", "Stage", "Note", "Note"], ["A", "pilot"], ["B", "pilot"], ["C", "pilot"]]
    path = book(tmp_path / "x.xlsx", rows, merged=[("C2:D2", "both"), ("C3:C4", "same")])
    found = read(path, keep_extra=True)
    assert (found.names, list(found.chunks[0].extras)) == (["A", "B", "C"], ["Note", "Note (2)"])
    assert "merged" in found.chunks[0].remarks[0][0]
    fact = book(tmp_path / "y.xlsx", [["Name", "Stage"], ["A"], ["B"]], merged=[("B2:B3", "pilot")])
    assert [reason for _, _, reason in read(fact).reasons] == [
        "is merged with other cells, so that it cannot be told which of them its text is for"
    ] * 2


def test_a_share_shown_as_more_than_the_whole_is_refused(tmp_path: Path) -> None:
    """120% is stored as 1.2; a bare 1.5 could be 1.5% or 150%."""
    rows = [["Name", "Target accuracy"], ["A"], ["B"], ["C"], ["D", 1.5], ["E", 95]]
    shares = [((1, 1), 1.2), ((2, 1), 1.0), ((3, 1), 0.15)]
    found = read(book(tmp_path / "x.xlsx", rows, percents=shares))
    assert [(r.row, r.value) for r in found.rejects] == [(1, "120%"), (4, "1.5")]
    assert [facts["accuracy_target"] for facts in found.facts] == [1, 0.15, 0.95]


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("95", 0.95),
        ("95%", 0.95),
        ("0.95", 0.95),
        ("1.5", None),
        ("2", None),
        ("1", None),
        ("2.5", 0.025),
    ],
)
def test_a_share_is_read_alike_everywhere(given: str, value: float | None, tmp_path: Path) -> None:
    """A cell of csv, a number of json and a case file agree; what can be read in two ways is refused."""
    texts = read(written(tmp_path, "x.csv", f"name,accuracy_target\nA,{given}\n"))
    assert [facts.get("accuracy_target") for facts in texts.facts] == [value][: value is not None]
    case = written(tmp_path, "c.yaml", f"name: A\nfacts: {{accuracy_target: {given}}}\n")
    if given != "1":  # as a number it is 100%
        assert (run(["decide", str(case)]) == 0) is (value is not None)


def test_hidden_parts_and_other_sheets_are_told(tmp_path: Path) -> None:
    """What nobody sees is read like the rest, and said."""
    rows = [["Name", "Stage"], ["A", "pilot"], ["B", "pilot"]]
    path = book(
        tmp_path / "x.xlsx", rows, hidden_rows=[1], hidden_columns=[1], sheets=["Lists", "Old"]
    )
    assert opened(path).remarks == (
        "the sheet 'Register' is read; others that can be seen: 'Lists', 'Old'; --sheet names one",
        "1 hidden row and 1 hidden column of the sheet 'Register': read like the others",
    )


def test_decimal_commas_leave_no_thousands_in_doubt(tmp_path: Path) -> None:
    """Where a file has decimal commas, one before three digits is refused, unless a mapping says what it is."""
    path = written(tmp_path, "x.csv", "name;target latency\nA;1,5 s\nB;1,250 s\n")
    assert read(path).facts == [{"target_latency_ms": 1500}]
    assert read(path, decimal_comma=True).facts[1] == {"target_latency_ms": 1250}
    assert read(path, decimal_comma=False).facts[1] == {"target_latency_ms": 1_250_000}
    plain = written(tmp_path, "y.csv", 'name,requests per month\nA,"1,250"\nB,3\n')
    assert read(plain).facts[0] == {"requests_per_month": 1250}


@pytest.mark.parametrize(
    "footer",
    ["Total,,,", "Grand total,,,9", "Source: survey,,,", "Note: draft,,,", "*) estimated,,,", "As of 2026-01-01,,,",
     "Exported from the portal,,,", "Gesamt,,,", ",,,© Harbour Office", "Total: 12,,,"],
)  # fmt: skip
def test_a_footer_is_no_use_case(footer: str, tmp_path: Path) -> None:
    """It is rejected with its text; a case whose name begins alike is not."""
    text = f"name,description,stage,requests per month\nTotal cost helper,Sums,pilot,4\n{footer}\n"
    found = read(written(tmp_path, "x.csv", text))
    assert found.names == ["Total cost helper"]
    assert [(r.row, "like a total or a note" in r.reason) for r in found.rejects] == [(2, True)]


def test_a_list_under_another_key_is_found(tmp_path: Path) -> None:
    """Alone it is taken and said; of several one has to be named; cases by their names are cases, too."""
    cases = [{"name": "A", "stage": "pilot"}]
    one = written(tmp_path, "one.json", json.dumps({"meta": {"n": 1}, "data": {"records": cases}}))
    assert (read(one).names, opened(one).remarks) == (
        ["A"], ("the cases are read from the list 'data.records'",)
    )  # fmt: skip
    two = written(tmp_path, "two.json", json.dumps({"old": cases, "new": cases}))
    with pytest.raises(UserError, match="holds several lists: old, new; say which with --list"):
        opened(two)
    assert read(two, list="new").names == ["A"]
    with pytest.raises(UserError, match="unknown list 'nwe'; did you mean 'new'"):
        opened(two, list="nwe")
    keyed = written(tmp_path, "k.yaml", "A: {stage: pilot}\nB: {stage: pilot}\n")
    assert read(keyed).names == ["A", "B"]


@pytest.mark.parametrize("name", ["", "__index_level_0__", "Unnamed: 0"])
def test_a_column_that_counts_the_rows_is_left_out(name: str, tmp_path: Path) -> None:
    """As pandas and R write one; any other without a name is carried where columns are kept."""
    found = read(written(tmp_path, "x.csv", f"{name},name\n0,A\n1,B\n"))
    assert (found.names, len(found.inventory.remarks)) == (["A", "B"], 1)
    other = read(written(tmp_path, "y.csv", ",name\nx,A\ny,B\n"), keep_extra=True)
    assert other.chunks[0].extras["column 1"].texts() == ["x", "y"]


@pytest.mark.parametrize(
    ("header", "content"),
    [
        ('"Use Case Name","Bureau"\n"A","Post"\n', "quoted throughout"),
        ('"sep=;"\nname;stage\nA;pilot\n', "a quoted hint"),
    ],
)
def test_quoted_files_are_read(header: str, content: str, tmp_path: Path) -> None:
    """No delimiter makes such a file broken that another makes whole."""
    assert read(written(tmp_path, "x.csv", header), keep_extra=True).names == ["A"], content


def test_words_for_unknown(tmp_path: Path) -> None:
    """The usual ones, and those that are named."""
    text = "name,stage\nA,nan\nB,TBC\nC,Not applicable\nD,None\n"
    path = written(tmp_path, "x.csv", text)
    assert [r.value for r in read(path).rejects] == ["None"]
    assert read(path, unknown=("none",)).facts == [{}] * 4


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("GPT-4o", "openai/gpt-4o"),
        ("OpenAI GPT-4o", "openai/gpt-4o"),
        ("GPT-4o (Azure)", "azure/gpt-4o"),
        ("azure_ai/gpt-4o", "azure/gpt-4o"),
        ("openai:gpt-4o", "openai/gpt-4o"),
        ("Claude Sonnet 4.5", "anthropic/claude-sonnet-4-5"),
        ("vertex_ai/gemini-2.5-pro", "google/gemini-2.5-pro"),
        ("Google Gemini 2.5 Pro", "google/gemini-2.5-pro"),
        ("openai/gpt-4o-2024-08-06", "openai/gpt-4o"),
        ("Copilot", None),
        ("GPT-4o; GPT-4o mini", None),
        ("self-hosted", None),
        ("openai/gpt-9", None),
        ("Claude", None),
    ],
)
def test_models_go_by_what_people_call_them(text: str, model: str | None) -> None:
    """Where that is certain; what is not is said, and never priced as something else."""
    found = named_model(text)
    assert found.model == model
    assert text in found.remark or found.model is not None


def test_one_model_in_several_spellings_is_one_value(tmp_path: Path) -> None:
    """A row with an unknown one goes on, with a remark."""
    text = "name,base_model\nA,openai/gpt-4o\nB,OpenAI/GPT-4o\nC,GPT-4o\nD,Copilot\n"
    (chunk,) = read(written(tmp_path, "x.csv", text)).chunks
    assert chunk.facts.columns["base_model"].values == ("openai/gpt-4o",)
    assert [len(said) for said in chunk.remarks] == [0, 0, 1, 1]


def test_checks_come_before_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be priced is found by a dry run, and keeps --strict from writing anything."""
    text = "name,base_model,requests per month,input tokens,output tokens\nA,openai/gpt-4o,1e12,1e8,1e8\n"
    path = written(tmp_path, "x.csv", text)
    assert run(["batch", str(path), "--dry-run", "--workers", "1"]) == 1
    assert "0 accepted, 1 rejected" in capsys.readouterr().err
    folder = tmp_path / "out"
    assert run(["batch", str(path), "-o", str(folder), "--strict", "--workers", "1"]) == 1
    assert not folder.exists()


def test_results_and_records_lead_back_to_the_register(tmp_path: Path) -> None:
    """Id and row in results and records, the inventory's digest, the mapping in the summary; names may recur."""
    path = written(
        tmp_path, "x.csv", "Use case ID,Use case name,Model\nR-1,Same,GPT-4o\nR-2,Same,\n"
    )
    folder = tmp_path / "out"
    words = ["batch", str(path), "-o", str(folder), "--workers", "1", "--map", "Model=base_model"]
    assert run(words) == 0
    with (folder / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["Use case ID"], row["row"]) for row in rows] == [("R-1", "1"), ("R-2", "2")]
    assert "is read as openai/gpt-4o" in rows[0]["remarks"]
    told = json.loads((folder / "run.json").read_text("utf-8"))
    assert told["options"]["mapping"] == {"columns": {"Model": "base_model"}}
    lines = (folder / "decisions.jsonl").read_text("utf-8").splitlines()
    case = json.loads(lines[1])["case"]
    assert (case["id"], case["row"], case["inventory"]) == ("R-2", 2, told["inventory"]["sha256"])
    log = str(folder / "decisions.jsonl")
    assert run(["audit", "verify", log]) == run(["audit", "show", log, "R-2"]) == 0


def test_names_bring_no_escape_sequences_into_results(tmp_path: Path) -> None:
    """Nor characters that turn the direction of writing; line ends stay."""
    path = written(tmp_path, "x.csv", 'name\n"A\x1b[31m\u202eB\nC"\n')
    assert run(["batch", str(path), "-o", str(tmp_path / "out"), "--workers", "1"]) == 0
    text = (tmp_path / "out" / "results.csv").read_text("utf-8")
    assert "\x1b" not in text
    assert '"A\\x1b[31m\\u202eB\nC"' in text


def test_a_proposal_is_a_mapping_that_loses_no_row(tmp_path: Path) -> None:
    """It finds header and encoding, lists words with counts, marks what is open, and is never overwritten."""
    path, target = tmp_path / "x.csv", tmp_path / "m.yaml"
    path.write_bytes((REGISTER + "Prüfer;H-4;Pilot;3;open\n").encode("cp1252"))
    assert run(["batch", str(path), "--propose", str(target)]) == 0
    said = read_mapping(target)
    assert (said.text.header_row, said.text.encoding) == (3, "cp1252")
    assert said.text.columns["Use Case Name"] == "name"
    assert said.text.columns["Ref"] == "id"
    assert said.text.columns["Status"] == "extra"
    assert said.text.values["stage"]["b) Pilot phase"] == "pilot"
    assert "Not started" in target.read_text("utf-8")
    assert "DECIDE" in target.read_text("utf-8")
    found = read(path, register=said)
    assert found.rejects == []
    assert found.names[:3] == ["Mail sorter", "Crane forecast", "Old bot"]
    assert run(["batch", str(path), "--propose", str(target)]) == 2


def test_a_proposal_for_a_workbook_with_a_merged_banner(tmp_path: Path) -> None:
    """Its names may hold line breaks; the column that counts the rows is left out."""
    rows = [
        ["SECTION 1"],
        ["", "Use Case Name\n(max 60)", "Stage"],
        [1, "A", "pilot"],
        [2, "B", "x"],
    ]
    path = book(tmp_path / "x.xlsx", rows, merged=[("A1:C1", "SECTION 1")])
    assert run(["batch", str(path), "--propose", str(tmp_path / "m.yaml")]) == 0
    said = read_mapping(tmp_path / "m.yaml")
    assert said.text.header_row == 2
    assert read(path, register=said).names == ["A", "B"]


def test_nested_numbers_too_long_are_named_by_their_key(tmp_path: Path) -> None:
    """A case file says which number it is."""
    path = written(tmp_path, "x.json", '{"name": "A", "facts": {"languages": ' + "9" * 900 + "}}")
    with pytest.raises(UserError, match=r"facts\.languages: the number"):
        opened(path)


def test_no_column_of_a_parquet_file_costs_it(tmp_path: Path) -> None:
    """Structs and binary data are carried as text."""
    pl.DataFrame({"name": ["A"], "m": [{"a": [1]}], "b": [b"x"]}).write_parquet(
        tmp_path / "x.parquet"
    )
    assert read(tmp_path / "x.parquet", keep_extra=True).names == ["A"]


def test_settings_that_say_nothing_of_a_form_are_refused(tmp_path: Path) -> None:
    """A sheet of csv, an encoding of parquet."""
    path = written(tmp_path, "x.csv", "name\nA\n")
    for said in ({"sheet": "x"}, {"list": "x"}):
        with pytest.raises(UserError, match="this file is csv"):
            opened(path, **said)
    assert mapped(sheet="x").as_record() == {"sheet": "x"}
    assert FACTS
