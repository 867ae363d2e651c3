"""Reads conditions and conclusions from a rule file's plain data, checking each name and value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any as Anything
from typing import get_args

from tunewise.errors import shown, unknown_name
from tunewise.knowledge.conclusions import (
    AdviceKind,
    Advise,
    Conclusion,
    Derive,
    Exclude,
    Strength,
    Weigh,
)
from tunewise.knowledge.conditions import (
    ORDERINGS,
    WRITTEN_OPERATORS,
    All,
    Any,
    Comparison,
    Condition,
    Other,
    Scalar,
    not_true,
)
from tunewise.knowledge.rule import Decision
from tunewise.knowledge.vocabulary import LARGEST_NUMBER, Fact
from tunewise.reading import Where
from tunewise.structure import Problems, kind

EQUALITIES = ("is", "is_not", "one_of")
PRESENCE = ("known", "unknown")
JOINS = ("all", "any", "not")


def operators(fact: Fact) -> tuple[str, ...]:
    """Return the operators that a condition may use on a fact."""
    if fact.type == "set":
        return ("includes", *PRESENCE)
    if fact.type == "boolean":
        return ("is", "is_not", *PRESENCE)
    ordered = fact.numeric or fact.ordered
    return tuple(
        op
        for op in WRITTEN_OPERATORS
        if op in (ORDERINGS if ordered else ()) + EQUALITIES + PRESENCE
    )


class ConditionParser:
    """Parses conditions over a set of facts; mistakes go to `problems`, under the rule's name."""

    def __init__(self, facts: Mapping[str, Fact], problems: Problems, subject: str) -> None:
        self.facts = facts
        self.problems = problems
        self.subject = subject

    def parse(self, data: Anything, where: Where) -> Condition | None:
        """Return the condition, or None where it has a mistake."""
        before = len(self.problems.found)
        condition = self._node(data, where)
        return condition if len(self.problems.found) == before else None

    def parse_excepting(self, when: Anything, unless: Anything, where: Where) -> Condition | None:
        """Return where `when` is true and `unless`, where there is one, is not; None where one has a mistake."""
        condition = self.parse(when, (*where, "when"))
        if unless is None:
            return condition
        exception = self.parse(unless, (*where, "unless"))
        if condition is None or exception is None:
            return None
        return All((condition, not_true(exception)))

    def _wrong(self, where: Where, message: str) -> All:
        self.problems.add(where, message, self.subject)
        return All(())

    def _node(self, data: Anything, where: Where) -> Condition:
        if not isinstance(data, dict) or not data:
            return self._wrong(
                where, f"expected a condition, found {kind(data) if data else 'nothing'}"
            )
        parts = [self._entry(key, value, (*where, key)) for key, value in data.items()]
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _entry(self, key: str, value: Anything, where: Where) -> Condition:
        if key == "not":
            return self._node(value, where).negated()
        if key in ("all", "any"):
            return self._joined(All if key == "all" else Any, value, where)
        fact = self.facts.get(key)
        if fact is None:
            return self._wrong(where, unknown_name("fact", key, [*self.facts, *JOINS]))
        return self._comparisons(fact, value, where)

    def _joined(self, join: type[All] | type[Any], value: Anything, where: Where) -> Condition:
        if not isinstance(value, list) or not value:
            return self._wrong(where, f"expected a list of conditions, found {kind(value)}")
        parts = tuple(self._node(part, (*where, i)) for i, part in enumerate(value))
        return parts[0] if len(parts) == 1 else join(parts)

    def _comparisons(self, fact: Fact, value: Anything, where: Where) -> Condition:
        if not isinstance(value, dict) or not value:
            ops = ", ".join(operators(fact))
            return self._wrong(
                where, f"expected one of {ops} under '{fact.id}', found {shown(value)}"
            )
        parts = [self._comparison(fact, op, part, (*where, op)) for op, part in value.items()]
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _comparison(self, fact: Fact, op: str, operand: Anything, where: Where) -> Condition:
        if op not in operators(fact):
            message = unknown_name(
                f"comparison for the {fact.type} '{fact.id}'", op, operators(fact)
            )
            return self._wrong(where, message)
        if op in PRESENCE:
            if operand is not True:
                return self._wrong(where, f"'{op}' takes true alone, found {shown(operand)}")
            return Comparison(fact.id, op)
        if isinstance(operand, dict):
            return self._other(fact, op, operand, where)
        if op == "one_of":
            return self._one_of(fact, operand, where)
        return Comparison(fact.id, op, self._literal(fact, operand, where))

    def _one_of(self, fact: Fact, operand: Anything, where: Where) -> Condition:
        if not isinstance(operand, list) or not operand:
            return self._wrong(where, f"expected a list of values, found {kind(operand)}")
        values = [self._literal(fact, part, (*where, i)) for i, part in enumerate(operand)]
        return Comparison(fact.id, "one_of", tuple(dict.fromkeys(values)))

    def _literal(self, fact: Fact, operand: Anything, where: Where) -> Scalar:
        checked = [operand] if fact.type == "set" else operand
        try:
            value = fact.check(checked)
        except ValueError as error:
            self._wrong(where, f"{fact.id}: {error}")
            return 0
        if isinstance(value, tuple):
            return value[0]
        if value is None:
            self._wrong(where, f"{fact.id}: unknown is not a value; write 'unknown: true'")
            return 0
        return value

    def _other(
        self, fact: Fact, op: str, operand: Mapping[str, Anything], where: Where
    ) -> Condition:
        self.problems.names(operand, where, ("fact", "times", "less"), self.subject)
        name = operand.get("fact")
        other = self.facts.get(name) if isinstance(name, str) else None
        times = operand.get("times", 1)
        if name is None:
            return self._wrong(where, "'fact' is missing; write the fact to compare with")
        if other is None:
            numbers = [f.id for f in self.facts.values() if f.numeric]
            return self._wrong(where, unknown_name("fact", name, numbers))
        if not (fact.numeric and other.numeric and op in (*ORDERINGS, "is", "is_not")):
            message = f"'{fact.id}' {op} '{other.id}': only numbers are compared with each other"
            return self._wrong(where, message)
        if (
            isinstance(times, bool)
            or not isinstance(times, int | float)
            or not 0 < times <= LARGEST_NUMBER
        ):
            message = f"'times' must be a number above 0 and at most {LARGEST_NUMBER:,}, found {shown(times)}"
            return self._wrong(where, message)
        return Comparison(fact.id, op, Other(other.id, times, self._less(operand, where)))

    def _less(self, operand: Mapping[str, Anything], where: Where) -> int | float | str:
        less = operand.get("less", 0)
        numbers = [fact.id for fact in self.facts.values() if fact.numeric]
        if isinstance(less, str) and less in numbers:
            return less
        if (
            isinstance(less, int | float)
            and not isinstance(less, bool)
            and abs(less) <= LARGEST_NUMBER
        ):
            return less
        if isinstance(less, str) and less not in self.facts:
            message = f"'less' is a number, or a fact: {unknown_name('fact', less, numbers)}"
        else:
            most = f"{LARGEST_NUMBER:,}"
            message = f"'less' must be a number between -{most} and {most}, or a fact that is one, found {shown(less)}"
        self._wrong(where, message)
        return 0


def parse_conclusion(
    data: Anything,
    where: Where,
    facts: Mapping[str, Fact],
    decisions: Mapping[str, Decision],
    strengths: Mapping[str, int],
    problems: Problems,
    subject: str,
) -> Conclusion | None:
    """Return what a rule concludes, or None where its `then` has a mistake."""
    return _ConclusionParser(facts, decisions, strengths, problems, subject).parse(data, where)


class _ConclusionParser:
    FORMS = ("derive", "support", "oppose", "exclude", "advise")

    def __init__(
        self,
        facts: Mapping[str, Fact],
        decisions: Mapping[str, Decision],
        strengths: Mapping[str, int],
        problems: Problems,
        subject: str,
    ) -> None:
        self.facts, self.decisions, self.strengths = facts, decisions, strengths
        self.problems, self.subject = problems, subject

    def parse(self, data: Anything, where: Where) -> Conclusion | None:
        before = len(self.problems.found)
        conclusion = self._form(data, where)
        return conclusion if len(self.problems.found) == before else None

    def _wrong(self, where: Where, message: str) -> None:
        self.problems.add(where, message, self.subject)

    def _form(self, data: Anything, where: Where) -> Conclusion | None:
        forms = [key for key in data if key in self.FORMS] if isinstance(data, dict) else []
        if len(forms) != 1:
            self._wrong(
                where, f"expected exactly one of {', '.join(self.FORMS)}, found {kind(data)}"
            )
            return None
        form = forms[0]
        weighed = form in ("support", "oppose", "advise")
        allowed = (form, "strength") if weighed else (form,)
        self.problems.names(data, where, allowed, self.subject)
        points = self._points(data, where) if weighed else 0
        strength = data.get("strength", "weak")
        return self._conclusion(form, data[form], (*where, form), strength, points)

    def _points(self, data: Mapping[str, Anything], where: Where) -> int:
        strength = data.get("strength")
        if not isinstance(strength, str) or strength not in get_args(Strength):
            self._wrong(where, unknown_name("strength", strength, get_args(Strength)))
            return 0
        return self.strengths.get(strength, 0)

    def _conclusion(
        self, form: str, data: Anything, where: Where, strength: Strength, points: int
    ) -> Conclusion | None:
        if form == "derive":
            return self._derive(data, where)
        if form == "advise":
            return self._advise(data, where, strength, points)
        target = self._options(data, where)
        if target is None:
            return None
        if form == "exclude":
            return Exclude(*target)
        return Weigh(*target, strength, points if form == "support" else -points)

    def _advise(
        self, data: Anything, where: Where, strength: Strength, points: int
    ) -> Advise | None:
        if data not in get_args(AdviceKind):
            self._wrong(where, unknown_name("kind of advice", data, get_args(AdviceKind)))
            return None
        return Advise(data, strength, points)

    def _derive(self, data: Anything, where: Where) -> Derive | None:
        if not isinstance(data, dict) or len(data) != 1:
            self._wrong(where, f"expected one derived fact with its value, found {kind(data)}")
            return None
        ((name, value),) = data.items()
        derived = {f.id: f for f in self.facts.values() if f.origin == "derived"}
        if name not in derived:
            self._wrong((*where, name), unknown_name("derived fact", name, derived))
            return None
        return self._derived(derived[name], value, (*where, name))

    def _derived(self, fact: Fact, value: Anything, where: Where) -> Derive | None:
        try:
            checked = fact.check(value)
        except ValueError as error:
            self._wrong(where, f"{fact.id}: {error}")
            return None
        if checked is None:
            self._wrong(where, f"{fact.id}: a rule cannot derive 'unknown'")
            return None
        return Derive(fact.id, checked)

    def _options(self, data: Anything, where: Where) -> tuple[str, tuple[str, ...]] | None:
        if not isinstance(data, dict) or len(data) != 1:
            self._wrong(where, f"expected one decision with its option, found {kind(data)}")
            return None
        ((name, chosen),) = data.items()
        decision = self.decisions.get(name)
        if decision is None:
            self._wrong((*where, name), unknown_name("decision", name, self.decisions))
            return None
        options = chosen if isinstance(chosen, list) and chosen else [chosen]
        for option in options:
            if not isinstance(option, str) or option not in decision.options:
                message = unknown_name(f"option of '{name}'", option, decision.options)
                self._wrong((*where, name), message)
        return name, tuple(o for o in decision.options if o in options)
