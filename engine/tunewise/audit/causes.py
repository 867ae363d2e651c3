"""Finds the rules that made one case come out otherwise: those that changed by themselves, not by others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tunewise.deciding import BLOCKED
from tunewise.knowledge.rule import Advise, Conclusion, Derive, Exclude, Weigh
from tunewise.knowledge.rulebook import Rulebook

Said = Conclusion | None
"""What a rule says of a case, None where it is silent."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a case came out: the content of its record, and the rulebook that decided it."""

    content: Mapping[str, Any]
    rulebook: Rulebook

    @property
    def recommendation(self) -> Mapping[str, str]:
        """What was chosen, by decision."""
        found: Mapping[str, str] = self.content["recommendation"]
        return found


@dataclass(frozen=True, slots=True)
class Cause:
    """A rule that weighs otherwise: `how` is fires, is silent, or speaks otherwise; `facts` are why, if any are."""

    rule: str
    how: str
    facts: tuple[str, ...]


def causes(before: Answer, after: Answer) -> tuple[Cause, ...]:
    """Return the rules that turned what turned between two answers to one case.

    A rule is a cause where what it says changed in favour of what is chosen now, or changed a fact from which a
    decision that turned follows; and where nothing that other rules concluded made it change.
    """
    turned = {
        name: (before.recommendation.get(name, BLOCKED), after.recommendation.get(name, BLOCKED))
        for name in {**before.recommendation, **after.recommendation}
        if before.recommendation.get(name) != after.recommendation.get(name)
    }
    leading = _leading(set(turned), before.rulebook) | _leading(set(turned), after.rulebook)
    was, now = _said(before), _said(after)
    return tuple(
        cause
        for cause, target in _changed(before, after)
        if target in leading
        and (
            target not in turned
            or _favours(was.get(cause.rule), now.get(cause.rule), *turned[target])
        )
    )


def _favours(was: Said, now: Said, old: str, new: str) -> bool:
    """Whether a rule's change speaks for the turn from one option to another."""
    return _lead(now, new, old) > _lead(was, new, old)


def _lead(said: Said, option: str, other: str) -> int:
    """Return by how much a conclusion favours an option over another; that all are vetoed is an option, too."""
    if isinstance(said, Weigh):
        return said.points * ((option in said.options) - (other in said.options))
    if isinstance(said, Exclude):
        return (other in said.options or option == BLOCKED) - (
            option in said.options or other == BLOCKED
        )
    return 0


def _leading(targets: set[str], rulebook: Rulebook) -> set[str]:
    """Return the decisions and derived facts from which others follow, those themselves included."""
    found, waiting = set(targets), list(targets)
    reads: dict[str, set[str]] = {}
    for rule in rulebook.rules.values():
        if rule.target is not None:
            reads.setdefault(rule.target, set()).update(rule.reads)
    while waiting:
        more = reads.get(waiting.pop(), set()) - found
        found |= more
        waiting += more
    return found


def _changed(before: Answer, after: Answer) -> Iterator[tuple[Cause, str]]:
    """Yield the rules that say something else by themselves, each with what it concludes on."""
    was, is_ = _said(before), _said(after)
    moved = set(_moved(before, after))
    concluded = {id for a in (before, after) for id in _concluded(a.rulebook)}
    for id in dict.fromkeys((*was, *is_)):
        if was.get(id) == is_.get(id):
            continue
        rules = [a.rulebook.rules[id] for a in (before, after) if id in a.rulebook.rules]
        facts = dict.fromkeys(fact for rule in rules for fact in rule.reads if fact in moved)
        target = rules[0].target
        if target is not None and not concluded.intersection(facts):
            how = "speaks otherwise" if id in was and id in is_ else _how(id in is_)
            yield Cause(id, how, tuple(facts)), target


def _how(now: bool) -> str:
    return "fires" if now else "is silent"


def _said(answer: Answer) -> dict[str, Said]:
    """Return what each rule that fired says."""
    rules = answer.rulebook.rules
    fired = (rules[firing["rule"]] for firing in answer.content["firings"])
    return {rule.id: rule.then for rule in fired if not isinstance(rule.then, Advise)}


def _moved(before: Answer, after: Answer) -> Iterator[str]:
    """Yield the facts and decisions that differ between two answers."""
    ours, theirs = (_known(answer) for answer in (before, after))
    yield from (id for id in {**ours, **theirs} if ours.get(id) != theirs.get(id))


def _known(answer: Answer) -> dict[str, Any]:
    facts = {
        id: f["value"] for id, f in answer.content["facts"].items() if f["origin"] != "assumed"
    }
    return {**facts, **answer.recommendation}


def _concluded(rulebook: Rulebook) -> Iterator[str]:
    """Yield what rules conclude on: decisions and derived facts."""
    yield from rulebook.decisions
    yield from (r.then.fact for r in rulebook.rules.values() if isinstance(r.then, Derive))
