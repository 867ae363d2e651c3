"""Runs the decision alone, many times over: what would be recommended if a figure were another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tunewise.costs.model import CostModel
from tunewise.costs.ranges import Range
from tunewise.inference.interpreter import Facts
from tunewise.inference.single import Conclusions, Inference
from tunewise.knowledge.conditions import Value
from tunewise.record.turning_points import Recommendation

Plans = Mapping[str, Recommendation]
"""The options that go with each approach."""


class _NotedFacts(Mapping[str, Value]):
    """Facts that note which of them are asked for, each with its value, None where it is unknown."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.read: dict[str, Value | None] = {}

    def __getitem__(self, fact: str) -> Value:
        self.read[fact] = self._facts.get(fact)
        return self._facts[fact]

    def __iter__(self) -> Iterator[str]:
        self.read |= self._facts
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)


class WhatIf:
    """Decides other versions of a case, without reasons, advice or anything else that is for readers.

    Each is decided by what is not as in the first one.
    """

    def __init__(self, inference: Inference, costs: CostModel) -> None:
        self._inference, self._costs = inference, costs
        self._before: dict[tuple[tuple[str, str], ...], Conclusions] = {}
        self._priced: list[tuple[Plans, Mapping[str, Value | None], Facts]] = []

    def conclude(self, facts: Facts, further: Mapping[str, Range] | None = None) -> Conclusions:
        """Return what follows from facts, under further assumptions; raise UserError as evaluating does."""
        first, decision = next(iter(self._inference.rulebook.decisions.items()))
        plans = {
            option: self._decide(facts, {first: option}).recommendation
            for option in decision.options
        }
        computed = self._computed(facts, plans, further or {})
        return self._decide({**facts, **computed}, {})

    def _computed(self, facts: Facts, plans: Plans, further: Mapping[str, Range]) -> Facts:
        """Return what costs tell rules; versions that differ in no fact that costs read are priced once."""
        if further:
            return self._costs.under(further).facts(facts, plans)
        for before, read, computed in self._priced:
            if before == plans and all(facts.get(fact) == value for fact, value in read.items()):
                return computed
        noted = _NotedFacts(facts)
        computed = self._costs.facts(noted, plans)
        self._priced.append((plans, noted.read, computed))
        return computed

    def edges(self, fact: str, facts: Facts) -> tuple[int | float, ...]:
        """Return the numbers at which a rule's comparison of a fact changes, given the others, lowest first."""
        return self._inference.rules.encoding.edges(fact, facts)

    def _decide(self, facts: Facts, settled: Recommendation) -> Conclusions:
        key = tuple(settled.items())
        found = self._inference.infer(facts, settled, self._before.get(key))
        self._before.setdefault(key, found)
        return found
