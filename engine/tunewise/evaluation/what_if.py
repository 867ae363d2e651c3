"""Runs the decision alone, many times over: what would be recommended if a figure were another."""

from __future__ import annotations

from collections.abc import Mapping

from tunewise.costs.model import CostModel
from tunewise.costs.ranges import Range
from tunewise.inference.interpreter import Facts
from tunewise.inference.single import Conclusions, Inference
from tunewise.record.turning_points import Recommendation


class WhatIf:
    """Decides other versions of a case, without reasons, advice or anything else that is for readers.

    Two versions between whose facts no rule can tell are decided once.
    """

    def __init__(self, inference: Inference, costs: CostModel) -> None:
        self._inference, self._costs = inference, costs
        self._decided: dict[object, Conclusions] = {}

    def recommend(self, facts: Facts, further: Mapping[str, Range] | None = None) -> Recommendation:
        """Return the recommendation on facts, under further assumptions; raise UserError as evaluating does."""
        return self.conclude(facts, further).recommendation

    def conclude(self, facts: Facts, further: Mapping[str, Range] | None = None) -> Conclusions:
        """Return what follows from facts, under further assumptions; what rules read may be of another version."""
        first, decision = next(iter(self._inference.rulebook.decisions.items()))
        plans = {
            option: self._decide(facts, {first: option}).recommendation
            for option in decision.options
        }
        costs = self._costs.under(further) if further else self._costs
        return self._decide({**facts, **costs.facts(facts, plans)}, {})

    def edges(self, fact: str, facts: Facts) -> tuple[int | float, ...]:
        """Return the numbers at which a rule's comparison of a fact changes, given the others, lowest first."""
        return self._inference.rules.encoding.edges(fact, facts)

    def _decide(self, facts: Facts, settled: Recommendation) -> Conclusions:
        key = (self._inference.cells({**facts, **settled}), tuple(settled))
        if key not in self._decided:
            self._decided[key] = self._inference.infer(facts, settled)
        return self._decided[key]
