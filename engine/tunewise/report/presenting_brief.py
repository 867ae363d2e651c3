"""Makes the view of a brief: what a client is told, in plain words, without what only an auditor needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tunewise.explaining.reasons import REASONS
from tunewise.explaining.sources import cited
from tunewise.knowledge.vocabulary import Fact
from tunewise.record.evaluation import Evaluation
from tunewise.report.arguing import Arguments
from tunewise.report.briefview import BriefReport, BriefView, TermView, TraceView
from tunewise.report.coverview import CoverView
from tunewise.report.in_currency import in_its_currency
from tunewise.report.presenting_short import short_view
from tunewise.report.view import FactView

RISKS, QUESTIONS, FACTS, PARAGRAPHS = 5, 5, 8, 3
"""How many risks, open questions, facts and paragraphs on the situation a brief holds."""
RISKY = ("contradiction", "risk", "pitfall", "hidden_cost")
"""The kinds of advice that tell of what may go wrong."""


def brief_report(
    evaluations: Sequence[Evaluation], cover: CoverView, appendix: bool = False
) -> BriefReport:
    """Return the view of briefs under a cover; its date is the day that counts where none is stated."""
    day = evaluations[0].as_of.isoformat()
    cases = tuple(_Brief(in_its_currency(one)).view(appendix) for one in evaluations)
    return BriefReport(replace(cover, date=cover.date or day), cases, day)


class _Brief:
    """One evaluation on its way into a brief."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation, self.book = evaluation, evaluation.rulebook

    def view(self, appendix: bool) -> BriefView:
        case = self.evaluation.case
        paragraphs = filter(None, map(str.strip, case.description.splitlines()))
        view = BriefView(
            short=short_view(self.evaluation),
            owner=case.owner,
            situation=tuple(paragraphs)[:PARAGRAPHS],
            facts=tuple(self._facts())[:FACTS],
            risks=tuple(self._risks())[:RISKS],
            open_questions=tuple(self._questions())[:QUESTIONS],
            terms=(),
            trace=tuple(self._trace()) if appendix else (),
        )
        text = " ".join(_told(view)).casefold()
        terms = tuple(one for one in self._terms() if one.term.casefold() in text)
        return replace(view, terms=terms)

    def _facts(self) -> Iterator[FactView]:
        """Yield what the case states: first what the reasons rest on, then the rest in the vocabulary's order."""
        stated = self.evaluation.case.facts
        told = (fact for reason in self.evaluation.reasons[:REASONS] for fact in reason.rule.reads)
        for id in dict.fromkeys((*told, *stated)):
            if id in stated:
                fact = self.book.facts[id]
                yield FactView(
                    id, fact.label, self.evaluation.explanation.say(fact, stated[id]), "given"
                )

    def _risks(self) -> Iterator[str]:
        arguments = Arguments(self.evaluation, "")
        for firing in self.evaluation.advice:
            if firing.rule.then.kind in RISKY:
                yield arguments.text(firing.rule)

    def _questions(self) -> Iterator[str]:
        """Yield the questions whose answers would turn the verdict, then those that most rules wait for."""
        turns = next(iter(self.evaluation.certainty.values())).turns
        asked = [fact for turn in turns for fact in turn.facts]
        waited = [unknown.fact for unknown in self.evaluation.unknown if unknown.rules]
        for id in dict.fromkeys((*asked, *waited)):
            fact: Fact = self.book.facts[id]
            yield fact.question

    def _terms(self) -> Iterator[TermView]:
        """Yield the options of the first decision, and what else was chosen, with what they mean."""
        chosen = self.evaluation.conclusions.recommendation
        for place, (id, decision) in enumerate(self.book.decisions.items()):
            for option in decision.options.values():
                if option.says and (place == 0 or option.id == chosen[id]):
                    yield TermView(option.label, option.says)

    def _trace(self) -> Iterator[TraceView]:
        arguments, explanation = Arguments(self.evaluation, ""), self.evaluation.explanation
        for firing in self.evaluation.conclusions.firings:
            rule = firing.rule
            titles = dict.fromkeys(cited(self.book, item).title for item in rule.sources)
            follows = explanation.conclusion(rule.then)
            yield TraceView(arguments.text(rule), follows, "; ".join(titles))


def _told(view: BriefView) -> Iterator[str]:
    """Yield the texts of a brief in which its terms may stand."""
    short = view.short
    yield from (short.verdict, short.reversal, *short.reasons, *view.situation, *view.risks)
    yield from view.open_questions
    for plan in short.money.plans if short.money else ():
        yield from (plan.label, plan.does, plan.out)
    for step in short.steps:
        yield from (step.label, step.takes, step.gate)
    yield from (turn.to for turn in short.certainty.turns)
    yield from (one.option for one in (short.turning.instead if short.turning else ()))
