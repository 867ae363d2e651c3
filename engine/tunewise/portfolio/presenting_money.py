"""Puts the money of a portfolio into words: what is recommended costs, what others would, and what budgets say."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tunewise.costs.currency import Currency
from tunewise.explaining.explanation import Explanation
from tunewise.knowledge.rulebook import Rulebook
from tunewise.portfolio.spending import Spending, beyond, spending, with_one
from tunewise.portfolio.sums import Sums
from tunewise.portfolio.tally import Portfolio
from tunewise.portfolio.view import BeyondView, MoneyView, OverBudgetView


class PortfolioMoney:
    """The sums of a portfolio in a currency."""

    def __init__(self, portfolio: Portfolio, rulebook: Rulebook, currency: Currency) -> None:
        self._portfolio, self._currency = portfolio, currency
        self._explanation = Explanation(rulebook)
        self._first = next(iter(rulebook.decisions.values()))

    def parts(self) -> tuple[MoneyView, ...]:
        """Return what the rows of each approach that was decided for cost."""
        *parts, _ = spending(self._portfolio, self._first.options)
        return tuple(map(self._sum, parts))

    def total(self) -> MoneyView | None:
        """Return what all rows cost that anything is recommended for, None where there are none."""
        *_, whole = spending(self._portfolio, self._first.options)
        return self._sum(whole) if self._portfolio.bills else None

    def compared(self) -> Iterator[MoneyView]:
        """Yield what each approach would cost in the same rows."""
        yield from map(self._sum, with_one(self._portfolio, self._first.options))

    def over_budget(self) -> OverBudgetView | None:
        """Return in how many rows a month costs more than is stated to be there, None where no row states it."""
        held = self._portfolio
        if not held.budgeted_rows:
            return None
        return OverBudgetView(f"{held.over_budget_rows:,}", f"{held.budgeted_rows:,}")

    def beyond(self) -> Iterator[BeyondView]:
        """Yield what each approach costs beyond the first, which does least, in the rows that it is taken in."""
        bills, (least, *others) = self._portfolio.bills, self._first.options
        for approach in others:
            if approach in bills:
                apart = beyond(bills, approach, least)
                yield BeyondView(
                    approach=self._option(approach),
                    least=self._option(least),
                    rows=f"{bills[approach][approach].rows:,}",
                    apart=self._about(abs(apart.expected)),
                    dearer=apart.expected > 0,
                    span=self._span(apart),
                )

    def _sum(self, one: Spending) -> MoneyView:
        return MoneyView(
            label=self._option(one.approach) if one.approach else "all together",
            rows=f"{one.rows:,}",
            initial=self._about(one.sums.initial),
            monthly=self._about(one.sums.monthly),
            expected=self._about(one.sums.expected),
            span=self._span(one.sums),
            holes=one.holes,
        )

    def _option(self, approach: str) -> str:
        return self._explanation.option(self._first.id, approach)

    def _about(self, usd: float) -> str:
        return self._currency.about(exact(usd))

    def _span(self, held: Sums) -> str:
        return self._currency.about_span(exact(held.low), exact(held.high))


def exact(usd: float) -> Decimal:
    """Return a sum of dollars to the cent."""
    return Decimal(str(round(usd, 2)))
