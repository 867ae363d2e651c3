"""The units of everything that is reckoned: the formulas run on units in the place of numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace

from tunewise.costs import measures, upkeep
from tunewise.costs.assuming import Assumptions
from tunewise.costs.book import CostBook
from tunewise.costs.choices import CostFacts, every
from tunewise.costs.formulas import FORMULAS
from tunewise.costs.kernel import ONE, Kernel
from tunewise.costs.quantities import Quantities
from tunewise.costs.ranges import Range
from tunewise.costs.serving_choice import Served
from tunewise.costs.throughput import Machine

LARGE = {"gb": ("giga", "byte"), "tflop": ("tera", "flop"), "gflop": ("giga", "flop")}
ALIKE = {
    "answer": "request",
    "endpoint": "replica",
    **dict.fromkeys(("factor", "share", "time", "epoch", "run"), ""),
}
STATED = {
    "bytes_per_parameter": "bytes a parameter a replica",
    "card_price_fall": "",
    "discount_rate": "",
    "example_tokens": "tokens an example",
    "input_tokens": "tokens a request",
    "output_tokens": "tokens a request",
    "requests_per_month": "requests a month",
    "retrieved_tokens": "tokens a request",
    "review_minutes": "minutes a request",
    "token_price_fall": "",
    "training_examples": "examples",
}
"""What the units of facts, and of those that a formula counts for something, leave unsaid; falls are those of a year,
which is counted year by year."""
UNSAID = {"answer_seconds": " a token", "vector_read_units": "read units a request a GB"}
"""What a formula takes once: a token reads all weights, a search a unit for each GB."""
MEASURED = {"request_seconds", "tuned_request_seconds"}
"""What throughput.py reckons, held against measured rows and by hand."""
CONVERSIONS = {
    measures.MILLION: " a mega",
    measures.MONTHS_A_YEAR: "months",
    measures.HOURS_A_MONTH: "hours a month",
    measures.SECONDS_AN_HOUR: "seconds an hour",
    measures.SECONDS_A_MONTH: "seconds a month",
    measures.TERA_OVER_GIGA: "GFLOP a TFLOP",
    upkeep.MINUTES_AN_HOUR: "minutes an hour",
    upkeep.LEAST_READ_UNITS: "GB",
    1: "",
}


@dataclass(frozen=True)
class Unit:
    """The powers of base units; `anything` is the unit of nothing, which may be added to any."""

    powers: frozenset[tuple[str, int]]
    anything: bool = False

    def _times(self, other: Unit, sign: int) -> Unit:
        powers = Counter(dict(self.powers))
        for base, power in other.powers:
            powers[base] += sign * power
        held = frozenset((base, power) for base, power in powers.items() if power)
        return Unit(held, self.anything or other.anything)

    def __mul__(self, other: Unit | float) -> Unit:
        return self._times(other, 1) if isinstance(other, Unit) else self

    def __truediv__(self, other: Unit) -> Unit:
        return self._times(other, -1)

    def __add__(self, other: Unit) -> Unit:
        if self.anything or other.anything:
            return self if other.anything else other
        assert self == other, f"{self} is added to or compared with {other}"
        return self

    __sub__ = __add__

    def __gt__(self, other: float) -> bool:
        """Any amount may be more than nothing."""
        assert other == 0, f"{self} is compared with {other}"
        return True

    def __rsub__(self, whole: float) -> Unit:
        assert self.anything or not self.powers, f"{self} is no share"
        return Unit(frozenset())

    def __str__(self) -> str:
        return " ".join(f"{base}^{power}" for base, power in sorted(self.powers)) or "1"


def unit(words: str) -> Unit:
    """Read a unit as it is written: 'million tokens a month', 'card-hours', 'GB a card a second'."""
    words = words.replace("million ", "mega-").replace("billion ", "giga-")
    above, *below = words.replace(" an ", " a ").split(" a ")
    found = _product(above)
    for one in below:
        found = found / _product(one)
    return found


def _product(words: str) -> Unit:
    powers: Counter[str] = Counter()
    for word in words.lower().split("-"):
        base = word.strip().removesuffix("s")
        for part in LARGE.get(base, (ALIKE.get(base, base),)):
            powers[part] += bool(part)
    return Unit(frozenset((base, power) for base, power in powers.items() if power))


class Reckoning(Kernel):
    """Works on units in the place of numbers: what is compared must be of one unit."""

    def maximum(self, one: Unit, other: Unit | float) -> Unit:
        return one + other if isinstance(other, Unit) else one

    def minimum(self, one: Unit, other: Unit | float) -> Unit:
        return self.maximum(one, other)

    def ceil(self, number: Unit) -> Unit:
        return number

    floor = ceil

    def over(self, number: Unit, divisor: Unit) -> Unit:
        return number / divisor


class Units(Quantities):
    """Every quantity of a plan as its unit."""

    def __init__(self, facts: Mapping, choices: Mapping[str, str], book: CostBook) -> None:
        options = {name: every(option, ONE) for name, option in choices.items()}
        super().__init__(CostFacts(facts), options, Assumptions(book, {}), date(2026, 11, 22))
        self.book, self.kernel = book, Reckoning()

    def of(self, number) -> Range:
        return Range.of(self._unit(number), self.kernel)

    def _unit(self, number) -> Unit:
        if isinstance(number, Unit):
            return number
        if number == 0:
            return Unit(frozenset(), anything=True)
        near = [words for known, words in CONVERSIONS.items() if abs(known - number) < 1e-9]
        assert near, f"nobody says which unit {number} has"
        return unit(near[0])

    def __getitem__(self, name) -> Range:
        if name in MEASURED:
            return self.of(unit(FORMULAS[name].unit))
        return super().__getitem__(name) * self.of(unit(UNSAID.get(name, "")))

    @property
    def served(self) -> Served:
        """An own card of some kind."""
        nothing = every(None, self.kernel)
        machine = Machine(unit("cards a replica"), unit(""))
        return Served(nothing, every("h100", ONE), machine, own=True, light=False)

    def known(self, name) -> Range:
        return self.named(name)

    def ranging(self, name, span) -> Range:
        return self.named(name)

    def _assumed(self, name) -> Range:
        return self.named(name)

    def named(self, name: str) -> Range:
        if name in STATED:
            return self.of(unit(STATED[name]))
        words = "GB" if name == "gpu_memory_gb" else self.book.assumptions[name].unit
        return self.of(unit(words))

    @property
    def price(self):
        usd = unit("USD a million tokens")
        return SimpleNamespace(input_usd_per_mtok=usd, output_usd_per_mtok=usd)
