"""The option that comes nearest where all are ruled out, and by how much it misses."""

import pytest
from smallbook import FACTS, TEXTS

from tunewise.explaining.nearest import nearest_option
from tunewise.inference.deciding import BLOCKED, OptionScore, Outcome
from tunewise.loading.assembly import assemble

BUDGETS = """\
  budget: {type: number, group: task, label: budget, unit: USD, question: How much?}
  patience: {type: number, group: task, label: patience, unit: ms, question: How long?}
  cost: {type: number, group: task, label: cost, unit: USD, question: What?}
  time: {type: number, group: task, label: time, unit: ms, question: When?}
"""
VETOES = {
    "over": "{budget: {below: {fact: cost}}}",
    "over_too": "{budget: {below: {fact: cost, times: 0.9}}}",
    "slow": "{patience: {below: {fact: time}}}",
    "over_and_more": "{budget: {below: {fact: cost}}, stage: {is: pilot}}",
    "plain": "{may_train: {is: false}}",
    "stated": "{stage: {known: true}}",
}


def nearest_of(prompting, fine_tuning, facts):
    """The nearest of two options, the first of which is declared first, that these rules rule out."""
    rules = "".join(
        f"  {name}:\n    when: {when}\n    then: {{exclude: {{approach: [prompting]}}}}\n"
        f'    because: So.\n    sources: [DOC1]\n    checked: "2026-11-22"\n'
        for name, when in VETOES.items()
    )
    texts = {
        **TEXTS,
        "facts.yaml": FACTS + BUDGETS,
        "limits.yaml": f"title: Limits\nrules:\n{rules}",
    }
    standings = tuple(
        OptionScore(option, 0, tuple(f"limits.{rule}" for rule in vetoes), ())
        for option, vetoes in (("prompting", prompting), ("fine_tuning", fine_tuning))
    )
    return nearest_option(
        assemble(texts, "book"), Outcome("approach", BLOCKED, None, standings), facts
    )


def test_the_nearest_option_is_over_by_the_least_share_of_its_limit():
    """Not the one that is declared first."""
    found = nearest_of(["over"], ["over_too"], {"budget": 100, "cost": 120})
    assert (found.option, found.rules) == ("fine_tuning", ())
    assert [(one.limit, one.over) for one in found.excesses] == [(100, 8)]


def test_an_option_that_money_lifts_is_nearer_than_one_that_it_does_not():
    """However much money it takes."""
    found = nearest_of(["plain"], ["over"], {"budget": 1, "cost": 1000, "may_train": False})
    assert found.option == "fine_tuning"
    assert nearest_of(["plain", "slow"], ["plain"], {}).option == "fine_tuning"


@pytest.mark.parametrize("rule", ["slow", "over_and_more", "plain", "stated"])
def test_only_a_budget_and_nothing_else_is_told_as_an_excess(rule):
    """A limit in another unit, or of a rule that says more, stands in the rule's own words."""
    facts = {"budget": 1, "cost": 2, "patience": 1, "time": 2, "stage": "pilot", "may_train": False}
    found = nearest_of([rule], ["plain", "slow", "over_and_more", "stated"], facts)
    assert (found.option, found.excesses, found.rules) == ("prompting", (), (f"limits.{rule}",))
