"""`tunewise facts --assumptions`: what --assume can set, with units, defaults and sources."""

import json
from datetime import date

import pytest
from smallbook import write

from tunewise.commands.program import run
from tunewise.costs.listing import listing_entry
from tunewise.costs.model import CostModel, cost_book
from tunewise.loading.assembly import load


@pytest.fixture(scope="module")
def book():
    """The cost book that is shipped."""
    return cost_book(load())


@pytest.fixture
def listed(capsys):
    """What the command prints: stdout, or stderr where it is refused."""

    def run_it(*arguments, status=0):
        assert run(["facts", "--assumptions", *map(str, arguments)]) == status
        out, err = capsys.readouterr()
        assert (err if status == 0 else out) == ""
        return out if status == 0 else err

    return run_it


def test_every_key_is_listed_once(listed, book):
    """The JSON has each assumption and each rate of a line, in the book's order."""
    entries = json.loads(listed("--format", "json"))
    assert [one["key"] for one in entries] == [*book.assumptions, *book.components]
    assert {one["kind"] for one in entries} == {"assumption", "rate"}
    assert all(one["label"] for one in entries)


def test_every_key_listed_can_be_set():
    """What the list names is what --assume takes, within the bounds that it gives."""
    rulebook = load()
    book = cost_book(rulebook)
    for key in [*book.assumptions, *book.components]:
        found = listing_entry(book, key)
        if found["maximum"] is not None:
            CostModel(rulebook, date(2026, 11, 22), {key: str(found["maximum"])})


def test_one_key_has_label_unit_default_and_source(listed):
    """The text says what the number means, what it is by default and where it is from."""
    assert listed("usable_share") == (
        "Assumptions (numbers may be ranges: low..high)\n"
        "  usable_share\n"
        "      share of the full load that still answers fast (share)\n"
        "      default 0.8 (0.5 to 0.95)\n"
        "      The measured rates are an upper bound, reached with long queues; peaks are reckoned apart.\n"
        "      assumed: SILYBENCH.1, SELF_HOSTING_MATH.1; checked 2026-11-28\n"
    )


def test_defaults_by_option_and_those_that_are_none(listed):
    """A default that differs by a fact is given for each option; one that only a user knows is none."""
    text = listed("requests_per_month", "compliance_usd", "shared.prompted_input")
    assert "by organisation: small_business 1,000, mid_size 100,000, enterprise 1,000,000" in text
    assert "default none: counts once it is given" in text
    assert "default: what 'input_usd_per_mtok' comes to" in text


def test_one_key_as_json_is_one_object(listed):
    """A program that asks for one key gets one object."""
    found = json.loads(listed("services.l4_endpoint", "--format", "json"))
    assert found["default"].keys() == {"low", "expected", "high"}
    assert found["checked"]


def test_a_misspelt_key_gets_the_nearest(listed):
    """Every unknown key is one line."""
    assert listed("epoch", "usable", status=2).splitlines()[0] == (
        "tunewise: unknown assumption 'epoch'; did you mean 'epochs'?"
    )


@pytest.mark.parametrize("other", ["--all", "--template=yaml"])
def test_it_stands_apart_from_the_lists_of_facts(listed, other):
    """Two lists at once are refused."""
    assert "--a" in listed(other, status=2)


def test_a_rulebook_without_costs_has_none(listed, tmp_path):
    """There is nothing to list, and that is said."""
    folder = write(tmp_path / "rules")
    assert "no cost files" in listed("--rules", folder, status=2)
