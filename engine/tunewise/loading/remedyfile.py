"""Reads remedies.yaml, checking each finding, condition, sentence, order and source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any as Anything

from msgspec import field

from tunewise.errors import unknown_name
from tunewise.knowledge.conditions import All, Any, Comparison, Condition, facts_read, not_true
from tunewise.knowledge.remedy import TEST_CASES, EvaluationSet, Remedies, Remedy, Ruling
from tunewise.knowledge.rule import PLACEHOLDER, Decision, SourceItem
from tunewise.knowledge.vocabulary import Vocabulary
from tunewise.loading.declarations import check_day, check_items
from tunewise.loading.parsing import ConditionParser
from tunewise.reading import Document, Where
from tunewise.structure import NAME_PATTERN, Frozen, Problems

REMEDIES = "remedies.yaml"
TEST_BOUNDS = {
    "share": (0.001, 0.999),
    "margin": (0.001, 0.999),
    "least": (1, 1_000_000),
    "squared_deviations": (0.01, 100),
}
"""Between which numbers the size of a test can be worked out."""


class RulingText(Frozen, frozen=True, kw_only=True):
    """A condition that settles a remedy, as its file writes it."""

    when: Anything
    unless: Anything = None
    because: str


class RemedyText(Frozen, frozen=True, kw_only=True):
    """A remedy as its file writes it; `mends` gives for each finding the least evidence, `verdict` the options."""

    label: str
    mends: dict[str, str] = field(default_factory=dict)
    when: Anything = None
    unless: Anything = None
    done: RulingText | None = None
    never: RulingText | None = None
    verdict: dict[str, tuple[str, ...]] = field(default_factory=dict)
    otherwise: str = ""
    takes: str
    because: str
    gate: str
    first: bool = False
    after: tuple[str, ...] = ()
    sources: tuple[str, ...]
    checked: str


class RemedyFile:
    """Reads the remedies of a rulebook; the mistakes are in `problems`."""

    def __init__(
        self,
        document: Document,
        facts: Vocabulary,
        decisions: Mapping[str, Decision],
        items: Mapping[str, SourceItem],
    ) -> None:
        self.facts, self.decisions, self.items = facts, decisions, items
        self.problems = Problems(document)
        self._data = document.data if isinstance(document.data, dict) else {}

    def remedies(self) -> Remedies:
        """Return the remedies that have no mistake, in the order in which they are tried."""
        self.problems.names(self._data, (), ("title", "about", "test", "remedies"))
        table = self.problems.table(self._data.get("remedies"), ("remedies",))
        read = {name: self._remedy(name, entry) for name, entry in table.items()}
        found = {name: remedy for name, remedy in read.items() if remedy is not None}
        for remedy in found.values():
            where = ("remedies", remedy.id, "after")
            self._known("remedy", remedy.after, read, where, f"remedy {remedy.id}")
        return Remedies(self._ordered(found), self._test())

    def _ordered(self, found: Mapping[str, Remedy]) -> dict[str, Remedy]:
        """Return remedies so that each comes after those that it names, else as the file has them."""
        order, places = TopologicalSorter[str](), list(found)
        for remedy in found.values():
            order.add(remedy.id, *(other for other in remedy.after if other in found))
        try:
            order.prepare()
        except CycleError as error:
            circle = " after ".join(error.args[1][::-1])
            self.problems.add(("remedies",), f"come after each other in a circle: {circle}")
            return dict(found)
        ids, ready = [], list[str]()
        while order.is_active():
            ready = sorted([*ready, *order.get_ready()], key=places.index)
            ids.append(ready.pop(0))
            order.done(ids[-1])
        return {id: found[id] for id in ids}

    def _test(self) -> EvaluationSet | None:
        where = ("test",)
        test = self.problems.build(EvaluationSet, self._data.get("test"), where)
        if test is None:
            return None
        shares = [fact.id for fact in self.facts.values() if fact.type == "share"]
        named = (test.target, *test.measured, test.difference)
        self._known("share among the facts", named, shares, where, "test")
        for key, (least, most) in TEST_BOUNDS.items():
            if not least <= (found := getattr(test, key)) <= most:
                message = f"{key}: expected a number from {least:,} to {most:,}, found {found}"
                self.problems.add((*where, key), message, "test")
        self._sourced(test.sources, test.checked, where, "test")
        return test

    def _remedy(self, name: str, entry: Anything) -> Remedy | None:
        where, subject = ("remedies", name), f"remedy {name}"
        before = len(self.problems.found)
        if not NAME_PATTERN.match(name):
            self.problems.add(where, "a remedy's name may hold letters, digits and _ only", subject)
        text = self.problems.build(RemedyText, entry, where)
        if text is None:
            return None
        remedy = self._built(text, name, where, subject)
        self._sourced(text.sources, text.checked, where, subject)
        return remedy if len(self.problems.found) == before else None

    def _built(self, text: RemedyText, name: str, where: Where, subject: str) -> Remedy:
        when = All((self._mends(text, where, subject), self._when(text, where, subject)))
        self._said(text.because, facts_read(when), (*where, "because"), subject)
        self._said(text.gate, [*self.facts, TEST_CASES], (*where, "gate"), subject)
        decision, options = self._verdict(text, where, subject)
        return Remedy(
            id=name,
            label=text.label,
            when=when,
            done=self._ruling(text.done, (*where, "done"), subject),
            never=self._ruling(text.never, (*where, "never"), subject),
            decision=decision,
            options=options,
            otherwise=_joined(text.otherwise),
            takes=_joined(text.takes),
            because=_joined(text.because),
            gate=_joined(text.gate),
            first=text.first,
            after=text.after,
            sources=text.sources,
            checked=text.checked,
        )

    def _mends(self, text: RemedyText, where: Where, subject: str) -> Condition:
        """Return where one of the findings that it mends is known well enough."""
        findings = [f.id for f in self.facts.values() if f.origin == "derived" and f.ordered]
        for finding, least in text.mends.items():
            at = (*where, "mends", finding)
            if self._known("finding", (finding,), findings, at, subject):
                self._known("evidence", (least,), self.facts[finding].options, at, subject)
        found = (Comparison(finding, "at_least", least) for finding, least in text.mends.items())
        return Any(tuple(found)) if text.mends else All(())

    def _when(self, text: RemedyText | RulingText, where: Where, subject: str) -> Condition:
        parser = ConditionParser(self.facts, self.problems, subject)
        if text.when is None:
            exception = (
                None if text.unless is None else parser.parse(text.unless, (*where, "unless"))
            )
            return All(()) if exception is None else not_true(exception)
        return parser.parse_excepting(text.when, text.unless, where) or All(())

    def _ruling(self, text: RulingText | None, where: Where, subject: str) -> Ruling | None:
        if text is None:
            return None
        when = self._when(text, where, subject)
        self._said(text.because, facts_read(when), (*where, "because"), subject)
        return Ruling(when, _joined(text.because))

    def _verdict(self, text: RemedyText, where: Where, subject: str) -> tuple[str, tuple[str, ...]]:
        """Return the decision and those of its options that ask for the remedy; empty where none does."""
        at = (*where, "verdict")
        if len(text.verdict) > 1:
            self.problems.add(at, "expected the options of one decision", subject)
        for name, options in text.verdict.items():
            if self._known("decision", (name,), self.decisions, at, subject):
                allowed = self.decisions[name].options
                self._known(f"option of '{name}'", options, allowed, (*at, name), subject)
            return name, options
        return "", ()

    def _said(self, text: str, allowed: Iterable[str], where: Where, subject: str) -> None:
        if not text.strip():
            self.problems.add(where, "is empty; say it in one sentence", subject)
        named = PLACEHOLDER.findall(text)
        self._known("fact in the sentence (allowed are)", named, allowed, where, subject)

    def _sourced(self, sources: Iterable[str], checked: str, where: Where, subject: str) -> None:
        check_items(self.problems, sources, self.items, where, subject)
        check_day(self.problems, checked, (*where, "checked"), subject)

    def _known(
        self, kind: str, names: Iterable[str], allowed: Iterable[str], where: Where, subject: str
    ) -> bool:
        """Record each name that is not allowed; return whether all are."""
        allowed = list(allowed)
        wrong = [name for name in names if name not in allowed]
        for name in wrong:
            self.problems.add(where, unknown_name(kind, name, allowed), subject)
        return not wrong


def _joined(text: str) -> str:
    return " ".join(text.split())
