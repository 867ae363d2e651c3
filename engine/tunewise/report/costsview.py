"""What a report shows of costs: sums of each approach, their lines, when tuning pays back, what is assumed."""

from __future__ import annotations

from dataclasses import dataclass

from tunewise.explaining.sources import SourceView
from tunewise.report.moneyview import SumsView
from tunewise.report.pictureview import PicturesView, ServedView, WorkingView


@dataclass(frozen=True, slots=True)
class AmountView:
    """A sum as a range, `span` from end to end; the shares are percent of the largest it is compared with."""

    low: str
    expected: str
    high: str
    span: str
    expected_share: int = 0
    high_share: int = 0


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of an estimate.

    `basis` says where the rate comes from: given, assumed, document or price list; `assumes` holds the
    keys of the assumptions that the line rests on. `overdue` says that the rate is past its review.
    """

    item: str
    quantity: str
    unit: str
    rate: str
    amount: AmountView
    basis: str
    assumes: tuple[str, ...]
    sources: tuple[SourceView, ...]
    checked: str
    note: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class EstimateView:
    """What one approach costs: at first, each month, over the horizon, for a thousand requests.

    `holes` name what the plan needs and nothing prices, which these sums lack.
    """

    key: str
    label: str
    chosen: bool
    initial: AmountView
    monthly: AmountView
    horizon: AmountView
    per_1000: AmountView | None
    initial_lines: tuple[LineView, ...]
    monthly_lines: tuple[LineView, ...]
    workings: tuple[WorkingView, ...]
    served: tuple[ServedView, ...] = ()
    busy: str = ""
    holes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BreakEvenRangeView:
    """A break-even as expected, at best and at worst; empty where it never comes."""

    expected: str
    best: str
    worst: str


@dataclass(frozen=True, slots=True)
class BreakEvenView:
    """When tuning has paid back against prompting: a sentence, the months, the requests a month."""

    sentence: str
    months: BreakEvenRangeView
    requests: BreakEvenRangeView


@dataclass(frozen=True, slots=True)
class AssumptionView:
    """A figure that nobody stated, or that was set for this run; `key` is its name for --assume."""

    key: str
    label: str
    value: str
    overridden: bool


@dataclass(frozen=True, slots=True)
class CostsView:
    """What the approaches cost over `months`, in `currency` (empty for USD) at `per_usd`.

    `gaps` names what could not be priced and is missing from the sums, `notes` what to know of the prices; `beside`
    sets the ways beside each other, in sums of three digits.
    """

    months: int
    currency: str
    per_usd: str
    pictures: PicturesView
    estimates: tuple[EstimateView, ...]
    break_even: BreakEvenView | None
    assumptions: tuple[AssumptionView, ...]
    gaps: tuple[str, ...]
    notes: tuple[str, ...]
    beside: SumsView | None = None
