"""Makes the pictures of the costs: over time, over the load, and what totals are made of."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import cycle

from tunewise.costs.currency import Currency, brief
from tunewise.costs.estimates import Estimate
from tunewise.costs.estimator import PROMPTING_APPROACH
from tunewise.costs.ranges import Range
from tunewise.knowledge.vocabulary import LARGEST_NUMBER, with_unit
from tunewise.record.evaluation import Evaluation
from tunewise.report.charts import Axes, Series, across, plot, upward
from tunewise.report.pictureview import (
    ChartRowView,
    KeyView,
    LinesView,
    MakeUpView,
    PicturesView,
    PieceView,
    PlotView,
)
from tunewise.report.presenting_spread import spread_view

PIECES, LOADS = 6, 25
PLOT_WIDTH, PLOT_HEIGHT, MARKS = 56, 9, "•×+"
LEAST = 1.0
"""The smallest sum on a logarithmic scale, in the currency shown."""


def pictures_view(evaluation: Evaluation) -> PicturesView:
    """Return the pictures of the costs of a case that has any."""
    return _Pictures(evaluation).view()


class _Pictures:
    """One case's costs on their way into pictures."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation, self.costs = evaluation, evaluation.costs
        self.estimates, self.months = self.costs.estimates, self.costs.horizon_months
        self.currency: Currency = self.costs.currency
        self.first = next(iter(evaluation.rulebook.decisions))
        self.kinds = {name: f"s{number}" for number, name in enumerate(self.estimates, 1)}

    def view(self) -> PicturesView:
        return PicturesView(
            over_time=self._over_time(),
            over_load=self._over_load(),
            make_up=tuple(self._make_up()),
            spread=spread_view(self.evaluation),
        )

    def _label(self, approach: str) -> str:
        return self.evaluation.explanation.option(self.first, approach)

    def _shown(self, usd: float) -> float:
        return usd * float(self.currency.per_usd)

    def _point(self, x: float, sums: Range) -> tuple[float, float, float, float]:
        low, expected, high = map(self._shown, sums.values)
        return x, low, expected, high

    def _said(self, sums: Range) -> str:
        expected, span = self.currency.say(sums.expected), self.currency.span(sums.low, sums.high)
        return expected if span == expected else f"{expected} ({span})"

    # Over time.

    def _over_time(self) -> LinesView:
        series = [
            Series(
                self.kinds[name],
                tuple(self._point(month, one.after(month)) for month in self._quarters),
            )
            for name, one in self.estimates.items()
        ]
        most = max(high for one in series for _, _, _, high in one.points) or 1.0
        axes = Axes(
            across(0, self.months),
            upward(0, most),
            lambda x: f"{x:g}",
            self.currency.brief,
            "months",
        )
        return LinesView(
            axes.chart(series, self._pays_back()),
            self._keys(self.estimates),
            tuple(self._months()),
            self._plot(),
        )

    def _pays_back(self) -> tuple[float, float, str] | None:
        """Return where the expected lines of tuning and prompting cross within the horizon."""
        even = self.costs.break_even
        months = even.months.expected if even else None
        if not months or months > self.months:
            return None
        cost = self.estimates[PROMPTING_APPROACH].after(months).expected
        return (
            float(months),
            self._shown(cost),
            f"pays back after {with_unit(f'{months:.2g}', 'months')}",
        )

    def _keys(self, approaches: Iterable[str]) -> tuple[KeyView, ...]:
        return tuple(
            KeyView(self.kinds[name], self._label(name), mark)
            for name, mark in zip(approaches, cycle(MARKS))
        )

    def _plot(self) -> PlotView:
        """Return the expected lines over time in text."""
        most = max(one.horizon.expected for one in self.estimates.values())
        months = [self.months * column / (PLOT_WIDTH - 1) for column in range(PLOT_WIDTH)]
        lines = [
            (mark, [one.after(month).expected for month in months])
            for one, mark in zip(self.estimates.values(), cycle(MARKS))
        ]
        return PlotView(plot(lines, float(most), PLOT_HEIGHT), self.currency.say(most))

    @property
    def _quarters(self) -> Sequence[int]:
        """The start, each quarter of the horizon and its end, in months."""
        return sorted({self.months * part // 4 for part in range(5)})

    def _months(self) -> Iterator[ChartRowView]:
        """Yield the sums up to the months that the chart is drawn through."""
        for month in self._quarters:
            sums = (one.after(month) for one in self.estimates.values())
            yield ChartRowView(str(month), tuple(map(self._said, sums)))

    # Over the load.

    def _over_load(self) -> LinesView | None:
        even = self.costs.break_even
        if even is None or self.costs.at_loads is None:
            return None
        crossing, here = even.requests_per_month.expected, self.costs.load
        loads = _loads([float(load) for load in (crossing, here) if load])
        found = self.costs.at_loads([round(load) for load in loads])
        series = [
            Series(
                self.kinds[name],
                tuple(self._point(load, one) for load, one in zip(loads, sums, strict=True)),
            )
            for name, sums in found.items()
        ]
        sums = [max(y, LEAST) for one in series for _, *ys in one.points for y in ys]
        axes = Axes(
            across(loads[0], loads[-1], logarithmic=True),
            upward(*_decades(min(sums), max(sums)), logarithmic=True),
            brief,
            self.currency.brief,
            "requests a month",
        )
        chart = axes.chart(series, self._even(crossing, found, loads), self._here(here))
        return LinesView(chart, self._keys(found), tuple(self._load_rows(loads, found)))

    def _here(self, load: float) -> tuple[float, str] | None:
        return (float(load), "this load") if load > 0 else None

    def _even(
        self, crossing: float | None, found: Mapping[str, Sequence[Range]], loads: Sequence[float]
    ) -> tuple[float, float, str] | None:
        """Return the point from which tuning costs no more, where it lies on the chart."""
        if not crossing or not loads[0] <= float(crossing) <= loads[-1]:
            return None
        assert self.costs.at_loads is not None  # noqa: S101 - as the caller found
        (sums,) = self.costs.at_loads([int(crossing)])[PROMPTING_APPROACH]
        return float(crossing), self._shown(sums.expected), f"even at {brief(float(crossing))}"

    def _load_rows(
        self, loads: Sequence[float], found: Mapping[str, Sequence[Range]]
    ) -> Iterator[ChartRowView]:
        """Yield the sums at each power of ten."""
        for number, load in enumerate(loads):
            if math.isclose(math.log10(load) % 1, 0, abs_tol=1e-9):
                yield ChartRowView(
                    f"{load:,.0f}", tuple(self._said(sums[number]) for sums in found.values())
                )

    # What totals are made of.

    def _make_up(self) -> Iterator[MakeUpView]:
        full = max(one.horizon.expected for one in self.estimates.values())
        chosen = self.evaluation.conclusions.recommendation[self.first]
        for name, one in self.estimates.items():
            pieces = self._pieces(one)
            most = PIECES if len(pieces) > PIECES + 1 else len(pieces)  # no line for a single one
            shown, rest = pieces[:most], pieces[most:]
            if rest:
                shown.append(("", sum((amount for _, amount in rest), 0.0)))
            yield MakeUpView(
                label=self._label(name),
                chosen=name == chosen,
                total=self.currency.say(one.horizon.expected),
                pieces=tuple(self._piece(item, amount, full) for item, amount in shown),
                rest=len(rest),
            )

    def _pieces(self, estimate: Estimate) -> list[tuple[str, float]]:
        """Return what each line adds to the expected total, the largest first."""
        pieces = zip(estimate.lines, estimate.pieces(self.months), strict=True)
        found = [(line.item, sums.expected) for line, sums in pieces if sums.expected > 0]
        return sorted(found, key=lambda piece: -piece[1])

    def _piece(self, item: str, amount: float, full: float) -> PieceView:
        share = round(100 * amount / full) if full else 0
        return PieceView(item, self.currency.say(amount), share)


def _loads(of_interest: Sequence[float]) -> list[float]:
    """Return loads in even steps of magnitude, a power of ten beyond what is of interest on either side."""
    low, high = _decades(min(of_interest, default=1000), max(of_interest, default=1000))
    first = max(round(math.log10(low)) - 1, 0)
    last = min(max(round(math.log10(high)) + 1, first + 2), round(math.log10(LARGEST_NUMBER)))
    each = max(2, LOADS // (last - first))
    return [10 ** (first + number / each) for number in range(each * (last - first) + 1)]


def _decades(low: float, high: float) -> tuple[float, float]:
    """Return the powers of ten that enclose two numbers, at least one apart."""
    first = math.floor(math.log10(max(low, LEAST)))
    last = math.ceil(math.log10(max(high, LEAST)))
    return 10.0**first, 10.0 ** max(last, first + 1)
