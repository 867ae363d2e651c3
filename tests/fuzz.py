"""Holds the rule engine, the interpreter and a third opinion equal on random rulebooks and random cases.

    python tests/fuzz.py --cases 100000 --seed 1

Every fourth case goes to the shipped rulebook, the others to random ones, 50 cases each. Ends with exit status 1,
the smallest difference found and the command that finds it again, where there is one.
"""

import argparse
import itertools
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from reference import Reference, difference
from strategies import Cases, assembled, write_rulebook

from tunewise.errors import EngineError
from tunewise.inference.single import Inference
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.assembly import load

CASES_A_RULEBOOK = 50
SHIPPED_EVERY = 4
"""One rulebook in so many is the shipped one."""
ENOUGH = 20
"""Differences after which the fuzz stops: the smallest of them is shown."""


@dataclass
class Tally:
    """What was compared so far."""

    rulebooks: int = 0
    cases: int = 0
    firings: int = 0
    shipped: int = 0
    refused: int = 0
    began: float = field(default_factory=time.perf_counter)

    def __str__(self) -> str:
        seconds = time.perf_counter() - self.began
        return (
            f"{self.cases:,} cases ({self.shipped:,} of the shipped rulebook), "
            f"{self.rulebooks:,} random rulebooks, {self.firings:,} firings in {seconds:,.0f} s"
        )


@dataclass(frozen=True)
class Difference:
    """A rulebook and a case on which two of the three disagree."""

    seed: int
    turn: int
    rulebook: Rulebook
    facts: Mapping[str, Any]
    found: str


class Subject:
    """One rulebook, compiled for each of the three."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.inference = Inference(rulebook)
        self.reference = Reference(rulebook.texts)
        self.cases = Cases(rulebook)

    def compare(self, facts: Mapping[str, Any]) -> tuple[int, str | None]:
        """Return how many rules fired, and what differs."""
        try:
            conclusions = self.inference.infer(facts)
        except EngineError as error:
            return 0, str(error)
        found = difference(self.reference.conclude(facts), conclusions)
        return len(conclusions.firings), found

    def smallest(self, facts: Mapping[str, Any], found: str) -> tuple[dict[str, Any], str]:
        """Leave out every fact without which the difference remains."""
        smallest = dict(facts)
        for fact in facts:
            fewer = {name: value for name, value in smallest.items() if name != fact}
            still = self.compare(fewer)[1]
            if still is not None:
                smallest, found = fewer, still
        return smallest, found


def differences(cases: int, seed: int, first: int, tally: Tally) -> Iterator[Difference]:
    """Yield a difference a turn, where there is one, until that many cases are compared."""
    shipped = Subject(load())
    for turn in itertools.count(first):
        if tally.cases >= cases:
            break
        random = Random(f"{seed}:{turn}")
        ours = turn % SHIPPED_EVERY == 0
        subject = shipped if ours else drawn(random, tally)
        progress(tally)
        if subject is None:
            continue
        for _ in range(min(CASES_A_RULEBOOK, cases - tally.cases)):
            facts = subject.cases.draw(random)
            fired, found = subject.compare(facts)
            tally.cases += 1
            tally.firings += fired
            tally.shipped += ours
            if found is not None:
                yield Difference(seed, turn, subject.rulebook, *subject.smallest(facts, found))
                break
        if not ours:
            subject.inference.close()
    shipped.inference.close()


def progress(tally: Tally) -> None:
    """Show on a terminal how far the fuzz has come."""
    if sys.stderr.isatty() and (tally.rulebooks + tally.refused) % 20 == 0:
        print(f"\r{tally}", end="", file=sys.stderr, flush=True)


def drawn(random: Random, tally: Tally) -> Subject | None:
    """Return a random rulebook, None where one of its conditions is past the limits."""
    rulebook = assembled(write_rulebook(random))
    if rulebook is None:
        tally.refused += 1
        return None
    tally.rulebooks += 1
    return Subject(rulebook)


def size(found: Difference) -> tuple[int, int]:
    """Return how large a difference is to read: rules, then facts."""
    return len(found.rulebook.rules), len(found.facts)


def report(worst: Difference) -> None:
    """Print a difference with all that is needed to see it again."""
    print(f"difference: {worst.found}")
    again = f"--seed {worst.seed} --first {worst.turn} --cases {CASES_A_RULEBOOK}"
    print(f"again: python tests/fuzz.py {again}")
    print(f"facts: {dict(worst.facts)!r}")
    if worst.rulebook.place == "random":
        for name, text in sorted(worst.rulebook.texts.items()):
            print(f"--- {name}\n{text}")


def main() -> int:
    """Run the fuzz and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=1, help="the turn to begin with")
    options = parser.parse_args()
    tally = Tally()
    met = []
    for found in differences(options.cases, options.seed, options.first, tally):
        met.append(found)
        if len(met) == ENOUGH:
            break
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(
        f"compared {tally}; seed {options.seed}, {tally.refused} rulebooks past the limits left out"
    )
    if met:
        report(min(met, key=size))
        return 1
    print("no difference")
    return 0


if __name__ == "__main__":
    sys.exit(main())
