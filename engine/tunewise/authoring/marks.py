"""The marks of the written rulebook: pages, links and texts of others that Markdown shows as they are."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from tunewise.errors import harmless
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook
from tunewise.report.escaping import ADDRESS, markdown

GENERATED_NOTICE = (
    "<!-- Written by 'tunewise rules docs' from the rulebook: change that, not this page. -->"
)
RULES, SOURCES_FOLDER = "rules", "sources"
"""The folders of the pages."""


def as_page(blocks: Iterable[str]) -> str:
    """Return blocks as a page, an empty line between them."""
    return "\n\n".join([GENERATED_NOTICE, *blocks]) + "\n"


def escape_markdown(text: str) -> str:
    """Return a text on one line that Markdown shows as it is."""
    return markdown(harmless(" ".join(text.split())))


def code(name: str) -> str:
    """Return the id of a rule, which holds no backtick, as code."""
    return f"`{harmless(name)}`"


def link(text: str, target: str) -> str:
    """Return a link from text that is inert already to a page of ours or an address on the web."""
    return f"[{text}]({quote(target, safe=ADDRESS)})"


def slug(name: str) -> str:
    """Return a name as a file or an anchor bears it; different names stay different."""
    kept = (c if c.isascii() and (c.isalnum() or c in "._") else f"-{ord(c):x}-" for c in name)
    return "".join(kept) or "-"


def rule_link(rule: Rule, up: str) -> str:
    """Return a link to a rule; `up` leads from the page to the folder of the index."""
    return link(code(rule.id), f"{up}{RULES}/{rule.topic}.md#{slug(rule.id)}")


def cited_marks(rulebook: Rulebook, items: Iterable[str], up: str) -> str:
    """Return links to source items after a space, nothing where there are none."""
    links = ", ".join(item_link(rulebook, item, up) for item in items)
    return f" {links}" if links else ""


def item_link(rulebook: Rulebook, item: str, up: str) -> str:
    """Return a link to a source item; `up` leads from the page to the folder of the index."""
    document = rulebook.documents[rulebook.items[item].document]
    return link(
        escape_markdown(item), f"{up}{SOURCES_FOLDER}/{slug(document.kind)}.md#{slug(item)}"
    )
