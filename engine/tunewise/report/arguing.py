"""Sets out the arguments of each decision: for, against, vetoes, how close it was."""

from __future__ import annotations

from collections.abc import Iterable

from tunewise.explaining.nearest import nearest_option
from tunewise.explaining.sources import SourceView, cited
from tunewise.inference.deciding import OptionScore, Outcome
from tunewise.knowledge.rule import Rule
from tunewise.record.evaluation import Evaluation
from tunewise.report.certaintyview import LimitView, NearestView
from tunewise.report.view import Argument, DecisionView, Dispute, Lift, OptionView


class Arguments:
    """The arguments of one evaluation; `key` starts the anchors of its rules."""

    def __init__(self, evaluation: Evaluation, key: str) -> None:
        self.evaluation = evaluation
        self.book = evaluation.rulebook
        self.key = key
        self.fired = {f.rule.id: f for f in evaluation.conclusions.firings}
        self._reasons = evaluation.reasons

    def anchor(self, rule: Rule) -> str:
        """Return the name of a rule's place in the trace."""
        return f"{self.key}-{rule.id}"

    def text(self, rule: Rule) -> str:
        """Return why a rule fired, with the values it fired on; as written where it did not."""
        if rule.id not in self.fired:
            return self.evaluation.explanation.sentence(rule)
        return self.evaluation.explanation.reason(rule, dict(self.fired[rule.id].facts))

    def sources(self, rule: Rule) -> tuple[SourceView, ...]:
        """Return the sources of a rule."""
        return tuple(cited(self.book, item) for item in rule.sources)

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
        options = self._options(outcome)
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

    def _options(self, outcome: Outcome) -> tuple[OptionView, ...]:
        sums = [_sums(standing) for standing in outcome.standings]
        full = max(max(pair) for pair in sums) or 1
        options = self.book.decisions[outcome.decision].options
        return tuple(
            OptionView(
                label=options[s.option].label,
                says=options[s.option].says,
                chosen=s.option == outcome.chosen,
                score=s.score,
                support=support,
                opposition=opposition,
                support_share=round(100 * support / full),
                opposition_share=round(100 * opposition / full),
                arguments=self._weighing(s),
                vetoes=tuple(self._on(s.option, rule) for rule in s.vetoed_by),
            )
            for s, (support, opposition) in zip(outcome.standings, sums, strict=True)
        )

    def _weighing(self, standing: OptionScore) -> tuple[Argument, ...]:
        ordered = sorted(standing.evidence, key=lambda e: -e.points)
        return tuple(self._on(standing.option, evidence.rule) for evidence in ordered)

    def _on(self, option: str, rule: str) -> Argument:
        return self._argument(self.book.rules[rule], (option,))

    def _argument(self, rule: Rule, options: Iterable[str]) -> Argument:
        explanation = self.evaluation.explanation
        names = [explanation.option(str(rule.target), option) for option in options]
        return Argument(
            rule=rule.id,
            anchor=self.anchor(rule),
            text=self.text(rule),
            option=" and ".join(names),
            stance=rule.then.stance,
            strength=rule.then.strength or "",
            points=rule.then.points,
            lift=explanation.condition(rule.when) if rule.then.stance == "veto" else "",
            sources=self.sources(rule),
            disputes=self.disputes(rule),
        )

    def reasons(self, most: int) -> tuple[Argument, ...]:
        """Return the strongest arguments of the decision that comes first."""
        return tuple(self._argument(r.rule, r.options) for r in self._reasons[:most])

    def disputed(self, most: int) -> tuple[Argument, ...]:
        """Return the disputed ones among those reasons and the decisive arguments."""
        shown = (r for i, r in enumerate(self._reasons) if i < most or r.decisive)
        return tuple(self._argument(r.rule, r.options) for r in shown if r.rule.disputed_by)

    def _nearest(self, outcome: Outcome) -> NearestView:
        explanation, memory = self.evaluation.explanation, self.evaluation.conclusions.memory
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
                name = self.evaluation.explanation.option(outcome.decision, standing.option)
                condition = self.evaluation.explanation.condition(rule.when)
                lifts.append(Lift(name, self.text(rule), condition))
        return tuple(lifts)


def _runner_up(outcome: Outcome) -> OptionScore | None:
    others = [s for s in outcome.standings if not s.vetoed_by and s.option != outcome.chosen]
    return max(others, key=lambda s: s.score) if others else None


def _sums(standing: OptionScore) -> tuple[int, int]:
    support = sum(e.points for e in standing.evidence if e.points > 0)
    return support, support - standing.score
