"""What the pictures of the costs show, as frozen values: shapes to set out, and the same figures as words."""

from __future__ import annotations

from dataclasses import dataclass

from tunewise.report.charts import Chart


@dataclass(frozen=True, slots=True)
class WorkingView:
    """How a quantity behind a cost comes about: its value with the unit, words, source items, and what goes in."""

    key: str
    words: str
    value: str
    sources: tuple[str, ...]
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServedView:
    """A way of serving that was considered: its words, cards and copies, the cost of a month, what came of it."""

    label: str
    cards: str
    monthly: str
    verdict: str


@dataclass(frozen=True, slots=True)
class KeyView:
    """One approach in the key of a chart: its class, its name, and its mark in text."""

    kind: str
    label: str
    mark: str


@dataclass(frozen=True, slots=True)
class PlotView:
    """A chart in text: its rows from the top, and the sum that the top stands for."""

    rows: tuple[str, ...]
    top: str


@dataclass(frozen=True, slots=True)
class ChartRowView:
    """One row of the table under a chart: where, and the sum of each approach there, with its range."""

    at: str
    sums: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinesView:
    """A chart of lines with the table that says the same, and in text where it can be drawn there."""

    chart: Chart
    keys: tuple[KeyView, ...]
    rows: tuple[ChartRowView, ...]
    plot: PlotView | None = None


@dataclass(frozen=True, slots=True)
class PieceView:
    """What one line adds to a total; `share` is percent of the largest total of all approaches."""

    item: str
    sum: str
    share: int


@dataclass(frozen=True, slots=True)
class MakeUpView:
    """What the total of one approach is made of, the largest first; `rest` counts the lines in the last."""

    label: str
    chosen: bool
    total: str
    pieces: tuple[PieceView, ...]
    rest: int


@dataclass(frozen=True, slots=True)
class PercentilesView:
    """The total of one approach that 10, 50 and 90 of 100 draws stay below."""

    label: str
    p10: str
    p50: str
    p90: str


@dataclass(frozen=True, slots=True)
class DriverView:
    """An input at its low and high end, and what tuning then costs more than prompting.

    `start`, `span`, `turn` and `even` place the bar, the expected difference and none at all, in percent;
    `even` is below zero where it lies outside. `beam` is the bar in text.
    """

    label: str
    low: str
    high: str
    at_low: str
    at_high: str
    start: int
    span: int
    turn: int
    even: int
    beam: str


@dataclass(frozen=True, slots=True)
class SpreadView:
    """How sure the totals are; `cheaper` is empty where tuning is not compared with prompting."""

    draws: str
    inputs: int
    seed: int
    cheaper: str
    expected: str
    totals: tuple[PercentilesView, ...]
    drivers: tuple[DriverView, ...]


@dataclass(frozen=True, slots=True)
class PicturesView:
    """The pictures of one case's costs; what cannot be drawn is None."""

    over_time: LinesView
    over_load: LinesView | None
    make_up: tuple[MakeUpView, ...]
    spread: SpreadView | None
