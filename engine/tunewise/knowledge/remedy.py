"""Remedies as frozen values: what mends a shortfall, what it takes, and the gate to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tunewise.knowledge.conditions import Condition, facts_read
from tunewise.structure import Frozen

TEST_CASES = "test_cases"
"""The number in a gate that is worked out: how many test cases tell the difference."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """A condition that settles a remedy, and what is said where it is true."""

    when: Condition
    because: str


class EvaluationSet(Frozen, frozen=True, kw_only=True):
    """What the size of a test rests on.

    `target`, `measured` and `difference` are facts: the share wanted, those reached, and the least difference that
    counts. `share` and `margin` stand in where nothing is known, `least` is the smallest test worth its name.
    `squared_deviations` is the certainty wanted: the square of the standard deviations left open either way.
    """

    target: str
    measured: tuple[str, ...]
    difference: str
    share: float
    margin: float
    least: int
    squared_deviations: float
    sources: tuple[str, ...]
    checked: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """One thing to do about a shortfall.

    `when` says where it is worth it, `done` where it was tried, `never` where it cannot help. `decision` with
    `options` names how the verdict itself asks for it, and `otherwise` says why not where nothing does. What is
    `first` comes before all that is to be measured. `gate` is the measurement that sends one on.
    """

    id: str
    label: str
    when: Condition
    done: Ruling | None
    never: Ruling | None
    decision: str
    options: tuple[str, ...]
    otherwise: str
    takes: str
    because: str
    gate: str
    first: bool
    after: tuple[str, ...]
    sources: tuple[str, ...]
    checked: str

    @property
    def reads(self) -> tuple[str, ...]:
        """The facts that its conditions read."""
        rulings = (ruling.when for ruling in (self.done, self.never) if ruling is not None)
        found = [fact for when in (self.when, *rulings) for fact in facts_read(when)]
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Remedies:
    """The remedies of a rulebook, in the order in which they are tried; none in one that is older."""

    by_id: Mapping[str, Remedy] = field(default_factory=dict)
    test: EvaluationSet | None = None
