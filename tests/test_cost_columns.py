"""Costs in columns: the same to the cent as those of single cases, ties, gaps, offers and failures included."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from smallbook import book
from tabled import as_table

from tunewise.cases.columns import UNKNOWN, FactColumn, FactTable
from tunewise.costs.columns.axes import ALL, ROWS, Axis
from tunewise.costs.columns.cents import exceeds
from tunewise.costs.columns.comparing import equal
from tunewise.costs.columns.model import ColumnCosts
from tunewise.costs.columns.numbers import Column
from tunewise.costs.columns.prices import Requests, Tariff
from tunewise.costs.columns.quantities import ColumnQuantities
from tunewise.costs.model import CostModel
from tunewise.costs.prices import token_price
from tunewise.errors import UserError
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
    "organisation",
    "output_tokens",
    "requests_per_month",
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
        "small_business.training": "299.995",
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
        "mid_size.labelling": "1e12",
        "labelling_hours_per_example": "1e12",
        "examples_needed": "1e12",
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
    of: [odd.wide, mid_size.labelling]
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
        codes = [places.get(option, UNKNOWN) for option in options]
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
        assert known(table.facts, row) == {id: repr(v) for id, v in costs.facts.items()}
        assert known(table.assumed, row) == {id: repr(v) for id, v in costs.assumed.items()}
    return len(table.failed)


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


@pytest.mark.parametrize("assumed", [{}, {"distinct_tasks": "7"}], ids=["stated", "set"])
def test_columns_follow_every_way_to_write_a_cost(rulebook, assumed):
    """Shares, conditions and offers by the name of a fact, and like ranges of both approaches are followed."""
    odd = assemble({**rulebook.texts, "costs/odd.yaml": ODD}, "odd")
    compare(odd, Drawn(odd, f"odd {assumed}", 100), assumed)


def test_half_cents_are_rounded_as_decimals_are(rulebook):
    """Round numbers end on half a cent, which floats miss; the columns do not."""
    cases = [
        {"requests_per_month": requests, "input_tokens": sent, "output_tokens": 35, "base_model": m}
        for requests in (1, 3, 9, 250, 1100, 8.1, 102.5)
        for sent in (4, 78, 450, 1450)
        for m in ("openai/gpt-4o", "google/gemini-1.5-flash", "openai/gpt-4o-mini")
    ]
    drawn = Drawn(rulebook, "ties", len(cases))
    drawn.cases = cases
    assert compare(rulebook, drawn, {}) == 0


def test_months_are_rounded_as_decimals_are(rulebook):
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
@pytest.mark.parametrize("share", ["0", "0.5"])
def test_prices_are_those_of_each_request(model, share):
    """Lengths, cached tokens and batches are priced as the package prices each of them."""
    sent = np.array([0, 1, 999, 127_999, 128_000, 128_001, 200_001, 10**6], dtype=np.int64)
    cached = np.array([0, 1, 333, 0, 64_000, 128_001, 0, 999_999], dtype=np.int64)
    one = np.zeros(len(sent), dtype=np.int32)
    requests = Requests(
        Axis((model, None), one),
        sent,
        cached,
        Axis((Decimal(share), None), one),
        Axis((None, None), one),
    )
    found = Tariff(DAY).prices(requests).axis
    expected = [
        token_price(model, DAY, s, 1, c, Decimal(share))
        for s, c in zip(sent.tolist(), cached.tolist(), strict=True)
    ]
    assert [found.options[code] for code in found.codes] == expected


NUMBERS = st.one_of(
    st.sampled_from(["0", "1", "0.1", "0.005", "0.15", "7", "3", "999999"]),
    st.decimals(0, 10**6, places=4, allow_nan=False).map(str),
)
STEPS = ("add", "times", "over", "beyond", "at_least", "rounded_up")


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_floats_know_where_they_may_be_wrong(data):
    """After any steps, floats lie within their bound of the decimals, or say that they are in doubt."""
    start = data.draw(st.lists(NUMBERS, min_size=4, max_size=4))
    floats, decimals = _both(start)
    for step in data.draw(st.lists(st.sampled_from(STEPS), max_size=5)):
        other = _both(
            data.draw(st.lists(NUMBERS.filter(lambda n: Decimal(n) > 0), min_size=4, max_size=4))
        )
        floats, decimals = _step(floats, step, other[0]), _step(decimals, step, other[1])
    sure = np.ones(4, dtype=bool) if floats.doubt is None else ~floats.doubt
    for ours, theirs in zip(floats.expected[sure], decimals.expected[sure], strict=True):
        assert abs(Decimal(float(ours)) - theirs) <= Decimal(2 * floats.slack) * theirs
    cents, exact = floats.in_cents(), decimals.in_cents()
    sure = np.ones(4, dtype=bool) if cents.doubt is None else ~cents.doubt
    assert (cents.expected == exact.expected)[sure].all()


def _both(numbers):
    """A column of numbers by row, in floats and in decimals."""
    exact = Column((np.array([Decimal(n) for n in numbers], dtype=object),), ROWS)
    return exact.in_floats(), exact


def _step(column, step, other):
    if step == "add":
        return column + other
    if step == "times":
        return column * other
    if step == "rounded_up":
        return column.rounded_up()
    return getattr(column, step)(other)


def test_a_float_beside_a_whole_number_is_in_doubt():
    """0.1 x 3 / 0.1 is 3, and a little more in floats: rounding up would make it 4."""
    floats, decimals = (
        (tenth * Column.of(3)).over(tenth).rounded_up() for tenth in _both(["0.1", "0.1"])
    )
    assert decimals.expected.tolist() == [3, 3]
    assert floats.expected.tolist() == [4, 4]
    assert floats.doubt is not None
    assert floats.doubt.all()


def test_a_small_difference_of_floats_is_in_doubt():
    """0.1 x 3 is no more than 0.3, though its float is."""
    floats, decimals = (
        (tenth * Column.of(3)).beyond(Column.of(Decimal("0.3"))) for tenth in _both(["0.1", "0.2"])
    )
    assert decimals.expected.tolist() == [0, Decimal("0.3")]
    assert floats.doubt is not None
    assert floats.doubt.tolist() == [True, False]


def test_reckoned_floats_cannot_tell_whether_they_are_equal():
    """Numbers as they were stated compare as they are; what was reckoned of them may be off."""
    stated, reckoned = _both(["0.3", "0.4"])[0], _both(["0.1", "0.2"])[0] * Column.of(3)
    assert [one.tolist() for one in equal(stated, stated)] == [[True, True], [False, False]]
    same, unsure = equal(stated, reckoned)
    assert unsure.tolist() == [True, False]
    assert same.tolist() == [True, False]


def test_where_floats_cannot_tell_which_is_more_decimals_do(rulebook):
    """A tenth of a request of three tokens is 0.0000003 million tokens and not more, as floats have it."""
    model = CostModel(rulebook, DAY, {})
    once = np.zeros(2, dtype=np.int32)
    facts = {"requests_per_month": (0.1,), "input_tokens": (3, 4)}
    columns = {
        id: FactColumn(values, np.array([0, len(values) - 1])) for id, values in facts.items()
    }
    options = {
        "approach": Axis(("fine_tuning", None), once),
        "retrieval": Axis(("none", None), once),
    }
    q = ColumnQuantities(2, columns, options, model.assumptions, Tariff(DAY))
    assert (q["tuned_input_mtok"].expected > 3e-7).tolist() == [True, True]
    assert exceeds(q, "tuned_input_mtok", Decimal("0.0000003")).tolist() == [False, True]


def test_only_whole_numbers_are_multiplied_without_an_error():
    """A product has no error where both factors are whole and it is not too large."""
    numbers = (
        ["3", "999999"],
        ["1000000", "7"],
        [str(Decimal(1 + 2**-30)), "1"],
        [str(2**30 + 1)] * 2,
    )
    whole, other, odd, large = (_both(one)[0] for one in numbers)
    assert (whole * other).slack == 0
    assert odd.slack == 0
    assert (odd * odd).slack > 0
    assert (large * large).slack > 0


def test_numbers_by_option_stay_decimals_until_rows_are_needed():
    """Two choices are reckoned with over their joint options, in decimals, and equal numbers are told apart."""
    rows = np.array([0, 1, -1, 1], dtype=np.int32)
    size = Axis(("small", "large", None), rows)
    place = Axis(("here", "there", None), rows[::-1].copy())
    left = Column((np.array([Decimal("0.1"), Decimal("0.2"), Decimal("0.3")]),), size)
    right = Column((np.array([Decimal("3"), Decimal("1.5"), Decimal("1")]),), place)
    product = left * right
    assert product.axis not in (ALL, ROWS)
    assert product.in_rows(exact=True).expected.tolist() == [
        Decimal("0.15"),
        Decimal("0.2"),
        Decimal("0.45"),
        Decimal("0.6"),
    ]
    same, unsure = equal(product, Column.of(Decimal("0.45")))
    assert (same.tolist(), unsure.any()) == ([False, False, True, False], False)
