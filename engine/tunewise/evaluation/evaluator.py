"""Takes a case all the way: facts, what each approach would look like and cost, the decisions, the advice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from importlib.metadata import version
from typing import get_args

from tunewise.cases.case import Case
from tunewise.costs.assuming import Override
from tunewise.costs.model import CostModel, Costs
from tunewise.errors import UserError
from tunewise.evaluation.certainty import CertaintyByBounds
from tunewise.evaluation.what_if import WhatIf
from tunewise.explaining.certainty import KnownCount
from tunewise.explaining.explanation import Explanation
from tunewise.explaining.ladder import ladder
from tunewise.explaining.reasons import reasons
from tunewise.inference.single import Conclusions, Firing, Inference
from tunewise.knowledge.conclusions import AdviceKind
from tunewise.knowledge.rulebook import Rulebook
from tunewise.record.evaluation import Evaluation, Known, Plan


class Evaluator:
    """Evaluates cases under one rulebook, one date and one set of assumptions."""

    def __init__(
        self,
        rulebook: Rulebook,
        as_of: date,
        assumptions: Mapping[str, str | Override] | None = None,
        shown_in: tuple[str | None, str | None] = (None, None),
    ) -> None:
        self.rulebook = rulebook
        self.as_of = as_of
        self.overrides = dict(assumptions or {})
        self._versions = versions()
        self._inference = Inference(rulebook)
        self._explanation = Explanation(rulebook)
        self._certainty = CertaintyByBounds(rulebook, self._inference.rules.strata)
        self.costs = CostModel(rulebook, as_of, assumptions or {}, shown_in)

    def evaluate(self, case: Case) -> Evaluation:
        """Return the evaluation; raise UserError where the case names a model that has no price."""
        plans = self._plans(case)
        try:
            costs = self.costs.estimate(case.facts, plans)
        except UserError as error:
            raise error.at(case.place) from None
        conclusions = self._inference.infer({**case.facts, **costs.facts})
        memory, fired = conclusions.memory, {f.rule.id: f for f in conclusions.firings}
        waiting = self._explanation.waiting(memory, fired)
        near_misses = self._explanation.near_misses(memory, fired)
        carried = reasons(self.rulebook, (firing.rule for firing in conclusions.firings))
        unknown = self._explanation.unknown(memory, waiting)
        return Evaluation(
            case=case,
            as_of=self.as_of,
            versions=self._versions,
            rulebook=self.rulebook,
            explanation=self._explanation,
            facts=self._known(case, costs, conclusions),
            conclusions=conclusions,
            plans=plans,
            costs=costs,
            reasons=carried,
            advice=_advice(conclusions.firings),
            near_misses=near_misses,
            ladder=ladder(self._explanation, conclusions, carried, near_misses),
            waiting=waiting,
            unknown=unknown,
            known=KnownCount(len(case.facts), len(case.facts) + len(unknown)),
            certainty=self._certainty.of(case.facts),
        )

    def trials(self) -> WhatIf:
        """Return what decides other versions of a case."""
        return WhatIf(self._inference, self.costs)

    def _plans(self, case: Case) -> dict[str, Plan]:
        """Return what each option of the first decision would bring with it."""
        first, decision = next(iter(self.rulebook.decisions.items()))
        return {
            option: self._inference.infer(case.facts, {first: option}).recommendation
            for option in decision.options
        }

    def _known(self, case: Case, costs: Costs, conclusions: Conclusions) -> dict[str, Known]:
        known = {}
        for id, fact in self.rulebook.facts.items():
            if fact.origin == "decided":
                continue
            if id in conclusions.memory:
                known[id] = Known(conclusions.memory[id], fact.origin)
            elif id in costs.assumed:
                known[id] = Known(costs.assumed[id], "assumed")
        return known

    def close(self) -> None:
        """Free the engine."""
        self._inference.close()


def _advice(firings: tuple[Firing, ...]) -> tuple[Firing, ...]:
    """Return the advice that fired: the strongest first, of one strength by kind."""
    return tuple(sorted((f for f in firings if f.rule.then.kind), key=_urgency))


def _urgency(firing: Firing) -> tuple[int, int]:
    then = firing.rule.then
    return -then.points, get_args(AdviceKind).index(then.kind)


def versions() -> dict[str, str]:
    """Return the versions of what an answer depends on."""
    packages = ("tunewise", "durable_rules", "genai_prices")
    return {package: version(package) for package in packages}
