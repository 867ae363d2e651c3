"""Versions of a case, or cases, side by side: what differs, what is decided of each, which rules moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tunewise.cases.case import plain
from tunewise.costs.estimates import Estimate
from tunewise.knowledge.conditions import Value
from tunewise.record.decision import known
from tunewise.record.evaluation import Evaluation

COMPARISON_SCHEMA = "tunewise.comparison/1"


@dataclass(frozen=True, slots=True)
class NamedVersion:
    """A version under the name that tells it from the others."""

    name: str
    evaluation: Evaluation

    @property
    def estimate(self) -> Estimate | None:
        """What the recommended way costs, None where none is or nothing is priced."""
        evaluation = self.evaluation
        return evaluation.costs.estimates.get(_first(evaluation))


@dataclass(frozen=True, slots=True)
class Moved:
    """How a version differs from the first: reasons of its verdict, and all rules, that came and went."""

    version: NamedVersion
    reasons_came: tuple[str, ...]
    reasons_went: tuple[str, ...]
    rules_came: tuple[str, ...]
    rules_went: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two or more versions under one rulebook and date; `facts` are those stated that differ, in order.

    `moved` tells of each version but the first how it differs from that.
    """

    versions: tuple[NamedVersion, ...]
    facts: tuple[str, ...]
    moved: tuple[Moved, ...]

    def value(self, version: NamedVersion, fact: str) -> Value | None:
        """Return what a version states of a fact, None where it is unknown."""
        return version.evaluation.case.facts.get(fact)

    def as_record(self) -> dict[str, Any]:
        """Return the comparison as plain data."""
        first = self.versions[0].evaluation
        return {
            "schema": COMPARISON_SCHEMA,
            "as_of": first.as_of.isoformat(),
            "rulebook": {"version": first.rulebook.version, "sha256": first.rulebook.sha256},
            "facts": {fact: [self._plain(v, fact) for v in self.versions] for fact in self.facts},
            "versions": [_version_record(version) for version in self.versions],
            "moved": [_moved_record(moved) for moved in self.moved],
        }

    def _plain(self, version: NamedVersion, fact: str) -> Any:
        value = self.value(version, fact)
        return None if value is None else plain(value)


def side_by_side(versions: Sequence[NamedVersion]) -> SideBySide:
    """Return two or more versions side by side, the others against the first."""
    stated = [version.evaluation.case.facts for version in versions]
    vocabulary = versions[0].evaluation.rulebook.facts
    return SideBySide(
        versions=tuple(versions),
        facts=tuple(id for id in vocabulary if any(f.get(id) != stated[0].get(id) for f in stated)),
        moved=tuple(_moved(versions[0], version) for version in versions[1:]),
    )


def _moved(first: NamedVersion, other: NamedVersion) -> Moved:
    before, after = (tuple(r.rule.id for r in v.evaluation.reasons) for v in (first, other))
    fired, fires = (_fired(version.evaluation) for version in (first, other))
    return Moved(
        version=other,
        reasons_came=_lacking(after, before),
        reasons_went=_lacking(before, after),
        rules_came=_lacking(fires, fired),
        rules_went=_lacking(fired, fires),
    )


def _fired(evaluation: Evaluation) -> tuple[str, ...]:
    return tuple(firing.rule.id for firing in evaluation.conclusions.firings)


def _lacking(some: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Return those that the others lack."""
    return tuple(one for one in some if one not in others)


def _first(evaluation: Evaluation) -> str:
    return next(iter(evaluation.conclusions.recommendation.values()))


def _version_record(version: NamedVersion) -> dict[str, Any]:
    evaluation, estimate = version.evaluation, version.estimate
    sums: Mapping[str, Any] = {} if estimate is None else estimate.as_record()
    return {
        "name": version.name,
        "facts": known(evaluation.facts),
        "recommendation": evaluation.conclusions.recommendation,
        "known": evaluation.known.as_record(),
        "certainty": {id: one.as_record() for id, one in evaluation.certainty.items()},
        "costs": {name: sums[name] for name in ("initial", "monthly", "horizon") if name in sums},
        "horizon_months": evaluation.costs.horizon_months,
        "gaps": list(evaluation.costs.gaps),
    }


def _moved_record(moved: Moved) -> dict[str, Any]:
    return {
        "version": moved.version.name,
        "reasons": {"came": list(moved.reasons_came), "went": list(moved.reasons_went)},
        "rules": {"came": list(moved.rules_came), "went": list(moved.rules_went)},
    }


def named_versions(named: Iterable[tuple[str, Evaluation]]) -> tuple[NamedVersion, ...]:
    """Return evaluations under their names; those that share one are numbered."""
    found = list(named)
    names = [name for name, _ in found]
    return tuple(
        NamedVersion(name if names.count(name) == 1 else f"{name} ({place})", evaluation)
        for place, (name, evaluation) in enumerate(found, 1)
    )
