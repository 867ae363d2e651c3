"""Near misses and open questions: which rules one known value keeps from firing, and which wait for an unknown one."""

import pytest
from smallbook import book

from tunewise.explaining.explanation import Explanation


def explained(when: str) -> Explanation:
    """The explanation of the small rulebook, in which this is when `data.enough` fires."""
    return Explanation(
        book(
            ("data.yaml", "{examples: {at_least: 500}}", when),
            ("data.yaml", '"There are {examples}."', "So it is."),
        )
    )


BELOW = "{accuracy: {below: {fact: target}}}"
NESTED = (
    "{all: [{any: [{stage: {is: pilot}}, {may_train: {is: true}}]}, {examples: {at_least: 5}}]}"
)


@pytest.mark.parametrize(
    ("when", "facts", "misses"),
    [
        (BELOW, {"accuracy": 0.9, "target": 0.8}, {"accuracy": 0.9}),
        (BELOW, {"accuracy": 0.9}, {}),
        (BELOW, {"target": 0.8}, {}),
        (BELOW, {}, {}),
        ("{examples: {known: true}}", {}, {}),
        ("{examples: {unknown: true}}", {"examples": 3}, {"examples": 3}),
        (NESTED, {"stage": "pilot", "examples": 4}, {"examples": 4}),
        (NESTED, {"stage": "exploration", "examples": 4}, {}),
    ],
)
def test_a_near_miss_is_decided_by_one_known_value(
    when: str, facts: dict[str, object], misses: dict[str, object]
) -> None:
    """What an unknown fact leaves open is no miss, on whichever side of a comparison it stands."""
    found = explained(when).near_misses(facts, {})
    assert {m.fact: m.value for m in found if m.rule.id == "data.enough"} == misses


@pytest.mark.parametrize(
    ("when", "facts", "waiting"),
    [
        (BELOW, {"accuracy": 0.9}, {"target"}),
        (BELOW, {}, {"accuracy", "target"}),
        (NESTED, {"stage": "pilot"}, {"examples"}),
        (NESTED, {"stage": "exploration"}, {"may_train", "examples"}),
        (NESTED, {"examples": 4}, set()),
    ],
)
def test_a_rule_waits_for_what_could_make_it_fire(
    when: str, facts: dict[str, object], waiting: set[str]
) -> None:
    """An unknown fact that cannot change the condition any more is not worth asking."""
    found = explained(when).waiting(facts, {})
    assert {fact for fact, rules in found.items() if "data.enough" in rules} == waiting
