"""How prices move over the months that are reckoned with, and what later payments are worth today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunewise.costs.measures import MONTHS_A_YEAR, Formula

if TYPE_CHECKING:
    from tunewise.costs.kernel import Number
    from tunewise.costs.quantities import Quantities
    from tunewise.costs.ranges import Range

LONGEST_YEARS = 100
"""Years that a use case runs at most."""


def _months(q: Quantities, price: Range, left: Range) -> Range:
    """Add up the months of each year, each at `price` to the power of the years that have gone by, discounted."""
    year = q.of(float(MONTHS_A_YEAR))
    later, worth, found = price.over(q.of(1.0) + q["discount_rate"]), q.of(1.0), q.of(0.0)
    for _ in range(LONGEST_YEARS):
        found = found + left.at_most(year) * worth
        left, worth = left.beyond(year), worth * later
        if not q.kernel.any(left.expected > 0):
            break
    return found


def _falling(fall: str, words: str, name: str) -> Formula:
    return Formula(
        name,
        "months",
        words,
        lambda q: _months(q, q[fall].rest(), q["horizon"]),
        ("JUDGEMENT.60",),
    )


PRICE_PATH = (
    Formula(
        "horizon",
        "months",
        "months that are reckoned with: those that the use case runs, else those assumed, in whole ones",
        lambda q: q.held(
            "commitment_months", lambda: q["commitment_months"], lambda: q["horizon_months"]
        ).rounded_down(),
    ),
    Formula(
        "paid_months",
        "months",
        "months of the horizon, those of later years discounted",
        lambda q: _months(q, q.of(1.0), q["horizon"]),
    ),
    _falling(
        "token_price_fall",
        "months of the horizon at the token prices of the day: each year's are lower by the fall, and discounted",
        "token_months",
    ),
    _falling(
        "card_price_fall",
        "months of the horizon at the card prices of the day: each year's are lower by the fall, and discounted",
        "card_months",
    ),
)

FALLS = {"token_months": "token_price_fall", "card_months": "card_price_fall"}
"""The fall that each way to count months rests on."""


def _of_a_year(q: Quantities, paid: str) -> Range:
    """Return the price of a year over that of the year before."""
    return q[FALLS[paid]].rest() if paid in FALLS else q.of(1.0)


def months_until(q: Quantities, paid: str, month: float) -> Range:
    """Return what the months up to one come to at the price of the day, counted as those of the horizon are."""
    return _months(q, _of_a_year(q, paid), q.of(float(month)))


def yearly(q: Quantities, paid: str) -> Number:
    """Return what a payment of one year is over that of the year before, as expected: lower prices, discounted."""
    return _of_a_year(q, paid).over(q.of(1.0) + q["discount_rate"]).percentiles().expected
