"""Renders evaluations through templates: text, Markdown, HTML."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from traceback import walk_tb
from typing import Any
from unicodedata import east_asian_width

import jinja2
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from tunewise.errors import Problem, UserError, nearest
from tunewise.knowledge.vocabulary import with_unit
from tunewise.record.evaluation import Evaluation
from tunewise.report import escaping
from tunewise.report.bounds import TookTooLong, bounded
from tunewise.report.presenting import report_view
from tunewise.report.presenting_short import short_report

TEMPLATES = {"text": "report.txt.j2", "markdown": "report.md.j2", "html": "report.html.j2"}
IN_SHORT = {"text": "short.txt.j2"}
PORTFOLIO = {"markdown": "portfolio.md.j2", "html": "portfolio.html.j2"}
RECORD = {"text": "record.txt.j2", "markdown": "record.md.j2", "html": "record.html.j2"}
CHANGES = {"text": "changes.txt.j2", "markdown": "changes.md.j2", "html": "changes.html.j2"}
BRIEFS = {"text": "brief.txt.j2", "markdown": "brief.md.j2", "html": "brief.html.j2"}
COMPARISON = {
    "text": "comparison.txt.j2",
    "markdown": "comparison.md.j2",
    "html": "comparison.html.j2",
}
PACK = {"markdown": "pack.md.j2"}
STYLE, SCRIPT = "report.css", "portfolio.js"
GAPS = re.compile(r"\n(?: *\n)+")
"""Empty lines that a template's loops leave behind."""
HALF_CHARACTER = re.compile("[\ud800-\udfff]")
EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
HUGE_BITS = 64
"""Bits of the largest number that a template may multiply or raise."""
SHIPPED = "shipped"
"""The prefix under which a foreign template extends or includes a shipped one."""


def render(
    evaluations: Sequence[Evaluation],
    form: str,
    templates: str | None = None,
    terminal: bool = False,
) -> str:
    """Return the report on evaluations as text, markdown or html; see set_out."""
    return set_out(TEMPLATES, report_view(evaluations), form, templates, terminal)


def render_short(
    evaluations: Sequence[Evaluation], templates: str | None = None, terminal: bool = False
) -> str:
    """Return the short report as text.

    A folder of templates that replaces the report, and not the short one, has its report shown.
    """
    if (
        templates is not None
        and not _replaces(templates, IN_SHORT)
        and _replaces(templates, TEMPLATES)
    ):
        return render(evaluations, "text", templates, terminal)
    return set_out(IN_SHORT, short_report(evaluations), "text", templates, terminal)


def _replaces(templates: str, names: Mapping[str, str]) -> bool:
    return (Path(templates) / names["text"]).is_file()


def set_out(
    names: Mapping[str, str],
    view: Any,
    form: str,
    templates: str | None = None,
    terminal: bool = False,
) -> str:
    """Return a view as text, markdown or html, through the template that has the form's name.

    `templates` is a folder whose templates come before the shipped ones of the same names; `terminal` says that
    the text goes to standard output. Raises UserError where a template is missing, fails or takes too long.
    """
    folder = None if templates is None else _folder(templates)
    if form == "html":
        return _filled(names[form], escaping.escaped(view, escaping.as_it_is), folder)
    if form == "markdown":
        return _tidied(_filled(names[form], escaping.escaped(view, escaping.markdown), folder))
    return _text(names[form], view, folder, terminal)


def _text(name: str, view: Any, folder: Path | None, terminal: bool) -> str:
    from tunewise.report import terminal as setting

    text = _filled(name, escaping.escaped(view, setting.escape), folder)
    wide, colour = (
        (setting.terminal_width(), setting.coloured()) if terminal else (setting.ELSEWHERE, False)
    )
    try:
        return setting.laid_out(_tidied(text), wide, colour)
    except setting.MarkupError as error:
        raise UserError(Problem(name, None, "", f"markup: {error}")) from None


def _tidied(text: str) -> str:
    """Return a text with one empty line where there were several, and none at either end."""
    end = "\n" if text.endswith("\n") else ""
    return GAPS.sub("\n\n", text).strip("\n") + end


def _folder(name: str) -> Path:
    """Return a folder of templates; raise UserError where it holds none that is used."""
    folder = Path(name)
    if not folder.is_dir():
        raise UserError(Problem(name, None, "", "is not a folder"))
    held, known = sorted(_names(folder)), _known()
    if not set(held) & set(known):
        near = next(
            (f"; did you mean '{n}' by '{h}'?" for h in held if (n := nearest(h, known))), ""
        )
        message = f"holds none of the templates {', '.join(known)}{near}"
        raise UserError(Problem(name, None, "", message))
    return folder


def _filled(name: str, view: Any, folder: Path | None) -> str:
    environment = _environment(folder, escapes=name.endswith(".html.j2"))
    with _failures(name, folder), bounded() if folder else nullcontext():
        inline = {"style": STYLE, "script": SCRIPT} if name.endswith(".html.j2") else {}
        held = {kind: _source(environment, file) for kind, file in inline.items()}
        texts = {kind: Markup(text) for kind, text in held.items()}  # noqa: S704
        digests = {f"{kind}_digest": _digest(text) for kind, text in held.items()}
        text = str(environment.get_template(name).render(report=view, **texts, **digests))
    if HALF_CHARACTER.search(text):
        raise UserError(Problem(name, None, "", "writes half a character, which no file can hold"))
    return text


@contextmanager
def templating(name: str, templates: str | None) -> Iterator[jinja2.Environment]:
    """Yield the templates for whoever fills the named one by itself; what goes wrong in it is a UserError."""
    folder = None if templates is None else _folder(templates)
    with _failures(name, folder), bounded() if folder else nullcontext():
        yield _environment(folder, escapes=True)


def _digest(text: str) -> str:
    """Return what a page's security policy calls a text that it allows."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _source(environment: jinja2.Environment, name: str) -> str:
    assert environment.loader is not None  # noqa: S101
    source: str = environment.loader.get_source(environment, name)[0]
    return source


def _environment(folder: Path | None, escapes: bool) -> jinja2.Environment:
    """Return the templates of a form; in HTML every one of them escapes, whatever its name."""
    shipped = jinja2.FunctionLoader(_shipped)
    own = [jinja2.FileSystemLoader(folder)] if folder else []
    environment = _Sandbox(
        loader=jinja2.ChoiceLoader([*own, shipped, jinja2.PrefixLoader({SHIPPED: shipped})]),
        undefined=jinja2.StrictUndefined,
        autoescape=escapes,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["capital"] = _capital
    environment.filters["blocks"] = _blocks
    environment.filters["cut"] = _cut
    environment.filters["counted"] = _counted
    return environment


class _Sandbox(ImmutableSandboxedEnvironment):
    """Templates of strangers: no way to Python's inside, and no arithmetic that no clock can stop."""

    intercepted_binops = frozenset({"**", "*"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Return the product or power; raise SecurityError where the numbers are huge."""
        huge = [n for n in (left, right) if isinstance(n, int) and n.bit_length() > HUGE_BITS]
        if huge or (operator == "**" and isinstance(right, int) and right > HUGE_BITS):
            raise SecurityError(f"'{operator}' with numbers as large as these is not allowed")
        return super().call_binop(context, operator, left, right)


def _shipped(name: str) -> tuple[str, str, None] | None:
    """Return the text of a shipped template, and the name that a failure gives it."""
    if name not in _known():
        return None
    return files("tunewise.templates").joinpath(name).read_text("utf-8"), name, None


def _known() -> list[str]:
    return sorted(
        name
        for name in _names(files("tunewise.templates"))
        if name.endswith((".j2", ".css", ".js", ".docx"))
    )


def _names(folder: Traversable) -> Iterator[str]:
    """Yield the names of a folder's files, and of those in folders in it as folder/file."""
    for part in folder.iterdir():
        if part.is_dir():
            yield from (f"{part.name}/{file.name}" for file in part.iterdir())
        else:
            yield part.name


def _capital(text: str) -> str:
    """Return a text with a capital first letter, the others as they are."""
    return text[:1].upper() + text[1:]


def _counted(number: object, unit: str) -> str:
    """Return a number with its unit, as facts are said."""
    return with_unit(str(number), unit)


def _cut(text: str, columns: int) -> str:
    """Return a text as so many columns of a terminal hold it: on one line, cut between words where it is longer."""
    whole, room = " ".join(text.split()), columns
    for place, character in enumerate(whole):
        room -= 2 if east_asian_width(character) in "WF" else 1
        if room < 0:
            kept = whole[: max(place - 1, 0)]
            return (kept.rpartition(" ")[0] or kept).rstrip(" ,;:.") + "…"
    return whole


def _blocks(share: int, width: int = 20) -> str:
    """Return a bar of a share in percent, in eighths of a character; never empty above 0."""
    eighths = max(round(share * width * 8 / 100), 1) if share > 0 else 0
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8]


@contextmanager
def _failures(name: str, folder: Path | None) -> Iterator[None]:
    """Turn whatever goes wrong in a template into one line with its name and the line in it."""
    try:
        yield
    except jinja2.TemplateSyntaxError as error:
        place = error.filename or error.name or name
        raise UserError(Problem(place, error.lineno, "", str(error.message))) from None
    except UserError:
        raise
    except Exception as error:
        place, line = _place(error, name, folder)
        raise UserError(Problem(place, line, "", _words(error))) from None


def _place(error: Exception, name: str, folder: Path | None) -> tuple[str, int | None]:
    """Return the template and line where an error arose: the innermost one on the way."""
    place, line, known = name, None, _known()
    for frame, number in walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        if file in known or (folder and folder in Path(file).parents):
            place, line = file, number
    return place, line


def _words(error: Exception) -> str:
    if isinstance(error, TookTooLong):
        return "takes too long; does it loop?"
    if isinstance(error, MemoryError):
        return "takes too much memory; does it loop?"
    if isinstance(error, RecursionError):
        return "includes or calls itself without end"
    if isinstance(error, jinja2.TemplateNotFound):
        return f"there is no template '{error}'"
    return f"fails: {str(error) or type(error).__name__}"
