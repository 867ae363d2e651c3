"""How certain a case is, as words for a template to set out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TurningRule:
    """A rule that turns a decision, and what it would then conclude, or conclude no longer."""

    id: str
    says: str


@dataclass(frozen=True, slots=True)
class AnswerView:
    """A single answer, what the first decision would turn to, and the rules that turn it."""

    label: str
    value: str
    to: str
    rules: tuple[TurningRule, ...]


@dataclass(frozen=True, slots=True)
class FlipView:
    """A change of facts that turns the first decision: each with its value, and what it turns to."""

    facts: tuple[tuple[str, str], ...]
    to: str
    yours: bool


@dataclass(frozen=True, slots=True)
class CertaintyView:
    """How certain the first decision is, of which `status` is settled, firm, open or too early.

    `known` of `of` facts are stated; `turns` are the single answers that would turn it, `first` those of them to be
    named in a line, of which `more` are left out. `flips` are changes of what is stated that would turn it.
    """

    status: str
    known: int
    of: int
    first: tuple[AnswerView, ...]
    more: int
    turns: tuple[AnswerView, ...]
    flips: tuple[FlipView, ...]


@dataclass(frozen=True, slots=True)
class LimitView:
    """A limit that an option misses: the fact that sets it, and by how much it is over."""

    label: str
    over: str


@dataclass(frozen=True, slots=True)
class NearestView:
    """The option that comes nearest where all are ruled out.

    `limits` are the budgets that it is over, and `reasons` what else rules it out.
    """

    option: str
    limits: tuple[LimitView, ...]
    reasons: tuple[str, ...]
