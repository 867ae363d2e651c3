"""The facts and choices of many cases, what is assumed in their place, and a trace of what was read of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import numpy as np

from tunewise.cases.columns import FactColumn
from tunewise.costs.assuming import Assumptions
from tunewise.costs.columns.axes import Axis, Truths

T = TypeVar("T")


class Test(NamedTuple):
    """What a row is asked: whether it has an option, or whether a fact is stated, held or settled."""

    kind: str
    name: str
    option: str = ""
    holds: bool = True

    @property
    def opposite(self) -> Test:
        """The test that holds where this one does not."""
        return self._replace(holds=not self.holds)


class Use(NamedTuple):
    """An assumption that was taken, for an option or that of a choice, in the rows for which all tests hold."""

    name: str
    by: str = ""
    option: str = ""
    tests: frozenset[Test] = frozenset()


@dataclass
class Trace:
    """What a result rests on: the assumptions used, and the choices read."""

    uses: set[Use] = field(default_factory=set)
    read: set[str] = field(default_factory=set)

    def add(self, other: Trace, test: Test | None = None) -> None:
        """Take over what another result rests on, in the rows for which a test holds."""
        self.read |= other.read
        tests = frozenset(() if test is None else (test,))
        self.uses |= {use._replace(tests=use.tests | tests) for use in other.uses}


class Cases:
    """Many cases: `columns` are their facts, `options` what each choice of a plan settled on.

    What is asked of them is remembered, and traced. `exact` tells that rows are reckoned in decimals.
    """

    def __init__(
        self,
        rows: int,
        columns: Mapping[str, FactColumn],
        options: Mapping[str, Axis],
        assumptions: Assumptions,
        exact: bool,
    ) -> None:
        self.rows, self.columns, self.options = rows, columns, options
        self.assumptions, self.exact = assumptions, exact
        self._kept: dict[Hashable, tuple[Any, Trace]] = {}
        self._traces = [Trace()]
        self._truths: dict[Test, Truths] = {}

    @property
    def trace(self) -> Trace:
        """The trace of what is being worked out."""
        return self._traces[-1]

    def traced(self, make: Callable[[], T]) -> tuple[T, Trace]:
        """Return a result, and what it rests on."""
        self._traces.append(Trace())
        result = make()
        return result, self._traces.pop()

    def holds(self, tests: frozenset[Test]) -> Truths:
        """Return the rows for which all tests hold."""
        found = np.ones(self.rows, dtype=np.bool_)
        for test in tests:
            found &= self.truth(test) if test.holds else ~self.truth(test.opposite)
        return found

    def once(self, what: Hashable, make: Callable[[], T]) -> T:
        """Return a result that is made when it is first asked for."""
        if what not in self._kept:
            self._kept[what] = self.traced(make)
        value, trace = self._kept[what]
        self.trace.add(trace)
        found: T = value
        return found

    def under(self, test: Test, make: Callable[[], T]) -> T:
        """Return a result that only the rows for which a test holds will take."""
        result, trace = self.traced(make)
        self.trace.add(trace, test)
        return result

    def truth(self, test: Test) -> Truths:
        """Return the rows of which what is asked is true."""
        if test not in self._truths:
            self._truths[test] = self._ask(test)
        return self._truths[test]

    def _ask(self, test: Test) -> Truths:
        if axis := self.axis(test):
            return axis.among(lambda option: option == test.option)
        if test.kind == "settled":
            return self.choice(test.name).among(lambda option: option is not None)
        if test.kind == "held":
            return self.fact(test.name).among(bool)
        return self.fact(test.name).codes >= 0

    def axis(self, test: Test) -> Axis | None:
        """Return the axis that a test for an option reads."""
        if test.kind == "known":
            return self.fact(test.name)
        return self.choice(test.name) if test.kind == "is" else None

    def choice(self, name: str) -> Axis:
        """Return the options of a choice, or of a fact where the plan has no such choice."""
        return self.options[name] if name in self.options else self.fact(name)

    def fact(self, name: str) -> Axis:
        """Return the values of a fact."""
        return self.once(("fact", name), lambda: self._made(name))

    def _made(self, name: str) -> Axis:
        column = self.columns.get(name)
        if column is None:
            return Axis((None,), np.full(self.rows, -1, dtype=np.int32), self.exact)
        return Axis((*column.values, None), column.codes, self.exact)

    def settle(self, name: str, by: str, option: str = "") -> Axis:
        """Return the options of a choice or fact, or what is assumed, for one option or that of a choice."""
        return self.once(("text", name, by, option), lambda: self._settled(name, by, option))

    def _settled(self, name: str, by: str, option: str) -> Axis:
        axis, test = self.choice(name), Test("settled", name)
        settled = self.truth(test)
        if settled.all():
            return axis
        assumed = self.under(test.opposite, lambda: self._assumed_text(name, by, option))
        filled = np.where(assumed.codes < 0, -1, assumed.codes + len(axis.options) - 1)
        codes = np.where(settled, axis.codes, filled).astype(np.int32)
        return Axis((*axis.options[:-1], *assumed.options[:-1], None), codes, self.exact)

    def _assumed_text(self, name: str, by: str, option: str) -> Axis:
        axis = self.taken(name, by, option)
        settings = [self.assumptions.setting(name, one) for one in axis.options[:-1]]
        found = tuple(one if isinstance(one, str) else None for one in settings)
        codes = np.where(axis.among(lambda one: one is None), -1, axis.codes)
        return Axis((*found, None), codes, self.exact)

    def taken(self, name: str, by: str, option: str = "") -> Axis:
        """Note that an assumption is used, and return the options that it is taken for."""
        self.trace.uses.add(Use(name, by, option))
        if by:
            return self.text(by)
        return self.every(option)

    def text(self, name: str) -> Axis:
        """Return the options of a choice or fact: the plan's, the case's, or what is assumed."""
        self.trace.read.add(name)
        return self.settle(name, self.assumptions.by(name))

    def every(self, option: object) -> Axis:
        """Return an axis on which all rows have one option."""
        return Axis((option, None), np.zeros(self.rows, dtype=np.int32), self.exact)
