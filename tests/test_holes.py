"""What a plan needs and nothing prices: named in the sum of that plan, in every form, and never counted as nothing."""

import json
import re
from datetime import date
from pathlib import Path

import polars
import pytest

import tunewise
from tunewise.commands.program import run
from tunewise.costs.model import CostModel
from tunewise.loading.assembly import load

DAY = "2026-11-28"
EXAMPLES = Path(__file__).parents[1] / "examples"
PLAN = {
    "retrieval": "none",
    "model_size": "small",
    "technique": "lora_r16",
    "hosting": "public_api",
}
TUNED = {**PLAN, "objective": "reinforcement"}


@pytest.fixture(scope="module")
def rulebook():
    return load()


def holes(rulebook, facts, plans, assumptions=None):
    """The holes of each approach, and the gaps told of the case."""
    model = CostModel(rulebook, date.fromisoformat(DAY), assumptions or {})
    costs = model.estimate(facts, plans)
    return {name: one.holes for name, one in costs.estimates.items()}, costs.gaps


def test_a_hole_is_that_of_the_plan_that_needs_it(rulebook):
    """One approach hosted by oneself does not make the other's sum lack compliance."""
    plans = {"prompting": PLAN, "fine_tuning": {**PLAN, "hosting": "self_hosted"}}
    found, gaps = holes(rulebook, {}, plans)
    assert found == {"prompting": (), "fine_tuning": ("compliance",)}
    assert len(gaps) == 1


@pytest.mark.parametrize(
    ("facts", "plan", "hole", "closed"),
    [
        ({"modality": ("text", "image")}, PLAN, "pictures and sound", "media_monthly_usd"),
        ({"tools_needed": "few"}, PLAN, "connecting systems", "connections_usd"),
        ({}, TUNED, "training beyond examples", "further_training_usd"),
        ({}, {**PLAN, "hosting": "onshore_hosted"}, "compliance", "compliance_usd"),
    ],
)
def test_a_hole_is_closed_by_its_figure(rulebook, facts, plan, hole, closed):
    """What fills a hole is a line of exactly that sum, and the hole is gone; without the need there is none."""
    plans = {"fine_tuning": plan}
    found, gaps = holes(rulebook, facts, plans)
    assert found["fine_tuning"] == (hole,)
    assert closed in gaps[0]
    assert holes(rulebook, facts, plans, {closed: "700"}) == ({"fine_tuning": ()}, ())
    assert holes(rulebook, {}, {"fine_tuning": PLAN}) == ({"fine_tuning": ()}, ())
    day, amounts = date.fromisoformat(DAY), {closed: "700"}
    lines = CostModel(rulebook, day, amounts).estimate(facts, plans).estimates["fine_tuning"].lines
    assert [line.amount.expected for line in lines if line.basis == "given"] == [700]


@pytest.mark.parametrize(
    ("facts", "held"),
    [
        ({"modality": ("text",), "tools_needed": "none"}, ()),
        ({"tools_needed": "many"}, ()),
        ({"modality": ("audio",)}, ("pictures and sound",)),
    ],
)
def test_what_is_not_needed_or_priced_elsewhere_is_no_hole(rulebook, facts, held):
    """Text alone is in the price; building what looks things up in other systems is a line of its own."""
    found, _ = holes(rulebook, facts, {"prompting": {**PLAN, "retrieval": "tools"}})
    assert found["prompting"] == held


def test_every_form_shows_the_hole_in_the_sum(tmp_path, capsys):
    """In JSON, in short, in full, in the brief: beside the sum that lacks it."""
    case, said = EXAMPLES / "health_assistant.yaml", {}
    forms = {"short": [], "full": ["--full"], "brief": ["--brief"], "json": ["--format", "json"]}
    for name, options in forms.items():
        assert run(["decide", str(case), "--as-of", DAY, "--no-turning", *options]) == 0
        said[name] = capsys.readouterr().out
    costs = json.loads(said["json"])["costs"]
    assert all(one["holes"] == ["compliance"] for one in costs.values())
    assert len(re.findall(r"\$[\d.]+[km] \+ 1 open", said["short"])) == len(costs)
    assert said["full"].count("+ 1 open: compliance") == len(costs)
    assert "and on top compliance, which has no price yet" in " ".join(said["brief"].split())


def test_a_table_names_the_same_holes_as_its_cases():
    """A column for each approach, text alone where nothing is open."""
    columns = {
        "name": ["by machines of one's own", "by a provider"],
        "sovereignty": ["on_premises", "none"],
        "tools_needed": ["many", None],
        "requests_per_month": [5000, 5000],
    }
    rows = tunewise.evaluate_table(polars.DataFrame(columns), as_of=DAY)
    for row in range(2):
        facts = {id: given[row] for id, given in columns.items() if id != "name" and given[row]}
        found = tunewise.evaluate({"name": "one", "facts": facts}, as_of=DAY)
        for approach, estimate in found["costs"].items():
            assert (rows[f"{approach}_holes"][row] or "") == "; ".join(estimate["holes"])
    assert "compliance" in rows["prompting_holes"][0]
    assert not rows["prompting_holes"][1]
