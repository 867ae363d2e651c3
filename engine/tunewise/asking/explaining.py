"""Explains a record by the rulebook that decided it: what was decided, what carried it, on what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from tunewise.asking.arguments import Asking, Question
from tunewise.asking.page import AskedView, CostView, PageView, PersonView, RecordedFlipView
from tunewise.asking.recorded import recorded
from tunewise.costs.currency import Currency
from tunewise.costs.ranges import Range, exactly
from tunewise.explaining.sources import SourceView
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.rulebook import Rulebook
from tunewise.log.form import HumanDecision, Record, SpanForm
from tunewise.log.reading import LogEntry
from tunewise.report.arguing import Arguments
from tunewise.report.costsview import AmountView
from tunewise.report.presenting_costs import amount
from tunewise.report.view import Argument, OptionView

CARRIED = 5


class Explaining:
    """One record of a log, on its way into words."""

    def __init__(
        self,
        log: str,
        entry: LogEntry,
        record: Record,
        rulebook: Rulebook,
        people: Sequence[HumanDecision] = (),
    ) -> None:
        self.log, self.entry, self.record, self.book = log, entry, record, rulebook
        self.people = people
        self.case = recorded(record, rulebook)
        self.arguments = Arguments(self.case, "record")

    def page(self, asked: Question | None, full: bool) -> PageView:
        """Return the page of the record."""
        record, book = self.record, self.book
        conclusions = self.case.conclusions
        return PageView(
            log=self.log,
            line=self.entry.line,
            digest=record.digest,
            doubts=tuple(finding.message for finding in self.entry.findings),
            written=stamp(record),
            name=record.case.name,
            description=record.case.description,
            owner=record.case.owner,
            tags=", ".join(record.case.tags),
            as_of=record.as_of.isoformat(),
            rulebook=book.title,
            rulebook_version=book.told_version,
            rulebook_sha256=book.sha256,
            versions=tuple(record.versions.items()),
            decisions=tuple(map(self.arguments.decision, conclusions.outcomes.values())),
            people=tuple(map(self._person, self.people)),
            carried=self.arguments.reasons(CARRIED),
            carrying=len(self.case.reasons),
            asked=None if asked is None else Asking(self.case, self.arguments, asked).answer(),
            flips=tuple(self._flips()),
            unknown=tuple(one.fact for one in self.case.unknown if one.rules),
            facts=tuple(self.arguments.fact(id, one.value) for id, one in self.case.facts.items()),
            costs=tuple(self._costs()),
            months=record.break_even.horizon_months,
            assumptions=tuple(record.assumptions.items()),
            prices=tuple(
                (price.model, f"{price.input_usd_per_mtok:g}", f"{price.output_usd_per_mtok:g}")
                for price in record.prices
            ),
            masked=tuple((taken.path, taken.action) for taken in record.masked),
            firings=tuple(map(self.arguments.firing, conclusions.firings)) if full else (),
            sources=self._sources(),
            full=full,
        )

    def _flips(self) -> Iterator[RecordedFlipView]:
        """Yield the changes that turn the first decision, but for what an altered record makes up."""
        first, declared = next(iter(self.book.decisions.items()))
        for flip in self.record.flips or ():
            known = self.book.facts.keys() >= flip.facts.keys()
            if flip.decision == first and known and flip.to in (*declared.options, BLOCKED):
                said = [
                    (
                        self.book.facts[id].label,
                        self.book.facts[id].say(tuple(value) if isinstance(value, list) else value),
                    )
                    for id, value in flip.facts.items()
                ]
                yours = all(self.book.facts[id].yours for id in flip.facts)
                yield RecordedFlipView(
                    tuple(said), self.case.explanation.option(first, flip.to), yours
                )

    def _said(self, id: str, value: Value | list[str] | None) -> tuple[str, str]:
        fact = self.book.facts[id]
        return fact.label, fact.say(tuple(value) if isinstance(value, list) else value)

    def _person(self, human: HumanDecision) -> PersonView:
        known = self.book.decisions.get(human.decision or "")
        return PersonView(
            kind=human.kind,
            decision=known.label if known is not None else human.decision or "",
            option=self.case.explanation.option(human.decision, human.chosen)
            if known is not None and human.decision and human.chosen in known.options
            else human.chosen or "",
            by=human.by,
            role=human.role,
            reason=human.reason,
            written=said_at(human.written),
            ruled_out=tuple(self.ruled_out(human.decision or "", human.chosen or "")),
        )

    def ruled_out(self, decision: str, option: str) -> Iterator[str]:
        """Yield each rule by which the record rules an option out, with its reason."""
        outcome = self.case.conclusions.outcomes.get(decision)
        for one in outcome.standings if outcome is not None else ():
            for rule in one.vetoed_by if one.option == option else ():
                yield f"{rule}: {self.arguments.text(self.book.rules[rule])}"

    def _costs(self) -> Iterator[CostView]:
        first, said = next(iter(self.book.decisions)), self.record.currency
        currency = Currency(said.code, exactly(said.per_usd))
        for approach, estimate in self.record.costs.items():
            yield CostView(
                label=self.case.explanation.option(first, approach),
                initial=_amount(estimate.initial, currency),
                monthly=_amount(estimate.monthly, currency),
                horizon=_amount(estimate.horizon, currency),
                lines=tuple((line.id, _amount(line.amount, currency)) for line in estimate.lines),
            )

    def _sources(self) -> tuple[SourceView, ...]:
        """Return the items that the rules come from which fired, each once."""
        fired = self.case.fired.values()
        return tuple(dict.fromkeys(item for rule in fired for item in self.arguments.sources(rule)))


def answered(page: PageView) -> dict[str, Any]:
    """Return what a page adds to its record, as plain data."""
    return {
        "doubts": list(page.doubts),
        "people": [asdict(person) for person in page.people],
        "carried": [_argued(argument) for argument in page.carried],
        "carrying": page.carrying,
        "unknown_facts": list(page.unknown),
        "asked": None if page.asked is None else _asked(page.asked),
    }


def _asked(asked: AskedView) -> dict[str, Any]:
    return {
        "way": asked.way,
        "option": asked.option,
        "decision": asked.decision,
        "chosen": asked.chosen,
        "standings": [_standing(one) for one in asked.standings],
        "spoke_for": [_argued(argument) for argument in asked.spoke_for],
        "spoke_against": [_argued(argument) for argument in asked.spoke_against],
        "near": [asdict(miss) for miss in asked.near],
    }


def _standing(one: OptionView) -> dict[str, Any]:
    told = {"label": one.label, "score": one.score, "chosen": one.chosen}
    return {**told, "vetoed": bool(one.vetoes)}


def _argued(argument: Argument) -> dict[str, Any]:
    return {
        "rule": argument.rule,
        "stance": argument.stance,
        "points": argument.points,
        "options": argument.option,
        "text": argument.text,
        "facts": [[fact.label, fact.value] for fact in argument.facts],
        "sources": [asdict(source) for source in argument.sources],
        "decisive": argument.decisive,
    }


def stamp(record: Record) -> str:
    """Return when a record was written, as the log has it; empty where a batch wrote it."""
    return "" if record.written is None else said_at(record.written)


def said_at(time: datetime) -> str:
    """Return a time in UTC as the log has it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _amount(span: SpanForm, currency: Currency) -> AmountView:
    return amount(Range(span.low, span.expected, span.high), currency)
