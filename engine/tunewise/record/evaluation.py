"""All that was found out about a case, as one frozen value; whoever tells of a case reads it, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tunewise.cases.case import Case
from tunewise.costs.model import Costs
from tunewise.explaining.certainty import TOO_EARLY, Certainty, KnownCount
from tunewise.explaining.explanation import Explanation, NearMiss, Unknown
from tunewise.explaining.flips import Flip, SufficientReason
from tunewise.explaining.ladder import Rung
from tunewise.explaining.reasons import Reason
from tunewise.inference.single import Conclusions, Firing
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rulebook import Rulebook
from tunewise.record.turning_points import TurningPoints

Plan = Mapping[str, str]
"""The options that go with one approach, by decision."""


@dataclass(frozen=True, slots=True)
class Known:
    """A fact's value, and where it comes from: given, assumed, derived or computed."""

    value: Value
    origin: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that was found out about a case, and all that is needed to find it out again.

    `plans` holds, for each approach, the later decisions that would go with it; `reasons` are those of the first
    decision, the strongest first; `ladder` are the remedies in order; `waiting` maps each unknown fact to the rules
    that its value could make fire, and `unknown` are those worth asking, the most waited for first; `known` counts
    what is stated of what is worth asking, `certainty` tells for each decision what further answers could do;
    `turning`, where it was searched, tells where the answer turns, and `flips` which changes of its facts
    turn it; `sufficient`, where there is one, which of its facts settle the first decision at what it costs.
    """

    case: Case
    as_of: date
    versions: Mapping[str, str]
    rulebook: Rulebook
    explanation: Explanation
    facts: Mapping[str, Known]
    conclusions: Conclusions
    plans: Mapping[str, Plan]
    costs: Costs
    reasons: tuple[Reason, ...]
    advice: tuple[Firing, ...]
    near_misses: tuple[NearMiss, ...]
    ladder: tuple[Rung, ...]
    waiting: Mapping[str, tuple[str, ...]]
    unknown: tuple[Unknown, ...]
    known: KnownCount
    certainty: Mapping[str, Certainty]
    turning: TurningPoints | None = None
    flips: tuple[Flip, ...] = ()
    sufficient: SufficientReason | None = None

    @property
    def too_early(self) -> bool:
        """Whether the first decision lacks the facts without which no verdict is worth its name."""
        return next(iter(self.certainty.values())).status == TOO_EARLY
