"""The `tunewise` program: finds the command, and turns every mistake into one line and an exit status."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys
from typing import TextIO

import click

from tunewise.commands.examples import BEGIN
from tunewise.commands.lazy import LazyGroup
from tunewise.errors import EngineError, UserError, harmless

COMMANDS = {
    "ask": "Answer questions about one use case and get its report.",
    "audit": "Explain, verify, replay, compare and sign decision logs.",
    "batch": "Evaluate an inventory of use cases into a folder.",
    "compare": "Put versions of a case, or cases, side by side.",
    "completion": "Print what a shell needs to complete commands.",
    "decide": "Evaluate case files and print the recommendation.",
    "facts": "List the facts that a case may state; write an empty case.",
    "prices": "List the prices and rates in use, and how old they are.",
    "rules": "List, show, check and test the rules.",
}
FAILED, NOT_STARTED, INTERRUPTED = 1, 2, 130
OBJECTS_LET_GROW = 50_000
"""New objects before Python looks for those that nobody holds: a rulebook stays, and is looked through in vain."""


@click.group(
    cls=LazyGroup,
    listed={
        name: (f"tunewise.commands.{name}:{name}_command", line) for name, line in COMMANDS.items()
    },
    epilog=BEGIN,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="tunewise", prog_name="tunewise")
def app() -> None:
    """Prompt, retrieve, fine-tune or combine? A recommendation with its reasons and costs.

    Answer questions (ask) or give case files (decide). Every rule has its sources (rules).
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the program and leave with its exit status."""
    gc.set_threshold(OBJECTS_LET_GROW)
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the program and return its exit status: 0 done, 1 something failed, 2 could not start."""
    _open_streams()
    try:
        status = app.main(arguments, prog_name="tunewise", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        sys.stderr.write(f"{error.format_message()}\n")
        return NOT_STARTED
    except click.ClickException as error:
        return _refused(error)
    except UserError as error:
        return _said(str(error), NOT_STARTED)
    except EngineError as error:
        return _said(f"internal error: {error}", FAILED)
    except (KeyboardInterrupt, click.Abort):
        return _said("interrupted", INTERRUPTED)
    except BrokenPipeError:
        _drain(sys.stdout)
        return FAILED
    except OSError as error:
        return _failed(error)


def _open_streams() -> None:
    """Make the three streams fit for use, whatever the caller did to them.

    A closed input is empty, a closed output refuses what is written. A terminal that cannot show a character
    shows its code; anything else gets the bytes that a file would get.
    """
    sys.stdin = sys.stdin or os.fdopen(os.open(os.devnull, os.O_RDONLY), "r")
    sys.stdout = sys.stdout or os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    sys.stderr = sys.stderr or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")


def _failed(error: OSError) -> int:
    """Say what the system refused; where it names no file, that was to write what was found out."""
    reason = error.strerror or str(error)
    if error.filename is not None:
        return _said(f"{harmless(str(error.filename))}: {reason}", NOT_STARTED)
    _drain(sys.stdout)
    return _said(f"standard output cannot be written: {reason}", FAILED)


def _drain(stream: TextIO) -> None:
    """Let what a stream still holds go nowhere, so that the end of the program does not fail on it."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _refused(error: click.ClickException) -> int:
    message = harmless(_sentence(error))
    if isinstance(error, click.UsageError) and error.ctx is not None:
        message += f" (see '{error.ctx.command_path} --help')"
    return _said(message, NOT_STARTED)


def _sentence(error: click.ClickException) -> str:
    """Return what click says; where a choice is missing, on one line, which click's list of choices is not."""
    asked = error.param if isinstance(error, click.MissingParameter) else None
    if asked is None or not isinstance(asked.type, click.Choice):
        return error.format_message()
    *others, last = map(str, asked.type.choices)
    listed = f"{', '.join(others)} or {last}" if others else last
    return f"name a {asked.name}: {listed}"


def _said(message: str, status: int) -> int:
    try:
        for line in message.splitlines():
            sys.stderr.write(f"tunewise: {line}\n")
        sys.stderr.flush()
    except OSError:
        _drain(sys.stderr)  # nobody listens, and the status says it too
    return status
