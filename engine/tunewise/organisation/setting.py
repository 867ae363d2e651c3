"""Gives a rule another strength, or another value at one of its thresholds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

from tunewise.errors import unknown_name
from tunewise.knowledge.conclusions import Conclusion, Strength
from tunewise.knowledge.organisation import OrganisationEntry
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook
from tunewise.organisation.entries import SAME
from tunewise.organisation.thresholds import changed, thresholds
from tunewise.reading import Where
from tunewise.structure import Problems

RULE_STRENGTH = "strength"
"""What the strength of a rule is called beside its thresholds."""


def set_rule(
    book: Rulebook,
    rule: Rule,
    told: OrganisationEntry,
    name: str,
    value: Any,
    problems: Problems,
) -> tuple[OrganisationEntry, Rule] | None:
    """Return the entry with what came of it, and the rule as it sets it; None where it cannot, which is recorded.

    A rule whose threshold is set says the entry's reason, as its own may name the line that it had; one whose
    strength is set says both.
    """
    where, named = ("set", told.name), thresholds(rule.when)
    at = (*where, "value")
    if name not in (RULE_STRENGTH, *named):
        known = [*named, *([RULE_STRENGTH] if rule.then.strength else [])]
        problems.add(where, unknown_name(f"threshold of {rule.id}", name, known))
        return None
    when, then, said = rule.when, rule.then, f"{rule.because} {told.says}"
    if name in named:
        when = changed(rule.when, named[name], value, book.facts, problems, at) or when
        said = told.says if rule.entry is None else said
    else:
        then = _strength(book, then, value, problems, at) or then
    if (when, then) == (rule.when, rule.then):
        return replace(told, idle=SAME, state="idle"), rule
    sources = (*rule.sources, told.item)
    return told, replace(rule, when=when, then=then, because=said, sources=sources, entry=told)


def _strength(
    book: Rulebook, then: Conclusion, value: Any, problems: Problems, where: Where
) -> Conclusion | None:
    """Return a conclusion of another strength, None where it is none or the conclusion has none."""
    if then.strength is None:
        problems.add(where, f"a rule that concludes '{then.form}' has no strength")
        return None
    known = get_args(Strength)
    if value not in known:
        problems.add(where, unknown_name("strength", value, known))
        return None
    return then.of_strength(value, book.strengths[value])
