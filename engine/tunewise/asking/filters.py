"""Tells which records an auditor wants: by what they decided, on what, because of what."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial

from tunewise.asking.naming import NamedOption, Options
from tunewise.cases.written import read_written
from tunewise.errors import Problem, UserError, shown, unknown_name
from tunewise.knowledge.conditions import Value
from tunewise.knowledge.vocabulary import Fact
from tunewise.log import rulebook_store as store
from tunewise.log.form import Record
from tunewise.log.selecting import SHORTEST, Rulebooks

Test = Callable[[Record], bool]
"""Whether a record is wanted."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What records are wanted, all of it together; what is None or empty is not asked for.

    `recommendations`, `facts` and `vetoes` are texts such as 'fine_tuning', 'approach=hybrid', 'data_quality=low'.
    """

    rules: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    recommendations: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    vetoes: tuple[str, ...] = ()
    rulebook: str | None = None
    owner: str | None = None
    since: date | None = None
    until: date | None = None
    margin: int | None = None

    def test(self, log: str) -> Test:
        """Return what tells whether a record of a log is wanted; its rulebooks say what names mean.

        Raises UserError, with the nearest name or value, where what is asked for cannot be in any record.
        """
        tests = [*self._plain()]
        if self._named:
            tests += _Named(log).tests(self)
        return lambda record: all(test(record) for test in tests)

    @property
    def _named(self) -> bool:
        names = (self.rules, self.sources, self.recommendations, self.facts, self.vetoes)
        return any(names) or self.rulebook is not None

    def _plain(self) -> Iterator[Test]:
        """Yield the tests that need no rulebook."""
        if self.since is not None and self.until is not None and self.since > self.until:
            raise UserError(f"--since: {self.since} is later than {self.until}, which --until says")
        if self.since is not None or self.until is not None:
            yield self._dated
        if self.margin is not None:
            yield self._close
        if self.owner is not None:
            owner = self.owner.strip().casefold()
            yield lambda record: record.case.owner.strip().casefold() == owner

    def _dated(self, record: Record) -> bool:
        day = record.written.date() if record.written is not None else record.as_of
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )

    def _close(self, record: Record) -> bool:
        margin = record.decisions[0].margin
        return margin is not None and self.margin is not None and margin <= self.margin


class _Named:
    """Reads the names in a filter by the rulebooks beside a log."""

    def __init__(self, log: str) -> None:
        self._log, self._rulebooks = log, Rulebooks(log)
        self._stored = self._rulebooks.stored()
        if not self._stored:
            message = "holds no rulebook that can be read, and what filters name is found there"
            raise UserError(Problem(str(store.folder(log)), None, "", message))
        self._options = Options(self._stored, blocked=True)
        self._rules = {id: None for book in self._stored for id in book.rules}

    def tests(self, wanted: Filter) -> Iterator[Test]:
        """Yield a test for each name; raise UserError for one that nothing has."""
        yield from map(self._fired, wanted.rules)
        yield from map(self._sourced, wanted.sources)
        yield from map(self._recommended, wanted.recommendations)
        yield from map(self._known, wanted.facts)
        yield from map(self._vetoed, wanted.vetoes)
        if wanted.rulebook is not None:
            yield self._decided_by(wanted.rulebook)

    def _fired(self, rule: str) -> Test:
        if rule not in self._rules:
            raise UserError(f"--rule: {unknown_name('rule', rule, self._rules)}")
        return lambda record: any(firing.rule == rule for firing in record.firings)

    def _sourced(self, source: str) -> Test:
        names = {name for book in self._stored for name in (*book.documents, *book.items)}
        if source not in names:
            raise UserError(f"--source: {unknown_name('source', source, sorted(names))}")
        return partial(self._cites, source)

    def _cites(self, source: str, record: Record) -> bool:
        book = self._rulebooks(record.rulebook.sha256)
        fired = (book.rules[f.rule] for f in record.firings if f.rule in book.rules)
        cited = {item for rule in fired for item in rule.sources}
        return source in cited or source in {book.items[id].document for id in cited}

    def _recommended(self, name: str) -> Test:
        options = self._options.named(name)
        if not options:
            raise UserError(f"--recommendation: {self._options.unknown(name)}")
        return lambda record: any(
            record.recommendation.get(one.decision) == one.option for one in options
        )

    def _vetoed(self, name: str) -> Test:
        if name in self._rules:
            return lambda record: any(name in rules for _, rules in _vetoes(record))
        options = self._options.named(name)
        if not options:
            says = self._options.unknown(name, self._rules, "rule or option")
            raise UserError(f"--veto: {says}")
        return lambda record: any(one in options for one, rules in _vetoes(record) if rules)

    def _known(self, asked: str) -> Test:
        id, equals, text = asked.partition("=")
        facts = [book.facts[id] for book in self._stored if id in book.facts]
        if not facts or facts[-1].origin == "decided":
            raise UserError(f"--fact: {self._no_fact(id, bool(facts))}")
        if not equals:
            return lambda record: id in record.facts
        values = _values(facts, text)
        return lambda record: any(_holds(record, id, value) for value in values)

    def _no_fact(self, id: str, decided: bool) -> str:
        if decided:
            return f"{shown(id)} is decided; ask for it with --recommendation"
        facts = {
            f.id: None for b in self._stored for f in b.facts.values() if f.origin != "decided"
        }
        return unknown_name("fact", id, facts)

    def _decided_by(self, wanted: str) -> Test:
        begun = wanted.lower() if len(wanted) >= SHORTEST else None
        versions = {book.version: None for book in self._stored}
        digests = store.stored(self._log)
        if wanted not in versions and not any(_begins(sha256, begun) for sha256 in digests):
            names = [*versions, *digests]
            raise UserError(f"--rulebook: {unknown_name('rulebook', wanted, names)}")
        return lambda record: (
            record.rulebook.version == wanted or _begins(record.rulebook.sha256, begun)
        )


def _begins(sha256: str, begun: str | None) -> bool:
    return begun is not None and sha256.startswith(begun)


def _values(facts: Collection[Fact], text: str) -> list[Value | None]:
    """Return what a text means by any of the rulebooks that know a fact; raise UserError where by none."""
    values, wrong = [], "expected a value behind ="
    for fact in facts if text.strip() else ():
        try:
            values.append(read_written(fact, text))
        except ValueError as error:
            wrong = str(error)
    if not values:
        raise UserError(f"--fact: {next(iter(facts)).id}: {wrong}")
    return values


def _vetoes(record: Record) -> Iterator[tuple[NamedOption, Collection[str]]]:
    """Yield each option with the rules that ruled it out."""
    for decision in record.decisions:
        for option in decision.options:
            yield NamedOption(decision.decision, option.option), option.vetoed_by


def _holds(record: Record, fact: str, value: Value | None) -> bool:
    """Whether a record has a fact so: of a set, these members at least; None stands for unknown."""
    if value is None or fact not in record.facts:
        return value is None and fact not in record.facts
    found = record.facts[fact].value
    if isinstance(value, tuple) and isinstance(found, list):
        return set(value) <= set(found) if value else not found
    return isinstance(found, bool) == isinstance(value, bool) and found == value
