"""Sweeps what costs rest on over its whole range, and looks for what no reader should find.

    python benchmarks/sweep.py [--points 50]

Six cases are decided at each of so many loads, tokens in and out, months, prices, examples and gigabytes, all else as
it is. Printed is what was found: a recommendation over a limit while another plan is within it, percentiles out of
order, totals that are no sums of their lines, a cost that falls as what it pays for rises under the same plan, and
sentences about when tuning pays back that say another thing than the sums.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import yaml

from tunewise.cases.case import read_case
from tunewise.cases.columns import UNKNOWN_CODE, FactColumn, FactTable
from tunewise.costs.breakeven import BREAK_EVEN_REASONS
from tunewise.costs.estimator import BUDGETS, MOST_DRAWS, PREFIXES
from tunewise.costs.ranges import PARTS, Range
from tunewise.evaluation.table import TableEvaluator
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.assembly import load
from tunewise.record.table import TableEvaluation

DAY = date(2026, 11, 28)
EXAMPLES = Path(__file__).absolute().parent.parent / "examples"
LEVERS: dict[str, tuple[float, float]] = {
    "requests_per_month": (1, 1e9),
    "input_tokens": (1, 1e6),
    "output_tokens": (1, 1e5),
    "commitment_months": (1, 120),
    "training_examples": (1, 1e7),
    "gpu_memory_gb": (1, 1e4),
}
"""Facts with the least and the most that they are swept to, and nothing of each."""
PRICES = (0.01, 0.03, 0.1, 0.3, 0.6, 1.0, 1.7, 3.0, 10.0, 30.0, 100.0)
RISING = {
    "requests_per_month": ("monthly", "horizon"),
    "input_tokens": ("monthly", "horizon"),
    "output_tokens": ("monthly", "horizon"),
    "commitment_months": ("horizon",),
}
"""The totals that a lever can only raise, as long as the plan stays."""
TRAINED, LABELLED = "training.", "work.labelling"
NEAR_EVEN = "near_even"
PAID_BACK = ("pays_back", "from_the_start")
CODER = """
task_type: code_generation
organisation: enterprise
difficulty: medium
gap_kinds: [style, accuracy, cost]
adapter_plateaued: true
training_examples: 60000
example_tokens: 2000
data_quality: high
requests_per_month: 12000000
input_tokens: 1500
output_tokens: 300
traffic_pattern: steady
sovereignty: on_premises
gpu_memory_gb: 320
ml_expertise: dedicated
operations_maturity: mature
monthly_budget_usd: 20000
upfront_budget_usd: 90000
commitment_months: 24
"""


@dataclass(frozen=True)
class Point:
    """One case at one value of one lever; `place` is its row in the table that was decided."""

    case: str
    lever: str
    value: float
    facts: Mapping[str, Value]


def base_cases(book: Rulebook) -> dict[str, Mapping[str, Value]]:
    """Return six cases that differ in all that costs rest on, by name, each with budgets."""
    budgets = {"monthly_budget_usd": 15_000, "upfront_budget_usd": 60_000}
    found: dict[str, Mapping[str, Value]] = {
        path.stem: {**budgets, **read_case(path, book.facts).facts}
        for path in sorted(EXAMPLES.glob("*.yaml"))
    }
    written = yaml.safe_load(CODER)
    return found | {"coder": {id: book.facts[id].check(one) for id, one in written.items()}}


def points(book: Rulebook, count: int) -> Iterator[Point]:
    """Yield every case at each value of each lever that is a fact, so many for each."""
    for name, facts in base_cases(book).items():
        for lever, (least, most) in LEVERS.items():
            steps = np.unique(np.geomspace(least, most, count).round()).tolist()
            lowest = [] if lever == "commitment_months" else [0.0]
            for value in [*lowest, *steps]:
                yield Point(name, lever, value, {**facts, lever: int(value)})


def as_table(found: Sequence[Point]) -> FactTable:
    """Return the points as a table, a row each."""
    names = dict.fromkeys(name for point in found for name in point.facts)
    return FactTable(len(found), {name: _column(name, found) for name in names})


def _column(name: str, found: Sequence[Point]) -> FactColumn:
    numbered: dict[Value, int] = {}
    codes = [
        numbered.setdefault(one.facts[name], len(numbered)) if name in one.facts else UNKNOWN_CODE
        for one in found
    ]
    return FactColumn(tuple(numbered), np.array(codes, dtype=np.int32))


class Sweep:
    """The decisions at some points, and what is wrong with them."""

    def __init__(self, found: Sequence[Point], evaluation: TableEvaluation) -> None:
        self.points, self.evaluation = found, evaluation
        self.costs = evaluation.costs
        self.rows = [row for row in range(len(found)) if row not in evaluation.failed]

    def faults(self) -> Iterator[tuple[str, int, str]]:
        """Yield the kind of each fault, the row where it was found, and what was found."""
        for row in self.rows:
            yield from (("over a limit", row, said) for said in self.over_limits(row))
            yield from (("out of order", row, said) for said in self.out_of_order(row))
            yield from (("no sum of its lines", row, said) for said in self.no_sums(row))
            yield from (("another story", row, said) for said in self.other_stories(row))
        for before, row in zip(self.rows, self.rows[1:], strict=False):
            if self._beside(before, row):
                yield from (("falls", row, said) for said in self.falls(before, row))

    def over_limits(self, row: int) -> Iterator[str]:
        """Yield the budget that what is recommended breaks in most draws."""
        chosen = self._chosen(row)
        for period in BUDGETS if chosen != BLOCKED else ():
            over = self._fact(f"{PREFIXES[chosen]}_{period}_over_budget", row)
            if over is not None and over >= MOST_DRAWS:
                yield f"{chosen} breaks the {period} budget in {over:.0%} of the draws"

    def out_of_order(self, row: int) -> Iterator[str]:
        """Yield the totals whose percentiles do not rise."""
        for approach, estimate in self.costs.estimates.items():
            for name in ("initial", "monthly", "horizon"):
                low, middle, high = _ends(estimate.total(name), row)
                if not 0 <= low <= middle <= high:
                    yield f"{approach} {name}: {low}, {middle}, {high}"

    def no_sums(self, row: int) -> Iterator[str]:
        """Yield the totals that are not what the middles of their lines add up to, to the cent."""
        for approach, estimate in self.costs.estimates.items():
            lines = estimate.cost_lines(row)
            for period in BUDGETS:
                total = _ends(estimate.total(period), row)[1]
                added = sum(
                    round(one.amount.expected * PARTS) for one in lines if one.period == period
                )
                if added != round(total):
                    yield f"{approach} {period}: {total} is not {added}"

    def other_stories(self, row: int) -> Iterator[str]:
        """Yield what is said of when tuning pays back that its sums or its chance contradict."""
        even = self.costs.break_even
        if even is None:
            return
        reason = BREAK_EVEN_REASONS[even.reasons[row]]
        chance = self._fact("tuning_cheaper", row)
        months = even.months[row][1]
        if reason == NEAR_EVEN:
            return
        pays = reason in PAID_BACK
        if pays is not bool(months <= self.costs.horizon_months[row]):
            yield f"{reason} after {months} of {self.costs.horizon_months[row]} months"
        if chance is not None and (chance < 0.5 if pays else chance > 0.5):
            yield f"{reason}, and tuning is cheaper in {chance:.0%} of the draws"
        tuning, prompting = (
            _ends(self.costs.estimates[one].total("horizon"), row)[1]
            for one in ("fine_tuning", "prompting")
        )
        if (tuning > prompting) if pays else (tuning < prompting):
            yield f"{reason}, and tuning is {tuning / prompting:.4f} of prompting"

    def falls(self, before: int, row: int) -> Iterator[str]:
        """Yield the totals that fall as the lever rises, by more than a cent."""
        point = self.points[row]
        for approach, estimate in self.costs.estimates.items():
            if self._plan(approach, before) != self._plan(approach, row):
                continue
            for name in RISING.get(point.lever, ()):
                ends = [_ends(estimate.total(name), one) for one in (before, row)]
                for end, (old, new) in zip(Range.__slots__, zip(*ends, strict=True), strict=False):
                    if new < old - 1:
                        yield f"{approach} {name} {end} from {old:.0f} to {new:.0f} cents"
            if point.lever == "training_examples":
                yield from self._of_examples(approach, before, row)

    def _of_examples(self, approach: str, before: int, row: int) -> Iterator[str]:
        """Yield training that gets cheaper with more examples, and labelling that gets dearer."""
        old, new = (
            {one.id: one.amount.expected for one in self.costs.estimates[approach].cost_lines(at)}
            for at in (before, row)
        )
        for id in old.keys() & new.keys():
            if id.startswith(TRAINED) and new[id] < old[id] - 0.01 and LABELLED not in old:
                yield f"{approach} {id} from {old[id]} to {new[id]}"
            if id == LABELLED and new[id] > old[id] + 0.01:
                yield f"{approach} {id} from {old[id]} to {new[id]}"

    def _beside(self, before: int, row: int) -> bool:
        """Whether two rows are neighbours of one sweep."""
        one, other = self.points[before], self.points[row]
        return (one.case, one.lever) == (other.case, other.lever)

    def _plan(self, approach: str, row: int) -> Sequence[Value | None]:
        return [one.value(row) for one in self.evaluation.plans[approach].values()]

    def _chosen(self, row: int) -> str:
        outcome = next(iter(self.evaluation.conclusions.outcomes.values()))
        return str(outcome.chosen.value(row) or BLOCKED)

    def _fact(self, name: str, row: int) -> float | None:
        column = self.costs.facts.get(name)
        value = None if column is None or column.codes[row] == UNKNOWN_CODE else column.value(row)
        return None if value is None else float(value)  # type: ignore[arg-type]


def _ends(total: Range, row: int) -> tuple[float, float, float]:
    low, middle, high = (float(end[row]) for end in total.values)
    return low, middle, high


def sweeps(book: Rulebook, count: int, prices: Sequence[float] = PRICES) -> Iterator[Sweep]:
    """Yield the sweep of every fact, and the same cases as they are at each price of tokens."""
    found = list(points(book, count))
    yield _swept(book, found, {})
    for factor in prices:
        cases = base_cases(book).items()
        priced = [Point(name, "price", factor, facts) for name, facts in cases]
        yield _swept(book, priced, {"token_price_factor": str(factor)})


def _swept(book: Rulebook, found: Sequence[Point], assumed: Mapping[str, str]) -> Sweep:
    evaluator = TableEvaluator(book, DAY, dict(assumed))
    try:
        return Sweep(found, evaluator.evaluate(as_table(found)))
    finally:
        evaluator.close()


def dearer(found: Iterable[Sweep]) -> Iterator[str]:
    """Yield the cases whose prompting gets cheaper as tokens get dearer, in the order of prices."""
    costs: dict[str, float] = {}
    for sweep in found:
        for row, point in enumerate(sweep.points):
            total = _ends(sweep.costs.estimates["prompting"].total("horizon"), row)[1]
            if total < costs.get(point.case, 0.0) - 1:
                yield f"{point.case} at {point.value}: {costs[point.case]} to {total}"
            costs[point.case] = total


def main() -> None:
    """Sweep and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=50)
    options = parser.parse_args()
    first, *priced = sweeps(load(), options.points)
    kinds, count = Counter[str](), sum(len(one.points) for one in (first, *priced))
    for sweep in (first, *priced):
        for kind, row, said in sweep.faults():
            point = sweep.points[row]
            print(f"{kind}: {point.case}, {point.lever} {point.value:g}: {said}")
            kinds[kind] += 1
    falling = list(dearer(priced))
    print(*falling, sep="\n")
    print(f"{count} evaluations; {sum(kinds.values()) + len(falling)} faults {dict(kinds)}")


if __name__ == "__main__":
    main()
