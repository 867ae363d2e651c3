"""The condition language: three values, negation, cells, and what a person reads."""

import math
from itertools import product
from random import Random
from types import SimpleNamespace

import pytest
import yaml
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from reference import FALSE, OPEN, TRUE, Reference
from strategies import Cases, assembled, rulebooks, write_rulebook

from tunewise.explaining.explanation import Explanation
from tunewise.inference.encoding import Encoding, TooManyBranches
from tunewise.inference.interpreter import Interpreter
from tunewise.inference.single import Inference
from tunewise.knowledge.conditions import (
    OPPOSITES,
    All,
    Any,
    Comparison,
    Other,
    comparisons,
    facts_read,
    not_true,
)
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Fact
from tunewise.loading.assembly import assemble, load
from tunewise.loading.parsing import ConditionParser
from tunewise.reading import parse_yaml
from tunewise.structure import Problems

MANY = settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
SCALE = ("low", "medium", "high")

FACTS = {
    "level": Fact(
        id="level", type="choice", label="the level", ordered=True, values=dict.fromkeys(SCALE, "")
    ),
    "kind": Fact(
        id="kind", type="choice", label="the kind", values={"a": "an A", "b": "a B", "c": "a C"}
    ),
    "gaps": Fact(id="gaps", type="set", label="the gaps", values={"x": "an X", "y": "a Y"}),
    "yes": Fact(id="yes", type="boolean", label="the answer"),
    "count": Fact(id="count", type="integer", label="the count"),
    "cost": Fact(id="cost", type="number", label="the cost", unit="USD"),
    "share": Fact(id="share", type="share", label="the share"),
    "target": Fact(id="target", type="share", label="the target"),
    "margin": Fact(id="margin", type="share", label="the margin"),
    "model": Fact(id="model", type="text", label="the model"),
}
INTERPRETER = Interpreter({"level": SCALE})

BASIC = [
    ("count", "at_least", 5, [(4, False), (5, True), (6, True)]),
    ("count", "at_most", 5, [(4, True), (5, True), (6, False)]),
    ("count", "above", 5, [(4, False), (5, False), (6, True)]),
    ("count", "below", 5, [(4, True), (5, False), (6, False)]),
    ("count", "is", 5, [(4, False), (5, True), (6, False)]),
    ("count", "is_not", 5, [(4, True), (5, False), (6, True)]),
    ("count", "one_of", (5, 7), [(4, False), (5, True), (6, False), (7, True)]),
    ("count", "none_of", (5, 7), [(4, True), (5, False), (6, True), (7, False)]),
    ("share", "at_least", 0.9, [(math.nextafter(0.9, 0), False), (0.9, True)]),
    ("share", "below", 0.9, [(math.nextafter(0.9, 0), True), (0.9, False)]),
    ("share", "above", 0.3, [(0.1 + 0.2, True), (0.3, False)]),
    ("cost", "is", 0, [(0, True), (5e-324, False)]),
    ("level", "at_least", "medium", [("low", False), ("medium", True), ("high", True)]),
    ("level", "below", "medium", [("low", True), ("medium", False), ("high", False)]),
    ("level", "is", "high", [("low", False), ("high", True)]),
    ("kind", "is_not", "b", [("a", True), ("b", False), ("c", True)]),
    ("kind", "one_of", ("a", "c"), [("a", True), ("b", False), ("c", True)]),
    ("gaps", "includes", "x", [((), False), (("x",), True), (("y",), False), (("x", "y"), True)]),
    ("gaps", "excludes", "x", [((), True), (("x",), False), (("x", "y"), False)]),
    ("yes", "is", True, [(True, True), (False, False)]),
    ("yes", "is_not", True, [(True, False), (False, True)]),
    ("model", "is", "a/b", [("a/b", True), ("a/bc", False), ("", False)]),
    ("cost", "at_least", Other("count", 0.5), [(2.5, True), (2.4, False)]),
    (
        "cost",
        "above",
        Other("count", 0.5),
        [(2.5, False), (2.5 + 5e-10, False), (2.5 + 2e-9, True)],
    ),
    ("cost", "is", Other("count"), [(5, True), (5.5, False)]),
    ("cost", "below", Other("count", 2, 3), [(6.9, True), (7, False)]),
    ("share", "below", Other("target", 1, "margin"), [(0.879, True), (0.88, False), (0.9, False)]),
    ("share", "at_least", Other("target", 1, "margin"), [(0.879, False), (0.88, True)]),
    ("share", "is", Other("target", less=0.02), [(0.88, True), (0.9, False)]),
]
BESIDE = {"count": 5, "target": 0.9, "margin": 0.02}
"""What the right side of a comparison of facts is in the table; 0.9 - 0.02 is not 0.88 in binary."""

EXPECTED = [
    (Comparison(fact, op, operand), value, expected)
    for fact, op, operand, rows in BASIC
    for value, expected in rows
]


def facts_with(comparison, value):
    """The facts of a row of the table."""
    beside = BESIDE if isinstance(comparison.operand, Other) else {}
    return {**beside, comparison.fact: value}


def fires(condition, facts):
    """Whether the conjunctions that the engine is given are true of a case's cells."""
    encoding = Encoding(FACTS, [condition])
    vector = encoding.vector(facts)
    return any(
        all(low <= vector[name] <= high for name, (low, high) in conjunction.items())
        for conjunction in encoding.conjunctions(condition)
    )


def parsed(text):
    """The condition that a YAML text describes."""
    document = parse_yaml(text, "test")
    problems = Problems(document)
    condition = ConditionParser(FACTS, problems, "test").parse(document.data, ())
    assert not problems.found, problems.found
    return condition


@pytest.mark.parametrize(("comparison", "value", "expected"), EXPECTED)
def test_a_comparison_of_known_facts_is_true_or_false(comparison, value, expected):
    facts = facts_with(comparison, value)
    assert INTERPRETER.holds(comparison, facts) is expected
    assert fires(comparison, facts) is expected


@pytest.mark.parametrize(("comparison", "value", "expected"), EXPECTED)
def test_an_opposite_is_true_exactly_where_the_comparison_is_false(comparison, value, expected):
    facts = facts_with(comparison, value)
    assert INTERPRETER.holds(comparison.negated(), facts) is not expected
    assert fires(comparison.negated(), facts) is not expected


@pytest.mark.parametrize("comparison", list(dict.fromkeys(row[0] for row in EXPECTED)))
def test_a_comparison_on_an_unknown_fact_is_neither_true_nor_false(comparison):
    for form in (comparison, comparison.negated()):
        assert INTERPRETER.holds(form, BESIDE if comparison.fact != "count" else {}) is None
        assert not fires(form, BESIDE if comparison.fact != "count" else {})


def test_a_comparison_with_an_unknown_other_fact_is_neither_true_nor_false():
    comparison = Comparison("cost", "at_least", Other("count", 2))
    assert INTERPRETER.holds(comparison, {"cost": 5}) is None
    assert not fires(comparison, {"cost": 5})
    assert not fires(comparison.negated(), {"cost": 5})


@pytest.mark.parametrize("unknown", ["share", "target", "margin"])
def test_a_comparison_less_an_unknown_fact_is_neither_true_nor_false(unknown):
    comparison = Comparison("share", "below", Other("target", 1, "margin"))
    facts = {"share": 0.5, "target": 0.9, "margin": 0.02}
    del facts[unknown]
    assert INTERPRETER.holds(comparison, facts) is None
    assert not fires(comparison, facts)
    assert not fires(comparison.negated(), facts)


@pytest.mark.parametrize(("comparison", "value", "expected"), EXPECTED)
def test_what_is_not_true_is_false_or_open(comparison, value, expected):
    exception = not_true(comparison)
    known = facts_with(comparison, value)
    for fact in (None, *facts_read(comparison)):
        facts = {name: v for name, v in known.items() if name != fact}
        held = INTERPRETER.holds(comparison, facts) is True
        assert held is (expected and fact is None)
        assert INTERPRETER.holds(exception, facts) is not held
        assert fires(exception, facts) is not held


@pytest.mark.parametrize(
    "text",
    [
        "count: {known: true}",
        "{count: {is: 1}, cost: {is: 1}}",
        "any: [{count: {is: 1}}, {cost: {is: 1}}]",
        "{count: {is: 1}, any: [{cost: {is: 1}}, {yes: {is: true}}]}",
        "any: [{count: {is: 1}, yes: {unknown: true}}, {not: {cost: {is: 1}}}]",
    ],
)
def test_an_exception_leaves_nothing_open(text):
    condition = parsed(text)
    exception = not_true(condition)
    for count, cost, yes in product((None, 0, 1), (None, 0, 1), (None, False, True)):
        stated = {"count": count, "cost": cost, "yes": yes}
        facts = {name: value for name, value in stated.items() if value is not None}
        assert INTERPRETER.holds(exception, facts) is (
            INTERPRETER.holds(condition, facts) is not True
        )
        assert fires(exception, facts) is (not fires(condition, facts))


@pytest.mark.parametrize("fact", FACTS)
def test_known_and_unknown_are_never_open(fact):
    value = {"level": "low", "kind": "a", "gaps": (), "yes": False, "model": "m"}.get(fact, 0)
    for facts, known in (({fact: value}, True), ({}, False)):
        assert INTERPRETER.holds(Comparison(fact, "known"), facts) is known
        assert INTERPRETER.holds(Comparison(fact, "unknown"), facts) is not known
        assert fires(Comparison(fact, "known"), facts) is known
        assert fires(Comparison(fact, "unknown"), facts) is not known


@pytest.mark.parametrize(
    ("left", "right", "both", "either"),
    [
        (True, True, True, True),
        (True, False, False, True),
        (True, None, None, True),
        (False, False, False, False),
        (False, None, False, None),
        (None, None, None, None),
    ],
)
def test_all_and_any_follow_kleene(left, right, both, either):
    values = {True: 1, False: 0}
    facts = {
        name: values[verdict]
        for name, verdict in (("count", left), ("cost", right))
        if verdict is not None
    }
    parts = (Comparison("count", "is", 1), Comparison("cost", "is", 1))
    for ordered in (parts, parts[::-1]):
        assert INTERPRETER.holds(All(ordered), facts) is both
        assert INTERPRETER.holds(Any(ordered), facts) is either


def test_not_does_not_fire_where_the_fact_is_unknown():
    condition = parsed("not: {count: {at_least: 5}}")
    assert condition == Comparison("count", "below", 5)
    assert INTERPRETER.holds(condition, {}) is None
    assert INTERPRETER.holds(condition, {"count": 4}) is True


def test_several_comparisons_of_one_fact_and_several_facts_are_joined_by_all():
    condition = parsed("{count: {at_least: 2, below: 5}, yes: {is: true}}")
    for count in (None, 1, 2, 4, 5):
        for yes in (None, True, False):
            facts = {k: v for k, v in (("count", count), ("yes", yes)) if v is not None}
            expected = count in (2, 4) and yes is True
            assert (
                (INTERPRETER.holds(condition, facts) is True) == expected == fires(condition, facts)
            )


def test_every_operator_has_an_opposite_whose_opposite_it_is():
    assert all(OPPOSITES[OPPOSITES[op]] == op != OPPOSITES[op] for op in OPPOSITES)


@MANY
@given(rulebooks, st.integers(0, 2**32))
def test_negation_pushed_down_is_kleene_negation_of_the_tree_as_written(texts, seed):
    rulebook = assembled(texts) or reject()
    written, cases, random = Reference(texts), Cases(rulebook), Random(seed)
    interpreter = Interpreter(rulebook.scales)
    names = {TRUE: True, FALSE: False, OPEN: None}
    for _ in range(10):
        facts = cases.draw(random)
        deduction = written.conclude(facts)
        for name in (*written.decisions, *written.facts):
            deduction.value(name)
        known = {name: value for name, value in deduction.memory.items() if value is not None}
        for id, rule in rulebook.rules.items():
            as_written = deduction.stands(written.rules[id])
            assert interpreter.holds(rule.when, known) is names[as_written]
            assert interpreter.holds(rule.when.negated(), known) is names[-as_written]
            assert rule.when.negated().negated() == rule.when


@MANY
@given(rulebooks, st.integers(0, 2**32))
def test_cells_are_exact(texts, seed):
    rulebook = assembled(texts) or reject()
    used = {c for rule in rulebook.rules.values() for c in comparisons(rule.when)}
    encoding = Encoding(rulebook.facts, [rule.when for rule in rulebook.rules.values()])
    interpreter, random, cases = Interpreter(rulebook.scales), Random(seed), Cases(rulebook)
    for _ in range(20):
        facts = cases.draw(random)
        vector = encoding.vector(facts)
        for comparison in used:
            name, intervals = encoding.intervals(comparison)
            inside = any(low <= vector[name] <= high for low, high in intervals)
            assert inside == (interpreter.holds(comparison, facts) is True), (comparison, facts)
            assert 0 <= vector[name] <= encoding.attributes[name].last


@MANY
@given(rulebooks, st.integers(0, 2**32))
def test_a_case_is_decided_alike_whatever_was_decided_before(texts, seed):
    """Before was a case with some facts more, less or other, with as much settled."""
    rulebook = assembled(texts) or reject()
    inference, cases, random = Inference(rulebook), Cases(rulebook), Random(seed)
    first, decision = next(iter(rulebook.decisions.items()))
    for settled in (None, {}, {first: list(decision.options)[-1]}):
        one, other = cases.draw(random), cases.draw(random)
        before = inference.infer(one, settled)
        for fact in (*other, *one):
            facts = {**one, fact: other.get(fact)}
            facts = {id: value for id, value in facts.items() if value is not None}
            anew = inference.infer(facts, settled)
            assert inference.infer(facts, settled, before) == anew, facts
        assert inference.infer(other, settled, before) == inference.infer(other, settled)
    inference.close()


def test_a_condition_of_too_many_alternatives_is_refused():
    wide = All(tuple(Comparison("cost", "is_not", Other("count", i)) for i in range(1, 9)))
    with pytest.raises(TooManyBranches, match="more than 128 alternatives"):
        Encoding(FACTS, [wide]).conjunctions(wide)


def test_alternatives_that_contradict_themselves_are_left_out():
    never = All((Comparison("count", "below", 3), Comparison("count", "above", 5)))
    assert Encoding(FACTS, [never]).conjunctions(never) == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("count: {at_least: 1000}", "the count is at least 1,000"),
        ("share: {below: 0.85}", "the share is below 85%"),
        ("cost: {above: {fact: count, times: 1.5}}", "the cost is above 1.5 times the count"),
        ("cost: {at_most: {fact: count}}", "the cost is at most the count"),
        ("share: {below: {fact: target, less: 0.02}}", "the share is below the target less 2%"),
        (
            "share: {at_least: {fact: target, less: margin}}",
            "the share is at least the target less the margin",
        ),
        ("kind: {one_of: [a, c]}", "the kind is an A or a C"),
        ("not: {kind: {one_of: [a, c]}}", "the kind is neither an A nor a C"),
        ("not: {gaps: {includes: x}}", "the gaps does not include an X"),
        ("yes: {is: false}", "the answer is no"),
        ("model: {unknown: true}", "the model is unknown"),
        (
            "any: [{count: {is: 1}}, {all: [{count: {is: 2}}, {yes: {is: true}}]}]",
            "the count is 1 or (the count is 2 and the answer is yes)",
        ),
    ],
)
def test_a_condition_reads_as_english(text, sentence):
    book = SimpleNamespace(facts=FACTS, decisions={}, scales={"level": SCALE})
    assert Explanation(book).condition(parsed(text)) == sentence


def assert_readable(rulebook: Rulebook, conclusions) -> None:
    """Every sentence about the rules is whole: no placeholder is left, no Python value shows through."""
    explanation = Explanation(rulebook)
    fired = {firing.rule.id: dict(firing.facts) for firing in conclusions.firings}
    for rule in rulebook.rules.values():
        for text in (
            explanation.sentence(rule),
            explanation.reason(rule, fired.get(rule.id, {})),
            explanation.conclusion(rule.then),
        ):
            assert text.strip()
            assert not {"{", "}"} & set(text), text
            assert not any(word in text for word in ("None", "True", "False", "Other(")), text


def test_every_shipped_rule_reads_as_english():
    rulebook = load()
    inference, cases, random = Inference(rulebook), Cases(rulebook), Random(1)
    for _ in range(20):
        assert_readable(rulebook, inference.infer(cases.draw(random)))
    inference.close()


def test_a_random_rule_reads_as_english_with_its_facts_filled_in():
    for seed in range(10):
        texts = write_rulebook(Random(seed), 12)
        texts = {name: text.replace("{x}", "(x)") for name, text in texts.items()}
        for name in ("a.yaml", "m.yaml", "z.yaml"):
            if name in texts:
                texts[name] = with_placeholders(texts[name])
        rulebook = assemble(texts, "random")
        inference, cases, random = Inference(rulebook), Cases(rulebook), Random(seed)
        for _ in range(5):
            assert_readable(rulebook, inference.infer(cases.draw(random)))
        inference.close()


def with_placeholders(text: str) -> str:
    """A rule file whose reasons name each fact that the conditions read."""
    data = yaml.safe_load(text)
    for rule in data["rules"].values():
        names = sorted(set(read_by(rule["when"])))
        rule["because"] = "Since " + ", ".join(f"{name} is {{{name}}}" for name in names) + "."
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)


def read_by(node):
    """Yield the facts that a condition as written names."""
    for key, value in node.items():
        if key in ("all", "any"):
            for part in value:
                yield from read_by(part)
        elif key == "not":
            yield from read_by(value)
        else:
            yield key
            yield from (o["fact"] for o in value.values() if isinstance(o, dict))
