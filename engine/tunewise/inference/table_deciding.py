"""Decides on many cases at once, as deciding.py does on one: integers, vetoes, ties, margins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tunewise.cases.columns import UNKNOWN, Codes, FactColumn
from tunewise.inference.columnar import Fired
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.rule import Decision, Rule

Points = npt.NDArray[np.signedinteger]

ALONE = -1
"""The margin where no other option stands, or none at all."""


@dataclass(frozen=True)
class TableOutcome:
    """What was decided, for each case.

    `chosen` are the codes of the options, in declared order, -1 where every option is vetoed; `margin` is the
    lead over the best other option, -1 where there is none. `scores` and `vetoed` have one column an option.
    """

    decision: str
    chosen: FactColumn
    margin: Points
    scores: Mapping[str, Points]
    vetoed: Mapping[str, Fired]

    @property
    def options(self) -> tuple[str, ...]:
        """The options in declared order."""
        return tuple(self.scores)

    @property
    def blocked(self) -> Fired:
        """Where every option is vetoed."""
        found: Fired = self.chosen.codes == UNKNOWN
        return found

    def option(self, row: int) -> str:
        """Return the option chosen for a row, or 'blocked'."""
        code = self.chosen.codes[row]
        return BLOCKED if code == UNKNOWN else self.options[code]


def decide_all(decision: Decision, rows: int, fired: Sequence[tuple[Rule, Fired]]) -> TableOutcome:
    """Return the outcome of a decision for each case from where each of its rules fired."""
    kind = _kind(rule for rule, _ in fired)
    scores = {option: np.zeros(rows, dtype=kind) for option in decision.options}
    vetoed = {option: np.zeros(rows, dtype=np.bool_) for option in decision.options}
    for rule, where in fired:
        then = rule.then
        if then.stance == "veto":
            for option in then.options:
                vetoed[option] |= where
        else:
            points = where * kind.type(then.points)
            for option in then.options:
                scores[option] += points
    codes, margin = _best(list(scores.values()), list(vetoed.values()))
    chosen = FactColumn(tuple(decision.options), codes)
    return TableOutcome(decision.id, chosen, margin, scores, vetoed)


def _kind(rules: Iterable[Rule]) -> np.dtype[np.signedinteger]:
    """Return the smallest type that holds every difference of scores, with room for the vetoed below them."""
    most = sum(abs(rule.then.points) for rule in rules)
    return np.dtype(np.min_scalar_type(-4 * most - 1))


def _best(scores: Sequence[Points], vetoed: Sequence[Fired]) -> tuple[Codes, Points]:
    """Return the code of the best option of each case, and its lead; sums and products outrun masks."""
    kind = scores[0].dtype
    nothing = kind.type(np.iinfo(kind).min // 2)
    best = np.full(len(scores[0]), nothing)
    second, chosen = best.copy(), np.full(len(best), UNKNOWN, dtype=np.int8)
    for code, (score, out) in enumerate(zip(scores, vetoed, strict=True)):
        standing = score * ~out + nothing * out
        better = standing > best  # the first of equals stays: the declared order
        chosen = chosen * ~better + np.int8(code) * better
        second = np.maximum(second, np.minimum(best, standing))
        best = np.maximum(best, standing)
    alone = second == nothing
    margin = (best - second) * ~alone + kind.type(ALONE) * alone
    return chosen.astype(np.int32), margin
