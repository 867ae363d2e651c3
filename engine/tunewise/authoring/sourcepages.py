"""Writes the sources out for people: a page a kind of document, each item with what uses it."""

from __future__ import annotations

from collections.abc import Iterator

from tunewise.authoring.marks import SOURCES_FOLDER, as_page, escape_markdown, link, rule_link, slug
from tunewise.authoring.traceability import Trace, Use, trace
from tunewise.knowledge.rule import SourceDocument
from tunewise.knowledge.rulebook import Rulebook


def source_pages(rulebook: Rulebook) -> dict[str, str]:
    """Return the text of each page by its path."""
    # Cases are left out: what they cite would make each new case a new page.
    traces = trace(rulebook)
    return {
        f"{SOURCES_FOLDER}/{slug(kind)}.md": as_page(_kind(rulebook, kind, traces))
        for kind in _kinds(rulebook)
    }


def _kinds(rulebook: Rulebook) -> list[str]:
    return list(dict.fromkeys(document.kind for document in rulebook.documents.values()))


def _name(kind: str) -> str:
    return escape_markdown(kind.replace("_", " ").capitalize())


def _of(rulebook: Rulebook, kind: str) -> list[SourceDocument]:
    return [document for document in rulebook.documents.values() if document.kind == kind]


def overview(rulebook: Rulebook) -> Iterator[str]:
    """Yield the documents, each kind under the link to its page."""
    for kind in _kinds(rulebook):
        documents = _of(rulebook, kind)
        yield f"### {link(_name(kind), f'{SOURCES_FOLDER}/{slug(kind)}.md')}"
        yield "\n".join(
            f"- {escape_markdown(d.id)}: {escape_markdown(d.title)}{_origin(d)} ({_counted(rulebook, d)})"
            for d in documents
        )


def _counted(rulebook: Rulebook, document: SourceDocument) -> str:
    count = sum(item.document == document.id for item in rulebook.items.values())
    return "1 item" if count == 1 else f"{count} items"


def _origin(document: SourceDocument) -> str:
    """Return who published a document and when, after a comma, as far as it is known."""
    parts = [part for part in (document.publisher, document.published) if part]
    return "".join(f", {escape_markdown(part)}" for part in parts)


def _kind(rulebook: Rulebook, kind: str, traces: dict[str, Trace]) -> Iterator[str]:
    yield f"# Sources: {_name(kind).lower()}"
    yield f"{link('All rules', '../README.md')}."
    for document in _of(rulebook, kind):
        yield f"## {escape_markdown(document.id)}: {escape_markdown(document.title)}"
        yield from _document(document)
        items = [found for found in traces.values() if found.item.document == document.id]
        yield "\n".join(_item(rulebook, found) for found in items) or "No item."


def _document(document: SourceDocument) -> Iterator[str]:
    parts = [document.publisher, document.published and f"published {document.published}"]
    parts.append(document.checked and f"read {document.checked}")
    words = ", ".join(escape_markdown(part) for part in parts if part)
    if document.link:
        words += f"{', ' if words else ''}{_address(document.link)}"
    if words:
        yield words
    if document.note:
        yield escape_markdown(document.note)


def _address(address: str) -> str:
    """Return a web address as a link, anything else as text: a link could as well be a script."""
    if address.startswith(("https://", "http://")):
        return link(escape_markdown(address), address)
    return escape_markdown(address)


def _item(rulebook: Rulebook, found: Trace) -> str:
    item = found.item
    section = f" ({escape_markdown(item.section)})" if item.section else ""
    lines = [
        f'- <a id="{slug(item.id)}"></a>**{escape_markdown(item.id)}**{section}: {escape_markdown(item.says)}'
    ]
    if item.note:
        lines.append(f"  - Note: {escape_markdown(item.note)}")
    if item.not_encoded:
        lines.append(f"  - Not encoded: {escape_markdown(item.not_encoded)}")
    if found.uses:
        lines.append(f"  - Used by {', '.join(_use(rulebook, use) for use in found.uses)}")
    elif not item.not_encoded:
        lines.append("  - Used by no rule, question, option or cost")
    return "\n".join(lines)


def _use(rulebook: Rulebook, use: Use) -> str:
    if use.name in rulebook.rules:
        return f"{escape_markdown(use.kind)} {rule_link(rulebook.rules[use.name], '../')}"
    return escape_markdown(str(use))
