"""One question has one answer: report, JSON, Python API, batch and audit say the same of a case."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from strategies import Cases

import tunewise
from tunewise.asking.explaining import Explaining
from tunewise.asking.page import PageView
from tunewise.cases.case import Case, parse_case, plain, read_case
from tunewise.commands.program import run
from tunewise.evaluation.evaluator import Evaluator
from tunewise.explaining.reasons import REASONS
from tunewise.knowledge.conditions import Value
from tunewise.loading.assembly import load
from tunewise.log.reading import Log
from tunewise.log.selecting import records
from tunewise.reading import Document
from tunewise.record.decision import as_record
from tunewise.report.presenting import report_view
from tunewise.report.view import CaseView

DAY = date(2026, 11, 22)
SHIPPED = load()
EXAMPLES = [
    read_case(str(path), SHIPPED.facts)
    for path in sorted((Path(__file__).parents[1] / "examples").glob("*.yaml"))
]
CASES, MOST = 500, 100_000


@dataclass(frozen=True)
class Told:
    """What each reader tells of one case: report, JSON, a row of results, the same from Python, the log's page."""

    report: CaseView
    answer: dict[str, Any]
    results: dict[str, str]
    frame: dict[str, Any]
    page: PageView


def drawn() -> Iterator[Case]:
    """Random cases that can be priced: half an example, half values that crowd on the thresholds of rules."""
    cases, random = Cases(SHIPPED), Random(10)
    for number in range(CASES):
        example = EXAMPLES[number % len(EXAMPLES)].facts.items()
        facts = cases.draw(random) | {id: v for id, v in example if random.random() < 0.5}
        facts["base_model"] = random.choice(("openai/gpt-4o", "openai/gpt-4o-mini"))
        given = {id: bounded(facts[id]) for id in SHIPPED.facts.given if id in facts}
        yield Case(f"case {number}", given)


def bounded(value: Value) -> Value:
    """A value with which costs stay within what is reckoned, and that a cell of text can hold."""
    if isinstance(value, float):
        return round(min(value, MOST), 4)
    return min(value, MOST) if isinstance(value, int) else value


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[Told]:
    """What is told of each case."""
    folder = tmp_path_factory.mktemp("told")
    cases = [{"name": case.name, "facts": plained(case)} for case in drawn()]
    inventory = folder / "cases.jsonl"
    inventory.write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
    out = folder / "out"
    given = ["-o", str(out), "--as-of", str(DAY), "--quiet", "--workers", "1"]
    assert run(["batch", str(inventory), *given]) == 0
    with (out / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = {id: [cell(case["facts"].get(id)) for case in cases] for id in SHIPPED.facts.given}
    frame = tunewise.evaluate_table(pl.DataFrame(columns, strict=False), as_of=DAY).to_dicts()
    assert not [row["rejected"] for row in frame if row["rejected"]]
    pages = (
        page(out / "decisions.jsonl", one)
        for one in records(Log(str(out / "decisions.jsonl")), lambda entry: None)
    )
    return [Told(*one) for one in zip(*reports(cases), rows, frame, pages, strict=True)]


def plained(case: Case) -> dict[str, Any]:
    """The facts of a case as a case file holds them."""
    return {id: plain(value) for id, value in case.facts.items()}


def cell(value: Any) -> Any:
    """A value as a cell holds it."""
    return (", ".join(value) or "none") if isinstance(value, tuple) else value


def reports(cases: list[dict[str, Any]]) -> tuple[list[CaseView], list[dict[str, Any]]]:
    """The view of each case's report, and its JSON."""
    evaluator = Evaluator(SHIPPED, DAY)
    made = [evaluator.evaluate(parse_case(Document("case", c), SHIPPED.facts)) for c in cases]
    evaluator.close()
    return [report_view([one]).cases[0] for one in made], [as_record(one) for one in made]


def page(log: Path, chosen: Any) -> PageView:
    """The page of a record."""
    return Explaining(str(log), chosen.entry, chosen.record, SHIPPED).page(None, full=True)


def test_the_reasons_are_the_same_and_in_the_same_order(told: list[Told]) -> None:
    """Report, JSON, results, table and log: the first three in words, all by rule where all are told."""
    for one in told:
        first = [reason["text"] for reason in one.answer["reasons"]][:REASONS]
        assert [reason.text for reason in one.report.reasons] == first
        assert one.results["reasons"] == one.frame["reasons"] == " ".join(first)
        assert [reason.text for reason in one.page.carried][:REASONS] == first
        assert one.page.carrying == len(one.answer["reasons"])
        for said, reason in zip(one.page.carried, one.answer["reasons"], strict=False):
            assert (said.rule, said.stance, said.points, said.decisive) == tuple(
                reason[name] for name in ("rule", "stance", "points", "decisive")
            )


def test_a_rule_that_supports_what_was_chosen_is_a_reason_whatever_else_it_supports(
    told: list[Told],
) -> None:
    """Tuning and a mix are often supported by the same rules: they stand first where tuning is chosen."""
    tuned = [one for one in told if one.answer["recommendation"]["approach"] == "fine_tuning"]
    both = {id for id, rule in SHIPPED.rules.items() if len(getattr(rule.then, "options", ())) > 1}
    firsts = [[reason["rule"] for reason in one.answer["reasons"][:REASONS]] for one in tuned]
    assert len(tuned) > 20
    assert all(both.intersection(first) for first in firsts)


def test_python_answers_as_the_command_line_does(told: list[Told]) -> None:
    """What a program gets of a case is its JSON."""
    for case, one in list(zip(drawn(), told, strict=True))[::25]:
        given = {"name": case.name, "facts": plained(case)}
        assert tunewise.evaluate(given, as_of=DAY) == one.answer
