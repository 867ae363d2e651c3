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

    def infer(
        self,
        facts: Facts,
        settled: Mapping[str, str] | None = None,
        before: Conclusions | None = None,
    ) -> Conclusions:
        """Return what follows from the facts.

        `settled` assumes the first decision instead of making it, where it names it: its own rules are not run;
        nor is there advice. `before` is what followed from other facts with as much settled: rules that read
        nothing else now are not run again. Raises EngineError where the engine and the interpreter disagree.
        """
        known = {**facts, **(settled or {})}
        memory = _Changed(self.rules, known, before) if before else _CaseMemory(self.rules, known)
        deciding = self._without if settled else self._deciding
        found = chain(self.rulebook, self.rules.strata if settled is None else deciding, memory)
        return Conclusions(memory.facts, tuple(found.fired.values()), found.outcomes)

    def close(self) -> None:
        """Free the engine's rulesets."""
        self.rules.close()


class _CaseMemory:
    """The working memory of one case."""

    def __init__(self, rules: CompiledRules, facts: dict[str, Value]) -> None:
        self.facts = facts
        self._rules = rules.rules
        self._vector = rules.encoding.vector(facts)

    def fire(self, stratum: Stratum) -> dict[str, Firing]:
        found = ((rule.id, self._firing(rule)) for rule in stratum.rules)
        return {id: firing for id, firing in found if firing}

    def _firing(self, rule: Rule) -> Firing | None:
        """Return a rule's firing, None where it does not fire."""
        compiled = self._rules[rule.id]
        if not compiled.fires(self._vector, self.facts):
            return None
        return Firing(rule, tuple((f, self.facts[f]) for f in compiled.reads if f in self.facts))

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


class _Changed(_CaseMemory):
    """The working memory of a case like one before: what follows from the same is taken from there.

    `_differing` are the facts whose values are not those of before, or not known yet; `_turned` what rules
    conclude on that fired there and not here, or the other way round.
    """

    def __init__(self, rules: CompiledRules, facts: dict[str, Value], before: Conclusions) -> None:
        super().__init__(rules, facts)
        self._before, self._fired = before, {firing.rule.id: firing for firing in before.firings}
        known = {**before.memory, **facts}
        self._differing = {f for f in known if before.memory.get(f) != facts.get(f)}
        self._turned: set[str | None] = set()

    def fire(self, stratum: Stratum) -> dict[str, Firing]:
        asked = {id for fact in self._differing for id in stratum.reading.get(fact, ())}
        found = {}
        for rule in stratum.rules:
            before = self._fired.get(rule.id)
            firing = self._firing(rule) if rule.id in asked else before
            if firing is not None:
                found[rule.id] = firing
            if (firing is None) is not (before is None):
                self._turned.add(rule.target)
        return found

    def decide(self, decision: Decision, spoken: Sequence[tuple[Rule, Firing]]) -> Outcome:
        if decision.id in self._turned:
            return super().decide(decision, spoken)
        outcome = self._before.outcomes[decision.id]
        if not outcome.blocked:
            self._learn(decision.id, outcome.chosen)
        return outcome

    def derive(self, fact: Fact, spoken: Sequence[tuple[Rule, Firing]]) -> None:
        if fact.id in self._turned:
            super().derive(fact, spoken)
        elif fact.id in self._before.memory:
            self._learn(fact.id, self._before.memory[fact.id])

    def _learn(self, fact: str, value: Value) -> None:
        super()._learn(fact, value)
        same = self._before.memory.get(fact) == value
        (self._differing.discard if same else self._differing.add)(fact)
