"""Reckons anew what records claim of money: facts against totals, and all costs from facts and plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Any

from msgspec import to_builtins

from tunewise.cases.case import plain
from tunewise.costs.estimator import PREFIXES
from tunewise.costs.model import CostModel, Costs, completed_by_shipped
from tunewise.errors import UserError, shown
from tunewise.log.content import costs_record, encoded
from tunewise.log.findings import LogFinding
from tunewise.log.form import FlipForm, Record
from tunewise.log.rederivation import Follower, WrongFact
from tunewise.log.restoring import missing_parts, settings

SHOWN_COSTS = 3
PRICED_BY = ("tunewise", "genai_prices")
"""The versions on which costs rest."""


@dataclass
class Reckoner:
    """Reckons records of one rulebook anew, by this version of Tunewise and its price list."""

    follower: Follower
    versions: Mapping[str, str] = field(
        default_factory=lambda: {package: version(package) for package in PRICED_BY}
    )
    _models: dict[object, CostModel | UserError] = field(default_factory=dict)

    def findings(self, line: int, record: Record) -> Iterator[LogFinding]:
        """Yield what does not add up in a record, and what comes out otherwise than it states."""
        yield from _totals(line, record)
        if self.unverifiable(record):
            return
        found = self._reckoned(record)
        if isinstance(found, UserError):
            yield LogFinding(line, "cost", f"its costs cannot be reckoned: {found}")
        elif found is not None:
            yield from _differing(line, record, found)
            for flip in record.flips or ():
                yield from self._flip(line, record, flip, found)

    def _flip(self, line: int, record: Record, flip: FlipForm, now: Costs) -> Iterator[LogFinding]:
        """Yield where costs with the facts of a change come out otherwise than the record states."""
        model, told = self._model(record), self.follower.told(record)
        try:
            given = {**told.given, **self.follower.changed(flip)}
        except WrongFact:
            return  # found elsewhere
        facts = {id: v for id, v in given.items() if id in flip.facts or id in told.given}
        known = {id: value for id, value in facts.items() if value is not None}
        assert not isinstance(model, UserError)  # noqa: S101 - it reckoned the record itself
        try:
            then = model.facts(known, self.follower.plans(replace(told, given=known)))
        except UserError as error:
            yield LogFinding(
                line, "cost", f"with {_facts_said(flip)} costs cannot be reckoned: {error}"
            )
            return
        moved = {id for id in {*then, *now.facts} if then.get(id) != now.facts.get(id)}
        for id in sorted(moved | flip.computed.keys()):
            was = flip.computed.get(id, plain(now.facts[id]) if id in now.facts else None)
            comes = plain(then[id]) if id in then else None
            if encoded(was) != encoded(comes):
                said = f"fact {id} is {_short(was)} with {_facts_said(flip)}, but {_short(comes)} follows"
                yield LogFinding(line, "cost", said, id)

    def unverifiable(self, record: Record) -> str:
        """Return why the costs of a record cannot be reckoned as they were, '' where they can."""
        if any(taken.path == "costs" for taken in record.masked):
            return "its costs were taken out of it"
        if hidden := list(missing_parts(record, self.follower.rulebook)):
            return f"its costs rest on what was taken out of it: {', '.join(hidden)}"
        others = [f"{one} {record.versions.get(one, 'none')}" for one in self._others(record)]
        if others and not self._same(record):
            return f"its costs were reckoned by other versions: {', '.join(others)}"
        return ""

    def _others(self, record: Record) -> Iterator[str]:
        """Yield what the costs of a record rest on in another version than the present one."""
        yield from (one for one in PRICED_BY if record.versions.get(one) != self.versions[one])
        if completed_by_shipped(self.follower.rulebook):
            yield "tunewise"

    def _same(self, record: Record) -> bool:
        found = self._reckoned(record)
        return isinstance(found, Costs) and not any(_differing(0, record, found))

    def _reckoned(self, record: Record) -> Costs | UserError | None:
        """Return the costs of a record by its facts, None where its facts are wrong, which is found elsewhere."""
        try:
            told = self.follower.told(record)
        except WrongFact:
            return None
        model = self._model(record)
        if isinstance(model, UserError):
            return model
        try:
            return model.estimate(told.given, self.follower.plans(told))
        except UserError as error:
            return error

    def _model(self, record: Record) -> CostModel | UserError:
        """Return what reckons costs of a record's day and assumptions."""
        as_of, assumptions, shown_in = settings(record)
        key = (as_of, *assumptions.items(), shown_in)
        if key not in self._models:
            try:
                self._models[key] = CostModel(self.follower.rulebook, as_of, assumptions, shown_in)
            except UserError as error:
                self._models[key] = error
        return self._models[key]


def _facts_said(flip: FlipForm) -> str:
    return ", ".join(f"{id}={_short(value)}" for id, value in flip.facts.items())


def _totals(line: int, record: Record) -> Iterator[LogFinding]:
    """Yield the facts of a record that are not the totals which it states; totals of draws are no sums of others."""
    hidden = {taken.path for taken in record.masked}
    for approach, one in record.costs.items():
        for part in ("initial", "monthly", "horizon"):
            fact = f"{PREFIXES.get(approach, approach)}_{part}_usd"
            known, total = record.facts.get(fact), getattr(one, part).expected
            if known is not None and f"facts.{fact}" not in hidden and known.value != total:
                said = f"fact {fact} is {shown(known.value)}, but the costs say {total}"
                yield LogFinding(line, "cost", said, fact)


def _differing(line: int, record: Record, found: Costs) -> Iterator[LogFinding]:
    """Yield what of a record's costs, prices, break-even and computed facts comes out otherwise."""
    now = costs_record(found)
    parts = [(part, to_builtins(getattr(record, part)), now[part]) for part in now]
    for part, was, comes in parts:
        if encoded(was) != encoded(comes):
            yield LogFinding(line, "cost", f"{part.replace('_', '-')}: {_first(was, comes)}", part)
    code = found.currency.as_record()
    if encoded(code) != encoded(to_builtins(record.currency)):
        yield LogFinding(line, "cost", "its currency is not that of its rulebook", "currency")
    yield from _facts(line, record, {"computed": found.facts, "assumed": found.assumed})


def _first(was: Any, now: Any, path: str = "") -> str:
    """Return the first place at which two values differ, and both."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in dict.fromkeys((*was, *now)):
            if was.get(key) != now.get(key):
                return _first(was.get(key), now.get(key), f"{path}.{key}" if path else str(key))
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for at, (left, right) in enumerate(zip(was, now, strict=True), 1):
            if left != right:
                return _first(left, right, f"{path} {at}".strip())
    said = [_short(one) for one in (was, now)]
    return f"{path} is {said[0]}, but {said[1]} follows".strip()


def _short(value: Any) -> str:
    return "nothing" if value is None else shown(str(value)).strip("'")


def _facts(
    line: int, record: Record, found: Mapping[str, Mapping[str, Any]]
) -> Iterator[LogFinding]:
    """Yield computed and assumed facts that come out otherwise, where they may be seen."""
    hidden = {taken.path.removeprefix("facts.") for taken in record.masked}
    for origin, facts in found.items():
        recorded = {id: f.value for id, f in record.facts.items() if f.origin == origin}
        for id in dict.fromkeys((*recorded, *facts)):
            ours = plain(facts[id]) if id in facts else None
            if id not in hidden and encoded(ours) != encoded(recorded.get(id)):
                said = f"fact {id} is {_short(recorded.get(id))}, but {_short(ours)} follows"
                yield LogFinding(line, "cost", said, id)
