"""The brief for a client: two pages in plain words, in every form, under a cover of its own."""

import re
import struct
import zipfile
import zlib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from saying import said

from tunewise.cases.case import Case, read_case
from tunewise.commands.program import run
from tunewise.evaluation.evaluator import Evaluator
from tunewise.loading.assembly import load
from tunewise.report import terminal
from tunewise.report.coverview import CoverView
from tunewise.report.forms import briefs
from tunewise.whatif.single_answers import with_single_answers

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.yaml"))
TRIAGE = str(EXAMPLES[0].parent / "support_triage.yaml")
FORMS = ("text", "markdown", "html")
LARGEST = 20_000
"""Bytes of a brief as markdown."""
SECTIONS = (
    "The situation",
    "Why",
    "The ways to go, side by side",
    "What it costs",
    "What may go wrong",
    "The plan, step by step",
    "What to find out first",
    "What would turn it",
    "Words used here",
)


@pytest.fixture(scope="module")
def evaluator():
    found = Evaluator(load(), date(2026, 11, 22))
    yield found
    found.close()


def picture(path):
    """A PNG of one dot."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head, dots = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0), zlib.compress(b"\0\0\0\0")
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", dots) + chunk(b"IEND", b"")
    )
    return str(path)


def words_of(path):
    """The text of a Word file, paragraph by paragraph."""
    with zipfile.ZipFile(path) as archive:
        body = archive.read("word/document.xml").decode()
    return [
        re.sub("<[^>]+>", "", part) for part in re.findall(r"<w:p[ >].*?</w:p>", body, re.DOTALL)
    ]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_told_in_plain_words(evaluator, path):
    """All sections in order, and neither options of the program nor ids nor codes of sources."""
    case = read_case(path, evaluator.rulebook.facts)
    text = briefs(
        [with_single_answers(evaluator, evaluator.evaluate(case))], "markdown", CoverView()
    )
    places = [text.index(f"## {section}\n") for section in SECTIONS]
    assert places == sorted(places)
    assert len(text.encode()) < LARGEST
    assert "--" not in text.replace("---", "").replace("| --- ", "")
    assert not re.search(r"[a-z]+\\?_[a-z]+", text), "an id of a fact"
    assert not re.search(r"\b[A-E]\d+\b|JUDGEMENT", text), "the code of a source"
    assert not {f"{rule}" for rule in evaluator.rulebook.rules if rule in text}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_form_of_a_brief_says_the_same(evaluator, path, monkeypatch):
    monkeypatch.setattr(terminal, "laid_out", lambda text, width, colour: text)
    evaluation = evaluator.evaluate(read_case(path, evaluator.rulebook.facts))
    cover = CoverView("Our title", "The client", "The author", "May 2027")
    found = {form: said(briefs([evaluation], form, cover, appendix=True), form) for form in FORMS}
    for one in FORMS:
        for other in FORMS:
            assert not found[one].lacking(found[other])
    assert len(found["text"].statements) > 40


@pytest.mark.parametrize(
    "name", ["x" * 9_000, "漢字 " * 2_000, "a word " * 1_000, "<b>&\x1b[31m" * 500]
)
def test_no_text_of_a_case_makes_it_long(evaluator, name):
    """Nor does it become markup."""
    evaluation = evaluator.evaluate(read_case(EXAMPLES[0], evaluator.rulebook.facts))
    case = replace(evaluation.case, name=name, owner=name, description=f"{name}\n\n" * 20)
    texts = {form: briefs([replace(evaluation, case=case)], form, CoverView()) for form in FORMS}
    assert len(texts["markdown"].encode()) < LARGEST
    assert "<b>" not in texts["html"]
    assert "\x1b" not in "".join(texts.values())


def test_too_early_is_told_without_a_plan(evaluator):
    """The questions to answer first take its place, in Word as elsewhere."""
    text = briefs([evaluator.evaluate(Case("Bare", {}))], "markdown", CoverView())
    assert "Too early for a verdict" in text
    assert "## What to find out first" in text
    for section in ("The ways to go, side by side", "The plan, step by step", "What would turn it"):
        assert section not in text


def test_a_word_file_holds_the_brief(tmp_path):
    """Under its cover; what means something in XML is text."""
    out = tmp_path / "brief.docx"
    cover = [
        "--client",
        "Söhne & <Co>",
        "--title",
        "Our title",
        "--author",
        "Us",
        "--logo",
        picture(tmp_path / "l.png"),
    ]
    assert run(["decide", TRIAGE, "--brief", "--no-turning", "-o", str(out), *cover]) == 0
    words = words_of(out)
    assert "Our title" in words
    assert any("For Söhne &amp; &lt;Co&gt; · By Us" in one for one in words)
    assert all(any(section in one for one in words) for section in SECTIONS)
    assert not any("{{" in one or "{%" in one for one in words)
    assert "word/media/image1.png" in zipfile.ZipFile(out).namelist()
    assert not any("Appendix" in one for one in words)


def test_the_trace_is_an_appendix_of_a_word_file_on_demand(tmp_path):
    out = tmp_path / "brief.docx"
    assert run(["decide", TRIAGE, "--brief", "--full", "--no-turning", "-o", str(out)]) == 0
    words = words_of(out)
    assert any("Appendix" in one for one in words)
    assert sum(" So: " in one for one in words) > 20


def test_a_word_template_of_ones_own_comes_first(tmp_path):
    """Changed as Word changes it: the text of a paragraph is another."""
    folder, out = tmp_path / "own", tmp_path / "brief.docx"
    folder.mkdir()
    shipped = Path(str(__import__("tunewise.templates").templates.__path__[0])) / "brief.docx"
    with zipfile.ZipFile(shipped) as old, zipfile.ZipFile(folder / "brief.docx", "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b"{{ words.headings.situation }}", b"Our own heading"))
    words = [
        "decide",
        TRIAGE,
        "--brief",
        "--no-turning",
        "-o",
        str(out),
        "--templates",
        str(folder),
    ]
    assert run(words) == 0
    assert "Our own heading" in words_of(out)


@pytest.mark.parametrize(
    "text", ["{{ nothing.here }}", "{% for %}", "{{ cover.__class__.__mro__ }}"]
)
def test_a_word_template_that_fails_is_named(tmp_path, capsys, text):
    """No traceback, no file; it gets no further into Python than other templates."""
    docx = pytest.importorskip("docx")
    document = docx.Document()
    document.add_paragraph(text)
    document.save(tmp_path / "brief.docx")
    out = tmp_path / "out.docx"
    words = [
        "decide",
        TRIAGE,
        "--brief",
        "--no-turning",
        "-o",
        str(out),
        "--templates",
        str(tmp_path),
    ]
    assert run(words) == 2
    assert capsys.readouterr().err.startswith("tunewise: brief.docx")
    assert not out.exists()


def test_a_template_that_is_no_word_file_is_named(tmp_path, capsys):
    (tmp_path / "brief.docx").write_text("no", "utf-8")
    words = [
        "decide",
        TRIAGE,
        "--brief",
        "-o",
        str(tmp_path / "o.docx"),
        "--templates",
        str(tmp_path),
    ]
    assert run(words) == 2
    assert "is no Word file" in capsys.readouterr().err


def test_a_cover_may_stand_in_a_file(tmp_path, capsys):
    """Its logo lies beside it; options come before it."""
    picture(tmp_path / "logo.png")
    cover = tmp_path / "cover.yaml"
    cover.write_text("client: The client\nauthor: The author\nlogo: logo.png\n", "utf-8")
    words = [
        "decide",
        TRIAGE,
        "--brief",
        "--no-turning",
        "--format",
        "html",
        "--cover",
        str(cover),
        "--author",
        "Me",
    ]
    assert run(words) == 0
    page = capsys.readouterr().out
    assert "For The client · By Me" in page
    assert '<img class="logo" src="data:image/png;base64,' in page
    assert 'alt="The client"' in page


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clinet: x\n", "unknown key 'clinet'; did you mean 'client'?"),
        ("client: [x]\n", "expected text"),
        ("logo: none.png\n", "cannot be read: No such file"),
        ("logo: cover.yaml\n", "is no PNG or JPEG picture"),
        (f"title: {'x' * 300}\n", "is longer than the 200 characters allowed"),
    ],
)
def test_a_mistake_in_a_cover_is_named(tmp_path, capsys, text, said):
    cover = tmp_path / "cover.yaml"
    cover.write_text(text, "utf-8")
    assert run(["decide", TRIAGE, "--brief", "--no-turning", "--cover", str(cover)]) == 2
    caught = capsys.readouterr()
    assert said in caught.err
    assert caught.out == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--client", "x"], "--client is for a brief: add --brief"),
        (["--brief", "--set", "stage=pilot"], "leave out --set"),
        (["--brief", "--format", "json"], "is for people"),
        (["-o", "x.docx"], "or add --brief"),
        (["--brief", "-o", "x.pdf"], "'.pdf'; use .txt, .md, .html, .htm, .docx, or give --format"),
        (["--brief", "-o", "x.json"], "no form of brief ends in '.json'; use .txt"),
        (["--brief", "-o", "x.docx", "--format", "html"], "ends as docx, and --format asks for"),
        ([TRIAGE, "--brief", "-o", "x.docx"], "a .docx holds one brief"),
    ],
)
def test_what_a_brief_cannot_be_is_said(capsys, tmp_path, monkeypatch, words, said):
    """And nothing is written."""
    monkeypatch.chdir(tmp_path)
    assert run(["decide", TRIAGE, "--no-turning", *words]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_command_without_briefs_suggests_none(capsys):
    assert run(["compare", TRIAGE, TRIAGE, "-o", "x.docx"]) == 2
    said = "use .txt, .md, .html, .htm, .json, or give --format\n"
    assert capsys.readouterr().err.endswith(said)


def test_without_the_extra_it_is_named(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "docxtpl", None)
    assert run(["decide", TRIAGE, "--brief", "--no-turning", "-o", str(tmp_path / "x.docx")]) == 2
    assert "pip install 'tunewise[docx]'" in capsys.readouterr().err


def brief_of(evaluator, path):
    """The brief of a case as one line of text."""
    return " ".join(briefs([evaluator.evaluate(path)], "text", CoverView()).split())


def test_a_sum_with_a_hole_is_told_as_a_sentence(evaluator):
    """First the sum with its range, then what stands on top of it; once."""
    case = read_case(Path("examples/internal_chatbot.yaml"), evaluator.rulebook.facts)
    text = brief_of(evaluator, case)
    told = (
        r"over 24 months \(between \S+ and \S+\), and on top compliance, which has no price yet\."
    )
    assert re.search(told, text)
    assert text.count("no price yet") == 1
    assert "Sums are the middle of many draws, in which prices fall" in text


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_no_sentence_of_an_example_is_cut_and_every_word_explained_is_used(evaluator, path):
    """A plan's gates and what would turn it stand whole; the glossary holds nothing that stands nowhere else."""
    evaluation = evaluator.evaluate(read_case(path, evaluator.rulebook.facts))
    text = briefs([evaluation], "markdown", CoverView())
    plan = text.partition("## The plan, step by step")[2]
    assert "…" not in plan
    told, _, terms = text.partition("## Words used here")
    for term in re.findall(r"^- \*\*(.+?)\*\*:", terms, re.MULTILINE):
        assert term.casefold() in told.casefold()
