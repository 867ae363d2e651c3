"""Runs a rulebook on facts, stratum by stratum, and holds the engine's firings against the interpreter's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tunewise.errors import EngineError
from tunewise.inference.deciding import Outcome, decide
from tunewise.inference.durable import Branch, Engine
from tunewise.inference.encoding import Encoding, Vector
from tunewise.inference.interpreter import Interpreter
from tunewise.inference.strata import Stratum, strata
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Fact

Facts = Mapping[str, Value]


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
    """A rulebook compiled for the engine; state lives here and nowhere else. Use it from one thread."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self._encoding = Encoding(rulebook.facts, (rule.when for rule in rulebook.rules.values()))
        interpreter = Interpreter(rulebook.scales)
        self._verdicts = {id: interpreter.verdict(r.when) for id, r in rulebook.rules.items()}
        self._reads = {id: rule.reads for id, rule in rulebook.rules.items()}
        self._strata = [(s, self._engine(s)) for s in strata(rulebook.rules, rulebook.decisions)]

    def _engine(self, stratum: Stratum) -> Engine:
        branches = [
            Branch(rule.id, tests)
            for rule in stratum.rules
            for tests in self._encoding.conjunctions(rule.when)
        ]
        return Engine(branches, {name: a.last for name, a in self._encoding.attributes.items()})

    def infer(self, facts: Facts, settled: Mapping[str, str] | None = None) -> Conclusions:
        """Return what follows from the facts.

        `settled` gives decisions that are assumed instead of made; their own rules are not run. Raises
        EngineError where the engine and the interpreter disagree.
        """
        settled = settled or {}
        memory: dict[str, Value] = {**facts, **settled}
        vector = self._encoding.vector(memory)
        firings: list[Firing] = []
        outcomes: dict[str, Outcome] = {}
        for stratum, engine in self._strata:
            fired = self._fire(stratum, engine, vector, memory)
            fired = [rule for rule in fired if rule.target not in settled] if settled else fired
            firings += [Firing(rule, self._read(rule, memory)) for rule in fired]
            for target in stratum.targets:
                value = self._settle(target, fired, outcomes) if target not in settled else None
                if value is not None:
                    memory[target] = value
                    vector |= self._encoding.changed(target, memory)
        ordered = {name: outcomes[name] for name in self.rulebook.decisions if name in outcomes}
        return Conclusions(memory, tuple(firings), ordered)

    def cells(self, facts: Facts) -> tuple[int, ...]:
        """Return all that the rules can see of facts: cases with the same cells are decided alike."""
        return tuple(self._encoding.vector(facts).values())

    def _fire(self, stratum: Stratum, engine: Engine, vector: Vector, memory: Facts) -> list[Rule]:
        fired = engine.fire(vector)
        expected = [rule.id for rule in stratum.rules if self._verdicts[rule.id](memory)]
        if list(fired) != expected:
            raise EngineError(self._difference(fired, expected, memory))
        return [self.rulebook.rules[id] for id in fired]

    def _settle(
        self, target: str, fired: Iterable[Rule], outcomes: dict[str, Outcome]
    ) -> Value | None:
        """Return the value of a derived fact or decision; note a decision's outcome."""
        if target in self.rulebook.decisions:
            outcome = outcomes[target] = decide(self.rulebook.decisions[target], fired)
            return None if outcome.blocked else outcome.chosen
        said = [rule.then.value for rule in fired if rule.target == target]
        values = [value for value in said if value is not None]
        return joined(self.rulebook.facts[target], values) if values else None

    def _read(self, rule: Rule, memory: Facts) -> tuple[tuple[str, Value], ...]:
        return tuple((fact, memory[fact]) for fact in self._reads[rule.id] if fact in memory)

    def _difference(self, fired: Iterable[str], expected: Iterable[str], memory: Facts) -> str:
        differing = sorted(set(fired) ^ set(expected)) or ["the order of firing"]
        rule = self.rulebook.rules.get(differing[0])
        facts = dict(self._read(rule, memory)) if rule else {}
        names = ", ".join(differing)
        return f"the rule engine and the interpreter disagree on {names} (facts {facts})"

    def close(self) -> None:
        """Free the engine's rulesets."""
        for _, engine in self._strata:
            engine.close()


def joined(fact: Fact, values: list[Value]) -> Value:
    """Return one value where several rules derive a fact, whatever their order.

    Sets are united; otherwise the value that stands last among the allowed ones, or the largest, is kept.
    """
    if fact.type == "set":
        held = {part for value in values for part in value}  # type: ignore[union-attr]
        return tuple(option for option in fact.options if option in held)
    if fact.type == "choice":
        return max(values, key=fact.options.index)
    return max(values)
