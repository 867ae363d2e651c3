"""The reports: what they say, in which order, in every form, and that nothing in a name is obeyed."""

import base64
import hashlib
import json
import re
import sys
from dataclasses import FrozenInstanceError, replace
from functools import partial
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt
from reportbook import book, evaluated, priced
from rich.cells import cell_len

from tunewise.commands.program import run
from tunewise.costs.currency import USD
from tunewise.costs.ranges import exactly
from tunewise.errors import UserError
from tunewise.knowledge.vocabulary import with_unit
from tunewise.record.decision import as_json, as_record
from tunewise.report import render as report
from tunewise.report import terminal
from tunewise.report.bounds import bounded
from tunewise.report.forms import report as report_in
from tunewise.report.presenting import report_view
from tunewise.report.presenting_costs import number
from tunewise.report.render import render

TUNED = {"examples": 800, "quality": "high", "may_train": True, "secret": True}
FORMS = ("text", "markdown", "html")
NASTY = (
    "# x | [a](javascript:alert(1)) <script>alert(2)</script> <img src=//evil.example/x> `y` [bold]z[/]"
    " **w** \x1b[31mred\x1b]8;;//evil.example\x07 \u202egnp \x00\n- item\n\n| a | b |\t{{ 7 * 7 }} 👩‍🚀 &lt;"
)
HEADINGS = (
    "The situation",
    "Why",
    "What it costs",
    "What to do and to watch for",
    "What is not known yet",
    "What would turn it",
    "What was decided, and on what evidence",
    "What would speak for another answer",
    "The costs, line by line",
    "The facts used",
    "How the answer came about, rule by rule",
    "How to read this",
)


@pytest.fixture(scope="module")
def tuned():
    """A case for which tuning wins, with costs."""
    return replace(evaluated("Clauses", "First.\n\nSecond.", **TUNED), costs=priced())


def case_view(**facts):
    """The view of a case with these facts."""
    return report_view([evaluated(**facts)]).cases[0]


class Page(HTMLParser):
    """What a browser would make of a page: elements, ids, links, text, style."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.ids, self.links, self.style, self.text, self.open = (
            [],
            [],
            [],
            "",
            "",
            [],
        )
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.elements.append((tag, attributes))
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes["href"]] if tag == "a" else []
        if tag not in ("meta", "link", "br", "img", "rect"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag != "rect":
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.text += data


# What it says


def test_json_is_the_record(tuned):
    assert report_in([tuned], "json") == as_json(as_record(tuned))
    assert [entry["case"]["name"] for entry in json.loads(report_in([tuned, tuned], "json"))] == [
        "Clauses",
        "Clauses",
    ]


@pytest.mark.parametrize("form", FORMS)
def test_the_recommendation_is_one_sentence_of_all_decisions(tuned, form):
    assert "Tuning, with own machines." in render([tuned], form)


@pytest.mark.parametrize("form", FORMS)
def test_sections_stand_in_order(tuned, form):
    text = render([tuned], form)
    places = [re.search(rf"^\W*(?:<h2>)?{heading}\W", text, re.M).start() for heading in HEADINGS]
    assert len(places) == len(HEADINGS)
    assert places == sorted(places)


@pytest.mark.parametrize("form", FORMS)
def test_the_same_evaluation_gives_the_same_bytes(tuned, form):
    assert render([tuned], form) == render([tuned], form)


@pytest.mark.parametrize("form", FORMS)
def test_nothing_known_still_makes_a_report(form):
    text = render([evaluated("Bare")], form)
    assert "Prompting, with a public service." in text
    assert "No rule speaks for or against it" in text
    assert "What it costs" not in text


@pytest.mark.parametrize("form", FORMS)
def test_a_blocked_decision_says_what_would_lift_it(form):
    text = " ".join(render([evaluated(secret=True, staff=0)], form).split())
    assert "Where should it run?" in text
    assert "It opens again where one of these is no longer true" in text
    assert "Secrecy is yes" in text
    assert "Staff is 0" in text


def test_reasons_are_the_strongest_arguments_for_what_was_chosen():
    reasons = case_view(**TUNED).reasons
    assert [(r.text, r.stance, r.points) for r in reasons] == [
        ("There is enough data.", "for", 4),
        ("The data are good.", "for", 2),
    ]
    assert [source.id for source in reasons[0].sources] == ["DOC1", "DOC2", "DOC3", "DOC4", "DOC5"]


def test_a_veto_that_turned_the_decision_is_the_first_reason():
    view = case_view(examples=800, may_train=False, stage="exploration")
    assert view.first.chosen == "prompting"
    assert [(r.stance, r.option) for r in view.reasons] == [
        ("veto", "a mix and tuning"),
        ("against", "tuning"),
    ]


@pytest.mark.parametrize(
    ("facts", "closeness", "runner_up"),
    [
        ({"stage": "exploration"}, "tie", "a mix"),
        ({"quality": "high"}, "tie", "tuning"),
        ({"stage": "pilot"}, "weak", "prompting"),
        ({"quality": "high", "stage": "exploration"}, "moderate", "tuning"),
        ({"examples": 800, "stage": "exploration"}, "strong", "prompting"),
        ({"examples": 800, "quality": "high"}, "strong", "a mix"),
        ({"examples": 800, "quality": "high", "stage": "production"}, "clear", "a mix"),
        ({"may_train": False}, "alone", ""),
    ],
)
def test_closeness_is_the_weakest_argument_that_would_turn_it(facts, closeness, runner_up):
    first = case_view(**facts).first
    assert (first.closeness, first.runner_up) == (closeness, runner_up)


def test_only_the_deciding_arguments_are_disputed_on_top():
    (disputed,) = case_view(**TUNED).disputed
    assert disputed.text == "There is enough data."
    assert disputed.disputes[0].text == "Few examples will do"
    assert case_view(examples=800, may_train=False).disputed == ()


def test_the_longest_bar_is_full():
    options = {option.label: option for option in case_view(**TUNED).first.options}
    assert (options["tuning"].support, options["tuning"].support_share) == (6, 100)
    assert (options["a mix"].support, options["a mix"].support_share) == (2, 33)
    assert case_view(**TUNED).first.silent == ("prompting",)


def test_unknown_facts_stand_by_how_many_rules_wait_for_them():
    view = case_view(may_train=True)
    assert [(fact.id, fact.rules) for fact in view.unknown][:2] == [("stage", 3), ("examples", 2)]
    assert "colour" in view.idle


def test_what_makes_no_sense_to_ask_is_not_called_unknown():
    assert "quality" not in [fact.id for fact in case_view(examples=0).unknown]


def test_near_misses_speak_for_another_answer_the_nearest_first():
    misses = case_view(**TUNED, stage="production", staff=0).near_misses
    assert [(miss.needed, miss.value, miss.conclusions) for miss in misses] == [
        ("permission to train is no", "yes", ("a mix and tuning are ruled out",)),
        ("stage is a pilot", "in production", ("weak evidence for a mix",)),
        ("examples is below 10", "800", ("tuning is ruled out",)),
        ("stage is first trials", "in production", ("weak evidence against tuning",)),
    ]


def test_advice_shows_the_strongest_seven_first():
    view = case_view(examples=20)
    assert view.advice[0].kind == "hidden cost"
    assert (len(view.advice), len(view.advice_rest)) == (7, 2)
    page = render([evaluated(examples=20)], "html")
    assert "<summary>2 more</summary>" in page
    assert page.index("Advice number 4") < page.index("<summary>2 more</summary>")


@pytest.mark.parametrize("form", FORMS)
def test_the_trace_names_rule_values_and_sources(tuned, form):
    text = render([tuned], form)
    trace = " ".join(text[text.rindex("rule by rule") :].split())  # the sources stand below it
    assert "800 examples will do." in trace
    assert "rules.data" in trace
    assert "DOC1" in trace
    assert "The guide, A house" in trace
    assert "Nobody says how many" in trace


@pytest.mark.parametrize("form", FORMS)
def test_versions_and_digest_stand_at_the_end(tuned, form):
    text = render([tuned], form)
    assert tuned.rulebook.sha256 in text
    assert f"tunewise {tuned.versions['tunewise']}" in text.replace("\\_", "_")
    assert "2026-11-22" in text


def test_the_view_is_frozen(tuned):
    view = report_view([tuned])
    with pytest.raises(FrozenInstanceError):
        view.as_of = "now"


# Costs


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "$0"),
        ("0.0021", "$0.0021"),
        ("0.5", "$0.50"),
        ("99.5", "$99.50"),
        ("100.4", "$100"),
        ("1234567", "$1,234,567"),
    ],
)
def test_money_shows_cents_only_where_they_count(amount, words):
    assert USD.say(exactly(float(amount))) == words


@pytest.mark.parametrize(
    ("value", "words"), [(0.071, "0.071"), (3, "3"), (184005.3, "184,005"), (1.23456, "1.235")]
)
def test_numbers_show_four_digits(value, words):
    assert number(exactly(value)) == words


@pytest.mark.parametrize(
    ("months", "words"),
    [
        ((1, 3.123, None), "after 3.1 months (at best 1, at worst never)"),
        ((2, 2, 2), "after 2 months."),
        ((1, 1, 1), "after 1 month. "),
        ((0, None, None), "never as expected, in 1 of 10 draws at once"),
        ((110, None, None), "never as expected, in 1 of 10 draws within 110 months"),
        ((None, None, None), "never."),
    ],
)
def test_break_even_is_said_in_words(tuned, months, words):
    text = render([replace(tuned, costs=priced(months))], "markdown")
    assert f"Break-even at this load: {words.strip('. ')}" in text
    assert "It pays back." in text


@pytest.mark.parametrize(
    ("number", "unit", "words"),
    [
        ("1", "weeks", "1 week"),
        ("1", "requests a month", "1 request a month"),
        ("1", "card-hours", "1 card-hour"),
        ("1", "ms", "1 ms"),
        ("1", "million tokens", "1 million tokens"),
        ("1", "", "1"),
        ("1.5", "weeks", "1.5 weeks"),
        ("11", "months", "11 months"),
        ("0", "months", "0 months"),
    ],
)
def test_one_of_a_unit_is_said_as_one(number, unit, words):
    assert with_unit(number, unit) == words


@pytest.mark.parametrize("words", [["--full"], [], ["--format", "html"], ["--brief"]])
def test_no_report_says_one_months(tmp_path, capsys, words):
    """Wherever a value with its unit stands, in facts and sums."""
    path = tmp_path / "case.yaml"
    facts = {"deadline_weeks": 1, "commitment_months": 1, "requests_per_month": 1}
    known = {"task_type": "classification", "prompt_testing": "systematic", "stage": "pilot"}
    path.write_text(json.dumps({"name": "Short", "facts": {**known, **facts}}), "utf-8")
    assert run(["decide", str(path), "--no-turning", "--as-of", "2026-11-22", *words]) == 0
    text = capsys.readouterr().out
    assert "1 month" in text
    assert re.findall(r"\b1\s(?:weeks|months)\b", text) == []


@pytest.mark.parametrize("form", FORMS)
def test_costs_show_lines_gaps_notes_and_assumptions(tuned, form):
    text = " ".join(render([tuned], form).split())
    for part in (
        "$2,000",
        "$12,346",
        "Over 24 months",
        "Review has no price",
        "The model ends soon",
    ):
        assert part in text
    for part in (
        "Prompts",
        "1–2 hours × $10.00",
        "0.5 factor",
        "2 (1 to 3,000) hours",
        "a: 1, b: two",
    ):
        assert part in text
    for part in ("secret", "card_speed", "set for this run"):
        assert part in text.replace("\\_", "_")
    assert "\\n" not in text


def test_cost_bars_compare_the_horizons(tuned):
    prompting, tuning = report_view([tuned]).cases[0].costs.estimates
    assert (prompting.horizon.expected_share, tuning.horizon.high_share) == (25, 100)
    assert (prompting.chosen, tuning.chosen) == (False, True)


# Names that mean harm


@pytest.mark.parametrize("form", FORMS)
def test_no_control_character_of_a_name_comes_through(form):
    text = render([evaluated(NASTY, NASTY, colour=NASTY[:190])], form)
    assert not set(text) & set("\x00\x07\x1b\x7f\x9b\u202a\u202e\u2066\u200d\r\t")
    assert "49" not in re.sub(r"sha256-\S+", "", text)


def test_html_in_a_name_is_only_text():
    page = Page(render([evaluated(NASTY, NASTY, colour=NASTY[:190])], "html"))
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "img", "iframe", "object", "b"}
    assert "<script>alert(2)</script>" in page.text
    assert page.open == []


def test_markdown_in_a_name_is_only_text():
    evaluation = evaluated(NASTY, NASTY, colour=NASTY[:190])
    page = MarkdownIt("gfm-like", {"linkify": False}).render(render([evaluation], "markdown"))
    elements = Page(re.sub(r"<(hr|br)>", "", page.replace(" />", ">")))
    assert all(link.startswith("https://example.org/") for link in elements.links)
    assert not {tag for tag, _ in elements.elements} & {"script", "img"}
    plain = MarkdownIt("gfm-like", {"linkify": False}).render(
        render([evaluated("x", "y", colour="z")], "markdown")
    )
    for tag in ("<h1", "<h2", "<tr", "<td", "<table", "<strong", "<code", "<a "):
        assert page.count(tag) == plain.count(tag), tag
    assert "javascript:alert(1)" in elements.text


def test_markup_in_a_name_is_only_text():
    text = render([evaluated(NASTY)], "text")
    assert "[bold]z[/]" in text
    assert "\\x1b[31mred" in text


@pytest.mark.parametrize("form", FORMS)
def test_a_long_name_is_cut_in_headings_and_whole_further_down(form):
    name = "".join(f"part {i} " for i in range(1400)).strip()
    text = render([evaluated(name)], form)
    assert name[:60] in text.split("Why")[0]
    assert name[:120] not in " ".join(text.split("Why")[0].split())
    assert name in " ".join(text.split())


def test_a_long_word_does_not_break_the_layout():
    text = render([evaluated("x" * 10_000, "y" * 10_000)], "text")
    assert max(cell_len(line) for line in text.splitlines()) <= terminal.ELSEWHERE


def test_only_web_addresses_become_links(tuned):
    page = Page(render([tuned], "html"))
    outside = {link for link in page.links if not link.startswith("#")}
    assert outside == {"https://example.org/a?b=1&c=%3Cd%3E"}
    assert "javascript:" not in render([tuned], "html") + render([tuned], "markdown")


# HTML


def test_the_page_loads_nothing(tuned):
    page = Page(render([tuned, tuned], "html"))
    for tag, attributes in page.elements:
        assert "src" not in attributes
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        assert tag not in ("script", "iframe", "object", "embed", "form")
        if tag == "link":
            assert attributes["href"].startswith("data:")
    assert "url(" not in page.style
    assert "@import" not in page.style


def test_the_policy_admits_the_style_and_nothing_else(tuned):
    page = Page(render([tuned], "html"))
    (policy,) = (a["content"] for t, a in page.elements if a.get("http-equiv"))
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:;")


def test_the_page_is_accessible(tuned):
    page = Page(render([tuned, evaluated("Other")], "html"))
    tags = [tag for tag, _ in page.elements]
    assert dict(page.elements)["html"] == {"lang": "en"}
    assert tags.count("title") == tags.count("main") == 1
    assert tags.count("caption") == tags.count("table")
    assert [a for t, a in page.elements if t == "th" and "scope" not in a] == []
    assert [a for t, a in page.elements if t == "svg" and a.get("aria-hidden") != "true"] == []
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_anchor_leads_somewhere(tuned):
    page = Page(render([tuned, tuned], "html"))
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def luminance(colour):
    """The relative luminance of #rgb or #rrggbb, as WCAG defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", range(3), ids=("light", "dark", "print"))
def test_text_stands_out_from_its_ground(theme):
    style = files("tunewise.templates").joinpath("report.css").read_text("utf-8")
    colours = dict(
        re.findall(r"--(\w+): (#\w+)", re.findall(r":root \{(.*?)\}", style, re.S)[theme])
    )
    for text in ("ink", "quiet", "accent", "alert"):
        for ground in ("ground", "card", "wash"):
            pair = sorted(luminance(colours[name]) for name in (text, ground))
            assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5, (text, ground)


# Endings of files


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("r.html", "<!doctype html>"),
        ("r.md", "# Bare"),
        ("r.json", "{"),
        ("r.txt", "Bare"),
        ("r", "Bare"),
        ("R.HTM", "<!doctype html>"),
    ],
)
def test_the_ending_of_the_file_names_the_form(tmp_path, name, start):
    """Each form has its endings; none at all means text."""
    case = tmp_path / "case.yaml"
    case.write_text("name: Bare\n", encoding="utf-8")
    assert run(["decide", str(case), "--no-turning", "-o", str(tmp_path / name)]) == 0
    assert (tmp_path / name).read_text("utf-8").startswith(start)


def test_an_ending_and_a_format_that_differ_are_refused(tmp_path, capsys):
    """A page that holds JSON would open in no browser, and nobody can tell which of the two was meant."""
    case, out = tmp_path / "case.yaml", tmp_path / "r.html"
    case.write_text("name: Bare\n", encoding="utf-8")
    assert run(["decide", str(case), "-o", str(out), "--format", "json"]) == 2
    said = "ends as html, and --format asks for json; leave --format out, or name another file"
    assert capsys.readouterr().err == f"tunewise: {out}: {said}\n"
    assert not out.exists()


def test_an_ending_of_no_form_is_refused(tmp_path, capsys):
    """A PDF that holds text would open in no reader; with --format it is the user's wish."""
    case, out = tmp_path / "case.yaml", tmp_path / "r.pdf"
    case.write_text("name: Bare\n", encoding="utf-8")
    assert run(["decide", str(case), "-o", str(out)]) == 2
    assert capsys.readouterr().err == (
        f"tunewise: {out}: no form of report ends in '.pdf'; use .txt, .md, .html, .htm, .json, or give --format\n"
    )
    assert not out.exists()
    assert run(["decide", str(case), "--format", "json", "-o", str(out)]) == 0


# The terminal


def test_text_in_a_pipe_is_plain_and_narrow(tuned):
    text = render([tuned], "text", terminal=True)
    assert "\x1b" not in text
    assert max(cell_len(line) for line in text.splitlines()) <= terminal.ELSEWHERE


@pytest.fixture
def screen(monkeypatch):
    """Standard output is a terminal of 70 columns that wants colour."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "70")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return monkeypatch


def test_a_terminal_gets_colour_and_its_own_width(tuned, screen):
    text = render([tuned], "text", terminal=True)
    assert "\x1b[" in text
    plain = re.sub(r"\x1b\[[\d;]*m", "", text)
    assert 65 <= max(cell_len(line) for line in plain.splitlines()) <= 70


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colour_is_left_out_where_it_is_not_wanted(tuned, screen, name, value):
    screen.setenv(name, value)
    assert "\x1b" not in render([tuned], "text", terminal=True)


def test_a_file_gets_no_colour(tuned, screen):
    assert "\x1b" not in render([tuned], "text", terminal=False)


def test_columns_line_up_and_numbers_stand_to_the_right():
    text = terminal.laid_out("a\t[bold]$5[/]\tx\nbb\t$1,234\ty\n  •\tone two three", width=14)
    assert text == "a       $5  x\nbb  $1,234  y\n  •  one two\n     three\n"


@pytest.mark.parametrize(("share", "bar"), [(0, ""), (1, "▏"), (50, "██"), (100, "████")])
def test_bars_are_set_in_eighths(share, bar):
    assert report._blocks(share, 4) == bar


# Templates of one's own


def own(folder, name="report.md.j2", text="Hello {{ report.cases[0].name }}"):
    """A folder with one template."""
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder)


def test_a_template_of_ones_own_comes_first(tuned, tmp_path):
    assert render([tuned], "markdown", own(tmp_path)) == "Hello Clauses"
    assert render([tuned], "html", str(tmp_path)) == render([tuned], "html")


def test_values_are_escaped_for_any_template(tmp_path):
    assert render([evaluated("a*b")], "markdown", own(tmp_path)) == "Hello a\\*b"
    page = render([evaluated("a<b")], "html", own(tmp_path, "report.html.j2"))
    assert page == "Hello a&lt;b"


def test_a_shipped_template_can_be_included(tuned, tmp_path):
    text = '{% include "shipped/report.md.j2" %}*End*'
    assert render([tuned], "markdown", own(tmp_path, text=text)).endswith("*End*")


@pytest.mark.parametrize(
    ("form", "ending"), [("text", "txt"), ("markdown", "md"), ("html", "html")]
)
def test_a_block_of_a_shipped_template_can_be_overridden(tuned, tmp_path, form, ending):
    """In every form, with the macros of that form at hand."""
    text = f'{{% extends "shipped/report.{ending}.j2" %}}{{% block foot %}}{{{{ f.strong("Ours") }}}}{{% endblock %}}'
    report = render([tuned], form, own(tmp_path, f"report.{ending}.j2", text))
    assert "Ours" in report
    assert "How to read this" not in report
    assert "The costs, line by line" in report


def test_a_form_of_ones_own_sets_out_what_is_shipped(tuned, tmp_path):
    """A failure in it is told with its place."""
    (tmp_path / "forms").mkdir()
    shipped = files("tunewise.templates").joinpath("forms/markdown.j2").read_text("utf-8")
    changed = shipped.replace("# {{ text }}", "# Ours: {{ text }}")
    assert "# Ours: Clauses" in render(
        [tuned], "markdown", own(tmp_path, "forms/markdown.j2", changed)
    )
    broken = shipped.replace("# {{ text }}", "{{ nothing }}")
    with pytest.raises(UserError, match=r"forms/markdown\.j2:\d+: fails: 'nothing' is undefined"):
        render([tuned], "markdown", own(tmp_path, "forms/markdown.j2", broken))


def test_a_style_of_ones_own_is_admitted_by_the_policy(tuned, tmp_path):
    page = Page(render([tuned], "html", own(tmp_path, "report.css", "p { color: red }")))
    assert page.style == "p { color: red }"
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert any(f"'sha256-{digest}'" in a.get("content", "") for _, a in page.elements)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a\n{{ nothing }}", 2, "'nothing' is undefined"),
        ("\n\n{{ report.cases[0].colour }}", 3, "has no attribute 'colour'"),
        ("{% for %}", 1, "xpected"),
        ("\n{% include 'other.j2' %}", 2, "there is no template 'other.j2'"),
        ("\n{% include '../secret' %}", 2, "there is no template '../secret'"),
        ("\n{% include 'report.md.j2' %}", 2, "includes or calls itself without end"),
        ("\n{{ ''.__class__.__mro__ }}", 2, "__class__"),
        ("\n{{ 1 // 0 }}", 2, "division"),
        ("\n{{ range(10**9)|list }}", 2, "ange too big"),
        ("\n{{ report.cases.append(1) }}", 2, "append"),
    ],
)
def test_a_template_that_fails_is_one_line_with_its_place(tuned, tmp_path, text, line, message):
    with pytest.raises(UserError) as failure:
        render([tuned], "markdown", own(tmp_path, text=text))
    (problem,) = failure.value.problems
    assert problem.place == str(tmp_path / "report.md.j2")
    assert problem.line == line
    assert message in problem.message


def test_a_template_that_is_not_text_is_refused(tuned, tmp_path):
    (tmp_path / "report.md.j2").write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match=r"report\.md\.j2.*decode"):
        render([tuned], "markdown", str(tmp_path))


@pytest.mark.parametrize("body", ["{{ 10**(10**9) }}", "{{ (10**60) * (10**60) }}"])
def test_arithmetic_that_no_clock_stops_is_refused(tuned, tmp_path, body):
    """A power or product of huge numbers is an error at once, since no signal could interrupt it."""
    (tmp_path / "report.txt.j2").write_text(body)
    with pytest.raises(UserError, match="numbers as large as these"):
        render([tuned], "text", str(tmp_path))


def test_a_template_that_loops_is_stopped(tuned, tmp_path, monkeypatch):
    monkeypatch.setattr(report, "bounded", partial(bounded, seconds=0.2))
    loop = "\n{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    with pytest.raises(UserError, match=r"report\.md\.j2:2: takes too long"):
        render([tuned], "markdown", own(tmp_path, text=loop))


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded where /proc tells of it")
def test_a_template_that_swells_is_stopped(tuned, tmp_path, monkeypatch):
    monkeypatch.setattr(report, "bounded", partial(bounded, memory=100 << 20))
    swelling = (
        "{% set x = namespace(text='0123456789') %}\n"
        "{% for i in range(60) %}{% set x.text = x.text ~ x.text %}{% endfor %}"
    )
    with pytest.raises(UserError, match=r"report\.md\.j2:2: takes too much memory"):
        render([tuned], "markdown", own(tmp_path, text=swelling))


def test_markup_that_does_not_close_is_refused(tuned, tmp_path):
    with pytest.raises(UserError, match=r"report\.txt\.j2: markup"):
        render([tuned], "text", own(tmp_path, "report.txt.j2", "a [/bold] b"))


def test_a_folder_that_is_not_there_is_refused(tuned, tmp_path):
    with pytest.raises(UserError, match="is not a folder"):
        render([tuned], "html", str(tmp_path / "none"))


def test_a_folder_without_a_known_template_names_the_nearest(tuned, tmp_path):
    with pytest.raises(UserError, match=r"holds none of .*did you mean 'report\.html\.j2'"):
        render([tuned], "html", own(tmp_path, "reports.html.j2"))


# The shipped rulebook


@pytest.mark.parametrize("form", FORMS)
def test_a_rulebook_that_prices_nothing_is_no_failure(form):
    assert "line by line" not in render([evaluated(rules=book())], form)
