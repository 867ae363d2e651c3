"""Looks up what a model's tokens cost on a day: the only module that knows genai-prices."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING

from tunewise.costs.pricesheet import TokenPrice, price_sheet_text, read_ahead
from tunewise.errors import UserError, shown, unknown_name

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import PriceCalculation, Provider

TOKENS_PER_PRICE = 1_000_000
SUGGESTIONS = 3
BATCH = {"processing": "batch"}
READ_AHEAD = (
    "anthropic",
    "aws",
    "cohere",
    "deepseek",
    "google",
    "groq",
    "mistral",
    "openai",
    "together",
)
"""The providers whose models stand on the price sheet."""


@lru_cache(maxsize=4096)
def token_price(model: str, as_of: date, input_tokens: int = 1) -> TokenPrice:
    """Return the mean price of a request's tokens at noon UTC of the day, in USD per million.

    `model` is 'provider/model'. Some prices rise with the length of the request, so its tokens are needed. Raises
    UserError, with suggestions, for a provider or model without a price.
    """
    return read_ahead(model, input_tokens) or listed_price(model, as_of, input_tokens)


def listed_price(
    model: str,
    as_of: date,
    input_tokens: int = 1,
    output_tokens: int = 1,
    cached_tokens: int = 0,
    batch: bool = False,
) -> TokenPrice:
    """Return the price that the package lists, of usual or of batched requests; see token_price.

    Batched requests of a model without a batch price cost what the usual ones do.
    """
    sent, received = max(input_tokens, 1), max(output_tokens, 1)
    provider, found = _calculated(model, as_of, (sent, received, cached_tokens), batch)
    return TokenPrice(
        model=f"{provider.id}/{found.model.id}",
        input_usd_per_mtok=float(found.input_price * TOKENS_PER_PRICE / sent),
        output_usd_per_mtok=float(found.output_price * TOKENS_PER_PRICE / received),
        context_window=found.model.context_window,
    )


@lru_cache(maxsize=4096)
def price_steps(model: str, as_of: date) -> tuple[int, ...]:
    """Return the lengths of input, in tokens, at which prices of whole requests change, batched ones too.

    Raises UserError as token_price does.
    """
    from genai_prices.types import TieredPrices

    listed = (_calculated(model, as_of, (1, 1, 0), batch)[1] for batch in (False, True))
    sides = [side for found in listed for side in vars(found.model_price).values()]
    tiers = [tier for side in sides if isinstance(side, TieredPrices) for tier in side.tiers]
    return tuple(sorted({tier.start for tier in tiers}))


def one_price(model: str) -> bool:
    """Whether the package lists one price of a model for all days, so that an earlier one may have been another."""
    from genai_prices.types import ModelPrice

    listed = read_ahead(model, 1) or _calculated(model, date.max, (1, 1, 0), batch=False)
    return isinstance(listed, TokenPrice) or isinstance(listed[1].model.prices, ModelPrice)


def _calculated(
    model: str, as_of: date, tokens: tuple[int, int, int], batch: bool
) -> tuple[Provider, PriceCalculation]:
    """Return what the package makes of a request's tokens in, out and cached, with the provider."""
    from genai_prices import Usage, calc_price  # 0.2 s, so only where nothing was read ahead

    provider, name = _provider(model)
    sent, received, cached = tokens
    usage = Usage(input_tokens=sent, output_tokens=received, cache_read_tokens=cached)
    noon = datetime.combine(as_of, time(12), UTC)
    context = BATCH if batch else {}
    try:
        found = calc_price(
            usage,
            name,
            provider_id=provider.id,
            genai_request_timestamp=noon,
            price_context=context,
        )
    except LookupError:
        raise UserError(_unknown(model, provider, name)) from None
    if found.model_price.input_mtok is None or found.model_price.output_mtok is None:
        raise UserError(f"base_model: {shown(model)} has no price for tokens in and out")
    return provider, found


def sheet() -> str:
    """Return the price sheet's text: the models with one price for all days, in and out.

    `python -m tunewise.costs.prices > rules/costs/token_prices.json` writes it anew for another version.
    """
    from genai_prices.types import ModelPrice, TieredPrices

    models, below = {}, {}
    for provider in _snapshot().providers:
        for model in provider.models if provider.id in READ_AHEAD else ():
            name, prices = f"{provider.id}/{model.id}", model.prices
            if not isinstance(prices, ModelPrice):
                continue
            try:
                price = listed_price(name, date.min)
            except UserError:
                continue
            if price.model == name:
                sides = (prices.input_mtok, prices.output_mtok)
                starts = [side.tiers[0].start for side in sides if isinstance(side, TieredPrices)]
                models[name], below[name] = price, min(starts, default=None)
    return price_sheet_text(models, below)


def provider_called(word: str) -> str | None:
    """Return the provider that a vendor or gateway of some name is listed as: bedrock is aws; None where it is none."""
    try:
        found = _snapshot().find_provider(None, word.lower(), None)
    except LookupError:
        return None
    return str(found.id)


def listed_model(name: str, provider: str | None) -> str | None:
    """Return the listed model that a name means at a provider, or at that which makes it, as 'provider/model'.

    None where it means none, or one without a price.
    """
    try:
        found, model = _snapshot().find_provider_model(name, None, provider, None)
        listed_price(f"{found.id}/{name}", date.min)
    except (LookupError, UserError):
        return None
    return f"{found.id}/{model.id}"


def _snapshot() -> DataSnapshot:
    from genai_prices.data_snapshot import get_snapshot

    return get_snapshot()


def _provider(model: str) -> tuple[Provider, str]:
    """Return the provider that the model's first part names, and the rest."""
    name, slash, rest = model.partition("/")
    providers = {provider.id: provider for provider in _snapshot().providers}
    if not slash or not rest:
        raise UserError(_without_provider(model))
    if name.lower() not in providers:
        raise UserError(f"base_model: {unknown_name('provider', name, providers)}")
    return providers[name.lower()], rest


def _without_provider(model: str) -> str:
    message = f"base_model: expected provider/model such as 'openai/gpt-4o', found {shown(model)}"
    try:
        provider, found = _snapshot().find_provider_model(model, None, None, None)
    except LookupError:
        return message
    return f"{message}; did you mean '{provider.id}/{found.id}'?"


def _unknown(model: str, provider: Provider, name: str) -> str:
    """Return the sentence for a model without a price, with the provider's most similar ones."""
    ids = {known.id.casefold(): known.id for known in provider.models}
    sought = name[:200].casefold()
    near = [known for known in sorted(ids) if known.startswith(sought)][:SUGGESTIONS]
    near = near or get_close_matches(sought, ids, n=SUGGESTIONS, cutoff=0.5)
    listed = [ids[found] for found in near] or sorted(ids.values())[:12]
    names = ", ".join(f"'{provider.id}/{one}'" for one in listed)
    word = "did you mean" if near else "priced models include"
    return f"base_model: no price is known for {shown(model)}; {word} {names}" + "?" * bool(near)


if __name__ == "__main__":
    sys.stdout.write(sheet())
