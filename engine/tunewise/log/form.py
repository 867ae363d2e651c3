"""The form of a record: the model that lines are held to, and that the shipped JSON Schema is made from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tunewise.costs.breakeven import NEVER, BreakEvenReason
from tunewise.log.content import HUMAN_SCHEMA, RECORD_SCHEMA, RUN_SCHEMA

Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, Meta(ge=0)]
Amount = Annotated[int, Meta(ge=0)] | Annotated[float, Meta(ge=0)]
RecordedValue = bool | int | float | str | list[str]
RecordedOrigin = Literal["given", "assumed", "derived", "computed"]
Action = Literal["mask", "drop"]


class RecordForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The base of a record's parts: they have these members, in this order, and no others."""


class CaseForm(RecordForm, frozen=True):
    """What a case says of itself."""

    name: str
    description: str
    owner: str
    tags: list[str]
    id: str | UnsetType = UNSET
    row: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    inventory: Digest | UnsetType = UNSET


class OrganisationForm(RecordForm, frozen=True):
    """The digests of an organisation's policy, and of the rulebook that it is over."""

    sha256: Digest
    over: Digest


class RulebookForm(RecordForm, frozen=True):
    """Which rulebook decided, and under which organisation's policy, if any."""

    version: str
    sha256: Digest
    organisation: OrganisationForm | UnsetType = UNSET


class CurrencyForm(RecordForm, frozen=True):
    """What sums were shown in."""

    code: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    per_usd: Annotated[int, Meta(gt=0)] | Annotated[float, Meta(gt=0)]


class FactForm(RecordForm, frozen=True):
    """A known fact, and where it comes from."""

    value: RecordedValue
    origin: RecordedOrigin


class EvidenceForm(RecordForm, frozen=True):
    """The points that a rule gave an option."""

    rule: str
    points: int


class OptionForm(RecordForm, frozen=True):
    """How an option stood."""

    option: str
    score: int
    vetoed_by: list[str]
    evidence: list[EvidenceForm]


class DecisionForm(RecordForm, frozen=True):
    """What was decided, and by what margin."""

    decision: str
    chosen: str
    margin: Count | None
    options: Annotated[list[OptionForm], Meta(min_length=2)]


class FiringForm(RecordForm, frozen=True):
    """A rule that fired, and the facts that it read."""

    rule: str
    facts: dict[str, RecordedValue]


class SpanForm(RecordForm, frozen=True):
    """A sum in USD."""

    low: Amount
    expected: Amount
    high: Amount


class LineForm(RecordForm, frozen=True):
    """One cost of an approach."""

    id: str
    amount: SpanForm


class EstimateForm(RecordForm, frozen=True):
    """What an approach costs: at first, each month, over the horizon, per 1,000 requests."""

    initial: SpanForm
    monthly: SpanForm
    horizon: SpanForm
    per_1000_requests: SpanForm | None
    lines: list[LineForm]


class MonthsForm(RecordForm, frozen=True):
    """Months until tuning has paid for itself, or never."""

    low: Amount | Literal[NEVER]  # type: ignore[valid-type]
    expected: Amount | Literal[NEVER]  # type: ignore[valid-type]
    high: Amount | Literal[NEVER]  # type: ignore[valid-type]


class BreakEvenForm(RecordForm, frozen=True, kw_only=True):
    """When tuning pays back; the horizon alone where nothing is compared."""

    months: MonthsForm | UnsetType = UNSET
    reason: BreakEvenReason | UnsetType = UNSET
    horizon_months: Count

    def __post_init__(self) -> None:
        if (self.months is UNSET) is not (self.reason is UNSET):
            raise ValueError("months and reason stand together")


class PriceForm(RecordForm, frozen=True):
    """What a model's tokens cost, in USD per million."""

    model: str
    input_usd_per_mtok: Amount
    output_usd_per_mtok: Amount


class MaskedForm(RecordForm, frozen=True):
    """A part of the record that was masked or dropped."""

    path: str
    action: Action


class FlipForm(RecordForm, frozen=True):
    """A change of facts, with what costs are then, and what a decision turns to."""

    decision: str
    facts: Annotated[dict[str, RecordedValue], Meta(min_length=1)]
    computed: dict[str, RecordedValue | None]
    to: str


class Record(RecordForm, frozen=True, kw_only=True):
    """A decision record, as a line of a log holds it."""

    schema: Literal[RECORD_SCHEMA]  # type: ignore[valid-type]
    case: CaseForm
    as_of: date
    versions: dict[str, str]
    rulebook: RulebookForm
    assumptions: dict[str, str]
    currency: CurrencyForm
    facts: dict[str, FactForm]
    recommendation: dict[str, str]
    tuning_plan: dict[str, str]
    decisions: Annotated[list[DecisionForm], Meta(min_length=1)]
    firings: list[FiringForm]
    costs: dict[str, EstimateForm]
    break_even: BreakEvenForm
    prices: list[PriceForm]
    flips: list[FlipForm] | UnsetType = UNSET
    masked: list[MaskedForm]
    written: datetime | None
    previous: Digest | None
    digest: Digest


class DecidedRecord(RecordForm, frozen=True):
    """The record that a person decided on: where it stands in the log, and its digest."""

    line: Annotated[int, Meta(ge=1)]
    digest: Digest


class HumanDecision(RecordForm, frozen=True):
    """What a person decided on a record: to follow it, or to take another option than the recommended one.

    `decision`, `recommended` and `chosen` stand in an override alone.
    """

    schema: Literal[HUMAN_SCHEMA]  # type: ignore[valid-type]
    kind: Literal["approval", "override"]
    record: DecidedRecord
    decision: str | None
    recommended: str | None
    chosen: str | None
    by: Annotated[str, Meta(min_length=1)]
    role: Annotated[str, Meta(min_length=1)]
    reason: Annotated[str, Meta(min_length=1)]
    written: datetime
    previous: Digest
    digest: Digest

    def __post_init__(self) -> None:
        options = (self.decision, self.recommended, self.chosen)
        if any((one is None) is (self.kind == "override") for one in options):
            raise ValueError("decision, recommended and chosen stand in an override alone")


class ReadInventory(RecordForm, frozen=True):
    """The inventory that a run of a batch read: its name, its bytes, their SHA-256."""

    name: str
    size: Count
    sha256: Digest


class RejectsForm(RecordForm, frozen=True):
    """Problems of one kind: the column, in words what was wrong, the first row, how many there are."""

    column: str
    reason: str
    first_row: Annotated[int, Meta(ge=1)]
    count: Annotated[int, Meta(ge=1)]


class BatchRun(RecordForm, frozen=True):
    """What a run of a batch read, and what became of it: the last entry of the run, behind its records.

    `rejects_sha256` is the SHA-256 of the list of rejected rows, rejects.csv.
    """

    schema: Literal[RUN_SCHEMA]  # type: ignore[valid-type]
    inventory: ReadInventory
    rulebook: RulebookForm
    as_of: date
    read: Count
    accepted: Count
    rejected: Count
    skipped: Count
    too_early: Count
    rejects: list[RejectsForm]
    rejects_sha256: Digest
    written: datetime | None
    previous: Digest | None
    digest: Digest
