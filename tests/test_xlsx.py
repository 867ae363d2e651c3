"""Workbooks and parquet files that Tunewise writes: the template comes back, results come out harmless."""

import io
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import polars as pl
import pytest
import python_calamine
from inventories import FACTS, read

from tunewise.commands.program import run
from tunewise.inventories import sheets
from tunewise.inventories.frames import write_parquet
from tunewise.inventories.sheets import inventory_template_xlsx, write_xlsx
from tunewise.knowledge.vocabulary import Fact, Vocabulary

SHEET, LISTS = "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"


def sheet(path: Path, name: str) -> list[list[Any]]:
    """Return the cells of a sheet."""
    return python_calamine.load_workbook(path).get_sheet_by_name(name).to_python()


def part(path: Path, name: str) -> str:
    """Return the text of a part of a workbook."""
    with zipfile.ZipFile(path) as package:
        return package.read(name).decode()


def filled(template: Path, rows: Iterable[dict[str, Any]]) -> Path:
    """Return the template with rows typed into it, everything else as it was."""
    header = sheet(template, "Inventory")[0]
    lines = []
    for number, row in enumerate(rows, 2):
        cells = [_cell(_letters(header.index(id)), number, value) for id, value in row.items()]
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    target = template.with_name("filled.xlsx")
    with zipfile.ZipFile(template) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            text = source.read(name).decode()
            if name == SHEET:
                text = text.replace("</sheetData>", "".join(lines) + "</sheetData>")
            copy.writestr(name, text)
    return target


def _letters(position: int) -> str:
    first, last = divmod(position, 26)
    return (chr(64 + first) if first else "") + chr(65 + last)


def _cell(column: str, row: int, value: Any) -> str:
    if isinstance(value, str):
        text = f"<is><t>{escape(value)}</t></is>"
        return f'<c r="{column}{row}" t="inlineStr">{text}</c>'
    kind = ' t="b"' if isinstance(value, bool) else ""
    return f'<c r="{column}{row}"{kind}><v>{int(value) if kind else value}</v></c>'


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """The empty inventory that the command writes."""
    path = tmp_path / "empty.xlsx"
    assert run(["facts", "--template", "xlsx", "-o", str(path)]) == 0
    return path


def test_the_template_has_a_column_for_everything_a_case_may_say(template: Path) -> None:
    """The header is the case's own columns and every fact that may be given; it stays in view."""
    assert sheet(template, "Inventory") == [
        ["name", "id", "description", "owner", "tags", *FACTS.given]
    ]
    text = part(template, SHEET)
    assert re.search(r'<pane xSplit="1" ySplit="1"[^>]* state="frozen"/>', text)
    assert text.count("<col ") >= 20


def test_the_template_says_what_each_fact_means(template: Path) -> None:
    """A sheet lists the facts with their questions and allowed values, and comments say it at the header."""
    header, *rows = sheet(template, "Facts")
    assert header[:4] == ["fact", "meaning", "unit", "allowed values"]
    assert [row[0] for row in rows] == list(FACTS.given)
    comments = part(template, "xl/comments1.xml")
    for id, row in zip(FACTS.given, rows, strict=True):
        assert row[1] == FACTS[id].question
        assert row[2] == FACTS[id].unit
        assert escape(FACTS[id].question) in comments
        assert escape(FACTS[id].help) in comments


def test_what_drop_downs_offer_is_what_facts_allow(template: Path) -> None:
    """Each choice and boolean has a list of its own, which the reader takes whole."""
    found = re.findall(
        r'<dataValidation type="list"[^>]* sqref="([A-Z]+)2:[A-Z]+1048576"><formula1>'
        r"Facts!\$E\$(\d+):\$([A-Z]+)\$(\d+)</formula1>",
        part(template, SHEET),
    )
    lists = [fact for fact in FACTS.given if FACTS[fact].type in ("choice", "boolean")]
    header, rows = sheet(template, "Inventory")[0], sheet(template, "Facts")
    columns = {_letters(position): id for position, id in enumerate(header)}
    assert [columns[column] for column, *_ in found] == lists
    for column, first, until, last in found:
        fact = FACTS[columns[column]]
        assert first == last
        cells = rows[int(first) - 1]
        assert cells[0] == fact.id
        offered = [cell for cell in cells[4:] if cell]
        assert offered == [*(fact.options or ("yes", "no")), "unknown"]
        assert until == _letters(3 + len(offered))


def test_a_filled_template_reads_without_a_word(template: Path) -> None:
    """Everything the drop-downs offer, and numbers as a spreadsheet stores them, come back as facts."""
    rows: list[dict[str, Any]] = []
    expected: list[dict[str, Any]] = []
    for id in FACTS.given:
        fact = FACTS[id]
        offered: dict[Any, Any] = {option: option for option in fact.options}
        if fact.type == "boolean":
            offered = {"yes": True, "no": False, "unknown": None}
        elif fact.type == "set":
            offered = {
                "; ".join(fact.options): tuple(fact.options),
                **{o: (o,) for o in fact.options},
            }
        elif fact.type == "share":
            offered = {0.955: 0.955, 1.0: 1, "95%": 0.95}
        elif fact.type == "text":
            offered = {"openai/gpt-4o": "openai/gpt-4o"}
        elif fact.numeric:
            offered = {float(fact.minimum + 2): fact.minimum + 2, "unknown": None}
        for shown, value in offered.items():
            rows.append({"name": f"{id} {shown}", id: shown})
            expected.append({} if value is None else {id: value})
    found = read(filled(template, rows))
    assert found.rejects == []
    assert found.facts == expected
    assert found.names == [row["name"] for row in rows]
    assert read(filled(template, [{"name": "A", "latency_critical": True}])).facts == [
        {"latency_critical": True}
    ]


def test_the_template_of_any_vocabulary_can_be_read(tmp_path: Path) -> None:
    """Choices past what a list in a cell may hold, and wild words, make a template all the same."""
    values = {f"option_{i}": f"=HYPERLINK({i})" for i in range(100)}
    facts = [
        Fact(id="many", type="choice", label="many", values=values, question="=1+1\x00\x1b[31m", help="x" * 40_000),
        Fact(id="free", type="text", label="free"),
    ]  # fmt: skip
    vocabulary = Vocabulary({fact.id: fact for fact in facts}, {})
    path = tmp_path / "x.xlsx"
    path.write_bytes(inventory_template_xlsx(vocabulary))
    found = read(filled(path, [{"name": "A", "many": "option_99"}]), facts=vocabulary)
    assert found.facts == [{"many": "option_99"}]
    assert "<f>" not in part(path, LISTS)


def test_the_template_is_the_same_whenever_it_is_written(template: Path) -> None:
    """No date or random part makes two templates differ."""
    assert template.read_bytes() == inventory_template_xlsx(FACTS)


def test_xlsx_goes_to_a_file_or_a_pipe_but_not_to_a_terminal(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal cannot show it; a pipe takes the bytes as they are."""
    assert run(["facts", "--template", "xlsx"]) == 0
    assert zipfile.is_zipfile(io.BytesIO(capfdbinary.readouterr().out))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert run(["facts", "--template", "xlsx"]) == 2
    captured = capfdbinary.readouterr()
    assert (captured.out, b"add -o FILE" in captured.err) == (b"", True)


ROWS: list[list[Any]] = [
    ["=1+1", 1.5, 3, True],
    ["https://example.org", None, None, None],
    ["-5", float("nan"), 10**12, False],
    ["x" * 40_000, float("inf"), -1, None],
]
TYPES: dict[str, type] = {"=name": str, "cost": float, "row": int, "live": bool}


def test_results_come_out_as_cells_not_as_formulas(tmp_path: Path) -> None:
    """Texts stay texts, numbers numbers; what is no number is left empty, what is too long is cut."""
    path = tmp_path / "x.xlsx"
    write_xlsx(path, TYPES, iter(ROWS))
    header, *rows = sheet(path, "Results")
    assert header == ["'=name", "cost", "row", "live"]
    assert rows[:3] == [
        ["'=1+1", 1.5, 3.0, True], ["https://example.org", "", "", ""], ["-5", "", 1e12, False]
    ]  # fmt: skip
    assert (len(rows[3][0]), rows[3][0][-1]) == (32_767, "…")
    text = part(path, SHEET)
    assert "<f>" not in text
    assert "hyperlink" not in text


def test_results_past_a_sheet_go_on_in_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row is lost where there are more than a sheet holds."""
    monkeypatch.setattr(sheets, "MAX_ROWS", 4)
    path = tmp_path / "x.xlsx"
    write_xlsx(path, {"n": int}, ([i] for i in range(7)))
    assert [sheet(path, name) for name in ("Results", "Results 2", "Results 3")] == [
        [["n"], [0.0], [1.0], [2.0]], [["n"], [3.0], [4.0], [5.0]], [["n"], [6.0]]
    ]  # fmt: skip


def test_a_workbook_that_cannot_be_written_is_an_error_of_the_system(tmp_path: Path) -> None:
    """Where the file is a folder, or its folder is missing, the reason is the system's; nothing is left behind."""
    with pytest.raises(OSError, match="No such file"):
        write_xlsx(tmp_path / "none" / "x.xlsx", {"n": int}, [])
    with pytest.raises(OSError, match="Is a directory"):
        write_xlsx(tmp_path, {"n": int}, [[1]])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("batch", [2, 100])
@pytest.mark.parametrize("rows", [[], ROWS])
def test_parquet_keeps_types_whatever_is_in_a_column(
    rows: list[list[Any]], batch: int, tmp_path: Path
) -> None:
    """Columns have the types that were said, also where all cells are empty, and nothing else is left behind."""
    write_parquet(tmp_path / "x.parquet", TYPES, iter(rows), batch)
    frame = pl.read_parquet(tmp_path / "x.parquet")
    assert frame.schema == {
        "=name": pl.String, "cost": pl.Float64, "row": pl.Int64, "live": pl.Boolean
    }  # fmt: skip
    assert str(frame.rows()) == str([tuple(row) for row in rows])
    assert [path.name for path in tmp_path.iterdir()] == ["x.parquet"]
