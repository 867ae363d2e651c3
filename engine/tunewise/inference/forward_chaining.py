"""Forward chaining: rules fire stratum by stratum, and what they conclude is known to those after them.

The loop is the same for one case, for many in columns and for an auditor who derives a record anew; these differ
in who says where a rule fires, and in what a value is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from tunewise.inference.strata import Stratum
from tunewise.knowledge.rule import Decision, Rule
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Fact

F = TypeVar("F")
"""What is noted of a rule that fires: where, or what it read."""
O_co = TypeVar("O_co", covariant=True)
"""What is noted of a decision."""


class WorkingMemory(Protocol[F, O_co]):
    """What is known so far; it says which rules fire on that, and takes in what they conclude.

    `spoken` are the rules on a target that may have fired, in order, each with what was noted of it.
    """

    def fire(self, stratum: Stratum) -> Mapping[str, F]:
        """Return the rules of a stratum that fire, in their order."""

    def decide(self, decision: Decision, spoken: Sequence[tuple[Rule, F]]) -> O_co:
        """Take in and return the outcome of a decision."""

    def derive(self, fact: Fact, spoken: Sequence[tuple[Rule, F]]) -> None:
        """Take in the value of a derived fact."""


@dataclass(frozen=True, slots=True)
class Chained(Generic[F, O_co]):
    """What followed: the rules in the order of firing, the outcomes in the order of the decisions."""

    fired: Mapping[str, F]
    outcomes: Mapping[str, O_co]


def chain(
    rulebook: Rulebook, strata: Iterable[Stratum], memory: WorkingMemory[F, O_co]
) -> Chained[F, O_co]:
    """Run the strata on what a memory knows, and return what followed; the memory knows it then."""
    fired: dict[str, F] = {}
    outcomes: dict[str, O_co] = {}
    for stratum in strata:
        firing = memory.fire(stratum)
        fired |= firing
        for target, rules in stratum.concluding.items():
            spoken = [(rule, firing[rule.id]) for rule in rules if rule.id in firing]
            if target in rulebook.decisions:
                outcomes[target] = memory.decide(rulebook.decisions[target], spoken)
            else:
                memory.derive(rulebook.facts[target], spoken)
    ordered = {name: outcomes[name] for name in rulebook.decisions if name in outcomes}
    return Chained(fired, ordered)
