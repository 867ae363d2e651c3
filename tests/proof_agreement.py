"""Holds the rulebook as constraints equal to the engine on random rulebooks and random cases.

    python tests/proof_agreement.py --cases 10000 --rulebooks 500

The shipped rulebook gets the cases; each random rulebook gets twenty more of its own. Ends with exit status 1 and the
first difference, where there is one.
"""

import argparse
import sys
import time
from collections.abc import Mapping
from random import Random
from typing import Any

from strategies import Cases, assembled, write_rulebook

from tunewise.inference.single import Conclusions, Inference
from tunewise.knowledge.conditions import TOLERANCE, Other, bound, comparisons
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.assembly import load
from tunewise.proving.solver import Solver
from tunewise.proving.variables import variables
from tunewise.proving.world import World

CASES_A_RANDOM_RULEBOOK = 20


def on_the_edge(rulebook: Rulebook, facts: Mapping[str, Any]) -> bool:
    """Tell whether two numbers differ by just what makes them equal, which floats cannot say exactly."""
    for rule in rulebook.rules.values():
        for one in comparisons(rule.when):
            if isinstance(one.operand, Other) and one.fact in facts:
                against = bound(one.operand, facts)
                if against is not None and not isinstance(facts[one.fact], str):
                    apart = abs(facts[one.fact] - against)
                    size = max(abs(facts[one.fact]), abs(against))
                    if abs(apart - TOLERANCE) < max(TOLERANCE / 100, size * 1e-14):
                        return True
    return False


class Encoded:
    """One rulebook, for the engine and for the solver; cases of one batch share the encoding."""

    def __init__(self, rulebook: Rulebook, facts: list[Mapping[str, Any]]) -> None:
        self.rulebook, self.cases = rulebook, facts
        self.inference = Inference(rulebook)
        self.variables = variables(rulebook, [f for case in facts for f in case.items()])
        self.world = World(rulebook, self.variables, advice=True)
        self.solver = Solver()
        self.solver.require([*self.variables.domain, *self.world.definitions])

    def difference(self, facts: Mapping[str, Any]) -> str | None:
        """Say what the solver concludes otherwise than the engine, None where nothing."""
        held = [self.variables.having(id, facts.get(id)) for id in self.variables.known]
        with self.solver.supposing(held):
            found = self.solver.solve()
            if found is None:
                return "the constraints cannot hold"
            return self._differs(found, self.inference.infer(facts))

    def _differs(self, found: Any, real: Conclusions) -> str | None:
        fired = {id for id, fires in self.world.fires.items() if found.true(fires)}
        truly = {firing.rule.id for firing in real.firings}
        if fired != truly:
            return f"rules {sorted(fired ^ truly)}"
        for id, outcome in real.outcomes.items():
            chosen = [o for o, t in self.world.verdicts[id].chosen.items() if found.true(t)]
            if (chosen or ["blocked"]) != [outcome.chosen]:
                return f"{id}: {chosen}, and the engine says {outcome.chosen}"
        return None


def first_difference(rulebook: Rulebook, random: Random, cases: int) -> str | None:
    """Compare a number of random cases of a rulebook."""
    drawer = Cases(rulebook)
    encoded = Encoded(rulebook, [drawer.draw(random) for _ in range(cases)])
    try:
        for facts in encoded.cases:
            if on_the_edge(rulebook, {**facts, **encoded.inference.infer(facts).memory}):
                continue
            found = encoded.difference(facts)
            if found is not None:
                return f"{found}: {dict(facts)!r}"
    finally:
        encoded.inference.close()
    return None


def drawn(random: Random) -> Rulebook:
    """Draw random rulebooks until one is within the limits."""
    while (rulebook := assembled(write_rulebook(random))) is None:
        pass
    return rulebook


def main() -> int:
    """Run the comparison and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--rulebooks", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began, shipped = time.perf_counter(), load()
    for start in range(0, options.cases, 200):
        random = Random(f"{options.seed}:shipped:{start}")
        found = first_difference(shipped, random, min(200, options.cases - start))
        if found is not None:
            print(f"shipped rulebook: {found}")
            return 1
    for turn in range(options.rulebooks):
        rulebook = drawn(Random(f"{options.seed}:{turn}"))
        random = Random(f"{options.seed}:{turn}:cases")
        found = first_difference(rulebook, random, CASES_A_RANDOM_RULEBOOK)
        if found is not None:
            print(f"rulebook {turn} of seed {options.seed}: {found}")
            return 1
    seconds = time.perf_counter() - began
    print(
        f"no difference: {options.cases:,} cases of the shipped rulebook and {options.rulebooks:,} "
        f"random rulebooks of {CASES_A_RANDOM_RULEBOOK} cases in {seconds:,.0f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
