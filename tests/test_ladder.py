"""The ladder: what to do first, by which measurement one goes on, and what would turn the verdict."""

from __future__ import annotations

from datetime import date

import pytest
from jsonschema import Draft202012Validator
from reportbook import evaluated
from smallbook import FACTS, TEXTS, book, changed

from tunewise.authoring.handbook import handbook_pages
from tunewise.authoring.lint import lint
from tunewise.authoring.traceability import Use, trace
from tunewise.cases.case import Case
from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.explaining.ladder import enough_for, examples_for
from tunewise.loading.assembly import assemble, load
from tunewise.record.decision import as_record
from tunewise.record.schema import decision_schema
from tunewise.report.presenting import report_view
from tunewise.report.render import render

DAY = date(2026, 11, 28)
TESTED = {"prompt_testing": "systematic"}
TRIED = {"prompt_testing": "informal"}
DATA = {
    "training_examples": 5000,
    "data_quality": "high",
    "data_coverage": True,
    "ml_expertise": "some",
}
MEASURED = {**TESTED, "accuracy_target": 0.9, "test_examples": 500}
SHORT = {**MEASURED, "prompt_accuracy": 0.8}
NEEDS_DOCUMENTS = {"external_knowledge": "essential"}


@pytest.fixture(scope="module")
def evaluator():
    found = Evaluator(load(), DAY)
    yield found
    found.close()


def evaluation_of(evaluator, given):
    """The evaluation of a case with these facts, checked as a case file's would be."""
    facts = evaluator.rulebook.facts
    return evaluator.evaluate(Case("A case", {id: facts[id].check(v) for id, v in given.items()}))


def by_status(evaluation):
    """The remedies by their status, in order."""
    found = {}
    for rung in evaluation.ladder:
        found.setdefault(rung.status, []).append(rung.remedy.id)
    return found


def gaps(*kinds, **more):
    return {"gap_kinds": list(kinds), **more}


FIRST = [
    # Nothing is known, or nothing falls short: a test set.
    ("evaluation", {}),
    ("evaluation", {"task_type": "classification"}),
    ("evaluation", {"requests_per_month": 50000}),
    ("evaluation", {"accuracy_target": 0.95}),
    ("evaluation", {"prompt_accuracy": 0.8, **TESTED}),
    ("evaluation", {"error_impact": "high"}),
    ("evaluation", {"domain_specificity": "highly_specialised"}),
    ("evaluation", {"consistency_need": "high"}),
    ("evaluation", {"training_examples": 20000}),
    ("evaluation", gaps("accuracy", **TRIED)),
    ("evaluation", {"output_format": "strict"}),
    # What tuning asks for is measured before it begins.
    ("evaluation", gaps("style", **TESTED, **DATA)),
    ("evaluation", gaps("cost", **TESTED, base_model_adequate=True)),
    # A form that varies: a schema, then examples.
    ("structured_output", gaps("format")),
    ("structured_output", gaps("format", output_format="strict", **TRIED)),
    ("examples_in_prompt", gaps("format", remedies_tried=["structured_output"], **TRIED, training_examples=5)),
    ("examples_in_prompt", gaps("format", output_format="free")),
    # Knowledge: the whole text, retrieval, better retrieval, tools.
    ("retrieval", NEEDS_DOCUMENTS),
    ("retrieval", {**NEEDS_DOCUMENTS, "corpus_tokens": 50_000_000}),
    ("retrieval", gaps("missing_knowledge", **TESTED)),
    ("retrieval", {"citations_required": True}),
    ("retrieval", {**NEEDS_DOCUMENTS, "knowledge_change": "weekly", "corpus_tokens": 3_000_000}),
    ("long_context", {**NEEDS_DOCUMENTS, "corpus_tokens": 50_000}),
    ("retrieval", {**NEEDS_DOCUMENTS, "corpus_tokens": 50_000, "remedies_tried": ["long_context"]}),
    ("better_retrieval", {**SHORT, **NEEDS_DOCUMENTS, "retrieval_accuracy": 0.86}),
    ("tools", {**NEEDS_DOCUMENTS, "tools_needed": "few", "knowledge_change": "daily"}),
    # Reasoning: a stronger model, then a search for prompts.
    ("stronger_model", gaps("reasoning", **TESTED)),
    ("stronger_model", gaps("reasoning", **TRIED, difficulty="high")),
    ("prompt_optimisation", gaps("reasoning", remedies_tried=["stronger_model"], **TRIED)),
    # Behaviour: examples, then a search.
    ("examples_in_prompt", gaps("style", **TRIED, training_examples=100)),
    ("examples_in_prompt", gaps("terminology", **TRIED)),
    ("prompt_optimisation", gaps("style", remedies_tried=["examples_in_prompt"], **TRIED, training_examples=100)),
    # Cost and speed: a cheaper model, caching, batches.
    ("cheaper_model", gaps("cost", **TRIED)),
    ("caching", gaps("cost", remedies_tried=["cheaper_model"], **TRIED)),
    ("batch", gaps("cost", remedies_tried=["cheaper_model", "caching"], deferrable_share=0.5, **TRIED)),
    ("cheaper_model", {**MEASURED, "prompt_accuracy": 0.93, "requests_per_month": 2_000_000}),
    # Measured, and short of the target with all that tuning takes.
    ("tuning", {**SHORT, **DATA}),
    ("tuning", {**SHORT, **DATA, "remedies_tried": ["prompt_optimisation", "stronger_model"]}),
    # Nothing falls short.
    ("review", {**MEASURED, "prompt_accuracy": 0.93}),
    ("review", {**MEASURED, "prompt_accuracy": 0.7, **NEEDS_DOCUMENTS, "retrieval_accuracy": 0.92}),
]  # fmt: skip


@pytest.mark.parametrize(("first", "given"), FIRST)
def test_the_first_rung_is_what_an_expert_would_try_first(evaluator, first, given):
    """One remedy is to be done now, one at most is next, and tuning is now or next where the verdict is to tune."""
    evaluation = evaluation_of(evaluator, given)
    found = by_status(evaluation)
    assert found["now"] == [first]
    assert len(found.get("next", ())) <= 1
    tuned = evaluation.conclusions.recommendation["approach"] != "prompting"
    assert tuned == ("tuning" in [*found["now"], *found.get("next", ())])


def test_each_remedy_is_the_first_in_one_case_and_not_in_another():
    """None is there that never comes first."""
    assert {first for first, _ in FIRST} == set(load().remedies.by_id)


def test_what_was_tried_is_done_and_what_cannot_help_is_not_for_the_case(evaluator):
    given = gaps("cost", "accuracy", **TRIED, remedies_tried=["cheaper_model"], gradable="no",
                 input_tokens=200, training_on_data_allowed=False)  # fmt: skip
    evaluation = evaluation_of(evaluator, given)
    rungs = {rung.remedy.id: rung for rung in evaluation.ladder}
    assert by_status(evaluation)["done"] == ["cheaper_model"]
    assert by_status(evaluation)["not"] == ["prompt_optimisation", "caching", "tuning"]
    assert rungs["cheaper_model"].because == "A cheaper model was tried, and did not suffice."
    assert rungs["tuning"].because.startswith("The data may not be used to train a model")
    assert not rungs["cheaper_model"].gate
    assert rungs["prompt_optimisation"].gate == ""


def test_without_a_shortfall_nothing_asks_for_tuning(evaluator):
    last = evaluation_of(evaluator, {}).ladder[-1]
    assert (last.remedy.id, last.status) == ("tuning", "not")
    assert last.because.startswith("Nothing known asks for it")


def test_a_shortfall_that_cheaper_remedies_may_mend_leaves_tuning_for_later(evaluator):
    last = evaluation_of(evaluator, gaps("format", **TRIED)).ladder[-1]
    assert (last.remedy.id, last.status) == ("tuning", "later")


def test_where_every_approach_is_ruled_out_the_ladder_says_so_of_tuning():
    """A blocked decision asks for nothing, and no remedy of its options is open."""
    rules = {**changed(), "remedies.yaml": SMALL}
    rules["data.yaml"] = TEXTS["data.yaml"].replace(
        "exclude: {approach: fine_tuning}", "exclude: {approach: [prompting, fine_tuning]}"
    )
    ladder = small_ladder(rules, may_train=False, examples=600)
    assert [(rung.remedy.id, rung.status) for rung in ladder] == [
        ("test_set", "now"),
        ("train", "not"),
    ]
    assert ladder[-1].because == "Nothing may be trained on."


def test_a_gate_names_the_target_and_how_many_cases_tell(evaluator):
    """For 90% within five points 139, written as 140; unknown, the target is called by its name."""
    known = evaluation_of(evaluator, {"accuracy_target": 0.9}).ladder[0].gate
    assert "with 140 test cases; below 90% go on" in known
    unknown = evaluation_of(evaluator, {}).ladder[0].gate
    assert "with 140 test cases; below the accuracy target go on" in unknown


@pytest.mark.parametrize(
    ("share", "margin", "number"),
    [
        (0.5, 0.05, 390),  # 384
        (0.9, 0.05, 140),  # 138.24
        (0.9, 0.02, 870),  # 864
        (0.95, 0.02, 460),  # 456
        (0.8, 0.01, 6200),  # 6,144
        (0.5, 0.1, 96),
        (0.99, 0.1, 4),  # 3.8
        (1, 0.05, 0),
    ],
)
def test_so_many_examples_tell_a_margin(share, margin, number):
    """3.84 p (1 - p) over the square of the margin, up to two leading digits."""
    assert examples_for(share, margin, 3.84) == number


@pytest.mark.parametrize(
    ("facts", "number"),
    [
        ({}, 140),  # 90% within five points
        ({"accuracy_target": 0.8}, 250),
        ({"prompt_accuracy": 0.8}, 250),  # the measured share, where no target is set
        ({"accuracy_target": 0.9, "prompt_accuracy": 0.7}, 140),  # no wider than five points
        ({"accuracy_target": 0.9, "prompt_accuracy": 0.87}, 390),  # three points are missing
        ({"accuracy_target": 0.9, "prompt_accuracy": 0.7, "retrieval_accuracy": 0.87}, 390),
        ({"accuracy_target": 0.9, "prompt_accuracy": 0.899, "material_difference": 0.02}, 870),
        ({"accuracy_target": 0.9, "prompt_accuracy": 0.95}, 140),
        ({"accuracy_target": 1}, 50),  # the smallest test worth its name
    ],
)
def test_a_test_is_as_large_as_what_is_missing_asks_for(facts, number):
    assert enough_for(load().remedies.test, facts) == number


@pytest.mark.parametrize(
    ("given", "turns"),
    [
        (
            {**SHORT, **DATA},
            "The verdict turns to prompt engineering once this no longer holds: Good prompts reach 80%, ",
        ),
        (
            gaps("style", **TRIED, **DATA, training_on_data_allowed=False),
            "The verdict turns to fine-tuning once this no longer holds: The data may not be used to train",
        ),
        ({}, "No argument known so far, come or gone, would turn the verdict by itself."),
    ],
)
def test_the_last_rung_says_what_would_turn_the_verdict(evaluator, given, turns):
    """A turn to a hybrid is none where the verdict is to tune."""
    ladder = evaluation_of(evaluator, given).ladder
    assert turns in ladder[-1].gate
    assert not any("turn the verdict" in rung.gate for rung in ladder[:-1])


SMALL = """\
test:
  target: target
  measured: [accuracy]
  difference: accuracy
  share: 0.9
  margin: 0.05
  least: 50
  squared_deviations: 3.84
  sources: [DOC1]
  checked: "2026-11-28"
remedies:
  train:
    label: training
    mends: {lacking: stated}
    verdict: {approach: [fine_tuning]}
    after: [test_set]
    otherwise: Nothing asks for it.
    takes: Weeks.
    because: Examples teach.
    gate: Below {target} stop.
    sources: [DOC2]
    checked: "2026-11-28"
  test_set:
    label: a test set
    first: true
    takes: Days.
    because: Measure first.
    gate: Take {test_cases} test cases.
    sources: [DOC3]
    checked: "2026-11-28"
"""
SMALL_FACTS = FACTS + """\
  lacking:
    type: choice
    origin: derived
    label: what is lacking
    ordered: true
    values: {suspected: suspected, stated: stated}
"""  # fmt: skip


def small_ladder(texts, **facts):
    evaluator = Evaluator(assemble({**texts, "facts.yaml": SMALL_FACTS}, "book"), DAY)
    try:
        return evaluator.evaluate(Case("A case", facts)).ladder
    finally:
        evaluator.close()


def test_remedies_stand_in_the_order_in_which_they_come_after_each_other():
    """Not in that of the file; and what the verdict asks for comes before the rest."""
    texts = {**TEXTS, "remedies.yaml": SMALL}
    assert [r.remedy.id for r in small_ladder(texts)] == ["test_set", "train"]
    assert [(r.remedy.id, r.status) for r in small_ladder(texts, examples=600)] == [
        ("test_set", "now"),
        ("train", "next"),
    ]


def test_the_nearest_value_of_one_fact_may_turn_the_verdict():
    gate = small_ladder({**TEXTS, "remedies.yaml": SMALL}, examples=499)[-1].gate
    assert gate == "The verdict turns to tuning if examples is at least 500 examples (now 499 examples)."  # fmt: skip


def test_a_remedy_that_takes_another_verdict_is_a_later_step():
    """Even where nothing but the foundations comes before it, unless the verdict is its own."""
    facts = SMALL.replace("mends: {lacking: stated}", "when: {examples: {known: true}}")
    ladder = small_ladder({**TEXTS, "remedies.yaml": facts}, examples=1)
    assert [(r.remedy.id, r.status) for r in ladder] == [("test_set", "now"), ("train", "later")]


def test_one_option_left_keeps_a_remedy_open():
    """It is ruled out with the last of its options, not with the first."""
    tuning = "      fine_tuning: {label: tuning}\n"
    texts = changed(("decisions.yaml", tuning, tuning + "      hybrid: {label: a mix}\n"))
    either = SMALL.replace("mends: {lacking: stated}", "when: {examples: {known: true}}")
    for options, status in (("[fine_tuning, hybrid]", "later"), ("[fine_tuning]", "not")):
        remedies = either.replace("[fine_tuning]", options)
        ladder = small_ladder({**texts, "remedies.yaml": remedies}, examples=1, may_train=False)
        assert [(r.remedy.id, r.status) for r in ladder] == [("test_set", "now"), ("train", status)]


def test_what_was_done_and_is_asked_for_again_stands_once():
    """As a step to come."""
    done = "    done: {when: {examples: {known: true}}, because: Tried.}\n"
    again = SMALL.replace(LABEL, LABEL + done)
    ladder = small_ladder({**TEXTS, "remedies.yaml": again}, examples=600)
    assert [(r.remedy.id, r.status) for r in ladder] == [("test_set", "now"), ("train", "next")]
    ladder = small_ladder({**TEXTS, "remedies.yaml": again}, examples=1)
    assert [(r.remedy.id, r.status) for r in ladder] == [("train", "done"), ("test_set", "now")]


def test_a_rulebook_without_remedies_has_no_ladder():
    """Such as one that was stored beside a log by an earlier version; its reports have no such section."""
    assert book().remedies.by_id == {}
    evaluation = evaluated(examples=10)
    assert evaluation.ladder == ()
    assert as_record(evaluation)["ladder"] == []
    assert "What to do first" not in render([evaluation], "text")


LABEL = "    label: training\n"


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("mends: {lacking", "mends: {laking", 14, "unknown finding 'laking'; did you mean 'lacking'?"),
        ("lacking: stated", "lacking: sated", 14, "unknown evidence 'sated'; did you mean 'stated'?"),
        ("[fine_tuning]", "[fine_tunning]", 15, "'fine_tunning'; did you mean 'fine_tuning'?"),
        ("verdict: {approach", "verdict: {aproach", 15, "unknown decision 'aproach'; did you mean 'approach'?"),
        ("after: [test_set]", "after: [testset]", 16, "unknown remedy 'testset'; did you mean 'test_set'?"),
        (LABEL, LABEL + "    wen: {}\n", 14, "unknown key 'wen'; did you mean 'when'?"),
        (LABEL, LABEL + "    when: {exmples: {known: true}}\n", 14, "unknown fact 'exmples'; did you mean 'examples'?"),
        (LABEL, LABEL + "    done: {when: {gaps: {includes: stile}}, because: Tried.}\n", 14, "did you mean 'style'?"),
        (LABEL, LABEL + "    never: {when: {stage: {known: true}}, because: '{examples}'}\n", 14, "(allowed are)"),
        ("Examples teach.", "'{lackin} teach.'", 19, "did you mean 'lacking'?"),
        ("Below {target}", "Below {taget}", 20, "did you mean 'target'?"),
        ("because: Measure first.", "because: ' '", 27, "is empty; say it in one sentence"),
        ("sources: [DOC2]", "sources: [DOC22]", 21, "unknown source item 'DOC22'; did you mean 'DOC2'?"),
        ("target: target", "target: tarket", 1, "unknown share among the facts 'tarket'; did you mean 'target'?"),
        ("share: 0.9", "share: 90", 5, "share: expected a number from 0.001 to 0.999, found 90"),
        ("margin: 0.05", "margin: 1.0e-300", 6, "margin: expected a number from 0.001 to 0.999, found 1e-300"),
        ("deviations: 3.84", "deviations: .nan", 8, "expected a number from 0.01 to 100, found nan"),
        ("    first: true", "    first: true\n    after: [train]", 11, "come after each other in a circle"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_file_is_told_with_its_line(old, new, line, says):
    assert SMALL.count(old) == 1
    texts = {**TEXTS, "facts.yaml": SMALL_FACTS, "remedies.yaml": SMALL.replace(old, new)}
    with pytest.raises(UserError) as caught:
        assemble(texts, "book")
    (problem,) = caught.value.problems
    assert says in problem.message
    assert (problem.place, problem.line) == ("book/remedies.yaml", line)


def test_the_sources_of_remedies_are_traced():
    texts = {**TEXTS, "facts.yaml": SMALL_FACTS, "remedies.yaml": SMALL}
    found = trace(assemble(texts, "book"))
    assert Use("remedy", "train") in found["DOC2"].uses
    assert Use("remedy", "test") in found["DOC1"].uses


def test_a_remedy_grows_stale_a_year_after_it_was_checked():
    texts = {**TEXTS, "facts.yaml": SMALL_FACTS, "remedies.yaml": SMALL}
    found = lint(assemble(texts, "book"), (), date(2027, 11, 30))
    stale = {f.subject: (f.place, f.line) for f in found if f.place.endswith("remedies.yaml")}
    assert stale["remedy test_set"] == ("book/remedies.yaml", 23)
    assert stale["the test of remedies"] == ("book/remedies.yaml", 1)


def test_the_handbook_lists_the_remedies():
    """In the order in which they come, the names of facts in place of their values."""
    texts = {**TEXTS, "facts.yaml": SMALL_FACTS, "remedies.yaml": SMALL}
    index = handbook_pages(assemble(texts, "book"))["README.md"]
    rows = [
        line for line in index.partition("## What to do first")[2].splitlines() if "DOC" in line
    ]
    assert [row.split("|")[1].split(" [")[0].strip() for row in rows[:2]] == [
        "a test set",
        "training",
    ]
    assert "Below ‹target› stop." in index


def test_the_record_holds_the_ladder_and_meets_its_schema(evaluator):
    record = as_record(evaluation_of(evaluator, {**SHORT, **DATA}))
    now = next(rung for rung in record["ladder"] if rung["status"] == "now")
    assert now["remedy"] == "tuning"
    assert set(now) == {"remedy", "label", "status", "because", "takes", "gate", "sources"}
    rungs = decision_schema()["$defs"]["decision"]["properties"]["ladder"]
    assert list(Draft202012Validator(rungs).iter_errors(record["ladder"])) == []


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_a_report_shows_the_ladder_after_reasons_and_costs(evaluator, form):
    known = gaps("format", task_type="extraction", **TRIED)
    text = render([evaluation_of(evaluator, known)], form).rpartition("</nav>")[2]
    sections = [text.index(title) for title in ("Why", "What it costs", "What to do first")]
    assert sections == sorted(sections)
    for words in ("Now: output held to a schema", "Next: examples in the prompt", "Later: tuning"):
        assert words in " ".join(text.split())


def test_the_ladder_speaks_of_money_in_the_currency_of_the_sums():
    """In reports; JSON stays in dollars."""
    evaluator = Evaluator(load(), DAY, shown_in=("AUD", "1.5"))
    try:
        evaluation = evaluation_of(
            evaluator, gaps("style", **TESTED, **DATA, upfront_budget_usd=100)
        )
    finally:
        evaluator.close()
    last = evaluation.ladder[-1]
    assert (last.remedy.id, last.status) == ("tuning", "not")
    assert "$100" in last.because
    shown = report_view([evaluation]).cases[0].ladder[-1]
    assert "AUD 150" in shown.text
    assert "$" not in shown.text
