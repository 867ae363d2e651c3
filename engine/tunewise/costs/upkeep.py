"""What people check and what is looked up each month: answers, hours, and an index and its reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunewise.costs.measures import Formula, millions

if TYPE_CHECKING:
    from tunewise.costs.quantities import Quantities
    from tunewise.costs.ranges import Range

MINUTES_AN_HOUR = 60
LEAST_READ_UNITS = 0.25
"""Read units that a search costs at least; one for each GB searched."""


def _reviewed_answers(q: Quantities) -> Range:
    """All of them wait for a person, as far as there are people for it, or a share of them is looked at."""
    load = q["requests_per_month"]

    def checked() -> Range:
        most = q.where(
            "oversight",
            "human_review",
            lambda: q["review_capacity"],
            lambda: q["sampled_answers"],
        )
        return load.at_most(most)

    return q.stated("review_share", lambda: load * q["review_share"], checked)


def _vector_store_usd(q: Quantities) -> Range:
    return q["vector_plan_usd"].at_least(q["vector_gb"] * q["vector_gb_usd"])


def _vector_read_units(q: Quantities) -> Range:
    units = q["vector_gb"].at_least(q.of(LEAST_READ_UNITS))
    return millions(q, q["requests_per_month"] * units)


UPKEEP = (
    Formula(
        "reviewed_answers",
        "answers a month",
        "answers that people check: the stated share, else all that wait for a person or a sample, as many as they can",
        _reviewed_answers,
        ("JUDGEMENT.59",),
    ),
    Formula(
        "review_hours",
        "hours a month",
        "hours of checking: answers that people check x minutes for each / 60",
        lambda q: (q["reviewed_answers"] * q["review_minutes"]).over(q.of(MINUTES_AN_HOUR)),
        ("UCLA_NOTES.1",),
    ),
    Formula(
        "vector_gb",
        "GB",
        "size of the index over the documents: their million tokens x GB of each",
        lambda q: q["corpus_mtok"] * q["vector_gb_per_mtok"],
        ("VECTOR_PRICES.3",),
    ),
    Formula(
        "vector_store_usd",
        "USD a month",
        "what a vector store bills for keeping the index: its GB x their price, at least the plan",
        _vector_store_usd,
        ("VECTOR_PRICES.1",),
    ),
    Formula(
        "vector_read_units",
        "million read units a month",
        "searches x read units of each: one a GB searched, at least a quarter",
        _vector_read_units,
        ("VECTOR_PRICES.2",),
    ),
)
