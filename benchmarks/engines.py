"""Ways to run the same rules, stratum by stratum, with the same trace and the same decisions around them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from tunewise.inference import durable
from tunewise.inference.compiled import CompiledRules
from tunewise.inference.durable import RULES_A_SHARD, Branch, Engine
from tunewise.inference.encoding import Vector
from tunewise.inference.forward_chaining import chain
from tunewise.inference.interpreter import Facts, Interpreter
from tunewise.inference.single import Conclusions, Firing, Inference, _CaseMemory
from tunewise.inference.strata import Stratum
from tunewise.knowledge.conditions import (
    ORDERINGS,
    TOLERANCE,
    All,
    Comparison,
    Condition,
    Other,
    Value,
)
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook


class ByStratum(CompiledRules):
    """Rules that an engine is asked about a stratum at a time; nothing is remembered."""

    def __init__(self, rulebook: Rulebook) -> None:
        super().__init__(rulebook)
        interpreter = Interpreter(rulebook.scales)
        self.verdicts = {id: interpreter.verdict(r.when) for id, r in rulebook.rules.items()}
        self._engines = {stratum.targets: self._engine(stratum) for stratum in self.strata}

    def firing(self, stratum: Stratum, vector: Vector, facts: Facts) -> Iterator[Rule]:
        """Yield the rules of a stratum that fire on facts."""
        yield from self._fire(stratum, self._engines[stratum.targets], vector, facts)

    def _engine(self, stratum: Stratum) -> Any:
        return None

    def _fire(self, stratum: Stratum, engine: Any, vector: Vector, memory: Facts) -> Sequence[Rule]:
        raise NotImplementedError


class StratumMemory(_CaseMemory):
    """The working memory of a case whose engine is asked about a stratum at a time."""

    def __init__(self, rules: ByStratum, facts: dict[str, Any]) -> None:
        super().__init__(rules, facts)
        self._by_stratum = rules

    def fire(self, stratum: Stratum) -> dict[str, Firing]:
        """Return the rules that fire, without what they read."""
        fired = self._by_stratum.firing(stratum, self._vector, self.facts)
        return {rule.id: Firing(rule, ()) for rule in fired}


class StratumInference(Inference):
    """The loop of inference around an engine that is asked about a stratum at a time, where it is one."""

    def infer(
        self, facts: Facts, settled: Any = None, before: Conclusions | None = None
    ) -> Conclusions:
        """Return what follows from the facts."""
        if not isinstance(self.rules, ByStratum):
            return super().infer(facts, settled, before)
        memory = StratumMemory(self.rules, dict(facts))
        found = chain(self.rulebook, self.rules.strata, memory)
        return Conclusions(memory.facts, tuple(found.fired.values()), found.outcomes)


class Unchecked(ByStratum):
    """Our path to durable_rules, and no interpreter to check it."""

    def _engine(self, stratum: Stratum) -> Any:
        return Engine(*self._compiled(stratum))

    def _compiled(self, stratum: Stratum) -> tuple[Sequence[Branch], Mapping[str, int]]:
        branches = [
            Branch(rule.id, tests)
            for rule in stratum.rules
            for tests in self.encoding.conjunctions(rule.when)
        ]
        return branches, {name: a.last for name, a in self.encoding.attributes.items()}

    def _fire(self, stratum: Stratum, engine: Any, vector: Vector, memory: Facts) -> Sequence[Rule]:
        return [self.rulebook.rules[id] for id in engine.fire(vector)]


class Forgetful(Unchecked):
    """The same with the interpreter's check: what a case takes of which nothing is remembered."""

    def _fire(self, stratum: Stratum, engine: Any, vector: Vector, memory: Facts) -> Sequence[Rule]:
        fired = super()._fire(stratum, engine, vector, memory)
        assert fired == [rule for rule in stratum.rules if self.verdicts[rule.id](memory)]
        return fired


class Interpreted(ByStratum):
    """The interpreter alone: what checking costs, without durable_rules."""

    def _fire(self, stratum: Stratum, engine: Any, vector: Vector, memory: Facts) -> Sequence[Rule]:
        return [rule for rule in stratum.rules if self.verdicts[rule.id](memory)]


class Hosted(Unchecked):
    """The same rulesets and facts through durable_rules' own `Host`."""

    def _engine(self, stratum: Stratum) -> Any:
        return HostEngine(*self._compiled(stratum))


class HostedWithMemory(Hosted):
    """The same, after what our adapter does to the allocator."""

    def _engine(self, stratum: Stratum) -> Any:
        durable._keep_memory()
        return super()._engine(stratum)


class HostEngine:
    """Rulesets registered with one Host; a session a case, firings collected by the rules' callbacks."""

    _numbers = itertools.count()

    def __init__(self, branches: Sequence[Branch], last: Mapping[str, int]) -> None:
        from durable.engine import Host

        class Quiet(Host):
            """A Host without its timer threads, which crash once a session is deleted."""

            def _run(self) -> None: ...

        self._fired: list[str] = []
        self._order = {rule: i for i, rule in enumerate(dict.fromkeys(b.rule for b in branches))}
        self._host = Quiet()
        self._rulesets: dict[str, list[str]] = {}
        for start in range(0, len(branches), RULES_A_SHARD):
            name = f"hosted{next(self._numbers)}"
            self._register(name, branches[start : start + RULES_A_SHARD], last)

    def _register(self, name: str, branches: Sequence[Branch], last: Mapping[str, int]) -> None:
        rules = {
            f"r{i}": {"all": [{"m": {"$and": _tests(b, last)}}], "pri": i, "run": self._noting(b)}
            for i, b in enumerate(branches)
        }
        end = {"all": [{"m": {"end": 1}}], "pri": 60_000, "run": lambda context: None}
        self._host.register_rulesets({name: {**rules, "end": end}})
        self._rulesets[name] = sorted({fact for branch in branches for fact in branch.tests})
        self._host.assert_fact(name, {"id": "case", "end": 1})
        self._host.delete_state(name)

    def _noting(self, branch: Branch) -> Callable[[Any], None]:
        return lambda context: self._fired.append(branch.rule)

    def fire(self, vector: Vector) -> list[str]:
        """Return the rules that fire on a case."""
        self._fired.clear()
        for name, facts in self._rulesets.items():
            case = {"id": "case", "end": 1, **{_property(fact): vector[fact] for fact in facts}}
            self._host.assert_fact(name, case)
            self._host.delete_state(name)
        return sorted(set(self._fired), key=self._order.__getitem__)

    def close(self) -> None:
        """Leave it to the end of the process: a Host has no way to give a ruleset back."""


def _tests(branch: Branch, last: Mapping[str, int]) -> list[dict[str, Any]]:
    tests: list[dict[str, Any]] = [{"end": 1}]
    for fact, (low, high) in branch.tests.items():
        if low == high:
            tests.append({_property(fact): low})
            continue
        tests += [{"$gte": {_property(fact): low}}] if low else []
        tests += [{"$lte": {_property(fact): high}}] if high < last[fact] else []
    return tests


def _property(fact: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in fact)


class Zen(ByStratum):
    """zen-engine: one compiled expression a stratum, over the facts themselves."""

    def _engine(self, stratum: Stratum) -> Any:
        import zen

        expressions = (expression(rule.when, self.rulebook.scales) for rule in stratum.rules)
        return zen.compile_expression(f"[{', '.join(expressions)}]") if stratum.rules else None

    def _fire(self, stratum: Stratum, engine: Any, vector: Vector, memory: Facts) -> Sequence[Rule]:
        if engine is None:
            return []
        context = {fact: self._plain(fact, value) for fact, value in memory.items()}
        verdicts = engine.evaluate(self._nothing | context)
        return [rule for rule, fires in zip(stratum.rules, verdicts, strict=True) if fires]

    def _plain(self, fact: str, value: Value) -> Any:
        scale = self.rulebook.scales.get(fact)
        return scale.index(value) if scale else list(value) if isinstance(value, tuple) else value

    @property
    def _nothing(self) -> dict[str, None]:
        return dict.fromkeys(self.rulebook.facts)


SIGNS = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<", "is": "==", "is_not": "!="}
SLACK = {"at_least": -TOLERANCE, "at_most": TOLERANCE, "above": TOLERANCE, "below": -TOLERANCE}
"""What a difference of two facts is held against: numbers nearer than the tolerance are equal."""


def expression(condition: Condition, scales: Mapping[str, tuple[str, ...]]) -> str:
    """Return a condition in zen-engine's language, true only where every fact that it needs is known."""
    if not isinstance(condition, Comparison):
        word, empty = (" and ", "true") if isinstance(condition, All) else (" or ", "false")
        if not condition.parts:
            return empty
        return f"({word.join(expression(part, scales) for part in condition.parts)})"
    fact, op, operand = condition.fact, condition.op, condition.operand
    if op in ("known", "unknown"):
        return f"({fact} {'!=' if op == 'known' else '=='} null)"
    if isinstance(operand, Other):
        known = " and ".join(f"{read} != null" for read in (fact, *operand.facts))
        less = operand.less if isinstance(operand.less, str) else _literal(operand.less, None)
        apart = f"{fact} - ({operand.fact} * {_literal(operand.times, None)} - {less})"
        return f"({known} and {apart} {SIGNS[op]} {_literal(SLACK[op], None)})"
    return f"({fact} != null and {_compared(fact, op, operand, scales.get(fact))})"


def _compared(fact: str, op: str, operand: Any, scale: tuple[str, ...] | None) -> str:
    if op in ("includes", "excludes"):
        return f"{_literal(operand, None)} {'in' if op == 'includes' else 'not in'} {fact}"
    if op in ("one_of", "none_of"):
        listed = ", ".join(_literal(part, scale) for part in operand)
        return f"{fact} {'in' if op == 'one_of' else 'not in'} [{listed}]"
    assert op in ORDERINGS or op in ("is", "is_not")
    return f"{fact} {SIGNS[op]} {_literal(operand, scale)}"


def _literal(value: Any, scale: tuple[str, ...] | None) -> str:
    if scale:
        return str(scale.index(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return format(Decimal(repr(value)), "f")


WAYS: dict[str, type[CompiledRules]] = {
    "tunewise": CompiledRules,
    "tunewise, nothing remembered": Forgetful,
    "tunewise, no interpreter check": Unchecked,
    "durable_rules' Host": Hosted,
    "durable_rules' Host, memory kept as we do": HostedWithMemory,
    "zen-engine, compiled expressions": Zen,
    "our interpreter alone": Interpreted,
}
