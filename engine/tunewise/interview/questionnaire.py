"""Shows questions in the terminal: the only module that knows questionary and what it stands on."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import questionary
from prompt_toolkit.completion import FuzzyWordCompleter
from prompt_toolkit.filters import Always, Condition
from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.key_binding import KeyBindings, merge_key_bindings
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import Dimension
from prompt_toolkit.layout.controls import BufferControl
from prompt_toolkit.output import ColorDepth
from questionary import Choice, Separator, Style
from questionary.prompts.common import InquirerControl

from tunewise.cases.written import read_typed
from tunewise.interview import layout
from tunewise.interview.pages import CASE_NAME, AnswersSummary, Move, Page, Progress, Said
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
MOVES = {
    "left": Move.BACK,
    "right": Move.FORWARD,
    "=": Move.SO_FAR,
    "tab": Move.REVIEW,
    "c-d": Move.FINISH,
}
NUMBERS = "1234567890"
ERROR_LINES = 5

AnswerCheck = Callable[[Fact, Any], Any]
"""Returns the value that is kept; raises ValueError with a sentence where it is no good for a fact."""
Suggest = Callable[[Fact], Sequence[str]]
"""Returns the names that may be meant for a fact that is a text."""


@dataclass(frozen=True, slots=True)
class _Why:
    """The wish to know why a question is asked, with the choice pointed at and those marked by then."""

    pointed: Any = None
    marked: tuple[Any, ...] = ()
    explained: bool = True


WHY = _Why()
NOTHING = object()
"""What is pointed at before anything is chosen."""
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
            "color_depth": ColorDepth.DEPTH_1_BIT if plain else None,
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

    def stands(self, progress: Progress) -> None:
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
        return _run(question, {})  # type: ignore[no-any-return]

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
        explained = False
        while isinstance(reply, _Why):
            explained = not explained
            reply = self._prompt(page, replace(reply, explained=explained))
        return reply

    def _prompt(self, page: Page, why: _Why | None) -> Any:
        if page.fact.type == "set":
            return self._ask_set(page, why)
        if page.fact.values or page.fact.type == "boolean":
            return self._ask_choice(page, why)
        return self._ask_typed(page, why)

    def _ask_choice(self, page: Page, why: _Why | None) -> Any:
        now: Any = Said(page.current) if page.answered else NOTHING
        choices, keys = _choices(page)
        question = questionary.select(
            layout.wrapped(page.fact.question),
            choices=[*choices, Separator(layout.hints(layout.CHOOSING, layout.HINTS))],
            default=why.pointed if why else now,
            qmark=layout.header(page),
            instruction=layout.block(layout.words(page, _explained(why))),
            use_jk_keys=False,
            **self._looks,
        )
        _points(question, keys)
        return _run(question, {**MOVES, "?": WHY})

    def _ask_set(self, page: Page, why: _Why | None, wrong: str = "") -> Any:
        now = page.current if isinstance(page.current, tuple) else ()
        marked = why.marked if why else now or ((NONE_OF_THESE,) if page.current == () else ())
        rows = [*zip(page.fact.values, layout.titles(page.fact), strict=True), *SET_ENDS]
        choices = [Choice(title, value=id, checked=id in marked) for id, title in rows]
        words = layout.words(page, _explained(why))
        question = questionary.checkbox(
            layout.wrapped(page.fact.question),
            choices=[*choices, Separator(layout.hints(layout.MARKING, layout.HINTS))],
            initial_choice=why.pointed if why else None,
            qmark=layout.header(page),
            instruction=layout.block([*words, wrong] if wrong else words),
            use_jk_keys=False,
            **self._looks,
        )
        found = _run(question, {**MOVES, "?": WHY})
        if not isinstance(found, list):
            return found
        wrong = layout.UNMARKED if not found else layout.MIXED if _mixed(found) else ""
        if wrong:
            return self._ask_set(page, _Why(None, tuple(found), _explained(why)), wrong)
        ends = {NONE_OF_THESE: Said(()), UNKNOWN: Said(None)}
        return ends.get(found[0]) or Said(tuple(found))

    def _ask_typed(self, page: Page, why: _Why | None) -> Any:
        typed = self._typed(
            layout.wrapped(page.fact.question),
            layout.header(page),
            [*layout.words(page, _explained(why)), layout.keeping(page), layout.HINTS],
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
            completer=FuzzyWordCompleter(list(names)) if names else None,
            **self._looks,
        )
        _room_for_errors(question)
        return _run(question, keys, only_empty=True)

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
    _forget_typed_ahead(app.input)
    try:
        return question.unsafe_ask()
    except EOFError:
        raise KeyboardInterrupt from None


def _forget_typed_ahead(keyboard: Input) -> None:
    """Drop what was typed or pasted before a question stood there: it cannot be meant for it."""
    clear_typeahead(keyboard)
    with contextlib.suppress(ImportError, OSError, ValueError):
        import termios

        termios.tcflush(keyboard.fileno(), termios.TCIFLUSH)


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
    for control in _controls(question):
        return _Why(control.get_pointed_at().value, tuple(control.selected_options))
    return _Why()


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


def _points(question: questionary.Question, keys: Sequence[str]) -> None:
    """Let the key of a choice point at it, while Enter alone chooses nothing that was not pointed at.

    What is pasted is not read.
    """
    control = next(_controls(question))
    bindings = KeyBindings()
    for place, key in enumerate(keys):
        if key.strip():
            bindings.add(key, eager=True)(_point(control, place))
    unanswered = Condition(lambda: control.get_pointed_at().value is NOTHING)
    for ignored, where in (("enter", unanswered), (Keys.BracketedPaste, Always())):
        bindings.add(ignored, eager=True, filter=where)(lambda event: None)
    question.application.key_bindings = merge_key_bindings(
        [question.application.key_bindings or KeyBindings(), bindings]
    )


def _point(control: InquirerControl, place: int) -> Callable[[Any], None]:
    def point(event: Any) -> None:
        control.pointed_at = place

    return point


def _controls(question: questionary.Question) -> Iterator[InquirerControl]:
    for control in question.application.layout.find_all_controls():
        if isinstance(control, InquirerControl):
            yield control


def _explained(why: _Why | None) -> bool:
    return why is not None and why.explained


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
