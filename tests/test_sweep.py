"""A sample of the sweep: what costs rest on, over its whole range, without anything that no reader should find."""

import sys
from pathlib import Path

import pytest

from tunewise.loading.assembly import load

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
import sweep

POINTS, PRICES = 4, (0.01, 1.0, 100.0)


@pytest.fixture(scope="module")
def book():
    return load()


@pytest.fixture(scope="module")
def swept(book):
    """The sweep of every fact, and that of the prices."""
    return list(sweep.sweeps(book, POINTS, PRICES))


def test_the_sweep_is_of_six_cases_and_every_lever(swept):
    """From nothing, or the least, to the most, with no row left out."""
    first, *priced = swept
    assert len({point.case for point in first.points}) == 6
    for lever, (_, most) in sweep.LEVERS.items():
        values = [point.value for point in first.points if point.lever == lever]
        assert max(values) == most
        assert len(values) >= 6 * POINTS
    assert len(priced) == len(PRICES)
    assert all(len(one.rows) == len(one.points) for one in priced)


def test_nothing_is_found_that_no_reader_should_find(swept):
    """No limit broken, no percentiles out of order, no total but a sum, no fall, one story."""
    found = [
        f"{kind}: {one.points[row].case}, {one.points[row].lever} {one.points[row].value}: {said}"
        for one in swept
        for kind, row, said in one.faults()
    ]
    assert found == []
    assert list(sweep.dearer(swept[1:])) == []


def test_the_whole_sweep_is_as_many_evaluations_as_were_asked_for(book):
    """Sixteen hundred at least, without those of the prices."""
    assert sum(1 for _ in sweep.points(book, 50)) + 6 * len(sweep.PRICES) >= 1600


def test_the_sweep_finds_what_falls(book, swept):
    """Read backwards, costs fall as the lever does."""
    first = swept[0]
    backwards = sweep.Sweep(first.points, first.evaluation)
    backwards.rows = first.rows[::-1]
    kinds = {kind for kind, _, _ in backwards.faults()}
    assert kinds == {"falls"}
    assert list(sweep.dearer(swept[:0:-1]))


def test_the_sweep_finds_what_breaks_a_limit(swept, monkeypatch):
    """With a limit that every plan is above, whatever is recommended breaks it."""
    first = swept[0]
    monkeypatch.setattr(first, "_chosen", lambda row: "prompting")
    monkeypatch.setattr(first, "_fact", lambda name, row: 1.0)
    assert list(first.over_limits(first.rows[0]))
    assert list(first.other_stories(first.rows[0]))
