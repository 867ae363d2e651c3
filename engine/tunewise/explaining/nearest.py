"""Finds the option that comes nearest where a decision's every option is ruled out, and by how much it misses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tunewise.inference.deciding import OptionScore, Outcome
from tunewise.inference.interpreter import Facts
from tunewise.knowledge.conditions import Other, bound, comparisons
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook

BELOW = ("below", "at_most")
"""Comparisons that tell of a limit, the left side, below what it would take."""


@dataclass(frozen=True, slots=True)
class Excess:
    """A limit that a fact sets, and by how much what it would take is over it; both in the fact's unit."""

    rule: str
    fact: str
    limit: int | float
    over: int | float

    def as_record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"rule": self.rule, "fact": self.fact, "limit": self.limit, "over": self.over}


@dataclass(frozen=True, slots=True)
class NearestOption:
    """The option that misses least: by limits in numbers, and by other rules."""

    option: str
    excesses: tuple[Excess, ...]
    rules: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        """Return it as plain data."""
        over = [excess.as_record() for excess in self.excesses]
        return {"option": self.option, "over": over, "rules": list(self.rules)}

    @property
    def rank(self) -> tuple[int, float]:
        """What orders options: how many rules no number lifts, then the largest excess as a share of its limit."""
        shares = (
            excess.over / excess.limit if excess.limit else excess.over for excess in self.excesses
        )
        return len(self.rules), max(shares, default=0)


def nearest_option(rulebook: Rulebook, outcome: Outcome, facts: Facts) -> NearestOption:
    """Return the option of a blocked decision that misses least, the first declared of equals."""
    return min((_missed(rulebook, s, facts) for s in outcome.standings), key=lambda one: one.rank)


def _missed(rulebook: Rulebook, standing: OptionScore, facts: Facts) -> NearestOption:
    rules = [rulebook.rules[id] for id in standing.vetoed_by]
    excesses = tuple(excess for rule in rules for excess in _excess(rulebook, rule, facts))
    counted = {excess.rule for excess in excesses}
    others = tuple(rule.id for rule in rules if rule.id not in counted)
    return NearestOption(standing.option, excesses, others)


def _excess(rulebook: Rulebook, rule: Rule, facts: Facts) -> Iterator[Excess]:
    """Yield by how much a budget is exceeded, where a rule says nothing but that it is, on facts that are known."""
    said = [one for one in comparisons(rule.when) if one.op != "known"]
    if len(said) != 1 or (when := said[0]).op not in BELOW:
        return
    limit = facts.get(when.fact)
    takes = bound(when.operand, facts) if isinstance(when.operand, Other) else None
    money = rulebook.facts[when.fact].unit == "USD"
    if money and isinstance(limit, int | float) and takes is not None:
        yield Excess(rule.id, when.fact, limit, round(takes - limit, 2))
