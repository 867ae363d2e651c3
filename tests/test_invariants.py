"""What no recommendation may break, over many random cases: no tuning without a reason, no retrieval without a need."""

import math
from collections.abc import Iterator, Mapping
from datetime import date
from random import Random

import numpy as np
import pytest
from strategies import Cases
from tabled import as_table

from tunewise.evaluation.table import TableEvaluation, TableEvaluator
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.conditions import Value
from tunewise.loading.assembly import load

BOOK = load()
ROWS, PART = 20_000, 5_000
PRICED = {"prompting": "prompting", "hybrid": "hybrid", "fine_tuning": "tuning"}
"""What the costs of an approach are called by."""
BUDGETS = {"upfront_budget_usd": "initial", "monthly_budget_usd": "monthly"}
SPANS = {
    "requests_per_month": (1, 1e8),
    "input_tokens": (10, 20_000),
    "output_tokens": (1, 2_000),
    "training_examples": (1, 100_000),
    "upfront_budget_usd": (100, 1e6),
    "monthly_budget_usd": (10, 1e6),
}
"""Between which bounds numbers are drawn evenly over their orders of magnitude, so that few cases cost too much."""

Facts = dict[str, Value]
Part = tuple[list[Facts], TableEvaluation]


def drawn(random: Random, cases: Cases) -> Facts:
    """A random case: values crowd on thresholds, costs stay within reason, budgets are rarely named."""
    facts = {id: value for id, value in cases.draw(random).items() if id in BOOK.facts.given}
    for id in facts.keys() & SPANS.keys():
        low, high = SPANS[id]
        number = math.exp(random.uniform(math.log(low), math.log(high)))
        facts[id] = BOOK.facts[id].check(round(number)) or 0
    for budget in BUDGETS:
        if random.random() < 0.7:
            facts.pop(budget, None)
    return facts


@pytest.fixture(scope="module")
def parts() -> list[Part]:
    """More than 20,000 random cases, in parts, and what came of them."""
    random, cases, tables = Random(11), Cases(BOOK), TableEvaluator(BOOK, date(2026, 11, 22))
    drawing = [[drawn(random, cases) for _ in range(PART)] for _ in range(ROWS // PART + 1)]
    found = [(rows, tables.evaluate(as_table(rows))) for rows in drawing]
    tables.close()
    assert sum(len(rows) - len(came.failed) for rows, came in found) > ROWS
    return found


def standing(part: Part) -> Iterator[tuple[int, Facts, Mapping[str, str]]]:
    """Each case of a part that could be evaluated, by its row, with what is recommended."""
    rows, evaluation = part
    outcomes = evaluation.conclusions.outcomes
    for row, facts in enumerate(rows):
        if row not in evaluation.failed:
            yield row, facts, {name: o.option(row) for name, o in outcomes.items()}


def known(part: Part, fact: str, row: int) -> Value | None:
    """What is known of a fact, derived and computed ones included."""
    column = part[1].conclusions.memory.get(fact)
    return None if column is None else column.value(row)


def test_nothing_is_tuned_without_a_reason(parts: list[Part]) -> None:
    """Tuning takes a shortfall, stated or measured, or a pilot; else prompting is ruled out by a limit."""
    tuned = 0
    for part in parts:
        vetoed = part[1].conclusions.outcomes["approach"].vetoed["prompting"]
        for row, facts, chosen in standing(part):
            if chosen["approach"] in ("hybrid", "fine_tuning"):
                tuned += 1
                assert known(part, "tuning_reason", row) is not None or vetoed[row], facts
    assert tuned > 500


def test_nothing_is_looked_up_without_a_need(parts: list[Part]) -> None:
    """Retrieval takes knowledge that is said or measured to be wanted, systems, or a measured success of its own."""
    looked_up = 0
    for part in parts:
        for row, facts, chosen in standing(part):
            if chosen["retrieval"] not in ("none", BLOCKED):
                looked_up += 1
                wanted = known(part, "knowledge_shortfall", row) in ("stated", "measured")
                systems = facts.get("tools_needed") in ("few", "many")
                proved = known(part, "retrieval_result", row) == "adequate"
                assert wanted or systems or proved, facts
    assert looked_up > 500


def test_no_recommendation_breaks_a_stated_budget(parts: list[Part]) -> None:
    """What is recommended fits the budgets named in most draws; where nothing does, nothing is recommended."""
    within = blocked = 0
    for part in parts:
        for row, facts, chosen in standing(part):
            bound = [
                b for b in BUDGETS if b != "monthly_budget_usd" or "requests_per_month" in facts
            ]
            named = {budget: BUDGETS[budget] for budget in bound if budget in facts}
            blocked += bool(named) and chosen["approach"] == BLOCKED
            for budget, span in named.items() if chosen["approach"] != BLOCKED else ():
                cost = known(part, f"{PRICED[chosen['approach']]}_{span}_least_usd", row)
                within += 1
                assert cost is not None
                assert facts[budget] >= cost, (budget, cost, facts)
    assert min(within, blocked) > 500


def test_where_nothing_is_recommended_a_rule_forbids_each_approach(parts: list[Part]) -> None:
    """No recommendation is withheld without a limit that each approach breaks."""
    for part in parts:
        outcome = part[1].conclusions.outcomes["approach"]
        vetoed = np.all([outcome.vetoed[option] for option in outcome.options], axis=0)
        assert outcome.blocked.tolist() == vetoed.tolist()
