"""Explains a record by the rulebook that decided it: what was decided, what carried it, on what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from tunewise.asking.arguments import Asking, Question
from tunewise.asking.page import (
    ArgumentView,
    CostView,
    PageView,
    PersonView,
    RecordedDecisionView,
    RecordedFiringView,
)
from tunewise.asking.words import Witness
from tunewise.costs.currency import Currency
from tunewise.explaining.sources import SourceView
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.rulebook import Rulebook
from tunewise.log.form import DecisionForm, HumanDecision, Record, SpanForm
from tunewise.log.reading import LogEntry

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
        self.witness = Witness(record, rulebook)

    def page(self, asked: Question | None, full: bool) -> PageView:
        """Return the page of the record."""
        record, book, carried = self.record, self.book, self._carried()
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
            rulebook_version=book.version,
            rulebook_sha256=book.sha256,
            versions=tuple(record.versions.items()),
            decisions=tuple(self._decision(decision) for decision in record.decisions),
            people=tuple(map(self._person, self.people)),
            carried=carried[:CARRIED],
            carrying=len(carried),
            asked=None if asked is None else Asking(self.witness, asked).answer(),
            unknown=tuple(one.fact for one in self.witness.unknown if one.rules),
            facts=tuple(
                (book.facts[id].label, id, self.witness.say(id, fact.value), fact.origin)
                for id, fact in record.facts.items()
            ),
            costs=tuple(self._costs()),
            months=record.break_even.horizon_months,
            assumptions=tuple(record.assumptions.items()),
            prices=tuple(
                (price.model, f"{price.input_usd_per_mtok:g}", f"{price.output_usd_per_mtok:g}")
                for price in record.prices
            ),
            masked=tuple((taken.path, taken.action) for taken in record.masked),
            firings=tuple(self._firings()) if full else (),
            sources=self._sources(),
            full=full,
        )

    def _decision(self, decision: DecisionForm) -> RecordedDecisionView:
        declared, name = self.book.decisions[decision.decision], decision.decision
        return RecordedDecisionView(
            label=declared.label,
            question=declared.question,
            chosen=self.witness.option(name, decision.chosen),
            blocked=decision.chosen == BLOCKED,
            lead=decision.margin,
            standings=tuple(self.witness.standings(decision)),
        )

    def _person(self, human: HumanDecision) -> PersonView:
        known = self.book.decisions.get(human.decision or "")
        return PersonView(
            kind=human.kind,
            decision=known.label if known is not None else human.decision or "",
            option=self.witness.option(human.decision, human.chosen)
            if known is not None and human.decision and human.chosen in known.options
            else human.chosen or "",
            by=human.by,
            role=human.role,
            reason=human.reason,
            written=said_at(human.written),
        )

    def _carried(self) -> tuple[ArgumentView, ...]:
        """Return the reasons of the first decision."""
        return tuple(map(self.witness.argument, self.witness.reasons))

    def _costs(self) -> Iterator[CostView]:
        first = next(iter(self.book.decisions))
        said = self.record.currency
        currency = Currency(said.code, _exact(said.per_usd))
        for approach, estimate in self.record.costs.items():
            initial, monthly, horizon = (
                _exact(span.expected)
                for span in (estimate.initial, estimate.monthly, estimate.horizon)
            )
            yield CostView(
                label=self.witness.option(first, approach),
                initial=currency.say(initial),
                monthly=currency.say(monthly),
                expected=currency.say(horizon),
                span=_span(estimate.horizon, currency),
                lines=tuple(
                    (
                        line.id,
                        currency.say(_exact(line.amount.expected)),
                        _span(line.amount, currency),
                    )
                    for line in estimate.lines
                ),
            )

    def _firings(self) -> Iterator[RecordedFiringView]:
        for id in self.witness.fired:
            rule = self.book.rules[id]
            yield RecordedFiringView(
                rule=id,
                sentence=self.witness.words.sentence(rule),
                text=self.witness.reason(rule),
                facts=self.witness.read(id),
                sources=self.witness.sources(rule),
            )

    def _sources(self) -> tuple[SourceView, ...]:
        """Return the items that the rules come from which fired, each once."""
        fired = (self.book.rules[id] for id in self.witness.fired)
        return tuple(dict.fromkeys(item for rule in fired for item in self.witness.sources(rule)))


def answered(page: PageView) -> dict[str, Any]:
    """Return what a page adds to its record, as plain data."""
    asked = None if page.asked is None else asdict(page.asked)
    return {
        "doubts": list(page.doubts),
        "people": [asdict(person) for person in page.people],
        "carried": [asdict(argument) for argument in page.carried],
        "carrying": page.carrying,
        "unknown_facts": list(page.unknown),
        "asked": asked,
    }


def stamp(record: Record) -> str:
    """Return when a record was written, as the log has it; empty where a batch wrote it."""
    return "" if record.written is None else said_at(record.written)


def said_at(time: datetime) -> str:
    """Return a time in UTC as the log has it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _span(amount: SpanForm, currency: Currency) -> str:
    return currency.span(_exact(amount.low), _exact(amount.high))


def _exact(number: int | float) -> Decimal:
    return Decimal(str(number))
