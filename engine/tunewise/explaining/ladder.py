"""Orders the remedies of a case: what was tried, what to do now and next, by which measurement, and what not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tunewise.explaining.decisive import Vote
from tunewise.explaining.explanation import Explanation, NearMiss
from tunewise.explaining.nearness import contrary
from tunewise.explaining.reasons import REASONS, Reason
from tunewise.inference.interpreter import Facts, Interpreter
from tunewise.inference.single import Conclusions
from tunewise.knowledge.remedy import TEST_CASES, EvaluationSet, Remedies, Remedy, Ruling
from tunewise.knowledge.rule import Rule

RungStatus = Literal["done", "now", "next", "later", "not"]
NO_REVERSAL = "No argument known so far, come or gone, would turn the verdict by itself."
"""What is said of a verdict that nothing would turn."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A remedy in one case: whether it is its turn, why or why not, and the measurement that sends one on.

    `gate` is empty where there is nothing to measure: the remedy was tried, or is not for this case.
    """

    remedy: Remedy
    status: RungStatus
    because: str
    gate: str


def ladder(
    explanation: Explanation,
    conclusions: Conclusions,
    carried: Iterable[Reason],
    near_misses: Iterable[NearMiss],
) -> tuple[Rung, ...]:
    """Return the rungs, those done first, then those to come, then those not for this case.

    `carried` are the reasons of the verdict, the strongest first; the last rung's gate ends with what would turn it.
    A rulebook without remedies has no ladder.
    """
    found = _Ladder(explanation, conclusions)
    rungs = [*found.done(), *found.to_come(), *found.ruled_out()]
    if not rungs:
        return ()
    last = rungs.pop()
    turns = reversal(explanation, conclusions, carried, near_misses)
    gate = f"{last.gate} {turns}".strip()
    return (*rungs, Rung(last.remedy, last.status, last.because, gate))


class _Ladder:
    """The remedies of a rulebook, judged by one case's working memory."""

    def __init__(self, explanation: Explanation, conclusions: Conclusions) -> None:
        self._explanation, self._conclusions = explanation, conclusions
        self._memory = conclusions.memory
        self._interpreter = Interpreter(explanation.rulebook.scales)
        self._remedies = explanation.rulebook.remedies
        self._open = [r for r in self._remedies.by_id.values() if self._is_open(r)]

    def done(self) -> Iterator[Rung]:
        """Yield what was tried, unless the verdict asks for more of it."""
        for remedy in self._remedies.by_id.values():
            if remedy.done is not None and self._is_done(remedy):
                yield self._rung(remedy, "done", remedy.done.because)

    def to_come(self) -> Iterator[Rung]:
        """Yield what is worth doing: foundations, what the verdict asks for, the rest, what takes another verdict."""
        for number, remedy in enumerate(sorted(self._open, key=self._turn)):
            status: RungStatus = "later"
            if number < 2 and not self._awaited(remedy):
                status = "next" if number else "now"
            yield self._rung(remedy, status, remedy.because, self._gate(remedy))

    def ruled_out(self) -> Iterator[Rung]:
        """Yield what is asked for and cannot be, and what is said not to be needed."""
        for remedy in self._remedies.by_id.values():
            asked = self._worth(remedy)
            if (
                (asked or remedy.otherwise)
                and remedy not in self._open
                and not self._is_done(remedy)
            ):
                yield self._rung(remedy, "not", self._against(remedy) or remedy.otherwise)

    def _rung(self, remedy: Remedy, status: RungStatus, because: str, gate: str = "") -> Rung:
        return Rung(remedy, status, self._explanation.filled(because, self._memory), gate)

    def _is_open(self, remedy: Remedy) -> bool:
        if self._chosen(remedy):
            return True
        return self._worth(remedy) and not (self._is_done(remedy) or self._against(remedy))

    def _is_done(self, remedy: Remedy) -> bool:
        return self._rules(remedy.done) and not self._chosen(remedy)

    def _worth(self, remedy: Remedy) -> bool:
        return self._interpreter.holds(remedy.when, self._memory) is True

    def _rules(self, ruling: Ruling | None) -> bool:
        return ruling is not None and self._interpreter.holds(ruling.when, self._memory) is True

    def _chosen(self, remedy: Remedy) -> bool:
        return self._conclusions.recommendation.get(remedy.decision) in remedy.options

    def _awaited(self, remedy: Remedy) -> bool:
        """Whether it takes another verdict: it is then no more than a later step."""
        return bool(remedy.options) and not self._chosen(remedy)

    def _turn(self, remedy: Remedy) -> int:
        """Return a remedy's place among those open; of one place the rulebook's order counts."""
        turns = (remedy.first, self._chosen(remedy), not self._awaited(remedy), True)
        return turns.index(True)

    def _against(self, remedy: Remedy) -> str:
        """Return why a remedy is not for this case: all its options are vetoed, or it cannot help; else nothing."""
        if remedy.options:
            outcome = self._conclusions.outcomes[remedy.decision]
            vetoes = [outcome.standing(option).vetoed_by for option in remedy.options]
            if all(vetoes):
                rule = self._explanation.rulebook.rules[vetoes[0][0]]
                return self._explanation.reason(rule, self._memory)
        return remedy.never.because if remedy.never and self._rules(remedy.never) else ""

    def _gate(self, remedy: Remedy) -> str:
        test = self._remedies.test
        cases = f"{enough_for(test, self._memory):,}" if test is not None else "enough"
        gate = remedy.gate.replace(f"{{{TEST_CASES}}}", cases)
        return self._explanation.filled(gate, self._memory, named=True)


def enough_for(test: EvaluationSet, facts: Facts) -> int:
    """Return how many test cases tell the difference that matters in a case.

    The share is the target, else the best one measured; the margin is what is missing to the target, between the
    least difference that counts and the usual margin.
    """
    target, reached = _share(facts, test.target), [_share(facts, id) for id in test.measured]
    best = max((share for share in reached if share is not None), default=None)
    short = test.margin if target is None or best is None or best >= target else target - best
    margin = min(test.margin, max(short, _share(facts, test.difference) or 0))
    share = next((s for s in (target, best) if s is not None), test.share)
    return max(test.least, examples_for(share, margin, test.squared_deviations))


def _share(facts: Facts, name: str) -> float | None:
    value = facts.get(name)
    return value if isinstance(value, int | float) else None


def examples_for(share: float, margin: float, squared_deviations: float) -> int:
    """Return how many examples leave a share p open by no more than a margin either way.

    The width of a binomial share, by the normal approximation: `squared_deviations` p (1 - p) / margin², rounded up
    to two leading digits.
    """
    exact = math.ceil(round(squared_deviations * share * (1 - share) / margin**2, 6))
    step = int(10 ** max(0, len(str(exact)) - 2))
    return math.ceil(exact / step) * step


def reversal(
    explanation: Explanation,
    conclusions: Conclusions,
    carried: Iterable[Reason],
    near_misses: Iterable[NearMiss],
) -> str:
    """Return what would turn the first decision: the reasons that it rests on, else the nearest value of one fact.

    A turn to an option that asks for the same remedy is none, and what holds in every case cannot cease to.
    """
    book, memory = explanation.rulebook, conclusions.memory
    first, outcome = next(iter(conclusions.outcomes.items()))
    vote = Vote(book.decisions[first], {f.rule.id: f.rule for f in conclusions.firings})
    alike = _alike(book.remedies, first, outcome.chosen)
    for rules in _losses([reason.rule for reason in carried if reason.rule.reads]):
        if (option := vote.chosen([rule.id for rule in rules])) not in alike:
            turned = explanation.option(first, option)
            said = " ".join(explanation.reason(rule, memory) for rule in rules)
            return f"The verdict turns to {turned} once this no longer holds: {said}"
    for miss in contrary(near_misses, book, memory, conclusions.recommendation):
        if (option := vote.chosen((miss.rule.id,), {miss.rule.id: miss.rule})) not in alike:
            turned, needed = explanation.option(first, option), explanation.needed(miss.blocking)
            now = explanation.say(book.facts[miss.fact], miss.value)
            return f"The verdict turns to {turned} if {needed} (now {now})."
    return NO_REVERSAL


def _losses(rules: Sequence[Rule]) -> Iterator[Sequence[Rule]]:
    """Yield which of the rules that carry a verdict might go: each alone, then the strongest together."""
    yield from ((rule,) for rule in rules)
    yield from (rules[:most] for most in range(2, REASONS + 1))


def _alike(remedies: Remedies, decision: str, chosen: str) -> set[str]:
    """Return the options of a decision that ask for the same remedies as the chosen one, itself included."""
    asking = (r.options for r in remedies.by_id.values() if r.decision == decision)
    return {chosen, *(o for options in asking if chosen in options for o in options)}
