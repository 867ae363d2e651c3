"""What an answer is worth: how much less the decisions of random completions differ once it is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tunewise.cases.columns import Codes
from tunewise.interview.completions import Completed

DecidedCodes = Mapping[str, tuple[tuple[str, ...], Codes]]
"""For each decision its options, with blocked as the last; and the code of what each row comes to, -1 where blocked."""
SingleTurns = Mapping[str, Mapping[str, float]]
"""For each decision the questions that turn it, and the share of the answers tried that do."""


@dataclass(frozen=True, slots=True)
class Gain:
    """What the answer to a question is worth for one decision."""

    worth: float
    decision: str


def single_turns(
    completed: Completed, decided: DecidedCodes, now: Mapping[str, str]
) -> SingleTurns:
    """Return which questions turn each decision from what it is now by a single answer."""
    found: dict[str, dict[str, float]] = {}
    for decision, (options, codes) in decided.items():
        answers: dict[str, list[bool]] = defaultdict(list)
        for (fact, _), code in zip(completed.singles, codes.tolist(), strict=False):
            answers[fact].append(options[code] != now[decision])
        found[decision] = {f: sum(turns) / len(turns) for f, turns in answers.items() if any(turns)}
    return found


def gains(
    completed: Completed, decided: DecidedCodes, weights: Mapping[str, float]
) -> dict[str, list[Gain]]:
    """Return for each open question what its answer is worth for each decision of some weight, most first."""
    count, found = len(completed.singles), dict[str, list[Gain]]()
    for fact, drawn in completed.drawn.items():
        each = [
            Gain(weight * _worth(drawn, decided[decision][1][count:]), decision)
            for decision, weight in weights.items()
        ]
        found[fact] = sorted(each, key=lambda gain: -gain.worth)
    return found


def _worth(drawn: Codes, chosen: Codes) -> float:
    """Return by how much two rows differ less often where they have one answer, above what chance alone makes."""
    width = int(chosen.max()) + 2
    joint = np.bincount((drawn + 1) * width + chosen + 1, minlength=(int(drawn.max()) + 2) * width)
    counts = joint.reshape(-1, width)
    counts = counts[counts.sum(axis=1) > 0]
    apart = _apart(counts.sum(axis=0, keepdims=True))[0]
    within = float((_apart(counts) * counts.sum(axis=1)).sum() / len(drawn))
    return float(apart * (1 - (len(counts) - 1) / (len(drawn) - 1)) - within)


def _apart(counts: npt.NDArray[np.int_]) -> npt.NDArray[np.float64]:
    """Return the chance that two rows of each line of counts differ."""
    shares = counts / counts.sum(axis=1, keepdims=True)
    found: npt.NDArray[np.float64] = 1 - (shares**2).sum(axis=1)
    return found
