"""Values by date: what a cost book says on one day, and of what it knows nothing then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

import msgspec

from tunewise.costs.book import Assumption, Component, CostBook
from tunewise.costs.settings import DatedValue, Setting


@dataclass(slots=True)
class _Day:
    """Takes values by date to one day; notes since when each holds, and what was asked before its first date."""

    day: str
    since: dict[str, str] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)

    def held(self, key: str, values: tuple[DatedValue, ...]) -> DatedValue:
        """Return the value that holds on the day; the earliest that is known where none is known to."""
        past = [value for value in values if value.since <= self.day]
        if past:
            self.since[key] = max(past[-1].since, self.since.get(key, ""))
            return past[-1]
        self.before[key] = values[0].since
        return values[0]


def on_day(book: CostBook, as_of: date) -> CostBook:
    """Return the cost book of a day: each value by date gives way to the one that held then."""
    at = _Day(as_of.isoformat())
    return replace(
        book,
        assumptions={id: _assumption(at, one) for id, one in book.assumptions.items()},
        components={id: _component(at, one) for id, one in book.components.items()},
        since=at.since,
        before=at.before,
    )


def _component(at: _Day, component: Component) -> Component:
    if not isinstance(component.rate, tuple):
        return component
    held = at.held(component.id, component.rate)
    return msgspec.structs.replace(
        component,
        rate=held.value,
        sources=held.sources or component.sources,
        checked=held.checked or component.checked,
        note=held.note or component.note,
    )


def _assumption(at: _Day, assumption: Assumption) -> Assumption:
    written = {"": assumption.value, **assumption.values}
    dated = {key: one for key, one in written.items() if isinstance(one, tuple)}
    if not dated:
        return assumption
    held = {key: at.held(assumption.id, one) for key, one in dated.items()}
    plain: dict[str, Setting] = {key: one.value for key, one in held.items()}
    sources = dict.fromkeys(source for one in held.values() for source in one.sources)
    checked = [one.checked for one in held.values() if one.checked]
    return msgspec.structs.replace(
        assumption,
        value=plain.pop("", assumption.value),
        values={**assumption.values, **plain},
        sources=tuple(sources) or assumption.sources,
        checked=min(checked, default=assumption.checked),
    )


def dated_values(
    assumption: Assumption | Component,
) -> Iterator[tuple[tuple[str, ...], tuple[DatedValue, ...]]]:
    """Yield each list of values by date with the keys that lead to it."""
    if isinstance(assumption, Component):
        written: dict[tuple[str, ...], object] = {("rate",): assumption.rate}
    else:
        written = {("values", key): value for key, value in assumption.values.items()}
        written[("value",)] = assumption.value
    for where, value in written.items():
        if isinstance(value, tuple):
            yield where, value
