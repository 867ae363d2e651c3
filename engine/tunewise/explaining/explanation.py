"""Says in plain English what rules mean, why they fired, and which came close."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from tunewise.inference.interpreter import Facts, Interpreter
from tunewise.knowledge.conclusions import Conclusion
from tunewise.knowledge.conditions import (
    All,
    Any,
    Comparison,
    Condition,
    Other,
    Scalar,
    Value,
    facts_read,
)
from tunewise.knowledge.rule import PLACEHOLDER, Rule
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import UNKNOWN, Fact

OPERATOR_WORDS = {
    "at_least": "is at least",
    "at_most": "is at most",
    "above": "is above",
    "below": "is below",
    "is": "is",
    "is_not": "is not",
    "one_of": "is",
    "none_of": "is neither",
    "includes": "includes",
    "excludes": "does not include",
}


Say = Callable[[Fact, Value | None], str]
"""Puts a fact's value in words."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule that one fact's value kept from firing, by the comparisons that are `blocking` it."""

    rule: Rule
    fact: str
    value: Value
    blocking: tuple[Comparison, ...]

    @property
    def forgetting(self) -> bool:
        """Whether it would take that the fact were unknown: nobody forgets what is known."""
        return any(comparison.op == "unknown" for comparison in self.blocking)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that nobody stated and that is worth asking, and the rules that its value could make fire."""

    fact: str
    rules: tuple[str, ...]


class Explanation:
    """Renders a rulebook's conditions, conclusions and reasons as sentences; `say` puts a fact's value in words."""

    def __init__(self, rulebook: Rulebook, say: Say = Fact.say) -> None:
        self.rulebook, self.say = rulebook, say
        self.facts: Mapping[str, Fact] = rulebook.facts
        self._interpreter = Interpreter(rulebook.scales)

    def condition(self, condition: Condition, inside: type[Condition] | None = None) -> str:
        """Return a condition in plain English, bracketed where it stands inside one of the other kind."""
        if isinstance(condition, Comparison):
            return self.comparison(condition)
        if not condition.parts:
            return "always" if isinstance(condition, All) else "never"
        word = " and " if isinstance(condition, All) else " or "
        text = word.join(self.condition(part, type(condition)) for part in condition.parts)
        return text if inside in (None, type(condition)) else f"({text})"

    def comparison(self, comparison: Comparison) -> str:
        """Return one comparison in plain English."""
        fact = self.facts[comparison.fact]
        if comparison.op in ("known", "unknown"):
            sought = fact.type == "boolean" and fact.origin == "derived"
            return f"{fact.label} is {('not found' if sought else UNKNOWN) if comparison.op == 'unknown' else 'known'}"
        return f"{fact.label} {OPERATOR_WORDS[comparison.op]} {self._operand(fact, comparison)}"

    def _operand(self, fact: Fact, comparison: Comparison) -> str:
        operand = comparison.operand
        if isinstance(operand, Other):
            times = "" if operand.times == 1 else f"{operand.times:g} times "
            less = self._less(fact, operand)
            return f"{times}{self.facts[operand.fact].label}{less}"
        if isinstance(operand, tuple):
            word = " nor " if comparison.op == "none_of" else " or "
            return word.join(self._literal(fact, part) for part in operand)
        return self._literal(fact, operand)

    def _less(self, fact: Fact, other: Other) -> str:
        if isinstance(other.less, str):
            return f" less {self.facts[other.less].label}"
        return f" less {self.say(fact, other.less)}" if other.less else ""

    def _literal(self, fact: Fact, operand: Scalar | None) -> str:
        value = (operand,) if fact.type == "set" and isinstance(operand, str) else operand
        return self.say(fact, value)

    def conclusion(self, then: Conclusion) -> str:
        """Return what a rule concludes, in plain English."""
        if then.kind is not None:
            return f"show a {then.kind.replace('_', ' ')} ({then.strength})"
        if then.value is not None:
            fact = self.facts[then.target]
            return f"{fact.label} is {self.say(fact, then.value)}"
        options = " and ".join(self.option(then.target, option) for option in then.options)
        if then.stance == "veto":
            return f"{options} {'is' if len(then.options) == 1 else 'are'} ruled out"
        return f"{then.strength} evidence {then.stance} {options}"

    def option(self, decision: str, option: str) -> str:
        """Return an option's words."""
        found = self.rulebook.decisions[decision].options.get(option)
        return found.label if found else option

    def sentence(self, rule: Rule) -> str:
        """Return a whole rule as one sentence."""
        if rule.when == All(()):
            return f"In every case {self.conclusion(rule.then)}."
        return f"If {self.condition(rule.when)}, then {self.conclusion(rule.then)}."

    def reason(self, rule: Rule, facts: Mapping[str, Value]) -> str:
        """Return a rule's `because` with the facts' values filled in."""
        return self.filled(rule.because, facts)

    def filled(self, text: str, facts: Mapping[str, Value], named: bool = False) -> str:
        """Return a text with the facts' values filled in; an unknown one as such, or where `named` by its name."""

        def value(name: str) -> str:
            if name in facts:
                return self.say(self.facts[name], facts.get(name))
            return f"the {self.facts[name].label}" if named else UNKNOWN

        return PLACEHOLDER.sub(lambda match: value(match.group(1)), text)

    def near_misses(self, facts: Facts, fired: Mapping[str, object]) -> tuple[NearMiss, ...]:
        """Return the rules for or against an option that one fact's known value kept from firing.

        A comparison that an unknown fact leaves open is no near miss: it waits.
        """
        found = []
        for rule in self.rulebook.rules.values():
            if rule.id in fired or not rule.then.options:
                continue
            blocking = self.blocking(rule.when, facts)
            names = {comparison.fact for comparison in blocking}
            decided = all(self._interpreter.holds(c, facts) is False for c in blocking)
            if decided and len(names) == 1 and (fact := names.pop()) in facts:
                found.append(NearMiss(rule, fact, facts[fact], blocking))
        return tuple(found)

    def needed(self, blocking: Iterable[Comparison]) -> str:
        """Return which values would have let a rule fire."""
        return " and ".join(map(self.comparison, blocking))

    def blocking(self, condition: Condition, facts: Facts) -> tuple[Comparison, ...]:
        """Return the fewest comparisons whose change would make a condition true; none where it is."""
        if self._interpreter.holds(condition, facts) is True:
            return ()
        if isinstance(condition, Comparison):
            return (condition,)
        parts = [self.blocking(part, facts) for part in condition.parts]
        if isinstance(condition, Any):
            return min(parts, key=len)
        return tuple(dict.fromkeys(c for part in parts for c in part))

    def waiting(self, facts: Facts, fired: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
        """Return each unknown given fact, and the rules that its value could make fire."""
        rules: dict[str, list[str]] = {id: [] for id in self.facts if self._open(id, facts)}
        for rule in self.rulebook.rules.values():
            if rule.id not in fired:
                for fact in dict.fromkeys(self.undecided(rule.when, facts)):
                    if fact in rules:
                        rules[fact].append(rule.id)
        return {fact: tuple(found) for fact, found in rules.items()}

    def unknown(self, facts: Facts, waiting: Mapping[str, tuple[str, ...]]) -> tuple[Unknown, ...]:
        """Return the unknown facts that are worth asking, those first that most rules wait for."""
        questions = self.rulebook.questions
        asked = (
            Unknown(id, rules)
            for id, rules in waiting.items()
            if id not in questions or self.makes_sense(questions[id], facts)
        )
        return tuple(sorted(asked, key=lambda unknown: -len(unknown.rules)))

    def makes_sense(self, condition: Condition, facts: Facts) -> bool:
        """Return whether a question that is asked on a condition makes sense: not where it is known to be false."""
        return self._interpreter.holds(condition, facts) is not False

    def undecided(self, condition: Condition, facts: Facts) -> Iterator[str]:
        """Yield the facts of the comparisons that leave a condition open; none where it is true or false."""
        if self._interpreter.holds(condition, facts) is not None:
            return
        if isinstance(condition, Comparison):
            yield from facts_read(condition)
        else:
            for part in condition.parts:
                yield from self.undecided(part, facts)

    def _open(self, fact: str, facts: Facts) -> bool:
        return self.facts[fact].origin == "given" and fact not in facts
