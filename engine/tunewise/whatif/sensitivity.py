"""Finds where the answer turns, by running the decision at other loads, prices and times, and with other models."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from tunewise.costs.book import CostBook, Lever
from tunewise.costs.endings import later
from tunewise.costs.estimator import PROMPTING_APPROACH
from tunewise.costs.modelclass import MODEL
from tunewise.costs.pricesheet import TokenPrice
from tunewise.costs.quantities import PRICE_FACTOR
from tunewise.costs.ranges import Range, exactly, plain_number
from tunewise.errors import UserError
from tunewise.evaluation.evaluator import Evaluator
from tunewise.explaining.decisive import turning_rules
from tunewise.inference.single import Conclusions
from tunewise.record.evaluation import Evaluation
from tunewise.record.turning_points import (
    LeverSearch,
    ModelComparison,
    Recommendation,
    TriedOption,
    TurningPoint,
    TurningPoints,
)

STEPS_PER_DECADE = 4
"""Tries in each power of ten; what turns and turns back between two of them is not seen."""


def with_turning_points(evaluator: Evaluator, evaluation: Evaluation) -> Evaluation:
    """Return the evaluation with where its answer turns; unchanged under a rulebook without costs."""
    book = evaluator.costs.book
    if book is None:
        return evaluation
    searching = _Searching(evaluator, evaluation)
    found = (searching.search(lever) for lever in book.levers.values())
    models = tuple(_compared(evaluator, evaluation, book))
    turning = TurningPoints(
        tuple(filter(None, found)), models, tuple(searching.options(book.choices))
    )
    return replace(evaluation, turning=turning)


class _Searching:
    """The searches for one case, which share their trials."""

    def __init__(self, evaluator: Evaluator, evaluation: Evaluation) -> None:
        self.trials, self.evaluation = evaluator.trials(), evaluation
        self.assumptions = evaluator.costs.assumptions
        self.facts, self.known = evaluation.case.facts, evaluation.rulebook.facts
        self.now = evaluation.conclusions.recommendation

    def search(self, lever: Lever) -> LeverSearch | None:
        """Return what is found for a lever, None where it moves nothing that the case pays for."""
        if lever.id == PRICE_FACTOR and not self.evaluation.costs.prices:
            return None
        here, given = self._here(lever)
        start = self.now if given else self._conclude(lever, here).recommendation
        scan = _Scan(
            lambda place: self._conclude(lever, _value(lever, place)).recommendation,
            (self.now, start),
        )
        sides = [
            tuple(self._turn(lever, place, changes) for place, changes in scan.turns(places))
            for places in _places(lever, here)
        ]
        ends = [here, *(_value(lever, place) for place in scan.possible)]
        return LeverSearch(
            lever=lever,
            here=here,
            given=given,
            stated=_changes(self.now, start),
            least=min(ends),
            most=max(ends),
            below=sides[0],
            above=sides[1],
        )

    def options(self, choices: Mapping[str, str]) -> Iterator[TriedOption]:
        """Yield each other option of some facts, with what would be recommended instead."""
        for fact, label in choices.items():
            here = self.evaluation.facts.get(fact)
            for option in self.known[fact].options:
                if here is None or option != here.value:
                    found = self.trials.conclude({**self.facts, fact: option})
                    changes = _changes(self.now, found.recommendation)
                    yield TriedOption(fact, label, option, changes)

    def _here(self, lever: Lever) -> tuple[int | float, bool]:
        """Return the lever's value in this case, and whether it is known and not assumed."""
        if lever.id in self.facts:
            return self.facts[lever.id], True  # type: ignore[return-value]
        name = lever.instead or lever.id
        by = self.evaluation.facts.get(self.assumptions.by(name))
        setting = self.assumptions.setting(name, str(by.value) if by else "")
        value = plain_number(setting.expected) if isinstance(setting, Range) else lever.usual
        return value, lever.id not in self.known

    def _turn(self, lever: Lever, place: int, changes: Recommendation) -> TurningPoint:
        """Return a turn, with the rules that make the first of its changes."""
        value, evaluation = _value(lever, place), self.evaluation
        decision = evaluation.rulebook.decisions[next(iter(changes))]
        both = evaluation.conclusions, self._conclude(lever, value)
        fired = ([firing.rule for firing in one.firings] for one in both)
        return TurningPoint(value, changes, turning_rules(decision, *fired))

    def _conclude(self, lever: Lever, value: int | float) -> Conclusions:
        if lever.id in self.known:
            return self.trials.conclude({**self.facts, lever.id: value})
        return self.trials.conclude(self.facts, {lever.id: Range.of(value)})


class _Scan:
    """Tries place after place, away from a case, and narrows down where the answer turns.

    `same` are what is recommended now, and what is at the start of the way: neither is a turn.
    """

    def __init__(
        self,
        decide: Callable[[int], Recommendation],
        same: tuple[Recommendation, Recommendation],
    ) -> None:
        self._decide, self._same = decide, same
        self._tried: dict[int, Recommendation | None] = {}

    @property
    def possible(self) -> Iterable[int]:
        """The places tried at which the case can be priced."""
        return (place for place, changes in self._tried.items() if changes is not None)

    def turns(self, places: Sequence[int]) -> tuple[tuple[int, Recommendation], ...]:
        """Return where any decision turns first, and where the first one does, with all that changes there."""
        now = self._same[0]
        groups = (set(now), {next(iter(now))})
        found = [self._first(places, group) for group in groups]
        return tuple((place, self._changed(place) or {}) for place in _each_once(found))

    def _first(self, places: Sequence[int], decisions: set[str]) -> int | None:
        same = None
        for place in places:
            changes = self._changed(place)
            if changes is None:
                return None
            if not decisions.isdisjoint(changes):
                return place if same is None else self._narrowed(same, place, decisions)
            same = place
        return None

    def _narrowed(self, same: int, other: int, decisions: set[str]) -> int:
        """Return the place next to one that is decided the same, between that and another."""
        while abs(other - same) > 1:
            middle = (same + other) // 2
            if decisions.isdisjoint(self._changed(middle) or {}):
                same = middle
            else:
                other = middle
        return other

    def _changed(self, place: int) -> Recommendation | None:
        """Return what is recommended instead at a place, None where its costs are beyond all measure."""
        if place not in self._tried:
            try:
                now, start = self._same
                self._tried[place] = _changes(start, _changes(now, self._decide(place)))
            except UserError:
                self._tried[place] = None
        return self._tried[place]


def _each_once(places: Iterable[int | None]) -> Iterator[int]:
    yield from dict.fromkeys(place for place in places if place is not None)


def _changes(now: Recommendation, then: Recommendation) -> Recommendation:
    return {decision: option for decision, option in then.items() if now.get(decision) != option}


def _value(lever: Lever, place: int) -> int | float:
    """Return the value at a place: so many steps."""
    return plain_number(exactly(lever.step) * place)


def _places(lever: Lever, here: int | float) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the places to try below and above a value: the nearest, then in even steps of magnitude."""
    at = exactly(here) / exactly(lever.step)
    least, most = (round(exactly(end) / exactly(lever.step)) for end in (lever.least, lever.most))
    powers = range(math.ceil(math.log10(most) * STEPS_PER_DECADE))
    nearest = {math.ceil(at) - 1, math.floor(at) + 1}
    wanted = nearest | {least, most} | {round(10 ** (power / STEPS_PER_DECADE)) for power in powers}
    places = sorted(place for place in wanted if least <= place <= most)
    below = tuple(place for place in reversed(places) if place < at)
    return below, tuple(place for place in places if place > at)


def _compared(
    evaluator: Evaluator, evaluation: Evaluation, book: CostBook
) -> Iterator[ModelComparison]:
    """Yield the case with its own model and with each that is compared and does not end in its time."""
    costs, case = evaluation.costs, evaluation.case
    if costs.prompted is None:
        return
    own = [str(case.facts.get(MODEL, "")), costs.prompted.model]
    ending = book.ending(own)
    yield _one(evaluation, evaluation, costs.prompted, ends=ending.ends if ending else "")
    last = later(evaluation.as_of, costs.horizon_months).isoformat()
    for model, says in book.compared.items():
        ending = book.ending([model])
        if model in own or (ending and ending.ends and ending.ends <= last):
            continue
        try:
            other = evaluator.evaluate(replace(case, facts={**case.facts, MODEL: model}))
        except UserError:
            continue  # it has no price on that day
        if other.costs.prompted is not None:
            yield _one(evaluation, other, other.costs.prompted, says=says)


def _one(
    case: Evaluation, other: Evaluation, price: TokenPrice, says: str = "", ends: str = ""
) -> ModelComparison:
    estimate, even = other.costs.estimates[PROMPTING_APPROACH], other.costs.break_even
    return ModelComparison(
        says=says,
        price=price,
        monthly=estimate.monthly,
        per_1000=estimate.per_1000_requests,
        months=even.months if even else None,
        ends=ends,
        changes=_changes(case.conclusions.recommendation, other.conclusions.recommendation),
    )
