"""What a brief for a client shows, as frozen values: a template only sets it out."""

from __future__ import annotations

from dataclasses import dataclass

from tunewise.report.coverview import CoverView
from tunewise.report.shortview import ShortView
from tunewise.report.view import FactView


@dataclass(frozen=True, slots=True)
class TermView:
    """A word of the brief, and what it means."""

    term: str
    means: str


@dataclass(frozen=True, slots=True)
class TraceView:
    """A rule that fired, for the appendix: why, what follows, and the titles of the documents that say so."""

    because: str
    follows: str
    documents: str


@dataclass(frozen=True, slots=True)
class BriefView:
    """The brief on one case.

    `short` holds the verdict, its reasons, the money, the steps and what would turn it; `situation` are paragraphs
    on the case, `facts` those that the verdict rests on. `trace` is the appendix, empty where it is not asked for.
    """

    short: ShortView
    owner: str
    situation: tuple[str, ...]
    facts: tuple[FactView, ...]
    risks: tuple[str, ...]
    open_questions: tuple[str, ...]
    terms: tuple[TermView, ...]
    trace: tuple[TraceView, ...]


@dataclass(frozen=True, slots=True)
class BriefReport:
    """Briefs on the cases of one run, under one cover."""

    cover: CoverView
    cases: tuple[BriefView, ...]
    as_of: str
