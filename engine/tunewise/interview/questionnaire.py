"""Shows questions in the terminal: the only module that knows questionary and what it stands on."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import questionary
from prompt_toolkit.filters import Always, Condition
from prompt_toolkit.key_binding import KeyBindings, merge_key_bindings
from prompt_toolkit.layout import Dimension
from prompt_toolkit.layout.controls import BufferControl
from prompt_toolkit.output import ColorDepth
from questionary import Choice, Separator, Style
from questionary.prompts.common import InquirerControl

from tunewise.cases.written import read_typed
from tunewise.interview import layout
from tunewise.interview.course import CASE_NAME, AnswersSummary, Move, Page, Said
from tunewise.knowledge.vocabulary import Fact

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
MOVES = {"left": Move.BACK, "tab": Move.REVIEW, "c-d": Move.FINISH}
NUMBERS = "1234567890"
ERROR_LINES = 5

AnswerCheck = Callable[[Fact, Any], None]
"""Raises ValueError with a sentence where a value is no good for a fact."""


@dataclass(frozen=True, slots=True)
class _Why:
    """The wish to know why a question is asked, with the choice pointed at and those marked by then."""

    pointed: Any = None
    marked: tuple[Any, ...] = ()


WHY = _Why()


class Questionnaire:
    """A terminal that questions are asked in; `check` looks at typed values more closely."""

    def __init__(self, check: AnswerCheck) -> None:
        self._check = check
        plain = bool(os.environ.get("NO_COLOR"))
        self._looks: dict[str, Any] = {
            "style": PROMPT_STYLE,
            "color_depth": ColorDepth.DEPTH_1_BIT if plain else None,
            "erase_when_done": True,
        }

    def note(self, label: str, said: str) -> None:
        """Show what was understood, on one line."""
        self._print(layout.shorten_line(f"✓ {label}: {said}", layout.line_width()))

    def greet(self, name: str, answered: int, left: int) -> None:
        """Say what lies ahead."""
        going_on = f"Going on with {layout.shorten_line(name, 40)}: {answered} answered, about {left} left."
        starting = (
            f"About {left} short questions on one use case. Stop whenever you like: what is not "
            "known stays open, and the verdict says so."
        )
        self._print(layout.wrapped(going_on if answered else starting))

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
        reply: Said | Move | _Why = self._prompt(page, None)
        while isinstance(reply, _Why):
            reply = self._prompt(page, reply)
        return reply

    def _prompt(self, page: Page, why: _Why | None) -> Any:
        if page.fact.type == "set":
            return self._ask_set(page, why)
        if page.fact.values or page.fact.type == "boolean":
            return self._ask_choice(page, why)
        return self._ask_typed(page, why)

    def _ask_choice(self, page: Page, why: _Why | None) -> Any:
        choices, keys = _choices(page)
        now: Any = Said(page.current) if page.answered else None
        question = questionary.select(
            layout.wrapped(page.fact.question),
            choices=[*choices, Separator(layout.hints(layout.HINTS))],
            default=why.pointed if why else now,
            qmark=layout.header(page),
            instruction=layout.block(layout.words(page, why is not None)),
            use_jk_keys=False,
            **self._looks,
        )
        return _run(question, {**keys, **MOVES, "?": WHY})

    def _ask_set(self, page: Page, why: _Why | None, unmarked: bool = False) -> Any:
        now = page.current if isinstance(page.current, tuple) else ()
        marked = why.marked if why else now
        words = layout.words(page, why is not None)
        choices = [
            Choice(title, value=id, checked=id in marked)
            for id, title in zip(page.fact.values, layout.titles(page.fact), strict=True)
        ]
        question = questionary.checkbox(
            layout.wrapped(page.fact.question),
            choices=[*choices, Separator(layout.hints(layout.MARKING, layout.HINTS))],
            initial_choice=why.pointed if why else None,
            qmark=layout.header(page),
            instruction=layout.block([*words, layout.UNMARKED] if unmarked else words),
            use_jk_keys=False,
            **self._looks,
        )
        keys = {"n": Said(()), "d": Said(None)}
        found = _run(question, {**keys, **MOVES, "?": WHY})
        if found == []:
            return self._ask_set(page, why, unmarked=True)
        return Said(tuple(found)) if isinstance(found, list) else found

    def _ask_typed(self, page: Page, why: _Why | None) -> Any:
        typed = self._typed(
            layout.wrapped(page.fact.question),
            layout.header(page),
            [*layout.words(page, why is not None), layout.keeping(page), layout.HINTS],
            lambda text: self._problem(page.fact, text),
            {**MOVES, "?": WHY},
        )
        if not isinstance(typed, str):
            return typed
        return Said(read_typed(page.fact, _whole(typed)) if typed.strip() else page.current)

    def _typed(
        self,
        message: str,
        header: str,
        lines: list[str],
        validate: Callable[[str], bool | str],
        keys: Mapping[str, Any],
    ) -> Any:
        """Return what was typed; a key ends the question with its value while nothing is."""
        question = questionary.text(
            message,
            qmark=header,
            validate=validate,
            instruction=layout.block(lines) + "\n  ›",
            validate_while_typing=False,
            **self._looks,
        )
        _room_for_errors(question)
        return _run(question, keys, only_empty=True)

    def _problem(self, fact: Fact, text: str) -> bool | str:
        """Return True where typed text is a value, else what is wrong with it."""
        if not text.strip():
            return True
        try:
            self._check(fact, read_typed(fact, _whole(text)))
        except ValueError as error:
            sentence = str(error)
            return layout.wrapped(sentence[0].upper() + sentence[1:])
        return True

    def review(self, summary: AnswersSummary) -> str | Move:
        """Return the id of the answer to change, FINISH for the verdict, BACK to go on asking."""
        choices: list[Choice] = [Choice("Show the verdict", value=Move.FINISH)]
        if summary.left:
            left = f"Go on with the open questions (about {summary.left})"
            choices.append(Choice(left, value=Move.BACK))
        choices += _rows(summary)
        listed = any(choice.value == summary.at for choice in choices)
        pointed: Any = summary.at if listed else Move.FINISH
        question = questionary.select(
            layout.wrapped("These are your answers: enter changes one, ctrl-d shows the verdict."),
            choices=choices,
            default=pointed,
            qmark="",
            instruction=layout.block([summary.problem]),
            use_jk_keys=False,
            **self._looks,
        )
        keys = {"c-d": Move.FINISH} | (
            {"left": Move.BACK, "tab": Move.BACK} if summary.left else {}
        )
        return _run(question, keys)  # type: ignore[no-any-return]

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


def _run(
    question: questionary.Question,
    keys: Mapping[str, Any],
    only_empty: bool = False,
) -> Any:
    """Ask; a key of the mapping ends the question with its value, where text is typed only before it."""
    app = question.application
    untouched = Condition(lambda: not (only_empty and app.current_buffer.text))
    bindings = KeyBindings()
    for key, result in keys.items():
        bindings.add(key, eager=True, filter=untouched)(_leave(question, result))
    app.key_bindings = merge_key_bindings([app.key_bindings or KeyBindings(), bindings])
    try:
        return question.unsafe_ask()
    except EOFError:
        raise KeyboardInterrupt from None


def _room_for_errors(question: questionary.Question) -> None:
    """Let errors stand right below the line, whole: by themselves they are far down, and cut."""
    for window in question.application.layout.find_all_windows():
        if isinstance(window.content, BufferControl):
            window.dont_extend_height = Always()
        elif window.height == 1:
            window.height = Dimension(min=1, max=ERROR_LINES)
            window.dont_extend_height = Always()


def _leave(question: questionary.Question, result: Any) -> Callable[[Any], None]:
    def leave(event: Any) -> None:
        event.app.exit(result=_so_far(question) if result is WHY else result)

    return leave


def _so_far(question: questionary.Question) -> _Why:
    for control in question.application.layout.find_all_controls():
        if isinstance(control, InquirerControl):
            return _Why(control.get_pointed_at().value, tuple(control.selected_options))
    return _Why()


def _choices(page: Page) -> tuple[list[Choice], dict[str, Said]]:
    """Return the choices of a question, and the keys that choose at once."""
    if page.fact.type == "boolean":
        answers: list[Any] = [("y", "yes", True), ("n", "no", False)]
    else:
        keys = NUMBERS.ljust(len(page.fact.values))
        answers = list(zip(keys, layout.titles(page.fact), page.fact.values, strict=False))
    answers.append(("d", "don't know", None))
    choices = [Choice(f"{key} {title}", value=Said(value)) for key, title, value in answers]
    return choices, {key: Said(value) for key, _, value in answers if key != " "}


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
