"""Token prices read ahead from genai-prices: the same figures without loading the package, which takes 0.2 s."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from tunewise.costs.ranges import exactly, plain_number

SHEET = "costs/token_prices.json"
PACKAGE = "genai_prices"
PRICE_DIGITS = 9
"""Decimals of a dollar that are shown: a price that was mixed has no more to tell."""


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """What a request's tokens cost, in USD per million, with the model the price belongs to.

    `context_window` is the most tokens that one request may hold, None where it is not listed.
    """

    model: str
    input_usd_per_mtok: float
    output_usd_per_mtok: float
    context_window: int | None

    def times(self, factor: float) -> TokenPrice:
        """Return the same at a multiple of these prices."""
        sides = (self.input_usd_per_mtok * factor, self.output_usd_per_mtok * factor)
        return replace(self, input_usd_per_mtok=sides[0], output_usd_per_mtok=sides[1])

    def as_record(self) -> dict[str, Any]:
        """Return the price as plain data."""
        return {
            "model": self.model,
            "input_usd_per_mtok": plain_number(round(self.input_usd_per_mtok, PRICE_DIGITS)),
            "output_usd_per_mtok": plain_number(round(self.output_usd_per_mtok, PRICE_DIGITS)),
        }


def read_ahead(model: str, input_tokens: int) -> TokenPrice | None:
    """Return the price of a model that costs the same on any day.

    None where it is not on the sheet, where so long a request costs more, and where the sheet was made from
    another version of the package than the one installed: the package is then asked itself.
    """
    row = _models().get(model)
    if row is None:
        return None
    sent, received, window, below = row
    if below is not None and input_tokens >= below:
        return None
    return TokenPrice(model, float(sent), float(received), window)


@cache
def _models() -> dict[str, tuple[str, str, int | None, int | None]]:
    sheet: dict[str, Any] = json.loads(files("tunewise.rules").joinpath(SHEET).read_text("utf-8"))
    return sheet["models"] if sheet[PACKAGE] == version(PACKAGE) else {}


def models_read_ahead() -> list[str]:
    """Return the models that have one price for all days."""
    return list(_models())


def price_sheet_text(models: dict[str, TokenPrice], below: dict[str, int | None]) -> str:
    """Return the sheet as text, one line a model: in, out, context window, longest input at that price."""
    rows = [
        f"{json.dumps(name)}: "
        + json.dumps(
            [
                _text(p.input_usd_per_mtok),
                _text(p.output_usd_per_mtok),
                p.context_window,
                below[name],
            ]
        )
        for name, p in sorted(models.items())
    ]
    listed = ",\n    ".join(rows)
    return f'{{\n  "{PACKAGE}": "{version(PACKAGE)}",\n  "models": {{\n    {listed}\n  }}\n}}\n'


def _text(price: float) -> str:
    return f"{exactly(price).normalize():f}"
