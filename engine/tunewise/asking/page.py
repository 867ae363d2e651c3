"""What the page of one record shows beside what a report shows too: texts alone, nothing left to work out.

`stance` is for, against or veto; `origin` and `asked.way` are ids that a template compares.
"""

from __future__ import annotations

from dataclasses import dataclass

from tunewise.explaining.sources import SourceView
from tunewise.log.packing import PackView
from tunewise.report.costsview import AmountView
from tunewise.report.view import (
    Argument,
    DecisionView,
    FactView,
    FiringView,
    OptionView,
)


@dataclass(frozen=True, slots=True)
class NearView:
    """A rule that came close: the condition that kept it from firing, and the value that stood there.

    `value` is empty where the fact is unknown.
    """

    rule: str
    stance: str
    points: int
    text: str
    fact: str
    label: str
    value: str
    needed: str


@dataclass(frozen=True, slots=True)
class AskedView:
    """The answer to why, or why not, an option was chosen; `standings` are it and the chosen one."""

    way: str
    option: str
    decision: str
    chosen: bool
    standings: tuple[OptionView, ...]
    spoke_for: tuple[Argument, ...]
    spoke_against: tuple[Argument, ...]
    near: tuple[NearView, ...]


@dataclass(frozen=True, slots=True)
class CostView:
    """What an approach was to cost; `lines` are what it is made up of, by id."""

    label: str
    initial: AmountView
    monthly: AmountView
    horizon: AmountView
    lines: tuple[tuple[str, AmountView], ...]


@dataclass(frozen=True, slots=True)
class RecordedFlipView:
    """A change of facts that would have turned the first decision: each with its value, and what it turns to."""

    facts: tuple[tuple[str, str], ...]
    to: str
    yours: bool


@dataclass(frozen=True, slots=True)
class PersonView:
    """What a person decided on the record: an approval, or an override to `option` of `decision`.

    `ruled_out` are the rules by which the record rules that option out, each with its reason.
    """

    kind: str
    decision: str
    option: str
    by: str
    role: str
    reason: str
    written: str
    ruled_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageView:
    """A record in words.

    `full` says that everything is wanted; `doubts`, what does not hold of the line; `carried` are the weightiest
    of the rules that carried it, which are `carrying` in all; `sources` are all that the rules come from which fired;
    `flips` are changes that would have turned the first decision; `unknown` are the facts worth asking that rules
    waited for, the most waited for first.
    """

    log: str
    line: int
    digest: str
    doubts: tuple[str, ...]
    written: str
    name: str
    description: str
    owner: str
    tags: str
    as_of: str
    rulebook: str
    rulebook_version: str
    rulebook_sha256: str
    versions: tuple[tuple[str, str], ...]
    decisions: tuple[DecisionView, ...]
    people: tuple[PersonView, ...]
    carried: tuple[Argument, ...]
    carrying: int
    asked: AskedView | None
    flips: tuple[RecordedFlipView, ...]
    unknown: tuple[str, ...]
    facts: tuple[FactView, ...]
    costs: tuple[CostView, ...]
    months: int
    assumptions: tuple[tuple[str, str], ...]
    prices: tuple[tuple[str, str, str], ...]
    masked: tuple[tuple[str, str], ...]
    firings: tuple[FiringView, ...]
    sources: tuple[SourceView, ...]
    full: bool


@dataclass(frozen=True, slots=True)
class ReadmeView:
    """What the README of an audit pack shows; `index` are the records that have a page in it."""

    pack: PackView
    index: tuple[PageView, ...]
