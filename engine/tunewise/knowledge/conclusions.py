"""What a rule concludes: four kinds, each of which answers all that is asked of a conclusion.

Nobody else need tell the kinds apart: what one has nothing to say of is empty, None or 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import msgspec

from tunewise.knowledge.conditions import Value

Strength = Literal["weak", "moderate", "strong"]
AdviceKind = Literal["contradiction", "risk", "pitfall", "next_step", "guardrail", "hidden_cost"]
"""The kinds of advice: among pieces of one strength they are shown in this order."""
ConclusionForm = Literal["derive", "support", "oppose", "exclude", "advise"]
"""The word with which a rule file writes a conclusion."""
Stance = Literal["for", "against", "veto", ""]
"""How a conclusion stands to the options that it names; empty where it names none."""


@dataclass(frozen=True, slots=True)
class Derive:
    """Sets a derived fact, the `target`, to a value."""

    target: str
    value: Value
    form: ClassVar[ConclusionForm] = "derive"
    stance: ClassVar[Stance] = ""
    options: ClassVar[tuple[str, ...]] = ()
    strength: ClassVar[None] = None
    points: ClassVar[int] = 0
    kind: ClassVar[None] = None

    def of_strength(self, strength: Strength, points: int) -> None:
        """Return nothing: it has no strength."""

    def as_record(self) -> dict[str, Any]:
        """Return it as a rule file writes it."""
        return {self.form: {self.target: msgspec.to_builtins(self.value)}}


@dataclass(frozen=True, slots=True)
class Weigh:
    """Adds points to options of a decision, the `target`: `points` is negative for opposition."""

    target: str
    options: tuple[str, ...]
    strength: Strength
    points: int
    value: ClassVar[None] = None
    kind: ClassVar[None] = None

    @property
    def form(self) -> ConclusionForm:
        """The word with which a rule file writes it."""
        return "support" if self.points > 0 else "oppose"

    @property
    def stance(self) -> Stance:
        """Whether it speaks for its options or against them."""
        return "for" if self.points > 0 else "against"

    def of_strength(self, strength: Strength, points: int) -> Weigh:
        """Return the same with another strength, which is worth so many points."""
        return replace(self, strength=strength, points=-points if self.points < 0 else points)

    def as_record(self) -> dict[str, Any]:
        """Return it as a rule file writes it, with the points that it carries."""
        said: dict[str, Any] = {self.form: {self.target: list(self.options)}}
        return {**said, "strength": self.strength, "points": self.points}


@dataclass(frozen=True, slots=True)
class Exclude:
    """Vetoes options of a decision, the `target`, whatever their score."""

    target: str
    options: tuple[str, ...]
    form: ClassVar[ConclusionForm] = "exclude"
    stance: ClassVar[Stance] = "veto"
    value: ClassVar[None] = None
    strength: ClassVar[None] = None
    points: ClassVar[int] = 0
    kind: ClassVar[None] = None

    def of_strength(self, strength: Strength, points: int) -> None:
        """Return nothing: it has no strength."""

    def as_record(self) -> dict[str, Any]:
        """Return it as a rule file writes it."""
        return {self.form: {self.target: list(self.options)}}


@dataclass(frozen=True, slots=True)
class Advise:
    """Shows a contradiction, risk, pitfall, next step, guardrail or hidden cost; the one with most points first."""

    kind: AdviceKind
    strength: Strength
    points: int
    form: ClassVar[ConclusionForm] = "advise"
    stance: ClassVar[Stance] = ""
    target: ClassVar[None] = None
    options: ClassVar[tuple[str, ...]] = ()
    value: ClassVar[None] = None

    def of_strength(self, strength: Strength, points: int) -> Advise:
        """Return the same with another strength, which is worth so many points."""
        return replace(self, strength=strength, points=points)

    def as_record(self) -> dict[str, Any]:
        """Return it as a rule file writes it."""
        return {self.form: self.kind, "strength": self.strength}


Conclusion = Derive | Weigh | Exclude | Advise
