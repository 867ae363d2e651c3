"""Calls readers that are written in Rust: where they give up, that is an error of ours, and nothing worse."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ParamSpec, TypeVar

from tunewise.errors import Problem, UserError

P = ParamSpec("P")
NativeT = TypeVar("NativeT")


class Unreadable(ValueError):
    """A value that its reader cannot give to Python."""


def attempted(read: Callable[P, NativeT], *args: P.args, **kwargs: P.kwargs) -> NativeT:
    """Return what a reader returns; raise Unreadable where the value is out of range, or the reader panics."""
    try:
        return read(*args, **kwargs)
    except (OverflowError, ValueError) as error:
        raise Unreadable(str(error)) from None
    except BaseException as error:
        if _panic(error):
            raise Unreadable(str(error)) from None
        raise


@contextlib.contextmanager
def guarded(place: str) -> Iterator[None]:
    """Turn a panic into UserError, and keep the stack trace that it prints by itself from the terminal."""
    try:
        with _quiet():
            yield
    except BaseException as error:
        if _panic(error):
            said = str(error).partition("\n")[0]
            message = f"is broken, or more than its reader can take: {said}"
            raise UserError(Problem(place, None, "", message)) from None
        raise


def _panic(error: BaseException) -> bool:
    """Whether a library in Rust gave up: what it raises then is no Exception."""
    return not isinstance(error, Exception | KeyboardInterrupt | SystemExit | GeneratorExit)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    try:
        kept = os.dup(2)
    except OSError:  # there is no stream of errors
        yield
        return
    sys.stderr.flush()
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
