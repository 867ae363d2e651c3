"""What `decide --format json` prints: its keys, ranges of draws and plans; and that older logs stay what they are."""

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tunewise.cases.case import Case, read_case
from tunewise.commands.program import run
from tunewise.evaluation.evaluator import Evaluator
from tunewise.log.reading import Log
from tunewise.record.decision import as_record
from tunewise.schemas.build import schemas

HERE = Path(__file__).parent
EXAMPLES = sorted((HERE.parent / "examples").glob("*.yaml"))
DAY = date(2026, 11, 22)
KEYS = [
    *("schema", "case", "as_of", "versions", "rulebook", "facts", "recommendation", "known", "certainty", "flips"),
    *("ladder", "plans", "tuning_plan", "decisions", "firings", "reasons", "advice", "costs", "break_even"),
    *("near_misses", "unknown"),
]  # fmt: skip
BESIDES = {"sufficient", "uncertainty", "cheaper_model", "cost_basis"}
"""What stands there beyond the contract; `turning` only where it was searched."""
POOR = {
    "requests_per_month": 400_000,
    "input_tokens": 2_000,
    "output_tokens": 500,
    "monthly_budget_usd": 50,
    "upfront_budget_usd": 8_000,
}


@pytest.fixture(scope="module")
def evaluator() -> Iterator[Evaluator]:
    """The shipped rulebook on one day."""
    from tunewise.loading.assembly import load

    made = Evaluator(load(), DAY)
    yield made
    made.close()


@pytest.fixture(scope="module")
def answers(evaluator: Evaluator) -> list[dict[str, Any]]:
    """The decisions on the examples, on a case with budgets that nothing meets, and on one without a fact."""
    cases = [read_case(one, evaluator.rulebook.facts) for one in EXAMPLES]
    cases += [Case("Poor", POOR), Case("Nothing is known", {})]
    return [as_record(evaluator.evaluate(case)) for case in cases]


def test_the_keys_are_those_of_the_contract(answers: list[dict[str, Any]]) -> None:
    """In their order, with nothing else than what is named beside them; and the schema agrees."""
    for answer in answers:
        assert answer["schema"] == "tunewise.decision/2"
        assert [key for key in answer if key not in BESIDES] == KEYS
        assert set(answer) <= {*KEYS, *BESIDES}


def test_the_schema_holds_every_answer(evaluator: Evaluator, answers: list[dict[str, Any]]) -> None:
    """Each as it is read back from JSON; one of an older form is refused."""
    validator = Draft202012Validator(schemas(evaluator.rulebook)["decision"])
    for answer in answers:
        assert [
            error.message for error in validator.iter_errors(json.loads(json.dumps(answer)))
        ] == []
    assert not validator.is_valid({**answers[0], "schema": "tunewise.decision/1"})
    assert not validator.is_valid({**answers[0], "plans": []})


def test_what_is_drawn_is_told_by_its_percentiles(answers: list[dict[str, Any]]) -> None:
    """Totals, lines, quantities and break-even say p10, p50 and p90, in rising order; no range is told otherwise."""

    def ranges(found: Any) -> Iterator[dict[str, Any]]:
        if isinstance(found, dict):
            assert not {"low", "expected", "high"} & found.keys()
            if "p50" in found:
                yield found
            for one in found.values():
                yield from ranges(one)
        elif isinstance(found, list):
            for one in found:
                yield from ranges(one)

    for answer in answers:
        told = list(ranges([answer["costs"], answer["break_even"], answer["plans"]]))
        assert len(told) > 50
        for one in told:
            assert list(one) == ["p10", "p50", "p90"]
            numbers = [value for value in one.values() if value != "never"]
            assert numbers == sorted(numbers)


def test_what_is_unknown_is_what_is_worth_asking(answers: list[dict[str, Any]]) -> None:
    """As many facts as are not known of those that count, those first that most rules wait for."""
    for answer in answers:
        waiting = [len(rules) for rules in answer["unknown"].values()]
        assert len(waiting) == answer["known"]["of"] - answer["known"]["facts"]
        assert waiting == sorted(waiting, reverse=True)
        assert not set(answer["unknown"]) & {
            fact for fact, one in answer["facts"].items() if one["origin"] == "given"
        }


def test_the_recommended_plan_comes_first_and_the_rivals_after(
    answers: list[dict[str, Any]],
) -> None:
    """Each approach once; the first plan's options are the recommendation, its money that of the costs."""
    for answer in answers:
        first, *rivals = (plan["options"] for plan in answer["plans"])
        if answer["recommendation"]["approach"] != "blocked":
            assert first == answer["recommendation"]
        taken = [plan["approach"] for plan in (first, *rivals)]
        assert sorted(taken) == sorted(answer["costs"])
        for plan in answer["plans"]:
            costs = answer["costs"][plan["options"]["approach"]]
            assert plan["money"] == {name: costs[name] for name in plan["money"]}
            assert (plan["serving"] is None) is (costs["serving"] is None)
            if plan["serving"]:
                assert plan["serving"]["id"] == costs["serving"]["chosen"]


def test_a_plan_names_the_model_that_its_tokens_are_paid_for(
    answers: list[dict[str, Any]],
) -> None:
    """The case's own; none where open models run on one's own machines."""
    models = {answer["case"]["name"]: answer["plans"][0]["model"] for answer in answers}
    assert models["Clause extraction for a law firm"] == "anthropic/claude-sonnet-4-5"
    assert None in models.values()


def test_a_plan_tells_the_limits_that_it_breaks(answers: list[dict[str, Any]]) -> None:
    """Each rule that rules its approach out, and budgets by the share of draws above them."""
    for answer in answers:
        standing = {one["option"]: one for one in answer["decisions"][0]["options"]}
        for plan in answer["plans"]:
            vetoes = {one["rule"] for one in plan["breaks"] if one["vetoes"]}
            assert vetoes == set(standing[plan["options"]["approach"]]["vetoed_by"])
    poor = next(answer for answer in answers if answer["case"]["name"] == "Poor")
    assert poor["recommendation"]["approach"] == "blocked"
    for plan in poor["plans"]:
        money = [one for one in plan["breaks"] if one["budget"] == "monthly_budget_usd"]
        assert money
        assert all(one["limit"] == 50 and 0.5 < one["share"] <= 1 for one in money)


def test_a_budget_that_half_of_the_draws_break_is_a_limit_broken_too(
    evaluator: Evaluator,
) -> None:
    """What only speaks against a plan is told with its share, and rules nothing out."""
    free = {fact: value for fact, value in POOR.items() if "budget" not in fact}
    least = evaluator.evaluate(Case("Free", free)).costs.facts["prompting_monthly_least_usd"]
    assert isinstance(least, int | float)
    found: list[dict[str, Any]] = []
    for share in range(1, 10):
        budget = round(least * (1 + share / 40))
        case = Case("Doubtful", {**free, "monthly_budget_usd": budget})
        plans = as_record(evaluator.evaluate(case))["plans"]
        found += [b for plan in plans for b in plan["breaks"] if b["budget"] and not b["vetoes"]]
    assert found
    assert all(0.5 < one["share"] < 0.8 for one in found)


def test_a_log_of_version_1_verifies_and_replays_as_what_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Written by the program that printed decisions of version 1; not a byte of it has to change."""
    log = tmp_path / "version1.jsonl"
    shutil.copy(HERE / "logs" / log.name, log)
    shutil.copytree(HERE / "logs" / f"{log.name}.rulebooks", f"{log}.rulebooks")
    assert run(["audit", "verify", str(log)]) == 0
    assert run(["audit", "replay", str(log)]) == 0
    assert "4 the same to the byte" in capsys.readouterr().out
    assert run(["audit", "show", str(log), "1"]) == 0
    assert run(["audit", "list", str(log)]) == 0


def test_a_costed_record_of_version_1_is_still_one() -> None:
    """Its sums say low, expected and high, as records always did: their middle is what decisions call p50."""
    (entry,) = Log(HERE / "logs" / "version1_costs.jsonl").entries()
    assert entry.findings == ()
    assert entry.record is not None
    monthly = entry.record.costs["prompting"].monthly
    assert 0 < monthly.low < monthly.expected < monthly.high
