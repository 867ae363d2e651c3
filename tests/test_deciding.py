"""Scores, vetoes, ties, margins and `blocked`: integers throughout."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewise.inference.deciding import BLOCKED, Evidence, decide
from tunewise.inference.deriving import joined
from tunewise.knowledge.conclusions import Advise, Derive, Exclude, Weigh
from tunewise.knowledge.conditions import Comparison
from tunewise.knowledge.rule import Decision, Option, Rule
from tunewise.knowledge.vocabulary import Fact

OPTIONS = ("first", "second", "third")
DECISION = Decision(
    id="what",
    label="what",
    question="?",
    options={name: Option(id=name, label=name) for name in OPTIONS},
)


def rule(id, then):
    """A rule that concludes so, whatever its condition."""
    return Rule(id, Comparison("x", "known"), then, "", (), "2026-11-22")


def weigh(id, points, *options, decision="what"):
    """A rule for or against options."""
    return rule(id, Weigh(decision, options, "weak", points))


def veto(id, *options, decision="what"):
    """A rule that excludes options."""
    return rule(id, Exclude(decision, options))


def test_without_evidence_the_first_option_stands_with_no_lead():
    outcome = decide(DECISION, [])
    assert (outcome.chosen, outcome.margin, outcome.blocked) == ("first", 0, False)
    assert [s.score for s in outcome.standings] == [0, 0, 0]


def test_the_highest_score_wins_and_leads_by_the_difference():
    outcome = decide(DECISION, [weigh("a", 4, "third"), weigh("b", 1, "second")])
    assert (outcome.chosen, outcome.margin) == ("third", 3)


def test_a_score_is_support_less_opposition():
    rules = [weigh("a", 4, "second"), weigh("b", -2, "second"), weigh("c", 1, "second", "third")]
    outcome = decide(DECISION, rules)
    standing = outcome.standing("second")
    assert standing.score == 3
    assert standing.evidence == (Evidence("a", 4), Evidence("b", -2), Evidence("c", 1))
    assert outcome.margin == 2


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_tie_goes_to_the_option_declared_first_whatever_the_order_of_firing(order):
    rules = [weigh("a", 2, "third"), weigh("b", 2, "second")]
    outcome = decide(DECISION, [rules[i] for i in order])
    assert (outcome.chosen, outcome.margin) == ("second", 0)


def test_opposition_to_all_leaves_the_least_opposed():
    rules = [weigh("a", -4, "first"), weigh("b", -1, "second"), weigh("c", -2, "third")]
    outcome = decide(DECISION, rules)
    assert (outcome.chosen, outcome.margin) == ("second", 1)


def test_a_veto_beats_any_score_and_the_margin_passes_it_over():
    rules = [weigh("a", 400, "third"), weigh("b", 1, "second"), veto("c", "third")]
    outcome = decide(DECISION, rules)
    assert (outcome.chosen, outcome.margin) == ("second", 1)
    assert outcome.standing("third").score == 400
    assert outcome.standing("third").vetoed_by == ("c",)


def test_one_option_left_has_no_margin():
    outcome = decide(DECISION, [veto("a", "first", "third")])
    assert (outcome.chosen, outcome.margin) == ("second", None)


def test_a_decision_is_blocked_where_every_option_is_vetoed():
    rules = [weigh("a", 4, "first"), veto("b", "first", "second"), veto("c", "second", "third")]
    outcome = decide(DECISION, rules)
    assert outcome.blocked
    assert (outcome.chosen, outcome.margin) == (BLOCKED, None)
    assert [s.vetoed_by for s in outcome.standings] == [("b",), ("b", "c"), ("c",)]


def test_rules_on_other_matters_count_for_nothing():
    rules = [
        weigh("a", 4, "second", decision="other"),
        veto("b", "first", decision="other"),
        rule("c", Derive("y", 1)),
        rule("d", Advise("risk", "strong", 4)),
    ]
    assert decide(DECISION, rules) == decide(DECISION, [])


POINTS = st.integers(-(2**60), 2**60)
WEIGHED = st.lists(st.tuples(POINTS, st.sets(st.sampled_from(OPTIONS), min_size=1)), max_size=8)
VETOED = st.sets(st.sampled_from(OPTIONS))


@given(WEIGHED, VETOED, st.randoms(use_true_random=False))
def test_what_is_decided_is_best_among_what_is_open_in_exact_integers(weighed, vetoed, random):
    rules = [weigh(f"w{i}", points, *options) for i, (points, options) in enumerate(weighed)]
    rules += [veto(f"v-{option}", option) for option in vetoed]
    random.shuffle(rules)
    outcome = decide(DECISION, rules)
    scores = {o: sum(p for p, options in weighed if o in options) for o in OPTIONS}
    standing = [o for o in OPTIONS if o not in vetoed]
    assert {s.option: s.score for s in outcome.standings} == scores
    assert all(type(s.score) is int for s in outcome.standings)
    if not standing:
        assert outcome.blocked
        return
    best = max(scores[o] for o in standing)
    assert outcome.chosen == next(o for o in standing if scores[o] == best)
    rest = [scores[o] for o in standing if o != outcome.chosen]
    assert outcome.margin == (best - max(rest) if rest else None)


@pytest.mark.parametrize(
    ("fact", "values", "expected"),
    [
        ({"type": "integer"}, [3, 9, 4], 9),
        ({"type": "boolean"}, [False, True], True),
        ({"type": "choice", "values": {"z": "", "m": "", "a": ""}}, ["m", "z"], "m"),
        ({"type": "set", "values": {"z": "", "m": "", "a": ""}}, [("a",), ("z", "a")], ("z", "a")),
    ],
)
def test_several_derived_values_join_to_one_in_any_order(fact, values, expected):
    derived = Fact(id="f", label="f", origin="derived", **fact)
    rules = [rule(f"r{i}", Derive("f", value)) for i, value in enumerate(values)]
    assert joined(derived, rules) == expected
    assert joined(derived, rules[::-1]) == expected
    assert joined(derived, []) is None
