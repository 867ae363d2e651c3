"""A third opinion: what follows from a case, worked out from the rules' plain data alone.

It shares nothing with the package: conditions are evaluated as the files write them, `not` included, in the
three values -1 (false), 0 (open) and 1 (true), and every fact is settled when somebody asks for it, so that there
are no strata.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import yaml

FALSE, OPEN, TRUE = -1, 0, 1
NEAR = 1e-9
"""Two facts that differ by no more are equal."""
RESERVED = ("rulebook.yaml", "facts.yaml", "decisions.yaml", "sources.yaml", "remedies.yaml")


class Loader(yaml.CSafeLoader):
    """Reads `yes` and `no` as the words that they are in YAML 1.2."""

    yaml_implicit_resolvers: ClassVar = {
        first: [resolver for resolver in resolvers if first in "tTfF" or "bool" not in resolver[0]]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


class Reference:
    """A rulebook's texts as plain data."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        read = {
            name: yaml.load(text, Loader)
            for name, text in texts.items()
            if "/" not in name and name != "sources.yaml"
        }
        self.facts: dict[str, Any] = read["facts.yaml"]["facts"]
        self.decisions: dict[str, Any] = read["decisions.yaml"]["decisions"]
        self.strengths: dict[str, int] = read["rulebook.yaml"]["strengths"]
        priors = {
            name: entry["prior"] for name, entry in self.decisions.items() if "prior" in entry
        }
        self.rules = {
            f"prior.{name}": {
                "then": {"support": {name: one["option"]}, "strength": one["strength"]}
            }
            for name, one in priors.items()
        } | {
            f"{name.removesuffix('.yaml')}.{rule}": entry
            for name, data in read.items()
            if name not in RESERVED
            for rule, entry in (data["rules"] or {}).items()
        }

    def conclude(self, given: Mapping[str, Any]) -> "Deduction":
        """Return what follows from the facts given."""
        return Deduction(self, dict(given))


class Deduction:
    """What follows from one case; each fact and decision is settled once, when it is asked for."""

    def __init__(self, knowledge: Reference, given: dict[str, Any]) -> None:
        self.knowledge = knowledge
        self.memory: dict[str, Any] = given
        self.outcomes: dict[str, tuple[str, int | None]] = {}

    @cached_property
    def fired(self) -> set[str]:
        """The rules that fire."""
        return {id for id, rule in self.knowledge.rules.items() if self.fires(rule)}

    def fires(self, rule: Any) -> bool:
        """Whether a rule's condition is true, and its exception is not."""
        return self.stands(rule) == TRUE

    def stands(self, rule: Any) -> int:
        """Return how a rule's condition stands beside its exception, which only holds back where it is true."""
        excepted = "unless" in rule and self.truth(rule["unless"]) == TRUE
        condition = self.truth(rule["when"]) if "when" in rule else TRUE
        return FALSE if excepted else condition

    def value(self, name: str) -> Any:
        """Return a fact's value, None where it stays unknown."""
        if name not in self.memory:
            settle = self._decide if name in self.knowledge.decisions else self._derive
            self.memory[name] = settle(name)
        return self.memory[name]

    def _derive(self, name: str) -> Any:
        rules = self.knowledge.rules.values()
        derived = [
            rule["then"]["derive"][name]
            for rule in rules
            if name in rule["then"].get("derive", {}) and self.fires(rule)
        ]
        if not derived:
            return None
        if self.knowledge.facts[name]["type"] == "set":
            return tuple({part for value in derived for part in value})
        return max(derived, key=lambda value: self._rank(name, value))

    def _rank(self, name: str, value: Any) -> Any:
        values = self.knowledge.facts.get(name, {}).get("values")
        return list(values).index(value) if values else value

    def _decide(self, name: str) -> str | None:
        options = list(self.knowledge.decisions[name]["options"])
        scores, vetoed = dict.fromkeys(options, 0), set()
        for rule in self.knowledge.rules.values():
            for form, sign in (("support", 1), ("oppose", -1), ("exclude", 0)):
                chosen = rule["then"].get(form, {}).get(name)
                if chosen is not None and self.fires(rule):
                    named = chosen if isinstance(chosen, list) else [chosen]
                    vetoed |= set(named) if form == "exclude" else set()
                    points = self.knowledge.strengths.get(rule["then"].get("strength"), 0)
                    for option in named:
                        scores[option] += sign * points
        return self._chosen(name, [o for o in options if o not in vetoed], scores)

    def _chosen(self, name: str, standing: list[str], scores: dict[str, int]) -> str | None:
        if not standing:
            self.outcomes[name] = ("blocked", None)
            return None
        ranked = sorted(standing, key=lambda option: -scores[option])
        lead = scores[ranked[0]] - scores[ranked[1]] if len(ranked) > 1 else None
        self.outcomes[name] = (ranked[0], lead)
        return ranked[0]

    def truth(self, node: Mapping[str, Any]) -> int:
        """Return how a condition stands: all entries of a mapping must be true."""
        return min(self._entry(key, value) for key, value in node.items())

    def _entry(self, key: str, value: Any) -> int:
        if key == "not":
            return -self.truth(value)
        if key in ("all", "any"):
            return (min if key == "all" else max)(self.truth(part) for part in value)
        return min(self._compared(key, op, operand) for op, operand in value.items())

    def _compared(self, name: str, op: str, operand: Any) -> int:
        value = self.value(name)
        if op in ("known", "unknown"):
            return TRUE if (value is None) == (op == "unknown") else FALSE
        if isinstance(operand, dict):
            operand = self._bound(operand)
            if value is not None and operand is not None and abs(value - operand) <= NEAR:
                value = operand
        if value is None or operand is None:
            return OPEN
        return TRUE if self._holds(name, op, value, operand) else FALSE

    def _bound(self, operand: Mapping[str, Any]) -> Any:
        other, less = self.value(operand["fact"]), operand.get("less", 0)
        less = self.value(less) if isinstance(less, str) else less
        return None if other is None or less is None else other * operand.get("times", 1) - less

    def _holds(self, name: str, op: str, value: Any, operand: Any) -> bool:
        if op == "includes":
            return operand in value
        if op == "one_of":
            return value in operand
        if op in ("is", "is_not"):
            return (value == operand) == (op == "is")
        left, right = self._rank(name, value), self._rank(name, operand)
        at_or_above, at_or_below = left >= right, left <= right
        return {
            "at_least": at_or_above,
            "at_most": at_or_below,
            "above": not at_or_below,
            "below": not at_or_above,
        }[op]


def difference(expected: Deduction, conclusions: Any) -> str | None:
    """Return what the package concluded otherwise than the reference, None where they agree."""
    fired = [firing.rule.id for firing in conclusions.firings]
    if len(fired) != len(set(fired)) or set(fired) != expected.fired:
        return f"fired {sorted(fired)}, expected {sorted(expected.fired)}"
    outcomes = {name: (o.chosen, o.margin) for name, o in conclusions.outcomes.items()}
    for name in (*expected.knowledge.decisions, *expected.knowledge.facts):
        expected.value(name)
    if outcomes != expected.outcomes:
        return f"decided {outcomes}, expected {expected.outcomes}"
    known = {name: _loose(value) for name, value in expected.memory.items() if value is not None}
    found = {name: _loose(value) for name, value in conclusions.memory.items()}
    return None if found == known else f"memory {found}, expected {known}"


def _loose(value: Any) -> Any:
    return frozenset(value) if isinstance(value, tuple) else value
