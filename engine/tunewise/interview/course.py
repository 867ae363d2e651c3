"""Leads through the questions: forward, back, to the list of all answers, and to the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from tunewise.interview.answers import Answers, GivenAnswer, QuestionProgress, Questions
from tunewise.knowledge.vocabulary import Fact, Group

CASE_NAME = ""
"""Stands for the use case's name, which is asked before all facts."""


class Move(Enum):
    """What a person may do instead of answering."""

    BACK = auto()
    REVIEW = auto()
    FINISH = auto()


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: a value, or None where it is not known."""

    answer: GivenAnswer


@dataclass(frozen=True, slots=True)
class Page:
    """One question with all that is shown around it; `heading` says that its group begins here."""

    fact: Fact
    group: Group
    heading: bool
    progress: QuestionProgress
    answered: bool
    current: GivenAnswer
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """One line of the summary; `said` is None where there is no answer yet."""

    id: str
    group: str
    label: str
    said: str | None


@dataclass(frozen=True, slots=True)
class AnswersSummary:
    """All that was answered, and about how many questions are left.

    `at` is what was chosen last: an answer's id, FINISH for the verdict or BACK for the open questions;
    `problem` says what kept the verdict from being found.
    """

    name: str
    rows: tuple[SummaryLine, ...]
    left: int
    at: str | Move
    problem: str = ""


class Terminal(Protocol):
    """Whatever shows questions to a person. Each method raises KeyboardInterrupt on Ctrl-C."""

    def greet(self, name: str, answered: int, left: int) -> None:
        """Say how many questions are answered, and about how many are left."""

    def ask_name(self, current: str) -> str | Move:
        """Return a name that is not empty, or a move."""

    def ask(self, page: Page) -> Said | Move:
        """Return the answer to a question, or a move."""

    def review(self, summary: AnswersSummary) -> str | Move:
        """Return the id to edit, FINISH for the verdict, or BACK for the next open question."""

    def note(self, label: str, said: str) -> None:
        """Show what was understood."""


class Interview:
    """One conversation; `answers` holds what was said so far, whenever it is broken off."""

    def __init__(self, questions: Questions, terminal: Terminal, answers: Answers) -> None:
        self.questions = questions
        self.answers = answers
        self._terminal = terminal
        self._finishing = True

    def run(self) -> None:
        """Ask all open questions."""
        if self.questions.open(self.answers):
            answered = len(self.questions.facts(self.answers))
            self._terminal.greet(self.answers.name, answered, self._left())
        self._finishing = self._ask_open() is not Move.REVIEW

    def review(self, problem: str = "") -> None:
        """Show the summary, with what is wrong where there is, and follow edits until the verdict."""
        at: str | Move = Move.FINISH if self._finishing else Move.BACK
        while (at := self._terminal.review(self._summary(at, problem))) is not Move.FINISH:
            if isinstance(at, Move):
                at = Move.BACK if self._ask_open() is Move.REVIEW else Move.FINISH
            else:
                self._edit(at)

    def _ask_open(self) -> Move | None:
        """Ask from the first open question on; return the move that led out of it."""
        current = self._next()
        while current is not None:
            reply = self._ask(current)
            if reply in (Move.REVIEW, Move.FINISH):
                return reply
            current = self._before(current) if reply is Move.BACK else self._next()
        return None

    def _next(self) -> str | None:
        if not self.answers.name:
            return CASE_NAME
        return next(iter(self.questions.open(self.answers)), None)

    def _before(self, id: str) -> str:
        return (
            CASE_NAME if id == CASE_NAME else self.questions.before(id, self.answers) or CASE_NAME
        )

    def _ask(self, id: str) -> Move | None:
        """Ask one question and keep its answer; return the move that was made instead."""
        if id == CASE_NAME:
            return self._ask_name()
        reply = self._terminal.ask(self._page(id))
        if isinstance(reply, Move):
            return reply
        self.answers = self.answers.answered(id, reply.answer)
        self._terminal.note(self.questions.fact(id).label, self._say(id))
        return None

    def _ask_name(self) -> Move | None:
        reply = self._terminal.ask_name(self.answers.name)
        if isinstance(reply, Move):
            return reply
        self.answers = self.answers.named(reply)
        self._terminal.note("name", reply)
        return None

    def _edit(self, id: str) -> None:
        """Ask one question again, and then those that matter through the new answer."""
        earlier = set(self.questions.open(self.answers))
        if self._ask(id) is not None:
            return
        while opened := [q for q in self.questions.open(self.answers) if q not in earlier]:
            if self._ask(opened[0]) is not None:
                return

    def _page(self, id: str) -> Page:
        questions, answers = self.questions, self.answers
        fact = questions.fact(id)
        return Page(
            fact=fact,
            group=questions.group(id),
            heading=questions.opens_group(id, answers),
            progress=questions.progress(id, answers),
            answered=id in answers.given,
            current=answers.given.get(id),
            sources=self._sources(fact.sources),
        )

    def _sources(self, items: Sequence[str]) -> tuple[str, ...]:
        book = self.questions.rulebook
        documents = [book.items[item].document for item in items if item in book.items]
        return tuple(dict.fromkeys(book.documents[document].title for document in documents))

    def _say(self, id: str) -> str:
        answer = self.answers.given[id]
        return "don't know" if answer is None else self.questions.fact(id).say(answer)

    def _summary(self, at: str | Move, problem: str) -> AnswersSummary:
        rows = [self._row(id) for id in self.questions.mattering(self.answers)]
        return AnswersSummary(self.answers.name, tuple(rows), self._left(), at, problem)

    def _left(self) -> int:
        """Return about how many questions are left, and 0 only where none is."""
        answered = len(self.questions.facts(self.answers))
        about = max(1, self.questions.about(self.answers) - answered)
        return about if self.questions.open(self.answers) else 0

    def _row(self, id: str) -> SummaryLine:
        said = self._say(id) if id in self.answers.given else None
        return SummaryLine(id, self.questions.group(id).title, self.questions.fact(id).label, said)
