"""A rulebook made ready for durable_rules: asked once a rule and distinct cells of what it reads, then remembered."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from operator import itemgetter

from tunewise.errors import EngineError
from tunewise.inference.durable import Branch, Engine
from tunewise.inference.encoding import Encoding, Vector
from tunewise.inference.interpreter import Facts, Interpreter, Predicate
from tunewise.inference.strata import strata
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook

ASKED_TOGETHER = 4
"""Rules that the engine is asked about at once: fewer take longer to compile, more to be asked about one of them."""
MOST_REMEMBERED = 2**18
"""Answers on one rule that are remembered before all are forgotten: some 50 MB."""


class CompiledRule:
    """One rule; `attributes` are those that its branches test, by name."""

    def __init__(
        self, rule: Rule, encoding: Encoding, verdict: Predicate, asked: AskedRules
    ) -> None:
        self.rule, self.reads = rule, rule.reads
        self.branches = encoding.conjunctions(rule.when)
        names = sorted({name for branch in self.branches for name in branch})
        self.attributes = {name: encoding.attributes[name] for name in names}
        self._asked, self._verdict = asked, verdict
        self._key = itemgetter(*self.attributes) if self.attributes else _nothing
        self._answers: dict[Hashable, bool] = {}

    def fires(self, vector: Vector, facts: Facts) -> bool:
        """Return whether the rule fires on the facts that a vector encodes, as the engine says.

        The facts need to hold what the rule reads, the vector what is read by any rule that is asked with it.
        Raises EngineError where the interpreter says otherwise of these facts.
        """
        key = self._key(vector)
        fired = self._answers.get(key)
        if fired is None:
            self._asked.answer(vector)
            fired = self._answers[key]
        if fired is not (self._verdict(facts) is True):
            raise self.difference("the rule engine and the interpreter", facts)
        return fired

    def difference(self, who: str, facts: Facts) -> EngineError:
        """Return the error that says who disagrees on the rule."""
        read = {fact: facts[fact] for fact in self.reads if fact in facts}
        return EngineError(f"{who} disagree on {self.rule.id} (facts {read})")

    def learn(self, vector: Vector, fires: bool) -> None:
        """Remember what the engine answered."""
        if len(self._answers) >= MOST_REMEMBERED:
            self._answers.clear()
        self._answers[self._key(vector)] = fires


def _nothing(vector: Vector) -> Hashable:
    return ()


class AskedRules:
    """Rules of one stratum that the engine is asked about together: each run answers for all of them."""

    def __init__(
        self, rules: Sequence[Rule], encoding: Encoding, verdicts: Mapping[str, Predicate]
    ) -> None:
        self.rules = [CompiledRule(rule, encoding, verdicts[rule.id], self) for rule in rules]
        branches = [Branch(r.rule.id, tests) for r in self.rules for tests in r.branches]
        self._lasts = {name: a.last for rule in self.rules for name, a in rule.attributes.items()}
        self._engine = Engine(branches, self._lasts)

    def answer(self, vector: Vector) -> None:
        """Let every rule learn whether it fires on a vector."""
        cells = {name: vector[name] for name in self._lasts}
        fired = set(self._engine.fire(cells))
        for rule in self.rules:
            rule.learn(cells, rule.rule.id in fired)

    def close(self) -> None:
        """Free the engine's rulesets."""
        self._engine.close()


class CompiledRules:
    """All rules of a rulebook, compiled; state lives here and nowhere else. Use it from one thread."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.encoding = Encoding(rulebook.facts, (rule.when for rule in rulebook.rules.values()))
        self.strata = strata(rulebook.rules, rulebook.decisions)
        interpreter = Interpreter(rulebook.scales)
        verdicts = {id: interpreter.verdict(rule.when) for id, rule in rulebook.rules.items()}
        self._asked = [
            AskedRules(stratum.rules[start : start + ASKED_TOGETHER], self.encoding, verdicts)
            for stratum in self.strata
            for start in range(0, len(stratum.rules), ASKED_TOGETHER)
        ]
        self.rules = {rule.rule.id: rule for asked in self._asked for rule in asked.rules}

    def close(self) -> None:
        """Free the engine's rulesets."""
        for asked in self._asked:
            asked.close()
