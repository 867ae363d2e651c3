"""What an interview shows, and what a person may do there, as values between its course and its terminal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from tunewise.interview.answers import GivenAnswer
from tunewise.knowledge.vocabulary import Fact, Group

CASE_NAME = ""
"""Stands for the use case's name, which is asked before all facts."""


class Move(Enum):
    """What a person may do instead of answering."""

    BACK = auto()
    FORWARD = auto()
    SO_FAR = auto()
    REVIEW = auto()
    FINISH = auto()


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: a value, or None where it is not known."""

    answer: GivenAnswer


@dataclass(frozen=True, slots=True)
class Settling:
    """What is left to settle: the decisions that are settled by proof, that no single answer turns, and the open."""

    settled: tuple[str, ...]
    firm: tuple[str, ...]
    open: tuple[str, ...]

    @property
    def decisions(self) -> int:
        """How many decisions there are."""
        return len(self.settled) + len(self.firm) + len(self.open)


@dataclass(frozen=True, slots=True)
class Page:
    """One question with all that is shown around it; `because` says what its answer decides, as far as is known."""

    fact: Fact
    group: Group
    progress: Settling
    answered: bool
    current: GivenAnswer
    sources: tuple[str, ...]
    because: str = ""


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """One line of the summary; `said` is None where there is no answer yet."""

    id: str
    group: str
    label: str
    said: str | None


@dataclass(frozen=True, slots=True)
class AnswersSummary:
    """All that was answered, and whether there are questions left.

    `at` is what was chosen last: an answer's id, FINISH for the verdict or BACK for the open questions;
    `problem` says what kept the verdict from being found.
    """

    name: str
    rows: tuple[SummaryLine, ...]
    left: bool
    at: str | Move
    problem: str = ""


class Terminal(Protocol):
    """Whatever shows questions to a person. Each method raises KeyboardInterrupt on Ctrl-C."""

    def greet(self, name: str, answered: int) -> None:
        """Say what lies ahead, and how many questions are answered."""

    def ask_name(self, current: str) -> str | Move:
        """Return a name that is not empty, or a move."""

    def ask(self, page: Page) -> Said | Move:
        """Return the answer to a question, or a move."""

    def review(self, summary: AnswersSummary) -> str | Move:
        """Return the id to edit, FINISH for the verdict, or BACK for the next open question."""

    def note(self, label: str, said: str) -> None:
        """Show what was understood."""

    def stands(self, progress: Settling) -> None:
        """Show on one line what is settled and what is open."""

    def tell(self, lines: tuple[str, ...]) -> None:
        """Show lines that stay."""

    def choose(
        self, lines: tuple[str, ...], choices: tuple[tuple[str, str | Move], ...]
    ) -> str | Move:
        """Show lines, and return what is chosen of some choices, each with its words."""
