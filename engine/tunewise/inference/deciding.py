"""Turns the evidence for and against each option into a decision: integers, vetoes, ties, margins.

How options are weighed and which of them is chosen is said once, over numbers that are those of one case or a
column of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tunewise.knowledge.rule import Decision, Rule

BLOCKED = "blocked"
"""The result of a decision whose every option is vetoed."""
NONE = -1
"""The code of that result, and the margin where no other option stands, or none at all."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The points that one rule gives an option; negative where it speaks against it."""

    rule: str
    points: int


@dataclass(frozen=True, slots=True)
class OptionScore:
    """How one option stands: support less opposition, and the rules that veto it."""

    option: str
    score: int
    vetoed_by: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided.

    `margin` is the lead over the best other option that is not vetoed, 0 where the declared order broke a tie;
    None where no other option stands, or none at all.
    """

    decision: str
    chosen: str
    margin: int | None
    standings: tuple[OptionScore, ...]

    @property
    def blocked(self) -> bool:
        """Whether every option is vetoed."""
        return self.chosen == BLOCKED

    def standing(self, option: str) -> OptionScore:
        """Return how an option stands."""
        return next(s for s in self.standings if s.option == option)


class Arithmetic(Protocol):
    """Numbers and truths of one case, or columns of them: Python's operators work on both."""

    lowest: Any
    """A number below every score."""

    def number(self, number: int) -> Any:
        """Return a number."""

    def no(self) -> Any:
        """Return what is true nowhere."""

    def where(self, truth: Any, yes: Any, no: Any) -> Any:
        """Return one number where something is true, and another elsewhere."""

    def larger(self, one: Any, other: Any) -> Any:
        """Return the larger of two numbers."""

    def smaller(self, one: Any, other: Any) -> Any:
        """Return the smaller of two numbers."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """How options were weighed: the score of each, whether it is vetoed; the code of the chosen one, its lead."""

    scores: Mapping[str, Any]
    vetoed: Mapping[str, Any]
    chosen: Any
    margin: Any


def weigh(decision: Decision, spoken: Iterable[tuple[Rule, Any]], using: Arithmetic) -> Weighed:
    """Weigh the options of a decision by the rules on it, each with the truth of its firing.

    A rule of another rulebook may name options that the decision has not.
    """
    scores = {option: using.number(0) for option in decision.options}
    vetoed = {option: using.no() for option in decision.options}
    for rule, fired in spoken:
        options = [option for option in rule.then.options if option in scores]
        if rule.then.stance == "veto":
            for option in options:
                vetoed[option] |= fired
        else:
            points = using.where(fired, rule.then.points, 0)
            for option in options:
                scores[option] += points
    return Weighed(scores, vetoed, *_best(scores, vetoed, using))


def _best(
    scores: Mapping[str, Any], vetoed: Mapping[str, Any], using: Arithmetic
) -> tuple[Any, Any]:
    """Return the code of the best score among options not vetoed, and its lead; ties in declared order."""
    best = second = using.number(using.lowest)
    chosen = using.number(NONE)
    for code, option in enumerate(scores):
        standing = using.where(vetoed[option], using.lowest, scores[option])
        better = standing > best  # the first of equals stays: the declared order
        chosen = using.where(better, code, chosen)
        second = using.larger(second, using.smaller(best, standing))
        best = using.larger(best, standing)
    return chosen, using.where(second == using.lowest, NONE, best - second)


class _OneCase:
    """The arithmetic of a single case."""

    lowest = -(2**62)
    larger = staticmethod(max)
    smaller = staticmethod(min)

    def number(self, number: int) -> int:
        return number

    def no(self) -> bool:
        return False

    def where(self, truth: bool, yes: int, no: int) -> int:
        return yes if truth else no


def decide(decision: Decision, fired: Iterable[Rule]) -> Outcome:
    """Return the outcome of a decision by the rules that fired, some on other matters."""
    rules = [rule for rule in fired if rule.target == decision.id]
    found = weigh(decision, ((rule, True) for rule in rules), _OneCase())
    return outcome(decision, rules, found)


def outcome(decision: Decision, rules: Iterable[Rule], found: Weighed) -> Outcome:
    """Return how options stand by the rules on a decision that fired for one case, which is weighed already."""
    evidence: dict[str, list[Evidence]] = {option: [] for option in decision.options}
    vetoes: dict[str, list[str]] = {option: [] for option in decision.options}
    for rule in rules:
        then = rule.then
        said = None if then.stance == "veto" else Evidence(rule.id, then.points)
        for option in then.options:
            if option not in evidence:
                continue
            if said is None:
                vetoes[option].append(rule.id)
            else:
                evidence[option].append(said)
    standings = tuple(
        OptionScore(option, found.scores[option], tuple(vetoes[option]), tuple(said))
        for option, said in evidence.items()
    )
    chosen = BLOCKED if found.chosen == NONE else standings[found.chosen].option
    margin = None if found.margin == NONE else found.margin
    return Outcome(decision.id, chosen, margin, standings)


def choose(scores: Mapping[str, int], vetoed: Mapping[str, bool]) -> str:
    """Return the option with the best score among those not vetoed, or 'blocked'."""
    code, _ = _best(scores, vetoed, _OneCase())
    return BLOCKED if code == NONE else list(scores)[code]
