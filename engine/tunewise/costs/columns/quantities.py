"""Every quantity of a plan by name, for many cases at once: both branches are taken, and each row gets its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np

from tunewise.cases.columns import FactColumn
from tunewise.costs.assuming import Assumptions
from tunewise.costs.columns.axes import ALL, ROWS, Axis, Rows, either, joint
from tunewise.costs.columns.cases import Cases, Test, Use
from tunewise.costs.columns.comparing import chosen
from tunewise.costs.columns.numbers import HALF_ULP, NOTHING, Column
from tunewise.costs.columns.prices import Counts, Requests, Tariff, TokenPrices
from tunewise.costs.formulas import FORMULAS
from tunewise.costs.quantities import PRICE_FACTOR, Quantities
from tunewise.costs.ranges import Number, Range, exactly
from tunewise.knowledge.vocabulary import UNKNOWN

PRICE = ""
"""The name under which the use of a token price is noted."""
MODEL, FRONTIER = "base_model", "frontier"
TINY = 1e-100
"""Below this a number may lose digits in products of floats; no quantity but zero is so small."""


class ColumnQuantities(Cases, Quantities[Column]):
    """Every quantity of one plan by name, as quantities.py has it for one case.

    `rows` counts the cases, `columns` are their facts, `options` what each choice of the plan settled on.
    Reckons in floats, or `exact` in the decimals of the single path.
    """

    def __init__(
        self,
        rows: int,
        columns: Mapping[str, FactColumn],
        options: Mapping[str, Axis],
        assumptions: Assumptions,
        tariff: Tariff,
        exact: bool = False,
    ) -> None:
        super().__init__(rows, columns, options, assumptions, exact)
        self.tariff = tariff

    def exactly(self, rows: Rows) -> ColumnQuantities:
        """Return the quantities of some rows, reckoned in decimals."""
        columns = {id: FactColumn(c.values, c.codes[rows]) for id, c in self.columns.items()}
        options = {name: axis.at(rows) for name, axis in self.options.items()}
        return ColumnQuantities(
            len(rows), columns, options, self.assumptions, self.tariff, exact=True
        )

    # What formulas and lines ask for.

    def of(self, number: Number | Column) -> Column:
        """Return a number as a quantity."""
        return number if isinstance(number, Column) else Column.of(number)

    def ranging(self, name: str, span: Range) -> Column:
        """Return a rate as a quantity."""
        return Column.ranging([span])

    def __getitem__(self, name: str) -> Column:
        """Return a quantity; NaN in the rows that neither know nor assume it."""
        return self.once(name, lambda: self._work_out(name))

    def product(self, names: tuple[str | Number, ...]) -> tuple[Column, tuple[str, ...]]:
        """Return the product of quantities; what it rests on is traced."""
        result = self.of(1)
        for name in names:
            result = result * (self[name] if isinstance(name, str) else self.of(name))
        return result, ()

    def where(
        self,
        name: str,
        option: str,
        then: Callable[[], Column],
        otherwise: Callable[[], Column],
    ) -> Column:
        """Return one quantity where a choice or fact has a value, the other where it has not."""
        self.trace.read.add(name)
        return self._branch(Test("is", name, option), then, otherwise)

    def stated(
        self, fact: str, then: Callable[[], Column], otherwise: Callable[[], Column]
    ) -> Column:
        """Return one quantity where a case states a fact, the other where it is unknown."""
        return self._branch(Test("stated", fact), then, otherwise)

    def held(
        self, fact: str, then: Callable[[], Column], otherwise: Callable[[], Column]
    ) -> Column:
        """Return one quantity where a case states more than none of a fact, the other where it does not."""
        return self._branch(Test("held", fact), then, otherwise)

    def by(self, name: str, fact: str) -> Column:
        """Return the quantity whose name ends in a fact's value, such as peak_factor_steady."""
        options = [o for o in self.fact(fact).options[:-1] if isinstance(o, str)]
        return self._by(name, fact, options)

    def _by(self, name: str, fact: str, options: list[str]) -> Column:
        if not options:
            return self[f"{name}_{UNKNOWN}"]
        return self._branch(
            Test("known", fact, options[0]),
            lambda: self[f"{name}_{options[0]}"],
            lambda: self._by(name, fact, options[1:]),
        )

    @property
    def price(self) -> Any:
        """What the tokens of a prompted request cost, for each row; what lies in it are quantities."""
        return self.prices

    @property
    def prices(self) -> TokenPrices:
        """What the tokens of a prompted request cost."""
        return self.once(("prices",), self._prices)

    @property
    def models(self) -> Axis:
        """The model that prompting uses; where it is unknown, one of the plan's size or a frontier model."""
        (approach, *_) = self.options["approach"].options
        self.trace.read.add("approach")
        by = self.assumptions.by(MODEL)
        return (
            self.settle(MODEL, by) if approach == "prompting" else self.settle(MODEL, "", FRONTIER)
        )

    # How it is worked out.

    def _work_out(self, name: str) -> Column:
        if name in FORMULAS:
            return FORMULAS[name](self)
        if name not in self.columns:
            return self._assumed(name)
        return self._branch(
            Test("stated", name), lambda: self._numbers(name), lambda: self._assumed(name)
        )

    def _branch(
        self, test: Test, then: Callable[[], Column], otherwise: Callable[[], Column]
    ) -> Column:
        where = self.truth(test)
        if where.all():
            return then()
        if not where.any():
            return otherwise()
        here, elsewhere = self.under(test, then), self.under(test.opposite, otherwise)
        own = self.axis(test) or ROWS
        axis = joint((own, here.axis, elsewhere.axis))
        if axis is ROWS:
            return chosen(where, here.in_rows(self.exact), elsewhere.in_rows(self.exact), axis)
        wanted = np.array([option == test.option for option in own.options])[axis.places(own)]
        return chosen(wanted, here.along(axis), elsewhere.along(axis), axis)

    def _assumed(self, name: str) -> Column:
        by = self.assumptions.by(name)
        axis = self.taken(name, by)
        options = axis.options if by else axis.options[:1]
        settings = [self.assumptions.setting(name, option or "") for option in options]
        spans = [setting if isinstance(setting, Range) else None for setting in settings]
        return Column.ranging(spans, axis if by else ALL)

    def _numbers(self, name: str) -> Column:
        column = self.columns[name]
        if self.exact:
            codes, places = np.unique(column.codes, return_inverse=True)
            values = [NOTHING if code < 0 else exactly(column.values[code]) for code in codes]
            return Column((np.array(values, dtype=np.object_)[places],), ROWS)
        numbers, distinct = column.numbers, column.distinct[:-1]
        whole = bool(np.all(distinct == np.floor(distinct)))
        tiny = (numbers > 0) & (numbers < TINY)
        return Column(
            (numbers,), ROWS, 0.0 if whole else HALF_ULP, tiny if tiny.any() else None, True
        )

    def _prices(self) -> TokenPrices:
        self.trace.uses.add(Use(PRICE))
        sent = self.whole("request_input_tokens")
        self["output_tokens"]  # some prices rest on it, too
        factored = self.assumptions.given(PRICE_FACTOR)
        return self.tariff.prices(
            Requests(
                models=self.models,
                sent=sent,
                cached=self._cached(sent),
                batched=self._expected("batch_share"),
                factor=self._expected(PRICE_FACTOR) if factored else self.every(None),
            )
        )

    def _cached(self, sent: Counts) -> Counts:
        share = self._expected("cached_input_share")
        if share.among(bool).any():
            shares = np.array(share.options, dtype=np.object_)[share.codes]
            cached: Counts = (sent.astype(np.object_) * shares).astype(np.int64)
            return cached
        return np.zeros(self.rows, dtype=np.int64)

    def _expected(self, name: str) -> Axis:
        """Return what is expected of a quantity, each different decimal once or by option."""
        column = self[name].settled()
        if column.axis is ALL:
            return self.every(column.expected[0])
        if column.axis is not ROWS:
            return Axis(tuple(column.expected), column.axis.codes, self.exact)
        if not self.exact:
            column = self.exactly(np.arange(self.rows))[name].settled()
        places: dict[Decimal, int] = {}
        codes = [places.setdefault(number, len(places)) for number in column.expected]
        return Axis((*places, None), np.array(codes, dtype=np.int32), self.exact)

    def whole(self, name: str) -> Counts:
        """Return the whole part of what is expected of a quantity."""
        column = self[name].settled().in_rows(self.exact)
        values = np.broadcast_to(column.expected, (self.rows,))
        if not column.floats:
            whole: Counts = values.astype(np.int64)
            return whole
        found: Counts = np.nan_to_num(values).astype(np.int64)
        unsure = either(column.doubt, column.near_whole())
        if unsure is not None:
            rows = np.flatnonzero(np.broadcast_to(unsure, (self.rows,)))
            found[rows] = self.exactly(rows).whole(name)
        return found
