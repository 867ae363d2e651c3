"""Says how certain each decision is by what is known alone: settled by bounds, too early, or open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tunewise.explaining.certainty import OPEN_STATUS, SETTLED, TOO_EARLY, Certainty
from tunewise.inference.bounds import OpenCase, PossibleOptions, possible
from tunewise.inference.interpreter import Facts, Interpreter
from tunewise.inference.strata import Stratum
from tunewise.knowledge.rulebook import Rulebook


class CertaintyByBounds:
    """Judges cases under one rulebook; `strata` are those of its rules."""

    def __init__(self, rulebook: Rulebook, strata: Sequence[Stratum]) -> None:
        self._rulebook, self._interpreter = rulebook, Interpreter(rulebook.scales)
        self._strata = [stratum for stratum in strata if stratum.targets]

    def of(self, facts: Facts) -> dict[str, Certainty]:
        """Return how certain each decision is; without open questions all are settled."""
        case = OpenCase(self._rulebook, facts)
        least = self._rulebook.least_known
        early = least is not None and self._interpreter.holds(least, facts) is not True
        otherwise = Certainty(TOO_EARLY if early else OPEN_STATUS)
        options = possible(self._rulebook, self._strata, case) if case.asked else {}
        return {
            id: Certainty(SETTLED) if _settled(options, id) else otherwise
            for id in self._rulebook.decisions
        }


def _settled(options: Mapping[str, PossibleOptions], decision: str) -> bool:
    return sum(map(bool, options.get(decision, {}).values())) <= 1
