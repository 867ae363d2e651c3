"""Inventories as files: every format, what people do to them, and what happens to them on their way."""

import contextlib
import io
import json
import os
import pickle
import random
import threading
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inventories import FACTS, opened, read, written

from tunewise.errors import UserError
from tunewise.inventories import packages
from tunewise.inventories.headers import FactNames
from tunewise.inventories.reading import ENCODED_ROWS, open_inventory
from tunewise.inventories.textfiles import MAX_LINE
from tunewise.knowledge.vocabulary import Fact, Vocabulary

FLAT = [
    {"name": "A", "stage": "pilot", "accuracy_target": 0.9, "gap_kinds": ["cost", "style"]},
    {"name": "B", "latency_critical": True, "training_examples": 3000},
    {"name": "C", "base_model": "openai/gpt-4o", "requests_per_month": 1500.5},
]
NESTED = [
    {"name": case["name"], "facts": {k: v for k, v in case.items() if k != "name"}} for case in FLAT
]
CSV = """name,Stage,accuracy_target,gap_kinds,latency_critical,training_examples,base_model,requests_per_month
A,pilot,90%,cost; style,,,,
B,,,,yes,"3,000",,
C,,,,,,openai/gpt-4o,1500.5
"""
READ = [
    {"stage": "pilot", "gap_kinds": ("style", "cost"), "accuracy_target": 0.9},
    {"latency_critical": True, "training_examples": 3000},
    {"base_model": "openai/gpt-4o", "requests_per_month": 1500.5},
]


def workbook(path: Path, rows: list[list[Any]], sheet: str = "Cases") -> Path:
    """Write rows to the sheet of a workbook."""
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet(sheet)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return path


def refused(path: Path | str, **options: Any) -> str:
    """Return the one line that says why a file is not read."""
    with pytest.raises(UserError) as caught:
        read(path, **options)
    assert str(caught.value).isprintable()
    return str(caught.value)


def in_form(folder: Path, form: str) -> Path:
    """Return the same three cases in a form."""
    columns = CSV.splitlines()[0].split(",")
    table = [[case.get(c.lower()) for c in columns] for case in FLAT]
    if form == "xlsx":
        cells = [[";".join(c) if isinstance(c, list) else c for c in row] for row in table]
        return workbook(folder / "x.xlsx", [columns, *cells])
    if form == "parquet":
        frame = pl.DataFrame({c: [row[i] for row in table] for i, c in enumerate(columns)})
        frame.write_parquet(folder / "x.parquet")
        return folder / "x.parquet"
    texts = {
        "csv": CSV,
        "tsv": CSV.replace(",", "\t").replace('"3\t000"', "3000"),
        "json": json.dumps(FLAT),
        "jsonl": "".join(json.dumps(case) + "\n" for case in NESTED),
        "yaml": json.dumps({"cases": NESTED}),
    }
    return written(folder, f"x.{form}", texts[form])


@pytest.mark.parametrize("form", ["csv", "tsv", "xlsx", "json", "jsonl", "yaml", "parquet"])
def test_every_format_says_the_same(form: str, tmp_path: Path) -> None:
    """The same cases come from every format, flat or with their facts apart."""
    found = read(in_form(tmp_path, form))
    assert (found.names, found.facts, found.rejects) == (["A", "B", "C"], READ, [])
    assert found.rows == [1, 2, 3]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bom.csv", "\ufeffname,stage\nA,pilot\nB,\n"),
        ("utf-16.csv", "name,stage\nA,pilot\nB,\n".encode("utf-16")),
        ("big-endian.csv", b"\xfe\xff" + "name,stage\nA,pilot\nB,\n".encode("utf-16-be")),
        ("windows.csv", "name,stage\r\nA,pilot\r\nB,\r\n"),
        ("macintosh.csv", "name,stage\rA,pilot\rB,\r"),
        ("semicolons.csv", "name;stage\nA;pilot\nB;\n"),
        ("bars.csv", "name|stage\nA|pilot\nB|\n"),
        ("tabs.csv", "name\tstage\nA\tpilot\nB\t\n"),
        ("commas.tsv", "name,stage\nA,pilot\nB,\n"),
        ("hint.csv", "sep=;\r\nname;stage\r\nA;pilot\r\nB;\r\n"),
        ("unfinished.csv", "name,stage\nA,pilot\nB,"),
        ("trailing.csv", "name,stage,,\nA,pilot,,\nB,,,,,\n"),
        ("short.csv", "name,stage\nA,pilot\nB\n"),
        ("quoted.csv", '"name","stage"\n"A","pilot"\n"B",""\n'),
        ("spaces.csv", " Name , STAGE\n A , Pilot \n B , \n"),
        ("export.txt", "Name;Project stage\nA;pilot\nB;\n"),
        ("comma-in-header.csv", '"name";"stage"\n"A";"pilot"\n"B";"n/a"\n'),
    ],
)
def test_csv_is_read_as_people_and_programs_write_it(
    name: str, content: str | bytes, tmp_path: Path
) -> None:
    """Marks, encodings, line ends, delimiters and ragged ends do not change what a file says."""
    found = read(written(tmp_path, name, content))
    assert (found.names, found.facts, found.rejects) == (["A", "B"], [{"stage": "pilot"}, {}], [])


def test_a_cell_may_run_over_lines_and_hold_the_delimiter(tmp_path: Path) -> None:
    """Quotes keep line ends, delimiters and doubled quotes in a cell."""
    text = 'name,description,stage\n"A, ""the first""","one\r\ntwo\n\nthree",pilot\n'
    found = read(written(tmp_path, "x.csv", text))
    assert found.names == ['A, "the first"']
    assert found.chunks[0].descriptions == ("one\r\ntwo\n\nthree",)
    assert found.facts == [{"stage": "pilot"}]


def test_the_delimiter_is_the_one_that_makes_columns_known(tmp_path: Path) -> None:
    """A question with commas in it does not make a file with semicolons one with commas."""
    header = "name;What should the model do?;note, note, note, note"
    path = written(tmp_path, "x.csv", f"{header}\nA;translation;a, b, c\n")
    found = read(path, keep_extra=True)
    assert found.facts == [{"task_type": "translation"}]
    assert found.chunks[0].extras["note, note, note, note"].texts() == ["a, b, c"]


def test_blank_rows_are_no_rows_but_count_in_the_numbering(tmp_path: Path) -> None:
    """A row keeps the number that it has in the file, whatever stands between."""
    path = written(tmp_path, "x.csv", "\n\nname,stage\n\nA,pilot\n,\n  ,\nB,nowhere\n\n")
    found = read(path)
    assert (found.rows, [reject.row for reject in found.rejects]) == ([2], [5])
    sheet = workbook(tmp_path / "x.xlsx", [[], ["name"], [], ["A"], [" "], [], ["B"]])
    assert read(sheet).rows == [2, 5]


def test_a_quote_that_is_never_closed_costs_one_row(tmp_path: Path) -> None:
    """Reading goes on with the next line, even where the quote seemed to run to the end of the file."""
    rows = ["A,pilot", 'B,"pilot', "C,pilot", 'D,"pilot"', "E,production", '"F', "G,pilot"]
    found = read(written(tmp_path, "x.csv", "\n".join(["name,stage", *rows])))
    assert found.names == ["A", "C", "D", "E", "G"]
    assert [(row, column) for row, column, _ in found.reasons] == [(2, ""), (6, "")]
    assert all("quote" in reason for *_, reason in found.reasons)


def test_what_may_belong_to_a_broken_row_is_not_taken_for_a_case(tmp_path: Path) -> None:
    """After a broken row, lines that are not as wide as the header are rejected with it."""
    text = 'name,description,stage\nA,"he said "no"\nand left",pilot\nB,fine,pilot\n'
    found = read(written(tmp_path, "x.csv", text))
    assert found.names == ["B"]
    assert [row for row, *_ in found.reasons] == [1, 2]


def test_a_row_with_too_many_cells_is_rejected(tmp_path: Path) -> None:
    """The reason names both counts, and the cell that is too much."""
    found = read(written(tmp_path, "x.csv", "name,stage\nA,pilot\nB,pilot,more\n"))
    assert found.names == ["A"]
    (reject,) = found.rejects
    assert (reject.row, reject.value, reject.allowed) == (2, "more", "at most 2 cells")
    assert "3 cells" in reject.reason


@pytest.mark.parametrize("cell", ["x" * 200_000, '"' + "x\n" * 70_000 + '"'])
def test_a_huge_cell_costs_its_row(cell: str, tmp_path: Path) -> None:
    """A cell past the bound is rejected, with what cannot be told from it, and the rows around it stay."""
    text = f"name,description,stage\nA,,pilot\nB,{cell},pilot\nC,,pilot\nD,,pilot\n"
    found = read(written(tmp_path, "x.csv", text), size=100_000)
    assert found.names == ["A", "C", "D"]
    assert "131,072" in found.rejects[0].reason
    assert all(len(reject.value) <= 200 for reject in found.rejects)


def test_a_cell_with_a_nul_costs_its_row(tmp_path: Path) -> None:
    """A NUL character is refused in facts and names; in columns that are carried through it is remarked on."""
    text = "name,stage,note\nA\0,pilot,\nB,pi\0lot,\nC,pilot,\0\nD,pilot,\n"
    found = read(written(tmp_path, "x.csv", text), keep_extra=True)
    assert found.names == ["C", "D"]
    assert [(r.row, r.column) for r in found.rejects] == [(1, "name"), (2, "stage")]
    assert found.chunks[0].remarks == (("note: holds a NUL character",), ())


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("x.csv", b"name,stage\nA,\n\x81\x8d\x8f,pilot\n", ":3: byte 0x81 is not UTF-8; save the file as UTF-8"),
        ("x.csv", ("name,stage\n" + "顧客,東京,問い合わせ\n" * 3).encode("shift_jis"), ":2: byte 0x8c is not UTF-8"),
        ("x.csv", "name,stage\nдоговор,pilot\n".encode("cp1251"), ":2: byte 0xe4 is not UTF-8"),
        ("x.jsonl", b'{"name": "A"}\n{"name": "\xff"}\n', ":2: byte 0xff is not UTF-8"),
        ("x.csv", b"\xff\xfen\x00a", "is not UTF-16"),
        ("x.csv", b"\xff\xfen\x00a\x00\n\x00\x00\xd8", "is not UTF-16"),
        ("x.csv", b"name,stage\0\0\nA,pilot\n" + bytes(512), "holds NUL characters"),
        ("x.csv", b"", "is empty"),
        ("x.csv", b"\n\r\n", "is empty"),
        ("x.csv", b"\xef\xbb\xbf", "is empty"),
        ("x.csv", b"name,stage\n", "has column names, but no row"),
        ("x.csv", b"name,stage\n\n,\n", "has column names, but no row"),
        ("x.csv", b'name,"stage\nA,pilot\n', "the line of column names has a quote that is not closed"),
        ("x.csv", b"PK\x03\x04rest", "is a zip file such as a spreadsheet"),
        ("x.csv", b"PAR1rest", "is a parquet file"),
        ("x.csv", b"\x1f\x8brest", "compressed with gzip"),
        ("x.jsonl", b"", "holds no cases"),
        ("x.jsonl", b"\n{oops\n", "holds no cases, one a line; row 2 is not JSON"),
        ("x.json", b"", "is not JSON"),
        ("x.json", b"{}", "holds no cases"),
        ("x.json", b"[]", "holds no cases"),
        ("x.json", b'[{"name": "A"}', "is not JSON"),
        ("x.json", b"[" * 100_000, "is nested too deeply"),
        ("x.yaml", b"", "holds no cases"),
        ("x.yaml", b"- name: [A\n", "x.yaml:"),
        ("x.yaml", b"a: &a [x,x,x]\nb: &b [*a,*a,*a]\n" + b"".join(
            b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 9)) for c in range(99, 110)
        ), "too many aliases"),
        ("x.xlsx", b"", "is empty"),
        ("x.xlsx", b"name,stage\n", "is not a whole xlsx file"),
        ("x.xlsx", b"PK\x03\x04" + bytes(100), "is not a whole xlsx file"),
        ("x.xlsx", b"\xd0\xcf\x11\xe0" + bytes(100), "is encrypted, or a workbook of before 2007"),
        ("x.parquet", b"", "is empty"),
        ("x.parquet", b"name,stage\n", "is not a whole parquet file"),
        ("x.parquet", b"PAR1" + bytes(100), "was it cut off"),
        ("x.parquet", b"PAR1" + bytes(100) + b"PAR1", "is not a whole parquet file"),
        ("x.csvv", b"name\nA\n", "did you mean '.csv'?"),
        ("x", b"name\nA\n", "say it with --input-format"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused_in_one_line(
    name: str, content: bytes, says: str, tmp_path: Path
) -> None:
    """Empty, cut off, wrongly encoded and misnamed files are refused, and the line says what to do."""
    message = refused(written(tmp_path, name, content))
    assert str(tmp_path) in message
    assert says in message


@pytest.mark.parametrize(
    ("encoding", "text", "remark"),
    [
        ("cp1252", "Müller’s", "Windows-1252, by which line 3 says 'Müller’s';"),
        ("mac_roman", "Müller’s “señor”", "Mac Roman, by which line 3 says 'Müller’s';"),
        ("utf-16-le", "Müller", "UTF-16 without a byte-order mark, by which line 3 says 'Müller';"),
        ("utf-16-be", "Mueller", "UTF-16 without a byte-order mark, by which line 1 says 'name,stage';"),
        ("utf-8", "Müller", ""),
        ("utf-8-sig", "Müller", ""),
    ],
)  # fmt: skip
def test_an_encoding_that_is_guessed_is_told_with_a_word_to_judge_it_by(
    encoding: str, text: str, remark: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a spreadsheet saved in its own encoding is read, and nobody is left to think that it was clear."""
    path = written(tmp_path, "x.csv", f"name,stage\nA,\n{text},pilot\n".encode(encoding))
    found = read(path)
    assert found.names == ["A", text]
    found.inventory.tell()
    said = f"tunewise: {path}: is not UTF-8; it is read as {remark} if that is wrong, save it as UTF-8\n"
    assert capsys.readouterr().err == (said if remark else "")


def test_files_that_cannot_be_opened_are_refused(tmp_path: Path) -> None:
    """A missing file and a folder are refused with the system's words."""
    assert "No such file" in refused(tmp_path / "none.csv")
    assert "Is a directory" in refused(tmp_path)
    assert "--input-format" in refused("-")


def test_a_line_without_end_is_refused(tmp_path: Path) -> None:
    """A line past the bound is found before rows are read; a list in one JSON line has no such bound."""
    line = "x" * (MAX_LINE + 2_000_000)
    message = refused(written(tmp_path, "x.csv", f"name,stage\nA,pilot\nB,{line}\n"))
    assert "x.csv:3: is longer than" in message
    cases = json.dumps([{"name": "A", "description": "d" * 19_000}] * 300)
    assert len(read(written(tmp_path, "x.json", cases)).names) == 300


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None
)
@given(st.lists(st.text(alphabet='ab,;"\t \n\r\0é', max_size=12), max_size=12))
def test_nothing_in_a_csv_is_lost_or_fatal(tmp_path: Path, lines: list[str]) -> None:
    """Whatever follows the header, each line that holds anything is a row, or in one, or rejected."""
    path = written(tmp_path, "x.csv", "name,stage\nfirst,\n" + "\n".join(lines))
    found = read(path)
    assert found.names[0] == "first"
    for chunk in found.chunks:
        assert chunk.read == chunk.accepted + chunk.rejected


def test_a_bad_line_of_jsonl_costs_itself_alone(tmp_path: Path) -> None:
    """What is no case is rejected with the number of its line."""
    lines = ['{"name": "A"}', "", "{", "3", '{"name": "B", "name": "C"}', '{"name": "\\ud800"}',
             '{"name": "D", "facts": 3}', '{"stage": "pilot", "facts": {"stage": "pilot"}}',
             "[" * 3000, '{"training_examples": 1' + "0" * 5000 + "}", '{"name": "E"}']  # fmt: skip
    found = read(written(tmp_path, "x.jsonl", "\n".join(lines)))
    assert (found.names, found.rows) == (["A", "E"], [1, 11])
    assert [row for row, *_ in found.reasons] == [3, 4, 5, 6, 7, 8, 9, 10]
    assert "stands twice" in found.reasons[2][2]


def test_a_column_may_appear_late_in_jsonl(tmp_path: Path) -> None:
    """All lines are looked through for columns first, so that an unknown one is refused at once."""
    cases = [{"name": f"A{i}"} for i in range(ENCODED_ROWS + 5)] + [{"stage": "pilot"}]
    path = written(tmp_path, "x.jsonl", "\n".join(map(json.dumps, cases)))
    assert read(path, size=100).facts[-1] == {"stage": "pilot"}
    path = written(tmp_path, "y.jsonl", path.read_text() + '\n{"stgae": "pilot"}')
    assert "unknown column 'stgae'; did you mean 'stage'?" in str(refused_all(path))


def refused_all(path: Path, **options: Any) -> str:
    """Return all lines that say why a file is not read."""
    with pytest.raises(UserError) as caught:
        opened(path, **options)
    return str(caught.value)


def test_what_comes_through_a_pipe_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input and named pipes can be read as often as a file; they are removed in the end."""
    stdin = io.TextIOWrapper(io.BytesIO(in_form(tmp_path, "parquet").read_bytes()))
    monkeypatch.setattr("sys.stdin", stdin)
    inventory = open_inventory("-", "parquet", FACTS)
    assert inventory.place == "standard input"
    assert [len(chunk.rows) for _ in "twice" for chunk in inventory.chunks(9)] == [3] * 5
    kept = inventory.path
    del inventory
    assert not kept.exists()
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(CSV,))
    writer.start()
    assert read(pipe).facts == READ
    writer.join()


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "xlsx"])
@pytest.mark.parametrize("size", [1, 7, 2 * ENCODED_ROWS + 1])
def test_chunks_of_any_size_hold_the_same_rows(form: str, size: int, tmp_path: Path) -> None:
    """A chunk is never larger than asked, none is empty, and together they are the file."""
    cases = [{"name": f"A{i}", "training_examples": i % 5} for i in range(2 * ENCODED_ROWS + 99)]
    if size == 1:
        cases = cases[:40]
    if form == "xlsx":
        rows = [list(case.values()) for case in cases]
        path = workbook(tmp_path / "x.xlsx", [["name", "training_examples"], *rows])
    elif form == "parquet":
        path = tmp_path / "x.parquet"
        pl.DataFrame(cases).write_parquet(path)
    else:
        lines = [json.dumps(case) for case in cases]
        if form == "csv":
            lines = ["name,training_examples"]
            lines += [f"{case['name']},{case['training_examples']}" for case in cases]
        path = written(tmp_path, f"x.{form}", "\n".join(lines))
    found = read(path, size=size)
    assert found.rows == list(range(1, len(cases) + 1))
    assert found.names == [case["name"] for case in cases]
    assert [facts["training_examples"] for facts in found.facts] == [
        i % 5 for i in range(len(cases))
    ]


def test_a_chunk_goes_to_another_process_and_back(tmp_path: Path) -> None:
    """Raw chunks can be pickled, and hold each distinct cell once."""
    path = written(tmp_path, "x.csv", "name,stage\n" + "A,pilot\n" * 500)
    (chunk,) = open_inventory(path, None, FACTS).chunks(1_000)
    again = pickle.loads(pickle.dumps(chunk))
    assert again.header == chunk.header
    assert [column.cells for column in again.columns] == [("A",), ("pilot",)]
    assert again.rows.tolist() == list(range(1, 501))


def matched(header: list[str], folder: Path, **options: Any) -> dict[str, str]:
    """Return what each column means, by its name."""
    text = ",".join(f'"{name}"' for name in header)
    path = written(folder, "x.csv", f"{text}\n{','.join('?' * len(header))}\n")
    columns = opened(path, **options).header.columns
    return {column.name: column.meaning for column in columns}


@pytest.mark.parametrize(
    ("header", "fact"),
    [
        ("task_type", "task_type"), ("Task Type", "task_type"), ("TASK-TYPE", "task_type"), ("tasktype", "task_type"),
        ("Use case type", "task_type"), ("What should the model do?", "task_type"),
        ("what should the model do", "task_type"), ("Deadline (weeks)", "deadline_weeks"),
        ("monthly budget [USD]", "monthly_budget_usd"), ("GPU memory", "gpu_memory_gb"), ("Name", "name"),
        ("OWNER", "owner"), ("Ｓｔａｇｅ", "stage"), ("Fine-tuning pilot", "tuning_pilot"),
    ],
)  # fmt: skip
def test_headers_are_matched_as_people_write_them(header: str, fact: str, tmp_path: Path) -> None:
    """Ids, labels, aliases and questions are matched, case, spacing and punctuation aside."""
    assert matched([header, "tags"], tmp_path) == {header: fact, "tags": "tags"}


def test_every_name_of_every_fact_is_matched(tmp_path: Path) -> None:
    """No id, label, alias or question of the vocabulary means two facts, or none."""
    for name in ("id", "label", "question"):
        header = {getattr(FACTS[id], name): id for id in FACTS.given}
        assert matched(list(header), tmp_path) == header
    names = FactNames(FACTS)
    for id in FACTS.given:
        assert [names.means(alias.upper()) for alias in FACTS[id].aliases] == [(id,)] * len(
            FACTS[id].aliases
        )


def test_a_column_can_be_mapped(tmp_path: Path) -> None:
    """--map names the fact of a column by any of its names, and goes before what the header says."""
    mapping = {"Was tut es?": "task type", "stage": "organisation", "Titel": "name"}
    found = matched(["Was tut es?", "stage", "Titel"], tmp_path, mapping=mapping)
    assert found == {"Was tut es?": "task_type", "stage": "organisation", "Titel": "name"}


@pytest.mark.parametrize(
    ("header", "options", "says"),
    [
        (["name", "stgae"], {}, ["unknown column 'stgae'; did you mean 'stage'?", "--map COLUMN=FACT"]),
        (["name", "complexitty"], {}, ["did you mean 'complexity' (difficulty)?"]),
        (["name", "colour"], {}, ["unknown column 'colour'", "--keep-extra"]),
        (["name", "break_even_months"], {}, ["is worked out by Tunewise and cannot be given"]),
        (["name", "stage", "Phase"], {}, ["two columns mean 'stage': 2 (stage) and 3 (Phase)"]),
        (["name", "Name"], {}, ["two columns mean 'name'"]),
        (["x", "y"], {"keep_extra": True}, ["no column is a fact or a name"]),
        (["name"], {"mapping": {"nmae": "stage"}}, ["there is no column 'nmae'; did you mean 'name'?"]),
        (["name"], {"mapping": {"name": "stgae"}}, ["unknown fact 'stgae'; did you mean 'stage'?"]),
        ([f"c{i}" for i in range(50)], {}, ["unknown column 'c0'", "and 30 more columns are unknown"]),
        ([f"c{i}" for i in range(2_001)], {}, ["2,001 columns; at most 2,000"]),
        (["name"], {"sheet": "Cases"}, ["--sheet names a sheet of a workbook; this file is csv"]),
    ],
)  # fmt: skip
def test_columns_that_cannot_be_told_are_refused(
    header: list[str], options: dict[str, Any], says: list[str], tmp_path: Path
) -> None:
    """Every problem of a header is named, with the nearest known name."""
    path = written(tmp_path, "x.csv", ",".join(header) + "\n" + ",".join("?" * len(header)) + "\n")
    message = refused_all(path, **options)
    assert [part for part in says if part not in message] == []


def test_a_name_of_two_facts_is_asked_about(tmp_path: Path) -> None:
    """An alias that two facts share does not choose between them."""
    facts = [Fact(id=id, type="integer", label=id, aliases=("size",)) for id in ("big", "small")]
    vocabulary = Vocabulary({fact.id: fact for fact in facts}, {})
    path = written(tmp_path, "x.csv", "name,Size\nA,3\n")
    with pytest.raises(UserError, match="can mean 'big' or 'small'"):
        open_inventory(path, None, vocabulary)
    found = read(path, facts=vocabulary, mapping={"Size": "small"})
    assert found.facts == [{"small": 3}]


def test_a_column_without_a_name_must_be_empty(tmp_path: Path) -> None:
    """Spreadsheets leave empty columns behind; a cell with something in one is rejected."""
    found = read(written(tmp_path, "x.csv", "name,,stage\nA,,pilot\nB,what,pilot\n"))
    assert found.names == ["A"]
    assert found.reasons == [(2, "column 2", "stands in a column without a name")]


def test_what_is_kept_is_kept_untouched(tmp_path: Path) -> None:
    """Columns that are no facts are carried through as they are, of the accepted rows alone."""
    path = written(
        tmp_path, "x.csv", "name,Cost Centre,stage\nA, 007 ,pilot\nB,8,x\nC,=1+1,pilot\n"
    )
    (chunk,) = read(path, keep_extra=True).chunks
    assert chunk.extras["Cost Centre"].texts() == [" 007 ", "=1+1"]
    assert chunk.given["stage"].texts() == ["pilot", "pilot"]
    assert list(chunk.given) == ["name", "Cost Centre", "stage"]


def test_typed_cells_become_texts_where_a_text_is_meant(tmp_path: Path) -> None:
    """Dates come as ISO, whole numbers without a point, truth in words, nested values as JSON."""
    frame = pl.DataFrame({
        "name": [7, 8],
        "since": pl.Series(["2026-01-02", None]).str.to_date(),
        "at": pl.Series(["2026-01-02 03:04:05", "2026-01-02 00:00:00"]).str.to_datetime(),
        "size": [3.0, float("nan")],
        "live": [True, None],
        "parts": [["a", "b"], []],
    })  # fmt: skip
    frame.write_parquet(tmp_path / "x.parquet")
    (chunk,) = read(tmp_path / "x.parquet", keep_extra=True).chunks
    texts = {name: column.texts() for name, column in chunk.given.items()}
    assert texts["since"] == ["2026-01-02", ""]
    assert texts["at"] == ["2026-01-02T03:04:05", "2026-01-02"]
    assert (texts["name"], texts["size"][0], texts["live"]) == (["7", "8"], "3", ["true", ""])
    assert texts["parts"] == ["a; b", ""]
    path = written(tmp_path, "x.json", json.dumps([{"name": "A", "x": {"a": [1, None]}}]))
    assert read(path, keep_extra=True).chunks[0].extras["x"].texts() == ['{"a": [1, null]}']


def test_nested_parquet_is_carried_as_text(tmp_path: Path) -> None:
    """Structs come out as JSON, binary data as its size: what is only carried costs no file."""
    frame = pl.DataFrame({"name": ["A"], "meta": [{"a": 1}], "blob": [b"\0\1"]})
    frame.write_parquet(tmp_path / "x.parquet")
    (chunk,) = read(tmp_path / "x.parquet", keep_extra=True).chunks
    assert {n: c.texts() for n, c in chunk.extras.items()} == {
        "meta": ['{"a": 1}'],
        "blob": ["2 bytes"],
    }


def broken_copies(raw: bytes, count: int) -> list[bytes]:
    """Return copies that were cut off, or with some bytes changed."""
    chance = random.Random(5)
    copies = []
    for _ in range(count):
        copy = bytearray(raw[: chance.randrange(len(raw))] if chance.random() < 0.3 else raw)
        for _ in range(chance.randint(1, 5)):
            if copy:
                copy[chance.randrange(len(copy))] = chance.randrange(256)
        copies.append(bytes(copy))
    return copies


@pytest.mark.parametrize("form", ["csv", "xlsx", "json", "jsonl", "yaml", "parquet"])
def test_damage_ends_in_words(form: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A damaged file is read, its rows rejected, or it is refused; nothing else happens, and nobody panics."""
    for raw in broken_copies(in_form(tmp_path, form).read_bytes(), 60):
        with contextlib.suppress(UserError):
            read(written(tmp_path, f"damaged.{form}", raw))
    assert capfd.readouterr().err == ""


def test_merged_cells(tmp_path: Path) -> None:
    """Merged in the header they are refused by their place; below, their rows are rejected."""
    for path, merged in ((tmp_path / "x.xlsx", "B1:C1"), (tmp_path / "y.xlsx", "A3:A4")):
        with xlsxwriter.Workbook(path) as book:
            page = book.add_worksheet()
            for number, row in enumerate([["name", "stage", "phase"], ["A"], ["B"], ["C"], ["D"]]):
                page.write_row(number, 0, row)
            page.merge_range(merged, "stage" if path.stem == "x" else "B")
    assert "the cells B1:C1 of the header are merged" in refused(tmp_path / "x.xlsx")
    found = read(tmp_path / "y.xlsx", mapping={"phase": "organisation"})
    assert (found.names, [row for row, *_ in found.reasons]) == (["A", "D"], [2, 3])


def test_the_sheet_is_the_first_that_can_be_seen_or_the_one_named(tmp_path: Path) -> None:
    """Hidden sheets are passed over, an unknown name is refused with the nearest."""
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("Hidden", "Cases", "More"):
            page = book.add_worksheet(name)
            page.write_column(0, 0, ["name", name])
            if name == "Hidden":
                page.hide()
        book.get_worksheet_by_name("Cases").activate()
        book.get_worksheet_by_name("Cases").set_first_sheet()
    assert read(path).names == ["Cases"]
    assert read(path, sheet="More").names == ["More"]
    assert read(path, sheet="Hidden").names == ["Hidden"]
    assert "unknown sheet 'Caess'; did you mean 'Cases'?" in refused(path, sheet="Caess")


def test_a_cell_without_a_value_is_not_taken_for_empty(tmp_path: Path) -> None:
    """Errors and formulas that were never worked out reject their rows; #N/A says that nothing is known."""
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write_row(1, 1, ["name", "training_examples"])
        for number, (formula, value) in enumerate(
            [("=1+1", 2), ("=1/0", "#DIV/0!"), ("=NA()", "#N/A"), ("=A1", ""), ("=0", 0)], 2
        ):
            page.write(number, 1, formula[1:])
            page.write_formula(number, 2, formula, value=value)
    found = read(path)
    assert found.facts == [{"training_examples": 2}, {}, {"training_examples": 0}]
    assert [(r.row, r.column, r.value) for r in found.rejects] == [
        (2, "training_examples", "#DIV/0!"),
        (4, "training_examples", ""),
    ]


def repacked(path: Path, part: str, old: str, new: str) -> Path:
    """Return a copy of a workbook with something changed in one of its parts."""
    target = path.with_name("repacked.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            text = source.read(name).decode()
            assert name != part or old in text
            copy.writestr(name, text.replace(old, new) if name == part else text)
    return target


def test_workbooks_that_would_fill_the_memory_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cell in the last corner spans billions; a package may not unpack to more than the bound."""
    path = workbook(tmp_path / "x.xlsx", [["name"], ["A"]])
    sheet, last = (
        "xl/worksheets/sheet1.xml",
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
    )
    far = repacked(path, sheet, "</sheetData>", f"{last}</sheetData>")
    assert "reaches over 1,048,576 rows and 16,384 columns" in refused(far)
    monkeypatch.setattr(packages, "MAX_UNPACKED", 1_000)
    assert "unpacks to" in refused(path)


def test_a_workbook_of_another_writer_is_read(tmp_path: Path) -> None:
    """Prefixed tags, texts in place and parts with other names are as good."""
    path = workbook(tmp_path / "x.xlsx", [["name", "stage"], ["A", "pilot"]])
    sheet = "xl/worksheets/sheet1.xml"
    row = '<row r="3"><c r="A3" t="inlineStr"><is><t>B</t></is></c><c r="B3" t="str"><v>pilot</v></c></row>'
    found = read(repacked(path, sheet, "</sheetData>", f"{row}</sheetData>"))
    assert found.names == ["A", "B"]


def sheet_of(folder: Path, rows: str, start: str = "<worksheet>") -> Path:
    """Return a workbook whose sheet has these rows, and a header of a name and a number in the first."""
    path = workbook(folder / "plain.xlsx", [["name", "training_examples"]])
    cells = '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c>'
    cells += '<c r="B1" t="inlineStr"><is><t>training_examples</t></is></c></row>'
    target = folder / "sheet.xlsx"
    text = f"{start}<sheetData>{cells}{rows}</sheetData></worksheet>"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            copy.writestr(name, text if name.endswith("sheet1.xml") else source.read(name))
    return target


NAMED = "<row r='2'><c r='A2' t='inlineStr'><is><t>A</t></is></c>{}</row>"
UNWORKED = "holds a formula that was never worked out"


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("<c r='B2'><f>1+1</f></c>", UNWORKED),
        ("<c r='B2' t='n'><f>1+1</f><v/></c>", UNWORKED),
        ("<c r='B2' t='b'><f>TRUE()</f></c>", UNWORKED),
        ("<c r='B2' t='e'><f>1/0</f></c>", UNWORKED),
        ("<c r='B2' t='str'><f>A1</f></c>", UNWORKED),
        ("<c><f t='shared' si='0'/></c>", UNWORKED),
        ("<c r = 'B2' t = 'e'><v>#REF!</v></c>", "holds an error"),
        ("<c t='e'>\n<v>#NAME?</v>\n</c>", "holds an error"),
        ("<c r='B2' t='str'><f>A1</f><v></v></c>", ""),
        ("<c r='B2' t='e'><v>#N/A</v></c>", ""),
        ("<c r='B2'><f>2*3</f><v>6</v></c>", ""),
        ("<c r='B2' s='1'/>", ""),
    ],
)
def test_cells_without_a_value_are_told_however_they_are_written(
    cell: str, reason: str, tmp_path: Path
) -> None:
    """Types, quotes, spaces and references that are left out do not hide an error or a formula."""
    found = read(sheet_of(tmp_path, NAMED.format(cell)))
    assert found.reasons == ([(1, "training_examples", reason)] if reason else [])


def test_tags_may_have_a_prefix_and_a_strict_name(tmp_path: Path) -> None:
    """The same sheet under a prefix of its own is read, and formulas behind the cells are no cell's."""
    start = "<x:worksheet xmlns:x='http://purl.oclc.org/ooxml/spreadsheetml/main'>"
    path = sheet_of(tmp_path, NAMED.format("<c r='B2' t='e'><v>#REF!</v></c>") + "<f>1</f>")
    with zipfile.ZipFile(path) as package:
        text = package.read("xl/worksheets/sheet1.xml").decode()
    prefixed = text.replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:")
    prefixed = prefixed.replace("<x:worksheet>", start)
    found = read(repacked(path, "xl/worksheets/sheet1.xml", text, prefixed))
    assert [(reject.row, reject.value) for reject in found.rejects] == [(1, "#REF!")]


def test_rows_of_nothing_but_errors_and_formulas_are_accounted_for(tmp_path: Path) -> None:
    """Such a row is rejected, also behind the last with a value; one of #N/A says that nothing is known."""
    rows = NAMED.format("") + "<row r='4'><c r='A4'><f>A2</f></c></row>"
    rows += "<row r='6'><c r='B6' t='e'><v>#N/A</v></c></row>"
    rows += "<row r='9'><c r='B9'><f>B2</f></c><c r='D9'><f>B2</f></c></row>"
    found = read(sheet_of(tmp_path, rows))
    assert (found.names, found.facts) == (["A", "row 5"], [{}, {}])
    assert found.reasons == [
        (3, "name", UNWORKED), (8, "training_examples", UNWORKED)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("<row r='2'><c r='XFD1048576'><v>1</v></c></row>", "reaches over 1,048,576 rows and 16,384 columns"),
        ("<row r='2'><c r='XFE2'><v>1</v></c></row>", "it has a column 'XFE'; columns are A to XFD"),
        ("<row r='2'><c r='A1048577'><v>1</v></c></row>", "it has a row '1048577'; rows are 1 to 1,048,576"),
        ("<row r='2'><c r='2'><v>1</v></c></row>", "it has a column ''"),
        ("<row r='2'><c r='A2'" + "<f<c t='e' r='A3'" * 2_000, "not well-formed"),
        ("<row r='2'><c r='A2'><v>1</v></c>", "mismatched tag"),
    ],
)  # fmt: skip
def test_a_sheet_that_is_none_is_refused_before_it_is_read(
    rows: str, says: str, tmp_path: Path
) -> None:
    """Cells beyond a sheet's end and broken XML cost neither memory nor time."""
    assert says in refused(sheet_of(tmp_path, rows))


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    """No entity is expanded, in a sheet or elsewhere."""
    bomb = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]>"
    rows = NAMED.format("<c r='B2'><v>&b;</v></c>")
    assert "it declares a document type" in refused(sheet_of(tmp_path, rows, bomb + "<worksheet>"))
    path = workbook(tmp_path / "x.xlsx", [["name"], ["A"]])
    bad = repacked(path, "xl/workbook.xml", "<workbook", bomb + "<workbook")
    assert "it declares a document type" in refused(bad)


def test_a_part_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """What is looked through is what is read: readers may take either of two parts of one name."""
    path = workbook(tmp_path / "x.xlsx", [["name"], ["A"]])
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("xl/worksheets/SHEET1.xml", "<worksheet/>")
    assert "a part stands twice in it" in refused(path)


def test_a_date_that_no_calendar_has_costs_its_row(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A day far before all days is rejected, in a sheet and in parquet, as stored; the other rows stay."""
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        page.write_column(0, 0, ["name", "A", "B", "C"])
        page.write_column(0, 1, ["since", 45_000, -1e300, 1], day)
    found = read(path, keep_extra=True)
    assert (found.names, [row for row, *_ in found.reasons]) == (["A", "C"], [2])
    days = pl.Series([1, 2**31 - 1, None]).cast(pl.Int32).cast(pl.Date)
    spans = pl.Series([0, 0, 2**62]).cast(pl.Duration("ms"))
    lists = pl.Series([[1], [1], [1]]).cast(pl.List(pl.Date))
    frame = pl.DataFrame({"name": ["A", "B", "C"], "since": days, "span": spans, "days": lists})
    frame.write_parquet(tmp_path / "x.parquet")
    found = read(tmp_path / "x.parquet", keep_extra=True)
    assert found.names == ["A"]
    assert [(r.row, r.column, r.value) for r in found.rejects] == [
        (2, "since", "2147483647"), (3, "span", "4611686018427387904")
    ]  # fmt: skip
    assert "out of range" in found.rejects[0].reason
    assert capfd.readouterr().err == ""


def test_lists_nested_without_end_are_refused_by_their_schema(tmp_path: Path) -> None:
    """A few lists in lists are text; hundreds would end the process in its reader."""
    for depth, fits in ((3, True), (20, False)):
        kind: Any = pl.Int64
        for _ in range(depth):
            kind = pl.List(kind)
        frame = pl.DataFrame({"name": ["A"]}).with_columns(pl.lit(None, dtype=kind).alias("deep"))
        frame.write_parquet(tmp_path / f"{depth}.parquet")
        if fits:
            assert read(tmp_path / f"{depth}.parquet", keep_extra=True).names == ["A"]
        else:
            said = refused(tmp_path / f"{depth}.parquet", keep_extra=True)
            assert "data nested past reading in 'deep'" in said


def test_a_reader_that_panics_is_an_error_of_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a library in Rust raises is no Exception; the room's door turns it into words, whichever reader it is."""

    class PanicException(BaseException):  # as pyo3 names it
        pass

    def panicking(*_: object) -> None:
        raise PanicException("index out of bounds\nnote: run with")

    path = in_form(tmp_path, "parquet")
    inventory = open_inventory(path, None, FACTS)
    monkeypatch.setattr("tunewise.inventories.frames._block", panicking)
    assert (
        refused(path) == f"{path}: is broken, or more than its reader can take: index out of bounds"
    )
    with pytest.raises(UserError, match="more than its reader can take"):
        list(inventory.chunks(10))
