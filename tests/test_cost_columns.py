"""Costs in columns: the same to the bit as those of single cases, ties, gaps, offers and failures included."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from random import Random

import numpy as np
import pytest
from smallbook import book
from tabled import as_table

from tunewise.cases.columns import UNKNOWN_CODE, FactColumn, FactTable
from tunewise.costs import table_costs
from tunewise.costs.choices import every
from tunewise.costs.columns import Columns
from tunewise.costs.draws import Draws
from tunewise.costs.kernel import ONE, alike, exceeds, is_whole, rounded
from tunewise.costs.model import CostModel
from tunewise.costs.prices import listed_price
from tunewise.costs.ranges import Range
from tunewise.costs.table_costs import ColumnCosts
from tunewise.costs.token_prices import AskedPrice, mixed_price
from tunewise.errors import UserError
from tunewise.evaluation.table import TableEvaluator
from tunewise.inference.deciding import BLOCKED
from tunewise.loading.assembly import assemble, load

DAY = date(2026, 11, 22)
APPROACHES = ("prompting", "hybrid", "fine_tuning")
MODELS = (
    "openai/gpt-6-sol",
    "openai/gpt-4o",
    "openai/gpt-4o-mini",
    "anthropic/claude-sonnet-4-5",
    "google/gemini-1.5-flash",
    "openai/gpt-4.1-2025-04-14",
    "azure/gpt-4o",
    "together/meta-llama/Llama-3.3-70B-Instruct-Turbo",
)
WITHOUT_PRICE = ("openai/nothing", "nobody", "nope/gpt-4o")
ROUND = (0, 1, 2, 3, 7, 10, 50, 100, 250, 450, 500, 800, 1000, 1500, 5000, 12_000, 20_000, 250_000)
HUGE = (10**6, 10**7, 10**9, 10**12)
READ = (
    "base_model",
    "commitment_months",
    "corpus_tokens",
    "distinct_tasks",
    "example_tokens",
    "gpu_memory_gb",
    "input_tokens",
    "knowledge_change",
    "labelling",
    "modality",
    "organisation",
    "output_tokens",
    "requests_per_month",
    "task_type",
    "tools_needed",
    "traffic_pattern",
    "training_examples",
)
"""The facts that costs rest on."""

ASSUMED = {
    "nothing set": {},
    "offers": {
        "prompting_monthly_usd": "123.455",
        "tuning_initial_usd": "5000",
        "hybrid_monthly_usd": "0",
        "requests_per_month": "12345.5",
    },
    "waiting and cached": {
        "batch_share": "0.3",
        "cached_input_share": "0.25",
        "review_minutes": "2.5",
        "base_model": "google/gemini-1.5-pro",
    },
    "odd amounts": {
        "token_price_factor": "1.37",
        "compliance_usd": "777.777",
        "retrieved_tokens": "333.333",
        "training.small_training": "299.995",
    },
    "measured": {
        "prompting_request_usd": "0.0125",
        "organisation": "enterprise",
        "knowledge_change": "daily",
        "horizon_months": "7.5",
        "minimum_replicas": "3",
        "input_tokens": "0",
    },
    "beyond all measure": {
        "work.labelling": "1e12",
        "missing_share": "0",
        "examples_needed": "1e6",
    },
}

ODD = """\
title: Costs that try every way to write one
assumptions:
  distinct_tasks: {label: tasks, unit: tasks}
  share_of_building: {label: share, unit: share, value: {low: 0.1, expected: 0.125, high: 0.15}}
components:
  everywhere:
    item: Tokens that all approaches pay for
    period: monthly
    quantity: [input_tokens, usable_share, 12.5]
    unit: million tokens
    rate: input_usd_per_mtok
    basis: price_list
    checked: "2026-11-22"
  wide:
    item: A range that is the same wherever the load is
    period: initial
    quantity: [own_replicas, cards_per_replica]
    unit: cards
    rate: {low: 0.005, expected: 17.125, high: 99.995}
    basis: assumed
    checked: "2026-11-22"
  share:
    item: A share of both
    period: monthly
    of: [odd.wide, work.labelling]
    every: 7
    unit: of building
    rate: share_of_building
    basis: assumed
    checked: "2026-11-22"
  tasks:
    item: Something for each task that is set and not stated
    period: initial
    when: distinct_tasks
    quantity: [distinct_tasks, peak_factor]
    unit: tasks
    rate: 0.335
    basis: assumed
    checked: "2026-11-22"
  without:
    item: Something else where it is not set
    period: monthly
    unless: distinct_tasks
    quantity: [1]
    unit: months
    rate: {low: 0, expected: 0, high: 0.005}
    basis: assumed
    checked: "2026-11-22"
quotes:
  distinct_tasks: {approach: hybrid, period: monthly, item: An offer by the name of a fact}
"""


class Drawn:
    """Random cases with plans: values crowd where roundings turn, at bounds, and beyond all measure."""

    def __init__(self, rulebook, seed, rows):
        self.rulebook, self.random = rulebook, Random(seed)
        self.cases = [self._case() for _ in range(rows)]
        self.plans = [self._plans() for _ in range(rows)]

    def _case(self):
        unknown = self.random.choice((0, 0.1, 0.3, 0.7))
        found = {
            id: self._value(self.rulebook.facts[id])
            for id in READ
            if self.random.random() >= unknown
        }
        return {id: value for id, value in found.items() if value is not None}

    def _value(self, fact):
        if fact.type == "text":
            return self.random.choice((*MODELS, *MODELS, *WITHOUT_PRICE))
        if fact.type == "choice":
            return self.random.choice(fact.options)
        if fact.type == "set":
            return tuple(one for one in fact.options if self.random.random() < 0.4)
        chance = self.random.random()
        number = self.random.choice(ROUND if chance < 0.7 else HUGE)
        if chance > 0.73:
            number = self.random.uniform(0, 2) * 10 ** self.random.randint(0, 6)
        number = max(fact.minimum, min(fact.upper, number))
        return fact.check(round(number) if fact.type == "integer" else number)

    def _plans(self):
        """Plans that are alike for all approaches, or not."""
        if self.random.random() < 0.4:
            return dict.fromkeys(APPROACHES, self._plan())
        return {approach: self._plan() for approach in APPROACHES}

    def _plan(self):
        later = list(self.rulebook.decisions.values())[1:]
        return {d.id: self.random.choice((*d.options, *d.options, BLOCKED)) for d in later}

    @property
    def columns(self) -> Mapping[str, Mapping[str, FactColumn]]:
        """The plans in columns: blocked is unknown for half of the decisions, a value for the others."""
        return {
            approach: {
                decision: self._column(decision, [plan[approach][decision] for plan in self.plans])
                for decision in list(self.rulebook.decisions)[1:]
            }
            for approach in APPROACHES
        }

    def _column(self, decision, options):
        declared = self.rulebook.decisions[decision].options
        values = (*declared, BLOCKED) if len(decision) % 2 else (*declared,)
        places = {option: code for code, option in enumerate(values)}
        codes = [places.get(option, UNKNOWN_CODE) for option in options]
        return FactColumn(values, np.array(codes, dtype=np.int32))


@pytest.fixture(scope="module")
def rulebook():
    return load()


def record(costs):
    """The costs of one case as a decision record holds them."""
    found = {} if costs.break_even is None else costs.break_even
    months = {"months": found.months.as_record(2), "reason": found.reason} if found else {}
    return {
        "costs": {
            name: {
                "initial": estimate.initial.as_record(),
                "monthly": estimate.monthly.as_record(),
                "horizon": estimate.horizon.as_record(),
                "per_1000_requests": estimate.per_1000_requests
                and estimate.per_1000_requests.as_record(),
                "lines": [
                    {"id": line.id, "amount": line.amount.as_record()} for line in estimate.lines
                ],
            }
            for name, estimate in costs.estimates.items()
        },
        "break_even": {**months, "horizon_months": costs.horizon_months},
        "prices": [price.as_record() for price in costs.prices],
    }


def compare(rulebook, drawn, assumed):
    """Hold the columns against single cases, row by row; return how many rows had no costs."""
    single = CostModel(rulebook, DAY, assumed)
    table = ColumnCosts(rulebook, DAY, assumed).estimate(as_table(drawn.cases), drawn.columns)
    for row, (case, plan) in enumerate(zip(drawn.cases, drawn.plans, strict=True)):
        costs = estimated(single, case, plan)
        if isinstance(costs, UserError):
            assert str(table.failed.get(row)) == str(costs)
            continue
        assert row not in table.failed
        assert repr(table.record(row)) == repr(record(costs)), (case, plan)
        assert table.gaps(row) == costs.gaps
        assert {name: held(table, name, row) for name in APPROACHES} == {
            name: estimate.holes for name, estimate in costs.estimates.items()
        }
        assert known(table.facts, row) == {id: repr(v) for id, v in costs.facts.items()}
        assert known(table.assumed, row) == {id: repr(v) for id, v in costs.assumed.items()}
    return len(table.failed)


def held(table, approach, row):
    """The holes in the sum of one row's approach."""
    return tuple(gap.hole for gap, where in table.holes[approach] if where[row])


def estimated(single, case, plan):
    """The costs of one case, or why it has none."""
    try:
        return single.estimate(case, plan)
    except UserError as error:
        return error


def known(columns, row):
    """The values of a row that are known, told apart as they are written."""
    found = {id: column.value(row) for id, column in columns.items()}
    return {id: repr(value) for id, value in found.items() if value is not None}


@pytest.mark.parametrize("assumed", ASSUMED.values(), ids=ASSUMED)
def test_columns_cost_what_single_cases_cost(rulebook, assumed):
    """Totals, lines, break-evens, prices, computed and assumed facts and failures are those of each case."""
    drawn = Drawn(rulebook, f"{assumed}", 150)
    assert 0 < compare(rulebook, drawn, assumed) < 100


@pytest.mark.parametrize("part", range(4))
def test_a_case_equals_its_row_to_the_bit(rulebook, part):
    """Three thousand random cases, a quarter at a time: the same arithmetic leaves no digit to differ."""
    assert compare(rulebook, Drawn(rulebook, f"many {part}", 750), {}) < 400


def told(table):
    """What a table tells of each row that its record does not: gaps, lines, prices; None of failed ones."""
    return [
        None
        if row in table.failed
        else [table.gaps(row), *map(lines(row), table.estimates.values())]
        for row in range(table.rows)
    ]


def lines(row):
    """What tells a row's lines and price of an approach; what lines rest on goes by those beside them."""
    return lambda estimate: (
        [replace(line, assumes=()) for line in estimate.cost_lines(row)],
        estimate.price(row),
    )


def test_rows_keep_their_places_whatever_they_are_reckoned_with(rulebook, monkeypatch):
    """Rows of one plan are reckoned together, some at a time; costs, lines and gaps are those of each row."""
    drawn = Drawn(rulebook, "in blocks", 60)
    costs, table = ColumnCosts(rulebook, DAY, {}), as_table(drawn.cases)
    whole = told(costs.estimate(table, drawn.columns))
    monkeypatch.setattr(table_costs, "ROWS_AT_ONCE", 7)
    assert compare(rulebook, drawn, {}) == whole.count(None)
    assert told(costs.estimate(table, drawn.columns)) == whole


@pytest.mark.parametrize("assumed", [{}, {"distinct_tasks": "7"}], ids=["stated", "set"])
def test_columns_follow_every_way_to_write_a_cost(rulebook, assumed):
    """Shares, conditions and offers by the name of a fact, and like ranges of both approaches are followed."""
    odd = assemble({**rulebook.texts, "costs/odd.yaml": ODD}, "odd")
    compare(odd, Drawn(odd, f"odd {assumed}", 100), assumed)


def test_draws_of_a_row_spread_as_its_total_does(rulebook):
    """To the dollar: what is added up over rows draw by draw is what each row's range was made of."""
    cases = [
        {"organisation": "mid_size", "requests_per_month": 90_000.0, "training_examples": 900},
        {"organisation": "enterprise"},
        {},
    ]
    found = TableEvaluator(rulebook, date(2026, 11, 22)).evaluate(as_table(cases)).costs
    for estimate in found.estimates.values():
        for row in range(len(cases)):
            spread = ONE.percentiles(Draws(estimate.draws(row)))
            ends = [end[row] / 100 for end in estimate.horizon.values]
            assert spread == pytest.approx(ends, abs=0.51, rel=1e-6)


def test_half_cents_are_rounded_alike(rulebook):
    """Round numbers end on half a cent, which floats miss; neither a case nor a column does."""
    cases = [
        {"requests_per_month": requests, "input_tokens": sent, "output_tokens": 35, "base_model": m}
        for requests in (1, 3, 9, 250, 1100, 8.1, 102.5)
        for sent in (4, 78, 450, 1450)
        for m in ("openai/gpt-4o", "google/gemini-1.5-flash", "openai/gpt-4o-mini")
    ]
    drawn = Drawn(rulebook, "ties", len(cases))
    drawn.cases = cases
    assert compare(rulebook, drawn, {}) == 0


def test_months_are_rounded_half_up(rulebook):
    """203 / 200 months are 1.015, which floats hold as a little less and round to 1.01."""
    assumed = {
        "prompting_initial_usd": "0",
        "prompting_monthly_usd": "300",
        "tuning_initial_usd": "203",
        "tuning_monthly_usd": "100",
    }
    drawn = Drawn(rulebook, "months", 1)
    drawn.cases = [{"commitment_months": 1}]
    assert compare(rulebook, drawn, assumed) == 0
    table = ColumnCosts(rulebook, DAY, assumed).estimate(as_table(drawn.cases), drawn.columns)
    assert table.facts["break_even_months"].value(0) == 1.02
    assert table.facts["tuning_pays_back"].value(0) is False


def test_a_table_of_one_row_and_one_without_rows_are_tables(rulebook):
    """The smallest tables are no special case."""
    assert compare(rulebook, Drawn(rulebook, 2, 1), {}) == 0
    empty = ColumnCosts(rulebook, DAY, {}).estimate(FactTable(0, {}), {})
    assert (empty.failed, empty.estimates, empty.rows) == ({}, {}, 0)


def test_without_cost_files_nothing_is_priced():
    """A rulebook without cost files has no estimates, facts or failures, and takes no assumptions."""
    plain = book()
    table = ColumnCosts(plain, DAY, {}).estimate(FactTable(3, {}), {})
    single = CostModel(plain, DAY, {}).estimate({}, {})
    assert table.record(2) == record(single)
    assert (table.facts, table.assumed, table.failed) == ({}, {}, {})
    with pytest.raises(UserError, match="no cost files"):
        ColumnCosts(plain, DAY, {"epochs": "2"})


def test_sums_are_shown_in_the_currency_that_is_asked_for(rulebook):
    """The currency is the single path's; amounts stay in dollars."""
    costs = ColumnCosts(rulebook, DAY, {}, ("aud", "1.52"))
    assert costs.currency == CostModel(rulebook, DAY, {}, ("aud", "1.52")).currency


@pytest.mark.parametrize(
    "model", ["google/gemini-1.5-pro", "azure/gpt-4o", "deepseek/deepseek-chat"]
)
@pytest.mark.parametrize("waiting", [0, 1])
def test_prices_are_those_of_each_request(model, waiting):
    """Lengths, cached tokens and batches are priced as the package prices each of them."""
    sent = [0, 1, 999, 127_999, 128_000, 128_001, 200_001, 10**6]
    cached = [0, 1, 333, 0, 64_000, 128_001, 0, 999_999]
    models, lengths = every(model, Columns(len(sent))), np.array([sent], dtype=float).T
    shares = np.divide(np.array([cached]).T, np.maximum(lengths, 1))
    asked = AskedPrice(models, lengths, shares, float(waiting), 1.0)
    with np.errstate(invalid="ignore"):  # as a request without tokens is
        found = mixed_price(asked, DAY)
    expected = [
        listed_price(model, DAY, s, 1, c, batch=bool(waiting))
        for s, c in zip(sent, cached, strict=True)
    ]
    inputs = [price.input_usd_per_mtok for price in expected]
    assert found.input_usd_per_mtok.ravel().tolist() == pytest.approx(inputs, rel=1e-13)
    outputs = [price.output_usd_per_mtok for price in expected]
    assert np.broadcast_to(found.output_usd_per_mtok, (len(sent), 1)).ravel().tolist() == outputs


@pytest.mark.parametrize(
    "model", ["google/gemini-1.5-pro", "azure/gpt-4o", "deepseek/deepseek-chat"]
)
def test_a_share_in_batches_is_charged_their_price(model):
    """A quarter that waits costs a quarter of the batch price and three of the usual one; so does a column."""
    alone = mixed_price(AskedPrice(every(model, ONE), 500.0, 0.0, 0.25, 2.0), DAY)
    column = mixed_price(
        AskedPrice(every(model, Columns(2)), np.full((2, 1), 500.0), 0.0, 0.25, 2.0), DAY
    )
    usual, batch = (listed_price(model, DAY, 500, batch=batch) for batch in (False, True))
    mean = 0.75 * usual.input_usd_per_mtok + 0.25 * batch.input_usd_per_mtok
    assert alone.input_usd_per_mtok == pytest.approx(2 * mean, rel=1e-14)
    assert np.ravel(column.input_usd_per_mtok).tolist() == [alone.input_usd_per_mtok] * 2


@pytest.mark.parametrize("kernel", [ONE, Columns(2)], ids=["one", "columns"])
def test_what_the_machine_loses_turns_no_rounding(kernel):
    """Half a cent is rounded up, a whole number is not, and equal numbers are alike, whatever a float holds."""
    third = 0.1 * 3  # a little more than 0.3
    assert rounded(kernel, 1.005, 100) == 101
    assert rounded(kernel, 1.0049, 100) == 100
    assert is_whole(kernel, 0.57 * 100) == 57
    assert Range.of(third * 10, kernel).rounded_up().expected == 3
    assert not exceeds(third, 0.3)
    assert exceeds(0.3 + 1e-9, 0.3)
    assert alike(third, 0.3)
    assert not alike(0.3, 0.3 + 1e-9)


def test_a_single_case_needs_no_numpy():
    """Importing numpy takes longer than deciding a case."""
    program = (
        "import sys; from datetime import date; from tunewise.costs.model import CostModel; "
        "from tunewise.loading.assembly import load; "
        "costs = CostModel(load(), date(2026, 11, 22), {}).estimate({}, {'prompting': {}, 'fine_tuning': {}}); "
        "costs.as_record(); sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
