"""What the tokens of requests cost: listed prices, mixed by what is cached and what waits for a batch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from tunewise.costs.choices import Choice
from tunewise.costs.kernel import Kernel, Mask, Number
from tunewise.costs.prices import listed_price, price_steps, token_price
from tunewise.costs.pricesheet import TokenPrice, read_ahead
from tunewise.errors import UserError


@dataclass(frozen=True, slots=True, eq=False)
class AskedPrice:
    """What a price rests on: the model, whole tokens of a request, the shares cached and sent in batches, a factor."""

    models: Choice
    sent: Number
    cached: Number
    batched: Number
    factor: Number


@dataclass(frozen=True, slots=True, eq=False)
class Price:
    """USD per million tokens; `listed` are the prices that they were mixed from, by model and length of request.

    `batch_missing` tells where requests may wait for a batch price that their model does not have.
    """

    input_usd_per_mtok: Number
    output_usd_per_mtok: Number
    listed: Choice
    batch_missing: Mask = False


@dataclass(frozen=True, slots=True)
class Listed:
    """The prices of one model, of usual requests and of batched ones: tokens read anew, from the cache, and out."""

    usual: TokenPrice
    cached: TokenPrice
    batch: TokenPrice
    cached_batch: TokenPrice


def mixed_price(asked: AskedPrice, as_of: date) -> Price:
    """Return the mean price of requests; for a case raises UserError, with suggestions, where a model has none."""
    kernel = asked.models.kernel
    cached, batched = kernel.any(asked.cached > 0), kernel.any(asked.batched > 0)

    def steps(model: str, longest: int) -> tuple[int, ...]:
        return _steps(model, as_of, longest, cached)

    groups, codes = kernel.groups(asked.models, asked.sent, steps)
    found = [_listed(model, as_of, sent, cached, batched) for model, sent in groups]
    for one in found:
        if isinstance(one, UserError):
            kernel.refuse(one)
    listed = Choice(kernel, tuple(found), codes).each(_priced)
    return _mixed(listed, asked, kernel)


def _mixed(listed: Choice, asked: AskedPrice, kernel: Kernel) -> Price:
    def side(batch: bool) -> tuple[Number, Number]:
        pairs = [
            (one.batch, one.cached_batch) if batch else (one.usual, one.cached)
            for one in listed.values
        ]
        new = listed.pick([anew.input_usd_per_mtok for anew, _ in pairs])
        out = listed.pick([anew.output_usd_per_mtok for anew, _ in pairs])
        if not kernel.any(asked.cached > 0):
            return new, out
        old = listed.pick([kept.input_usd_per_mtok for _, kept in pairs])
        return new + (old - new) * asked.cached, out

    (sent, received), missing = side(batch=False), False
    if kernel.any(asked.batched > 0):
        waiting, rest = side(batch=True), 1 - asked.batched
        missing = listed.pick([one.batch == one.usual for one in listed.values], False)
        sent = sent * rest + waiting[0] * asked.batched
        received = received * rest + waiting[1] * asked.batched
    return Price(sent * asked.factor, received * asked.factor, listed, missing)


def _priced(found: Listed | UserError) -> Listed | None:
    return found if isinstance(found, Listed) else None


def refusal(model: str, as_of: date) -> UserError | None:
    """Return why a model has no price, None where it has one."""
    found = _listed(model, as_of, 1, cached=False, batched=False)
    return found if isinstance(found, UserError) else None


@lru_cache(maxsize=4096)
def _listed(model: str, as_of: date, sent: int, cached: bool, batched: bool) -> Listed | UserError:
    """Return the prices of requests of a length; those of the cache and of batches only where they are asked for."""
    try:
        usual = old = token_price(model, as_of, sent)
    except UserError as error:
        return error
    sent = max(sent, 1)  # of no token none is cached
    if cached:
        old = listed_price(model, as_of, sent, 1, sent)
    if not batched:
        return Listed(usual, old, usual, old)
    batch = listed_price(model, as_of, sent, batch=True)
    old_batch = listed_price(model, as_of, sent, 1, sent, batch=True) if cached else batch
    return Listed(usual, old, batch, old_batch)


def _steps(model: str, as_of: date, longest: int, cached: bool) -> tuple[int, ...]:
    """Return the lengths at which a model's prices change, none where requests up to the longest cost alike."""
    if not cached and read_ahead(model, longest):
        return ()
    found = _listed(model, as_of, longest, cached, batched=False)
    return () if isinstance(found, UserError) else price_steps(model, as_of)
