"""Verdicts agree with those of people who had not read the rules at least as often as when they were last measured."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

from agreement import FOLDER, answered

LEAST = {
    ("first", False): (58, 2),
    ("first", True): (56, 0),
    ("second", False): (52, 2),
    ("second", True): (53, 1),
    ("third", False): (51, 3),
    ("third", True): (46, 3),
}
"""Of 60 cases each, how many agree at the least, and how many may be mistaken."""


@pytest.mark.parametrize(("name", "less"), LEAST)
def test_agreement_does_not_fall(name: str, less: bool) -> None:
    """Neither with all facts nor with a third of them left out."""
    cases = list(answered(FOLDER / f"{name}.yaml", less))
    agreeing, mistaken = LEAST[name, less]
    assert sum(case.agrees for case in cases) >= agreeing
    assert sum(case.mistaken for case in cases) <= mistaken
