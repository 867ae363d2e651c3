"""Works out which outcomes a comparison can have at all, so that no case is asked for one that cannot be."""

from __future__ import annotations

from collections.abc import Iterator

from tunewise.authoring.reachability import Reach
from tunewise.inference.encoding import Encoding, TooManyBranches
from tunewise.inference.interpreter import Interpreter
from tunewise.knowledge.conditions import (
    All,
    Any,
    Comparison,
    Condition,
    comparisons,
    facts_read,
    not_true,
)
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook


class Possible:
    """Tells the outcomes that some case can bring about; where in doubt, one can."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook, self._rules = rulebook, tuple(rulebook.rules.values())
        conditions = [rule.when for rule in self._rules]
        self._encoding = Encoding(rulebook.facts, (*conditions, *map(not_true, conditions)))
        self._reach = Reach(rulebook, self._encoding)
        self._interpreter = Interpreter(rulebook.scales)
        self._open: dict[str, bool] = {}

    def outcomes(self, comparison: Comparison) -> tuple[str, ...]:
        """Return those of true, false and unknown that a comparison of the rulebook can have."""
        settled = not self._left_open(comparison)
        impossible = {"known": "false", "unknown": "true"}.get(comparison.op, "unknown")
        found = {
            "true": self._reach.holds(comparison),
            "false": self._reach.holds(comparison.negated()),
            "unknown": comparison.op not in ("known", "unknown"),
        }
        return tuple(
            name for name, can in found.items() if can and not (settled and name == impossible)
        )

    def _left_open(self, comparison: Comparison) -> bool:
        return any(self.unsettled(fact) for fact in facts_read(comparison))

    def unsettled(self, fact: str) -> bool:
        """Return whether a fact can be unknown.

        A computed one cannot, as costs assume what a case leaves out; a decided one where all is vetoed, a derived
        one where none of its rules fires.
        """
        if fact not in self._open:
            self._open[fact] = self._can_be_unknown(fact)
        return self._open[fact]

    def _can_be_unknown(self, fact: str) -> bool:
        origin = self._rulebook.facts[fact].origin
        try:
            if origin == "decided":
                return self._blocked(fact)
            if origin == "derived":
                rules = self._deriving(Comparison(fact, "known"))
                return self._reach.holds(All(tuple(not_true(rule.when) for rule in rules)))
        except TooManyBranches:
            return True
        return origin == "given"

    def _blocked(self, decision: str) -> bool:
        """Return whether some case may veto every option of a decision."""
        vetoes = [
            [self._grounded(rule.when) for rule in self._against(decision, option)]
            for option in self._rulebook.decisions[decision].options
        ]
        return self._together((), vetoes)

    def _against(self, decision: str, option: str) -> Iterator[Rule]:
        return (r for r in self._rules if r.target == decision and r.vetoes(option))

    def _together(self, held: tuple[Condition, ...], vetoes: list[list[Condition]]) -> bool:
        """Return whether one veto of each list can be true beside what is held true already."""
        if held and not self._reach.holds(All(held)):
            return False
        return not vetoes or any(
            self._together((*held, veto), vetoes[1:]) for veto in dict.fromkeys(vetoes[0])
        )

    def _grounded(self, condition: Condition) -> Condition:
        """Return a condition with each derived fact replaced by the conditions that derive it.

        A decided fact brings with it that its options escape their plain vetoes.
        """
        if not isinstance(condition, Comparison):
            return type(condition)(tuple(self._grounded(part) for part in condition.parts))
        fact = self._rulebook.facts[condition.fact]
        if fact.origin == "decided" and condition.op in ("is", "one_of"):
            return self._escaped(condition)
        if fact.origin != "derived" or fact.type == "set" or condition.op == "unknown":
            return condition
        whens = tuple(self._grounded(rule.when) for rule in self._deriving(condition))
        return Any(whens) if whens else condition

    def _escaped(self, choice: Comparison) -> Condition:
        """Return what a choice takes: one of its options, without the one comparison that would veto it."""
        options = choice.operand if isinstance(choice.operand, tuple) else (choice.operand,)
        return Any(
            tuple(
                All((Comparison(choice.fact, "is", option), *self._plain(choice.fact, str(option))))
                for option in options
            )
        )

    def _plain(self, decision: str, option: str) -> Iterator[Condition]:
        """Yield the opposites of the vetoes that are a single comparison of a given fact with a literal."""
        for rule in self._against(decision, option):
            read, asked = facts_read(rule.when), tuple(comparisons(rule.when))
            single = len(asked) == len(read) == 1
            if single and self._rulebook.facts[read[0]].origin == "given":
                yield not_true(asked[0])

    def _deriving(self, comparison: Comparison) -> Iterator[Rule]:
        for rule in self._rules:
            value = rule.then.value if rule.target == comparison.fact else None
            if value is not None:
                held = self._interpreter.holds(comparison, {comparison.fact: value})
                if held is not False:
                    yield rule
