"""Draws the map of a portfolio: effort across, use upward, both by order of magnitude."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from tunewise.costs.currency import Currency, brief
from tunewise.portfolio.tally import PortfolioEntry
from tunewise.portfolio.view import Dot, MapView
from tunewise.report.charts import Label, Scale, Stroke

MAP_WIDTH, MAP_HEIGHT = 480, 330
MAP_LEFT, MAP_RIGHT, MAP_TOP, MAP_BOTTOM = 46, 462, 12, 284


def map_view(
    entries: Sequence[PortfolioEntry], options: Mapping[str, str], currency: Currency
) -> MapView | None:
    """Return the map of the rows that have a price, None where there are none; `options` have their words."""
    rate = float(currency.per_usd)
    placed = [
        (entry, max(entry.sums.initial * rate, 1.0), max(entry.requests, 1.0))
        for entry in entries
        if entry.sums is not None
    ]
    if not placed:
        return None
    x = _scale([effort for _, effort, _ in placed], MAP_LEFT, MAP_RIGHT)
    y = _scale([requests for *_, requests in placed], MAP_BOTTOM, MAP_TOP)
    kinds = {option: f"s{number}" for number, option in enumerate(options, 1)}
    dots = [
        Dot(x.place(effort), y.place(requests), kinds[entry.approach], entry.name)
        for entry, effort, requests in placed
    ]
    used = {dot.kind for dot in dots}
    return MapView(
        width=MAP_WIDTH,
        height=MAP_HEIGHT,
        strokes=tuple(_grid(x, y)),
        labels=tuple(_labels(x, y, currency)),
        dots=tuple(dots),
        key=tuple((kind, options[option]) for option, kind in kinds.items() if kind in used),
    )


def _scale(values: Iterable[float], start: float, end: float) -> Scale:
    """Return a scale of whole powers of ten around the values."""
    held = list(values)
    low, high = math.floor(math.log10(min(held))), math.ceil(math.log10(max(held)))
    return Scale(10.0**low, 10.0 ** max(high, low + 1), start, end, logarithmic=True)


def _grid(x: Scale, y: Scale) -> Iterable[Stroke]:
    for tick in y.ticks():
        yield Stroke("grid", f"M{MAP_LEFT} {y.place(tick)}H{MAP_RIGHT}")
    for tick in x.ticks():
        yield Stroke("grid", f"M{x.place(tick)} {MAP_TOP}V{MAP_BOTTOM}")


def _labels(x: Scale, y: Scale, currency: Currency) -> Iterable[Label]:
    for tick in y.ticks():
        yield Label(MAP_LEFT - 6, y.place(tick) + 4, "end", brief(tick))
    for tick in x.ticks():
        yield Label(x.place(tick), MAP_BOTTOM + 17, "middle", currency.brief(tick))
    yield Label(MAP_RIGHT, MAP_HEIGHT - 12, "end", "effort: what it costs at first")
    yield Label(MAP_LEFT, MAP_HEIGHT - 12, "start", "upward, value: requests a month")
