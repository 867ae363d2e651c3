"""What a reckoning rests on: what was assumed, what has no price, what to know of the models priced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from tunewise.costs import hardware_limits as capacity
from tunewise.costs.book import Ending, Gap
from tunewise.costs.endings import later, listed_name, tuning_ending
from tunewise.costs.estimates import Estimate
from tunewise.costs.estimator import BUDGETS, PROMPTING_APPROACH, TUNING_APPROACH, Estimator
from tunewise.costs.freshness import Rate, overdue, rates
from tunewise.costs.hardware_limits import Capacity
from tunewise.costs.kernel import Mask
from tunewise.costs.modelclass import MODEL
from tunewise.costs.negotiated import may_be_used
from tunewise.costs.prices import one_price, token_price
from tunewise.costs.quantities import FRONTIER, Quantities
from tunewise.costs.ranges import Range, exactly
from tunewise.costs.taken import taken
from tunewise.costs.totals import PER_REQUESTS
from tunewise.errors import harmless
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rule import Decision
from tunewise.knowledge.vocabulary import Vocabulary

CAVEATS = capacity.CAPACITY_CAVEATS | {
    "pays_back",
    "from_the_start",
    "dearer_to_run",
    "near_even",
    "ends",
    "ended",
    "too_long",
    "no_batch",
    "tuning_ends",
    "tuning_moves",
    "as_stated",
    "each",
    "blocked",
    "overdue",
    "checked_later",
    "not_known_then",
    "one_price",
    "for_some",
    "over_initial",
    "over_monthly",
    "not_allowed",
    "agreed_until",
}
"""The sentences that a cost book must hold."""


def unpriced(q: Quantities) -> Iterator[tuple[Gap, Mask]]:
    """Yield what has no price, with where a plan needs it."""
    for gap in q.assumptions.book.gaps.values():
        if not (gap.unless and q.assumptions.given(gap.unless)):
            yield gap, q.admits(gap.applies)


def holes(q: Quantities) -> tuple[Gap, ...]:
    """Return what the plan of one case needs and nothing prices."""
    return tuple(gap for gap, where in unpriced(q) if where)


DEAR_REQUEST, PLANNED_SIZE = "dear_request_usd", "model_size"
READ_RATE = "input_usd_per_mtok"
"""The rate of lines that pay for what goes into a model."""


def listed(words: Sequence[str]) -> str:
    """Return words one after another, as a sentence lists them."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


class CaseCaveats:
    """The provisos of one case's costs, reckoned; `decisions` gives the words of its `estimates`."""

    def __init__(
        self,
        reckoning: Estimator,
        facts: Mapping[str, Value],
        estimates: Mapping[str, Estimate],
        decisions: Mapping[str, Decision],
    ) -> None:
        self.reckoning, self.facts = reckoning, facts
        self.book, self.settings = reckoning.book, reckoning.assumptions
        self.as_of, self.estimates, self.decisions = reckoning.as_of, estimates, decisions

    @cached_property
    def used(self) -> Mapping[str, tuple[str, ...]]:
        """The assumptions that the costs rest on, each with the options that it was taken for."""
        used: dict[str, set[str]] = {}
        for q, trace in self.reckoning.used():
            for use in (use for use, counts in trace.uses.items() if counts and use.name):
                choice = q.text(use.by) if use.by else None
                option = use.option if choice is None else choice.values[choice.codes]
                used.setdefault(use.name, set()).add(option)
        return {name: tuple(sorted(used[name])) for name in sorted(used)}

    def assumed(self, facts: Vocabulary) -> dict[str, Value]:
        """Return the facts that were assumed; one that differs between the plans is left out."""
        found = taken(self.reckoning, facts, self.settings)
        return {name: one.values[one.codes] for name, one in found.items() if one.known}

    def assumptions(self) -> dict[str, dict[str, Any]]:
        """Return every assumption that counted, and every one that the user set, as plain data."""
        overridden = dict.fromkeys(self.settings.overrides, ("",))
        names = {**overridden, **self.used}
        return {name: self.settings.as_record(name, names[name]) for name in sorted(names)}

    def gaps(self) -> Iterator[str]:
        """Yield what has no price in any of the plans."""
        found = (gap.says for q in self.reckoning.plans.values() for gap in holes(q))
        yield from dict.fromkeys(found)

    def blocked(self, plans: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
        """Yield the decisions that are blocked, which are priced with the usual option."""
        for approach, plan in plans.items():
            for decision in self.book.plan:
                if plan.get(decision) == BLOCKED:
                    yield self.book.says["blocked"].format(
                        approach=self._approach(approach),
                        decision=self.decisions[decision].label,
                        option=self.decisions[decision].options[self.book.plan[decision]].label,
                    )

    def _endings(self) -> Iterator[str]:
        """Yield each model priced that was shut down before the day, or is within the time reckoned."""
        for model, q in self._priced.items():
            ending = self.book.ending([model, *map(listed_name, q.price.listed.values)])
            if ending and self._within(ending):
                name = "ended" if ending.ends <= self.as_of.isoformat() else "ends"
                yield self.book.says[name].format(model=harmless(model), day=ending.ends)

    @cached_property
    def tuning_ending(self) -> tuple[str, Ending] | None:
        """The model that the case states and the ending of its tuning service, if within the horizon."""
        model = str(self.facts.get(MODEL))
        ending = tuning_ending(self.book, model)
        return (model, ending) if ending and self._within(ending) else None

    def _within(self, ending: Ending) -> bool:
        """Whether something is known to end before the time reckoned is over."""
        return bool(ending.ends) and date.fromisoformat(ending.ends) <= later(
            self.as_of, int(self.reckoning.months)
        )

    @cached_property
    def _priced(self) -> Mapping[str, Quantities]:
        """The plans for which a token price was looked up, one for each model."""
        plans = (total.q for total in self.reckoning.totals.values() if total.priced)
        return {str(q.models.values[0]): q for q in plans}

    @cached_property
    def overdue(self) -> tuple[Rate, ...]:
        """The rates and assumptions used, not set by the user, whose review is past due."""
        return tuple(rate for rate in overdue(self.book, self.as_of) if rate.key in self._rested)

    @cached_property
    def checked_later(self) -> tuple[Rate, ...]:
        """Those that were checked only after the day that counts."""
        known = self.book.since
        later = (rate for rate in rates(self.book) if rate.checked > self.as_of)
        return tuple(rate for rate in later if rate.key in self._rested and rate.key not in known)

    @cached_property
    def _tokens_later(self) -> bool:
        """Whether the prices of tokens were looked up only after the day that counts."""
        known = self.book.components
        later = (known[rate.key] for rate in self.checked_later if rate.key in known)
        return any(component.rate == READ_RATE for component in later)

    @cached_property
    def _rested(self) -> set[str]:
        rates = (line.id for estimate in self.estimates.values() for line in estimate.lines)
        return {*rates, *self.used} - set(self.settings.overrides)

    def notes(self) -> Iterator[str]:
        """Yield what to know of the budgets, the models, the machines, and the age of the rates."""
        yield from self._of_budgets()
        yield from self._of_requests()
        yield from self._of_models()
        yield from self._as_stated()
        yield from self._of_machines()
        yield from self._until()
        for key, first in self.book.before.items():
            if key in self._rested:
                said = self.book.says["not_known_then"]
                yield said.format(what=self.book.labels[key], key=key, day=self.as_of, first=first)
        if self.checked_later:
            latest = max(rate.checked for rate in self.checked_later)
            said = self.book.says["checked_later"]
            yield said.format(count=len(self.checked_later), day=self.as_of, latest=latest)
        if self.overdue:
            oldest = min(rate.checked for rate in self.overdue)
            said = self.book.says["overdue"]
            yield said.format(count=len(self.overdue), day=self.as_of, oldest=oldest)

    def _of_budgets(self) -> Iterator[str]:
        """Yield the approaches that cost more than a budget, the one that is left over included."""
        for period, fact in BUDGETS.items():
            budget = self.facts.get(fact)
            costs = {
                approach: getattr(estimate, period).expected
                for approach, estimate in self.estimates.items()
            }
            over = [
                approach for approach, cost in costs.items() if budget is not None and cost > budget
            ]
            if over:
                yield self.book.says[f"over_{period}"].format(approaches=self._listed(over))

    def _of_models(self) -> Iterator[str]:
        for model, q in self._priced.items():
            tokens = (
                q.central["request_input_tokens"].expected + q.central["output_tokens"].expected
            )
            (window,) = (one.usual.context_window for one in q.price.listed.values)
            if window is not None and tokens > window:
                said = self.book.says["too_long"]
                yield said.format(
                    model=harmless(model),
                    window=f"{window:,}",
                    tokens=f"{exactly(tokens).normalize():,f}",
                )
            if self._tokens_later and one_price(model):
                said = self.book.says["one_price"]
                yield said.format(model=harmless(model), day=self.as_of)
            if q.price.batch_missing and q.central["batch_share"].expected:
                yield self.book.says["no_batch"].format(model=harmless(model))
        yield from self._not_allowed()
        yield from self._endings()
        if self.tuning_ending is not None:
            model, ending = self.tuning_ending
            tuned = self.reckoning.totals.get(TUNING_APPROACH)
            said = "tuning_moves" if tuned is not None and tuned.priced else "tuning_ends"
            service = ", ".join(ending.services)
            yield self.book.says[said].format(
                model=harmless(model), service=service, day=ending.ends
            )

    def _not_allowed(self) -> Iterator[str]:
        """Yield each model that was assumed though an organisation's policy does not let it be used."""
        for model in self._priced:
            if model != str(self.facts.get(MODEL)) and not may_be_used(self.book, model):
                yield self.book.says["not_allowed"].format(model=harmless(model))

    def _until(self) -> Iterator[str]:
        """Yield what an organisation sets until a day within the time reckoned, and is taken for all of it."""
        last, said = later(self.as_of, int(self.reckoning.months)), self.book.says["agreed_until"]
        for key, day in self.book.agreed_until.items():
            counts = key in self._rested or self._given(key)
            if counts and date.fromisoformat(day) < last:
                months = int(self.reckoning.months)
                yield said.format(what=self.book.labels[key], key=key, day=day, months=months)

    def _given(self, key: str) -> bool:
        """Whether an assumption that counts only once it is given has a value of the book's own."""
        return key in self.book.assumptions.keys() - set(self.settings.overrides) and (
            self.settings.given(key)
        )

    def _as_stated(self) -> Iterator[str]:
        """Yield that prompting is priced at the model stated, where that costs more than one of the size advised."""
        q, model = self.reckoning.plans.get(PROMPTING_APPROACH), self.facts.get(MODEL)
        size = "" if q is None else str(q.choices[PLANNED_SIZE].values[0])
        usual = self.settings.setting(MODEL, size)
        if q is None or size == FRONTIER or str(model) not in self._priced or usual is None:
            return
        stated, other = (token_price(str(one), self.as_of) for one in (model, usual))
        if stated.output_usd_per_mtok > other.output_usd_per_mtok:
            yield self.book.says["as_stated"].format(
                size=self.decisions[PLANNED_SIZE].options[size].label,
                model=harmless(str(model)),
                usual=usual,
            )

    def _of_requests(self) -> Iterator[str]:
        """Yield what one request costs, where that is more than requests usually do."""
        dear = self.settings.setting(DEAR_REQUEST)
        costs = {
            approach: estimate.per_1000_requests.expected / PER_REQUESTS
            for approach, estimate in self.estimates.items()
            if estimate.per_1000_requests is not None
        }
        if isinstance(dear, Range) and any(cost > dear.expected for cost in costs.values()):
            said = [f"${cost:,.2f} by {self._approach(name)}" for name, cost in costs.items()]
            yield self.book.says["each"].format(costs=listed(said))

    def _of_machines(self) -> Iterator[str]:
        """Yield what machines take or do not hold, each with the approaches that it holds for, if not all."""
        plans = self.reckoning.plans
        said: dict[str, list[str]] = {}
        for approach, q in plans.items():
            for note in Capacity(q, self.facts).notes(self.book.says):
                said.setdefault(note, []).append(approach)
        for note, some in said.items():
            named = self.book.says["for_some"].format(approaches=self._listed(some), said=note)
            yield note if len(some) == len(plans) else named

    def _listed(self, approaches: Iterable[str]) -> str:
        return listed([self._approach(one) for one in approaches])

    def _approach(self, option: str) -> str:
        """Return the words for an option of the first decision."""
        return next(iter(self.decisions.values())).options[option].label
