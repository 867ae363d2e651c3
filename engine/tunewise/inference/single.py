"""Forward chaining on one case: its facts and what followed are the working memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tunewise.inference.compiled import CompiledRules
from tunewise.inference.deciding import Outcome, decide
from tunewise.inference.deriving import joined
from tunewise.inference.forward_chaining import chain
from tunewise.inference.interpreter import Facts
from tunewise.inference.strata import Stratum, without
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rule import Decision, Rule
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Fact


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that fired, and the facts that it read, unknown ones left out."""

    rule: Rule
    facts: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Conclusions:
    """All that follows from a case: the working memory, the trace in firing order, the outcomes."""

    memory: Mapping[str, Value]
    firings: tuple[Firing, ...]
    outcomes: Mapping[str, Outcome]

    @property
    def recommendation(self) -> dict[str, str]:
        """The option chosen for each decision."""
        return {name: outcome.chosen for name, outcome in self.outcomes.items()}


class Inference:
    """Runs a rulebook on one case after another; what the engine answered is remembered. Use it from one thread.

    `rules` are those of the rulebook where they are compiled already.
    """

    def __init__(self, rulebook: Rulebook, rules: CompiledRules | None = None) -> None:
        self.rulebook = rulebook
        self.rules = rules or CompiledRules(rulebook)
        self._without = without(self.rules.strata, next(iter(rulebook.decisions)))
        self._deciding = tuple(stratum for stratum in self.rules.strata if stratum.targets)
        self._told_later = _told_later(rulebook, self.rules)

    def infer(self, facts: Facts, settled: Mapping[str, str] | None = None) -> Conclusions:
        """Return what follows from the facts.

        `settled` assumes the first decision instead of making it, where it names it: its own rules are not run;
        nor is there advice. Raises EngineError where the engine and the interpreter disagree.
        """
        memory = _CaseMemory(self.rules, {**facts, **(settled or {})})
        deciding = self._without if settled else self._deciding
        found = chain(self.rulebook, self.rules.strata if settled is None else deciding, memory)
        return Conclusions(memory.facts, tuple(found.fired.values()), found.outcomes)

    def cells(self, facts: Facts) -> tuple[Value | None, ...]:
        """Return all that the rules can see of facts: cases with the same cells are decided alike.

        A number that is compared with one which rules derive stands for itself: its cell is not told yet.
        """
        seen = tuple(self.rules.encoding.vector(facts).values())
        return (*seen, *(facts.get(fact) for fact in self._told_later))

    def close(self) -> None:
        """Free the engine's rulesets."""
        self.rules.close()


def _told_later(rulebook: Rulebook, rules: CompiledRules) -> tuple[str, ...]:
    """Return the facts that are compared together with a derived one."""
    found = dict[str, None]()
    for attribute in rules.encoding.attributes.values():
        derived = [fact for fact in attribute.reads if rulebook.facts[fact].origin == "derived"]
        if derived and len(attribute.reads) > 1:
            found |= dict.fromkeys(fact for fact in attribute.reads if fact not in derived)
    return tuple(found)


class _CaseMemory:
    """The working memory of one case."""

    def __init__(self, rules: CompiledRules, facts: dict[str, Value]) -> None:
        self.facts = facts
        self._rules = rules
        self._vector = rules.encoding.vector(facts)

    def fire(self, stratum: Stratum) -> dict[str, Firing]:
        fired = self._rules.firing(stratum, self._vector, self.facts)
        return {rule.id: Firing(rule, self._read(rule)) for rule in fired}

    def _read(self, rule: Rule) -> tuple[tuple[str, Value], ...]:
        reads = self._rules.rules[rule.id].reads
        return tuple((fact, self.facts[fact]) for fact in reads if fact in self.facts)

    def decide(self, decision: Decision, spoken: Sequence[tuple[Rule, Firing]]) -> Outcome:
        outcome = decide(decision, [rule for rule, _ in spoken])
        if not outcome.blocked:
            self._learn(decision.id, outcome.chosen)
        return outcome

    def derive(self, fact: Fact, spoken: Sequence[tuple[Rule, Firing]]) -> None:
        value = joined(fact, [rule for rule, _ in spoken])
        if value is not None:
            self._learn(fact.id, value)

    def _learn(self, fact: str, value: Value) -> None:
        self.facts[fact] = value
        self._vector |= self._rules.encoding.changed(fact, self.facts)
