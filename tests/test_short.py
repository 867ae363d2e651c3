"""The short report: never long, in plain words, and it says where the rest is."""

import re
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from random import Random

import pytest
from rich.cells import cell_len
from strategies import Cases

from tunewise.cases.case import Case, read_case
from tunewise.commands import outputs
from tunewise.commands.program import run
from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.explaining.plainly import plain_verdict
from tunewise.loading.assembly import load
from tunewise.report.forms import report
from tunewise.report.presenting_turning import past
from tunewise.report.render import render_short
from tunewise.whatif.sensitivity import with_turning_points
from tunewise.whatif.single_answers import with_single_answers

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.yaml"))
LINES, EARLY_LINES, COLUMNS = 45, 25, 80
HOSTILE = (
    "x" * 5_000,
    "漢字" * 3_000,
    "\x1b[31m" * 400,
    "a word " * 900,
    "[bold]" * 300,
    "\t\n" * 500 + "x",
)


@pytest.fixture(scope="module")
def evaluator():
    found = Evaluator(load(), date(2026, 11, 22))
    yield found
    found.close()


def searched(evaluator, case):
    """A case with all that a short report tells of."""
    evaluation = with_single_answers(evaluator, evaluator.evaluate(case))
    return evaluation if evaluation.too_early else with_turning_points(evaluator, evaluation)


def assert_short(text, most=LINES):
    lines = text.splitlines()
    assert len(lines) <= most
    assert max(map(cell_len, lines)) <= COLUMNS
    assert "\x1b" not in text


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_told_in_short(evaluator, path):
    """What to do, why, at what cost, what would turn it, what first, and where the rest is."""
    case = read_case(path, evaluator.rulebook.facts)
    text = render_short([searched(evaluator, case)])
    assert_short(text)
    for said in (
        "Why\n",
        "What it costs",
        "What would turn it\n",
        "What to do first\n",
        "--full",
        "--brief",
    ):
        assert said in text
    assert re.search(r"\d+ of \d+ facts known", text)
    assert "1  Now: " in text
    assert not re.search(r"[a-z]+_[a-z]+", text), "an id among the words"


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_no_name_makes_it_long(evaluator, path, name):
    """Nor does a model of that name, which reasons repeat."""
    evaluation = evaluator.evaluate(read_case(path, evaluator.rulebook.facts))
    named = replace(evaluation, case=replace(evaluation.case, name=name, owner=name))
    assert_short(render_short([named]))


@pytest.mark.parametrize("seed", range(4))
def test_no_case_makes_it_long(evaluator, seed):
    """Blocked decisions, sums of any size, much that is unknown."""
    facts, random, evaluation = evaluator.rulebook.facts, Random(seed), None
    while evaluation is None:
        drawn = Cases(evaluator.rulebook).draw(random)
        given = {id: value for id, value in drawn.items() if facts[id].origin == "given"}
        try:
            evaluation = searched(
                evaluator, Case(f"Case {seed}", {**given, "base_model": "openai/gpt-4o"})
            )
        except UserError:
            continue  # costs beyond all measure
    assert_short(render_short([evaluation]), EARLY_LINES if evaluation.too_early else LINES)


@pytest.mark.parametrize("facts", [{}, {"stage": "exploration"}, {"gap_kinds": ("style",)}])
def test_little_known_is_told_in_few_lines(evaluator, facts):
    """That it is too early, what it would be for now, and what to find out first."""
    text = render_short([searched(evaluator, Case("Bare", facts))])
    assert_short(text, EARLY_LINES)
    assert "Too early for a verdict." in text
    assert "What it costs" not in text


def test_every_way_through_the_decisions_has_its_words(evaluator):
    """Whatever is chosen, the verdict is one sentence without gaps, blocked decisions included."""
    book = evaluator.rulebook
    first, *rest = book.decisions
    for approach in book.decisions[first].options:
        for other in rest:
            for option in (*book.decisions[other].options, "blocked"):
                usual = {id: list(book.decisions[id].options)[-1] for id in rest}
                said = plain_verdict(book, {first: approach, **usual, other: option})
                assert re.fullmatch(r"[A-Z][^{}]+\.", said)
                assert not re.search(r"  |; ?;| [,;.]|; *\.", said), said


def test_a_clause_that_names_no_decision_is_refused(tmp_path):
    """By its place, and the nearest name."""
    folder = tmp_path / "rules"
    assert run(["rules", "copy", str(folder)]) == 0
    path = folder / "decisions.yaml"
    path.write_text(
        path.read_text("utf-8").replace("Use {model_size}", "Use {model_sise}"), "utf-8"
    )
    with pytest.raises(UserError, match="unknown decision 'model_sise'; did you mean 'model_size'"):
        load(str(folder))


def test_ones_own_report_is_still_shown(evaluator, tmp_path):
    """A folder that replaces the report as text goes before the short one, unless it replaces that, too."""
    evaluation = evaluator.evaluate(Case("Mine", {"stage": "pilot"}))
    (tmp_path / "report.txt.j2").write_text("Own {{ report.cases[0].name }}", "utf-8")
    assert report([evaluation], "text", str(tmp_path), full=False) == "Own Mine\n"
    (tmp_path / "short.txt.j2").write_text("Short {{ report.cases[0].name }}", "utf-8")
    assert report([evaluation], "text", str(tmp_path), full=False) == "Short Mine\n"


def test_everything_is_shown_where_it_is_asked_for(capsys):
    """And the short report is what is shown otherwise, to a file as to a pipe."""
    path = str(EXAMPLES[0])
    assert run(["decide", path, "--no-turning"]) == 0
    assert_short(capsys.readouterr().out)
    assert run(["decide", path, "--no-turning", "--full"]) == 0
    assert len(capsys.readouterr().out.splitlines()) > 10 * LINES


def test_a_pager_is_used_on_a_terminal_alone(monkeypatch, capsys):
    """A pipe gets the text itself."""
    paged = []
    monkeypatch.setattr(outputs.click, "echo_via_pager", lambda text, color: paged.append(text))
    outputs.show("all\n", paged=True)
    assert capsys.readouterr().out == "all\n"
    monkeypatch.setattr(outputs.sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("LESS", raising=False)
    outputs.show("all\n", paged=True)
    assert paged == ["all"]


@pytest.mark.parametrize(
    ("forced", "plain", "coloured"), [("1", "", True), ("0", "", False), ("1", "1", False)]
)
def test_colour_can_be_forced(evaluator, monkeypatch, forced, plain, coloured):
    """FORCE_COLOR colours a pipe; NO_COLOR has the last word."""
    monkeypatch.setenv("FORCE_COLOR", forced)
    monkeypatch.setenv("NO_COLOR", plain)
    text = render_short([evaluator.evaluate(Case("x", {"stage": "pilot"}))], terminal=True)
    assert ("\x1b[" in text) == coloured


def test_no_word_of_a_verdict_stands_in_the_code():
    """They are the rulebook's."""
    code = "".join(
        path.read_text("utf-8") for path in Path(str(files("tunewise") / "report")).glob("*.py")
    )
    assert "ready-made" not in code


@pytest.mark.parametrize(
    ("value", "side", "shown"),
    [
        (394_094_139, "more", 395_000_000),
        (394_094_139, "less", 394_000_000),
        (7_160_000, "more", 7_160_000),
        (1_001, "less", 1_000),
        (999, "more", 999),
        (0.57, "less", 0.57),
        (0, "less", 0),
    ],
)
def test_a_turn_is_told_in_three_digits_on_its_far_side(value, side, shown):
    """So that what is said of the figure holds of it, too."""
    assert past(value, side) == shown
