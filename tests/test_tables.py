"""Tables of cases against the same cases one by one: cells, firings, decisions, costs, records."""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, reject, settings
from hypothesis import strategies as st
from smallbook import book
from strategies import Cases, assembled, rulebooks
from tabled import as_table

from tunewise.cases.case import Case
from tunewise.cases.columns import FactColumn
from tunewise.errors import EngineError, UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.evaluation.results import TableResults
from tunewise.evaluation.table import TableEvaluator
from tunewise.explaining.explanation import Explanation
from tunewise.explaining.reasons import reasons
from tunewise.inference.cells import cells
from tunewise.inference.compiled import CompiledRules
from tunewise.inference.deciding import decide
from tunewise.inference.durable import Engine
from tunewise.inference.encoding import Encoding, NumberCells, Pair
from tunewise.inference.single import Conclusions, Inference
from tunewise.inference.table import TableConclusions, TableInference
from tunewise.inference.table_deciding import ALONE, decide_all
from tunewise.knowledge.conclusions import Exclude, Weigh
from tunewise.knowledge.conditions import Comparison, Other, Value
from tunewise.knowledge.rule import Decision, Option, Rule
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.assembly import load
from tunewise.log.content import content, encoded
from tunewise.log.table_content import RowRecords
from tunewise.record.decision import case_record

SHIPPED = load()
DAY = date(2026, 11, 22)
MANY = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
NEAR = [*range(-3, 4), 10**12 - 1, 10**12, 0.1, 0.3, 0.1 + 0.2, 1e-7, math.nextafter(3, 4), 2.5]

Facts = Mapping[str, Value]


def drawn(rulebook: Rulebook, count: int, seed: object) -> list[dict[str, Value]]:
    """Random cases of a rulebook."""
    cases, random = Cases(rulebook), Random(str(seed))
    return [cases.draw(random) for _ in range(count)]


def parted(rulebook: Rulebook, case: Facts) -> tuple[dict[str, Value], dict[str, Value]]:
    """What of a case is given, and what is computed from costs."""
    origin = {id: rulebook.facts[id].origin for id in case}
    given = {id: value for id, value in case.items() if origin[id] == "given"}
    return given, {id: value for id, value in case.items() if id not in given}


def assert_same(rulebook: Rulebook, cases: Sequence[Facts]) -> int:
    """Hold the table's plans and conclusions equal to those of each case alone; return the firings."""
    single, tables = Inference(rulebook), TableInference(rulebook)
    given, computed = zip(*(parted(rulebook, case) for case in cases), strict=True)
    first, decision = next(iter(rulebook.decisions.items()))
    reasoning = tables.on(as_table(given))
    plans = reasoning.plans()
    together = reasoning.conclude(as_table(computed).columns)
    firings = 0
    for row, facts in enumerate(given):
        alone = single.infer({**facts, **computed[row]})
        assert row_of(together, row) == as_row(alone)
        firings += len(alone.firings)
        for option in decision.options:
            plan = single.infer(facts, {first: option}).recommendation
            found = {name: column.value(row) for name, column in plans[option].items()}
            assert {name: value or "blocked" for name, value in found.items()} == plan
    single.close()
    tables.close()
    return firings


def row_of(conclusions: TableConclusions, row: int) -> object:
    """What a table concluded of one row, to be compared."""
    memory = {fact: column.value(row) for fact, column in conclusions.memory.items()}
    return (
        {fact: value for fact, value in memory.items() if value is not None},
        [rule for rule, where in conclusions.fired.items() if where[row]],
        [
            (
                name,
                outcome.option(row),
                None if outcome.margin[row] == ALONE else outcome.margin[row],
                outcome.blocked[row],
                [(o, outcome.scores[o][row], outcome.vetoed[o][row]) for o in outcome.options],
            )
            for name, outcome in conclusions.outcomes.items()
        ],
    )


def as_row(conclusions: Conclusions) -> object:
    """The same of one case alone."""
    return (
        conclusions.memory,
        [firing.rule.id for firing in conclusions.firings],
        [
            (
                name,
                outcome.chosen,
                outcome.margin,
                outcome.blocked,
                [(s.option, s.score, bool(s.vetoed_by)) for s in outcome.standings],
            )
            for name, outcome in conclusions.outcomes.items()
        ],
    )


@MANY
@given(rulebooks, st.integers(0, 9))
def test_random_tables_end_as_their_cases_do_alone(texts, seed):
    """Random rulebooks: working memory, firings in their order, decisions, margins, vetoes and plans."""
    rulebook = assembled(texts)
    if rulebook is None:
        reject()
    assert_same(rulebook, drawn(rulebook, 25, seed))


def test_the_shipped_rulebook_decides_tables_as_it_decides_cases():
    """Cases that crowd on thresholds, and one ulp beside them, over all rules."""
    assert assert_same(SHIPPED, drawn(SHIPPED, 400, "shipped")) > 10_000


def test_a_table_in_chunks_is_the_table():
    """What was remembered of one chunk is right for the next."""
    cases = [parted(SHIPPED, case)[0] for case in drawn(SHIPPED, 90, "chunks")]
    tables = TableInference(SHIPPED)
    whole = tables.on(as_table(cases)).conclude()
    for start in range(0, 90, 30):
        part = tables.on(as_table(cases[start : start + 30])).conclude()
        for row in range(30):
            assert row_of(part, row) == row_of(whole, start + row)
    tables.close()


def test_a_table_may_be_empty():
    """No rows, no columns: every column of the results has no rows, either."""
    tables = TableInference(SHIPPED)
    reasoning = tables.on(as_table([]))
    assert {len(c.codes) for plan in reasoning.plans().values() for c in plan.values()} == {0}
    conclusions = reasoning.conclude()
    assert list(conclusions.outcomes) == list(SHIPPED.decisions)
    assert {len(where) for where in conclusions.fired.values()} == {0}
    tables.close()


def test_nothing_that_rests_on_the_same_columns_is_worked_out_twice(monkeypatch):
    """The four runs of an evaluation ask for each rule that reads no decision once."""
    tables = TableInference(SHIPPED)
    table = as_table([parted(SHIPPED, case)[0] for case in drawn(SHIPPED, 5, "once")])
    fired = []
    for rule in tables.rules.values():
        fire = rule.fire
        monkeypatch.setattr(
            rule, "fire", lambda *a, id=rule.rule.id, fire=fire: fired.append(id) or fire(*a)
        )
    reasoning = tables.on(table)
    reasoning.plans()
    reasoning.conclude()
    decided = set(SHIPPED.decisions) | {"tuned"}
    again = {id for id in fired if fired.count(id) > 1}
    assert len(set(fired)) == len(SHIPPED.rules)
    assert all(decided & set(SHIPPED.rules[id].reads) for id in again)
    tables.close()


def test_a_table_and_its_cases_share_what_the_engine_answered(monkeypatch):
    """Compiled once for both: after the cases alone, their table has nothing left to ask."""
    rules = CompiledRules(SHIPPED)
    single, tables = Inference(SHIPPED, rules), TableInference(SHIPPED, rules)
    given = [parted(SHIPPED, case)[0] for case in drawn(SHIPPED, 40, "shared")]
    first, decision = next(iter(SHIPPED.decisions.items()))
    for facts in given:
        single.infer(facts)
        for option in decision.options:
            single.infer(facts, {first: option})
    monkeypatch.setattr(Engine, "fire", lambda engine, vector: pytest.fail("asked again"))
    reasoning = tables.on(as_table(given))
    reasoning.plans()
    reasoning.conclude()
    tables.close()


def test_a_wrong_answer_of_the_engine_stops_the_table(monkeypatch):
    """A tampered engine never decides anything."""
    tables = TableInference(book())
    monkeypatch.setattr(Engine, "fire", lambda engine, vector: ())
    with pytest.raises(EngineError, match=r"data\.enough"):
        tables.on(as_table([{"examples": 500}])).conclude()
    tables.close()


@MANY
@given(rulebooks, st.integers(0, 9))
def test_cells_in_columns_are_the_cells_of_each_case(texts, seed):
    """Every attribute of random rulebooks, unknown facts and facts without a column included."""
    rulebook = assembled(texts)
    if rulebook is None:
        reject()
    encoding = Encoding(rulebook.facts, [rule.when for rule in rulebook.rules.values()])
    cases = drawn(rulebook, 30, seed)
    columns = as_table(cases).columns
    for name, attribute in encoding.attributes.items():
        found = cells(len(cases), attribute, columns)
        assert found.tolist() == [encoding.vector(case)[name] for case in cases]


@MANY
@given(
    st.lists(st.tuples(st.sampled_from([*NEAR, None]), st.sampled_from([*NEAR, None])), min_size=1),
    st.sampled_from((1, 2, 3, 0.1, 1e-07, 10**6, 9_999, 2**60)),
    st.sets(st.sampled_from(NEAR), min_size=1),
)
@example([(10**12, 10**12), (10**12 - 1, 10**12)], 1, {10**12})
def test_numbers_are_compared_exactly(pairs, times, thresholds):
    """Integers up to the bound, floats an ulp beside a threshold, products of both: as Python compares them."""
    cases = [
        {name: value for name, value in zip("ab", pair, strict=True) if value is not None}
        for pair in pairs
    ]
    for attribute in (NumberCells("a", tuple(sorted(thresholds))), Pair("a", Other("b", times))):
        found = cells(len(cases), attribute, as_table(cases).columns)
        assert found.tolist() == [attribute.cell(case) for case in cases]


@MANY
@given(st.data())
def test_decisions_on_columns_are_those_of_each_case(data):
    """Ties, vetoes, a single option left, none left, and points far from the usual."""
    names = [f"o{i}" for i in range(data.draw(st.integers(1, 4)))]
    decision = Decision(
        id="d", label="d", question="?", options={n: Option(id=n, label=n) for n in names}
    )
    options = st.lists(st.sampled_from(names), min_size=1, unique=True).map(tuple)
    points = st.sampled_from((-100_000, -2, -1, 1, 2, 4, 127, 32_767, 2**40))
    thens = st.one_of(
        st.builds(Exclude, st.just("d"), options),
        st.builds(Weigh, st.just("d"), options, st.just("weak"), points),
    )
    rules = [
        Rule(f"r{i}", Comparison("x", "known"), then, "so", (), "")
        for i, then in enumerate(data.draw(st.lists(thens, max_size=6)))
    ]
    rows = data.draw(st.integers(1, 12))
    fired = [data.draw(st.lists(st.booleans(), min_size=rows, max_size=rows)) for _ in rules]
    columns = [np.array(where) for where in fired]
    outcome = decide_all(decision, rows, list(zip(rules, columns, strict=True)))
    for row in range(rows):
        alone = decide(decision, [r for r, where in zip(rules, fired, strict=True) if where[row]])
        assert outcome.option(row) == alone.chosen
        assert outcome.margin[row] == (ALONE if alone.margin is None else alone.margin)
        assert outcome.blocked[row] == alone.blocked
        for standing in alone.standings:
            assert outcome.scores[standing.option][row] == standing.score
            assert outcome.vetoed[standing.option][row] == bool(standing.vetoed_by)


@pytest.fixture(scope="module")
def evaluator() -> Iterator[Evaluator]:
    made = Evaluator(SHIPPED, DAY)
    yield made
    made.close()


@pytest.fixture(scope="module")
def tables() -> Iterator[TableEvaluator]:
    made = TableEvaluator(SHIPPED, DAY)
    yield made
    made.close()


def cases(count: int, seed: object) -> list[Case]:
    """Random cases with names that are hard to write down."""
    facts = [parted(SHIPPED, case)[0] for case in drawn(SHIPPED, count, seed)]
    name = 'née "x" \\ \n\x00 🙂 <b>'
    return [
        Case(
            f"{name} {i}",
            {id: f[id] for id in SHIPPED.facts if id in f},
            owner="us",
            tags=("a", "ü"),
        )
        for i, f in enumerate(facts)
    ]


def test_records_of_a_table_are_those_of_its_cases_to_the_byte(evaluator, tables):
    """The whole content: facts, decisions, firings, costs, break-even and prices."""
    some = cases(60, "records")
    evaluation = tables.evaluate(as_table([case.facts for case in some]))
    records, written = (RowRecords(evaluation, encoded_) for encoded_ in (False, True))
    for row, case in enumerate(some):
        if row in evaluation.failed:
            with pytest.raises(UserError) as alone:
                evaluator.evaluate(case)
            assert evaluation.failed[row].problems == alone.value.problems
        else:
            record = encoded(content(evaluator.evaluate(case), {}))
            assert encoded(records.content(row, case_record(case))) == record
            assert encoded(written.content(row, case_record(case))) == record
    assert 0 < len(evaluation.failed) < 30


def test_records_tell_of_the_assumptions_and_the_currency():
    """What the user assumed counts for every row, and stands in each record as it was given."""
    overrides = {"horizon_months": "7", "base_model": "openai/gpt-4o"}
    single = Evaluator(SHIPPED, DAY, overrides, ("AUD", "1.52"))
    table = TableEvaluator(SHIPPED, DAY, overrides, ("AUD", "1.52"))
    some = [case for case in cases(80, "assumed") if "base_model" not in case.facts]
    evaluation = table.evaluate(as_table([case.facts for case in some]))
    records = RowRecords(evaluation)
    kept = [row for row in range(len(some)) if row not in evaluation.failed]
    assert len(kept) > 5
    for row in kept:
        alone = encoded(content(single.evaluate(some[row]), overrides))
        assert encoded(records.content(row, case_record(some[row]))) == alone
    single.close()
    table.close()


def told(record: dict[str, Any], explanation: Explanation) -> dict[str, Any]:
    """What a row of results tells, made of its record instead of columns."""
    first = record["decisions"][0]
    carrying = reasons(SHIPPED, (SHIPPED.rules[firing["rule"]] for firing in record["firings"]))
    facts = {firing["rule"]: firing["facts"] for firing in record["firings"]}
    options = [option for decision in record["decisions"] for option in decision["options"]]
    months = record["break_even"]["months"]["expected"]
    return {
        **record["recommendation"],
        "approach_margin": first["margin"],
        "blocked": "; ".join(d for d, o in record["recommendation"].items() if o == "blocked"),
        "vetoes": "; ".join(dict.fromkeys(rule for o in options for rule in o["vetoed_by"])),
        "reasons": " ".join(
            explanation.reason(reason.rule, as_values(facts[reason.rule.id]))
            for reason in carrying[:3]
        ),
        "prompting_initial_usd": record["costs"]["prompting"]["initial"]["expected"],
        "hybrid_monthly_usd": record["costs"]["hybrid"]["monthly"]["expected"],
        "fine_tuning_horizon_low_usd": record["costs"]["fine_tuning"]["horizon"]["low"],
        "prompting_horizon_usd": record["costs"]["prompting"]["horizon"]["expected"],
        "fine_tuning_horizon_high_usd": record["costs"]["fine_tuning"]["horizon"]["high"],
        "break_even_months": None if months == "never" else months,
        "break_even": record["break_even"]["reason"],
    }


def as_values(facts: dict[str, Any]) -> dict[str, Value]:
    """The facts of a firing as the engines hold them."""
    return {id: tuple(v) if isinstance(v, list) else v for id, v in facts.items()}


def test_results_of_a_table_tell_what_its_records_tell(tables):
    """Choices, margin, vetoes, reasons, costs, break-even; the facts that are wanted, at most five."""
    some = cases(150, "results")
    evaluation = tables.evaluate(as_table([case.facts for case in some]))
    results, explanation = TableResults(SHIPPED), Explanation(SHIPPED)
    columns = results.columns(evaluation)
    records = RowRecords(evaluation)
    for row, case in enumerate(some):
        if row not in evaluation.failed:
            found = {name: cells[row] for name, cells in columns.items()}
            assert (
                told(records.content(row, case_record(case)), explanation).items() <= found.items()
            )
            assert found["unknown_facts"] == "; ".join(list(evaluation.unknown[row])[:5])
    assert list(columns) == list(results.types)
    for name, column in columns.items():
        assert {type(cell) for cell in column} <= {results.types[name], type(None)}


def test_rows_that_cannot_be_priced_do_not_stop_the_others(tables):
    """A model without a price fails its own row alone, with the same words as by itself."""
    known, wrong = {"base_model": "openai/gpt-4o"}, {"base_model": "openai/gpt-4.o"}
    evaluation = tables.evaluate(as_table([known, wrong, {}, wrong]))
    assert list(evaluation.failed) == [1, 3]
    assert "openai/gpt-4.o" in str(evaluation.failed[1])
    assert evaluation.conclusions.outcomes["approach"].option(2) == "prompting"


def test_a_rulebook_without_costs_decides_tables_too():
    """Nothing is priced, no fact is computed, and the decisions stand."""
    rulebook = book()
    table = TableEvaluator(rulebook, DAY)
    evaluation = table.evaluate(as_table([{"examples": 500}, {"examples": 499}]))
    approach = evaluation.conclusions.outcomes["approach"]
    assert [approach.option(row) for row in (0, 1)] == ["fine_tuning", "prompting"]
    single = Evaluator(rulebook, DAY)
    alone = encoded(content(single.evaluate(Case("x", {"examples": 500})), {}))
    case = {"name": "x", "description": "", "owner": "", "tags": []}
    assert encoded(RowRecords(evaluation).content(0, case)) == alone
    single.close()
    table.close()


def test_numbers_of_a_column_are_those_of_its_values():
    """Unknown values are NaN, and a value is what a row's code says."""
    column = FactColumn((5, 2.5), np.array([1, -1, 0], dtype=np.int32))
    assert column.numbers.tolist()[::2] == [2.5, 5.0]
    assert math.isnan(column.numbers[1])
    assert [column.value(row) for row in range(3)] == [2.5, None, 5]
