"""Makes the view of where the answer turns: values with their units, options by their names."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tunewise.costs.book import Lever
from tunewise.costs.breakeven import Spread
from tunewise.costs.modelclass import MODEL
from tunewise.costs.pricesheet import TokenPrice
from tunewise.costs.quantities import PRICE_FACTOR
from tunewise.costs.ranges import exactly, plain_number
from tunewise.knowledge.vocabulary import with_unit
from tunewise.record.evaluation import Evaluation
from tunewise.record.turning_points import (
    LeverSearch,
    ModelComparison,
    Recommendation,
    TriedOption,
    TurningPoint,
    TurningPoints,
)
from tunewise.report.presenting_certainty import turning_rule_views
from tunewise.report.presenting_costs import number, significant
from tunewise.report.turningview import (
    Instead,
    LeverView,
    ModelView,
    TriedView,
    TurningPointView,
    TurningView,
    TurnView,
)


def turning_view(evaluation: Evaluation) -> TurningView | None:
    """Return the view, None where nothing was searched or found to search."""
    found = evaluation.turning
    return _Turning(evaluation, found).view() if found and found.searches else None


class _Turning:
    """One case's turns on their way into a view."""

    def __init__(self, evaluation: Evaluation, found: TurningPoints) -> None:
        self.evaluation, self.found = evaluation, found
        self.first = next(iter(evaluation.rulebook.decisions))
        self.currency, self.prompted = evaluation.costs.currency, evaluation.costs.prompted

    def view(self) -> TurningView:
        return TurningView(
            instead=tuple(self._instead()),
            levers=tuple(map(self._lever, self.found.searches)),
            models=tuple(
                self._model(compared, own=place == 0)
                for place, compared in enumerate(self.found.models)
            ),
            options=tuple(
                TriedView(one.label, self._named(one), self._options(one.changes))
                for one in self.found.options
            ),
        )

    def _named(self, tried: TriedOption) -> str:
        return self.evaluation.rulebook.facts[tried.fact].say(tried.option)

    def _instead(self) -> Iterator[Instead]:
        """Yield the options that the first decision turns to, each with all its turns."""
        options: dict[str, list[TurningPointView]] = {}
        for search in self.found.searches:
            for side, turns in (("less", search.below), ("more", search.above)):
                for turn in turns:
                    if option := turn.changes.get(self.first):
                        at = _said(search.lever, past(turn.at, side))
                        point = TurningPointView(search.lever.label, at, side)
                        options.setdefault(option, []).append(point)
        for tried in self.found.options:
            if option := tried.changes.get(self.first):
                point = TurningPointView(tried.label, self._named(tried), "")
                options.setdefault(option, []).append(point)
        for option, points in options.items():
            yield Instead(self.evaluation.explanation.option(self.first, option), tuple(points))

    def _lever(self, search: LeverSearch) -> LeverView:
        lever = search.lever
        return LeverView(
            label=lever.label,
            here=_said(lever, search.here),
            stated=search.given,
            if_stated=self._options(search.stated),
            least=_figure(lever, search.least),
            most=_figure(lever, search.most),
            below=tuple(self._turn(lever, turn) for turn in search.below),
            above=tuple(self._turn(lever, turn) for turn in search.above),
        )

    def _turn(self, lever: Lever, turn: TurningPoint) -> TurnView:
        price = ""
        if lever.id == PRICE_FACTOR and self.prompted is not None:
            price = self._price(self.prompted.times(turn.at), " in, ") + " out a million"
        rules = turning_rule_views(self.evaluation, turn.rules)
        return TurnView(_figure(lever, turn.at), price, self._options(turn.changes), rules)

    def _options(self, changes: Recommendation) -> tuple[str, ...]:
        option = self.evaluation.explanation.option
        return tuple(option(decision, chosen) for decision, chosen in changes.items())

    def _price(self, price: TokenPrice, between: str = " / ") -> str:
        sides = (price.input_usd_per_mtok, price.output_usd_per_mtok)
        return between.join(map(self.currency.say, sides))

    def _model(self, compared: ModelComparison, own: bool) -> ModelView:
        per = compared.per_1000
        return ModelView(
            model=compared.price.model,
            says=compared.says,
            own=own,
            assumed=own and MODEL not in self.evaluation.case.facts,
            price=self._price(compared.price),
            per_1000="" if per is None else self.currency.say(per.expected),
            monthly=self.currency.say(compared.monthly.expected),
            even=_months(compared.months),
            ends=compared.ends,
            changes=self._options(compared.changes),
        )


def past(value: int | float, side: str) -> int | float:
    """Return a value that lies past a turn, to three digits: more than those nobody knows of a forecast."""
    step = 10 ** (math.floor(math.log10(value)) - 2) if value > 0 else 1
    if step <= 1:
        return value
    return (math.ceil(value / step) if side == "more" else math.floor(value / step)) * step


def _months(spread: Spread | None) -> str:
    months = spread.expected if spread else None
    return "" if months is None else number(significant(months, 2))


def _said(lever: Lever, value: int | float) -> str:
    return with_unit(_figure(lever, value), lever.unit.removeprefix("%").strip())


def _figure(lever: Lever, value: int | float) -> str:
    """Return a value as it is shown, without its unit but for a percent sign."""
    sign = "%" if lever.unit.startswith("%") else ""
    shown = plain_number(exactly(value) * lever.times)
    return f"{shown:,}{sign}"
