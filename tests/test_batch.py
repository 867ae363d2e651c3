"""Batches: what goes into a folder, what stays out of it, and that nothing depends on chance."""

import csv
import fcntl
import io
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from random import Random
from unittest.mock import Mock

import numpy as np
import pytest
from batches import BOOK, DAY, inventory, order, ran, results, rows
from smallbook import write
from strategies import Cases
from tabled import as_table

from tunewise.batch import progress
from tunewise.batch.evaluating import rejects_of
from tunewise.batch.order import digest_of
from tunewise.cases.case import Case
from tunewise.commands.program import run
from tunewise.errors import UserError, harmless
from tunewise.evaluation.evaluator import Evaluator
from tunewise.evaluation.table import TableEvaluator
from tunewise.explaining.reasons import decisive
from tunewise.inference.deciding import decide
from tunewise.inventories.checking import check_chunk
from tunewise.inventories.csv_writing import write_csv
from tunewise.inventories.frames import ParquetFile
from tunewise.inventories.headers import Column, Header
from tunewise.inventories.mapping import NOTHING_SAID
from tunewise.inventories.raw import RawChunk, RawColumn
from tunewise.inventories.rejects import Reject
from tunewise.inventories.workbooks import Workbook
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.assembly import load
from tunewise.log.content import content, encoded
from tunewise.log.reading import Log
from tunewise.log.verify import verify

FILES = {
    "results.csv",
    "decisions.jsonl",
    "decisions.jsonl.rulebooks",
    "rejects.csv",
    "portfolio.html",
    "portfolio.md",
    "portfolio.xlsx",
    "run.json",
}


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The small rulebook as a folder."""
    return str(write(tmp_path_factory.mktemp("book")))


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a batch under the shipped rulebook, with names that mean harm."""
    place = tmp_path_factory.mktemp("shipped")
    path = place / "register.csv"
    path.write_text(
        "Use case,Task type,training_examples,requests_per_month,Cost centre,approach\n"
        "=HYPERLINK(0),classification,3000,90000,=1+1,mine\n"
        '"two\nlines",extraction,20,,@x,\n'
        "\x1b[31mred,translation,,100,9,\n"
        "wrong,classify,-3,lots,9,\n"
        "<b>bold</b>,other,,,,\n",
        encoding="utf-8",
    )
    given = ["--map", "Use case=name", "--keep-extra", "--as-of", "2026-11-22", "--quiet"]
    assert run(["batch", str(path), "-o", str(place / "out"), *given]) == 1
    return place / "out"


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a file of comma-separated values."""
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"), newline="")))


def test_a_run_leaves_its_files_and_nothing_else(shipped: Path) -> None:
    """The folder holds what was promised; the hidden one is gone."""
    assert {path.name for path in shipped.iterdir()} == FILES


def test_every_row_is_accepted_or_rejected(shipped: Path) -> None:
    """Results and rejects name each row of the inventory once, by its number."""
    accepted = [int(row["row"]) for row in table(shipped / "results.csv")]
    rejected = {int(row["row"]) for row in table(shipped / "rejects.csv")}
    assert (accepted, rejected) == ([1, 2, 3, 5], {4})
    counts = json.loads((shipped / "run.json").read_text())["result"]["counts"]
    assert {name: count for name, count in counts.items() if count} == {
        "accepted": 4,
        "rejected": 1,
        "too_early": 4,
    }


def test_rejects_name_every_problem_of_a_row(shipped: Path) -> None:
    """All mistakes of a row are there, with what stood there and what may."""
    found = table(shipped / "rejects.csv")
    assert [(r["column"], r["value"]) for r in found] == [
        ("Task type", "classify"),
        ("training_examples", "-3"),
        ("requests_per_month", "lots"),
    ]
    assert all(row["reason"] and row["allowed"] for row in found)


def test_a_row_that_fails_late_names_its_column_harmlessly() -> None:
    """A header may hold anything that is no letter or digit beside its fact's name."""
    cells = RawColumn(("pilot",), np.zeros(1, dtype=np.int32))
    header = Header((Column(0, "Sta\x1bge", "fact", "stage"),))
    checked = check_chunk(RawChunk(header, np.ones(1, dtype=np.int64), (cells,)), BOOK.facts)
    evaluation = Mock(failed={0: UserError("stage: has no price")})
    (found,) = rejects_of(checked, evaluation, header)
    assert found == Reject(1, harmless("Sta\x1bge"), "pilot", "has no price", "")
    assert "\x1b" not in found.column


def test_results_show_the_case_and_what_was_decided(shipped: Path) -> None:
    """The own columns come first, the name before all; then decisions, reasons, sums and what is unknown."""
    first = table(shipped / "results.csv")[0]
    own = ["Use case", "Task type", "training_examples", "requests_per_month"]
    assert list(first)[:7] == [*own, "Cost centre", "approach (given)", "approach"]
    assert first["approach"] in ("prompting", "hybrid", "fine_tuning")
    assert first["retrieval"] in ("none", "rag")
    assert float(first["prompting_horizon_low_usd"]) <= float(first["prompting_horizon_usd"])
    assert first["reasons"].endswith(".")
    assert first["break_even"] in ("pays_back", "from_the_start", "dearer_to_run")
    assert 1 <= len(first["unknown_facts"].split("; ")) <= 5


def test_no_cell_is_a_formula(shipped: Path) -> None:
    """What a spreadsheet would run stands behind an apostrophe, in every file."""
    for row in [*table(shipped / "results.csv"), *table(shipped / "rejects.csv")]:
        for cell in row.values():
            assert not cell.startswith(("=", "@", "+")), cell
    assert table(shipped / "results.csv")[0]["Use case"] == "'=HYPERLINK(0)"


def test_no_line_end_in_a_cell_begins_a_row(tmp_path: Path) -> None:
    """Whichever line end a cell holds, it is read back as one cell, and none behind it runs."""
    cells = ["a\r=cmd", "b\nc", "d\r\ne", "f\r\n", "g"]
    write_csv(tmp_path / "cells.csv", dict.fromkeys(cells, str), [cells])
    with (tmp_path / "cells.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [cells, cells]
    assert (tmp_path / "cells.csv").read_bytes().endswith(b",g\n")


def test_names_come_out_as_they_are_and_harmless(shipped: Path) -> None:
    """Line ends and tags of a name survive in the results and do nothing in the report."""
    assert table(shipped / "results.csv")[1]["Use case"] == "two\nlines"
    assert "<b>bold</b>" not in (shipped / "portfolio.html").read_text("utf-8")
    assert "\x1b" not in (shipped / "portfolio.md").read_text("utf-8")


def test_the_log_is_whole_and_says_what_single_cases_say(tmp_path: Path) -> None:
    """Each record is that of the case on its own, sealed in a chain, with the rulebook beside it."""
    ran(order(inventory(tmp_path, rows(12)), tmp_path / "out"))
    log = tmp_path / "out" / "decisions.jsonl"
    assert not verify(Log(str(log))).findings
    *lines, _ = log.read_bytes().splitlines()
    evaluator = Evaluator(BOOK, DAY)
    for line, row in zip(lines, table(tmp_path / "out" / "results.csv"), strict=True):
        facts = {
            "stage": row["stage"] or None,
            "examples": int(row["examples"]),
            "accuracy": float(row["accuracy"]) or 0,
            "target": float(row["target"]) or 0,
        }
        known = {fact: value for fact, value in facts.items() if value is not None}
        sha256 = digest_of(tmp_path / "inventory.csv").sha256
        case = Case(row["name"], known, row=int(row["row"]), inventory=sha256)
        alone = encoded(content(evaluator.evaluate(case), {}))
        assert line.startswith(alone[:-1] + b',"written":null,')
    evaluator.close()


def test_chunks_and_workers_change_nothing(tmp_path: Path) -> None:
    """The same inventory gives the same bytes, however it is cut and by however many it is evaluated."""
    path = inventory(tmp_path, rows(25))
    ran(order(path, tmp_path / "one", chunk_rows=1000))
    ran(order(path, tmp_path / "two", chunk_rows=3, workers=2))
    assert results(tmp_path / "one") == results(tmp_path / "two")


def test_all_formats_hold_the_same_rows(tmp_path: Path) -> None:
    """What stands in the csv stands in each other format, numbers as numbers."""
    path = inventory(tmp_path, [*rows(5), "=1+1,pilot,600,,"])
    for form in ("csv", "jsonl", "parquet", "xlsx"):
        ran(order(path, tmp_path / form, output_format=form))
    plain = table(tmp_path / "csv" / "results.csv")
    lines = (tmp_path / "jsonl" / "results.jsonl").read_text("utf-8").splitlines()
    objects = [json.loads(line) for line in lines]
    assert objects[-1]["name"] == "=1+1"
    assert objects[-1]["approach_margin"] == 2
    frame = ParquetFile(tmp_path / "parquet" / "results.parquet", "results")
    assert _rows(frame) == [_said(row.values()) for row in objects]
    book = Workbook(tmp_path / "xlsx" / "results.xlsx", "results", "xlsx", NOTHING_SAID, bool)
    assert _rows(book) == [_said(row.values()) for row in plain]


def _rows(source: ParquetFile | Workbook) -> list[list[str]]:
    return [_said(row) for block in source.blocks(100) for row in zip(*block.columns, strict=True)]


def _said(cells: Iterable[object]) -> list[str]:
    """Cells as csv holds them, whole numbers without a point."""
    return ["" if cell is None else str(cell).removesuffix(".0") for cell in cells]


def test_it_reads_standard_input(
    tmp_path: Path, rules: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dash stands for standard input, whose format must be said."""
    data = inventory(tmp_path, rows(3)).read_bytes()
    arguments = ["batch", "-", "-o", str(tmp_path / "out"), "--rules", rules]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert run(arguments) == 2
    assert "standard input needs --input-format" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert run([*arguments, "--input-format", "csv"]) == 0
    assert len(table(tmp_path / "out" / "results.csv")) == 3


@pytest.mark.parametrize("way", [["--dry-run"], ["--strict", "-o", "out"]])
def test_a_check_writes_nothing_where_a_row_is_wrong(
    way: list[str],
    tmp_path: Path,
    rules: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """--dry-run and --strict put the problems on standard output, and no folder appears."""
    monkeypatch.chdir(tmp_path)
    path = inventory(tmp_path, rows(6))
    assert run(["batch", str(path), *way, "--rules", rules]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("row,column,value,reason,allowed\n5,examples,many,")
    assert said.err.startswith("6 rows read: 5 accepted, 1 rejected\n")
    assert ("out: nothing was written, as --strict asks" in said.err) is ("--strict" in way)
    assert [found.name for found in tmp_path.iterdir()] == ["inventory.csv"]


def test_strict_goes_on_where_all_is_well(tmp_path: Path) -> None:
    """Without a mistake, --strict is a run like any other."""
    done = ran(order(inventory(tmp_path, rows(3)), tmp_path / "out", strict=True))
    assert done.counts.accepted == len(table(tmp_path / "out" / "results.csv")) == 3


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("full", "full: holds other files, such as 'letter.txt'; name a new or an empty folder"),
        ("full/letter.txt", "letter.txt: is not a folder"),
        ("no/where", "no/where: cannot be made: the folder above it does not exist"),
        ("full/letter.txt/x", "letter.txt/x: is not a folder"),
    ],
)
def test_an_unfit_folder_is_refused_in_one_line(target: str, says: str, tmp_path: Path) -> None:
    """Nothing foreign is touched, and the line says why."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear")
    before = sorted(tmp_path.rglob("*"))
    path = tmp_path / "inventory.csv"
    with pytest.raises(UserError) as refused:
        ran(order(path, tmp_path / target))
    assert str(refused.value).endswith(says)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_cannot_be_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read-only folder ends in one line."""

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "out")

    monkeypatch.setattr(Path, "mkdir", denied)
    with pytest.raises(UserError, match=r"out: cannot be written: Permission denied$"):
        ran(order(tmp_path / "inventory.csv", tmp_path / "out"))


def test_a_finished_run_is_not_written_over(tmp_path: Path) -> None:
    """A second run into the same folder is refused, and the files stay."""
    there = order(inventory(tmp_path, rows(3)), tmp_path / "out")
    ran(there)
    before = results(tmp_path / "out")
    with pytest.raises(UserError, match="holds a finished run; name another folder"):
        ran(there)
    assert results(tmp_path / "out") == before


def test_two_batches_do_not_share_a_folder(tmp_path: Path) -> None:
    """While one holds the folder, another is refused."""
    out = tmp_path / "out"
    out.mkdir()
    handle = os.open(out, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(UserError, match="another batch is writing to this folder"):
        ran(order(inventory(tmp_path, rows(3)), out))
    os.close(handle)
    assert not list(out.iterdir())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("name,stage\n", "has column names, but no row"),
        ("name,stagee\nA,pilot\n", "unknown column 'stagee'; did you mean 'stage'?"),
    ],
)
def test_an_inventory_that_cannot_be_read_leaves_no_folder(
    text: str, says: str, tmp_path: Path
) -> None:
    """One line, and nothing is left to clean up."""
    path = tmp_path / "inventory.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=re.escape(says)):
        ran(order(path, tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_log_of_ones_own_gets_every_record(tmp_path: Path) -> None:
    """--log appends the records to it and the end of the run, in its own chain and with the time."""
    log = tmp_path / "all.jsonl"
    for name in ("one", "two"):
        ran(order(inventory(tmp_path, rows(5)), tmp_path / name, log=str(log)))
    assert not verify(Log(str(log))).findings
    found = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert len(found) == 2 * (4 + 1)
    assert all(record["written"] for record in found)


def test_a_refused_run_leaves_no_log(tmp_path: Path) -> None:
    """A new log appears with its first record, and one that cannot be made is named before all work."""
    log = tmp_path / "log.jsonl"
    done = ran(order(inventory(tmp_path, rows(5)), tmp_path / "out", strict=True, log=str(log)))
    assert done.counts.rejected
    assert not log.exists()
    with pytest.raises(UserError, match="cannot be written: No such file or directory"):
        ran(order(inventory(tmp_path, rows(3)), tmp_path / "out", log=str(tmp_path / "no" / "log")))
    assert not (tmp_path / "out").exists()


def test_a_log_in_the_folder_is_refused(tmp_path: Path) -> None:
    """The folder has a log of its own, which the other would be replaced by."""
    out = tmp_path / "out"
    with pytest.raises(UserError, match="--log: lies in the output folder"):
        ran(order(inventory(tmp_path, rows(3)), out, log=str(out / "decisions.jsonl")))


def test_privacy_takes_facts_out_of_the_log(tmp_path: Path, rules: str) -> None:
    """What must not be logged is masked in each record, which says so."""
    private = tmp_path / "privacy.yaml"
    private.write_text("case.name: mask\nfacts.examples: drop\n")
    path, out = inventory(tmp_path, rows(3)), tmp_path / "out"
    given = ["--rules", rules, "--privacy", str(private), "--quiet"]
    assert run(["batch", str(path), "-o", str(out), *given]) == 0
    for line in (out / "decisions.jsonl").read_text("utf-8").splitlines()[:-1]:
        record = json.loads(line)
        assert record["case"]["name"] == "masked"
        assert "examples" not in record["facts"]
    assert table(out / "results.csv")[0]["name"] == "case 0"


def test_quiet_says_nothing(tmp_path: Path, rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither progress nor summary."""
    path, out = inventory(tmp_path, rows(3)), tmp_path / "out"
    assert run(["batch", str(path), "-o", str(out), "--rules", rules, "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_the_last_line_says_what_came_out_and_what_to_open(
    tmp_path: Path, rules: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the words of the rulebook, as the portfolio counts; --resume of a finished run says it again."""
    path, out = inventory(tmp_path, rows(6)), tmp_path / "out"
    words = ["batch", str(path), "-o", str(out), "--rules", rules, "--workers", "1"]
    for more in ([], ["--resume"]):
        assert run([*words, *more]) == 1
        last = capsys.readouterr().err.splitlines()[-1]
        came = "5 decided: 3 prompting, 2 tuning; 1 rejected"
        assert last == f"{came}. Open {out / 'portfolio.html'} first."
    assert "3 prompting, 2 tuning" in (out / "portfolio.md").read_text("utf-8")


def test_elsewhere_than_on_a_terminal_a_line_tells_the_progress(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows, rate and rejects, no more than every so often."""
    lines = progress.ProgressLines()
    lines.begin("evaluating", 1_000, 200, 3)
    lines.advance(10, 1)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(progress, "EVERY", 0)
    lines.advance(10, 1)
    line = r"tunewise: evaluating: 220 of 1,000 rows, [\d,]+ a second, 5 rejected\n"
    assert re.fullmatch(line, capsys.readouterr().err)


def test_it_needs_a_folder_or_a_dry_run(rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Bad usage is one line."""
    assert run(["batch", "inventory.csv"]) == 2
    assert "name the folder to write to with -o DIR" in capsys.readouterr().err
    assert run(["batch", "inventory.csv", "-o", "x", "--rules", rules, "--map", "stage"]) == 2
    assert "--map: expected column=fact, found 'stage'" in capsys.readouterr().err


def test_each_row_gets_a_brief_that_the_portfolio_links(tmp_path: Path) -> None:
    """Rejected rows get none; what is found out closely stands in the portfolio, and a name brings no markup."""
    path = inventory(tmp_path, ["<b>one</b>,pilot,800,0.5,0.9", "two,pilot,many,0.5,0.9", ",,,,"])
    ran(order(path, tmp_path / "out", briefs=True, title="A programme"))
    briefs = tmp_path / "out" / "briefs"
    assert sorted(one.name for one in briefs.iterdir()) == ["1.html"]
    page = (briefs / "1.html").read_text("utf-8")
    assert "&lt;b&gt;one" in page
    assert "<b>one" not in page
    portfolio = (tmp_path / "out" / "portfolio.md").read_text("utf-8")
    assert portfolio.startswith("# A programme\n")
    assert "(briefs/1.html)" in portfolio


def test_briefs_are_the_same_whatever_the_workers_and_chunks(tmp_path: Path) -> None:
    """And as after an interruption, which keeps what was done."""
    path = inventory(tmp_path, rows(10))
    for name, workers, chunk in (("one", 1, 4), ("two", 2, 3)):
        ran(order(path, tmp_path / name, briefs=True, workers=workers, chunk_rows=chunk))
    first, second = (
        {one.name: one.read_bytes() for one in (tmp_path / name / "briefs").iterdir()}
        for name in ("one", "two")
    )
    assert first == second
    assert len(first) == 9
    for name in ("portfolio.html", "portfolio.md", "portfolio.xlsx"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_template_that_fails_is_found_before_the_work(tmp_path: Path) -> None:
    """One line with the template's name, and no folder: not after hours."""
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "portfolio.md.j2").write_text("{{ 1 / 0 }}")
    path = inventory(tmp_path, rows(3))
    with pytest.raises(UserError, match=r"portfolio\.md\.j2:1: fails: division by zero"):
        ran(order(path, tmp_path / "out", templates=str(templates)))
    assert not (tmp_path / "out").exists()


def test_on_a_terminal_a_bar_shows_rows_rate_and_rejects(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar a stage, in one place, which goes with the last."""
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    bar = progress.progress_for(quiet=False)
    bar.begin("evaluating", 1_000, 200, 3)
    bar.advance(20, 1)
    bar.end()
    shown = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", screen.getvalue())
    assert re.search(r"evaluating .*220 rows, [\d,]+ a second, 4 rejected", shown)


@pytest.fixture(scope="module")
def large() -> Rulebook:
    """The shipped rulebook."""
    return load()


@pytest.fixture(scope="module")
def cases(large: Rulebook) -> list[dict[str, Value]]:
    """Random cases of the shipped rulebook, as far as they can be given."""
    random, drawn = Random(11), Cases(large)
    dear = {"base_model", "requests_per_month", "input_tokens", "output_tokens"}
    given = set(large.facts.given) - dear
    return [{k: v for k, v in drawn.draw(random).items() if k in given} for _ in range(40)]


def test_tables_wait_for_the_facts_that_single_cases_wait_for(
    large: Rulebook, cases: list[dict[str, Value]]
) -> None:
    """For each row the same unknown facts, those that most rules wait for first."""
    single, tables = Evaluator(large, DAY), TableEvaluator(large, DAY)
    evaluation = tables.evaluate(as_table(cases))
    for row, facts in enumerate(cases):
        if row not in evaluation.failed:
            unknown = single.evaluate(Case("A", facts)).unknown
            expected = [(one.fact, len(one.rules)) for one in unknown if one.rules]
            assert list(evaluation.unknown[row].items()) == expected
    single.close()
    tables.close()


def test_decisive_rules_are_those_without_which_it_would_be_otherwise(
    large: Rulebook, cases: list[dict[str, Value]]
) -> None:
    """What is told by the points is what deciding anew without each rule says."""
    single, decision = Evaluator(large, DAY), large.decisions["approach"]
    turned = 0
    for facts in cases:
        evaluation = single.evaluate(Case("A", facts))
        fired = [f.rule for f in evaluation.conclusions.firings if f.rule.target == "approach"]
        chosen = evaluation.conclusions.recommendation["approach"]
        expected = {
            rule.id
            for rule in fired
            if decide(decision, [other for other in fired if other is not rule]).chosen != chosen
        }
        assert set(decisive(evaluation.conclusions.outcomes["approach"])) == expected
        turned += len(expected)
    assert turned
    single.close()
