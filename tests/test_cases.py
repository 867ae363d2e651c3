"""The tests of the tests: what the cases beside this file show of the installed rulebook."""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tunewise.authoring.rulecases import RuleCase, find_case_files, read_all
from tunewise.commands.program import run
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.assembly import load

CASES = Path(__file__).parent / "cases"
SCENARIOS = ("documents.yaml", "experts.yaml")
DAY = "2026-11-22"
"""The prices of this day decide what pays back, so the cases are judged on it."""

NAMED_BY_THE_DOCUMENTS = {
    "rows of the table of recommendations by use case": [f"B{n}" for n in range(85, 95)],
    "leaves of the flowchart": [f"B{n}" for n in range(60, 65)],
    "case studies": [f"C{n}" for n in range(79, 91)],
    "criteria for choosing either approach": [f"A{n}" for n in range(40, 50)],
}


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    """The rulebook that is installed."""
    return load()


@pytest.fixture(scope="module")
def cases(rulebook: Rulebook) -> tuple[RuleCase, ...]:
    """Every case of the repository."""
    return read_all(find_case_files([CASES]), rulebook)


def scenarios(cases: Collection[RuleCase]) -> list[RuleCase]:
    """The cases that are whole use cases, with what is recommended for them."""
    return [case for case in cases if Path(case.place).name in SCENARIOS]


def test_every_rule_has_a_case_that_fires_it_and_a_near_one(
    rulebook: Rulebook, cases: tuple[RuleCase, ...]
) -> None:
    """For each rule a case asserts that it fires, and one that differs in a single fact that it does not.

    What is declared as a prior holds in every case.
    """
    fires: dict[str, list[Mapping[str, Any]]] = {rule: [] for rule in rulebook.rules}
    silent: dict[str, list[Mapping[str, Any]]] = {rule: [] for rule in rulebook.rules}
    for case in cases:
        for rule in (*case.expected.fires, *case.expected.advice):
            fires[rule].append(case.case.facts)
        for rule in case.expected.not_fires:
            silent[rule].append(case.case.facts)
    untested = [
        rule
        for rule in rulebook.rules
        if not rule.startswith("prior.")
        and not any(beside(one, other) for one in fires[rule] for other in silent[rule])
    ]
    assert untested == []


def beside(facts: Mapping[str, Any], others: Mapping[str, Any]) -> bool:
    """Whether exactly one fact differs."""
    names = {*facts, *others}
    return len([name for name in names if facts.get(name) != others.get(name)]) == 1


def test_there_are_scenarios_enough(cases: tuple[RuleCase, ...]) -> None:
    """At least sixty cases are whole use cases that expect a recommendation."""
    assert sum(bool(case.expected.options) for case in scenarios(cases)) >= 60


@pytest.mark.parametrize("part", NAMED_BY_THE_DOCUMENTS, ids=str)
def test_every_use_case_of_the_documents_is_a_case(
    part: str, rulebook: Rulebook, cases: tuple[RuleCase, ...]
) -> None:
    """What the documents recommend for a named use case is expected of a case with that source."""
    items = NAMED_BY_THE_DOCUMENTS[part]
    assert set(items) <= set(rulebook.items)
    tested = {item for case in scenarios(cases) for item in case.sources}
    assert [item for item in items if item not in tested] == []


def test_every_case_bears_a_name_of_its_own(cases: tuple[RuleCase, ...]) -> None:
    """No two cases have one name, and each name is a sentence."""
    names = [case.case.name for case in cases]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    sentences = re.compile(r"[A-Z0-9].*\.( \[near, with .+\])?")
    assert [name for name in names if not sentences.fullmatch(name)] == []


def test_all_cases_pass_and_cover_every_rule_and_outcome(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], cases: tuple[RuleCase, ...]
) -> None:
    """`rules test --threshold 100` passes; its JUnit file has a test case a case, and no failure."""
    target = tmp_path / "cases.xml"
    arguments = ["--coverage", "--threshold", "100", "--junit", str(target)]
    status = run(["rules", "test", str(CASES), *arguments, "--as-of", DAY])
    report = [
        line for line in capsys.readouterr().out.splitlines() if not line.startswith("pass  ")
    ]
    assert status == 0, "\n".join(report)
    assert report[0] == f"{len(cases)} passed, 0 failed"
    suites = ElementTree.parse(target).getroot().findall("testsuite")
    assert sum(len(suite.findall("testcase")) for suite in suites) == len(cases)
    assert [suite.get("failures") for suite in suites] == ["0"] * len(suites)
