"""Runs the decision alone, many times over: what would be recommended if a figure were another."""

from __future__ import annotations

from collections.abc import Mapping

from tunewise.costs.model import CostModel
from tunewise.costs.ranges import Range
from tunewise.inference.interpreter import Facts
from tunewise.inference.single import Inference
from tunewise.record.turning_points import Recommendation


class WhatIf:
    """Decides other versions of a case, without reasons, advice or anything else that is for readers.

    Two versions between whose facts no rule can tell are decided once.
    """

    def __init__(self, inference: Inference, costs: CostModel) -> None:
        self._inference, self._costs = inference, costs
        self._decided: dict[object, Recommendation] = {}

    def recommend(self, facts: Facts, further: Mapping[str, Range] | None = None) -> Recommendation:
        """Return the recommendation on facts, under further assumptions; raise UserError as evaluating does."""
        first, decision = next(iter(self._inference.rulebook.decisions.items()))
        plans = {option: self._decide(facts, {first: option}) for option in decision.options}
        costs = self._costs.under(further) if further else self._costs
        return self._decide({**facts, **costs.facts(facts, plans)}, {})

    def _decide(self, facts: Facts, settled: Recommendation) -> Recommendation:
        key = (self._inference.cells({**facts, **settled}), tuple(settled))
        if key not in self._decided:
            self._decided[key] = self._inference.infer(facts, settled).recommendation
        return self._decided[key]
