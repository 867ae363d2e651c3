"""Makes the view of how sure the costs are: percentiles, the chance that tuning is cheaper, the tornado."""

from __future__ import annotations

from collections.abc import Iterator

from tunewise.costs.uncertainty import Driver, Uncertainty
from tunewise.record.evaluation import Evaluation
from tunewise.report.charts import beam
from tunewise.report.pictureview import DriverView, PercentilesView, SpreadView


def spread_view(evaluation: Evaluation) -> SpreadView | None:
    """Return the view of the uncertainty, None where there is none."""
    found = evaluation.costs.uncertainty
    return None if found is None else _Spread(evaluation).view(found)


class _Spread:
    """One case's uncertainty on its way into a view."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.costs, self.currency = evaluation.costs, evaluation.costs.currency
        first = next(iter(evaluation.rulebook.decisions))
        self.names = {
            name: evaluation.explanation.option(first, name) for name in self.costs.estimates
        }

    def view(self, found: Uncertainty) -> SpreadView:
        expected = "" if found.expected is None else self._dollars(found.expected)
        return SpreadView(
            draws=f"{found.draws:,}",
            inputs=found.ranges,
            seed=found.seed,
            cheaper="" if found.cheaper is None else _share(found.cheaper),
            expected=expected,
            totals=tuple(
                PercentilesView(
                    self.names[name], *map(self._dollars, (total.p10, total.p50, total.p90))
                )
                for name, total in found.totals.items()
            ),
            drivers=tuple(self._drivers(found)),
        )

    def _dollars(self, usd: float) -> str:
        return self.currency.say(round(usd, 2))

    def _drivers(self, found: Uncertainty) -> Iterator[DriverView]:
        if found.expected is None or not found.drivers:
            return
        ends = [end for driver in found.drivers for end in (driver.low, driver.high)]
        least, most = min(ends), max(ends)

        def share(value: float) -> int:
            return round(100 * (value - least) / (most - least))

        turn, even = share(found.expected), share(0) if least <= 0 <= most else -1
        for driver in found.drivers:
            first, last = sorted((share(driver.low), share(driver.high)))
            yield self._driver(driver, first, last, turn, even)

    def _driver(self, driver: Driver, first: int, last: int, turn: int, even: int) -> DriverView:
        low, high = self._ends(driver)
        return DriverView(
            label=self.costs.labels.get(driver.key, driver.key),
            low=low,
            high=high,
            at_low=self._dollars(driver.low),
            at_high=self._dollars(driver.high),
            start=min(first, 99),
            span=max(last - first, 1),
            turn=turn,
            even=even,
            beam=beam(first, last, turn),
        )

    def _ends(self, driver: Driver) -> tuple[str, str]:
        """Return the ends of an input in words: of a doubted figure as shares, of a rate as sums."""
        low, high = driver.at.low, driver.at.high
        if driver.key in self.costs.doubted:
            return f"{low:.0%}", f"{high:.0%}"
        if driver.key in self.costs.priced:
            return self.currency.say(low), self.currency.say(high)
        return f"{low:,.4g}", f"{high:,.4g}"


def _share(part: float) -> str:
    """Return a share of draws in percent: all and none are said of all and none alone."""
    if part in (0, 1) or 0.005 <= part < 0.995:
        return f"{part:.0%}"
    return "more than 99%" if part > 0.5 else "less than 1%"
