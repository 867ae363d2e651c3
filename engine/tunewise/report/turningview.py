"""Where the answer turns, and what it is with other models, as words for a template to set out."""

from __future__ import annotations

from dataclasses import dataclass

from tunewise.explaining.sources import SourceView
from tunewise.report.certaintyview import TurningRule


@dataclass(frozen=True, slots=True)
class TurnView:
    """A value from which on `changes` are recommended; `price` says what tokens then cost, empty elsewhere.

    `rules` are those that turn the first of them.
    """

    at: str
    price: str
    changes: tuple[str, ...]
    rules: tuple[TurningRule, ...]


@dataclass(frozen=True, slots=True)
class LeverView:
    """What was found for one figure: its value, `stated` by the case or not, the range tried, the turns.

    `if_stated` is what would change if the value that is assumed were stated.
    """

    label: str
    here: str
    stated: bool
    if_stated: tuple[str, ...]
    least: str
    most: str
    below: tuple[TurnView, ...]
    above: tuple[TurnView, ...]


@dataclass(frozen=True, slots=True)
class ModelView:
    """The case with one model; `own` is the one it has, `changes` what would be recommended instead.

    `assumed` says that nobody stated it. `even` is when tuning pays back, empty where it never does; `ends` is the day
    on which the model does.
    """

    model: str
    says: str
    own: bool
    assumed: bool
    price: str
    per_1000: str
    monthly: str
    even: str
    ends: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TriedView:
    """Another option of a fact, and what would be recommended instead, nothing where the answer stays."""

    label: str
    option: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TurningPointView:
    """A figure at which the decision that matters most turns: at so much and `less` or `more`; of an option no side."""

    label: str
    at: str
    side: str


@dataclass(frozen=True, slots=True)
class Instead:
    """Another option of the decision that matters most, and where it turns to that."""

    option: str
    points: tuple[TurningPointView, ...]


@dataclass(frozen=True, slots=True)
class TurningView:
    """Where one case's answer turns; no models where the case buys no tokens."""

    instead: tuple[Instead, ...]
    levers: tuple[LeverView, ...]
    models: tuple[ModelView, ...]
    options: tuple[TriedView, ...] = ()


@dataclass(frozen=True, slots=True)
class RungView:
    """A remedy: `status` is done, now, next, later or not; `gate` is the measurement that sends one on."""

    label: str
    status: str
    text: str
    takes: str
    gate: str
    sources: tuple[SourceView, ...]
