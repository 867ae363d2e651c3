"""Sets out the arguments of each decision: for, against, vetoes, how close it was."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from tunewise.explaining.decisive import decisive
from tunewise.explaining.explanation import Explanation
from tunewise.explaining.nearest import nearest_option
from tunewise.explaining.reasons import Reason, ordered
from tunewise.explaining.sources import SourceView, cited
from tunewise.inference.deciding import OptionScore, Outcome
from tunewise.inference.single import Conclusions, Firing
from tunewise.knowledge.conditions import All, Value
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook
from tunewise.record.evaluation import Known
from tunewise.report.certaintyview import LimitView, NearestView
from tunewise.report.view import (
    Argument,
    DecisionView,
    Dispute,
    FactView,
    FiringView,
    Lift,
    OptionView,
)


class Argued(Protocol):
    """What there is to argue on: an evaluation, or what a record tells by the rulebook that decided it."""

    @property
    def rulebook(self) -> Rulebook:
        """The rulebook that decided."""

    @property
    def explanation(self) -> Explanation:
        """Its words."""

    @property
    def facts(self) -> Mapping[str, Known]:
        """The facts that are known, and where they come from."""

    @property
    def conclusions(self) -> Conclusions:
        """What followed from them."""

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The reasons of the first decision, the strongest first."""


class Arguments:
    """The arguments of one case; `key` starts the anchors of its rules."""

    def __init__(self, case: Argued, key: str) -> None:
        self.case, self.book, self.key = case, case.rulebook, key
        self.fired = {f.rule.id: f for f in case.conclusions.firings}

    def anchor(self, rule: Rule) -> str:
        """Return the name of a rule's place in the trace."""
        return f"{self.key}-{rule.id}"

    def text(self, rule: Rule) -> str:
        """Return why a rule fired, with the values it fired on; as written where it did not."""
        if rule.id not in self.fired:
            return self.case.explanation.sentence(rule)
        return self.case.explanation.reason(rule, dict(self.fired[rule.id].facts))

    def sources(self, rule: Rule) -> tuple[SourceView, ...]:
        """Return the sources of a rule."""
        return tuple(cited(self.book, item) for item in rule.sources)

    def fact(self, id: str, value: Value) -> FactView:
        """Return a fact with a value."""
        fact, known = self.book.facts[id], self.case.facts.get(id)
        words = self.case.explanation.say(fact, value)
        return FactView(id, fact.label, words, known.origin if known else "decided")

    def firing(self, firing: Firing) -> FiringView:
        """Return the view of a step of the trace."""
        rule, explanation = firing.rule, self.case.explanation
        return FiringView(
            rule=rule.id,
            anchor=self.anchor(rule),
            text=self.text(rule),
            sentence=explanation.sentence(rule),
            conclusion=explanation.conclusion(rule.then),
            checked=rule.checked,
            facts=self._read(rule),
            sources=self.sources(rule),
            disputes=self.disputes(rule),
        )

    def _read(self, rule: Rule) -> tuple[FactView, ...]:
        """Return the facts that a rule read which fired."""
        return tuple(self.fact(id, value) for id, value in self.fired[rule.id].facts)

    def disputes(self, rule: Rule) -> tuple[Dispute, ...]:
        """Return what other rules and sources say to the contrary."""
        return tuple(
            Dispute(self.text(self.book.rules[other]), None)
            if other in self.book.rules
            else Dispute(self.book.items[other].says, cited(self.book, other))
            for other in rule.disputed_by
        )

    def decision(self, outcome: Outcome) -> DecisionView:
        """Return the view of one decision."""
        decision = self.book.decisions[outcome.decision]
        chosen = decision.options.get(outcome.chosen)
        runner_up = _runner_up(outcome)
        options = self.options(outcome)
        return DecisionView(
            label=decision.label,
            question=decision.question,
            chosen=chosen.label if chosen else "",
            says=chosen.says if chosen else "",
            runner_up=decision.options[runner_up.option].label if runner_up else "",
            margin=outcome.margin,
            closeness=self._closeness(outcome, runner_up),
            options=options,
            silent=tuple(o.label for o in options if o.silent),
            lifts=self._lifts(outcome) if outcome.blocked else (),
            nearest=self._nearest(outcome) if outcome.blocked else None,
        )

    def _closeness(self, outcome: Outcome, runner_up: OptionScore | None) -> str:
        if runner_up is None or outcome.margin is None:
            return "blocked" if outcome.blocked else "alone"
        options = list(self.book.decisions[outcome.decision].options)
        wins_ties = options.index(runner_up.option) < options.index(outcome.chosen)
        if outcome.margin == 0:
            return "tie"
        for strength, points in self.book.strengths.items():
            if points + wins_ties > outcome.margin:
                return strength
        return "clear"

    def options(self, outcome: Outcome) -> tuple[OptionView, ...]:
        """Return how each option of a decision stands."""
        sums = [_sums(standing) for standing in outcome.standings]
        full = max(max(pair) for pair in sums) or 1
        options, turning = self.book.decisions[outcome.decision].options, decisive(outcome)
        return tuple(
            OptionView(
                label=self.case.explanation.option(outcome.decision, s.option),
                says=options[s.option].says if s.option in options else "",
                chosen=s.option == outcome.chosen,
                score=s.score,
                support=support,
                opposition=opposition,
                support_share=round(100 * support / full),
                opposition_share=round(100 * opposition / full),
                arguments=tuple(self._on(s.option, rule, turning) for rule in _weighing(s)),
                vetoes=tuple(self._on(s.option, rule, turning) for rule in s.vetoed_by),
            )
            for s, (support, opposition) in zip(outcome.standings, sums, strict=True)
        )

    def about(self, outcome: Outcome, option: str) -> tuple[Argument, ...]:
        """Return what the rules that fired on a decision say of an option, the strongest first."""
        turning, fired = decisive(outcome), (firing.rule for firing in self.fired.values())
        said = (
            Reason(rule, rule.then.options, rule.id in turning)
            for rule in fired
            if rule.target == outcome.decision and option in rule.then.options
        )
        return tuple(map(self._argument, ordered(said, self.book.strengths)))

    def _on(self, option: str, rule: str, turning: Collection[str]) -> Argument:
        return self._argument(Reason(self.book.rules[rule], (option,), rule in turning))

    def _argument(self, reason: Reason) -> Argument:
        rule, explanation = reason.rule, self.case.explanation
        names = [explanation.option(str(rule.target), option) for option in reason.options]
        return Argument(
            rule=rule.id,
            anchor=self.anchor(rule),
            text=self.text(rule),
            option=" and ".join(names),
            stance=rule.then.stance,
            strength=rule.then.strength or "",
            points=rule.then.points,
            lift=self._lift(rule) if rule.then.stance == "veto" else "",
            facts=self._read(rule),
            sources=self.sources(rule),
            disputes=self.disputes(rule),
            decisive=reason.decisive,
        )

    def reasons(self, most: int) -> tuple[Argument, ...]:
        """Return the strongest arguments of the decision that comes first."""
        return tuple(map(self._argument, self.case.reasons[:most]))

    def disputed(self, most: int) -> tuple[Argument, ...]:
        """Return the disputed ones among those reasons and the decisive arguments."""
        shown = (r for i, r in enumerate(self.case.reasons) if i < most or r.decisive)
        return tuple(self._argument(reason) for reason in shown if reason.rule.disputed_by)

    def _nearest(self, outcome: Outcome) -> NearestView:
        explanation, memory = self.case.explanation, self.case.conclusions.memory
        found = nearest_option(self.book, outcome, memory)
        facts = self.book.facts
        return NearestView(
            option=explanation.option(outcome.decision, found.option),
            limits=tuple(
                LimitView(facts[e.fact].label, explanation.say(facts[e.fact], e.over))
                for e in found.excesses
            ),
            reasons=tuple(self.text(self.book.rules[id]) for id in found.rules),
        )

    def _lifts(self, outcome: Outcome) -> tuple[Lift, ...]:
        lifts = []
        for standing in outcome.standings:
            for veto in standing.vetoed_by:
                rule = self.book.rules[veto]
                name = self.case.explanation.option(outcome.decision, standing.option)
                lifts.append(Lift(name, self.text(rule), self._lift(rule)))
        return tuple(lifts)

    def _lift(self, rule: Rule) -> str:
        """Return what must stop being true for a rule to fall, nothing where it always is true."""
        return "" if rule.when == All(()) else self.case.explanation.condition(rule.when)


def _runner_up(outcome: Outcome) -> OptionScore | None:
    others = [s for s in outcome.standings if not s.vetoed_by and s.option != outcome.chosen]
    return max(others, key=lambda s: s.score) if others else None


def _weighing(standing: OptionScore) -> tuple[str, ...]:
    """Return the rules for and against an option, by their points."""
    return tuple(e.rule for e in sorted(standing.evidence, key=lambda e: -e.points))


def _sums(standing: OptionScore) -> tuple[int, int]:
    support = sum(e.points for e in standing.evidence if e.points > 0)
    return support, support - standing.score
