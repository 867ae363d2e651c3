"""Sums in another currency, and assumptions from a file: what is shown, what is recorded, what is refused."""

import json
import re
from datetime import date
from decimal import Decimal

import pytest
from smallbook import write

from tunewise.cases.case import Case
from tunewise.commands.program import run
from tunewise.costs.currency import Currency, currency
from tunewise.costs.model import cost_book
from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.loading.assembly import load
from tunewise.report.presenting import report_view

CODES = {"AUD": "Australian dollar", "EUR": "euro", "USD": "US dollar"}
KNOWN = (
    "  task_type: classification\n  prompt_testing: systematic\n  organisation: small_business\n"
)
CASE = f"name: Tickets\nfacts:\n{KNOWN}  requests_per_month: 1000\n"


@pytest.fixture
def case(tmp_path):
    """The path of a case file."""
    path = tmp_path / "case.yaml"
    path.write_text(CASE, encoding="utf-8")
    return path


@pytest.fixture
def decide(case, capsys):
    """What `tunewise decide` prints for the case: stdout, or stderr where it is refused."""

    def run_it(*arguments, status=0):
        given = [str(case), "--as-of", "2026-11-22", *map(str, arguments)]
        assert run(["decide", *given]) == status
        out, err = capsys.readouterr()
        assert (err if status == 0 else out) == ""
        return out if status == 0 else err

    return run_it


# Sums in words.


@pytest.mark.parametrize(
    ("usd", "words"),
    [
        ("1000", "AUD 1,520"),
        ("1", "AUD 1.52"),
        ("-1000", "−AUD 1,520"),
        ("0", "AUD 0"),
        ("0.001", "AUD 0.0015"),
    ],
)
def test_a_sum_is_converted_and_named(usd, words):
    """The code stands before the sum, a minus before both."""
    assert Currency("AUD", Decimal("1.52")).say(Decimal(usd)) == words


def test_a_currency_and_its_rate_are_read():
    """A code in small letters is meant; dollars need no rate."""
    assert currency("aud", "1.52", CODES) == Currency("AUD", Decimal("1.52"))
    assert currency(None, None, CODES) == Currency("USD", Decimal(1))
    assert currency("USD", None, CODES) == currency("USD", "1", CODES)


@pytest.mark.parametrize(
    ("code", "fx", "said"),
    [
        ("AUB", "1.5", "did you mean 'AUD'?"),
        ("", "1.5", "unknown currency"),
        ("$" * 999, "1.5", "unknown currency"),
        ("AUD", None, "--fx 1.52"),
        (None, "1.5", "name the currency"),
        ("AUD", "0", "found '0'"),
        ("AUD", "-1", "found '-1'"),
        ("AUD", "nan", "found 'nan'"),
        ("AUD", "inf", "found 'inf'"),
        ("AUD", "1,5", "found '1,5'"),
        ("AUD", "1e99", "up to 1,000,000,000"),
        ("USD", "2", "1 USD is 1 USD"),
    ],
)
def test_a_wrong_currency_or_rate_is_refused(code, fx, said):
    """One line that says what is wrong; a rate is never guessed."""
    with pytest.raises(UserError) as caught:
        currency(code, fx, CODES)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_the_codes_are_those_of_the_standard():
    """Three capital letters each, the usual ones among them."""
    known = cost_book(load()).currencies
    assert all(re.fullmatch("[A-Z]{3}", code) for code in known)
    assert {"AUD", "CAD", "CHF", "EUR", "GBP", "INR", "JPY", "NZD", "USD"} <= set(known)


# In the report and the record.


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_all_sums_of_a_report_are_converted(decide, form):
    """A year at $200 to $1,000 a month reads in dollars of the other kind, and the rate is shown."""
    text = decide("--currency", "AUD", "--fx", "2", "--format", form, "--full")
    plain = " ".join(text.split())
    assert "2 AUD for 1 USD" in plain
    assert "AUD 3,759" in plain  # what prompting costs at first, at $1,880
    assert "stay in US dollars ($)" in plain


def test_no_sum_of_the_costs_stays_in_dollars():
    """Every amount and rate of the lines and totals is in the currency asked for."""
    evaluator = Evaluator(load(), date(2026, 11, 22), {}, ("AUD", "2"))
    try:
        view = report_view([evaluator.evaluate(Case(name="x", facts={}))])
    finally:
        evaluator.close()
    for estimate in view.cases[0].costs.estimates:
        lines = [*estimate.initial_lines, *estimate.monthly_lines]
        amounts = [estimate.initial, estimate.monthly, estimate.horizon]
        words = [amount.high for amount in [*amounts, *(line.amount for line in lines)]]
        assert all(said.startswith("AUD ") for said in words)
        assert not any("$" in line.rate + line.quantity for line in lines)


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_facts_reasons_and_budgets_are_shown_in_the_currency_too(case, decide, form):
    """What rules say of a budget, the facts themselves and near misses; only sources keep their dollars."""
    budgets = "  monthly_budget_usd: 100\n  upfront_budget_usd: 20000\n"
    case.write_text(CASE + budgets, encoding="utf-8")
    text = " ".join(decide("--currency", "AUD", "--fx", "2", "--format", form, "--full").split())
    assert "more than the AUD 200 of budget" in text
    assert "AUD 40,000" in text
    assert "$100" not in text.split("Sources")[0].replace("costs $100-$1,000", "")


def test_a_sum_of_a_fact_keeps_its_cents():
    """As in dollars: none where it is whole, two where it is not."""
    evaluator = Evaluator(load(), date(2026, 11, 22), {}, ("EUR", "0.9"))
    facts = {"monthly_budget_usd": 100, "upfront_budget_usd": 1000.55}
    try:
        view = report_view([evaluator.evaluate(Case(name="x", facts=facts))])
    finally:
        evaluator.close()
    said = {fact.id: fact.value for group in view.cases[0].facts for fact in group.facts}
    assert said["monthly_budget_usd"] == "EUR 90"
    assert said["upfront_budget_usd"] == "EUR 900.50"


def test_the_record_keeps_dollars_and_the_rate(decide):
    """Rules and records always see USD; what was shown is recorded beside."""
    usual = json.loads(decide("--format", "json"))
    shown = json.loads(decide("--format", "json", "--currency", "AUD", "--fx", "1.52"))
    assert usual["cost_basis"]["currency"] == {"code": "USD", "per_usd": 1}
    assert shown["cost_basis"].pop("currency") == {"code": "AUD", "per_usd": 1.52}
    usual["cost_basis"].pop("currency")
    assert shown == usual


def test_a_wrong_currency_stops_the_command(decide, tmp_path):
    """Exit status 2, one line, nothing on stdout; also where a rulebook prices nothing."""
    assert decide("--currency", "AUDD", "--fx", "1", status=2).startswith(
        "tunewise: --currency: unknown currency 'AUDD'; did you mean 'AUD'?"
    )
    assert "--fx: expected a number above 0" in decide("--currency=AUD", "--fx=0", status=2)
    folder = write(tmp_path / "rules")
    assert "--currency" in decide("--rules", folder, "--currency=AUD", "--fx=1.5", status=2)


# Assumptions from a file.


def test_a_file_overrides_and_the_option_overrides_the_file(decide, tmp_path):
    """Keys of both are shown as set; where both set one, --assume counts."""
    path = tmp_path / "ours.yaml"
    path.write_text("horizon_months: 24\nepochs: 2\ntraining.small_training: 150\n")
    record = json.loads(
        decide("--assumptions", path, "--assume", "horizon_months=36", "--format", "json")
    )
    found = record["cost_basis"]["assumptions"]
    assert record["break_even"]["horizon_months"] == 36
    assert (found["epochs"]["value"], found["epochs"]["overridden"]) == (2, True)
    line = next(x for x in record["costs"]["fine_tuning"]["lines"] if "training" in x["id"])
    assert (line["rate"]["p50"], line["basis"]) == (150, "given")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("epoch: 2\n", "ours.yaml:1: epoch: unknown assumption; did you mean 'epochs'?"),
        ("horizon_months: 12\nepochs: -1\n", "ours.yaml:2: epochs: expected a number from 1"),
        ("epochs: .nan\n", "ours.yaml:1: epochs: expected a number"),
        (
            "epochs: [1]\n",
            "ours.yaml:1: epochs: expected a number, a name or {low, expected, high}",
        ),
        ("epochs: yes\n", "expected a number"),
        ("epochs:\n", "{low, expected, high}, found nothing"),
        ("epochs: {low: 1}\n", "{low, expected, high}, found a mapping"),
        ("epochs: {low: 1, high: 2, most: 3}\n", "{low, expected, high}, found a mapping"),
        ("epochs: {low: 1, expected: [2], high: 3}\n", "{low, expected, high}, found a mapping"),
        ("a: 1\nepochs: {low: 3, high: 2}\n", "ours.yaml:2: epochs: expected low..expected..high"),
        ("epochs: {low: 0, high: 2}\n", "expected a number from 1 to 100, or low..high of such"),
        ("base_model: {low: 1, high: 2}\n", "provider/model"),
        ("- epochs\n", "expected keys with values"),
        ("epochs: 1\nepochs: 2\n", "epochs"),
        ("epochs: {\n", "is not YAML"),
        ("", "expected keys with values"),
    ],
)
def test_mistakes_in_the_file_are_named_with_their_line(decide, tmp_path, text, said):
    """File, line, key, what is allowed; exit status 2."""
    path = tmp_path / "ours.yaml"
    path.write_text(text)
    assert said in decide("--assumptions", path, status=2)


def test_a_missing_file_is_said(decide, tmp_path):
    """It cannot be read, and that is all."""
    assert "cannot be read" in decide("--assumptions", tmp_path / "none.yaml", status=2)


# Ranges.


def test_a_range_overrides_as_a_range(decide, tmp_path):
    """Two ends have their middle expected; three are taken as they are; the file and --assume agree."""
    path = tmp_path / "ours.yaml"
    path.write_text(
        "usable_share: {low: 0.2, expected: 0.5, high: 0.6}\nepochs: {low: 2, high: 4}\n"
    )
    filed = decide("--assumptions", path, "--format", "json")
    typed = decide(
        "--assume", "usable_share=0.2..0.5..0.6", "--assume", "epochs=2..4", "--format", "json"
    )
    assert filed == typed
    found = json.loads(filed)["cost_basis"]["assumptions"]
    assert found["usable_share"]["value"] == {"low": 0.2, "expected": 0.5, "high": 0.6}
    assert found["epochs"]["value"] == {"low": 2, "expected": 3, "high": 4}


def test_the_range_of_a_rate_is_drawn(decide):
    """A rate that is given as a range moves low and high, and counts among the inputs drawn."""
    usual = json.loads(decide("--assume", "training.small_training=300", "--format", "json"))
    wide = json.loads(decide("--assume", "training.small_training=300..500", "--format", "json"))
    line = next(x for x in wide["costs"]["fine_tuning"]["lines"] if "training" in x["id"])
    rate = line["rate"]
    assert 300 <= rate["p10"] < rate["p50"] < rate["p90"] <= 500
    assert wide["uncertainty"]["inputs"] == usual["uncertainty"]["inputs"] + 1


@pytest.mark.parametrize(
    "value", ["1..", "..2", "2..1", "1..2..3..4", "1..nan", "1...2", "1..1e99"]
)
def test_a_wrong_range_is_refused(decide, value):
    """One line with the bounds."""
    said = decide("--assume", f"epochs={value}", status=2)
    assert said.startswith("tunewise: --assume epochs: expected ")
    assert len(said.splitlines()) == 1


# What else is refused.


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ("requests_per_month: -1", "case.yaml:7: facts.requests_per_month: -1 is out of range"),
        ("requests_per_month: .nan", "expected a number from 0 to 1,000,000,000,000, found nan"),
        ("requests_per_month: -.inf", "found -inf"),
        ("requests_per_month: 1e13", "is out of range"),
        ("input_tokens: -5", "facts.input_tokens: -5 is out of range"),
        ("output_tokens: 1e30", "facts.output_tokens: 1e+30 is out of range"),
        ("commitment_months: -1", "facts.commitment_months: -1 is out of range"),
        ("upfront_budget_usd: -3", "facts.upfront_budget_usd: -3 is out of range"),
    ],
)
def test_a_quantity_that_cannot_be_is_refused(case, decide, fact, said):
    """Below nothing, no number at all, or beyond all measure: one line with file, line and bounds."""
    case.write_text(
        CASE.replace("  requests_per_month: 1000\n", "  stage: pilot\n") + f"  {fact}\n"
    )
    found = decide(status=2)
    assert said in found
    assert len(found.splitlines()) == 1


@pytest.mark.parametrize(
    "pair",
    [
        "horizon_months=0",
        "horizon_months=-1",
        "horizon_months=nan",
        "horizon_months=1e9",
        "training.small_training=-1",
        "training.small_training=1e13",
        "cached_input_share=1.5",
        "usable_share=0",
        "token_price_factor=0",
        "epochs=",
        "epoch=2",
        "=2",
        "epochs",
        "base_model=openai/none-such",
    ],
)
def test_an_assumption_that_cannot_be_is_refused(decide, pair):
    """No horizon, no share above all, no unknown key: one line, exit status 2."""
    found = decide("--assume", pair, status=2)
    assert found.startswith("tunewise: --assume")
    assert len(found.splitlines()) == 1
