"""Cost lines for spreadsheets: every line of every approach once, sums that agree, and nothing that runs."""

import csv
import json
import zipfile
from datetime import datetime
from itertools import groupby
from pathlib import Path

import pytest
import python_calamine
import yaml

from tunewise.commands.program import run

DAY = "2026-11-22"
EXAMPLES = Path(__file__).parents[1] / "examples"
TRIAGE = EXAMPLES / "support_triage.yaml"
ENDS = {"p10": "Low", "p50": "", "p90": "High"}
FOCUS = {
    "BillingCurrency",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ChargeCategory",
    "ChargeFrequency",
    "ServiceName",
    "ChargeDescription",
    "SkuId",
    "PricingUnit",
    "PricingQuantity",
    "ListUnitPrice",
    "ListCost",
    "Tags",
}


@pytest.fixture
def decide(tmp_path, capsys):
    """The record of a case, and the rows of its cost lines as a file of either form holds them."""

    def decided(*cases, form="csv", options=()):
        path = tmp_path / f"costs.{form}"
        paths = [str(case) for case in cases]
        arguments = [*paths, "--as-of", DAY, "--format", "json", "--costs", str(path), *options]
        assert run(["decide", *arguments]) == 0
        return json.loads(capsys.readouterr().out), rows_of(path)

    return decided


def rows_of(path):
    """The rows of a file as mappings."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Cost lines")
    header, *rows = sheet.to_python()
    return [dict(zip(header, row, strict=True)) for row in rows]


def number(cell):
    """The number of a cell, 0 where it is empty."""
    return float(cell or 0)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_each_line_is_one_row_and_the_rows_add_up(decide, form):
    """Every line of the record, with quantity, rate, amount and source; totals are their sums, months across too."""
    record, rows = decide(TRIAGE, form=form)
    priced = [row for row in rows if row["x_Basis"] != "unpriced"]
    months = record["break_even"]["horizon_months"]
    for approach, estimate in record["costs"].items():
        ours = [row for row in priced if row["x_Approach"] == approach]
        assert [row["SkuId"] for row in ours] == [line["id"] for line in estimate["lines"]]
        for row, line in zip(ours, estimate["lines"], strict=True):
            for end, name in ENDS.items():
                for column, part in (
                    ("PricingQuantity", "quantity"),
                    ("ListUnitPrice", "rate"),
                    ("ListCost", "amount"),
                ):
                    own = f"x_{column}{name}" if name else column
                    assert number(row[own]) == pytest.approx(line[part][end], rel=1e-12)
            assert row["x_Sources"] == "; ".join(line["sources"])
            assert row["PricingUnit"] == line["unit"]
        for period, frequency in (("initial", "One-Time"), ("monthly", "Recurring")):
            some = (number(row["ListCost"]) for row in ours if row["ChargeFrequency"] == frequency)
            assert sum(some) == pytest.approx(estimate[period]["p50"], abs=1e-6)
        across = ["x_Start", *(f"x_Month{n}" for n in range(1, months + 1))]
        for row in ours:
            due = [number(row[month]) for month in across if row[month] != ""]
            assert sum(due) == pytest.approx(number(row["x_HorizonCost"]), abs=1e-6)
            assert due[0] == number(row["ListCost"])
            assert len(due) == (number(row["x_Months"]) or 1)
        assert {row["x_ModelSize"] for row in ours} == {
            plan_of(record, approach) if approach != "prompting" else "frontier"
        }
    assert f"x_Month{months + 1}" not in rows[0]


def test_the_months_follow_the_years(decide):
    """What is paid in a later year is discounted, year by year; the quantity and the rate are those of the day."""
    _, rows = decide(TRIAGE, options=["--assume", "discount_rate=0.25"])
    row = next(r for r in rows if r["x_Month1"] and r["PricingUnit"] != "million tokens")
    first = number(row["ListCost"])
    assert [number(row[f"x_Month{n}"]) for n in (1, 12, 13, 25)] == pytest.approx(
        [first, first, first * 0.8, first * 0.64], abs=0.01
    )


def plan_of(record, approach):
    """The size of model that the record tells of a plan with tuning."""
    assert approach in ("hybrid", "fine_tuning")
    return record["tuning_plan"]["model_size"]


def test_columns_bear_the_names_of_focus_and_own_ones_say_so(decide):
    """What FOCUS knows has its name; the rest begins with x_; the tags are a JSON object."""
    record, rows = decide(TRIAGE)
    assert rows[0].keys() >= FOCUS
    assert all(name in FOCUS or name.startswith("x_") for name in rows[0])
    first = rows[0]
    assert first["ChargePeriodStart"] == "2026-11-22T00:00:00Z"
    assert first["ChargePeriodEnd"] == "2026-12-22T00:00:00Z"
    assert json.loads(first["Tags"])["owner"] == "support platform team"
    chosen = {row["x_Approach"] for row in rows if row["x_Recommended"] == "yes"}
    assert chosen == {record["recommendation"]["approach"]}


def test_what_has_no_figure_stands_there_without_one(decide):
    """Named as unpriced, and never as zero."""
    record, rows = decide(EXAMPLES / "health_assistant.yaml")
    gaps = [row for row in rows if row["x_Basis"] == "unpriced"]
    assert gaps
    assert {row["ChargeDescription"] for row in gaps} <= set(record["cost_basis"]["gaps"])
    assert all(row["ListCost"] == row["x_HorizonCost"] == row["x_Month1"] == "" for row in gaps)


def test_a_workbook_has_numbers_and_days_and_says_how_to_show_them(decide, tmp_path):
    """Amounts are numbers with two decimals, moments are dates, and quantities keep theirs."""
    _, rows = decide(TRIAGE, form="xlsx")
    assert isinstance(rows[0]["ListCost"], float)
    assert rows[0]["ChargePeriodStart"] == datetime(2026, 11, 22).date()  # noqa: DTZ001
    with (tmp_path / "costs.xlsx").open("rb") as file:
        styles = zipfile.ZipFile(file).read("xl/styles.xml").decode()
    assert "yyyy\\-mm\\-dd" in styles or "yyyy-mm-dd" in styles
    assert "#,##0.00####" in styles


def test_several_cases_share_the_columns_of_the_longest(decide, tmp_path):
    """A shorter one leaves its later months empty."""
    short = tmp_path / "short.yaml"
    data = yaml.safe_load(TRIAGE.read_text())
    short.write_text(
        yaml.safe_dump(
            {**data, "name": "Short", "facts": {**data["facts"], "commitment_months": 2}}
        )
    )
    _, rows = decide(short, TRIAGE)
    assert [name for name, _ in groupby(row["x_Case"] for row in rows)] == ["Short", data["name"]]
    ours = next(r for r in rows if r["x_Case"] == "Short" and r["ChargeFrequency"] == "Recurring")
    assert ours["x_Month2"] == ours["ListCost"]
    assert ours["x_Month3"] == ours["x_Month36"] == ""


def test_another_currency_turns_all_amounts(decide):
    """Prices and costs alike, exactly; quantities stay."""
    _, dollars = decide(TRIAGE)
    _, euros = decide(TRIAGE, options=["--currency", "EUR", "--fx", "0.9"])
    for was, now in zip(dollars, euros, strict=True):
        assert (now["BillingCurrency"], now["PricingQuantity"]) == ("EUR", was["PricingQuantity"])
        for name in ("ListUnitPrice", "ListCost", "x_HorizonCost", "x_Month1"):
            assert number(now[name]) == pytest.approx(number(was[name]) * 0.9, rel=1e-12)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_name_becomes_a_formula(decide, tmp_path, form):
    """What starts like one gets an apostrophe."""
    case = tmp_path / "case.yaml"
    data = yaml.safe_load(TRIAGE.read_text())
    case.write_text(yaml.safe_dump({**data, "name": "=HYPERLINK(1)", "owner": "@SUM(A1)"}))
    _, rows = decide(case, form=form)
    assert rows[0]["x_Case"] == "'=HYPERLINK(1)"
    assert all(not str(cell).startswith(("=", "+", "@")) for row in rows for cell in row.values())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("costs.xls", "cost lines go into .csv or .xlsx files, found '.xls'"),
        ("costs", "found ''"),
        (
            "case.csv",
            "is a case, which the cost lines would replace; name another file with --costs",
        ),
        ("report.csv", "is the report, which the cost lines would replace"),
        ("none/costs.csv", "cannot be written"),
    ],
)
def test_a_file_that_cannot_be_is_refused_and_nothing_written(tmp_path, capsys, name, said):
    """One line, status 2, no report and no log."""
    case = tmp_path / ("case.csv" if name == "case.csv" else "case.yaml")
    report, log = tmp_path / "report.csv", tmp_path / "log.jsonl"
    case.write_text(TRIAGE.read_text())
    arguments = [str(case), "--format", "text", "-o", str(report), "--log", str(log)]
    assert run(["decide", *arguments, "--no-turning", "--costs", str(tmp_path / name)]) == 2
    assert said in capsys.readouterr().err
    assert case.read_text() == TRIAGE.read_text()
    assert not report.exists()
    assert not log.exists() or not log.read_text()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_batch_writes_the_lines_that_each_case_has_alone(tmp_path, capsys, form):
    """The same rows as decide writes of the same cases, but for notes on what is blocked."""
    data = yaml.safe_load(TRIAGE.read_text())
    facts = data["facts"] | {"organisation": "mid_size", "sovereignty": "required"}
    cases = {"A": facts, "B": facts | {"commitment_months": 5, "requests_per_month": 10}}
    listed = [{"name": name, **one} for name, one in cases.items()]
    inventory = tmp_path / "inventory.json"
    inventory.write_text(json.dumps(listed))
    out = tmp_path / "out"
    arguments = [str(inventory), "-o", str(out), "--as-of", DAY, "--quiet", "--costs", form]
    assert run(["batch", *arguments]) == 0
    paths = []
    for name, one in cases.items():
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_text(json.dumps({"name": name, "facts": one}))
    alone = tmp_path / f"alone.{form}"
    assert (
        run(["decide", *map(str, paths), "--as-of", DAY, "--no-turning", "--costs", str(alone)])
        == 0
    )
    capsys.readouterr()
    ours = [row for row in rows_of(out / f"costs.{form}") if row["x_Approach"]]
    theirs = [row for row in rows_of(alone) if row["x_Approach"]]
    assert len(ours) > 20
    assert ours == theirs
    gaps = [row["ChargeDescription"] for row in rows_of(alone) if row["x_Basis"] == "unpriced"]
    told = [r["ChargeDescription"] for r in rows_of(out / f"costs.{form}") if not r["x_Approach"]]
    assert told
    assert set(told) <= set(gaps)
    assert "costs." + form in json.loads((out / "run.json").read_text())["result"]["files"]


def test_a_batch_without_the_option_writes_none(tmp_path):
    """And one with another form than the run was begun with is refused on resuming."""
    inventory = tmp_path / "inventory.csv"
    inventory.write_text("name,requests_per_month\na,1000\n")
    assert run(["batch", str(inventory), "-o", str(tmp_path / "out"), "--quiet"]) == 0
    assert not list((tmp_path / "out").glob("costs.*"))


def test_cost_lines_are_not_made_on_ray(capsys):
    """Refused with the options' names."""
    assert run(["batch", "x.csv", "-o", "d", "--on", "ray", "--costs", "csv"]) == 2
    assert "--on ray does not go with --costs" in capsys.readouterr().err
