"""The pictures of the costs: scales, shapes, the same figures in tables, and nothing that a browser would run."""

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportbook import evaluated, priced

from tunewise.cases.case import Case
from tunewise.costs.model import CostModel
from tunewise.evaluation.evaluator import Evaluator
from tunewise.loading.assembly import load
from tunewise.report.charts import (
    CHART_BOTTOM,
    CHART_HEIGHT,
    CHART_LEFT,
    CHART_RIGHT,
    CHART_TOP,
    CHART_WIDTH,
    Axes,
    Scale,
    Series,
    across,
    beam,
    plot,
    upward,
)
from tunewise.report.presenting_pictures import pictures_view
from tunewise.report.render import render

DAY = date(2026, 11, 22)
ROI = {
    "task_type": "classification",
    "prompt_testing": "systematic",
    "requests_per_month": 1_000_000,
    "input_tokens": 500,
    "output_tokens": 1000,
    "base_model": "openai/gpt-4o",
}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@pytest.fixture(scope="module")
def rulebook():
    return load()


@pytest.fixture(scope="module")
def evaluation(rulebook):
    """Evaluate a case under the shipped rulebook."""
    evaluator = Evaluator(rulebook, DAY)
    yield lambda **facts: evaluator.evaluate(Case(name="Case", facts=facts))
    evaluator.close()


@pytest.fixture(scope="module")
def pictures(evaluation):
    """The pictures of the documents' example, where tuning pays back."""
    return pictures_view(evaluation(**ROI))


# Scales and shapes.


def test_a_scale_places_its_ends_at_the_ends():
    """Values between lie between, in proportion; values beyond lie at the end."""
    scale = Scale(0, 50, 100, 200)
    assert [scale.place(value) for value in (0, 25, 50, 99, -1)] == [100, 150, 200, 200, 100]
    powers = Scale(1, 1000, 0, 30, logarithmic=True)
    assert [powers.place(value) for value in (1, 10, 100, 1000)] == [0, 10, 20, 30]


@pytest.mark.parametrize(
    ("scale", "ticks"),
    [
        (Scale(0, 36, 0, 1), [0, 10, 20, 30]),
        (Scale(0, 245_950, 0, 1), [0, 50_000, 100_000, 150_000, 200_000]),
        (Scale(0, 0.3, 0, 1), [0, 0.1, 0.2, 0.3]),
        (Scale(0, 1, 0, 1), [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (Scale(1, 1000, 0, 1, logarithmic=True), [1, 10, 100, 1000]),
        (Scale(1, 1e12, 0, 1, logarithmic=True), [1, 1e3, 1e6, 1e9, 1e12]),
    ],
)
def test_ticks_are_round_and_few(scale, ticks):
    """A person reads the values off without arithmetic."""
    assert list(scale.ticks()) == pytest.approx(ticks)


@given(
    st.floats(0.01, 1e12),
    st.lists(st.tuples(*[st.floats(0, 1e12)] * 3).map(sorted), min_size=2, max_size=2),
)
def test_everything_lies_within_the_picture(most, ends):
    """Lines, bands, guides and dots stay inside the frame, whatever the figures."""
    points = tuple((x, *ys) for x, ys in zip((0.0, 36.0), ends, strict=True))
    axes = Axes(across(0, 36), upward(0, most), str, str, "months")
    chart = axes.chart([Series("s1", points)], crossing=(12, most / 2, "here"), at=(40, "there"))
    for stroke in chart.strokes:
        assert re.fullmatch(r"M[-\d. LHVZM]+", stroke.path)
        if "L" in stroke.path:
            numbers = [float(number) for number in NUMBER.findall(stroke.path)]
            assert all(CHART_LEFT <= x <= CHART_RIGHT for x in numbers[::2])
            assert all(CHART_TOP <= y <= CHART_BOTTOM for y in numbers[1::2])
    assert all(
        0 <= label.x <= CHART_WIDTH and 0 <= label.y <= CHART_HEIGHT for label in chart.labels
    )
    assert all(
        CHART_LEFT <= mark.x <= CHART_RIGHT and CHART_TOP <= mark.y <= CHART_BOTTOM
        for mark in chart.marks
    )


def test_words_beside_two_guides_keep_apart():
    """The words of a crossing stand on the side away from the guide next to it."""
    axes = Axes(across(0, 100), upward(0, 100), str, str, "x")
    right = axes.chart([], crossing=(55, 50, "even"), at=(50, "here")).labels[-1]
    left = axes.chart([], crossing=(45, 50, "even"), at=(50, "here")).labels[-1]
    assert (right.anchor, left.anchor) == ("start", "end")


def test_lines_of_text_rise_with_their_values():
    """The most is on top, nothing at the foot; where lines meet, the later one is seen."""
    assert plot([("x", [0, 5, 10]), ("+", [0, 0, 10])], 10, 3) == ("  +", " x", "++")
    assert plot([("x", [0, 0])], 0, 2) == ("", "xx")


def test_a_bar_of_text_runs_from_end_to_end():
    """The middle is marked, within the bar or outside it."""
    assert beam(0, 100, 50, 9) == "████┃████"
    assert beam(0, 25, 75, 9) == "███    ┃"
    assert beam(100, 100, 0, 4) == "┃  █"


# The pictures of a case.


def test_break_even_is_marked_where_the_lines_cross(pictures, evaluation):
    """The dot lies at the month that the sums give; without a break-even there is none."""
    chart = pictures.over_time.chart
    (mark,) = chart.marks
    months = float(evaluation(**ROI).costs.break_even.months.expected)
    assert mark.x == across(0, 12).place(months)
    assert any(label.text.startswith("pays back after") for label in chart.labels)
    never = pictures_view(evaluation(requests_per_month=10)).over_time.chart
    assert never.marks == ()


def test_the_table_says_what_the_chart_draws(pictures, evaluation):
    """Start and end of the table are the report's sums with their ranges; the chart is drawn through its rows."""
    rows, chart = pictures.over_time.rows, pictures.over_time.chart
    assert [row.at for row in rows] == ["0", "3", "6", "9", "12"]
    estimates = evaluation(**ROI).costs.estimates.values()
    assert rows[0].sums == tuple(said(one.initial) for one in estimates)
    assert rows[-1].sums == tuple(said(one.horizon) for one in estimates)
    assert pictures.over_time.plot.top == said(max(one.horizon.expected for one in estimates))
    most = max(one.horizon.high for one in estimates)
    lines = [stroke.path for stroke in chart.strokes if stroke.kind.startswith("line")]
    for path, one in zip(lines, estimates, strict=True):
        sums = [one.after(int(row.at)).expected for row in rows]
        across_and_up = [float(number) for number in NUMBER.findall(path)]
        assert across_and_up[::2] == [across(0, 12).place(int(row.at)) for row in rows]
        assert across_and_up[1::2] == [upward(0, most).place(usd) for usd in sums]


def said(sums):
    """A sum of the report, or its middle with its range, in whole dollars."""
    if isinstance(sums, float):
        return f"${sums:,.0f}"
    low, expected, high = (f"{usd:,.0f}" for usd in sums.values)
    return f"${expected} (${low}–${high})"


@pytest.mark.parametrize("fall", ["0", "0.5"])
def test_sums_over_time_follow_the_prices_of_each_year(rulebook, fall):
    """Where prices fall, the second year costs less than the first: no straight line from start to end."""
    evaluator = Evaluator(rulebook, DAY, {"token_price_fall": fall})
    try:
        costs = evaluator.evaluate(Case(name="Case", facts={**ROI, "commitment_months": 24})).costs
    finally:
        evaluator.close()
    for one in costs.estimates.values():
        assert one.after(0) == one.initial
        assert one.after(24) == one.horizon
    prompting = costs.estimates["prompting"]
    first, second = (
        prompting.after(month).expected - prompting.after(month - 12).expected for month in (12, 24)
    )
    if fall == "0":
        assert second == pytest.approx(first, rel=0.01)
    else:
        assert second < 0.7 * first


def test_totals_at_other_loads_are_those_of_a_case_with_that_load(evaluation, rulebook):
    """The chart over the load reckons what another case would with the same plans: to the cent."""
    here = evaluation(**ROI)
    found, loads = here.costs.at_loads([1_000_000, 50_000]), (1_000_000, 50_000)
    for number, requests in enumerate(loads):
        facts = {**ROI, "requests_per_month": requests}
        estimates = CostModel(rulebook, DAY, {}).estimate(facts, here.plans).estimates
        for approach, sums in found.items():
            assert sums[number] == estimates[approach].horizon


def test_the_load_of_the_case_and_the_break_even_are_on_the_chart(pictures):
    """Both lie within, with a power of ten to spare; each power of ten has its row."""
    chart = pictures.over_load.chart
    words = [label.text for label in chart.labels]
    assert "this load" in words
    assert any(word.startswith("even at ") for word in words)
    assert len(chart.marks) == 1
    assert [row.at for row in pictures.over_load.rows][-1] == "10,000,000"


@pytest.mark.parametrize("requests", [0, 1, 10**9])
def test_any_load_has_its_chart(evaluation, requests):
    """No load is too small or too large to draw."""
    view = pictures_view(evaluation(requests_per_month=requests, input_tokens=1, output_tokens=1))
    assert view.over_load.rows


def test_totals_are_made_of_their_lines(pictures, evaluation):
    """The pieces of an approach, the largest first, add up to its total; the rest is counted."""
    estimates = evaluation(**ROI).costs.estimates
    for whole, estimate in zip(pictures.make_up, estimates.values(), strict=True):
        sums = [float(piece.sum.replace("$", "").replace(",", "")) for piece in whole.pieces]
        assert sum(sums) == pytest.approx(float(estimate.horizon.expected), abs=len(sums))
        assert sums[:6] == sorted(sums[:6], reverse=True)
        lines = [line for line in estimate.lines if line.amount.expected > 0]
        assert len(lines) == len(sums) - (1 if whole.rest else 0) + whole.rest
        assert whole.rest != 1
    assert max(piece.share for whole in pictures.make_up for piece in whole.pieces) <= 100


def test_the_tornado_is_ranked_and_within_its_track(pictures):
    """The first bar is the longest; none leaves the track; the ends are said in their unit."""
    drivers = pictures.spread.drivers
    assert len(drivers) == 5
    assert drivers[0].span == max(driver.span for driver in drivers)
    assert all(d.start >= 0 and d.start + d.span <= 100 for d in drivers)
    requests = next(driver for driver in drivers if driver.label == "load")
    assert (requests.low, requests.high) == ("75%", "150%")


def test_what_is_drawn_is_the_uncertainty_of_the_sums(pictures, evaluation):
    """The percentiles beside the tornado are the ranges of the sums over time: there is one uncertainty."""
    found = evaluation(**ROI).costs
    for total, one in zip(pictures.spread.totals, found.estimates.values(), strict=True):
        ends = [f"${usd:,.0f}" for usd in one.horizon.values]
        assert [total.p10, total.p50, total.p90] == ends
    ends = {name: sums[0] for name, sums in found.at_loads([1_000_000]).items()}
    assert all(found.estimates[name].horizon == sums for name, sums in ends.items())


def test_what_is_not_known_is_not_drawn():
    """Costs without loads or draws have no such picture, and the report stands all the same."""
    view = pictures_view(replace(evaluated(), costs=priced()))
    assert (view.over_load, view.spread) == (None, None)
    assert view.over_time.rows


# In the reports.


@pytest.mark.parametrize(
    ("form", "parts"),
    [
        (
            "text",
            (
                "•••",
                "+++",
                "┃",
                "█",
                "Tuning was cheaper than prompting",
                "What 12 months are made of",
            ),
        ),
        ("markdown", ("| Months |", "| Requests a month |", "| Load; 75% to 150% |")),
        ("html", ('class="line s1"', 'class="band s3"', "<circle", 'class="turn"', "aria-hidden")),
    ],
)
def test_every_form_has_its_pictures(evaluation, form, parts):
    """Bars and lines in text, tables in Markdown, drawings with tables in HTML."""
    text = render([evaluation(**ROI)], form)
    for part in parts:
        assert part in (" ".join(text.split()) if form == "text" else text), part


def test_drawings_are_shapes_alone_with_a_table_each(evaluation):
    """No script, no style of an element, no link; hidden from a screen reader, which gets the tables."""
    text = render([evaluation(**ROI)], "html")
    section = re.search(r'<section id="case-1-pictures">.*?</section>', text, re.S)[0]
    assert set(re.findall(r"<(\w+)", section)) <= {
        *("section", "h2", "h3", "div", "p", "figure", "figcaption", "ul", "li", "span"),
        *("svg", "path", "circle", "text", "rect", "details", "summary"),
        *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
    }
    assert "style=" not in section
    assert section.count("<svg") == section.count('aria-hidden="true"')
    assert section.count("<table") == section.count("<caption")
    assert section.count("<table") == 2 + 3 + 2


def test_words_of_a_rulebook_are_only_text(rulebook):
    """Whatever an item is called, a picture shows it and never obeys it."""
    evil = "<script>alert(1)</script>\x1b[31m"
    texts = dict(rulebook.texts)
    texts["costs/work.yaml"] = texts["costs/work.yaml"].replace(
        "item: Preparing, training, testing and deploying",
        'item: "<script>alert(1)</script>\\e[31m"',
    )
    assert texts != rulebook.texts
    evaluator = Evaluator(replace(rulebook, texts=texts), DAY)
    try:
        found = evaluator.evaluate(Case(name="Case", facts=ROI))
    finally:
        evaluator.close()
    assert any(line.item == evil for line in found.costs.estimates["fine_tuning"].lines)
    page = render([found], "html")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    for form in ("text", "markdown", "html"):
        assert "\x1b" not in render([found], form)
