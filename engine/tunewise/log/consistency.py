"""Says what in a record differs from what follows from its facts: rule, fact, decision, and both values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import msgspec
from msgspec import UNSET

from tunewise.cases.case import plain
from tunewise.errors import shown
from tunewise.knowledge.rulebook import Rulebook
from tunewise.log.content import encoded
from tunewise.log.findings import LogFinding
from tunewise.log.form import DecisionForm, FiringForm, Record
from tunewise.log.hidden_claims import HiddenClaims
from tunewise.log.rederivation import Derivation, Follower, RecordedInference, WrongFact
from tunewise.record.decision import decision_record


def compare(
    line: int, record: Record, follower: Follower, claims: HiddenClaims
) -> tuple[list[LogFinding], list[str]]:
    """Return what in a record does not follow from its facts, and the rules that were taken at its word.

    A rule is taken at the record's word where a fact that it reads was taken out of it.
    """
    try:
        told = follower.told(record)
    except WrongFact as error:
        return [LogFinding(line, "fact", str(error), error.fact)], []
    found = follower.follow(told)
    differences = list(_differences(line, record, found, told, follower.rulebook))
    if not told.hidden and not _same(plan := follower.plan(told), record.tuning_plan):
        message = f"the tuning plan is {_plainly(record.tuning_plan)}, but {_plainly(plan)} follows"
        differences.append(LogFinding(line, "tuning_plan", message))
    if not told.hidden:
        differences += _flips(line, record, told, follower)
    if found.trusted:
        differences += claims.findings(line, record, told, found)
    return differences, found.trusted


def _flips(
    line: int, record: Record, told: RecordedInference, follower: Follower
) -> Iterator[LogFinding]:
    """Yield the changes that do not turn a decision as the record says."""
    for flip in record.flips or ():
        try:
            changed = {**told.facts, **follower.changed(flip)}
        except WrongFact as error:
            yield LogFinding(line, "fact", str(error), error.fact)
            continue
        facts = {id: value for id, value in changed.items() if value is not None}
        outcome = follower.follow(replace(told, facts=facts)).outcomes.get(flip.decision)
        came = outcome.chosen if outcome is not None else "nothing"
        if came != flip.to or came == record.recommendation.get(flip.decision):
            said = f"with {_plainly(flip.facts)} the {flip.decision} is said to turn to {flip.to}"
            yield LogFinding(line, "decision", f"{said}, but {came} follows", flip.decision)


def _same(ours: Any, theirs: Any) -> bool:
    """Whether two things are written alike: true is not 1, and 1 is not 1.0."""
    return encoded(ours) == encoded(theirs)


def _differences(
    line: int, record: Record, found: Derivation, told: RecordedInference, rulebook: Rulebook
) -> Iterator[LogFinding]:
    if record.rulebook.version != rulebook.version:
        message = (
            f"its version is {shown(record.rulebook.version)}, but {rulebook.version} is stored"
        )
        yield LogFinding(line, "rulebook", f"the rulebook: {message}", rulebook.sha256)
    if (misfit := _other_policy(record, rulebook)) is not None:
        yield LogFinding(line, "rulebook", f"the rulebook: {misfit}", rulebook.sha256)
    outcomes = [found.outcomes[name] for name in rulebook.decisions]
    yield from _derived(line, record, found, told)
    if not _same(found.firings, record.firings):
        yield from _firings(line, found.firings, record.firings, rulebook)
    decisions = [decision_record(outcome) for outcome in outcomes]
    if not _same(decisions, record.decisions):
        yield from _decisions(line, decisions, record.decisions)
    chosen = {outcome.decision: outcome.chosen for outcome in outcomes}
    if not _same(chosen, record.recommendation):
        said = f"is {_plainly(record.recommendation)}, but {_plainly(chosen)} follows"
        yield LogFinding(line, "decision", f"the recommendation {said}", "recommendation")


def _other_policy(record: Record, rulebook: Rulebook) -> str | None:
    """Return what a record says of an organisation's policy that its rulebook does not, None where both agree."""
    policy, said = rulebook.organisation, record.rulebook.organisation
    digests = {} if said is UNSET else msgspec.to_builtins(said)
    if digests != (policy.as_digests() if policy else {}):
        return "the digests of the organisation's policy are others than are stored"
    if policy is not None and policy.since_on(record.as_of) != policy.since:
        return f"the organisation's policy that is stored does not count so on {record.as_of}"
    return None


def _derived(
    line: int, record: Record, found: Derivation, told: RecordedInference
) -> Iterator[LogFinding]:
    """Yield the derived facts that differ."""
    recorded = {id: f.value for id, f in record.facts.items() if f.origin == "derived"}
    for id in dict.fromkeys((*recorded, *found.derived)):
        ours = plain(found.derived[id]) if id in found.derived else None
        masked = id in told.hidden and ours is not None
        if not masked and not _same(ours, recorded.get(id)):
            message = f"fact {id} is {_said(recorded.get(id))}, but {_said(ours)} follows"
            yield LogFinding(line, "fact", message, id)


def _said(value: Any) -> str:
    return "unknown" if value is None else shown(value)


def _firings(
    line: int, ours: list[dict[str, Any]], theirs: list[FiringForm], rulebook: Rulebook
) -> Iterator[LogFinding]:
    expected = {firing["rule"]: firing["facts"] for firing in ours}
    recorded = {firing.rule: firing.facts for firing in theirs}
    for rule, facts in recorded.items():
        if rule not in rulebook.rules:
            yield LogFinding(line, "firing", f"rule {rule} is none of the rulebook's", rule)
        elif rule not in expected:
            yield LogFinding(line, "firing", f"rule {rule} fired, but does not by the facts", rule)
        else:
            yield from _read(line, rule, expected[rule], facts)
    for rule in [rule for rule in expected if rule not in recorded]:
        yield LogFinding(line, "firing", f"rule {rule} fires by the facts, but did not", rule)
    if list(expected) != [f.rule for f in theirs] and expected.keys() == recorded.keys():
        yield LogFinding(line, "firing", "the rules fired in another order, or more than once")


def _read(
    line: int, rule: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> Iterator[LogFinding]:
    for id in dict.fromkeys((*ours, *theirs)):
        if not _same(ours.get(id), theirs.get(id)):
            values = f"read {id} as {_said(theirs.get(id))}, but it is {_said(ours.get(id))}"
            yield LogFinding(line, "firing", f"rule {rule} {values}", rule)
    if list(ours) != list(theirs) and ours.keys() == theirs.keys():
        yield LogFinding(line, "firing", f"rule {rule} read its facts in another order", rule)


def _decisions(
    line: int, ours: list[dict[str, Any]], theirs: list[DecisionForm]
) -> Iterator[LogFinding]:
    names = [decision["decision"] for decision in ours]
    if names != [decision.decision for decision in theirs]:
        yield LogFinding(line, "decision", "the decisions are not those of the rulebook")
        return
    for mine, other in zip(ours, theirs, strict=True):
        if not _same(mine, other):
            yield from _decision(line, mine, other)


def _decision(line: int, ours: dict[str, Any], theirs: DecisionForm) -> Iterator[LogFinding]:
    name = theirs.decision
    for part in ("chosen", "margin"):
        if not _same(ours[part], getattr(theirs, part)):
            message = f"{part} is {getattr(theirs, part)}, but {ours[part]} follows"
            yield LogFinding(line, "decision", f"decision {name}: {message}", name)
    options = {option.option: option for option in theirs.options}
    if list(options) != [option["option"] for option in ours["options"]]:
        message = "the options are not those of the rulebook"
        yield LogFinding(line, "decision", f"decision {name}: {message}", name)
        return
    for option in ours["options"]:
        for part in ("score", "vetoed_by", "evidence"):
            recorded = getattr(options[option["option"]], part)
            if not _same(option[part], recorded):
                said = f"{part} is {_plainly(recorded)}, but {_plainly(option[part])} follows"
                message = f"decision {name}, option {option['option']}: {said}"
                yield LogFinding(line, "decision", message, name)


def _plainly(value: Any) -> str:
    return encoded(value).decode()
