"""Other rule engines run a row at a time: our strata and decisions around them, and nothing that they do not need.

Each gets the facts as they suit it (ordered choices as ranks, only what the rules of a stratum read), keeps no
trace, is held against no interpreter, and never sees the cells that our own engine runs on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engines import SIGNS, SLACK, ByStratum, expression

from tunewise.inference.encoding import Vector
from tunewise.inference.interpreter import Facts
from tunewise.inference.strata import Stratum
from tunewise.knowledge.conditions import All, Comparison, Condition, Other, Value, facts_read
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook


class RowEngine(ByStratum):
    """The loop over the strata, with what only our own engine needs taken out."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._ranks = {
            fact: {value: i for i, value in enumerate(scale)}
            for fact, scale in rulebook.scales.items()
        }
        super().__init__(rulebook)
        self.encoding = Unencoded()  # type: ignore[assignment]
        self.rules = dict.fromkeys(self.rules, Untraced())  # type: ignore[arg-type]

    def _engine(self, stratum: Stratum) -> Any:
        reads = tuple(dict.fromkeys(fact for rule in stratum.rules for fact in rule.reads))
        return {fact: self._taking(fact) for fact in reads}, self._compiled(stratum.rules, reads)

    def _fire(self, stratum: Stratum, engine: Any, vector: Vector, memory: Facts) -> Sequence[Rule]:
        reads, compiled = engine
        facts = {fact: take(memory[fact]) for fact, take in reads.items() if fact in memory}
        return [stratum.rules[i] for i in self._firing(compiled, facts)]

    def _taking(self, fact: str) -> Callable[[Any], Any]:
        """Return what turns a value of a fact into one that suits the engine."""
        ranks = self._ranks.get(fact)
        return _same if ranks is None else ranks.__getitem__

    def _compiled(self, rules: Sequence[Rule], reads: Sequence[str]) -> Any:
        raise NotImplementedError

    def _firing(self, compiled: Any, facts: Mapping[str, Any]) -> Sequence[int]:
        """Return the places of the rules that fire, in order."""
        raise NotImplementedError

    def close(self) -> None:
        """Leave it to the end of the process."""


def _same(value: Value) -> Value:
    return value


class Untraced:
    """Stands where a compiled rule does: no facts of it are noted."""

    reads: tuple[str, ...] = ()


class Unencoded:
    """Stands where our own encoding does: no cells."""

    def vector(self, facts: Facts) -> dict[str, int]:
        """Return nothing."""
        return {}

    def changed(self, fact: str, facts: Facts) -> dict[str, int]:
        """Return nothing."""
        return {}


class Zen(RowEngine):
    """zen-engine: one compiled expression a stratum, a list with the truth of each rule."""

    def _compiled(self, rules: Sequence[Rule], reads: Sequence[str]) -> Any:
        import zen

        return zen.compile_expression(listed(self.rulebook, rules))

    def _taking(self, fact: str) -> Callable[[Any], Any]:
        return list if self.rulebook.facts[fact].type == "set" else super()._taking(fact)

    def _firing(self, compiled: Any, facts: Mapping[str, Any]) -> Sequence[int]:
        return [i for i, fires in enumerate(compiled.evaluate(facts)) if fires]


class RuleEngine(RowEngine):
    """rule-engine: the same expressions in its own language, which reads them as they are."""

    def _compiled(self, rules: Sequence[Rule], reads: Sequence[str]) -> Any:
        import rule_engine

        # It looks for similar names whenever one is missing, which takes 100 times as long as a rule.
        return rule_engine.Rule(listed(self.rulebook, rules)), dict.fromkeys(reads)

    def _firing(self, compiled: Any, facts: Mapping[str, Any]) -> Sequence[int]:
        rule, nothing = compiled
        return [i for i, fires in enumerate(rule.evaluate(nothing | facts)) if fires]


def listed(rulebook: Rulebook, rules: Sequence[Rule]) -> str:
    """Return one expression for some rules: a list with the truth of each."""
    return f"[{', '.join(expression(rule.when, rulebook.scales) for rule in rules)}]"


class Clips(RowEngine):
    """clipspy: an environment a stratum, a case one fact with a slot a fact, firings noted by the rules' actions."""

    def _compiled(self, rules: Sequence[Rule], reads: Sequence[str]) -> Any:
        import clips

        environment = clips.Environment()
        slots = " ".join(map(self._slot, reads))
        environment.build(f"(deftemplate case {slots})")
        environment.build("(defglobal ?*fired* = (create$))")
        for i, rule in enumerate(rules):
            noted = f"(bind ?*fired* (create$ ?*fired* {i}))"
            environment.build(f"(defrule r{i} {self._pattern(rule)} => {noted})")
        return environment, environment.find_template("case"), environment.find_global("fired")

    def _slot(self, fact: str) -> str:
        kind = "multislot" if self._is_set(fact) else "slot"
        return f"({kind} {fact} (default nil))"

    def _pattern(self, rule: Rule) -> str:
        """Return what a rule matches: tests of one fact in its slot, the others behind the pattern."""
        parts = rule.when.parts if isinstance(rule.when, All) else (rule.when,)
        inside: dict[str, list[str]] = {fact: [] for fact in rule.reads}
        behind: list[str] = []
        for part in parts:
            read = facts_read(part)
            where = inside[read[0]] if len(read) == 1 else behind
            where.append(self._test(part))
        slots = " ".join(self._constraint(fact, tests) for fact, tests in inside.items())
        return f"(case {slots})" + (f" (test (and TRUE {' '.join(behind)}))" if behind else "")

    def _constraint(self, fact: str, tests: Sequence[str]) -> str:
        sign = "$?" if self._is_set(fact) else "?"
        return f"({fact} {sign}{fact}{''.join(f'&:{test}' for test in tests)})"

    def _test(self, condition: Condition) -> str:
        if not isinstance(condition, Comparison):
            word, empty = ("and", "TRUE") if isinstance(condition, All) else ("or", "FALSE")
            return f"({word} {empty} {' '.join(map(self._test, condition.parts))})"
        op, operand, name = condition.op, condition.operand, f"?{condition.fact}"
        nothing = "(create$ nil)" if self._is_set(condition.fact) else "nil"
        if op in ("known", "unknown"):
            return f"({'neq' if op == 'known' else 'eq'} {name} {nothing})"
        if isinstance(operand, Other):
            known = " ".join(f"(neq ?{read} nil)" for read in (condition.fact, *operand.facts))
            less = f"?{operand.less}" if isinstance(operand.less, str) else repr(operand.less)
            apart = f"(- {name} (- (* ?{operand.fact} {operand.times!r}) {less}))"
            return f"(and {known} ({_sign(op)} {apart} {_decimal(SLACK[op])}))"
        return f"(and (neq {name} {nothing}) {self._compared(condition.fact, op, operand)})"

    def _is_set(self, fact: str) -> bool:
        return self.rulebook.facts[fact].type == "set"

    def _compared(self, fact: str, op: str, operand: Any) -> str:
        if op in ("includes", "excludes"):
            held = f"(member$ {self._literal(fact, operand)} ?{fact})"
            return f"(neq {held} FALSE)" if op == "includes" else f"(eq {held} FALSE)"
        if op in ("one_of", "none_of"):
            equal = " ".join(f"(eq ?{fact} {self._literal(fact, part)})" for part in operand)
            return f"(or {equal})" if op == "one_of" else f"(not (or {equal}))"
        literal = self._literal(fact, operand)
        exact = op in ("is", "is_not") and not isinstance(self._taking(fact)(operand), int | float)
        sign = {"is": "eq", "is_not": "neq"}[op] if exact or literal in TRUTHS else _sign(op)
        return f"({sign} ?{fact} {literal})"

    def _literal(self, fact: str, value: Value) -> str:
        plain = self._taking(fact)(value)
        if isinstance(plain, bool):
            return "TRUE" if plain else "FALSE"
        return f'"{plain}"' if isinstance(plain, str) else repr(plain)

    def _firing(self, compiled: Any, facts: Mapping[str, Any]) -> Sequence[int]:
        environment, template, fired = compiled
        template.assert_fact(**facts)
        environment.run()
        found = sorted(fired.value)
        environment.reset()
        return found


TRUTHS = ("TRUE", "FALSE")


def _decimal(value: float) -> str:
    return format(value, ".12f")


def _sign(op: str) -> str:
    return {"==": "=", "!=": "<>"}.get(SIGNS[op], SIGNS[op])
