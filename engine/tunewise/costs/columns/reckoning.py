"""Works out the costs of many cases: their plans' lines, totals, break-evens, and the rows that have none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tunewise.cases.columns import UNKNOWN, FactColumn, FactTable
from tunewise.costs.book import CostBook, Ending
from tunewise.costs.caveats import later
from tunewise.costs.columns.assumed import Used, assumed
from tunewise.costs.columns.axes import Axis, Truths
from tunewise.costs.columns.breakeven import BreakEvens
from tunewise.costs.columns.capacity import capacity
from tunewise.costs.columns.cases import Test, Trace
from tunewise.costs.columns.cents import Cents
from tunewise.costs.columns.failures import failures
from tunewise.costs.columns.lines import PlanLines, per_thousand
from tunewise.costs.columns.prices import Tariff
from tunewise.costs.columns.quantities import MODEL, PRICE, ColumnQuantities
from tunewise.costs.columns.table import CostTable, EstimateColumns, Figures, Whole, truth
from tunewise.costs.model import CostModel
from tunewise.costs.reckoning import PREFIXES, PROMPTING, TUNING
from tunewise.errors import EngineError, UserError
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.vocabulary import LARGEST

Plan = Mapping[str, FactColumn]
"""The options of one approach by decision; a decision that is blocked is unknown, or says so."""

COMMITMENT = "commitment_months"
PARTS = ("initial", "monthly", "horizon")
ENDLESS = date.max.toordinal() + 1


class TableReckoning:
    """The costs of one table under one cost model."""

    def __init__(
        self,
        model: CostModel,
        book: CostBook,
        tariff: Tariff,
        table: FactTable,
        plans: Mapping[str, Plan],
    ) -> None:
        self.model, self.book, self.tariff = model, book, tariff
        self.table, self.plans = table, plans
        self.case = self._quantities({})
        self.months, self._rests = self.case.traced(self._months)
        size, trace = self.case.traced(lambda: self.case.text("organisation"))
        self._rests.add(trace)
        self.lines = {
            approach: PlanLines(approach, self._quantities(self._options(approach, size)), book)
            for approach in plans
        }

    def _quantities(self, options: Mapping[str, Axis]) -> ColumnQuantities:
        table = self.table
        return ColumnQuantities(
            table.rows, table.columns, options, self.model.assumptions, self.tariff
        )

    def _options(self, approach: str, size: Axis) -> dict[str, Axis]:
        """Return the options of a plan; a decision that is blocked has the cost book's."""
        none = np.full(self.table.rows, UNKNOWN, dtype=np.int32)
        blocked = dict.fromkeys(self.book.plan, FactColumn((), none))
        return {
            **{
                decision: _filled(column, self.book.plan.get(decision))
                for decision, column in {**blocked, **self.plans[approach]}.items()
            },
            "approach": Axis((approach, None), none + np.int32(1)),
            "organisation": size,
        }

    def _months(self) -> Whole:
        """Return the horizon: the commitment, where it is known and not zero, or what is assumed."""
        test = Test("held", COMMITMENT)
        committed = self.case.holds(frozenset((test,)))
        assumed = self.case.under(test.opposite, lambda: self.case.whole("horizon_months"))
        if not committed.any():
            return assumed
        stated = np.nan_to_num(self.table.columns[COMMITMENT].numbers).astype(np.int64)
        return np.where(committed, stated, assumed)

    def costs(self) -> CostTable:
        """Return everything that the cases cost."""
        estimates = {approach: self._estimate(lines) for approach, lines in self.lines.items()}
        break_even = None
        if {PROMPTING, TUNING} <= self.lines.keys():
            break_even = BreakEvens.of(self.lines[PROMPTING], self.lines[TUNING])
        facts = self.model.rulebook.facts
        return CostTable(
            rows=self.table.rows,
            horizon_months=self.months,
            estimates=estimates,
            break_even=break_even,
            facts={
                id: column
                for id, column in self._computed(estimates, break_even).items()
                if id in facts and facts[id].origin == "computed"
            },
            failed=self._failed(estimates),
            prices=[(priced, lines.q.prices.axis) for priced, lines in self._priced],
            assume=lambda: assumed(self._used(), self.model.assumptions, facts),
        )

    def _failed(self, estimates: Mapping[str, EstimateColumns]) -> dict[int, UserError]:
        models = self.table.columns.get(MODEL)
        return failures(models, self.tariff, estimates, self.months, self._reason)

    def _reason(self, row: int) -> UserError:
        """Return what the single path says of a row that has no costs."""
        plans = {
            approach: {name: str(one.value(row) or BLOCKED) for name, one in plan.items()}
            for approach, plan in self.plans.items()
        }
        try:
            self.model.estimate(self.table.facts(row), plans)
        except UserError as error:
            return error
        raise EngineError(f"the columns and the single case disagree on the costs of row {row}")

    def _estimate(self, lines: PlanLines) -> EstimateColumns:
        months = self.months.astype(np.float64)
        initial, monthly = lines.totals["initial"], lines.totals["monthly"]
        horizon = initial + monthly.times(months)
        per = per_thousand(lines.q, horizon, months)
        return EstimateColumns(lines.approach, lines.lines, initial, monthly, horizon, per)

    def _computed(
        self, estimates: Mapping[str, EstimateColumns], break_even: BreakEvens | None
    ) -> dict[str, FactColumn]:
        """Return the facts that rules may test: expected values."""
        found: dict[str, FactColumn] = {}
        for approach, estimate in estimates.items():
            for part in PARTS:
                cents: Cents = getattr(estimate, part)
                name = f"{PREFIXES.get(approach, approach)}_{part}_usd"
                found[name] = Figures(cents.expected / 100)
        if break_even is not None:
            months = np.where(break_even.expected <= LARGEST, break_even.rounded(1), np.nan)
            found["break_even_months"] = Figures(months)
            found["tuning_pays_back"] = truth(break_even.within(self.months.astype(np.float64)))
        found["base_model_ends"] = truth(self._ends())
        found["tuning_service_ends"] = truth(self._tuning_ends())
        if TUNING in self.lines:
            found |= capacity(self.lines[TUNING].q)
        return found

    @cached_property
    def _priced(self) -> list[tuple[Truths, PlanLines]]:
        """The approaches that pay for tokens, with the rows in which they do."""
        found = ((lines.using(PRICE), lines) for lines in self.lines.values())
        return [(priced, lines) for priced, lines in found if priced.any()]

    def _ends(self) -> Truths:
        """Return where a model that is priced is shut down within the horizon."""
        found = np.zeros(self.table.rows, dtype=np.bool_)
        for priced, lines in self._priced:
            found |= priced & (self._end(lines.q) <= self._last_days)
        return found

    def _tuning_ends(self) -> Truths:
        """Return where the service that tunes the models of a case's provider closes within the horizon."""
        models = self.table.columns.get(MODEL)
        if models is None:
            return np.zeros(self.table.rows, dtype=np.bool_)
        providers = [str(model).partition("/")[0].lower() for model in models.values]
        endings = [self.book.tuning_ending(provider) for provider in providers]
        days = np.array([*map(_day, endings), ENDLESS])
        return days[models.codes] <= self._last_days

    @cached_property
    def _last_days(self) -> npt.NDArray[np.int64]:
        """The last day of each row's horizon, as an ordinal."""
        distinct, which = np.unique(self.months, return_inverse=True)
        days = [later(self.model.as_of, months).toordinal() for months in distinct.tolist()]
        return np.array(days, dtype=np.int64)[which.reshape(-1)]

    def _end(self, q: ColumnQuantities) -> npt.NDArray[np.int64]:
        """Return the day on which each row's model ends, by its own name or by that of its price."""
        models, prices = q.models, q.prices.axis
        ours = self._days(models.options)[models.codes]
        theirs = self._days(price and price.model for price in prices.options)[prices.codes]
        return np.where(ours == ENDLESS, theirs, ours)

    def _days(self, models: Iterable[str | None]) -> npt.NDArray[np.int64]:
        endings = [self.book.ending([model] if model else []) for model in models]
        return np.array([_day(ending) for ending in endings], dtype=np.int64)

    def _used(self) -> Iterator[Used]:
        """Yield what each part of the costs used, and in which rows."""
        every = np.ones(self.table.rows, dtype=np.bool_)
        yield Used(self.case, every, self._rests.uses)
        for q in (self.case, *(lines.q for lines in self.lines.values())):
            yield Used(q, every, _resting(q, "requests_per_month").uses)
        for lines in self.lines.values():
            for worked in lines.worked.values():
                yield Used(lines.q, worked.applies, worked.trace.uses)


def _resting(q: ColumnQuantities, name: str) -> Trace:
    return q.traced(lambda: q[name])[1]


def _day(ending: Ending | None) -> int:
    """Return the day of an ending as an ordinal."""
    return date.fromisoformat(ending.ends).toordinal() if ending else ENDLESS


def _filled(column: FactColumn, usual: str | None) -> Axis:
    """Return the options of a decision, the usual one where it is blocked."""
    values = [usual if value == BLOCKED else value for value in column.values]
    usual_place = UNKNOWN if usual is None else len(values)
    codes = np.where(column.codes == UNKNOWN, np.int32(usual_place), column.codes)
    return Axis((*values, usual, None) if usual is not None else (*values, None), codes)
