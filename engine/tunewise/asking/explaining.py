"""Explains a record by the rulebook that decided it: what was decided, what carried it, on what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from tunewise.asking.arguments import Asking, Question
from tunewise.asking.page import AskedView, CostView, PageView, RecordedFlipView
from tunewise.asking.recorded import recorded
from tunewise.costs.currency import Currency
from tunewise.costs.ranges import Range, exactly
from tunewise.explaining.sources import SourceView
from tunewise.inference.deciding import BLOCKED
from tunewise.knowledge.rulebook import Rulebook
from tunewise.log.form import Record, SpanForm
from tunewise.log.reading import LogEntry
from tunewise.report.arguing import Arguments
from tunewise.report.presenting_costs import amount
from tunewise.report.view import AmountView, Argument, OptionView

CARRIED = 5


class Explaining:
    """One record of a log, on its way into words."""

    def __init__(self, log: str, entry: LogEntry, record: Record, rulebook: Rulebook) -> None:
        self.log, self.entry, self.record, self.book = log, entry, record, rulebook
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
            rulebook_version=book.version,
            rulebook_sha256=book.sha256,
            versions=tuple(record.versions.items()),
            decisions=tuple(map(self.arguments.decision, conclusions.outcomes.values())),
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
                    (self.book.facts[id].label, self.book.facts[id].say(value))
                    for id, value in flip.facts.items()
                ]
                yours = all(self.book.facts[id].yours for id in flip.facts)
                yield RecordedFlipView(
                    tuple(said), self.case.explanation.option(first, flip.to), yours
                )

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
    return "" if record.written is None else record.written.strftime("%Y-%m-%dT%H:%M:%SZ")


def _amount(span: SpanForm, currency: Currency) -> AmountView:
    return amount(Range(span.low, span.expected, span.high), currency)
