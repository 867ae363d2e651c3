"""What each approach costs, and when tuning pays back: the door to the cost room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import replace
from datetime import date

from tunewise.costs.assuming import Assumptions, Override, assume
from tunewise.costs.book import CARD, CostBook
from tunewise.costs.case_costs import CaseCosts
from tunewise.costs.caveats import CAVEATS
from tunewise.costs.currency import currency
from tunewise.costs.dated import on_day
from tunewise.costs.estimates import Costs, Estimate
from tunewise.costs.files import CostNames, read_costs
from tunewise.costs.formulas import FORMULAS
from tunewise.costs.laws import CostLaws, cost_laws
from tunewise.costs.modelclass import MODEL
from tunewise.costs.negotiated import negotiated
from tunewise.costs.prices import token_price
from tunewise.costs.ranges import Range
from tunewise.costs.reading_formulas import needed
from tunewise.errors import Problem, UserError
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rulebook import SHIPPED_PLACE, Rulebook
from tunewise.loading.folder import digest
from tunewise.loading.precompiled import kept

__all__ = ["CostModel", "Costs", "Estimate", "cost_book"]

STATED = "not used, because the case states it"
UNDRAWN = "nothing that is priced here is drawn from this range; where it counts, its middle does"
NO_COSTS = "this rulebook has no cost files, so nothing is priced"


def cost_book(rulebook: Rulebook) -> CostBook | None:
    """Return what a rulebook knows of costs, None where it has no cost files; raise UserError for mistakes.

    Where one that a log stored lacks what this version asks for, the shipped rulebook's is taken. What an
    organisation's policy says of costs stands in place of what the rulebook does.
    """
    book, policy = _own_book(rulebook), rulebook.organisation
    if policy is None or (book is None and not policy.values):
        return book
    if book is None:
        value = next(iter(policy.values.values()))
        raise UserError(Problem(value.entry.place, value.entry.line, "set", NO_COSTS))
    return negotiated(book, policy, rulebook.facts)


def _own_book(rulebook: Rulebook) -> CostBook | None:
    if not rulebook.stored:
        names = CostNames(frozenset(FORMULAS), needed, CAVEATS)
        if rulebook.place == SHIPPED_PLACE:
            return kept("costs", digest(rulebook.own_texts), lambda: read_costs(rulebook, names))
        return read_costs(rulebook, names)
    book = read_costs(
        rulebook, CostNames(frozenset(FORMULAS), lambda facts: frozenset(), frozenset())
    )
    wanted = needed(rulebook.facts)
    if book is None:
        return None
    if all(ending.ends for ending in book.endings.values()):
        book = replace(book, all_endings=True)
    lacks = wanted - book.assumptions.keys() or CAVEATS - book.says.keys()
    return _completed(book, wanted) if lacks else book


def completed_by_shipped(rulebook: Rulebook) -> bool:
    """Whether a rulebook that a log stored lacks what this version reckons with: sums may come out otherwise."""
    if not rulebook.stored:
        return False
    try:
        cost_book(replace(rulebook, stored=False))
    except UserError:
        return True
    return False


def _completed(book: CostBook, wanted: Iterable[str]) -> CostBook:
    """Return a cost book with the assumptions and sentences that it lacks, as they are shipped."""
    from tunewise.loading.assembly import load

    shipped = cost_book(load())
    assert shipped is not None  # noqa: S101 - Tunewise ships cost files
    known = {name: shipped.assumptions[name] for name in wanted if name in shipped.assumptions}
    cards = {name: one for name, one in known.items() if one.by == CARD}
    return replace(
        book,
        assumptions={**known, **book.assumptions, **cards},
        says={**shipped.says, **book.says},
        servings=book.servings or shipped.servings,
    )


class CostModel:
    """Estimates costs under one rulebook, one date and one set of assumptions.

    `shown_in` is the currency to show them in and its rate, both as the user wrote them. Raises UserError for
    mistakes in the cost files, for wrong keys or values among the assumptions, and for a wrong currency. A
    rulebook without cost files has no costs.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        as_of: date,
        assumptions: Mapping[str, str | Override],
        shown_in: tuple[str | None, str | None] = (None, None),
    ) -> None:
        self.rulebook, self.as_of = rulebook, as_of
        book = cost_book(rulebook)
        self.book = None if book is None else on_day(book, as_of)
        if self.book is None and assumptions:
            raise UserError(f"--assume: {NO_COSTS}")
        self.currency = currency(*shown_in, self.book.currencies if self.book else {})
        if self.book is not None:
            self.assumptions = assume(self.book, assumptions, rulebook.facts)
            self._check_model()

    def _check_model(self) -> None:
        """Raise UserError, with suggestions, where the model that is assumed has no price."""
        model = self.assumptions.overrides.get(MODEL)
        if isinstance(model, str):
            try:
                token_price(model, self.as_of)
            except UserError as error:
                raise UserError(f"--assume {error}") from None

    @property
    def checks(self) -> dict[str, Callable[[Value], None]]:
        """What costs ask of single facts: that the model has a price. Each raises ValueError with suggestions."""
        return {} if self.book is None else {MODEL: self._check_priced}

    def _check_priced(self, model: Value) -> None:
        try:
            token_price(str(model), self.as_of)
        except UserError as error:
            raise ValueError(str(error).removeprefix(f"{MODEL}: ")) from None

    @property
    def laws(self) -> CostLaws:
        """What holds of the computed facts, whatever a case costs."""
        return cost_laws(self.rulebook.facts, priced=self.book is not None)

    def under(self, further: Mapping[str, Range]) -> CostModel:
        """Return the same model under further assumptions, which count before all others."""
        model = copy(self)
        if self.book is not None:
            overrides = {**self.assumptions.overrides, **further}
            model.assumptions = Assumptions(self.book, overrides)
        return model

    def facts(
        self, facts: Mapping[str, Value], plans: Mapping[str, Mapping[str, str]]
    ) -> Mapping[str, Value]:
        """Return what the costs tell rules, and nothing else; raises as estimate does."""
        return {} if self.book is None else self._costs(self.book, facts, plans).computed()

    def estimate(self, facts: Mapping[str, Value], plans: Mapping[str, Mapping[str, str]]) -> Costs:
        """Return the costs of each approach with its plan's options.

        Raises UserError for a model without a price, and for costs beyond all measure.
        """
        if self.book is None:
            return Costs(gaps=(NO_COSTS,))
        case = self._costs(self.book, facts, plans)
        costs = case.costs()
        idle = sorted(self.assumptions.overrides.keys() - case.assumptions.overrides.keys())
        drawn = case.reckoning.sampler.ranges
        ranges = (
            name
            for name, one in sorted(case.assumptions.overrides.items())
            if isinstance(one, Range) and not one.single and name not in drawn
        )
        said = {**dict.fromkeys(idle, STATED), **dict.fromkeys(ranges, UNDRAWN)}
        notes = (*costs.notes, *(f"--assume {name}: {why}" for name, why in said.items()))
        return replace(costs, currency=self.currency, notes=notes)

    def _costs(
        self, book: CostBook, facts: Mapping[str, Value], plans: Mapping[str, Mapping[str, str]]
    ) -> CaseCosts:
        assumptions = self.assumptions.without(facts)
        return CaseCosts(self.rulebook, book, assumptions, self.as_of, facts, plans)
