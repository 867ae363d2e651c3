"""The currency that sums are shown in; everything is reckoned in US dollars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from tunewise.costs.ranges import exactly, plain_number
from tunewise.errors import UserError, shown, unknown_name

HOME = "USD"
LARGEST_FX = 10**9
BRIEF_FROM, CENT = Decimal(100), Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency, and how many units of it one US dollar buys."""

    code: str
    per_usd: Decimal

    def say(self, usd: float | Decimal) -> str:
        """Return a sum of dollars in this currency: whole from 100 on, cents below, four digits below a cent."""
        amount = abs(exactly(usd) * self.per_usd)
        sign = "−" if usd < 0 else ""
        symbol = "$" if self.code == HOME else f"{self.code} "
        if amount == 0 or amount >= BRIEF_FROM:
            return f"{sign}{symbol}{amount:,.0f}"
        return f"{sign}{symbol}{amount:,.2f}" if amount >= CENT else f"{sign}{symbol}{amount:.2g}"

    def span(self, low: float | Decimal, high: float | Decimal) -> str:
        """Return two sums as a range, one where they read alike; a code stands once."""
        first, last = self.say(low), self.say(high)
        return first if first == last else f"{first}–{last.removeprefix(f'{self.code} ')}"

    def about(self, usd: float | Decimal) -> str:
        """Return a sum of dollars in this currency to three digits, as a forecast deserves: $2,010, $105k, $1.97m."""
        near = Decimal(f"{abs(exactly(usd) * self.per_usd):.3g}")
        if near < BRIEF_FROM:
            return self.say(usd)
        figure = brief(float(near)) if near >= BRIEF_FROM**2 else f"{near:,.0f}"
        return f"{'−' if usd < 0 else ''}{'$' if self.code == HOME else f'{self.code} '}{figure}"

    def about_span(self, low: float | Decimal, high: float | Decimal) -> str:
        """Return two sums as a range to three digits, one where they read alike."""
        first, last = self.about(low), self.about(high)
        return first if first == last else f"{first}–{last.removeprefix(f'{self.code} ')}"

    def brief(self, amount: float) -> str:
        """Return a sum that is in this currency already as an axis shows it: 1.2m, 500k, 20."""
        return f"{'$' if self.code == HOME else ''}{brief(amount)}"

    def as_record(self) -> dict[str, Any]:
        """Return the currency as plain data."""
        return {"code": self.code, "per_usd": plain_number(self.per_usd)}


def brief(number: float) -> str:
    """Return a number as an axis shows it: 1.2m, 500k, 20."""
    for size, word in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if abs(number) >= size:
            return f"{number / size:.3g}{word}"
    return f"{number:.3g}"


USD = Currency(HOME, Decimal(1))


def currency(code: str | None, fx: str | None, known: Mapping[str, str]) -> Currency:
    """Return the currency that a user asked for; raise UserError for a wrong code or rate, or one alone."""
    if code is None:
        if fx is not None:
            raise UserError("--fx: name the currency, too, such as --currency AUD")
        return USD
    wanted = code.strip().upper()
    if wanted not in known:
        raise UserError(f"--currency: {unknown_name('currency', code, known)}")
    if fx is None and wanted != HOME:
        raise UserError(f"--currency: say what 1 USD is in {wanted}, such as --fx 1.52")
    rate = Decimal(1) if fx is None else _rate(fx)
    if wanted == HOME and rate != 1:
        raise UserError(f"--fx: 1 USD is 1 USD, found {shown(fx)}")
    return Currency(wanted, rate)


def _rate(text: str) -> Decimal:
    try:
        rate = Decimal(text)
        if 0 < rate <= LARGEST_FX:
            return rate
    except InvalidOperation:
        pass
    raise UserError(f"--fx: expected a number above 0, up to {LARGEST_FX:,}, found {shown(text)}")
