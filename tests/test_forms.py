"""A report says the same in text, Markdown and HTML: every fact, sentence and figure stands in each of them."""

import json
import re
from contextlib import suppress
from dataclasses import replace
from datetime import date
from importlib.resources import files
from itertools import permutations
from pathlib import Path
from random import Random

import pytest
from reportbook import evaluated, priced
from saying import said
from smallbook import changed, write
from strategies import Cases

from tunewise.cases.case import Case, read_case
from tunewise.commands.program import run
from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.loading.assembly import load
from tunewise.report import terminal
from tunewise.report.render import render
from tunewise.whatif.sensitivity import with_turning_points

DAY = date(2026, 11, 22)
EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.yaml"))
FORMS = ("text", "markdown", "html")
RANDOM = 6


@pytest.fixture(scope="module")
def evaluator():
    found = Evaluator(load(), DAY)
    yield found
    found.close()


@pytest.fixture(autouse=True)
def not_laid_out(monkeypatch):
    """Text comes as cells and lines, before it is wrapped and set in columns."""
    monkeypatch.setattr(terminal, "laid_out", lambda text, width, colour: text)


def assert_alike(texts):
    """Each form lacks nothing that another states."""
    found = {form: said(text, form) for form, text in texts.items()}
    for one, other in permutations(found, 2):
        lacking = found[one].lacking(found[other])
        assert not lacking, f"{one} lacks of {other}: {lacking[:20]}"
        assert len(found[one].statements) > 10


def alike(evaluations):
    assert_alike({form: render(evaluations, form) for form in FORMS})


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_says_the_same_in_every_form(evaluator, path):
    """With everything that can be found out about it, turning points too."""
    alike(
        [
            with_turning_points(
                evaluator, evaluator.evaluate(read_case(path, evaluator.rulebook.facts))
            )
        ]
    )


@pytest.mark.parametrize("seed", range(RANDOM))
def test_a_random_case_says_the_same_in_every_form(evaluator, seed):
    """Blocked decisions, ties, much that is unknown."""
    facts, random, evaluation = evaluator.rulebook.facts, Random(seed), None
    while evaluation is None:
        drawn = Cases(evaluator.rulebook).draw(random)
        given = {id: value for id, value in drawn.items() if facts[id].origin == "given"}
        case = Case(f"Case {seed}", {**given, "base_model": "openai/gpt-4o"}, "One.\n\nTwo.", "Us")
        with suppress(UserError):  # costs beyond all measure
            evaluation = evaluator.evaluate(case)
    alike([evaluation])


@pytest.mark.parametrize(
    "facts",
    [{}, {"secret": True, "staff": 0}, {"examples": 800, "quality": "high", "may_train": True}],
)
def test_odd_cases_say_the_same_in_every_form(facts):
    """Nothing known, every option ruled out, sums that are set by the user and of no source."""
    alike([replace(evaluated("Odd", **facts), costs=priced())])


def test_several_cases_say_the_same_in_every_form(evaluator):
    """The overview of them, too."""
    facts = evaluator.rulebook.facts
    alike([evaluator.evaluate(read_case(path, facts)) for path in EXAMPLES[:2]])


@pytest.mark.parametrize(
    "asked", [[], ["--full"], ["--why", "fine_tuning"], ["--why-not", "prompting"]]
)
@pytest.mark.parametrize("line", ["1", "4"])
def test_a_record_says_the_same_in_every_form(capsys, line, asked):
    """The short page, the full one, and the answer to a question."""
    log = str(EXAMPLES[0].parent / "decisions.jsonl")
    texts = {}
    for form in FORMS:
        assert run(["audit", "show", log, line, *asked, "--format", form]) == 0
        texts[form] = capsys.readouterr().out
    assert_alike(texts)


def test_changes_say_the_same_in_every_form(tmp_path, capsys):
    """What turned, by which rules, and what it costs."""
    path = tmp_path / "case.json"
    path.write_text(json.dumps({"name": "Enough", "facts": {"examples": 600}}))
    log, rules, out = (str(tmp_path / name) for name in ("log.jsonl", "rules", "out.json"))
    write(tmp_path / "rules")
    assert run(["decide", str(path), "--rules", rules, "--log", log, "-o", out]) == 0
    other = write(tmp_path / "other", changed(("data.yaml", "at_least: 500", "at_least: 700")))
    texts = {}
    for form in FORMS:
        run(["audit", "diff", log, "--to-rules", str(other), "--format", form])
        texts[form] = capsys.readouterr().out
    assert_alike(texts)


def test_a_portfolio_says_the_same_in_both_forms(tmp_path, capsys):
    """Its map is a picture of what stands in its table."""
    inventory, folder = EXAMPLES[0].parent / "inventory.csv", tmp_path / "out"
    run(["batch", str(inventory), "-o", str(folder)])
    texts = {"html": "portfolio.html", "markdown": "portfolio.md"}
    assert_alike({form: (folder / name).read_text("utf-8") for form, name in texts.items()})


def test_templates_for_the_forms_hold_no_sentences_of_their_own():
    """A sentence stands in what all forms share; a form holds marks alone."""
    folder = files("tunewise.templates") / "forms"
    for path in folder.iterdir():
        text = re.sub(
            r"\{[#%{].*?[#%}]\}|<svg.*?</svg>|<head>.*?</head>",
            "",
            path.read_text("utf-8"),
            flags=re.S,
        )
        assert not re.findall(r"[A-Z][a-z]+ [a-z]+ [a-z]+", text), path.name


def test_every_form_has_the_same_macros_with_the_same_parameters():
    """Content that is set out in one form can be set out in each."""
    folder = files("tunewise.templates") / "forms"
    own = {"line", "item_of", "cell_of", "chip", "labels"}
    macros = {
        path.name: {
            (name, parameters)
            for name, parameters in re.findall(
                r"\{% macro (\w+)\((.*?)\) %\}", path.read_text("utf-8")
            )
            if name not in own
        }
        for path in folder.iterdir()
    }
    assert macros["text.j2"] == macros["markdown.j2"] == macros["html.j2"]
