"""`tunewise rules docs`: the rulebook written out for people, whole, inert, and current in the repository."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest
from markdown_it import MarkdownIt
from smallbook import TEXTS, book, changed, write

from tunewise.authoring.handbook import INDEX, handbook_pages
from tunewise.authoring.marks import GENERATED_NOTICE, slug
from tunewise.commands.program import run
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.assembly import assemble, load

WRITTEN = Path(__file__).parents[1] / "docs" / "rulebook"
NASTY = "<script>alert(1)</script> [x](javascript:1) ![i](//x) `c` *b* | # _e_ https://x.org \x1b[31m &amp;"


@pytest.fixture(scope="module")
def shipped() -> Rulebook:
    """The shipped rulebook."""
    return load()


def test_the_written_rulebook_is_current(shipped: Rulebook) -> None:
    """docs/rulebook holds what the rules say today, and no other page."""
    found = {
        path.relative_to(WRITTEN).as_posix(): path.read_text(encoding="utf-8")
        for path in WRITTEN.rglob("*.md")
    }
    wanted = handbook_pages(shipped)
    stale = [name for name in {**wanted, **found} if wanted.get(name) != found.get(name)]
    assert stale == [], "run 'tunewise rules docs -o docs/rulebook'"


def test_a_rule_is_a_sentence_with_all_that_belongs_to_it() -> None:
    """A page shows title, rule, reason, strength, sources, dispute and date, in the file's order."""
    rulebook = book(
        ("data.yaml", "title: Data\n", "title: Data\nabout: What there is.\n"),
        (
            "data.yaml",
            "    disputed_by",
            "    title: Many\n    accepts: {never-true: It may}\n    disputed_by",
        ),
    )
    assert (
        handbook_pages(rulebook)["rules/data.md"]
        == f"""\
{GENERATED_NOTICE}

# Data

What there is.

[All rules](../README.md). A name in ‹› stands for what a case says of it.

<a id="data.enough"></a>

## `data.enough`: Many

If examples is at least 500 examples, then moderate evidence for tuning.

- Why: There are ‹examples›.
- Strength: moderate, +2 points
- Sources: [DOC1](../sources/document.md#DOC1)
- Disputed by [PAPER.1](../sources/paper.md#PAPER.1): Retrieval is enough
- Accepted, never-true: It may
- Last checked: 2026-11-22

<a id="data.forbidden"></a>

## `data.forbidden`

If permission to train is no, then tuning is ruled out.

- Why: Nothing may be trained on.
- Strength: a veto, whatever the score
- Sources: [DOC3](../sources/document.md#DOC3)
- Last checked: 2026-11-22
"""
    )


def test_sources_tell_what_uses_them() -> None:
    """A page a kind holds each item with its note, its uses, and the reason where it has none."""
    made = handbook_pages(book())
    assert [name for name in made if name.startswith("sources/")] == [
        "sources/document.md",
        "sources/paper.md",
    ]
    page = made["sources/document.md"]
    assert """\
- <a id="DOC1"></a>**DOC1** (Data): Many examples help
  - Note: How many is not said
  - Used by rule [`data.enough`](../rules/data.md#data.enough), rule [`need.gap`](../rules/need.md#need.gap)
""" in page  # fmt: skip
    assert "[`data.forbidden`](../rules/data.md#data.forbidden), question may\\_train\n" in page
    assert "  - Not encoded: Nothing to test\n" in page
    assert "(https://example.org/doc)" in page


def test_the_index_tells_how_it_decides() -> None:
    """The index has the decisions in order, the strengths with their rules, disputes and documents."""
    index = handbook_pages(book())[INDEX]
    parts = ["### 1. approach", "### 2. hosting", "| weak | 1 | 1 |", "| moderate | 2 | 1 |"]
    parts += ["| strong | 4 | 2 |", "| veto | – | 1 |", "| [Data](rules/data.md) | 2 |"]
    parts += ["There are ‹examples›. Against it: [PAPER.1](sources/paper.md#PAPER.1)"]
    parts += ["- DOC: A document, A house (4 items)"]
    places = [index.index(part) for part in parts]
    assert places == sorted(places)


def targets(text: str) -> Iterator[str]:
    """The targets of a page's links."""
    for token in MarkdownIt().parse(text):
        for child in token.children or ():
            if child.type in ("link_open", "image"):
                yield str(child.attrs.get("href", child.attrs.get("src")))


def test_every_link_leads_somewhere(shipped: Rulebook) -> None:
    """A link leads to an anchor on a page that is there, or to the web."""
    made = handbook_pages(shipped)
    anchors = {name: set(re.findall(r'<a id="([^"]*)"></a>', text)) for name, text in made.items()}
    for name, text in made.items():
        for target in targets(text):
            if not target.startswith(("https://", "http://")):
                path, _, anchor = target.partition("#")
                parts: list[str] = []
                for part in (PurePosixPath(name).parent / path).parts:
                    parts = parts[:-1] if part == ".." else [*parts, part]
                assert not anchor or anchor in anchors["/".join(parts)], target
                assert "/".join(parts) in made


def test_every_rule_and_item_is_written_out_once(shipped: Rulebook) -> None:
    """Each rule and each source item has exactly one anchor."""
    found = [
        a
        for text in handbook_pages(shipped).values()
        for a in re.findall(r'<a id="([^"]*)"></a>', text)
    ]
    assert sorted(found) == sorted(map(slug, [*shipped.rules, *shipped.items]))


def test_the_same_rulebook_makes_the_same_pages() -> None:
    """Neither the place of the rulebook nor the order of its files matters."""
    turned = dict(reversed(TEXTS.items()))
    assert handbook_pages(assemble(turned, "/elsewhere/rules")) == handbook_pages(book())


def nasty() -> Rulebook:
    """The small rulebook with markup, escapes and addresses wherever there is a text."""
    text = '"' + NASTY.replace("\x1b", "\\e") + '"'
    return assemble(
        changed(
            ("rulebook.yaml", "A small rulebook", text),
            ("decisions.yaml", "{label: own machines}", f"{{label: {text}, says: {text}}}"),
            ("decisions.yaml", "question: Where?", f"question: {text}"),
            ("facts.yaml", "label: examples", f"label: {text}"),
            ("data.yaml", "title: Data", f"title: {text}\nabout: {text}"),
            ("data.yaml", "    disputed_by", f"    title: {text}\n    accepts: {{{text}: {text}}}\n    disputed_by"),
            ("sources.yaml", "says: Many examples help", f"says: {text}"),
            ("sources.yaml", "section: Data", f"section: {text}"),
            ("sources.yaml", "title: A document", f"title: {text}, kind: {text}, note: {text}, published: {text}"),
            ("sources.yaml", "https://example.org/doc", "javascript:alert(1)"),
            ("sources.yaml", "  PAPER.1:", f"  'PAPER.<b> \"x': {{says: {text}}}\n  PAPER.1:"),
        ),
        "book",
    )  # fmt: skip


def test_texts_are_shown_and_never_obeyed() -> None:
    """Markup, links, images, HTML and escapes of a foreign rulebook are plain text on every page."""
    for name, text in handbook_pages(nasty()).items():
        assert text.replace("\n", "").isprintable()
        assert re.fullmatch(r"[A-Za-z0-9._/-]+", name)
        html = re.findall(r"<[^>]*>", MarkdownIt("gfm-like", {"linkify": False}).render(text))
        tags = {re.sub(r"[ >].*", "", tag) for tag in html}
        assert not tags & {"<script", "<img", "<em", "<b"}, name
        assert not [t for t in targets(text) if ":" in t and not t.startswith("https://")], name


def test_pages_are_written_and_old_ones_deleted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder holds the pages alone after a second run, beside whatever else was there."""
    rules, out = write(tmp_path / "rules"), tmp_path / "a" / "docs"
    assert run(["rules", "docs", "-o", str(out), "--rules", str(rules)]) == 0
    assert capsys.readouterr().err == "wrote 5 pages\n"
    notes = out / "rules" / "notes.md"
    notes.write_text("Mine.\n", encoding="utf-8")
    (rules / "need.yaml").rename(rules / "wants.yaml")
    assert run(["rules", "docs", "-o", str(out), "--rules", str(rules)]) == 0
    found = {
        p.relative_to(out).as_posix(): p.read_text(encoding="utf-8") for p in out.rglob("*.md")
    }
    assert found.pop("rules/notes.md") == "Mine.\n"
    assert found == handbook_pages(load(rules))
    assert "rules/wants.md" in found


def test_files_of_others_are_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A README that is somebody's own stops the command before anything is written."""
    readme = tmp_path / "README.md"
    readme.write_text("# Mine\n", encoding="utf-8")
    assert run(["rules", "docs", "-o", str(tmp_path)]) == 2
    assert f"{readme}: is no page of the written rulebook" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
    assert run(["rules", "docs", "-o", str(readme)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert readme.read_text(encoding="utf-8") == "# Mine\n"
