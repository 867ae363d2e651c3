"""Tells how old the rates are, and which are due to be looked at again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from tunewise.costs.book import Basis, CostBook
from tunewise.costs.files import COSTS_FOLDER
from tunewise.errors import Problem
from tunewise.knowledge.rulebook import Rulebook
from tunewise.reading import parse_yaml


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate or an assumption with the day on which it was checked, and the last day of its validity.

    `due` is None where rates of its basis do not age.
    """

    key: str
    basis: Basis
    checked: date
    due: date | None

    def age(self, as_of: date) -> int:
        """Return the days since it was checked, below zero before that day."""
        return (as_of - self.checked).days

    def overdue(self, as_of: date) -> bool:
        """Whether its review is past due on that day."""
        return self.due is not None and as_of > self.due


def rates(book: CostBook) -> Iterator[Rate]:
    """Yield the assumptions and rates that were checked on a day, in the book's order."""
    for assumption in book.assumptions.values():
        if assumption.checked:
            yield _rate(book, assumption.id, "assumed", assumption.checked)
    for component in book.components.values():
        yield _rate(book, component.id, component.basis, component.checked)


def _rate(book: CostBook, key: str, basis: Basis, checked: str) -> Rate:
    day, days = date.fromisoformat(checked), book.review.get(basis)
    return Rate(key, basis, day, None if days is None else day + timedelta(days))


def overdue(book: CostBook, as_of: date) -> tuple[Rate, ...]:
    """Return the rates whose review is past due on a day."""
    return tuple(rate for rate in rates(book) if rate.overdue(as_of))


def overdue_problems(rulebook: Rulebook, book: CostBook, as_of: date) -> Iterator[Problem]:
    """Yield a problem, with file and line, for each rate of a rulebook whose review is past due."""
    late = {rate.key: rate for rate in overdue(book, as_of)}
    for name in rulebook.texts if late else ():
        if not name.startswith(COSTS_FOLDER):
            continue
        document = parse_yaml(rulebook.texts[name], f"{rulebook.place}/{name}")
        stem = name.removeprefix(COSTS_FOLDER).removesuffix(".yaml")
        for part, prefix in (("assumptions", ""), ("components", f"{stem}.")):
            for entry in document.data.get(part) or {}:
                if rate := late.get(prefix + entry):
                    message = f"checked {rate.checked}, due for review since {rate.due}"
                    yield document.problem((part, entry, "checked"), message, rate.key)
