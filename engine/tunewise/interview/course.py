"""Leads through the questions: forward, back, to the list of all answers, and to the verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tunewise.errors import UserError
from tunewise.interview.answers import Answers, Questions
from tunewise.interview.choosing import Standing
from tunewise.interview.contradictions import Contradictions
from tunewise.interview.pages import (
    CASE_NAME,
    AnswersSummary,
    Move,
    Page,
    SummaryLine,
    Terminal,
)
from tunewise.interview.saying import because, progress_of, so_far, stopping

NAMED_AT_STOP = 4
"""Questions that are named at the end as what would sharpen the rest."""
DONE_CHOICES = (("Show the verdict", Move.FINISH), ("Go on with questions of detail", Move.BACK))

Stands = Callable[[Answers], Standing]
"""Where an interview stands after some answers; raises UserError where they cannot be decided."""


class Interview:
    """One conversation; `answers` holds what was said so far, whenever it is broken off.

    `standing` is where it stands with them, None where that cannot be told. `_path` are the questions that were
    asked, in order, and `_at` where in it we are.
    """

    def __init__(
        self, questions: Questions, terminal: Terminal, answers: Answers, stands: Stands
    ) -> None:
        self.questions, self.answers = questions, answers
        self.standing: Standing | None = None
        self._terminal, self._stands = terminal, stands
        self._contradictions = Contradictions(questions.rulebook)
        self._accepted = set(self._contradictions.found(questions.known(answers)))
        self._path = [CASE_NAME, *questions.facts(answers)] if answers.name else []
        self._at = len(self._path)
        self._finishing, self._for_detail = True, False

    def run(self) -> None:
        """Ask until nothing would turn a decision, or the person wants the verdict."""
        self._stand()
        if self.questions.open(self.answers):
            self._terminal.greet(self.answers.name, len(self.questions.facts(self.answers)))
        self._finishing = self._ask_open() is not Move.REVIEW

    def review(self, problem: str = "") -> None:
        """Show the summary, with what is wrong where there is, and follow edits until the verdict."""
        at: str | Move = Move.FINISH if self._finishing else Move.BACK
        while (at := self._terminal.review(self._summary(at, problem))) is not Move.FINISH:
            if isinstance(at, Move):
                self._for_detail = True
                at = Move.BACK if self._ask_open() is Move.REVIEW else Move.FINISH
            else:
                self._edit(at)

    def _stand(self) -> None:
        try:
            self.standing = self._stands(self.answers)
        except UserError:  # said at the end, where all answers can be changed
            self.standing = None

    def _ask_open(self) -> Move | None:
        """Ask from where we are on; return the move that led out of it."""
        while (current := self._current()) is not None:
            if isinstance(current, Move):
                return current
            reply = self._ask(current)
            if reply in (Move.REVIEW, Move.FINISH):
                return reply
            self._go(current, reply)
        return None

    def _current(self) -> str | Move | None:
        """Return the question to ask, FINISH where the person is content, None where there is none."""
        if self._at < len(self._path):
            return self._path[self._at]
        if not self.answers.name:
            return CASE_NAME
        if self.standing is None or self.standing.next is None:
            return None
        if self.standing.open:
            self._for_detail = False
        elif not self._for_detail:
            lines = tuple(stopping(self.standing, self._sharpening()))
            if self._terminal.choose(lines, DONE_CHOICES) is Move.FINISH:
                return Move.FINISH
            self._for_detail = True
        return self.standing.next

    def _sharpening(self) -> list[str]:
        left = self.questions.askable(self.answers)[:NAMED_AT_STOP]
        return [self.questions.fact(id).label for id in left]

    def _go(self, current: str, reply: Move | None) -> None:
        """Go back, forward, or on to the next open question."""
        if current not in self._path and reply is None:
            self._path.append(current)
        matters = {CASE_NAME, *self.questions.mattering(self.answers)}
        places = [place for place, id in enumerate(self._path) if id in matters]
        if reply is Move.BACK:
            self._at = max((place for place in places if place < self._at), default=self._at)
        elif reply is Move.FORWARD:
            self._at = min((p for p in places if p > self._at), default=len(self._path))
        elif reply is None:
            self._at = len(self._path)

    def _ask(self, id: str) -> Move | None:
        """Ask one question and keep its answer; return the move that was made instead."""
        if id == CASE_NAME:
            return self._ask_name()
        while (reply := self._terminal.ask(self._page(id))) is Move.SO_FAR:
            self._tell_so_far()
        if isinstance(reply, Move):
            return reply
        self.answers = self.answers.answered(id, reply.answer)
        self._terminal.note(self.questions.fact(id).label, self._say(id))
        self._doubt(id)
        self._stand()
        self._terminal.stands(progress_of(self.questions.rulebook, self.standing))
        return None

    def _tell_so_far(self) -> None:
        if self.standing is not None:
            self._terminal.tell(tuple(so_far(self.questions.rulebook, self.standing)))

    def _doubt(self, id: str) -> None:
        """Ask about what an answer contradicts, once; what is changed then is asked again."""
        found = self._contradictions.found(self.questions.known(self.answers))
        for rule in found:
            if rule in self._accepted:
                continue
            self._accepted.add(rule)
            sentence = self._contradictions.sentence(rule, self.questions.known(self.answers))
            facts = self._contradictions.facts(rule, self.answers)
            choices = [("It is right as it is", "")]
            choices += [(f"Change: {self.questions.fact(f).label}", f) for f in facts]
            changed = self._terminal.choose((sentence,), tuple(choices))
            if isinstance(changed, str) and changed:
                self._accepted.discard(rule)
                self._ask(changed)
                return

    def _ask_name(self) -> Move | None:
        reply = self._terminal.ask_name(self.answers.name)
        if isinstance(reply, Move):
            return reply
        self.answers = self.answers.named(reply)
        self._terminal.note("name", reply)
        return None

    def _edit(self, id: str) -> None:
        """Ask one question again, and then those that matter through the new answer."""
        earlier = set(self.questions.askable(self.answers))
        if self._ask(id) is not None:
            return
        while opened := [q for q in self.questions.askable(self.answers) if q not in earlier]:
            if self._ask(opened[0]) is not None:
                return

    def _page(self, id: str) -> Page:
        fact, book = self.questions.fact(id), self.questions.rulebook
        chosen = self.standing if self.standing and self.standing.next == id else None
        return Page(
            fact=fact,
            group=self.questions.group(id),
            progress=progress_of(book, self.standing),
            answered=id in self.answers.given,
            current=self.answers.given.get(id),
            sources=self._sources(fact.sources),
            because=because(book, chosen) if chosen else "",
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
        left = bool(self.questions.askable(self.answers))
        return AnswersSummary(self.answers.name, tuple(rows), left, at, problem)

    def _row(self, id: str) -> SummaryLine:
        said = self._say(id) if id in self.answers.given else None
        return SummaryLine(id, self.questions.group(id).title, self.questions.fact(id).label, said)
