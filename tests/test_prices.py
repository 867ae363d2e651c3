"""Token prices: dated, in cents per million, and an error with suggestions where there is none."""

import json
import subprocess
import sys
from datetime import date
from importlib.resources import files

import pytest

from tunewise.costs import pricesheet
from tunewise.costs.prices import listed_price, sheet, token_price
from tunewise.costs.pricesheet import SHEET
from tunewise.errors import UserError

DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("model", "sent", "received"),
    [
        ("openai/gpt-4o", "2.50", "10"),
        ("openai/gpt-4o-mini", "0.15", "0.60"),
        ("openai/gpt-4.1-mini", "0.40", "1.60"),
        ("openai/gpt-6-luna", "0.10", "0.50"),
        ("openai/gpt-6-sol", "2", "10"),
        ("anthropic/claude-haiku-4-5", "1", "5"),
    ],
)
def test_prices_are_those_of_the_list(model, sent, received):
    """The prices that the reckonings rest on are what the package says they are."""
    price = token_price(model, DAY, 500)
    assert (price.input_usd_per_mtok, price.output_usd_per_mtok) == (
        float(sent),
        float(received),
    )


def test_a_price_is_that_of_the_day_asked_for():
    """A model whose price fell costs more on an earlier day."""
    before = token_price("openai/o3", date(2025, 6, 1))
    after = token_price("openai/o3", DAY)
    assert before.input_usd_per_mtok + before.output_usd_per_mtok == 50
    assert after.input_usd_per_mtok + after.output_usd_per_mtok == 10


def test_a_long_request_costs_more_where_the_list_says_so():
    """Prices that rise with the length of the request are taken for its length."""
    short = token_price("openai/gpt-6-sol", DAY, 1_000)
    long = token_price("openai/gpt-6-sol", DAY, 500_000)
    assert long.input_usd_per_mtok > short.input_usd_per_mtok


def test_cached_input_is_cheaper():
    """Input that the provider reads from its cache lowers the price of a million tokens."""
    plain = token_price("openai/gpt-4o", DAY, 1000)
    cached = listed_price("openai/gpt-4o", DAY, 1000, 100, 800)
    assert cached.input_usd_per_mtok == 1.5
    assert plain.input_usd_per_mtok == 2.5


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("openai/gpt4o", "'openai/gpt-4o'"),
        ("anthropic/claude-haiku", "'anthropic/claude-haiku-4-5'"),
        ("openai/gpt-6", "'openai/gpt-6-luna'"),
        ("opnai/gpt-4o", "did you mean 'openai'?"),
        ("gpt-4o", "did you mean 'openai/gpt-4o'?"),
        ("nonsense", "expected provider/model"),
        ("openai/", "expected provider/model"),
        ("anthropic/zzzzzzzzzzzz", "priced models include 'anthropic/"),
        ("openai/text-embedding-3-small", "has no price for tokens in and out"),
    ],
)
def test_a_model_without_a_price_is_an_error_with_suggestions(model, said):
    """What has no price is never priced at nothing."""
    with pytest.raises(UserError) as caught:
        token_price(model, DAY)
    assert said in str(caught.value)


def test_what_an_error_repeats_is_harmless():
    """A model's name may hold escapes; the error shows them instead of sending them."""
    with pytest.raises(UserError) as caught:
        token_price("openai/\x1b[31mgpt", DAY)
    assert "\x1b" not in str(caught.value)


def test_the_price_sheet_is_current():
    """The sheet that spares loading the package says what the package says: `python -m tunewise.costs.prices`."""
    shipped = files("tunewise.rules").joinpath(SHEET).read_text("utf-8")
    assert shipped == sheet()


@pytest.mark.parametrize("tokens", [1, 50_000, 300_000, 2_000_000])
def test_a_price_read_ahead_is_the_listed_one(tokens):
    """On any day and for any length, a price from the sheet equals the package's."""
    models = json.loads(files("tunewise.rules").joinpath(SHEET).read_text("utf-8"))["models"]
    for name in list(models)[::7]:
        for day in (date(2024, 1, 1), DAY):
            assert token_price(name, day, tokens) == listed_price(name, day, tokens, 100)


def test_a_sheet_of_another_version_is_not_read(monkeypatch):
    """After an upgrade of the package, prices come from the package until the sheet is made anew."""
    monkeypatch.setattr(pricesheet, "version", lambda package: "0.0.1")
    pricesheet._models.cache_clear()
    try:
        assert pricesheet.read_ahead("openai/gpt-4o", 500) is None
    finally:
        monkeypatch.undo()
        pricesheet._models.cache_clear()
    assert pricesheet.read_ahead("openai/gpt-4o", 500) is not None


def test_a_usual_case_does_not_load_the_price_package():
    """Loading it would double the time of a decision."""
    code = (
        "import sys; from datetime import date; from tunewise.costs.prices import token_price; "
        "token_price('openai/gpt-6-sol', date(2026, 11, 22), 500); "
        "sys.exit('genai_prices' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
