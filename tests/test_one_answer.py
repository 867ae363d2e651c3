"""One question has one answer: report, JSON, Python API, batch and audit say the same of a case."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from strategies import Cases
from tabled import as_table

import tunewise
from tunewise.asking.explaining import Explaining
from tunewise.asking.page import PageView
from tunewise.batch.entries import portfolio_entry
from tunewise.cases.case import Case, parse_case, plain, read_case
from tunewise.commands.program import run
from tunewise.evaluation.evaluator import Evaluator
from tunewise.evaluation.results import FIRST_UNKNOWN
from tunewise.evaluation.table import TableEvaluator
from tunewise.explaining.reasons import REASONS
from tunewise.knowledge.conditions import Value
from tunewise.loading.assembly import load
from tunewise.log.reading import Log
from tunewise.log.selecting import records
from tunewise.log.table_content import RowRecords
from tunewise.portfolio.tally import Portfolio, PortfolioTally
from tunewise.reading import Document
from tunewise.record.decision import as_json, as_record
from tunewise.record.evaluation import Evaluation
from tunewise.report.presenting import report_view
from tunewise.report.view import CaseView

DAY = date(2026, 11, 22)
SHIPPED = load()
EXAMPLES = [
    read_case(str(path), SHIPPED.facts)
    for path in sorted((Path(__file__).parents[1] / "examples").glob("*.yaml"))
]
CASES, MOST = 500, 100_000
PRICED, PROVED = 25, 125
"""Of so many cases one is told with its costs, and with what is proved of it: the slow parts of an answer."""
ALONE = dict.fromkeys(("certainty", "flips", "sufficient"))
"""What is tried and proved of a single case, and not of a table's rows."""


@dataclass(frozen=True)
class Told:
    """What each reader tells of one case: report, JSON, a row of results, the same from Python, the log's page."""

    report: CaseView
    answer: dict[str, Any]
    results: dict[str, str]
    frame: dict[str, Any]
    page: PageView
    logged: dict[str, Any]


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
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a batch of all cases."""
    place = tmp_path_factory.mktemp("told")
    inventory = place / "cases.jsonl"
    inventory.write_text("".join(json.dumps(case) + "\n" for case in given()), encoding="utf-8")
    options = ["--as-of", str(DAY), "--quiet", "--workers", "1"]
    assert run(["batch", str(inventory), "-o", str(place / "out"), *options]) == 0
    return place / "out"


@pytest.fixture(scope="module")
def told(folder: Path) -> list[Told]:
    """What is told of each case."""
    with (folder / "results.csv").open(encoding="utf-8", newline="") as file:
        results = list(csv.DictReader(file))
    log = folder / "decisions.jsonl"
    pages = (page(log, one) for one in records(Log(str(log)), lambda entry: None))
    logged = map(json.loads, log.read_text(encoding="utf-8").splitlines()[:-1])
    return [Told(*one) for one in zip(*reports(), results, frame(), pages, logged, strict=True)]


@pytest.fixture(scope="module")
def portfolio() -> Portfolio:
    """The portfolio of all cases."""
    tables, tally = TableEvaluator(SHIPPED, DAY), PortfolioTally(SHIPPED)
    evaluation = tables.evaluate(as_table([case.facts for case in parsed()]))
    rows = RowRecords(evaluation)
    for i, case in enumerate(parsed()):
        content = rows.content(i, {"name": str(i)})
        tally.add(portfolio_entry(evaluation, i, content, replace(case, row=i)))
    tables.close()
    return tally.portfolio()


def given() -> list[dict[str, Any]]:
    """The cases as a case file holds them."""
    return [{"name": case.name, "facts": plained(case)} for case in drawn()]


def parsed() -> list[Case]:
    """The cases as they are read."""
    return [parse_case(Document("case", case), SHIPPED.facts) for case in given()]


def frame() -> list[dict[str, Any]]:
    """The rows of the frame that Python programs get."""
    facts = [case["facts"] for case in given()]
    columns = {id: [cell(known.get(id)) for known in facts] for id in SHIPPED.facts.given}
    found = tunewise.evaluate_table(pl.DataFrame(columns, strict=False), as_of=DAY).to_dicts()
    assert not [row["rejected"] for row in found if row["rejected"]]
    return found


def plained(case: Case) -> dict[str, Any]:
    """The facts of a case as a case file holds them."""
    return {id: plain(value) for id, value in case.facts.items()}


def cell(value: Any) -> Any:
    """A value as a cell holds it."""
    return (", ".join(value) or "none") if isinstance(value, tuple) else value


def reports() -> tuple[list[CaseView], list[dict[str, Any]]]:
    """The view of each case's report, and its JSON."""
    evaluator = Evaluator(SHIPPED, DAY)
    made = [evaluator.evaluate(case) for case in parsed()]
    evaluator.close()
    views = [report_view([unpriced(one)]).cases[0] for one in made]
    return views, [as_record(unpriced(one) if n % PRICED else one) for n, one in enumerate(made)]


def unpriced(evaluation: Evaluation) -> Evaluation:
    """An evaluation without what its plans cost, of which a view makes pictures for most of a second."""
    return replace(evaluation, costs=replace(evaluation.costs, estimates={}, break_even=None))


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
    tuning = ("hybrid", "fine_tuning")
    tuned = [one for one in told if one.answer["recommendation"]["approach"] in tuning]
    both = {id for id, rule in SHIPPED.rules.items() if len(getattr(rule.then, "options", ())) > 1}
    firsts = [[reason["rule"] for reason in one.answer["reasons"][:REASONS]] for one in tuned]
    assert len(tuned) >= 20
    assert all(both.intersection(first) for first in firsts)


def test_python_answers_as_the_record_says(told: list[Told]) -> None:
    """What a program gets of a case is its record, with what is tried and proved of a single case alone."""
    for case, one in list(zip(given(), told, strict=True))[::PRICED]:
        answer = tunewise.evaluate(case, as_of=DAY)
        settled = {
            id
            for id, found in one.answer["certainty"].items()
            if found["status"] == "settled" and answer["certainty"][id]["status"] != "settled"
        }
        assert not settled
        assert {**answer, **ALONE} == {**one.answer, **ALONE}


def test_python_answers_as_the_command_line_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a program gets of a case is what `decide` prints as JSON, all of it."""
    for number, case in enumerate(given()[::PROVED]):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(case), encoding="utf-8")
        assert run(["decide", str(path), "--format", "json", "--as-of", str(DAY)]) == 0
        assert capsys.readouterr().out == as_json(tunewise.evaluate(case, as_of=DAY))


def test_what_is_unknown_and_matters_is_the_same(told: list[Told]) -> None:
    """Report, JSON and the log's page name the same facts in the same order, a row of results the first five."""
    for one in told:
        unknown = [fact for fact, rules in one.answer["unknown"].items() if rules]
        assert [fact.id for fact in (*one.report.unknown, *one.report.unknown_rest)] == unknown
        assert list(one.page.unknown) == unknown
        assert one.results["unknown_facts"] == "; ".join(unknown[:FIRST_UNKNOWN])
        assert (one.frame["unknown_facts"] or "") == "; ".join(unknown[:FIRST_UNKNOWN])


def test_the_portfolio_counts_what_each_case_tells(told: list[Told], portfolio: Portfolio) -> None:
    """What was chosen, which rules were decisive, which facts are waited for, and by how many rules.

    A row that it is too early to judge is counted apart, and where facts are waited for, and nowhere else.
    """
    chosen: dict[str, Counter[str]] = {}
    decisive, waited, rules = Counter[str](), Counter[str](), Counter[str]()
    judged = [one for one in told if one.answer["certainty"]["approach"]["status"] != "too_early"]
    assert portfolio.too_early_rows == CASES - len(judged)
    for one in judged:
        for decision, option in one.answer["recommendation"].items():
            chosen.setdefault(decision, Counter())[option] += 1
        decisive.update(r["rule"] for r in one.answer["reasons"] if r["decisive"])
    for one in told:
        waiting = {fact: found for fact, found in one.answer["unknown"].items() if found}
        waited.update(waiting.keys())
        rules.update({fact: len(found) for fact, found in waiting.items()})
    assert portfolio.chosen == chosen
    assert portfolio.deciding == decisive
    assert {fact: wanted.rows for fact, wanted in portfolio.wanted.items()} == waited
    assert {fact: wanted.rules for fact, wanted in portfolio.wanted.items()} == rules


def test_which_rule_was_decisive_is_the_same(told: list[Told]) -> None:
    """In JSON, and on the log's page."""
    for one in told:
        decisive = {r["rule"] for r in one.answer["reasons"] if r["decisive"]}
        assert {said.rule for said in one.page.carried if said.decisive} <= decisive


def test_what_was_decided_is_the_same(told: list[Told]) -> None:
    """Choice and lead in every reader, and the points of each option where they are told."""
    for one in told:
        decided = [dict(decision) for decision in one.answer["decisions"]]
        for decision, view, seen in zip(
            decided, one.report.decisions, one.page.decisions, strict=True
        ):
            options = SHIPPED.decisions[decision["decision"]].options
            chosen = options[decision["chosen"]].label if decision["chosen"] in options else ""
            assert one.results[decision["decision"]] == decision["chosen"]
            assert one.frame[decision["decision"]] == decision["chosen"]
            assert (view.chosen, view.margin) == (chosen, decision["margin"])
            assert (seen.chosen, seen.margin) == (chosen, decision["margin"])
            scores = [option["score"] for option in decision["options"]]
            assert [option.score for option in view.options] == scores
            assert [option.score for option in seen.options] == scores
            decision.pop("lifted_by", None)
            decision.pop("nearest", None)
        assert one.logged["decisions"] == decided


def test_sources_are_cited_alike(told: list[Told]) -> None:
    """The report and the log's page cite the same statements in the same words, JSON names them."""
    for one in told:
        named = [reason["sources"] for reason in one.answer["reasons"]]
        assert [[s.id for s in reason.sources] for reason in one.report.reasons] == named[:REASONS]
        for said, shown in zip(one.report.reasons, one.page.carried, strict=False):
            assert said.sources == shown.sources
        firings = zip(one.report.firings, one.page.firings, strict=True)
        assert all(said.sources == shown.sources for said, shown in firings)
