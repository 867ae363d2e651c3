"""Rules on columns: what the engine is asked, what is remembered, and what is noticed where it lies."""

from collections.abc import Mapping
from random import Random

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, reject, settings
from smallbook import TEXTS, book
from strategies import Cases, assembled, rulebooks, write_rulebook

from tunewise.errors import EngineError
from tunewise.inference import columnar
from tunewise.inference.columnar import ColumnRule, Outcomes, cut
from tunewise.inference.compiled import CompiledRules
from tunewise.inference.durable import Engine
from tunewise.inference.encoding import Encoding
from tunewise.inference.interpreter import Interpreter
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.assembly import assemble

FLAGS = [f"flag{i}" for i in range(18)]
MANY = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


def wide() -> Rulebook:
    """A rulebook with one rule that has more outcomes than are numbered by their classes."""
    facts = {
        name: {"type": "boolean", "group": "task", "label": name, "question": "?"} for name in FLAGS
    }
    texts = {**TEXTS, "data.yaml": _rule({"any": [{name: {"is": True}} for name in FLAGS]})}
    vocabulary = yaml.safe_load(TEXTS["facts.yaml"])
    vocabulary["facts"] |= facts
    texts["facts.yaml"] = yaml.safe_dump(vocabulary, sort_keys=False)
    return assemble(texts, "wide")


def _rule(when: Mapping[str, object]) -> str:
    rule = {
        "when": when,
        "then": {"support": {"approach": "fine_tuning"}, "strength": "weak"},
        "because": "so",
        "sources": ["DOC1"],
        "checked": "2026-11-22",
    }
    return yaml.safe_dump({"rules": {"only": rule}}, sort_keys=False)


class Asked:
    """One rule of a rulebook on cases, with a count of what the engine was asked."""

    def __init__(self, rulebook: Rulebook, id: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.compiled = CompiledRules(rulebook)
        self.encoding = self.compiled.encoding
        self.verdict = Interpreter(rulebook.scales).verdict(rulebook.rules[id].when)
        self.rule = ColumnRule(self.compiled.rules[id])
        self.questions = 0
        fire = Engine.fire

        def counted(engine, vector):
            self.questions += 1
            return fire(engine, vector)

        monkeypatch.setattr(Engine, "fire", counted)

    def classes(self, cases):
        """The classes of the cases for each cut of the rule."""
        attributes = self.encoding.attributes
        return [
            part.apply(np.array([attributes[part.attribute].cell(c) for c in cases], np.uint8))
            for part in self.rule.cuts
        ]

    def fire(self, cases) -> list[bool]:
        return self.rule.fire(len(cases), self.classes(cases), cases.__getitem__).tolist()


def test_the_engine_is_asked_once_for_each_outcome_and_never_again(monkeypatch):
    """A thousand cases with two outcomes are two questions, and the next table none."""
    asked = Asked(book(), "data.enough", monkeypatch)
    cases = [{"examples": n} for n in range(1000)]
    assert asked.fire(cases) == [n >= 500 for n in range(1000)]
    assert asked.questions == 2
    assert asked.fire([{"examples": 499}, {"examples": 500}, {}]) == [False, True, False]
    assert asked.questions == 2


def test_a_rule_with_very_many_outcomes_is_asked_for_those_that_occur(monkeypatch):
    """Its outcomes are numbered as they are met, over several tables, and forgotten in time."""
    asked = Asked(wide(), "data.only", monkeypatch)
    monkeypatch.setattr(columnar, "MOST_MET", 150)
    random = Random(1)
    drawn = [{f: random.random() < 0.1 for f in random.sample(FLAGS, 9)} for _ in range(600)]
    for part in range(0, 600, 100):
        cases = drawn[part : part + 100]
        assert asked.fire([*cases, *cases]) == [any(case.values()) for case in cases] * 2
    assert 100 < asked.questions < 600


def test_no_cases_are_no_questions(monkeypatch):
    """An empty table is possible."""
    asked = Asked(book(), "data.enough", monkeypatch)
    assert asked.fire([]) == []
    assert asked.questions == 0


def test_a_condition_that_cannot_be_true_never_fires(monkeypatch):
    """A rule without a single conjunction has one outcome: no."""
    at_odds = {"all": [{"examples": {"at_least": 5}}, {"examples": {"below": 5}}]}
    texts = {**TEXTS, "data.yaml": _rule(at_odds)}
    asked = Asked(assemble(texts, "odd"), "data.only", monkeypatch)
    assert asked.fire([{"examples": 5}, {"examples": 4}, {}]) == [False] * 3


def test_a_wrong_answer_of_the_engine_is_noticed(monkeypatch):
    """The interpreter judges every outcome that the engine is asked about."""
    asked = Asked(book(), "data.enough", monkeypatch)
    monkeypatch.setattr(Engine, "fire", lambda engine, vector: ("data.enough",))
    assert asked.fire([{"examples": 500}]) == [True]
    with pytest.raises(EngineError, match=r"interpreter disagree on data\.enough .*'examples': 7"):
        asked.fire([{"examples": 500}, {"examples": 7}])


def test_a_column_that_is_encoded_otherwise_than_the_case_is_noticed(monkeypatch):
    """The cells of each case that is asked about are worked out a second time."""
    asked = Asked(book(), "data.enough", monkeypatch)
    wrong = [1 - column for column in asked.classes([{"examples": 500}])]
    with pytest.raises(EngineError, match=r"columns and the single case disagree on data\.enough"):
        asked.rule.fire(1, wrong, lambda row: {"examples": 500})


@MANY
@given(rulebooks)
def test_cells_share_a_class_exactly_where_no_branch_tells_them_apart(texts):
    """Random rules: a class holds the cells that lie within the same intervals."""
    rulebook = assembled(texts)
    if rulebook is None:
        reject()
    encoding = Encoding(rulebook.facts, [rule.when for rule in rulebook.rules.values()])
    for rule in rulebook.rules.values():
        branches = encoding.conjunctions(rule.when)
        for name in {name for branch in branches for name in branch}:
            last = encoding.attributes[name].last
            found = cut(name, last, branches).apply(np.arange(last + 1, dtype=np.uint8)).tolist()
            within = [
                tuple(b[name][0] <= cell <= b[name][1] for b in branches if name in b)
                for cell in range(last + 1)
            ]
            assert len({*zip(found, within, strict=True)}) == len({*found}) == len({*within})


@pytest.mark.parametrize("counts", [[2, 3], [256], [2] * 16, [300, 200], [300, 300], [65536], []])
def test_each_outcome_has_its_own_number(counts):
    """Different joint classes have different numbers below the bound, the same ones the same."""
    random = np.random.default_rng(1)
    columns = [random.integers(count, size=4000) for count in counts]
    columns = [
        np.append(column, [count - 1, 0]).astype(np.uint16)
        for column, count in zip(columns, counts, strict=True)
    ]
    outcomes = Outcomes(counts)
    numbers = outcomes.numbers(4002, columns)
    joint = list(zip(*(column.tolist() for column in columns), strict=True)) or [()] * 4002
    assert (
        len({*zip(joint, numbers.tolist(), strict=True)})
        == len({*joint})
        == len({*numbers.tolist()})
    )
    assert 0 <= numbers.min() <= numbers.max() < len(outcomes)
    assert outcomes.numbers(4002, columns).tolist() == numbers.tolist()


def test_cases_of_random_rulebooks_fire_as_they_do_alone(monkeypatch):
    """Every rule of forty random rulebooks fires on columns where the interpreter says so."""
    compared = 0
    for seed in range(40):
        rulebook = assembled(write_rulebook(Random(seed)))
        if rulebook is None:
            continue
        draw, random = Cases(rulebook), Random(seed)
        cases = [draw.draw(random) for _ in range(60)]
        for id in rulebook.rules:
            with monkeypatch.context() as patch:
                asked = Asked(rulebook, id, patch)
                assert asked.fire(cases) == [asked.verdict(case) is True for case in cases]
                asked.compiled.close()
                compared += len(cases)
    assert compared > 10_000
