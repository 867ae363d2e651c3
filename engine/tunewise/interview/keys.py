"""What keys do at a question: the only module that knows prompt_toolkit, which questionary stands on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prompt_toolkit.completion import Completer, FuzzyWordCompleter
from prompt_toolkit.filters import Always, Condition
from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.key_binding import KeyBindings, merge_key_bindings
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import Dimension
from prompt_toolkit.layout.controls import BufferControl
from prompt_toolkit.output import ColorDepth

from tunewise.interview.pages import Move

MOVES = {
    "left": Move.BACK,
    "right": Move.FORWARD,
    "=": Move.SO_FAR,
    "tab": Move.REVIEW,
    "c-d": Move.FINISH,
}
"""What each key does instead of answering."""
ERROR_LINES = 5
Prompt = Any
"""A question of questionary, whose `application` is run."""
ListControl = Any
"""What shows the choices of a question: it knows which is pointed at, and which are marked."""


@dataclass(frozen=True, slots=True)
class Why:
    """The wish to know why a question is asked, with the choice pointed at and those marked by then."""

    pointed: Any = None
    marked: tuple[Any, ...] = ()
    explained: bool = True


WHY = Why()
NOTHING = object()
"""What is pointed at before anything is chosen."""


def run_prompt(
    question: Prompt,
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


def room_for_errors(question: Prompt) -> None:
    """Let errors stand right below the line, whole: by themselves they are far down, and cut."""
    for window in question.application.layout.find_all_windows():
        if isinstance(window.content, BufferControl):
            window.dont_extend_height = Always()
        elif window.height == 1:
            window.height = Dimension(min=1, max=ERROR_LINES)
            window.dont_extend_height = Always()


def _leave(question: Prompt, result: Any) -> Callable[[Any], None]:
    def leave(event: Any) -> None:
        event.app.exit(result=_so_far(question) if result is WHY else result)

    return leave


def _so_far(question: Prompt) -> Why:
    for control in _controls(question):
        return Why(control.get_pointed_at().value, tuple(control.selected_options))
    return Why()


def point_by_keys(question: Prompt, keys: Sequence[str]) -> None:
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


def _point(control: ListControl, place: int) -> Callable[[Any], None]:
    def point(event: Any) -> None:
        control.pointed_at = place

    return point


def _controls(question: Prompt) -> Iterator[ListControl]:
    for control in question.application.layout.find_all_controls():
        if hasattr(control, "get_pointed_at"):
            yield control


def explained_by(why: Why | None) -> bool:
    """Return whether the reason of a question is to be shown."""
    return why is not None and why.explained


def completer_of(names: Sequence[str]) -> Completer | None:
    """Return what finds names by a part of them, None where there are none."""
    return FuzzyWordCompleter(list(names)) if names else None


def depth(plain: bool) -> ColorDepth | None:
    """Return how many colours are used: one where it is to be plain, else as many as there are."""
    return ColorDepth.DEPTH_1_BIT if plain else None
