"""Where a command's result goes: the terminal or a file, in the form its ending names, never in place of evidence."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import PurePath

import click

from tunewise.commands.options import FILE_PATH
from tunewise.errors import Problem, UserError, shown

SIGNATURE = ".sig"
"""What the name of a log's signature ends in."""
TERMINAL = "-"
"""What stands for standard output where a file is asked for."""
REPORT_FORMATS = ("text", "markdown", "html", "json")
REPORT_ENDINGS = {
    "": "text",
    ".txt": "text",
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
    ".json": "json",
}
Kept = tuple[str, str]
"""What a file is to a command, such as 'the log', and its path."""


def _file(_context: click.Context, _option: click.Parameter, path: str | None) -> str | None:
    return None if path == TERMINAL else path


format_option = click.option(
    "--format",
    "form",
    type=click.Choice(REPORT_FORMATS),
    help="By the ending of the output file if left out, else text.",
)
output_option = click.option(
    "-o",
    "--output",
    type=FILE_PATH,
    callback=_file,
    metavar="FILE",
    help="Write to a file instead of the terminal.",
)


def report_form(form: str | None, output: str | None) -> str:
    """Return the form asked for, or else the one that the output file's ending names; refuse any other ending."""
    if form is not None:
        return form
    ending = PurePath(output or "").suffix.lower()
    if ending not in REPORT_ENDINGS:
        known = ", ".join(filter(None, REPORT_ENDINGS))
        message = f"no form of report ends in {shown(ending)}; use {known}, or give --format"
        raise UserError(Problem(str(output), None, "", message))
    return REPORT_ENDINGS[ending]


def evidence(log: str) -> Iterator[Kept]:
    """Yield the files of a log that no output may replace: itself, its signature, its rulebooks."""
    from tunewise.log.checkpoints import CHECKPOINT
    from tunewise.log.rulebook_store import folder

    yield "the log", log
    yield "the log's signature", log + SIGNATURE
    yield "the log's checkpoint", log + CHECKPOINT
    rulebooks = folder(log)
    yield "the folder of the log's rulebooks", str(rulebooks)
    yield from (("a rulebook of the log", str(path)) for path in rulebooks.glob("*"))


def spare(output: str | None, kept: Iterable[Kept], new: str = "report") -> None:
    """Raise UserError where an output file would replace one that is kept, by whatever name or link."""
    if output is None:
        return
    target = os.path.realpath(output)
    for what, path in kept:
        if os.path.realpath(path) == target:
            message = f"is {what}, which the {new} would replace; name another file with -o"
            raise UserError(Problem(output, None, "", message))


def put(text: str, output: str | None) -> None:
    """Write a text to a file, whole or not at all, or to the terminal where none is named; raise UserError."""
    if output is None:
        sys.stdout.write(text)
    else:
        from tunewise.writing import write_whole

        write_whole(output, text)
