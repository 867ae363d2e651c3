"""What a report shows, as frozen values: everything is worked out here, a template only sets it out.

Every text is for people, except `key`, `anchor` and the words that templates branch on (`stance`,
`closeness`, `origin`, `basis`); those hold lower-case letters, digits, hyphens and spaces alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from tunewise.explaining.sources import SourceView
from tunewise.report.certaintyview import CertaintyView, NearestView
from tunewise.report.costsview import CostsView
from tunewise.report.turningview import RungView, TurningView


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document, and those of its items that a report names."""

    title: str
    link: str
    dated: str
    items: tuple[SourceView, ...]


@dataclass(frozen=True, slots=True)
class Dispute:
    """Another rule or source that says otherwise."""

    text: str
    source: SourceView | None


@dataclass(frozen=True, slots=True)
class FactView:
    """A fact and its value; `origin` is given, assumed, derived, computed or decided."""

    id: str
    label: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Argument:
    """A rule that fired for or against options, with its facts' values in the sentence.

    `stance` is for, against or veto, as seen from `option`; `points` are negative where it is against,
    0 for a veto. `lift` is the condition that must stop being true for a veto to fall, empty where none can, and for
    other arguments.
    `facts` are those that it read; `decisive` says that the decision would have gone another way without it.
    """

    rule: str
    anchor: str
    text: str
    option: str
    stance: str
    strength: str
    points: int
    lift: str
    facts: tuple[FactView, ...]
    sources: tuple[SourceView, ...]
    disputes: tuple[Dispute, ...]
    decisive: bool


@dataclass(frozen=True, slots=True)
class OptionView:
    """How one option stands; `support` and `opposition` are points, the shares percent of a full bar.

    It is `silent` where it was not chosen and nothing speaks for or against it.
    """

    label: str
    says: str
    chosen: bool
    score: int
    support: int
    opposition: int
    support_share: int
    opposition_share: int
    arguments: tuple[Argument, ...]
    vetoes: tuple[Argument, ...]

    @property
    def silent(self) -> bool:
        """Whether there is nothing to say of it."""
        return not (self.chosen or self.arguments or self.vetoes)


@dataclass(frozen=True, slots=True)
class Lift:
    """A veto, and the condition that would have to stop being true; empty where it always is true."""

    option: str
    text: str
    condition: str


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One decision.

    `closeness` is blocked, alone (no other option stands), tie, or the weakest argument that would have
    turned it: weak, moderate, strong; clear where none would. `silent` names the silent options.
    `nearest` is the option that misses least where all are ruled out.
    """

    label: str
    question: str
    chosen: str
    says: str
    runner_up: str
    margin: int | None
    closeness: str
    options: tuple[OptionView, ...]
    silent: tuple[str, ...]
    lifts: tuple[Lift, ...]
    nearest: NearestView | None


@dataclass(frozen=True, slots=True)
class FactGroup:
    """The facts of one page of the questionnaire."""

    title: str
    facts: tuple[FactView, ...]


@dataclass(frozen=True, slots=True)
class UnknownView:
    """A fact that nobody stated; `rules` is the number of rules that wait for it."""

    id: str
    question: str
    why: str
    rules: int


@dataclass(frozen=True, slots=True)
class MissView:
    """Rules that the same fact kept from firing: what they would have concluded, and what that needs."""

    value: str
    needed: str
    conclusions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AdviceView:
    """A pitfall, hidden cost, risk, guardrail or next step."""

    kind: str
    text: str
    anchor: str
    sources: tuple[SourceView, ...]


@dataclass(frozen=True, slots=True)
class FiringView:
    """One step of the trace: the rule, the facts it read, what it concluded and where it comes from."""

    rule: str
    anchor: str
    text: str
    sentence: str
    conclusion: str
    checked: str
    facts: tuple[FactView, ...]
    sources: tuple[SourceView, ...]
    disputes: tuple[Dispute, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case, from the name to the digest of the rulebook.

    `name` is cut for headings, `full_name` whole (empty where it is the same); `plainly` is the verdict in plain
    words, empty where the rulebook has none or nothing is left; `first` is the decision that
    matters most, and `rest` the labels of what else was chosen. `reasons` are the three strongest;
    `disputed` are those among them, or among the decisive, that a source contradicts. `sections` names what stands
    below the first page, in order: each is a macro of case.j2. `find_out` are the questions to be answered first
    where it is too early for a verdict, and nothing else is shown.
    """

    key: str
    number: int
    name: str
    full_name: str
    description: tuple[str, ...]
    owner: str
    tags: tuple[str, ...]
    plainly: str
    first: DecisionView
    rest: tuple[str, ...]
    certainty: CertaintyView
    find_out: tuple[str, ...]
    reasons: tuple[Argument, ...]
    ladder: tuple[RungView, ...]
    disputed: tuple[Argument, ...]
    decisions: tuple[DecisionView, ...]
    blocked: tuple[DecisionView, ...]
    unknown: tuple[UnknownView, ...]
    unknown_rest: tuple[UnknownView, ...]
    idle: tuple[str, ...]
    near_misses: tuple[MissView, ...]
    near_misses_left: int
    turning: TurningView | None
    costs: CostsView | None
    advice: tuple[AdviceView, ...]
    advice_rest: tuple[AdviceView, ...]
    facts: tuple[FactGroup, ...]
    firings: tuple[FiringView, ...]
    sections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportView:
    """The cases of one run and what they rest on; `early`: all are too early; `strengths`: the points of each."""

    cases: tuple[CaseView, ...]
    early: bool
    sources: tuple[DocumentView, ...]
    as_of: str
    rulebook: str
    rulebook_version: str
    rulebook_sha256: str
    strengths: tuple[tuple[str, int], ...]
    rules: int
    documents: int
    versions: tuple[tuple[str, str], ...]
