"""What answers are worth: what right ones cost, and wrong ones, where the share of right ones was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tunewise.costs.modelclass import EFFICIENT, MODEL
from tunewise.costs.quantities import Quantities
from tunewise.costs.ranges import PARTS, Range
from tunewise.costs.totals import LOAD, PER_REQUESTS, Totals

ERROR_COST = "error_cost_usd"
MEASURED_PROMPTS, MEASURED_RETRIEVAL = "prompt_accuracy", "retrieval_accuracy"
MEASURED_EFFICIENT, MEASURED_TUNING = "efficient_accuracy", "tuning_accuracy"


@dataclass(frozen=True, slots=True)
class Worth:
    """What is known of the answers of one way: the share that is right, and the fact that it was read from.

    `per_1000_right` is what a thousand right answers cost, None where there are none; `errors` what wrong ones cost
    over the horizon, None where nobody stated what one costs: in USD.
    """

    right: float
    fact: str
    per_1000_right: Range | None
    errors: Range | None

    def as_record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "right": self.right,
            "fact": self.fact,
            "per_1000_right": _plain(self.per_1000_right),
            "errors": _plain(self.errors),
        }


def _plain(amount: Range | None) -> dict[str, int | float] | None:
    return None if amount is None else amount.as_percentiles()


def worth(total: Totals) -> Worth | None:
    """Return what the answers of one case's plan are worth, None where nobody measured how many are right."""
    fact = _measured(total.q, total.approach)
    if fact is None:
        return None
    q, right = total.q, float(total.q.facts.number(fact))
    requests = q[LOAD] * q["horizon"]
    per = errors = None
    if right and q.central[LOAD].expected:
        per = total.drawn["horizon"].times(PER_REQUESTS).over(requests.times(right))
    if ERROR_COST in q.facts:
        errors = requests.times((1 - right) * PARTS) * q[ERROR_COST]
    return Worth(right, fact, _dollars(per), _dollars(errors))


def _dollars(cents: Range | None) -> Range | None:
    return None if cents is None else cents.percentiles().whole().in_dollars()


def _measured(q: Quantities, approach: str) -> str | None:
    """Return the fact that tells how many answers of such a plan are right, None where nobody measured."""
    size, retrieval = (q.choices[name].values[0] for name in ("model_size", "retrieval"))
    facts = q.facts
    own = size != EFFICIENT or MODEL in facts
    if approach == "fine_tuning":
        fact = MEASURED_TUNING
    elif approach != "prompting":
        return None
    elif size == EFFICIENT and (MEASURED_EFFICIENT in facts or not own):
        fact = MEASURED_EFFICIENT
    else:
        fact = MEASURED_PROMPTS if retrieval == "none" else MEASURED_RETRIEVAL
    return fact if fact in facts else None
