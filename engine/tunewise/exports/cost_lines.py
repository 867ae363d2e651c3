"""The cost lines of cases as rows under the column names of the FOCUS specification, months across.

A row is one line of one approach for its first charge period: a month, or the start. Columns that FOCUS does not
know begin with `x_`, as it asks. All amounts are in the billing currency.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tunewise.cases.case import Case
from tunewise.costs.currency import Currency
from tunewise.costs.endings import later
from tunewise.costs.lines import LINE_DIGITS, Line
from tunewise.costs.measures import MONTHS_A_YEAR
from tunewise.costs.ranges import cents, exactly, plain_number
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.rulebook import Rulebook
from tunewise.record.evaluation import Evaluation
from tunewise.record.table import TableEvaluation

CostCell = str | int | float | None
CostRow = list[CostCell]

MONEY, MEASURE, UNIT_PRICE = "#,##0.00", "#,##0.######", "#,##0.00########"
DAY = "yyyy-mm-dd"
CHARGED: dict[str, type] = {
    "x_Case": str,
    "x_Approach": str,
    "x_Recommended": str,
    "BillingCurrency": str,
    "ChargePeriodStart": datetime,
    "ChargePeriodEnd": datetime,
    "ChargeCategory": str,
    "ChargeFrequency": str,
    "ServiceName": str,
    "ChargeDescription": str,
    "SkuId": str,
    "PricingUnit": str,
    "PricingQuantity": float,
    "x_PricingQuantityLow": float,
    "x_PricingQuantityHigh": float,
    "ListUnitPrice": float,
    "x_ListUnitPriceLow": float,
    "x_ListUnitPriceHigh": float,
    "ListCost": float,
    "x_ListCostLow": float,
    "x_ListCostHigh": float,
}
HORIZON: dict[str, type] = {
    "x_Months": int,
    "x_HorizonCost": float,
}
PROVENANCE: dict[str, type] = {"x_Basis": str, "x_Sources": str, "x_Checked": str, "Tags": str}
START_COLUMN, MONTH_COLUMN = "x_Start", "x_Month{}"
UNPRICED = "unpriced"
"""The basis of a row that names what no figure is known of; its amounts are empty."""
CHARGES = {"initial": ("Purchase", "One-Time"), "monthly": ("Usage", "Recurring")}
"""The category and the frequency of a charge, by when it is due."""


@dataclass(frozen=True, slots=True)
class CostedCase:
    """What an export needs of one case: `plans` are the options of each approach, `lines` its cost lines."""

    case: Case
    as_of: date
    months: int
    currency: Currency
    recommended: str
    plans: Mapping[str, Mapping[str, str]]
    lines: Mapping[str, Sequence[Line]]
    gaps: Sequence[str]


def costed(evaluation: Evaluation) -> CostedCase:
    """Return what an export needs of an evaluated case."""
    costs = evaluation.costs
    first = next(iter(evaluation.rulebook.decisions))
    return CostedCase(
        case=evaluation.case,
        as_of=evaluation.as_of,
        months=costs.horizon_months,
        currency=costs.currency,
        recommended=evaluation.conclusions.recommendation[first],
        plans=evaluation.plans,
        lines={name: estimate.lines for name, estimate in costs.estimates.items()},
        gaps=costs.gaps,
    )


def costed_row(evaluation: TableEvaluation, row: int, case: Case) -> CostedCase:
    """Return what an export needs of a row of a table; `case` is what the row says of itself."""
    first, costs = next(iter(evaluation.rulebook.decisions)), evaluation.costs
    chosen = evaluation.conclusions.outcomes[first]
    return CostedCase(
        case=case,
        as_of=evaluation.as_of,
        months=int(costs.horizon_months[row]),
        currency=evaluation.currency,
        recommended=str(chosen.chosen.value(row) or BLOCKED),
        plans={
            approach: {name: str(column.value(row) or BLOCKED) for name, column in plan.items()}
            for approach, plan in evaluation.plans.items()
        },
        lines={name: found.cost_lines(row) for name, found in costs.estimates.items()},
        gaps=costs.gaps(row),
    )


class CostLines:
    """Makes rows of cost lines under one rulebook, for as many months as the longest of its cases runs."""

    def __init__(self, rulebook: Rulebook, months: int) -> None:
        _, *planned = rulebook.decisions
        self._planned, self._months = planned, months
        self.types: dict[str, type] = {
            **CHARGED,
            **dict.fromkeys(map(_own, planned), str),
            **PROVENANCE,
            **HORIZON,
            START_COLUMN: float,
            **{MONTH_COLUMN.format(number): float for number in range(1, months + 1)},
        }

    @property
    def formats(self) -> dict[str, str]:
        """How a spreadsheet shows the numbers and days of each column."""
        kinds = {name: kind for name, kind in self.types.items() if kind is float}
        shown = {"PricingQuantity": MEASURE, "ListUnitPrice": UNIT_PRICE}
        numbers = {
            name: next((form for part, form in shown.items() if part in name), MONEY)
            for name in kinds
        }
        return numbers | {name: DAY for name, kind in self.types.items() if kind is datetime}

    def rows(self, found: CostedCase) -> Iterator[CostRow]:
        """Yield a row for each line of each approach, and one for each cost that nobody has put a figure on."""
        for approach, lines in found.lines.items():
            for line in lines:
                yield self._row(found, self._line(found, approach, line))
        for gap in found.gaps:
            yield self._row(found, {"ChargeDescription": gap, "x_Basis": UNPRICED})

    def spread(self, row: CostRow) -> CostRow:
        """Return a row of the same columns for fewer months, filled up to these."""
        return [*row, *[None] * (len(self.types) - len(row))]

    def _row(self, found: CostedCase, cells: Mapping[str, CostCell]) -> CostRow:
        shared: dict[str, CostCell] = {
            "x_Case": found.case.name,
            "BillingCurrency": found.currency.code,
            "Tags": _tags(found.case),
        }
        row = {**shared, **cells}
        return [row.get(name) for name in self.types]

    def _line(self, found: CostedCase, approach: str, line: Line) -> dict[str, CostCell]:
        category, frequency = CHARGES[line.period]
        months = found.months if line.period == "monthly" else 0
        plan = found.plans.get(approach, {})
        amounts = _money(line.amount.values, found.currency)
        return {
            "x_Approach": approach,
            "x_Recommended": "yes" if approach == found.recommended else "no",
            "ChargePeriodStart": _moment(found.as_of),
            "ChargePeriodEnd": _moment(later(found.as_of, 1)),
            "ChargeCategory": category,
            "ChargeFrequency": frequency,
            "ServiceName": line.item,
            "ChargeDescription": f"{line.item}. {line.note}" if line.note else line.item,
            "SkuId": line.id,
            "PricingUnit": line.unit,
            **_ends("PricingQuantity", [_short(one) for one in line.quantity.values]),
            **_ends("ListUnitPrice", _money(map(_short, line.rate.values), found.currency)),
            **_ends("ListCost", amounts),
            **{_own(name): plan.get(name) for name in self._planned},
            "x_Basis": line.basis,
            "x_Sources": "; ".join(line.sources),
            "x_Checked": line.checked,
            "x_Months": months,
            **_across(line, months, found.currency),
        }


def _across(line: Line, months: int, currency: Currency) -> dict[str, CostCell]:
    """Return an amount in each of the months in which it is due, or at the start, and what that adds up to."""
    amount = line.amount.expected
    if not months:
        (due,) = _money([amount], currency)
        return {START_COLUMN: due, "x_HorizonCost": due}
    dollars = [cents(amount * line.yearly ** (month // MONTHS_A_YEAR)) for month in range(months)]
    across = _money(dollars, currency)
    (whole,) = _money([float(sum(map(exactly, dollars), Decimal(0)))], currency)
    named = {MONTH_COLUMN.format(number): one for number, one in enumerate(across, 1)}
    return {**named, "x_HorizonCost": whole}


def _own(decision: str) -> str:
    """Return the column of a decision: x_ModelSize for model_size."""
    return "x_" + "".join(word.capitalize() for word in decision.split("_"))


def _ends(name: str, values: Sequence[CostCell]) -> dict[str, CostCell]:
    low, expected, high = values
    return {name: expected, f"x_{name}Low": low, f"x_{name}High": high}


def _money(values: Iterable[float], currency: Currency) -> list[float]:
    return [plain_number(exactly(one) * currency.per_usd) for one in values]


def _short(number: float) -> int | float:
    return plain_number(round(number, LINE_DIGITS))


def _moment(day: date) -> str:
    """Return the beginning of a day as FOCUS writes moments."""
    return f"{day.isoformat()}T00:00:00Z"


def _tags(case: Case) -> str:
    """Return what a case says of itself as a JSON object, as FOCUS writes tags."""
    found: dict[str, str | bool] = {"owner": case.owner} if case.owner else {}
    return json.dumps({**found, **dict.fromkeys(case.tags, True)}, ensure_ascii=False)
