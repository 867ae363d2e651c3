"""Sets out a statement of a document as it is cited: in reports, on the pages of a log, in the rulebook's own pages."""

from __future__ import annotations

from dataclasses import dataclass

from tunewise.knowledge.rulebook import Rulebook

WEB = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class SourceView:
    """One statement of a document, in our words; `link` is empty unless it leads to the web."""

    id: str
    title: str
    section: str
    says: str
    note: str
    link: str
    dated: str
    checked: str


def cited(rulebook: Rulebook, id: str) -> SourceView:
    """Return a source item as it is cited."""
    item = rulebook.items[id]
    document = rulebook.documents[item.document]
    return SourceView(
        id=id,
        title=", ".join(filter(None, (document.title, document.publisher))),
        section=item.section,
        says=item.says,
        note=item.note,
        link=document.link if document.link.startswith(WEB) else "",
        dated=document.published,
        checked=document.checked,
    )
