"""Shows questions in the terminal: the only module that knows questionary."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import questionary
from questionary import Choice, Separator, Style

from tunewise.cases.written import read_typed
from tunewise.interview import layout
from tunewise.interview.keys import (
    MOVES,
    NOTHING,
    WHY,
    Why,
    completer_of,
    depth,
    explained_by,
    point_by_keys,
    room_for_errors,
    run_prompt,
)
from tunewise.interview.pages import CASE_NAME, AnswersSummary, Move, Page, Said, Settling
from tunewise.knowledge.vocabulary import UNKNOWN, Fact

PROMPT_STYLE = Style.from_dict(
    {
        "qmark": "fg:#808080",
        "question": "bold",
        "instruction": "fg:#808080",
        "separator": "fg:#808080",
        "pointer": "fg:ansicyan bold",
        "highlighted": "fg:ansicyan bold",
        "selected": "noreverse fg:ansigreen",
        "answer": "",
        "validation-toolbar": "noreverse bg:default fg:ansired",
        "bottom-toolbar": "noreverse",
    }
)
NUMBERS = "1234567890"

AnswerCheck = Callable[[Fact, Any], Any]
"""Returns the value that is kept; raises ValueError with a sentence where it is no good for a fact."""
Suggest = Callable[[Fact], Sequence[str]]
"""Returns the names that may be meant for a fact that is a text."""


NONE_OF_THESE = "(none)"
SET_ENDS = ((NONE_OF_THESE, "none of these"), (UNKNOWN, "don't know"))
"""The rows of a set that stand for none of its values, and for not knowing."""


class Questionnaire:
    """A terminal that questions are asked in; `check` looks at typed values more closely, `suggest` lists names."""

    def __init__(self, check: AnswerCheck, suggest: Suggest) -> None:
        self._check, self._suggest = check, suggest
        plain = bool(os.environ.get("NO_COLOR"))
        self._looks: dict[str, Any] = {
            "style": PROMPT_STYLE,
            "color_depth": depth(plain),
            "erase_when_done": True,
        }

    def note(self, label: str, said: str) -> None:
        """Show what was understood, on one line."""
        self._print(layout.shorten_line(f"✓ {label}: {said}", layout.line_width()))

    def greet(self, name: str, answered: int) -> None:
        """Say what lies ahead."""
        going_on = f"Going on with {layout.shorten_line(name, 40)}: {answered} answered."
        starting = (
            "Short questions on one use case, each the one that can change most, until nothing would change a "
            "decision. Stop whenever you like: what is not known stays open, and the verdict says so."
        )
        self._print(layout.wrapped(going_on if answered else starting))

    def stands(self, progress: Settling) -> None:
        """Show on one line what is settled and what is open."""
        self._print(layout.progress_line(progress))

    def tell(self, lines: tuple[str, ...]) -> None:
        """Show lines that stay."""
        for line in lines:
            self._print(layout.wrapped(line))

    def choose(
        self, lines: tuple[str, ...], choices: tuple[tuple[str, str | Move], ...]
    ) -> str | Move:
        """Show lines, and return what is chosen of some choices."""
        question = questionary.select(
            layout.wrapped(lines[0]),
            choices=[
                Choice(layout.shorten_line(words, layout.line_width() - 4), value=value)
                for words, value in choices
            ],
            qmark="",
            instruction=layout.block(lines[1:]),
            use_jk_keys=False,
            **self._looks,
        )
        return run_prompt(question, {})  # type: ignore[no-any-return]

    def _print(self, text: str) -> None:
        questionary.print(text, style="fg:#808080", color_depth=self._looks["color_depth"])

    def ask_name(self, current: str) -> str | Move:
        """Return what the use case is to be called."""
        now = f"Now: {layout.shorten_line(current, 60)}. Enter alone keeps it."
        answer = self._typed(
            "What do you want to call this use case?",
            "",
            [now if current else "Such as: Routing of support tickets"],
            lambda text: layout.name_problem(text or current),
            {"tab": Move.REVIEW, "c-d": Move.FINISH} if current else {},
        )
        return answer if isinstance(answer, Move) else _whole(answer) or current

    def ask(self, page: Page) -> Said | Move:
        """Return the answer to a question, or what the person did instead."""
        reply: Said | Move | Why = self._prompt(page, None)
        explained = False
        while isinstance(reply, Why):
            explained = not explained
            reply = self._prompt(page, replace(reply, explained=explained))
        return reply

    def _prompt(self, page: Page, why: Why | None) -> Any:
        if page.fact.type == "set":
            return self._ask_set(page, why)
        if page.fact.values or page.fact.type == "boolean":
            return self._ask_choice(page, why)
        return self._ask_typed(page, why)

    def _ask_choice(self, page: Page, why: Why | None) -> Any:
        now: Any = Said(page.current) if page.answered else NOTHING
        choices, keys = _choices(page)
        question = questionary.select(
            layout.wrapped(page.fact.question),
            choices=[*choices, Separator(layout.hints(layout.CHOOSING, layout.HINTS))],
            default=why.pointed if why else now,
            qmark=layout.header(page),
            instruction=layout.block(layout.words(page, explained_by(why))),
            use_jk_keys=False,
            **self._looks,
        )
        point_by_keys(question, keys)
        return run_prompt(question, {**MOVES, "?": WHY})

    def _ask_set(self, page: Page, why: Why | None, wrong: str = "") -> Any:
        now = page.current if isinstance(page.current, tuple) else ()
        marked = why.marked if why else now or ((NONE_OF_THESE,) if page.current == () else ())
        rows = [*zip(page.fact.values, layout.titles(page.fact), strict=True), *SET_ENDS]
        choices = [Choice(title, value=id, checked=id in marked) for id, title in rows]
        words = layout.words(page, explained_by(why))
        question = questionary.checkbox(
            layout.wrapped(page.fact.question),
            choices=[*choices, Separator(layout.hints(layout.MARKING, layout.HINTS))],
            initial_choice=why.pointed if why else None,
            qmark=layout.header(page),
            instruction=layout.block([*words, wrong] if wrong else words),
            use_jk_keys=False,
            **self._looks,
        )
        found = run_prompt(question, {**MOVES, "?": WHY})
        if not isinstance(found, list):
            return found
        wrong = layout.UNMARKED if not found else layout.MIXED if _mixed(found) else ""
        if wrong:
            return self._ask_set(page, Why(None, tuple(found), explained_by(why)), wrong)
        ends = {NONE_OF_THESE: Said(()), UNKNOWN: Said(None)}
        return ends.get(found[0]) or Said(tuple(found))

    def _ask_typed(self, page: Page, why: Why | None) -> Any:
        typed = self._typed(
            layout.wrapped(page.fact.question),
            layout.header(page),
            [*layout.words(page, explained_by(why)), layout.keeping(page), layout.HINTS],
            lambda text: self._problem(page, text),
            {**MOVES, "?": WHY},
            self._suggest(page.fact) if page.fact.type == "text" else (),
        )
        if not isinstance(typed, str):
            return typed
        if not typed.strip():
            return Said(page.current)
        return Said(self._check(page.fact, read_typed(page.fact, _whole(typed))))

    def _typed(
        self,
        message: str,
        header: str,
        lines: list[str],
        validate: Callable[[str], bool | str],
        keys: Mapping[str, Any],
        names: Sequence[str] = (),
    ) -> Any:
        """Return what was typed; a key ends the question with its value while nothing is."""
        question = questionary.text(
            message,
            qmark=header,
            validate=validate,
            instruction=layout.block(lines) + "\n  ›",
            validate_while_typing=False,
            completer=completer_of(names),
            **self._looks,
        )
        room_for_errors(question)
        return run_prompt(question, keys, only_empty=True)

    def _problem(self, page: Page, text: str) -> bool | str:
        """Return True where typed text is a value, else what is wrong with it."""
        if not text.strip():
            return page.answered or layout.NOTHING_TYPED
        try:
            self._check(page.fact, read_typed(page.fact, _whole(text)))
        except ValueError as error:
            sentence = str(error)
            return layout.wrapped(sentence[0].upper() + sentence[1:])
        return True

    def review(self, summary: AnswersSummary) -> str | Move:
        """Return the id of the answer to change, FINISH for the verdict, BACK to go on asking."""
        choices: list[Choice] = [Choice("Show the verdict", value=Move.FINISH)]
        if summary.left:
            choices.append(Choice("Go on with the open questions", value=Move.BACK))
        choices += _rows(summary)
        listed = any(choice.value == summary.at for choice in choices)
        pointed: Any = summary.at if listed else Move.FINISH
        question = questionary.select(
            layout.wrapped(
                "These are your answers: type to search, enter changes one, ctrl-d shows the verdict."
            ),
            choices=choices,
            default=pointed,
            qmark="",
            instruction=layout.block([summary.problem]),
            use_jk_keys=False,
            use_search_filter=True,
            **self._looks,
        )
        keys = {"c-d": Move.FINISH} | (
            {"left": Move.BACK, "tab": Move.BACK} if summary.left else {}
        )
        return run_prompt(question, keys)  # type: ignore[no-any-return]

    def replaces(self, path: str, other: str) -> str | None:
        """Return where to save: the path that exists already, another one, or None for nowhere."""
        question = questionary.select(
            f"{layout.shorten_line(path, 60)} exists already.",
            choices=[
                Choice(f"Save as {layout.shorten_line(other, 60)}", value=other),
                Choice("Replace it", value=path),
                Choice("Do not save", value=""),
            ],
            qmark="",
            instruction=" ",
            **self._looks,
        )
        return question.unsafe_ask() or None


def _choices(page: Page) -> tuple[list[Choice], list[str]]:
    """Return the choices of a question, of which one that is no answer yet stands last, and their keys."""
    if page.fact.type == "boolean":
        answers: list[Any] = [("y", "yes", True), ("n", "no", False)]
    else:
        keys = NUMBERS.ljust(len(page.fact.values))
        answers = list(zip(keys, layout.titles(page.fact), page.fact.values, strict=False))
    answers.append(("-", "don't know", None))
    choices = [Choice(f"{key} {title}", value=Said(value)) for key, title, value in answers]
    more = [] if page.answered else [Choice(layout.NO_ANSWER, value=NOTHING)]
    return [*choices, *more], [key for key, _, _ in answers]


def _mixed(found: list[Any]) -> bool:
    """Return whether what says that nothing holds, or that it is not known, is marked beside anything."""
    return len(found) > 1 and bool({NONE_OF_THESE, UNKNOWN} & set(found))


def _rows(summary: AnswersSummary) -> list[Choice]:
    rows = [
        Separator(" "),
        Choice(f"name: {layout.shorten_line(summary.name, 60)}", value=CASE_NAME),
    ]
    for title, lines in layout.summary_table(summary):
        rows.append(Separator(title))
        rows += [Choice(line, value=id) for id, line in lines]
    return rows


def _whole(text: str) -> str:
    """Return typed text without what no file can hold: halves of characters."""
    return text.encode("utf-8", "replace").decode("utf-8")
