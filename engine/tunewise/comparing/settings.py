"""Says what a way of deciding consists of, and refuses one that no rulebook can go."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date

from tunewise.costs.model import CostModel
from tunewise.errors import UserError
from tunewise.knowledge.rulebook import Rulebook
from tunewise.organisation.rulebooks import in_force


@dataclass(frozen=True, slots=True)
class Settings:
    """A way of deciding; what is None is left as it is otherwise."""

    rulebook: Rulebook | None = None
    as_of: date | None = None
    assumptions: Mapping[str, str] | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing is asked for."""
        return self == Settings()

    def over(self, other: Settings) -> Settings:
        """Return this way, with another's parts where this one leaves them open."""
        return Settings(
            self.rulebook or other.rulebook,
            self.as_of or other.as_of,
            other.assumptions if self.assumptions is None else self.assumptions,
        )


def check_settings(way: Settings, rulebooks: Collection[Rulebook], day: date, option: str) -> None:
    """Raise UserError where a way's rulebook cannot reckon, or none that may decide knows its assumptions.

    `day` counts where the way leaves the date open, `rulebooks` where it leaves the rulebook open; the option is
    the one by which assumptions were given.
    """
    if way.rulebook is None and not way.assumptions:
        return
    refusals = []
    for book in rulebooks if way.rulebook is None else (way.rulebook,):
        try:
            CostModel(in_force(book, way.as_of or day), way.as_of or day, way.assumptions or {})
            return
        except UserError as error:
            refusals.append(error)
    if refusals:
        raise UserError(
            replace(problem, where=problem.where.replace("--assume", option))
            for problem in refusals[0].problems
        )
