"""Fills a Word template with a brief: the shipped one, or a consultant's own of the same name."""

from __future__ import annotations

import base64
import io
from importlib.resources import files
from pathlib import Path
from typing import Any

from tunewise.errors import Problem, UserError, harmless
from tunewise.report import escaping
from tunewise.report.briefview import BriefReport
from tunewise.report.render import templating

TEMPLATE = "brief.docx"
LOGO_MILLIMETRES = 14
NOT_INSTALLED = "needs the extra for Word files: pip install 'tunewise[docx]'"


def brief_docx(report: BriefReport, templates: str | None = None) -> bytes:
    """Return the brief on one case as the bytes of a Word file.

    A template sees `report`, `case`, `short`, `cover` and `logo`, and may import `words.j2`. Raises UserError where
    the extra is not installed, and where a template of one's own is no Word file or fails.
    """
    try:
        import docxtpl
    except ImportError:
        raise UserError(Problem(TEMPLATE, None, "", NOT_INSTALLED)) from None
    view = escaping.escaped(report, escaping.as_it_is)
    own = None if templates is None else Path(templates) / TEMPLATE
    with templating(TEMPLATE, templates) as environment:
        document = docxtpl.DocxTemplate(_opened(own))
        logo = _logo(docxtpl, document, view.cover.logo)
        case = view.cases[0]
        held = {
            "report": view,
            "case": case,
            "short": case.short,
            "cover": view.cover,
            "logo": logo,
        }
        document.render(held, environment)
        file = io.BytesIO()
        document.save(file)
    return file.getvalue()


def _opened(own: Path | None) -> io.BytesIO:
    """Return the bytes of the template: one's own where there is one."""
    if own is not None and own.is_file():
        data = own.read_bytes()
        if not data.startswith(b"PK"):
            raise UserError(Problem(harmless(str(own)), None, "", "is no Word file"))
        return io.BytesIO(data)
    return io.BytesIO(files("tunewise.templates").joinpath(TEMPLATE).read_bytes())


def _logo(docxtpl: Any, document: Any, address: str) -> Any:
    """Return the picture of a data URL as the document takes it, nothing where there is none."""
    if not address:
        return ""
    picture = io.BytesIO(base64.b64decode(address.partition(",")[2]))
    return docxtpl.InlineImage(document, picture, height=LOGO_MILLIMETRES * 36_000)
