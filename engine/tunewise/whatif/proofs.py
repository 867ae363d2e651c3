"""Adds to an evaluation what can be proved of it; every change that turns a decision is decided again by the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

from tunewise.costs.estimator import PREFIXES
from tunewise.costs.laws import CostLaws
from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.evaluation.what_if import WhatIf
from tunewise.explaining.certainty import OPEN_STATUS, SETTLED, Certainty
from tunewise.explaining.flips import Flip, SufficientReason
from tunewise.inference.single import Conclusions
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Fact
from tunewise.record.evaluation import Evaluation

if TYPE_CHECKING:
    from tunewise.proving.of_a_case import CaseProof, CaseProofs

Change = Mapping[str, Value]

MOST_CHANGED = 3
"""Facts that a change may take together."""
MOST_TRIED = 12
"""Versions of a case that are decided again to turn a decision after the first."""
NEAREST = 5
"""Values of each fact that are tried where several change."""


@lru_cache(maxsize=1)
def _proofs(sha256: str, held: _Held) -> CaseProofs:
    from tunewise.proving.of_a_case import CaseProofs  # the solver takes 0.1 s to import

    del sha256
    return CaseProofs(held.rulebook, held.laws)


class _Held:
    """A rulebook that is kept by its digest, with what its costs always meet."""

    def __init__(self, rulebook: Rulebook, laws: CostLaws) -> None:
        self.rulebook, self.laws = rulebook, laws

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and self.rulebook.sha256 == other.rulebook.sha256

    def __hash__(self) -> int:
        return hash(self.rulebook.sha256)


def with_proofs(evaluator: Evaluator, evaluation: Evaluation) -> Evaluation:
    """Return the evaluation with decisions that are proved settled, and what would turn each decision."""
    book, now = evaluation.rulebook, evaluation.conclusions
    proof = _proofs(book.sha256, _Held(book, evaluator.costs.laws)).of(
        evaluation.case.facts, now.memory
    )
    certainty = {
        id: Certainty(SETTLED)
        if one.status == OPEN_STATUS and proof.settled(id, now.recommendation[id])
        else one
        for id, one in evaluation.certainty.items()
    }
    flips = tuple(_flips(evaluator.trials(), evaluation, proof))
    enough = _sufficient(evaluator.trials(), evaluation, proof)
    return replace(evaluation, certainty=certainty, flips=flips, sufficient=enough)


def _flips(trials: WhatIf, evaluation: Evaluation, proof: CaseProof) -> Iterator[Flip]:
    """Yield what turns each decision: all that takes the fewest facts, its owner's to change first."""
    decided = _Decided(trials, evaluation.case.facts)
    for place, (decision, chosen) in enumerate(evaluation.conclusions.recommendation.items()):
        searched = _Search(decided, evaluation, decision, MOST_TRIED if place else None)
        for many in range(1, MOST_CHANGED + 1):
            found = map(
                searched.nearest, searched.yours_first(proof.changes(decision, chosen, many))
            )
            flips = [flip for flip in found if flip is not None]
            yield from flips
            if flips:
                break


def _sufficient(
    trials: WhatIf, evaluation: Evaluation, proof: CaseProof
) -> SufficientReason | None:
    """Return what is enough for the first decision as it is, None where it rests on what is still open."""
    decision, chosen = next(iter(evaluation.conclusions.recommendation.items()))
    facts = proof.sufficient(decision, chosen)
    if facts is None:
        return None
    memory = evaluation.conclusions.memory
    ranges = proof.ranges(decision, chosen, facts, lambda id: trials.edges(id, memory))
    return SufficientReason(decision, facts, ranges)


class _Decided:
    """What follows from versions of a case, each decided once."""

    def __init__(self, trials: WhatIf, facts: Mapping[str, Value]) -> None:
        self.trials, self._facts = trials, facts
        self._known: dict[tuple[tuple[str, Value], ...], Conclusions | None] = {}

    def knows(self, change: Change) -> bool:
        """Whether a version was decided before."""
        return tuple(change.items()) in self._known

    def with_(self, change: Change) -> Conclusions | None:
        """Return what follows from a version, None where it is beyond all measure."""
        key = tuple(change.items())
        if key not in self._known:
            try:
                self._known[key] = self.trials.conclude({**self._facts, **change})
            except UserError:
                self._known[key] = None
        return self._known[key]


class _Search:
    """Looks for the nearest values that turn one decision of a case; `most` versions are decided anew at most."""

    def __init__(
        self, decided: _Decided, evaluation: Evaluation, decision: str, most: int | None
    ) -> None:
        self._decided, self._evaluation, self._decision = decided, evaluation, decision
        self._facts, self._left = evaluation.case.facts, most
        self._chosen = evaluation.conclusions.recommendation[decision]

    def yours_first(self, found: Iterable[Sequence[str]]) -> list[Sequence[str]]:
        """Return changes with those first that are the owner's to make."""
        facts = self._evaluation.rulebook.facts
        return sorted(found, key=lambda ids: not all(facts[id].yours for id in ids))

    def nearest(self, ids: Sequence[str]) -> Flip | None:
        """Return the flip of some facts with the nearest values that the engine says turn it, None where none do."""
        several = len(ids) > 1
        candidates = [list(self._nearer(id))[: NEAREST if several else None] for id in ids]
        ranked = sorted(
            product(*map(enumerate, candidates)), key=lambda one: sum(r for r, _ in one)
        )
        for values in ranked:
            change = {id: value for id, (_, value) in zip(ids, values, strict=True)}
            then = self._turned(change)
            if then is not None:
                return self._flip(change, then)
        return None

    def _turned(self, change: Change) -> Conclusions | None:
        if self._left is not None and not self._decided.knows(change):
            if not self._left:
                return None
            self._left -= 1
        then = self._decided.with_(change)
        if then is None or then.recommendation[self._decision] == self._chosen:
            return None
        return then

    def _nearer(self, id: str) -> Iterator[Value]:
        """Yield the values worth trying, the nearest to the case's own first."""
        fact, own = self._evaluation.rulebook.facts[id], self._facts[id]
        if fact.numeric and isinstance(own, int | float):
            edges = self._decided.trials.edges(id, self._evaluation.conclusions.memory)
            yield from _beside(fact, own, edges)
        elif fact.type == "set" and isinstance(own, tuple):
            yield from _toggled(fact, own)
        elif fact.type == "boolean":
            yield not own
        elif fact.type == "choice":
            at = fact.options.index(str(own)) if fact.ordered else -1
            others = [option for option in fact.options if option != own]
            yield from sorted(others, key=lambda option: abs(fact.options.index(option) - at))

    def _flip(self, change: Change, then: Conclusions) -> Flip:
        book = self._evaluation.rulebook
        first = then.recommendation[next(iter(book.decisions))]
        prefix = PREFIXES.get(first, first)
        costs = [then.memory.get(f"{prefix}_{part}_usd") for part in ("initial", "monthly")]
        initial, monthly = (c if isinstance(c, int | float) else None for c in costs)
        yours = all(book.facts[id].yours for id in change)
        to = then.recommendation[self._decision]
        return Flip(self._decision, change, to, yours, initial, monthly, self._costs(then))

    def _costs(self, then: Conclusions) -> dict[str, Value | None]:
        """Return the facts on costs that are others than the case's own."""
        now = self._evaluation.conclusions.memory
        facts = self._evaluation.rulebook.facts.values()
        computed = [fact.id for fact in facts if fact.origin == "computed"]
        return {id: then.memory.get(id) for id in computed if then.memory.get(id) != now.get(id)}


def _beside(fact: Fact, own: float, edges: Iterable[float]) -> Iterator[float]:
    """Yield the numbers on and beside the edges of rules, the nearest first."""
    step = {"integer": 1, "share": 0.001}.get(fact.type, 0.01)
    tried = {round(edge + by, 6) for edge in edges for by in (-step, 0, step)}
    for number in sorted(tried - {own}, key=lambda n: (abs(n - own), n)):
        if fact.minimum <= number <= fact.upper:
            yield int(number) if float(number).is_integer() else number


def _toggled(fact: Fact, own: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the sets that differ in one member."""
    for option in fact.options:
        yield tuple(o for o in fact.options if (o in own) != (o == option))
