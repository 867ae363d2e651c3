"""Tells how often verdicts agree with those that people gave before, on use cases answered without the rules.

    python benchmarks/agreement.py [--disagreements]

Each set of tests/agreement/ is decided twice: with all facts, and with a third of them left out, as people leave
things out. A case agrees where every decision that its answer names is one of those that are acceptable.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tunewise.cases.case import Case, parse_case
from tunewise.evaluation.evaluator import Evaluator
from tunewise.loading.assembly import load
from tunewise.reading import Document
from tunewise.record.decision import tuning_plan
from tunewise.record.evaluation import Evaluation

FOLDER = Path(__file__).absolute().parent.parent / "tests" / "agreement"
DAY = date(2026, 11, 28)


@dataclass(frozen=True)
class Answered:
    """One case with a verdict: what is decided of it, what was acceptable and what a mistake."""

    id: str
    chosen: Mapping[str, str]
    acceptable: Mapping[str, list[str]]
    forbidden: Mapping[str, list[str]]

    @property
    def agrees(self) -> bool:
        """Whether each decision that the answer names came out as one that is acceptable, or as blocked."""
        return not any(
            self.chosen[id] not in (*options, "blocked")
            for id, options in self.acceptable.items()
            if options and id in self.chosen
        )

    @property
    def mistaken(self) -> bool:
        """Whether a decision came out as one that is a mistake."""
        return any(self.chosen.get(id) in options for id, options in self.forbidden.items())


def answered(path: Path, less: bool) -> Iterator[Answered]:
    """Yield the cases of a set, decided; `less` leaves out a third of the facts."""
    for case in yaml.safe_load(path.read_text("utf-8"))["cases"]:
        judged = case["with_less"] if less else case
        removed = judged["removed"] if less else ()
        facts = {id: value for id, value in case["facts"].items() if id not in removed}
        found = _evaluator().evaluate(_parsed({"name": case["name"], "facts": facts}))
        yield Answered(case["id"], _chosen(found), judged["acceptable"], judged["forbidden"])


@cache
def _evaluator() -> Evaluator:
    return Evaluator(load(), DAY)


def _parsed(case: Mapping[str, Any]) -> Case:
    return parse_case(Document("case", case), _evaluator().rulebook.facts)


def _chosen(found: Evaluation) -> dict[str, str]:
    """Return what is recommended, and what tuning would optimise where nothing is tuned."""
    planned = {"objective": tuning_plan(found.plans).get("objective", "none")}
    chosen = {**found.conclusions.recommendation}
    return {**chosen, **planned} if chosen.get("objective") == "none" else chosen


def main() -> None:
    """Print the share that agrees, and how many are mistaken, set by set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--disagreements", action="store_true", help="name the cases that differ")
    options = parser.parse_args()
    for path in sorted(FOLDER.glob("*.yaml")):
        for less in (False, True):
            cases = list(answered(path, less))
            agreeing, mistaken = (
                sum(case.agrees for case in cases),
                sum(case.mistaken for case in cases),
            )
            what = "with a third left out" if less else "with all facts"
            print(f"{path.stem:8} {what:22} {agreeing} of {len(cases)} agree, {mistaken} mistaken")
            for case in cases if options.disagreements else ():
                if not case.agrees or case.mistaken:
                    print(f"  {case.id} {dict(case.chosen)}")


if __name__ == "__main__":
    main()
