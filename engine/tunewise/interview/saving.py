"""Decides where the answers of one interview are saved, and replaces nothing that is not its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tunewise.errors import Problem, UserError
from tunewise.interview.answers import Answers, Questions
from tunewise.interview.casefile import (
    ENDING,
    Saved,
    case_file_slug,
    case_text,
    free_path,
)
from tunewise.interview.choosing import Standing
from tunewise.writing import write_whole

Choose = Callable[[str, str], str | None]
"""Chooses between a path that exists and one that is free; None saves nothing."""


def free(path: str, other: str) -> str:
    """Choose the free path: for when nobody can be asked."""
    return other


class Store:
    """The files of one interview: its own are replaced at will, all others only where that is chosen."""

    def __init__(
        self, questions: Questions, source: str | None, start: Saved, output: str | None
    ) -> None:
        self._questions = questions
        self._output = output
        self._source = source
        self._saved = start.answers if source is not None else Answers()
        self._path = source
        self._own = {_whole(source)} if source is not None and start.unfinished else set()
        if output is not None or source is None:
            _check_writable(output or case_file_slug("") + ENDING)

    def save(
        self,
        answers: Answers,
        finished: bool,
        choose: Choose,
        standing: Standing | None = None,
    ) -> str | None:
        """Save the answers where they are not saved yet; return the path that holds them, if any."""
        if answers == self._saved and self._stays() and not (finished and self._own_source()):
            return self._path
        target = self._target(answers)
        if Path(target).exists() and _whole(target) not in self._own:
            chosen = choose(target, free_path(target))
            if chosen is None:
                return None
            target = chosen
        facts = self._questions.facts(answers)
        stop = None if standing is None else standing.certificate(self._questions.rulebook.sha256)
        write_whole(target, case_text(answers, facts, target, finished, stop))
        self._own.add(_whole(target))
        self._path, self._saved, self._output = target, answers, None
        return target

    def _target(self, answers: Answers) -> str:
        if self._output is None and self._path is not None:
            return self._path
        return self._output or case_file_slug(answers.name) + ENDING

    def _stays(self) -> bool:
        """Whether the answers are wanted in no other file than the one that holds them."""
        return self._output is None or (
            self._path is not None and _whole(self._path) == _whole(self._output)
        )

    def _own_source(self) -> bool:
        """Whether the source says that it is unfinished, which is no longer so."""
        return self._source is not None and _whole(self._source) in self._own


def _whole(path: str) -> str:
    return os.path.realpath(path)


def _check_writable(path: str) -> None:
    """Raise UserError before the first question where the last could not be saved."""
    folder = Path(path).parent
    if Path(path).is_dir():
        raise UserError(Problem(path, None, "", "is a folder; name a file in it"))
    if Path(path).exists() and not Path(path).is_file():
        raise UserError(Problem(path, None, "", "is no file that answers can be kept in"))
    if not folder.is_dir():
        raise UserError(Problem(path, None, "", "cannot be written: there is no such folder"))
    if not os.access(folder, os.W_OK):
        message = "cannot be written: its folder is read-only; name a file elsewhere with --save"
        raise UserError(Problem(path, None, "", message))
