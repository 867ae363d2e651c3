"""Reads a record by the rulebook that decided it, as an evaluation is read: facts, conclusions, reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tunewise.explaining.explanation import Explanation, Unknown
from tunewise.explaining.reasons import Reason, reasons
from tunewise.inference.deciding import BLOCKED, Evidence, OptionScore, Outcome
from tunewise.inference.single import Conclusions, Firing
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook
from tunewise.log.form import DecisionForm, OptionForm, Record
from tunewise.record.evaluation import Known


@dataclass(frozen=True, slots=True)
class RecordedCase:
    """What a record tells of its case: `hidden` are the facts that were taken out."""

    rulebook: Rulebook
    explanation: Explanation
    facts: Mapping[str, Known]
    conclusions: Conclusions
    reasons: tuple[Reason, ...]
    hidden: frozenset[str]

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """The facts that nobody stated and that are worth asking, the most waited for first."""
        waiting = self.waiting
        stated = {fact: rules for fact, rules in waiting.items() if fact not in self.hidden}
        return self.explanation.unknown(self.conclusions.memory, stated)

    @property
    def waiting(self) -> Mapping[str, tuple[str, ...]]:
        """Each fact that is not known, and the rules that its value could make fire."""
        return self.explanation.waiting(self.conclusions.memory, self.fired)

    @property
    def fired(self) -> Mapping[str, Rule]:
        """The rules that fired, in order."""
        return {firing.rule.id: firing.rule for firing in self.conclusions.firings}


def recorded(record: Record, book: Rulebook) -> RecordedCase:
    """Return what a record tells, which its rulebook can explain."""
    fired = {
        one.rule: Firing(book.rules[one.rule], tuple(_values(one.facts))) for one in record.firings
    }
    outcomes = {one.decision: _outcome(one, fired) for one in record.decisions}
    paths = (taken.path for taken in record.masked)
    hidden = frozenset(path.removeprefix("facts.") for path in paths if path.startswith("facts."))
    facts = {id: Known(_value(fact.value), fact.origin) for id, fact in record.facts.items()}
    stated = {
        id: known.value
        for id, known in facts.items()
        if known.origin != "assumed" and id not in hidden
    }
    chosen = {id: one.chosen for id, one in outcomes.items() if one.chosen != BLOCKED}
    return RecordedCase(
        rulebook=book,
        explanation=Explanation(book),
        facts=facts,
        conclusions=Conclusions({**stated, **chosen}, tuple(fired.values()), outcomes),
        reasons=reasons(book, (firing.rule for firing in fired.values())),
        hidden=hidden,
    )


def _outcome(decision: DecisionForm, fired: Mapping[str, Firing]) -> Outcome:
    standings = tuple(_standing(option, fired) for option in decision.options)
    return Outcome(decision.decision, decision.chosen, decision.margin, standings)


def _standing(option: OptionForm, fired: Mapping[str, Firing]) -> OptionScore:
    """Return how an option stood; a record that was altered may name rules that did not fire."""
    vetoes = tuple(rule for rule in option.vetoed_by if rule in fired)
    evidence = tuple(Evidence(e.rule, e.points) for e in option.evidence if e.rule in fired)
    return OptionScore(option.option, option.score, vetoes, evidence)


def _values(facts: Mapping[str, object]) -> Iterator[tuple[str, Value]]:
    return ((id, _value(value)) for id, value in facts.items())


def _value(value: object) -> Value:
    return tuple(value) if isinstance(value, list) else value  # type: ignore[return-value]
