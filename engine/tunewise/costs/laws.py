"""How the facts that costs tell rules hang together, whatever a case costs: what every pricing keeps to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from tunewise.costs.estimator import BUDGETS, MOST_DRAWS, PREFIXES
from tunewise.knowledge.conditions import Any, Comparison, Condition, Other, facts_read
from tunewise.knowledge.vocabulary import Vocabulary

MIDDLE_SHARE = 0.5
"""The share of draws that lies above a middle value."""
NEAR = (1.02, 1.2)
"""Times what most draws are above: budgets that are above it, and mostly below the middle."""


@dataclass(frozen=True, slots=True)
class CostLaws:
    """What holds of computed facts in all cases.

    `shares` are those that a budget moves however prices are, `limited` those that a budget is held against.
    `telling` are ways to set budgets with the prices known, so that shares of draws come out as wanted: a help to
    find cases, and no laws.
    """

    always: tuple[Condition, ...] = ()
    telling: tuple[tuple[Condition, ...], ...] = ()
    shares: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limited: tuple[str, ...] = ()

    def and_also(self, more: tuple[Condition, ...]) -> CostLaws:
        """Return them with further conditions that every case meets."""
        return replace(self, always=(*self.always, *more))


NO_LAWS = CostLaws()
"""Costs that may be anything."""


def cost_laws(vocabulary: Vocabulary, priced: bool) -> CostLaws:
    """Return what holds of the computed facts of a vocabulary; where nothing is priced, none is known."""
    if not priced:
        computed = [fact.id for fact in vocabulary.values() if fact.origin == "computed"]
        return CostLaws(tuple(Comparison(id, "unknown") for id in computed))
    shares = {
        budget: tuple(id for id in _shares(period) if id in vocabulary)
        for period, budget in BUDGETS.items()
    }
    telling = tuple(_declared(_told(near), vocabulary) for near in NEAR)
    limited = tuple(least for least, *_ in _totals() if least in vocabulary)
    return CostLaws(_declared(_kept(), vocabulary), telling, shares, limited)


def _declared(laws: Iterator[Condition], vocabulary: Vocabulary) -> tuple[Condition, ...]:
    return tuple(law for law in laws if all(fact in vocabulary for fact in facts_read(law)))


def _shares(period: str) -> list[str]:
    return [f"{prefix}_{period}_over_budget" for prefix in PREFIXES.values()]


def _totals() -> Iterator[tuple[str, str, str, str]]:
    """Yield the facts on each total: what most draws are above, the middle, the share over a budget, the budget."""
    for prefix in PREFIXES.values():
        for period, budget in BUDGETS.items():
            name = f"{prefix}_{period}"
            yield f"{name}_least_usd", f"{name}_usd", f"{name}_over_budget", budget


def _kept() -> Iterator[Condition]:
    """Yield what percentiles of the same draws keep to; a budget leaves own people's time out, a middle does not."""
    for least, middle, over, budget in _totals():
        yield Comparison(least, "known")
        yield Comparison(middle, "at_least", Other(least))
        yield Any((Comparison(over, "unknown"), Comparison(budget, "known")))
        yield Any((Comparison(over, "known"), Comparison(budget, "unknown")))
        yield _unless(Comparison(budget, "at_least", Other(least)), over, "at_most", MOST_DRAWS)
        yield _unless(Comparison(budget, "below", Other(least)), over, "above", MIDDLE_SHARE)
        yield _unless(Comparison(budget, "at_least", Other(middle)), over, "at_most", MIDDLE_SHARE)


def _told(near: float) -> Iterator[Condition]:
    """Yield how a share of draws is brought about by a budget next to what most draws are above, or to the middle."""
    for least, middle, over, budget in _totals():
        yield _unless(
            Comparison(over, "above", MIDDLE_SHARE), budget, "at_most", Other(least, near)
        )
        yield _unless(Comparison(over, "at_most", MIDDLE_SHARE), budget, "at_least", Other(middle))


def _unless(when: Comparison, fact: str, op: str, operand: float | Other) -> Condition:
    """Return that one comparison holds where another does; neither is asked of a budget that is unknown."""
    return Any((when.negated(), Comparison(fact, op, operand), _unbudgeted(when, fact)))


def _unbudgeted(when: Comparison, fact: str) -> Comparison:
    (budget,) = {when.fact, fact} & set(BUDGETS.values())
    return Comparison(budget, "unknown")
