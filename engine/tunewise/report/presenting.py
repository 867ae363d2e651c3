"""Makes the view of an evaluation: picks what matters most, and puts ids and numbers into words."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace

from tunewise.explaining.explanation import NearMiss
from tunewise.explaining.ladder import Rung
from tunewise.explaining.nearness import contrary
from tunewise.explaining.plainly import plain_verdict
from tunewise.explaining.reasons import REASONS
from tunewise.explaining.sources import cited
from tunewise.inference.single import Firing
from tunewise.knowledge.rulebook import Rulebook
from tunewise.record.evaluation import Evaluation
from tunewise.report.arguing import Arguments
from tunewise.report.in_currency import in_its_currency
from tunewise.report.presenting_certainty import certainty_view, find_out
from tunewise.report.presenting_costs import costs_view
from tunewise.report.presenting_turning import turning_view
from tunewise.report.turningview import RungView
from tunewise.report.view import (
    AdviceView,
    CaseView,
    DocumentView,
    FactGroup,
    FactView,
    MissView,
    ReportView,
    UnknownView,
)

HEADING = 80
"""Characters of a name that a heading shows."""
ADVICE, MISSES, MOST_UNKNOWN = 7, 8, 8
"""How many pieces of advice, near misses and unknown facts stand in the open."""


def report_view(evaluations: Sequence[Evaluation]) -> ReportView:
    """Return the view of one or more evaluations under one rulebook."""
    evaluations = tuple(map(in_its_currency, evaluations))
    first = evaluations[0]
    book = first.rulebook
    used = {item for evaluation in evaluations for item in _used(evaluation)}
    return ReportView(
        cases=tuple(
            _Case(evaluation, number).view() for number, evaluation in enumerate(evaluations, 1)
        ),
        early=all(evaluation.too_early for evaluation in evaluations),
        sources=tuple(_documents(book, used)),
        as_of=first.as_of.isoformat(),
        rulebook=book.title,
        rulebook_version=book.told_version,
        rulebook_sha256=book.sha256,
        strengths=tuple(book.strengths.items()),
        rules=len(book.rules),
        documents=len(book.documents),
        versions=tuple(first.versions.items()),
    )


def _used(evaluation: Evaluation) -> Iterable[str]:
    """Yield the source items that a report names."""
    for firing in evaluation.conclusions.firings:
        yield from firing.rule.sources
        yield from (id for id in firing.rule.disputed_by if id in evaluation.rulebook.items)
    for rung in evaluation.ladder:
        yield from rung.remedy.sources
    for estimate in evaluation.costs.estimates.values():
        for line in estimate.lines:
            yield from line.sources


def _documents(book: Rulebook, used: Container[str]) -> Iterable[DocumentView]:
    named = [item for id, item in book.items.items() if id in used]
    for id in book.documents:
        if views := tuple(cited(book, item.id) for item in named if item.document == id):
            first = views[0]
            yield DocumentView(first.title, first.link, first.dated, views)


class _Case:
    """One evaluation on its way into a view."""

    def __init__(self, evaluation: Evaluation, number: int) -> None:
        self.evaluation = evaluation
        self.book = evaluation.rulebook
        self.number, self.key = number, f"case-{number}"
        self.arguments = Arguments(evaluation, self.key)

    def view(self) -> CaseView:
        evaluation, case = self.evaluation, self.evaluation.case
        decisions = [self.arguments.decision(o) for o in evaluation.conclusions.outcomes.values()]
        advice = [self._advice(firing) for firing in evaluation.advice]
        misses, unknown = self._misses(), self._unknown()
        certainty = certainty_view(evaluation)
        turning, costs = turning_view(evaluation), costs_view(evaluation, self.key)
        found = CaseView(
            key=self.key,
            number=self.number,
            name=shortened(case.name),
            full_name=case.name if shortened(case.name) != case.name else "",
            description=tuple(filter(None, map(str.strip, case.description.splitlines()))),
            owner=case.owner,
            tags=case.tags,
            plainly=plain_verdict(self.book, evaluation.conclusions.recommendation),
            first=decisions[0],
            rest=tuple(d.chosen for d in decisions[1:] if d.chosen),
            certainty=certainty,
            find_out=find_out(evaluation) if evaluation.too_early else (),
            reasons=self.arguments.reasons(REASONS),
            ladder=tuple(rung_view(rung, self.book) for rung in evaluation.ladder),
            disputed=self.arguments.disputed(REASONS),
            decisions=tuple(decisions),
            blocked=tuple(d for d in decisions if not d.chosen),
            unknown=unknown[:MOST_UNKNOWN],
            unknown_rest=unknown[MOST_UNKNOWN:],
            idle=self._idle(),
            near_misses=misses[:MISSES],
            near_misses_left=max(0, len(misses) - MISSES),
            turning=turning,
            costs=costs,
            advice=tuple(advice[:ADVICE]),
            advice_rest=tuple(advice[ADVICE:]),
            facts=self._groups(),
            firings=tuple(map(self.arguments.firing, evaluation.conclusions.firings)),
            sections=(),
        )
        return replace(found, sections=_sections(found))

    def _advice(self, firing: Firing) -> AdviceView:
        then = firing.rule.then
        return AdviceView(
            kind=str(then.kind).replace("_", " "),
            text=self.arguments.text(firing.rule),
            anchor=self.arguments.anchor(firing.rule),
            sources=self.arguments.sources(firing.rule),
        )

    def _groups(self) -> tuple[FactGroup, ...]:
        """Return the facts used by page of the questionnaire; those of no page come last."""
        groups: dict[str, list[FactView]] = {id: [] for id in [*self.book.facts.groups, ""]}
        for id, known in self.evaluation.facts.items():
            groups.setdefault(self.book.facts[id].group, []).append(
                self.arguments.fact(id, known.value)
            )
        titles = {id: group.title for id, group in self.book.facts.groups.items()}
        return tuple(
            FactGroup(titles.get(id, ""), tuple(facts)) for id, facts in groups.items() if facts
        )

    def _unknown(self) -> tuple[UnknownView, ...]:
        waited = [(self.book.facts[u.fact], u.rules) for u in self.evaluation.unknown if u.rules]
        return tuple(UnknownView(f.id, f.question, f.why, len(rules)) for f, rules in waited)

    def _idle(self) -> tuple[str, ...]:
        unknown = self.evaluation.unknown
        return tuple(self.book.facts[u.fact].label for u in unknown if not u.rules)

    def _misses(self) -> tuple[MissView, ...]:
        """Return the near misses, those that need the same made one."""
        evaluation, conclusions = self.evaluation, self.evaluation.conclusions
        chosen, memory = conclusions.recommendation, conclusions.memory
        needing: dict[str, list[NearMiss]] = {}
        for miss in contrary(evaluation.near_misses, self.book, memory, chosen):
            needing.setdefault(evaluation.explanation.needed(miss.blocking), []).append(miss)
        return tuple(self._miss(misses) for misses in needing.values())

    def _miss(self, misses: list[NearMiss]) -> MissView:
        first, explanation = misses[0], self.evaluation.explanation
        fact = self.book.facts[first.fact]
        return MissView(
            value=explanation.say(fact, first.value),
            needed=explanation.needed(first.blocking),
            conclusions=tuple(explanation.conclusion(miss.rule.then) for miss in misses),
        )


def rung_view(rung: Rung, book: Rulebook) -> RungView:
    """Return the view of a remedy in a case."""
    return RungView(
        label=rung.remedy.label,
        status=rung.status,
        text=rung.because,
        takes=rung.remedy.takes if rung.gate and rung.status != "not" else "",
        gate=rung.gate,
        sources=tuple(cited(book, item) for item in rung.remedy.sources),
    )


def _sections(case: CaseView) -> tuple[str, ...]:
    """Return what there is to show: what a brief tells, in its order, then the evidence."""
    there = {
        "advice": case.advice,
        "ladder": case.ladder,
        "unknown": case.unknown,
        "turns": case.turning or case.certainty.flips or case.disputed,
        "answers": case.certainty.turns,
        "turning": case.turning,
        "decisions": True,
        "near": case.near_misses,
        "pictures": case.costs,
        "costs": case.costs,
        "facts": True,
        "trace": True,
    }
    return tuple(id for id, found in there.items() if found)


def shortened(name: str) -> str:
    """Return a name as a heading shows it."""
    return name if len(name) <= HEADING else name[: HEADING - 1].rstrip() + "…"
