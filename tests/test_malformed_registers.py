"""Files that are broken in all ways that files are: each ends in one clear line, and nothing is written."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from tunewise.commands.program import run


def workbook(rows: list[list[Any]] | None = None, sheets: int = 1) -> bytes:
    """A whole workbook."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for _ in range(sheets):
            page = book.add_worksheet()
            for number, row in enumerate(rows if rows is not None else [["name"], ["A"]]):
                page.write_row(number, 0, row)
    return out.getvalue()


def repacked(change: Callable[[dict[str, bytes]], None], raw: bytes | None = None) -> bytes:
    """A package after a change to its parts."""
    with zipfile.ZipFile(io.BytesIO(raw or workbook())) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    change(parts)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


def sheet(xml: str) -> bytes:
    """A workbook whose sheet is this text."""
    return repacked(lambda parts: parts.update({"xl/worksheets/sheet1.xml": xml.encode()}))


def without(part: str) -> bytes:
    """A workbook without a part."""
    return repacked(lambda parts: parts.__delitem__(part))


def ods(content: str | None, manifest: str = "") -> bytes:
    """An OpenDocument package with this content."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        if content is not None:
            package.writestr("content.xml", content)
        package.writestr("META-INF/manifest.xml", manifest)
    return out.getvalue()


def parquet() -> bytes:
    """A whole parquet file."""
    out = io.BytesIO()
    pl.DataFrame({"name": ["A"]}).write_parquet(out)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
DATA = "<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><sheetData>{}</sheetData></worksheet>"
REPEATED = (
    '<office:document-content xmlns:office="o" xmlns:table="t"><table:table>'
    '<table:table-row table:number-rows-repeated="1000000"><table:table-cell office:value-type="float" '
    'table:number-columns-repeated="16000"/></table:table-row></table:table></office:document-content>'
)

BROKEN: dict[str, bytes] = {
    "empty.csv": b"",
    "blank.csv": b"\n\n  \n",
    "header-alone.csv": b"name,stage\n",
    "nul.csv": b"\0" * 400,
    "unclosed-header.csv": b'"name,stage\nA,pilot\n',
    "only-a-hint.csv": b"sep=;\n",
    "a-picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(128, 256)) * 4,
    "a-zip.csv": workbook(),
    "a-parquet.csv": parquet(),
    "gzip.csv": b"\x1f\x8b\x08" + b"\0" * 40,
    "zstd.csv": b"\x28\xb5\x2f\xfd" + b"\0" * 40,
    "bzip2.csv": b"BZh91AY" + b"\0" * 40,
    "old-office.csv": OLE + b"\0" * 600,
    "odd-bytes.csv": b"name,stage\nA,\n\x81\x8d\x8f\x90,pilot\n",
    "cut-utf16.csv": "name,stage\n".encode("utf-16") + b"\x41",
    "surrogate.csv": b"name\n\xed\xa0\x80\n",
    "endless-line.csv": b"name\n" + b"x" * 5_000_000,
    "many-columns.csv": ",".join(f"c{i}" for i in range(2_500)).encode() + b"\n1\n",
    "numbers-alone.csv": b"1,2,3\n4,5,6\n",
    "unknown.csv": b"colour\nred\n",
    "no-fact.tsv": b"colour\tshape\nred\tround\n",
    "web-page.xlsx": b"<html><table><tr><td>name</td></tr></table></html>",
    "xml.xlsx": b"<?xml version='1.0'?><Workbook/>",
    "empty.xlsx": b"",
    "text.xlsx": b"name,stage\nA,pilot\n",
    "cut.xlsx": workbook()[:1_000],
    "bare-zip.xlsx": repacked(lambda parts: parts.clear()),
    "no-workbook.xlsx": without("xl/workbook.xml"),
    "no-relations.xlsx": without("xl/_rels/workbook.xml.rels"),
    "no-sheet.xlsx": without("xl/worksheets/sheet1.xml"),
    "no-cells.xlsx": workbook([]),
    "header-alone.xlsx": workbook([["name", "stage"]]),
    "bad-xml.xlsx": sheet("<worksheet><sheetData><row></worksheet>"),
    "doctype.xlsx": sheet("<!DOCTYPE a [<!ENTITY b 'c'>]><worksheet/>"),
    "far-row.xlsx": sheet(DATA.format("<row r='99999999'><c r='A99999999'><v>1</v></c></row>")),
    "far-column.xlsx": sheet(DATA.format("<row r='1'><c r='ZZZZ1'><v>1</v></c></row>")),
    "encrypted.xlsx": OLE + b"\0" * 600,
    "newer.xls": workbook(),
    "text.xls": b"name\tstage\nA\tpilot\n",
    "cut.xls": OLE + b"\0" * 600,
    "page.xls": b"<table><tr><td>name</td></tr></table>",
    "empty.ods": b"",
    "no-content.ods": ods(None),
    "bad-xml.ods": ods("<office:document-content"),
    "encrypted.ods": ods("x", "<manifest:encryption-data/>"),
    "repeated.ods": ods(REPEATED),
    "cut.ods": ods("<a/>")[:60],
    "empty.json": b"",
    "cut.json": b'[{"name": "A"',
    "text.json": b'"name"',
    "number.json": b"12",
    "empty-list.json": b"[]",
    "no-cases.json": b"[1, 2, 3]",
    "twice.json": b'[{"name": "A", "name": "B"}]',
    "deep.json": b"[" * 5_000 + b"]" * 5_000,
    "long-number.json": b'[{"name": "A", "languages": ' + b"9" * 900 + b"}]",
    "half.json": b'[{"name": "\\ud800"}]',
    "two-lists.json": json.dumps({"a": [{"name": "A"}], "b": [{"name": "B"}]}).encode(),
    "lines-of-nothing.jsonl": b"\n\n",
    "no-json.jsonl": b"name,stage\nA,pilot\n",
    "tabs.yaml": b"a:\n\t- b\n",
    "bomb.yaml": b"a: &a [x, x, x, x, x, x, x, x, x]\n"
    + b"".join(f"{c}: &{c} [{', '.join([f'*{p}'] * 9)}]\n".encode() for p, c in zip("abcdef", "bcdefg", strict=True)),
    "python.yaml": b"!!python/object/apply:os.system ['true']\n",
    "documents.yaml": b"- name: A\n---\n- name: B\n",
    "empty.parquet": b"",
    "cut.parquet": parquet()[:-20],
    "text.parquet": b"name,stage\n",
    "broken.parquet": b"PAR1" + b"\xff" * 60 + b"PAR1",
    "no-ending": b"name\nA\n",
    "other.ending.doc": b"name\nA\n",
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_ends_in_one_clear_line(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The file, what is wrong with it, nothing printed by libraries, no traceback, nothing left behind."""
    path, folder = tmp_path / name, tmp_path / "out"
    path.write_bytes(BROKEN[name])
    assert run(["batch", str(path), "-o", str(folder), "--workers", "1"]) == 2
    said = capfd.readouterr()
    lines = said.err.splitlines()
    assert said.out == ""
    assert all(line.startswith("tunewise: ") and line.isprintable() for line in lines)
    told = [line for line in lines if "--keep-extra" not in line and "--header-row" not in line]
    assert 1 <= len(told) <= 21
    assert name in told[0]
    assert "Traceback" not in said.err
    assert not folder.exists()


@pytest.mark.parametrize("name", BROKEN)
def test_no_mapping_is_proposed_for_a_broken_file(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is refused alike; only unknown columns are what a proposal is for."""
    path, target = tmp_path / name, tmp_path / "m.yaml"
    path.write_bytes(BROKEN[name])
    status = run(["batch", str(path), "--propose", str(target)])
    said = capfd.readouterr().err
    assert status in (0, 2)
    assert "Traceback" not in said
    assert target.exists() is (status == 0)
