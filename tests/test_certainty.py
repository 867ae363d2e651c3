"""How certain a decision is: bounds that hold whatever is answered, single answers that turn it, cases too early."""

import json
import re
from datetime import date
from pathlib import Path
from random import Random

import pytest
from smallbook import changed, write
from strategies import Cases, assembled, write_rulebook
from tabled import as_table

from tunewise.api import evaluate
from tunewise.cases.case import Case, read_case
from tunewise.commands.program import run
from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.evaluation.table import TableEvaluator
from tunewise.explaining.certainty import FIRM, OPEN_STATUS, SETTLED, TOO_EARLY
from tunewise.inference.bounds import OpenCase, possible
from tunewise.inference.column_bounds import OpenRows
from tunewise.inference.single import Inference
from tunewise.loading.assembly import assemble, load
from tunewise.whatif.answers import answers
from tunewise.whatif.sensitivity import with_turning_points
from tunewise.whatif.single_answers import with_single_answers

DAY = date(2026, 11, 22)
EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.yaml"))
TRIED = {"task_type": "extraction", "prompt_testing": "systematic", "base_model_adequate": False}
LEAST = "least_known: {any: [{stage: {known: true}}, {accuracy: {known: true}}]}\n"
OVER = {
    "task_type": "classification",
    "prompt_testing": "systematic",
    "base_model_adequate": True,
    "external_knowledge": "none",
    "requests_per_month": 800_000,
    "input_tokens": 2000,
    "output_tokens": 50,
    "tuned_input_tokens": 2000,
    "monthly_budget_usd": 20,
}
"""Prompting exceeds its budget, and whatever is tuned exceeds it by more."""


@pytest.fixture(scope="module")
def evaluator():
    found = Evaluator(load(), DAY)
    yield found
    found.close()


@pytest.fixture(scope="module")
def searched(evaluator):
    """Evaluate facts, and search the single answers that would turn it."""

    def search(**facts):
        return with_single_answers(evaluator, evaluator.evaluate(Case("A case", facts)))

    return search


def partly(rulebook, case, random):
    """A part of a case's given facts, and what else it could be told: open facts, and what costs would be."""
    given = [id for id in case if rulebook.facts[id].origin == "given"]
    known = {id: case[id] for id in given if random.random() < 0.6}
    asked = OpenCase(rulebook, known).asked
    computed = {id for id, fact in rulebook.facts.items() if fact.origin == "computed" and asked}
    return known, {id: value for id, value in case.items() if id in asked or id in computed}


def held(rulebook, cases, random):
    """Hold each decision of completed cases within the bounds of what was known before; count the narrow ones."""
    inference, narrow = Inference(rulebook), 0
    strata = [stratum for stratum in inference.rules.strata if stratum.targets]
    for case in cases:
        known, more = partly(rulebook, case, random)
        options = possible(rulebook, strata, OpenCase(rulebook, known))
        for told in ({}, more):
            outcomes = inference.infer({**known, **told}).outcomes
            for id, outcome in outcomes.items():
                assert options[id][None if outcome.blocked else outcome.chosen], (id, known, told)
        narrow += sum(sum(map(bool, each.values())) == 1 for each in options.values())
    inference.close()
    return narrow


# Bounds.


@pytest.mark.parametrize("seed", range(40))
def test_no_answer_leaves_the_bounds_of_a_random_rulebook(seed):
    """Conditions of every kind, nested; values at thresholds, unknown, at bounds."""
    random = Random(seed)
    rulebook = assembled(write_rulebook(random))
    if rulebook is not None:
        cases = Cases(rulebook)
        held(rulebook, [cases.draw(random) for _ in range(12)], random)


def test_no_answer_leaves_the_bounds_of_the_shipped_rulebook(evaluator):
    """Some decisions are settled before all is known."""
    random, cases = Random(5), Cases(evaluator.rulebook)
    assert held(evaluator.rulebook, [cases.draw(random) for _ in range(60)], random) > 10


def test_what_forbids_all_but_one_place_settles_it(searched):
    """An air gap leaves one's own machines, whatever else is answered."""
    found = searched(**TRIED, sovereignty="air_gapped")
    assert found.conclusions.recommendation["hosting"] == "self_hosted"
    assert (found.certainty["hosting"].status, found.certainty["hosting"].turns) == (SETTLED, ())


def test_a_veto_that_rests_on_costs_is_never_sure(searched):
    """A budget below all costs vetoes today; costs are reckoned from what is assumed, so nothing is settled."""
    assert searched(**OVER).certainty["approach"].status != SETTLED


def test_without_open_questions_all_is_settled():
    """Every fact of the small rulebook is stated."""
    small = Evaluator(assemble(changed(), "rules"), DAY)
    facts = {"stage": "pilot", "examples": 5, "accuracy": 0.5, "target": 0.4, "gaps": ()}
    found = small.evaluate(Case("All", {**facts, "may_train": True, "base_model": "a"}))
    assert found.known.facts == found.known.of == 7
    assert {one.status for one in found.certainty.values()} == {SETTLED}


def test_a_row_is_as_certain_as_its_case(evaluator):
    """The first decision's certainty, and the number of facts known, of random cases and of empty ones."""
    random, cases = Random(11), Cases(evaluator.rulebook)
    drawn = [partly(evaluator.rulebook, cases.draw(random), random)[0] for _ in range(80)]
    drawn += [{}, {"stage": "exploration"}, {"task_type": "classification"}]
    drawn += [{"prompt_testing": "none"}, TRIED, {**TRIED, "training_on_data_allowed": False}]
    for facts in drawn:
        facts.pop("base_model", None)
    tables = TableEvaluator(evaluator.rulebook, DAY)
    evaluation = tables.evaluate(as_table(drawn))
    for row, facts in enumerate(drawn):
        if row not in evaluation.failed:
            alone = evaluator.evaluate(Case("Alone", facts))
            assert evaluation.certainty[row] == alone.certainty["approach"].status
            assert evaluation.known[row] == alone.known.facts
    tables.close()


def test_rows_have_the_questions_of_their_cases(evaluator):
    """What could still be asked of a row is what could be asked of its case."""
    random, cases = Random(12), Cases(evaluator.rulebook)
    drawn = [partly(evaluator.rulebook, cases.draw(random), random)[0] for _ in range(40)]
    rows = OpenRows(evaluator.rulebook, as_table(drawn))
    for row, facts in enumerate(drawn):
        asked = {id for id, where in rows.asked.items() if where[row]}
        assert asked == OpenCase(evaluator.rulebook, facts).asked


# Single answers.


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_turn_is_true_when_it_is_decided_anew(evaluator, path):
    """With that answer the evaluator says what the turn says; it is another option, and rules are named."""
    case = read_case(path, evaluator.rulebook.facts)
    found = with_single_answers(evaluator, evaluator.evaluate(case))
    now = found.conclusions.recommendation
    for decision, one in found.certainty.items():
        assert (one.status == OPEN_STATUS) is bool(one.turns)
        for turn in one.turns[:4]:
            assert turn.to != now[decision]
            assert turn.facts.keys().isdisjoint(case.facts)
            then = evaluator.evaluate(Case("Then", {**case.facts, **turn.facts}))
            assert then.conclusions.recommendation[decision] == turn.to
            assert set(turn.rules) <= evaluator.rulebook.rules.keys()
            assert turn.rules


def test_firm_is_what_no_single_answer_turns(evaluator, searched):
    """An adequate model without a need for knowledge: answers on people and labels do not bring retrieval."""
    found = searched(**OVER)
    firm = [id for id, one in found.certainty.items() if one.status == FIRM]
    assert "approach" in firm
    now = found.conclusions.recommendation
    for fact, value in (("ml_expertise", "dedicated"), ("difficulty", "high"), ("stage", "pilot")):
        then = evaluator.evaluate(Case("Then", {**OVER, fact: value})).conclusions.recommendation
        assert [then[id] for id in firm] == [now[id] for id in firm]


def test_each_answer_is_named_once_for_each_option(searched):
    """Many numbers of examples turn it alike; the first that does stands for them."""
    turns = searched(**TRIED).certainty["approach"].turns
    named = [(*turn.facts, turn.to) for turn in turns]
    assert len(named) == len(set(named))
    assert ("training_examples", "prompting") in named


def test_numbers_are_tried_between_the_edges_of_the_rules(evaluator):
    """One round number in each cell, nothing out of bounds, and the least where it is an edge itself."""
    facts = evaluator.rulebook.facts
    assert list(answers(facts["training_examples"], (50, 500, 1000))) == [20, 200, 700, 3000]
    assert list(answers(facts["training_examples"], (0, 1, 2))) == [0, 6]
    assert list(answers(facts["accuracy_target"], (0.9, 0.95))) == [0.5, 0.92, 0.97]
    assert list(answers(facts["review_minutes"], ())) == []
    many = tuple(range(10, 1000, 10))
    assert len(list(answers(facts["training_examples"], many))) <= 10


def test_words_are_tried_each(evaluator):
    """Choices, both truths, each member of a set alone and none; a name is not guessed."""
    facts = evaluator.rulebook.facts
    assert list(answers(facts["stage"], ())) == ["exploration", "pilot", "production"]
    assert list(answers(facts["latency_critical"], ())) == [True, False]
    assert list(answers(facts["modality"], ())) == [
        (),
        ("text",),
        ("image",),
        ("audio",),
        ("video",),
    ]
    assert list(answers(facts["base_model"], ())) == []


def test_no_turn_names_the_answer_already_given(evaluator):
    """Where stating what is assumed would change the answer, going back to it is no turn."""
    random, cases, tried = Random(3), Cases(evaluator.rulebook), 0
    while tried < 6:
        drawn = partly(evaluator.rulebook, cases.draw(random), random)[0]
        for fact in ("base_model", "requests_per_month", "commitment_months"):
            drawn.pop(fact, None)
        try:
            found = with_turning_points(evaluator, evaluator.evaluate(Case("Drawn", drawn)))
        except UserError:
            continue
        tried += 1
        now = found.conclusions.recommendation
        for search in found.turning.searches:
            for turn in (*search.below, *search.above):
                assert turn.changes
                assert all(now[id] != option for id, option in turn.changes.items())
                assert turn.rules


# Too early.


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"stage": "exploration"},
        {"task_type": "classification"},
        {"training_examples": 5000},
        {"error_impact": "high", "organisation": "enterprise"},
    ],
)
def test_a_case_with_too_little_known_is_too_early(evaluator, facts):
    """Nothing, one fact, a name and a number of examples."""
    found = evaluator.evaluate(Case("Early", facts))
    assert found.too_early
    assert {one.status for one in found.certainty.values()} <= {TOO_EARLY, SETTLED}
    assert found.known.facts == len(facts)


@pytest.mark.parametrize(
    "more",
    [
        {"stage": "exploration"},
        {"prompt_testing": "none"},
        {"base_model_adequate": True},
        {"gap_kinds": ("style",)},
        {"external_knowledge": "none", "requests_per_month": 1000},
    ],
)
def test_what_the_work_is_and_how_prompts_do_are_enough(evaluator, more):
    """Also that nothing was tried yet."""
    assert not evaluator.evaluate(Case("Enough", {"task_type": "summarization", **more})).too_early


def early(folder, capsys, *words, facts="{stage: exploration}"):
    """What the program says of a case with these facts."""
    path = folder / "case.yaml"
    path.write_text(f"name: A first look\nfacts: {facts}\n", encoding="utf-8")
    assert run(["decide", str(path), "--as-of", "2026-11-22", *words]) == 0
    return capsys.readouterr().out


def test_a_case_with_one_fact_is_told_so_in_a_few_lines(tmp_path, capsys):
    """The verdict, what it would be for now, what to find out first, and how to go on."""
    text = early(tmp_path, capsys)
    assert len(text.splitlines()) <= 25
    for said in (
        "Too early for a verdict.",
        "1 of 69 facts known.",
        "For now it would be: Use one of the strongest ready-made models as it is",
        "What to find out first",
        "What should the model do?",
        "tunewise ask",
        "tunewise facts --template yaml",
    ):
        assert said in " ".join(text.split())
    questions = re.findall(r"^\d+  .*\?$", text, flags=re.MULTILINE)
    assert 1 <= len(questions) <= 6
    assert "What it costs" not in text


def test_what_is_not_tried_yet_is_asked_where_the_work_is_known(tmp_path, capsys):
    """The first question of what is missing comes first."""
    text = early(tmp_path, capsys, facts="{task_type: translation}")
    assert "What should the model do?" not in text
    assert text.index("What to find out first") < text.index("tried") < text.index("How to go on")


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_other_forms_say_it_is_too_early(tmp_path, capsys, form):
    """The same verdict and questions; a page is a whole one."""
    text = early(tmp_path, capsys, "--format", form)
    assert "Too early for a verdict." in text
    assert "What should the model do?" in text
    assert "What it costs" not in text


def test_the_record_of_an_early_case_is_whole(tmp_path, capsys):
    """The provisional answer with all its costs, and the certainty of each decision."""
    record = json.loads(early(tmp_path, capsys, "--format", "json"))
    assert record["recommendation"]["approach"] == "prompting"
    assert record["costs"]
    assert record["known"] == {"facts": 1, "of": 69}
    assert record["certainty"]["approach"] == {"status": "too_early", "turns": []}


def test_the_record_has_the_turns_also_from_python(evaluator, searched):
    """`tunewise.evaluate` gives what `decide --format json` prints."""
    record = evaluate({"name": "A case", "facts": TRIED}, as_of=DAY)
    found = searched(**TRIED)
    assert record["known"] == {"facts": 3, "of": found.known.of}
    assert record["certainty"] == {id: one.as_record() for id, one in found.certainty.items()}
    assert {"facts", "to", "rules"} == record["certainty"]["approach"]["turns"][0].keys()


# The rulebook says what has to be known.


def test_a_rulebook_may_ask_for_nothing():
    """One that was stored before there was such a key decides as it did."""
    rulebook = assemble(changed(), "rules")
    assert rulebook.least_known is None
    assert not Evaluator(rulebook, DAY).evaluate(Case("Nothing", {})).too_early


def test_a_rulebook_says_what_has_to_be_known():
    """Any of two facts will do."""
    texts = changed()
    texts["rulebook.yaml"] += LEAST
    small = Evaluator(assemble(texts, "rules"), DAY)
    assert small.evaluate(Case("Nothing", {"examples": 5})).too_early
    assert not small.evaluate(Case("Enough", {"accuracy": 0.5})).too_early


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("{stages: {known: true}}", ".stages: unknown fact 'stages'; did you mean 'stage'?"),
        ("{falls_short: {known: true}}", ".falls_short: unknown fact 'falls_short'"),
        ("{stage: {known: 1}}", ".stage.known: 'known' takes true alone, found 1"),
        ("[stage]", ": expected a condition, found a list"),
    ],
)
def test_what_has_to_be_known_is_checked(written, problem):
    """Facts that a case can give, in the language of rules; the line is told."""
    texts = changed()
    texts["rulebook.yaml"] += f"least_known: {written}\n"
    with pytest.raises(UserError, match=re.escape(f"rules/rulebook.yaml:4: least_known{problem}")):
        assemble(texts, "rules")


# The verdict.


def test_a_verdict_says_how_certain_it_is(tmp_path, capsys):
    """How many facts are known, and two of the answers that would turn it; points stand with the evidence."""
    path = tmp_path / "case.yaml"
    path.write_text(json.dumps({"name": "A case", "facts": TRIED}), encoding="utf-8")
    assert run(["decide", str(path), "--no-turning", "--full"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    first = text[: text.index(" Why ")]
    assert re.search(r"3 of \d+ facts known\. Open: single answers would turn the approach", first)
    assert re.search(r"; \d+ more would, too\.", first)
    assert "point" not in first
    assert "Single answers that would turn the approach" in text
    assert re.search(r"by \d+ points?:", text)


def test_where_nothing_fits_the_nearest_is_named(tmp_path, capsys):
    """In words and in the record, with what it is over by."""
    path = tmp_path / "case.yaml"
    path.write_text(json.dumps({"name": "A case", "facts": OVER}), encoding="utf-8")
    for form in ("text", "markdown", "html"):
        assert run(["decide", str(path), "--no-turning", "--format", form]) == 0
        text = " ".join(capsys.readouterr().out.split())
        assert "Nothing here meets your limits; nearest is prompt engineering, over the" in text
        assert re.search(r"over the monthly budget by \\?\$\d[\d,.]*", text)
    record = evaluate({"name": "A case", "facts": OVER}, as_of=DAY)
    nearest = record["decisions"][0]["nearest"]
    (over,) = nearest["over"]
    cost = record["facts"]["prompting_monthly_least_usd"]["value"]
    assert (nearest["option"], nearest["rules"]) == ("prompting", [])
    assert (over["limit"], over["over"]) == (20, round(cost - 20, 2))


def test_where_no_budget_is_the_reason_the_limit_is_told(evaluator):
    """What else rules the nearest option out stands in its own words."""
    facts = {
        **TRIED,
        "training_on_data_allowed": False,
        "latency_critical": True,
        "prompt_latency_ms": 26000,
        "target_latency_ms": 1000,
    }
    record = evaluate({"name": "A case", "facts": facts}, as_of=DAY)
    assert record["recommendation"]["approach"] == "blocked"
    nearest = record["decisions"][0]["nearest"]
    assert (nearest["option"], nearest["over"]) == ("prompting", [])
    assert nearest["rules"] == ["limits.too_slow_by_far"]


# Inventories.


def test_an_early_row_that_fails_is_rejected_alone(tmp_path):
    """It is not counted among those accepted, nor among the early ones."""
    inventory, folder = tmp_path / "register.csv", tmp_path / "out"
    beyond = "One,1000000000000,100000000,openai/gpt-4.5-preview"
    lines = ["name,requests per month,input tokens,base_model", beyond, "Two,,,"]
    inventory.write_text("\n".join(lines) + "\n", encoding="utf-8")
    words = ["batch", str(inventory), "-o", str(folder), "--workers", "1", "--as-of", "2026-11-22"]
    assert run(words) == 1
    counts = json.loads((folder / "run.json").read_text(encoding="utf-8"))["result"]["counts"]
    some = {name: count for name, count in counts.items() if count}
    assert some == {"accepted": 1, "rejected": 1, "too_early": 1, "factless": 1}


def test_rows_that_are_too_early_are_told_and_kept_out_of_totals(tmp_path, capsys):
    """The results name them, the last lines count them, the portfolio adds up the others alone."""
    inventory, folder = tmp_path / "register.csv", tmp_path / "out"
    inventory.write_text(
        "name,task_type,prompt_testing,training_examples\n"
        "One,classification,systematic,\nTwo,,,5000\nThree,,,\n",
        encoding="utf-8",
    )
    words = ["batch", str(inventory), "-o", str(folder), "--output-format", "jsonl"]
    assert run([*words, "--workers", "1", "--as-of", "2026-11-22"]) == 0
    said = capsys.readouterr().err
    assert "2 of those accepted are too early for a verdict" in said
    page = folder / "portfolio.html"
    assert said.endswith(f"1 decided: 1 prompt engineering; 2 too early. Open {page} first.\n")
    lines = (folder / "results.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["certainty"] for row in rows] == ["open", "too_early", "too_early"]
    assert [row["known_facts"] for row in rows] == [2, 1, 0]
    text = (folder / "portfolio.md").read_text(encoding="utf-8")
    assert "3 rows read, 1 decided, 2 too early for a verdict and in no total" in text
    assert "**What comes out: 1 prompt engineering**" in text
    assert json.loads((folder / "run.json").read_text(encoding="utf-8"))["result"]["counts"] == {
        "accepted": 3,
        "rejected": 0,
        "too_early": 2,
        "skipped": 0,
        "factless": 1,
        "remarked": 0,
    }


def test_a_register_of_names_alone_has_no_verdict(tmp_path, capsys):
    """The portfolio says that it is too early, and recommends nothing."""
    inventory, folder = tmp_path / "register.csv", tmp_path / "out"
    inventory.write_text("name\n" + "".join(f"Case {n}\n" for n in range(9)), encoding="utf-8")
    assert run(["batch", str(inventory), "-o", str(folder), "--workers", "1"]) == 0
    text = (folder / "portfolio.md").read_text(encoding="utf-8")
    assert "**What comes out: Too early for a verdict**" in text
    assert "9 rows read, 0 decided, 9 too early" in text


def test_a_small_rulebook_without_limits_has_no_early_rows(tmp_path, capsys):
    """Nothing is said of what does not happen."""
    rules = write(tmp_path / "book")
    inventory = tmp_path / "register.csv"
    inventory.write_text("name,stage\nOne,\n", encoding="utf-8")
    words = ["batch", str(inventory), "-o", str(tmp_path / "out"), "--rules", str(rules)]
    assert run([*words, "--workers", "1"]) == 0
    assert "too early" not in capsys.readouterr().err
