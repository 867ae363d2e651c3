"""Cases that test a rulebook: what a file may say, what comes out, what the cases cover."""

from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from smallbook import CASES, book, write

from tunewise.authoring.coverage import measure
from tunewise.authoring.outcomes import Possible
from tunewise.authoring.rulecases import find_case_files, read_all
from tunewise.authoring.testreports import junit_xml, summary_text, verdict_text
from tunewise.authoring.verdicts import CaseVerdict
from tunewise.authoring.verdicts import run_cases as verdicts_of
from tunewise.commands.program import run
from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.knowledge.conditions import Comparison, Other
from tunewise.knowledge.rulebook import Rulebook

DAY = date(2026, 12, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The small rulebook's folder."""
    return write(tmp_path / "rules")


def case_file(tmp_path: Path, text: str, name: str = "cases.yaml") -> Path:
    """A file of cases."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def judged(tmp_path: Path, text: str, rulebook: Rulebook | None = None) -> list[CaseVerdict]:
    """The verdicts on the cases of a text, under the small rulebook where no other is given."""
    rulebook = rulebook or book()
    cases = read_all([case_file(tmp_path, text)], rulebook)
    evaluator = Evaluator(rulebook, DAY)
    try:
        return list(verdicts_of(cases, evaluator))
    finally:
        evaluator.close()


def one_case(facts: str, expect: str, more: str = "") -> str:
    """A file of one case."""
    return f"cases:\n  - name: A case\n    facts: {facts}\n    expect: {expect}\n{more}"


PASSING = {
    "an option": ("{examples: 500}", "{approach: fine_tuning}"),
    "any of several options": ("{examples: 500}", "{approach: [prompting, fine_tuning]}"),
    "several decisions": ("{examples: 500}", "{approach: fine_tuning, hosting: self_hosted}"),
    "a rule that fires": ("{examples: 500}", "{fires: [data.enough]}"),
    "a rule that does not": ("{examples: 499}", "{not_fires: [data.enough]}"),
    "a rule left open": ("{}", "{not_fires: [data.enough, data.forbidden]}"),
    "advice": ("{examples: 500}", "{advice: [need.watch]}"),
    "a veto": ("{may_train: no}", "{vetoed: {approach: [fine_tuning]}}"),
    "a veto without a list": ("{may_train: no}", "{vetoed: {approach: fine_tuning}}"),
}


@pytest.mark.parametrize("name", PASSING, ids=str)
def test_what_comes_out_as_expected_passes(name: str, tmp_path: Path) -> None:
    """Each kind of expectation passes where it is met."""
    (verdict,) = judged(tmp_path, one_case(*PASSING[name]))
    assert verdict.mismatches == ()


FAILING = {
    "an option": (
        "{examples: 499}", "{approach: fine_tuning}",
        "approach: expected fine_tuning, found prompting",
        ("prompting: 0 points (no rule fired)", "fine_tuning: 0 points (no rule fired)"),
    ),
    "none of several": (
        "{examples: 500, may_train: no}", "{hosting: [self_hosted, blocked]}",
        "hosting: expected self_hosted or blocked, found public_api",
        ("public_api: 0 points (no rule fired)", "self_hosted: 0 points (no rule fired)"),
    ),
    "evidence": (
        "{examples: 500, may_train: no}", "{approach: fine_tuning}",
        "approach: expected fine_tuning, found prompting",
        ("prompting: 0 points (no rule fired)",
         "fine_tuning: 2 points (vetoed by data.forbidden, +2 data.enough)"),
    ),
    "a veto": (
        "{examples: 500}", "{vetoed: {approach: fine_tuning}}",
        "approach fine_tuning: expected a veto, found none",
        ("fine_tuning: 2 points (+2 data.enough)",),
    ),
    "a rule that stays silent": (
        "{examples: 499}", "{fires: [data.enough]}",
        "rule data.enough: expected to fire, found not fired",
        ("needed: examples is at least 500 examples; it is 499 examples",),
    ),
    "a rule that fires": (
        "{examples: 500}", "{not_fires: [data.enough]}",
        "rule data.enough: expected not to fire, found fired",
        ("examples is 500 examples",),
    ),
    "advice that stays away": (
        "{}", "{advice: [need.watch]}",
        "rule need.watch: expected to fire, found not fired",
        ("needed: approach is tuning; it is prompting",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILING, ids=str)
def test_what_comes_out_otherwise_fails_with_its_evidence(name: str, tmp_path: Path) -> None:
    """A failure says what was expected, what was found, and on what evidence."""
    facts, expect, line, evidence = FAILING[name]
    (verdict,) = judged(tmp_path, one_case(facts, expect))
    (mismatch,) = verdict.mismatches
    assert (str(mismatch), mismatch.evidence) == (line, evidence)


def test_a_mapping_of_cases_is_named_by_its_keys(tmp_path: Path) -> None:
    """Cases may stand in a mapping, whose keys are their names."""
    text = "cases:\n  A first: {expect: {approach: prompting}}\n  A second: {name: Other, expect: {fires: []}}\n"
    assert [v.rule_case.case.name for v in judged(tmp_path, text)] == ["A first", "Other"]


MISTAKES = {
    "no cases": ("title: x\n", "1: expected a mapping with a list of 'cases'"),
    "no list": ("cases: 3\n", "1: cases: expected a list of cases, found 3"),
    "empty list": ("cases: []\n", "1: cases: expected a list of cases, found a list"),
    "no mapping": ("cases: [3]\n", "1: cases.0: expected a mapping, found 3"),
    "unknown key of the file": ("casez: 1\ncases: [{name: x, expect: {fires: []}}]\n",
                                "1: casez: unknown key 'casez'; did you mean 'cases'?"),
    "unknown key": (one_case("{}", "{approach: prompting}", "    source: [DOC1]\n"),
                    "5: cases.0: unknown key 'source'; did you mean 'sources'?"),
    "no expectation": ("cases:\n  - name: x\n", "2: cases.0: the key 'expect' is missing"),
    "empty expectation": (one_case("{}", "{}"),
                          "4: cases.0.expect: expects nothing; name a decision or a rule"),
    "empty name": ("cases:\n  - name: ' '\n    expect: {fires: []}\n",
                   "2: cases.0.name: is empty; give the case a name"),
    "unknown fact": (one_case("{exampels: 3}", "{approach: prompting}"),
                     "3: facts: unknown fact 'exampels'; did you mean 'examples'?"),
    "unknown fact, by another name": (one_case("{training dta: 3}", "{approach: prompting}"),
                     "3: facts: unknown fact 'training dta'; did you mean 'examples'?"),
    "derived fact": (one_case("{falls_short: true}", "{approach: prompting}"),
                     "3: facts: 'falls_short' is worked out by Tunewise and cannot be given"),
    "wrong value": (one_case("{stage: pilto}", "{approach: prompting}"),
                    "3: facts.stage: unknown value 'pilto'; did you mean 'pilot'?"),
    "unknown decision": (one_case("{}", "{aproach: prompting}"),
                         "4: cases.0.expect: unknown key 'aproach'; did you mean 'approach'?"),
    "unknown option": (one_case("{}", "{approach: promting}"),
                       "4: cases.0.expect.approach.0: unknown option of 'approach' 'promting'; did you mean "
                       "'prompting'?"),
    "option that is a mapping": (one_case("{}", "{approach: {prompting: 1}}"),
                       "4: cases.0.expect.approach.0: unknown option of 'approach' {'prompting': 1}; did you "
                       "mean 'prompting'?"),
    "unknown rule": (one_case("{}", "{fires: [data.enuf]}"),
                     "4: cases.0.expect.fires.0: unknown rule 'data.enuf'; did you mean 'data.enough'?"),
    "rules that are no list": (one_case("{}", "{fires: data.enough}"),
                     "4: cases.0.expect.fires: expected a list of rules, found 'data.enough'"),
    "advice that is none": (one_case("{}", "{advice: [data.enough]}"),
                     "4: cases.0.expect.advice.0: unknown advice rule 'data.enough'; allowed: need.watch"),
    "vetoes that are no mapping": (one_case("{}", "{vetoed: [fine_tuning]}"),
                     "4: cases.0.expect.vetoed: expected a mapping of decisions, found a list"),
    "veto of an unknown decision": (one_case("{}", "{vetoed: {aproach: fine_tuning}}"),
                     "4: cases.0.expect.vetoed.aproach: unknown decision 'aproach'; did you mean 'approach'?"),
    "blocked as a veto": (one_case("{}", "{vetoed: {approach: blocked}}"),
                     "4: cases.0.expect.vetoed.approach.0: unknown option of 'approach' 'blocked'; allowed: "
                     "prompting, fine_tuning"),
    "near case that changes nothing": (
        one_case("{examples: 500}", "{fires: [data.enough]}", "    near: {examples: 500}\n"),
        "5: cases.0.near: changes nothing; give the fact another value than the case has"),
    "near case that changes too much": (
        one_case("{examples: 500}", "{fires: [data.enough]}",
                 "    near: {examples: 499, may_train: no}\n"),
        "5: cases.0.near: expected one fact that changes, found 2"),
    "near case of no rule": (
        one_case("{examples: 500}", "{approach: fine_tuning}", "    near: {examples: 499}\n"),
        "5: cases.0.near: needs rules that no longer fire; name them under 'fires'"),
    "near case with an unknown fact": (
        one_case("{examples: 500}", "{fires: [data.enough]}", "    near: {exampels: 499}\n"),
        "5: near: unknown fact 'exampels'; did you mean 'examples'?"),
    "near case with a wrong value": (
        one_case("{examples: 500}", "{fires: [data.enough]}", "    near: {examples: -1}\n"),
        "5: near.examples: -1 is out of range: expected a whole number from 0 to 1,000,000"),
    "unknown source": (one_case("{}", "{approach: prompting}", "    sources: [DOC9]\n"),
                     "5: cases.0.sources.0: unknown source item 'DOC9'; did you mean 'DOC4'?"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_a_mistake_in_a_case_file_is_named(mistake: str, tmp_path: Path) -> None:
    """Each mistake says file, line, place, what was found and what is allowed or nearest."""
    text, line = MISTAKES[mistake]
    path = case_file(tmp_path, text)
    with pytest.raises(UserError) as refused:
        read_all([path], book())
    assert str(refused.value).splitlines() == [f"{path}:{line}"]


def test_mistakes_in_all_files_are_named_at_once(tmp_path: Path) -> None:
    """Two cases in two files, three mistakes: three lines, and nothing is run."""
    first = case_file(
        tmp_path, one_case("{stage: pilto, examples: -1}", "{approach: prompting}"), "a.yaml"
    )
    second = case_file(tmp_path, "cases: [", "b.yaml")
    with pytest.raises(UserError) as refused:
        read_all([first, second], book())
    assert [str(p).rpartition("/")[2][:8] for p in refused.value.problems] == [
        "a.yaml:3",
        "a.yaml:3",
        "b.yaml:2",
    ]


NEAR = one_case(
    "{examples: 500, stage: pilot}",
    "{approach: fine_tuning, fires: [data.enough], advice: [need.watch]}",
    "    near: {examples: 499}\n    sources: [DOC1]\n",
)


def test_a_near_case_changes_one_fact_and_expects_silence(tmp_path: Path) -> None:
    """`near` makes a second case: the same facts but one, in which none of the named rules fires."""
    fires, near = judged(tmp_path, NEAR)
    assert (fires.mismatches, near.mismatches) == ((), ())
    assert near.rule_case.case.name == "A case [near, with examples: 499 examples]"
    assert near.rule_case.case.facts == {"stage": "pilot", "examples": 499}
    assert list(near.rule_case.case.facts) == ["stage", "examples"]
    assert near.rule_case.expected.not_fires == ("data.enough", "need.watch")
    assert near.rule_case.expected.options == {}
    assert (fires.rule_case.sources, near.rule_case.sources) == (("DOC1",), ())
    assert (fires.rule_case.line, near.rule_case.line) == (2, 5)


def test_a_near_case_may_take_a_fact_away(tmp_path: Path) -> None:
    """`unknown` under `near` leaves a fact out."""
    _, near = judged(tmp_path, NEAR.replace("near: {examples: 499}", "near: {examples: unknown}"))
    assert near.passed
    assert near.rule_case.case.facts == {"stage": "pilot"}


def test_a_near_case_in_which_a_rule_fires_fails(tmp_path: Path) -> None:
    """A change after which a rule still fires is no near case of it."""
    _, near = judged(tmp_path, NEAR.replace("near: {examples: 499}", "near: {examples: 501}"))
    assert [m.subject for m in near.mismatches] == ["rule data.enough", "rule need.watch"]


def test_coverage_counts_rules_and_outcomes(tmp_path: Path) -> None:
    """The two cases fire two rules and their advice; each comparison is counted once a case."""
    rulebook = book()
    verdicts = judged(tmp_path, CASES)
    coverage = measure(verdicts, rulebook)
    rules = {rule.rule: rule for rule in coverage.rules}
    first, second = "Enough examples call for tuning", "Without permission nothing is tuned"
    assert rules["data.enough"].fired == (first,)
    assert rules["data.enough"].nearly == (second,)
    assert coverage.never_fired == ("need.gap", "need.shortfall")
    assert coverage.never_near == ("need.gap",)
    outcomes = {(r, c.fact): o for r in rules for c, o in rules[r].comparisons}
    enough, shortfall = outcomes["data.enough", "examples"], outcomes["need.shortfall", "accuracy"]
    assert (enough.true, enough.false, enough.unknown) == (1, 1, 0)
    assert enough.missing == ("unknown",)
    assert (shortfall.true, shortfall.false, shortfall.unknown) == (0, 0, 2)
    assert shortfall.missing == ("true", "false")
    assert coverage.percent_of_rules == pytest.approx(100 * 4 / 6)
    assert coverage.percent_of_outcomes == pytest.approx(100 * 12 / 21)
    assert coverage.percent == coverage.percent_of_outcomes


EVERY = ("true", "false", "unknown")
POSSIBLE = {
    "a given fact": (Comparison("examples", "at_least", 500), EVERY),
    "two given facts": (Comparison("accuracy", "below", Other("target")), EVERY),
    "whether it is known": (Comparison("stage", "unknown"), ("true", "false")),
    "a derived fact of one value": (Comparison("falls_short", "is", True), ("true", "unknown")),
    "a value never derived": (Comparison("falls_short", "is", False), ("false", "unknown")),
    "a decision that always stands": (Comparison("approach", "is", "fine_tuning"), EVERY[:2]),
    "whether such a decision is known": (Comparison("approach", "unknown"), ("false",)),
}


@pytest.mark.parametrize("what", POSSIBLE, ids=str)
def test_only_outcomes_that_can_be_are_asked_for(what: str) -> None:
    """An outcome that no case can bring about is excused, by the program alone."""
    comparison, expected = POSSIBLE[what]
    assert Possible(book()).outcomes(comparison) == expected


VETO = """
  banned:
    when: {falls_short: {is: true}}
    then: {exclude: {approach: prompting}}
    because: Prompts are banned.
    sources: [DOC3]
    checked: "2026-11-22"
"""


def test_a_decision_may_be_left_open_where_all_its_options_can_be_vetoed() -> None:
    """A veto of each option leaves a decision open; vetoes that exclude one another never do."""
    anchor = '    sources: [DOC3]\n    checked: "2026-11-22"\n'
    open_book = book(("data.yaml", anchor, anchor + VETO))
    assert Possible(open_book).unsettled("approach")
    apart = VETO.replace("{falls_short: {is: true}}", "{may_train: {is: true}}")
    assert not Possible(book(("data.yaml", anchor, anchor + apart))).unsettled("approach")


FOUND = """
  calm:
    when: {accuracy: {at_least: {fact: target}}}
    then: {derive: {falls_short: true}}
    because: Somebody looked.
    sources: [DOC3]
    checked: "2026-11-22"
  untold:
    when: {any: [{accuracy: {unknown: true}}, {target: {unknown: true}}]}
    then: {derive: {falls_short: true}}
    because: Nobody looked.
    sources: [DOC3]
    checked: "2026-11-22"
"""


def test_a_finding_that_some_rule_always_makes_is_never_open() -> None:
    """Where the rules on a derived fact leave no case out it is known; where one may be left out it is not."""
    anchor = '    sources: [DOC3]\n    checked: "2026-11-22"\n'
    assert not Possible(book(("data.yaml", anchor, anchor + FOUND))).unsettled("falls_short")
    apart = FOUND.replace("{target: {unknown: true}}", "{target: {is: 1}}")
    assert Possible(book(("data.yaml", anchor, anchor + apart))).unsettled("falls_short")


CLOSED = """
  no_tuning_abroad:
    when: {stage: {is: production}}
    then: {exclude: {approach: fine_tuning}}
    because: Not in production.
    sources: [DOC3]
    checked: "2026-11-22"
  no_machines:
    when: {approach: {is: fine_tuning}}
    then: {exclude: {hosting: self_hosted}}
    because: Nobody runs them.
    sources: [DOC3]
    checked: "2026-11-22"
  no_api:
    when: {stage: {is: production}}
    then: {exclude: {hosting: public_api}}
    because: Not in production.
    sources: [DOC3]
    checked: "2026-11-22"
"""


def test_a_choice_escaped_its_vetoes() -> None:
    """What is ruled out where an option is chosen cannot meet what rules that option out."""
    anchor = '    sources: [DOC3]\n    checked: "2026-11-22"\n'
    assert not Possible(book(("data.yaml", anchor, anchor + CLOSED))).unsettled("hosting")
    open_book = CLOSED.replace("{stage: {is: production}}", "{stage: {is: pilot}}", 1)
    assert Possible(book(("data.yaml", anchor, anchor + open_book))).unsettled("hosting")


def test_a_rule_that_always_holds_is_covered_by_firing(tmp_path: Path) -> None:
    """A prior holds in every case, so that no fact can keep it from firing."""
    prior = (
        "option: prompting, strength: weak, because: First., sources: [DOC2], checked: '2026-11-22'"
    )
    rulebook = book(
        ("decisions.yaml", "    question: How?\n", f"    question: How?\n    prior: {{{prior}}}\n")
    )
    coverage = measure(judged(tmp_path, CASES, rulebook), rulebook)
    (found,) = [rule for rule in coverage.rules if rule.rule == "prior.approach"]
    assert found.covered
    assert not found.nearly
    assert "prior.approach" not in (*coverage.never_fired, *coverage.never_near)


def test_nothing_is_covered_without_cases() -> None:
    """A rulebook whose cases could not be evaluated is not covered at all, and says so."""
    coverage = measure([], book())
    assert coverage.percent == 0
    assert summary_text([], coverage).startswith("0 passed, 0 failed\n")


def test_names_come_out_harmless(tmp_path: Path) -> None:
    """A name with escapes and markup neither moves the cursor nor breaks the XML."""
    name = r"\e[31m<b>&\u2028\x00bad]]>"
    text = f'cases:\n  - {{name: "{name}", expect: {{approach: fine_tuning}}}}\n'
    verdicts = judged(tmp_path, text)
    line = verdict_text(verdicts[0])
    assert line.count("\n") == 3
    assert line.replace("\n", "").isprintable()
    case = ElementTree.fromstring(junit_xml(verdicts)).find(".//testcase")
    assert case is not None
    assert case.get("name") == r"\x1b[31m<b>&\u2028\x00bad]]>"


def cases_run(folder: Path, *arguments: str) -> int:
    """The status of `rules test` on the small rulebook."""
    return run(["rules", "test", "--rules", str(folder), "--as-of", "2026-12-01", *arguments])


def test_the_command_prints_a_line_a_case_and_a_summary(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Passed cases take a line each; the summary and the coverage follow; the status is 0."""
    path = case_file(tmp_path, CASES)
    assert cases_run(folder, str(path)) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines() == [
        "pass  Enough examples call for tuning (approach fine_tuning; hosting self_hosted; fires "
        "data.enough, need.watch)",
        "pass  Without permission nothing is tuned (approach prompting; approach not fine_tuning; does "
        "not fire data.enough)",
        "2 passed, 0 failed",
        "rules: 4 of 6 fired, 5 were kept from firing by a single fact; 66.7 % covered",
        "outcomes of 8 comparisons: true 4 of 8, false 3 of 7, unknown 5 of 6; 57.1 % covered",
        "never fired: need.gap",
        "never fired: need.shortfall",
        "without a near case: need.gap",
    ]


def test_a_failing_case_is_a_status_of_1(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A failure stands in one line with its place, the evidence below it."""
    path = case_file(tmp_path, CASES.replace("500", "400"))
    assert cases_run(folder, str(path)) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        f"FAIL  {path}:2: Enough examples call for tuning: approach: expected fine_tuning, found "
        "prompting; hosting: expected self_hosted, found public_api; rule data.enough: expected to "
        "fire, found not fired; rule need.watch: expected to fire, found not fired"
    )
    assert lines[1] == "        prompting: 0 points (no rule fired)"
    assert "1 passed, 1 failed" in lines


@pytest.mark.parametrize(("threshold", "status"), [("0", 0), ("57", 0), ("58", 1), ("100", 1)])
def test_the_threshold_is_on_the_lower_of_both_shares(
    threshold: str, status: int, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fewer covered rules or outcomes than asked for fail the run, though all cases pass."""
    path = case_file(tmp_path, CASES)
    assert cases_run(folder, str(path), "--threshold", threshold) == status
    assert (f"below the {threshold} % asked for" in capsys.readouterr().out) == bool(status)


@pytest.mark.parametrize("threshold", ["-1", "101", "much"])
def test_a_threshold_that_is_no_percentage_is_refused(
    threshold: str, folder: Path, tmp_path: Path
) -> None:
    """A threshold lies between 0 and 100."""
    assert cases_run(folder, str(case_file(tmp_path, CASES)), "--threshold", threshold) == 2


def test_missing_outcomes_are_listed_when_asked_for(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--coverage names each comparison that lacks an outcome, in words, with what it lacks."""
    assert cases_run(folder, str(case_file(tmp_path, CASES)), "--coverage") == 0
    line = (
        "need.shortfall: accuracy is below target: never true or false (true 0, false 0, unknown 2)"
    )
    assert line in capsys.readouterr().out.splitlines()


def test_junit_counts_what_failed(folder: Path, tmp_path: Path) -> None:
    """The XML has a suite a file, a test case a case, and a failure a mismatch."""
    first = case_file(tmp_path, CASES, "a.yaml")
    second = case_file(tmp_path, CASES.replace("500", "400"), "b.yaml")
    target = tmp_path / "out.xml"
    assert cases_run(folder, str(first), str(second), "--junit", str(target)) == 1
    suites = ElementTree.parse(target).getroot().findall("testsuite")
    assert [(s.get("tests"), s.get("failures")) for s in suites] == [("2", "0"), ("2", "1")]
    failures = suites[1].findall("testcase/failure")
    assert len(failures) == 4
    assert failures[0].get("message") == "approach: expected fine_tuning, found prompting"


def test_paths_may_be_folders(tmp_path: Path) -> None:
    """A folder stands for all case files in it, at any depth, each once."""
    (tmp_path / "deep").mkdir()
    (tmp_path / ".hidden").mkdir()
    names = ["a.yaml", "deep/b.yml", "deep/c.json"]
    for name in [*names, "notes.txt", ".hidden/d.yaml", ".e.yaml"]:
        case_file(tmp_path, "", name)
    found = find_case_files([str(tmp_path), str(tmp_path / "a.yaml")])
    assert [str(path.relative_to(tmp_path)) for path in found] == names


def test_without_a_path_the_checkout_is_looked_for(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without a path `tests/cases` below the current folder is run; without that, a line says so."""
    monkeypatch.chdir(tmp_path)
    assert cases_run(folder) == 2
    assert capsys.readouterr().err == (
        "tunewise: no cases: give a path, or start where there is a folder 'tests/cases'\n"
    )
    (tmp_path / "tests" / "cases").mkdir(parents=True)
    assert cases_run(folder) == 2
    assert "holds no case" in capsys.readouterr().err
    case_file(tmp_path / "tests" / "cases", CASES)
    assert cases_run(folder) == 0


def test_an_empty_path_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty path, such as an unset variable leaves, is no leave to run all that lies about."""
    assert cases_run(folder, "") == 2
    assert capsys.readouterr().err.startswith("tunewise: an empty path;")


@pytest.mark.parametrize("path", ["missing.yaml", "folder/missing"])
def test_a_missing_path_is_refused(path: str, folder: Path, tmp_path: Path) -> None:
    """A path that is not there is a status of 2."""
    assert cases_run(folder, str(tmp_path / path)) == 2
