"""What a portfolio counts, adds up, lists and shows."""

import html
import re
from datetime import date
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook

from tunewise.commands.program import run
from tunewise.costs.currency import USD, currency
from tunewise.explaining.certainty import SETTLED, TOO_EARLY
from tunewise.inference.deciding import BLOCKED
from tunewise.inventories.sheets import write_book
from tunewise.loading.assembly import load
from tunewise.portfolio.presenting import InventoryRun, portfolio_view
from tunewise.portfolio.spending import beyond, spending, with_one
from tunewise.portfolio.sums import Sums
from tunewise.portfolio.tables import portfolio_sheets
from tunewise.portfolio.tally import (
    LARGEST_ROWS,
    LISTED_ENTRIES,
    EntryTurn,
    PortfolioEntry,
    PortfolioTally,
)
from tunewise.report.render import PORTFOLIO, set_out


@pytest.fixture(scope="module")
def rulebook():
    """The shipped rulebook."""
    return load()


def entry(rulebook, row=1, approach="prompting", name="", **more):
    """A row with one approach and the first option of every other decision."""
    options = {id: next(iter(decision.options)) for id, decision in rulebook.decisions.items()}
    costs = {
        "prompting": Sums(100, 10, 200, 220, 300),
        "hybrid": Sums(500, 8, 550, 596, 700),
        "fine_tuning": Sums(1000, 5, 900, 1060, 2000),
    }
    settings = {"margin": 3, "requests": 1000.0, "costs": costs, **more}
    return PortfolioEntry(row, name or f"Case {row}", {**options, "approach": approach}, **settings)


def tallied(rulebook, *entries):
    """The portfolio of the entries."""
    tally = PortfolioTally(rulebook)
    for one in entries:
        tally.add(one)
    return tally.portfolio()


def view(rulebook, *entries, shown_in=USD, **run):
    """The view of the entries' portfolio."""
    settings = {"read": len(entries), "rejected": 0, "reasons": {}, **run}
    return portfolio_view(tallied(rulebook, *entries), rulebook, run_of(shown_in, **settings))


def run_of(shown_in=USD, **run):
    """The run that a portfolio is of."""
    settings = {"title": "", "read": 0, "rejected": 0, "reasons": {}, **run}
    day = date(2026, 11, 22)
    return InventoryRun(
        inventory="inventory.csv", as_of=day, currency=shown_in, versions={}, **settings
    )


def test_options_are_counted_for_each_decision(rulebook):
    held = tallied(
        rulebook, entry(rulebook), entry(rulebook, 2, "hybrid"), entry(rulebook, 3, "hybrid")
    )
    assert held.chosen["approach"] == {"prompting": 1, "hybrid": 2}
    assert set(held.chosen) == set(rulebook.decisions)


def test_money_is_that_of_the_approach_decided_for_beside_that_of_every_approach(rulebook):
    held = tallied(rulebook, entry(rulebook), entry(rulebook, 2, "fine_tuning"))
    assert {one: bills[one].sums for one, bills in held.bills.items()} == {
        "prompting": Sums(100, 10, 200, 220, 300),
        "fine_tuning": Sums(1000, 5, 900, 1060, 2000),
    }
    prompted = next(one for one in with_one(held, ("prompting",)))
    assert (prompted.rows, prompted.sums) == (2, Sums(200, 20, 400, 440, 600))


def test_the_total_counts_the_rows_that_it_adds_up(rulebook):
    """A blocked row costs nothing, as nothing is recommended for it."""
    rows = (entry(rulebook), entry(rulebook, 2, "fine_tuning"), entry(rulebook, 3, BLOCKED))
    shown = view(rulebook, *rows)
    assert [one.rows for one in shown.money] == ["1", "1"]
    assert shown.total.rows == "2"
    assert [one.rows for one in shown.compared] == ["2", "2", "2"]


def test_a_close_call_is_one_that_a_weak_argument_would_turn_and_the_closest_comes_first(rulebook):
    margins = {1: 2, 2: 1, 3: 0, 4: None, 5: 0}
    held = tallied(rulebook, *(entry(rulebook, row, margin=m) for row, m in margins.items()))
    assert [one.row for one in held.close] == [3, 5, 2]
    assert held.close_rows == 3


def test_lists_are_bounded_and_their_counts_are_not(rulebook):
    rows = LARGEST_ROWS + 10
    held = tallied(rulebook, *(entry(rulebook, row, margin=0) for row in range(1, rows + 1)))
    assert (held.close_rows, len(held.close), len(held.largest)) == (
        rows,
        LISTED_ENTRIES,
        LARGEST_ROWS,
    )
    assert [one.row for one in held.largest] == sorted(one.row for one in held.largest)


def test_a_row_that_is_too_early_is_not_among_those_that_cost_most(rulebook):
    """Whatever it would cost, as nothing was decided for it."""
    early = entry(rulebook, 1, "fine_tuning", certainty=TOO_EARLY)
    assert early.sums is None
    rows = range(2, LARGEST_ROWS + 2)
    held = tallied(rulebook, early, *(entry(rulebook, row) for row in rows))
    assert [one.row for one in held.largest] == list(rows)
    assert (held.rows, held.too_early_rows) == (LARGEST_ROWS + 1, 1)


def test_a_blocked_row_is_listed_with_what_rules_its_options_out(rulebook):
    why = ("Prompting costs at least $4,456 a month, more than the $3,500 of budget.",)
    shown = view(rulebook, entry(rulebook, 7, BLOCKED, margin=None, reasons=why))
    (row,) = shown.blocked
    assert (row.row, row.decisions) == ("7", "approach")
    assert row.reasons == why
    assert shown.headline == "1 blocked"


def test_rules_are_ordered_by_the_rows_that_they_concern(rulebook):
    one, two = list(rulebook.rules)[:2]
    shown = view(
        rulebook,
        entry(rulebook, 1, deciding=(two,)),
        entry(rulebook, 2, deciding=(one, two)),
    )
    assert [(count.id, count.rows, count.percent) for count in shown.deciding] == [
        (two, "2", 100),
        (one, "1", 50),
    ]


def test_unknown_facts_are_ordered_by_the_rules_that_they_leave_open(rulebook):
    shown = view(
        rulebook,
        entry(rulebook, 1, wanted={"data_quality": 1, "stage": 1}),
        entry(rulebook, 2, wanted={"labelling": 4, "data_quality": 1, "stage": 1}),
    )
    assert [(fact.id, fact.rows, fact.rules, fact.percent) for fact in shown.wanted] == [
        ("labelling", "1", "4", 100),
        ("data_quality", "2", "2", 50),
        ("stage", "2", "2", 50),
    ]


def test_sums_are_shown_in_the_currency_asked_for(rulebook):
    shown = view(rulebook, entry(rulebook), shown_in=currency("AUD", "2", {"AUD": "dollar"}))
    assert shown.total.initial == "AUD 200"
    assert shown.currency == "AUD"


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_a_portfolio_without_rows_is_a_page_all_the_same(rulebook, form):
    text = set_out(PORTFOLIO, view(rulebook, read=3, rejected=3, reasons={"bad": 3}), form)
    assert "3 rows read, 0 decided, 3 rejected" in text
    assert "Nothing was decided" in text


def test_the_page_allows_its_own_script_and_style_and_nothing_else(rulebook):
    page = set_out(PORTFOLIO, view(rulebook, entry(rulebook)), "html")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'sha256-[\w+/=]{44}'", html.unescape(policy))
    assert not re.findall(r"<(?:link|script|img|iframe)[^>]*(?:src|href)=\"(?!data:)", page)


def test_names_come_out_harmless(rulebook):
    nasty = "<script>alert(1)</script>\x1b[31m|\n=1+1"
    page = set_out(PORTFOLIO, view(rulebook, entry(rulebook, name=nasty)), "html")
    assert "<script>alert" not in page
    assert "\x1b" not in page
    text = set_out(PORTFOLIO, view(rulebook, entry(rulebook, name=nasty, margin=0)), "markdown")
    assert "\x1b" not in text
    assert "\\|" in text


def test_every_row_of_the_table_says_what_it_sorts_by(rulebook):
    page = set_out(
        PORTFOLIO, view(rulebook, *(entry(rulebook, row) for row in range(1, 4))), "html"
    )
    table = page[page.index('<table id="rows"') :]
    columns = len(re.findall(r"<th scope=\"col\"", table))
    assert len(re.findall(r"data-sort=", table)) == 3 * columns


def test_a_portfolio_counts_by_certainty_too(rulebook):
    """Those too early are apart, as in every total."""
    one = view(
        rulebook,
        entry(rulebook, 1, certainty="settled"),
        entry(rulebook, 2, certainty="open"),
        entry(rulebook, 3, certainty=TOO_EARLY),
    )
    (prompting,) = one.beginning.sure
    assert (prompting.settled, prompting.firm, prompting.open) == ("1", "0", "1")


def test_the_surest_and_most_used_come_first(rulebook):
    """Rows that cost nothing known, are blocked or too early are no beginning."""
    one = view(
        rulebook,
        entry(rulebook, 1, requests=10.0),
        entry(rulebook, 2, requests=9_000.0),
        entry(rulebook, 3, requests=1.0, certainty="settled"),
        entry(rulebook, 4, BLOCKED),
        entry(rulebook, 5, certainty=TOO_EARLY),
    )
    assert [row.row for row in one.beginning.rows] == ["3", "2", "1"]


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_no_order_by_sureness_is_claimed_where_none_was_found(rulebook, form):
    """Firm and open are told apart by a close look alone; the month's cost stands beside the first one."""
    shown = view(rulebook, entry(rulebook), entry(rulebook, 2, certainty=SETTLED))
    assert [one.certainty for one in shown.beginning.rows] == ["settled", "not examined"]
    assert {one.monthly for one in shown.beginning.rows} == {"$10.00"}
    text = set_out(PORTFOLIO, shown, form)
    assert "The surest first" not in text
    assert "Not examined" in text
    looked = view(rulebook, entry(rulebook, closely=True))
    assert looked.beginning.rows[0].certainty == "open"
    assert "The surest first" in set_out(PORTFOLIO, looked, form)


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_a_sum_with_holes_says_so_in_every_table(rulebook, form):
    """Behind the sum over the horizon, as single reports do; of an approach, what lacks a price in it."""
    holes = {"prompting": ("Permits",), "hybrid": ("Permits", "Compliance work")}
    shown = view(rulebook, entry(rulebook, holes=holes), entry(rulebook, 2))
    assert shown.total.holes == shown.money[0].holes == ("Permits",)
    assert [len(one.holes) for one in shown.compared] == [1, 2, 0]
    text = set_out(PORTFOLIO, shown, form)
    assert "$440 + 1 open" in text
    assert "$220 + 1 open" in text
    assert "$1,192 + 2 open" in text or "$1,190 + 2 open" in text


def test_rows_whose_month_costs_more_than_their_budget_are_counted(rulebook):
    """Of the rows that state one and that anything is recommended for."""
    rows = (
        entry(rulebook, 1, budget=9.0),
        entry(rulebook, 2, budget=10.0),
        entry(rulebook, 3),
        entry(rulebook, 4, BLOCKED, budget=1.0),
    )
    text = set_out(PORTFOLIO, view(rulebook, *rows), "markdown")
    assert "Of the 2 rows in these sums that state a monthly budget, 1 is expected" in text
    assert "monthly budget" not in set_out(PORTFOLIO, view(rulebook, rows[2]), "markdown")


def test_use_cases_of_one_name_are_told(rulebook):
    """Case, order and signs aside."""
    names = ("Claims, triage", "Triage of claims", "triage: CLAIMS", "…", "…")
    one = view(rulebook, *(entry(rulebook, row, name=name) for row, name in enumerate(names, 1)))
    (found,) = one.beginning.alike
    assert (found.why, [row.row for row in found.rows]) == ("name", ["1", "3"])


def test_use_cases_alike_by_id_by_nearly_one_name_or_description_are_told(rulebook):
    """Each once, by what is surest; what only common words join is not alike."""
    told = "Reads letters of tenants and drafts a reply for the clerk"
    rows = [
        entry(rulebook, 1, name="One", id="HO-1"),
        entry(rulebook, 2, name="Two", id="ho-1 "),
        entry(rulebook, 3, name="Invoice mail sorter, north region"),
        entry(rulebook, 4, name="Invoice mails sorter north"),
        entry(rulebook, 5, name="Letter bot", description=told),
        entry(rulebook, 6, name="Reply drafts", description=told + "s"),
        entry(rulebook, 7, name="Invoice archive", description="Files invoices"),
    ]
    shown = view(rulebook, *rows)
    found = {one.why: [row.row for row in one.rows] for one in shown.beginning.alike}
    assert found == {"id": ["1", "2"], "near_name": ["3", "4"], "description": ["5", "6"]}


def test_the_range_of_a_sum_is_that_of_its_draws_not_the_sum_of_the_ends(rulebook):
    """What is low in one row is high in the other, so that the whole is sure."""
    rising, falling = tuple(range(100, 161)), tuple(range(160, 99, -1))
    rows = (
        entry(rulebook, 1, draws={"prompting": tuple(map(float, rising))}),
        entry(rulebook, 2, "hybrid", draws={"hybrid": tuple(map(float, falling))}),
    )
    *parts, whole = spending(tallied(rulebook, *rows), ("prompting", "hybrid"))
    assert [(one.sums.low, one.sums.expected, one.sums.high) for one in parts] == [
        (106, 130, 154),
        (106, 130, 154),
    ]
    assert (whole.sums.low, whole.sums.expected, whole.sums.high) == (260, 260, 260)


def test_other_approaches_are_compared_in_the_same_rows_and_draws(rulebook):
    """A blocked row is in neither; what tuning costs beyond prompting is told for the rows that tune."""
    rising, falling = tuple(map(float, range(100, 161))), tuple(map(float, range(160, 99, -1)))
    draws = {"prompting": rising, "hybrid": falling, "fine_tuning": falling}
    rows = (
        entry(rulebook, 1, draws=draws),
        entry(rulebook, 2, "hybrid", draws=draws),
        entry(rulebook, 3, BLOCKED, draws=draws),
    )
    held = tallied(rulebook, *rows)
    *_, whole = spending(held, ("prompting", "hybrid", "fine_tuning"))
    prompted, mixed = with_one(held, ("prompting", "hybrid"))
    assert {whole.rows, prompted.rows, mixed.rows} == {2}
    assert (prompted.sums.low, prompted.sums.expected, prompted.sums.high) == (212, 260, 308)
    apart = beyond(held.bills, "hybrid", "prompting")
    assert (apart.initial, apart.low, apart.expected, apart.high) == (400, -48, 0, 48)
    text = set_out(PORTFOLIO, view(rulebook, *rows), "markdown")
    assert "What tuning costs beyond prompting" in text
    assert "in the same 1 row" in text


def test_what_has_no_price_stands_beside_the_sums_with_its_rows(rulebook):
    """That of rows in which something is recommended: too early and blocked ones are in no sum."""
    rows = [
        entry(rulebook, 1, holes={"prompting": ("Compliance work",)}),
        entry(rulebook, 2, holes={"prompting": ("Compliance work", "Permits")}),
        entry(rulebook, 3, holes={"prompting": ("Permits",)}, certainty=TOO_EARLY),
        entry(rulebook, 4, BLOCKED, holes={"prompting": ("Permits",)}),
    ]
    shown = view(rulebook, *rows)
    assert [(one.text, one.rows) for one in shown.holes] == [
        ("Compliance work", "2"),
        ("Permits", "1"),
    ]
    assert "Compliance work (2 rows)" in set_out(PORTFOLIO, shown, "html")


def test_what_to_find_out_first_counts_rows_and_money_that_one_answer_moves(rulebook):
    """A fact with two answers that turn a row counts once, by the dearer; that nothing is left moves no money known."""
    to_hybrid = EntryTurn("labelling", "easy", "hybrid")
    to_tuning = EntryTurn("labelling", "hard", "fine_tuning")
    to_none = EntryTurn("monthly_budget_usd", "$0", BLOCKED)
    rows = (
        entry(rulebook, 1, turns=(to_hybrid, to_tuning, to_none), closely=True),
        entry(rulebook, 2, turns=(to_hybrid,), closely=True),
    )
    shown = view(rulebook, *rows)
    found = [(one.text, one.rows, one.money) for one in shown.turning]
    questions = [rulebook.facts[id].question for id in ("labelling", "monthly_budget_usd")]
    assert found == [(questions[0], "2", "$1,220"), (questions[1], "1", "")]


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_a_row_with_a_brief_is_linked_to_it_wherever_it_is_named(rulebook, form):
    seen = {"margin": 0, "closely": True, "certainty": "firm"}
    text = set_out(PORTFOLIO, view(rulebook, entry(rulebook, 7, **seen), entry(rulebook, 8)), form)
    assert text.count("briefs/7.html") == 3  # to begin with, close, and in the table
    assert "briefs/8.html" not in text


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_a_portfolio_is_called_by_its_title_or_by_what_it_holds_never_by_its_file(rulebook, form):
    titled = set_out(PORTFOLIO, view(rulebook, entry(rulebook), title="Programme <2027>"), form)
    assert re.search(r"Programme (&lt;|\\<)2027", titled)
    untitled = set_out(PORTFOLIO, view(rulebook, entry(rulebook)), form)
    assert "A portfolio of 1 use case" in untitled


def test_a_workbook_has_numbers_as_numbers_with_their_formats_and_no_formula(rulebook, tmp_path):
    nasty = "=HYPERLINK(0)"
    rows = [
        entry(rulebook, 1, name=nasty, holes={"prompting": ("=1+1",)}, id="@A"),
        entry(rulebook, 2, name=nasty, closely=True, id="@A"),
        entry(rulebook, 3, certainty=TOO_EARLY),
    ]
    held, run = (
        tallied(rulebook, *rows),
        run_of(currency("AUD", "2", {"AUD": "dollar"}), title="=2"),
    )
    path = tmp_path / "portfolio.xlsx"
    write_book(path, portfolio_sheets(held, rulebook, run))
    book = CalamineWorkbook.from_path(path)
    head, *cases = book.get_sheet_by_name("Use cases").to_python()
    first = dict(zip(head, cases[0], strict=True))
    assert first["Use case"] == f"'{nasty}"
    assert first["At first (AUD)"] == 200.0
    assert first["Not priced"] == "'=1+1"
    assert cases[2][head.index("At first (AUD)")] == ""
    with ZipFile(path) as packed:
        texts = {name: packed.read(name).decode() for name in packed.namelist()}
    sheets = [text for name, text in texts.items() if name.startswith("xl/worksheets/sheet")]
    assert not any("<f>" in text for text in sheets)
    assert 'formatCode="#,##0' in texts["xl/styles.xml"] or 'numFmtId="3"' in texts["xl/styles.xml"]
    assert any(
        re.search(r"briefs.2\.html", text) for name, text in texts.items() if "_rels" in name
    )
    assert {"Money", "Begin with", "Vetoes", "Alike", "About"} & set(book.sheet_names) == {
        "Money",
        "Begin with",
        "Alike",
        "About",
    }


def test_vetoes_are_counted_by_kind(rulebook):
    """A row with two rules of one file counts once."""
    one = view(
        rulebook,
        entry(rulebook, 1, vetoes=("data.far_too_few", "limits.too_slow_by_far")),
        entry(rulebook, 2, vetoes=("data.far_too_few",)),
    )
    assert [count.rows for count in one.beginning.ruled_out] == ["2", "1"]
    assert one.beginning.ruled_out[0].text == rulebook.topics["data"].title


def test_a_blocked_row_of_a_run_is_told_why_with_its_figures(tmp_path):
    """As the results say it, not as a rule of the rulebook; the budget that was stated counts."""
    cells = "One,classification,production,1000000,500,100,1,systematic"
    header = "name,task_type,stage,requests_per_month,input_tokens,output_tokens,monthly_budget_usd"
    (tmp_path / "inventory.csv").write_text(f"{header},prompt_testing\n{cells}\n")
    out = tmp_path / "out"
    assert run(["batch", str(tmp_path / "inventory.csv"), "-o", str(out)]) == 0
    text = (out / "portfolio.md").read_text("utf-8")
    assert re.search(r"Prompting costs at least \$[\d,.]+ a month .*more than the \$1", text)
    assert "If monthly budget" not in text


def test_the_table_of_use_cases_takes_the_width_of_the_window(rulebook):
    """Its money stands in the last columns: beside a text's width they would be out of sight."""
    page = set_out(PORTFOLIO, view(rulebook, entry(rulebook)), "html")
    assert 'class="scroll broad"' in page
    assert re.search(r"\.broad \{ --width: min\(100vw", page)


def test_a_reason_of_rejects_names_its_row_or_the_first_of_them(tmp_path):
    """Each kind of problem stands once."""
    lines = ("name,requests_per_month", "One,many", "Two,a few", "Three,1000", "Four,1000,2")
    (tmp_path / "inventory.csv").write_text("\n".join(lines) + "\n")
    out = tmp_path / "out"
    assert run(["batch", str(tmp_path / "inventory.csv"), "-o", str(out)]) == 1
    told = (out / "portfolio.md").read_text("utf-8").partition("## Rows that were rejected")[2]
    assert "found 'many' (first in row 1) | 2 |" in told
    assert "(row 4) | 1 |" in told
