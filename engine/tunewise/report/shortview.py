"""What a short report shows: the verdict, how sure it is, why, what it costs, what would turn it, what to do first."""

from __future__ import annotations

from dataclasses import dataclass

from tunewise.report.certaintyview import CertaintyView
from tunewise.report.moneyview import SumsView
from tunewise.report.turningview import RungView, TurningView
from tunewise.report.view import DecisionView


@dataclass(frozen=True, slots=True)
class ShortView:
    """One case in short.

    `verdict` is what to do in plain words, empty where the first decision is blocked. `find_out` are the questions
    to answer first where it is too early. `turning` are the figures at which the verdict turns, where they were
    searched, and `reversal` says what it rests on. `steps` are the rungs to come, the first of them now. `policy` are
    the reasons of an organisation's entries that decided something, `shut` the decisions that they leave no option.
    """

    name: str
    verdict: str
    first: DecisionView
    certainty: CertaintyView
    find_out: tuple[str, ...]
    reasons: tuple[str, ...]
    money: SumsView | None
    turning: TurningView | None
    reversal: str
    steps: tuple[RungView, ...]
    policy: tuple[str, ...]
    shut: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShortReport:
    """The cases of one run in short."""

    cases: tuple[ShortView, ...]
    as_of: str
