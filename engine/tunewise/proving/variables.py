"""The facts of a case as variables: whether each is known, and which of its values it has."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from tunewise.knowledge.conditions import Comparison, Other, Value, comparisons
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Fact
from tunewise.proving import solver
from tunewise.proving.solver import Solution, Truth, WholeNumber

OTHER_TEXT = "(another)"
"""A text that no rule names."""
STEPS = {"integer": 1, "share": 10_000, "number": 100}
"""Steps of one unit between which numbers of a type are told apart at least."""

Choices = Mapping[Value, Truth]
"""For each value that a fact can have whether it has it; for each member of a set whether it is in it."""


@dataclass(frozen=True)
class FactVariables:
    """The facts that no rule concludes on; `domain` is what has to hold of them.

    `known` says whether each is, `choices` and `numbers` hold their values, numbers in steps of 1/`steps`.
    """

    rulebook: Rulebook
    steps: Mapping[str, int]
    texts: Mapping[str, tuple[str, ...]]
    known: Mapping[str, Truth] = field(default_factory=dict)
    choices: Mapping[str, Choices] = field(default_factory=dict)
    numbers: Mapping[str, WholeNumber] = field(default_factory=dict)
    domain: tuple[Truth, ...] = ()

    def varied(self, facts: Iterable[str], tag: str) -> FactVariables:
        """Return variables of which some facts are others, and all else is the same."""
        known, choices, numbers = dict(self.known), dict(self.choices), dict(self.numbers)
        domain: list[Truth] = []
        for id in facts:
            fact = self.rulebook.facts[id]
            if fact.numeric:
                numbers[id] = solver.named_number(tag + id)
                known[id] = solver.named_truth(f"{tag}{id}?")
                domain += replace(self, numbers=numbers).between(id, fact.minimum, fact.upper)
            else:
                choices[id] = {v: solver.named_truth(f"{tag}{id}={v}") for v in self._values(fact)}
                known[id] = self._known(fact, choices[id], tag)
                domain.append(_allowed(fact, choices[id], known[id]))
        return replace(
            self, known=known, choices=choices, numbers=numbers, domain=(*self.domain, *domain)
        )

    def _values(self, fact: Fact) -> tuple[Value, ...]:
        if fact.type == "boolean":
            return (False, True)
        return (*self.texts.get(fact.id, ()), OTHER_TEXT) if fact.type == "text" else fact.options

    def _known(self, fact: Fact, choices: Choices, tag: str) -> Truth:
        if fact.type == "set":
            return solver.named_truth(f"{tag}{fact.id}?")
        return solver.disjunction(choices.values())

    def read(self, solution: Solution, origin: str = "given") -> dict[str, Value]:
        """Return the facts of one origin in a solution; a text that no rule names is left out."""
        found: dict[str, Value] = {}
        for id, known in self.known.items():
            fact = self.rulebook.facts[id]
            if fact.origin == origin and solution.true(known):
                value = self._read(fact, solution)
                if value != OTHER_TEXT:
                    found[id] = value
        return found

    def _read(self, fact: Fact, solution: Solution) -> Value:
        if fact.numeric:
            value = Fraction(solution.whole(self.numbers[fact.id]), self.steps[fact.id])
            return value.numerator if value.denominator == 1 else float(value)
        held = [value for value, holds in self.choices[fact.id].items() if solution.true(holds)]
        return tuple(map(str, held)) if fact.type == "set" else held[0]

    def having(self, id: str, value: Value | None) -> Truth:
        """Return whether a fact has a value; None is unknown."""
        if value is None:
            return solver.no(self.known[id])
        fact = self.rulebook.facts[id]
        if fact.numeric:
            at = Fraction(str(value)) * self.steps[id]
            within = solver.related("is", self.numbers[id], math.floor(at))
            return solver.conjunction((self.known[id], within))
        choices = self.choices[id]
        if isinstance(value, tuple):
            members = (h if v in value else solver.no(h) for v, h in choices.items())
            return solver.conjunction((self.known[id], *members))
        return choices[value if value in choices else OTHER_TEXT]

    def between(self, id: str, low: float, high: float) -> tuple[Truth, Truth]:
        """Return that a number lies between two, both included."""
        value, steps = self.numbers[id], self.steps[id]
        at_least = solver.related("at_least", value, math.ceil(Fraction(str(low)) * steps))
        return at_least, solver.related("at_most", value, math.floor(Fraction(str(high)) * steps))

    def equal(self, id: str, other: FactVariables) -> Truth:
        """Return whether a fact is the same here and there."""
        pairs = [(self.known[id], other.known[id])]
        if id in self.numbers:
            alike = solver.same(self.numbers[id], other.numbers[id])
            value = solver.disjunction((solver.no(self.known[id]), alike))
            return solver.conjunction((solver.same(*pairs[0]), value))
        theirs = other.choices[id]
        pairs += [(holds, theirs[value]) for value, holds in self.choices[id].items()]
        return solver.conjunction(solver.same(*pair) for pair in pairs)


def _allowed(fact: Fact, choices: Choices, known: Truth) -> Truth:
    if fact.type == "set":
        return solver.conjunction(
            solver.disjunction((solver.no(held), known)) for held in choices.values()
        )
    return solver.at_most_one(list(choices.values()))


def variables(
    rulebook: Rulebook, facts: Iterable[tuple[str, Value]] = (), also: Iterable[Rulebook] = ()
) -> FactVariables:
    """Return the facts of any case as variables, fine enough to hold facts that are given.

    `also` are rulebooks over the same facts that are to read them.
    """
    conditions = [
        when
        for book in (rulebook, *also)
        for when in (*(rule.when for rule in book.rules.values()), *book.questions.values())
    ]
    used = [c for when in conditions for c in comparisons(when) if c.fact in rulebook.facts]
    empty = FactVariables(rulebook, _steps(rulebook, used, facts), _texts(rulebook, used))
    free = [f.id for f in rulebook.facts.values() if f.origin in ("given", "computed")]
    return empty.varied(free, "")


def _steps(
    rulebook: Rulebook, used: Iterable[Comparison], facts: Iterable[tuple[str, Value]]
) -> dict[str, int]:
    """Return the steps of one unit in which every number that is named can be told exactly."""
    steps = {f.id: STEPS[f.type] for f in rulebook.facts.values() if f.numeric}
    named = [(c.fact, o) for c in used for o in _operands(c)] + list(facts)
    for id, value in named:
        if id in steps and isinstance(value, int | float):
            steps[id] = math.lcm(steps[id], Fraction(str(value)).denominator)
    return steps


def _operands(comparison: Comparison) -> Iterator[Value]:
    operand = comparison.operand
    if isinstance(operand, tuple):
        yield from operand
    elif operand is not None and not isinstance(operand, Other):
        yield operand


def _texts(rulebook: Rulebook, used: Iterable[Comparison]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = defaultdict(set)
    for comparison in used:
        if rulebook.facts[comparison.fact].type == "text":
            found[comparison.fact].update(map(str, _operands(comparison)))
    return {id: tuple(sorted(names)) for id, names in found.items()}
