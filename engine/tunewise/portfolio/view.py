"""What the templates of a portfolio show: texts and shapes, nothing left to work out.

`approach`, `decision` and `kind` hold ids that a template compares; `sort` holds what a column sorts by.
"""

from __future__ import annotations

from dataclasses import dataclass

from tunewise.report.charts import Label, Stroke


@dataclass(frozen=True, slots=True)
class Share:
    """An option of a decision, and how many rows it was chosen for."""

    label: str
    count: str
    percent: int


@dataclass(frozen=True, slots=True)
class PortfolioDecisionView:
    """A decision's question, and what came out."""

    label: str
    question: str
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class MoneyView:
    """The sums of the rows that one approach was decided for, and by name what has no price in them."""

    label: str
    rows: str
    initial: str
    monthly: str
    expected: str
    span: str
    holes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OverBudgetView:
    """How many of the rows that state what a month may cost are expected to cost more."""

    rows: str
    of: str


@dataclass(frozen=True, slots=True)
class BeyondView:
    """What the rows of an approach cost beyond the one that does `least` in the same rows: `dearer`, or less."""

    approach: str
    least: str
    rows: str
    apart: str
    dearer: bool
    span: str


@dataclass(frozen=True, slots=True)
class Dot:
    """One use case on the map."""

    x: float
    y: float
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class MapView:
    """The use cases by what they cost at first and how much they are used."""

    width: int
    height: int
    strokes: tuple[Stroke, ...]
    labels: tuple[Label, ...]
    dots: tuple[Dot, ...]
    key: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CloseView:
    """A row whose decision hangs on little, and the first answers that would turn it."""

    row: str
    name: str
    link: str
    chosen: str
    margin: str
    turns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BlockedView:
    """A row with a decision that has no option left, and what rules them out."""

    row: str
    name: str
    link: str
    decisions: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CertaintyCount:
    """How many rows have one approach, by how certain it is."""

    label: str
    rows: str
    settled: str
    firm: str
    open: str


@dataclass(frozen=True, slots=True)
class BeginView:
    """A use case to begin with, and why.

    How certain its approach is, how much it is used, what it costs at first and a month, and how many requests `per`
    each of the currency at first that is.
    """

    row: str
    name: str
    link: str
    approach: str
    certainty: str
    requests: str
    initial: str
    monthly: str
    per: str


@dataclass(frozen=True, slots=True)
class NamedRow:
    """A row by its number and name, with where its brief lies."""

    row: str
    name: str
    link: str


@dataclass(frozen=True, slots=True)
class AlikeView:
    """Use cases that may be one and the same; `why` is the id of what they have in common."""

    why: str
    rows: tuple[NamedRow, ...]


@dataclass(frozen=True, slots=True)
class CountView:
    """A rule or reason with the rows that it concerns."""

    id: str
    text: str
    rows: str
    percent: int


@dataclass(frozen=True, slots=True)
class BeginningView:
    """What a committee decides on: how sure the approaches are, with what to begin, what stands in the way."""

    sure: tuple[CertaintyCount, ...]
    rows: tuple[BeginView, ...]
    alike: tuple[AlikeView, ...]
    ruled_out: tuple[CountView, ...]


@dataclass(frozen=True, slots=True)
class TurningFactView:
    """A question, in how many rows one answer to it would turn the approach, and how far that moves their costs."""

    text: str
    rows: str
    money: str
    percent: int


@dataclass(frozen=True, slots=True)
class UnknownFactView:
    """An unknown fact: how many rows and rules wait for it, and the rules as a share of what most wait for."""

    id: str
    text: str
    rows: str
    rules: str
    percent: int


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell of the table: its text, what it sorts by, whether it is a number, and one that a phone can do without.

    `holes` name what a sum lacks.
    """

    text: str
    sort: str
    number: bool
    minor: bool = False
    holes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of the table: the use case's name, and the cells behind it."""

    row: str
    name: str
    link: str
    approach: str
    cells: tuple[CellView, ...]


@dataclass(frozen=True, slots=True)
class PortfolioView:
    """A portfolio in words.

    `title` is empty where none is given. `too_early` is how many rows are so: they stand in no sum. `left_out` is how
    many the table of use cases lacks; both are empty where there is none. `closely` says that single answers were
    tried, and `turning` tells of those that turn rows. `close_cut` says that `close` are only the closest of more.
    """

    title: str
    inventory: str
    as_of: str
    read: str
    decided: str
    too_early: str
    rejected: str
    headline: str
    currency: str
    per_usd: str
    decisions: tuple[PortfolioDecisionView, ...]
    beginning: BeginningView
    closely: bool
    money: tuple[MoneyView, ...]
    total: MoneyView | None
    holes: tuple[CountView, ...]
    beyond: tuple[BeyondView, ...]
    compared: tuple[MoneyView, ...]
    over_budget: OverBudgetView | None
    map: MapView | None
    close: tuple[CloseView, ...]
    close_rows: str
    close_cut: bool
    blocked: tuple[BlockedView, ...]
    blocked_rows: str
    turning: tuple[TurningFactView, ...]
    wanted: tuple[UnknownFactView, ...]
    deciding: tuple[CountView, ...]
    reasons: tuple[CountView, ...]
    approaches: tuple[tuple[str, str], ...]
    columns: tuple[tuple[str, bool], ...]
    rows: tuple[RowView, ...]
    left_out: str
    sections: tuple[str, ...]
    rulebook: str
    rulebook_version: str
    rulebook_sha256: str
    versions: tuple[tuple[str, str], ...]
