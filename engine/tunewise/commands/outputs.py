"""Where a command's result goes: the terminal or a file, in the form its ending names, never in place of evidence."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import PurePath

import click

from tunewise.commands.options import FILE_PATH, bundled, templates_option
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
WORD_ENDING = ".docx"
"""The ending of a Word file, which a brief alone can be."""
BRIEF_ENDINGS = {
    **{ending: form for ending, form in REPORT_ENDINGS.items() if form != "json"},
    WORD_ENDING: "docx",
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


@dataclass(frozen=True, slots=True)
class Target:
    """In which form a report is wanted, to which file (standard output if None), by whose templates."""

    form: str | None
    output: str | None
    templates: str | None

    @property
    def terminal(self) -> bool:
        """Whether it goes to standard output."""
        return self.output is None

    def named(self, brief: bool | None = None) -> str:
        """Return the form asked for or named by the file's ending; raises as report_form does."""
        return report_form(self.form, self.output, brief)


target_options = bundled(Target, "target", format_option, output_option, templates_option)
"""Adds the options on where a report goes and how it looks; the command gets them together as `target`."""


def report_form(form: str | None, output: str | None, brief: bool | None = None) -> str:
    """Return the form asked for, or else the one that the output file's ending names.

    `brief` says whether it is to be a brief, None where the command makes none. Raises UserError for an ending that
    names another form than the one asked for, or none where none is asked for.
    """
    endings = BRIEF_ENDINGS if brief else REPORT_ENDINGS
    ending = PurePath(output or "").suffix.lower()
    named = endings.get(ending) if ending else None
    if form is not None:
        if named not in (None, form):
            message = f"ends as {named}, and --format asks for {form}; leave --format out, or name another file"
            raise UserError(Problem(str(output), None, "", message))
        return form
    if ending not in endings:
        known, what = ", ".join(filter(None, endings)), "brief" if brief else "report"
        wordy = ending == WORD_ENDING and brief is not None
        hint = ", or add --brief" if wordy else ", or give --format"
        message = f"no form of {what} ends in {shown(ending)}; use {known}{hint}"
        raise UserError(Problem(str(output), None, "", message))
    return endings[ending]


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


def spare(
    output: str | None, kept: Iterable[Kept], new: str = "report", option: str = "-o"
) -> None:
    """Raise UserError where an output file would replace one that is kept, by whatever name or link."""
    if output is None:
        return
    target = os.path.realpath(output)
    for what, path in kept:
        if os.path.realpath(path) == target:
            message = f"is {what}, which the {new} would replace; name another file with {option}"
            raise UserError(Problem(output, None, "", message))


def show(text: str | bytes, paged: bool = False) -> None:
    """Write a text, or a file's bytes, to standard output; through a pager where that is wanted and a terminal."""
    if isinstance(text, bytes):
        sys.stdout.buffer.write(text)
    elif paged and sys.stdout.isatty():
        os.environ.setdefault("LESS", "FRX")
        click.echo_via_pager(text.removesuffix("\n"), color=True)
    else:
        sys.stdout.write(text)


def put(text: str, output: str | None) -> None:
    """Write a text to a file, whole or not at all, or to the terminal where none is named; raise UserError."""
    if output is None:
        sys.stdout.write(text)
    else:
        from tunewise.writing import write_whole

        write_whole(output, text)


def appearing(output: str | None, text: str | bytes) -> AbstractContextManager[None]:
    """Have the output file, where there is one, ready to appear when its decisions are recorded."""
    if output is None:
        return nullcontext()
    from tunewise.writing import staged

    return staged(output, text)
