"""What the page of one record shows: texts alone, nothing left to work out.

`stance` is for, against or veto; `origin` and `asked.way` are ids that a template compares.
"""

from __future__ import annotations

from dataclasses import dataclass

from tunewise.explaining.sources import SourceView


@dataclass(frozen=True, slots=True)
class ArgumentView:
    """A rule that fired: what it spoke for or against, why, on which facts, from which sources.

    `decisive` says that the decision would have gone another way without it.
    """

    rule: str
    stance: str
    points: int
    options: str
    text: str
    facts: tuple[tuple[str, str], ...]
    sources: tuple[SourceView, ...]
    decisive: bool


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
class StandingView:
    """How an option stood."""

    label: str
    score: int
    chosen: bool
    vetoed: bool


@dataclass(frozen=True, slots=True)
class RecordedDecisionView:
    """A decision: what was chosen, by what lead, and how each option stood; `lead` is None where none other stood."""

    label: str
    question: str
    chosen: str
    blocked: bool
    lead: int | None
    standings: tuple[StandingView, ...]


@dataclass(frozen=True, slots=True)
class AskedView:
    """The answer to why, or why not, an option was chosen; `standings` are it and the chosen one."""

    way: str
    option: str
    decision: str
    chosen: bool
    standings: tuple[StandingView, ...]
    spoke_for: tuple[ArgumentView, ...]
    spoke_against: tuple[ArgumentView, ...]
    near: tuple[NearView, ...]


@dataclass(frozen=True, slots=True)
class CostView:
    """What an approach was to cost; `lines` are what it is made up of, as expected and from low to high."""

    label: str
    initial: str
    monthly: str
    expected: str
    span: str
    lines: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class RecordedFiringView:
    """A rule that fired, in the order of firing."""

    rule: str
    sentence: str
    text: str
    facts: tuple[tuple[str, str], ...]
    sources: tuple[SourceView, ...]


@dataclass(frozen=True, slots=True)
class PersonView:
    """What a person decided on the record: an approval, or an override to `option` of `decision`."""

    kind: str
    decision: str
    option: str
    by: str
    role: str
    reason: str
    written: str


@dataclass(frozen=True, slots=True)
class PageView:
    """A record in words.

    `full` says that everything is wanted; `doubts`, what does not hold of the line; `carried` are the weightiest
    of the rules that carried it, which are `carrying` in all; `sources` are all that the rules come from which fired;
    `unknown` are the facts worth asking that rules waited for, the most waited for first.
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
    decisions: tuple[RecordedDecisionView, ...]
    people: tuple[PersonView, ...]
    carried: tuple[ArgumentView, ...]
    carrying: int
    asked: AskedView | None
    unknown: tuple[str, ...]
    facts: tuple[tuple[str, str, str, str], ...]
    costs: tuple[CostView, ...]
    months: int
    assumptions: tuple[tuple[str, str], ...]
    prices: tuple[tuple[str, str, str], ...]
    masked: tuple[tuple[str, str], ...]
    firings: tuple[RecordedFiringView, ...]
    sources: tuple[SourceView, ...]
    full: bool
