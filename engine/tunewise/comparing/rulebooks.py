"""Says in sentences what changed from one rulebook to another: rules, facts, decisions, costs, sources."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from tunewise.costs.book import CostBook
from tunewise.costs.model import cost_book
from tunewise.explaining.explanation import Explanation
from tunewise.knowledge.conditions import comparisons
from tunewise.knowledge.rule import Rule
from tunewise.knowledge.rulebook import Rulebook
from tunewise.knowledge.vocabulary import Fact

UNSEEN = frozenset({"place", "line", "accepts", "id"})
"""Fields of a declaration that make no difference to what it says."""
SHORT = 60
"""Characters of a value that a sentence repeats; of longer ones it says only that they changed."""

VALUES_TOLD = 8
"""Values by name that a sentence repeats at most."""


@dataclass(frozen=True, slots=True)
class RulebookChange:
    """One change: of which `kind` of thing and which `id`, whether added, removed or changed, in words.

    `weighs` says that it can move a decision or a sum; words and sources alone cannot.
    """

    kind: str
    id: str
    how: str
    says: str
    weighs: bool

    def as_record(self) -> dict[str, Any]:
        """Return the change as plain data."""
        return dataclasses.asdict(self)


def changes(old: Rulebook, new: Rulebook) -> tuple[RulebookChange, ...]:
    """Return what changed between two rulebooks, in the order of the older one, what was added last."""
    found = [*_strengths(old, new), *_rules(old, new)]
    weighty = {"type", "values", "ordered", "minimum", "maximum", "origin"}
    found += _declared("fact", _facts(old), _facts(new), weighty)
    found += _decisions(old, new)
    found += _costs(cost_book(old), cost_book(new))
    found += _declared("document", old.documents, new.documents, set())
    found += _declared("source item", old.items, new.items, set())
    return tuple(found)


def _facts(rulebook: Rulebook) -> dict[str, Fact]:
    """Return the facts that are declared as such; decisions are facts only for the rules after them."""
    return {id: fact for id, fact in rulebook.facts.items() if fact.origin != "decided"}


def _strengths(old: Rulebook, new: Rulebook) -> Iterator[RulebookChange]:
    if old.strengths != new.strengths:
        yield RulebookChange(
            "rulebook",
            "strengths",
            "changed",
            f"Points changed from {_points(old)} to {_points(new)}.",
            weighs=True,
        )


def _points(rulebook: Rulebook) -> str:
    return ", ".join(f"{name} {points}" for name, points in rulebook.strengths.items())


def _rules(old: Rulebook, new: Rulebook) -> Iterator[RulebookChange]:
    before, after = Explanation(old), Explanation(new)
    for id, rule in old.rules.items():
        if id not in new.rules:
            yield RulebookChange(
                "rule", id, "removed", f"It said: {before.sentence(rule)}", weighs=True
            )
            continue
        for says, weighs in _differing(rule, new.rules[id], before, after):
            yield RulebookChange("rule", id, "changed", says, weighs)
    for id, rule in new.rules.items():
        if id not in old.rules:
            yield RulebookChange("rule", id, "added", after.sentence(rule), weighs=True)


def _differing(
    old: Rule, new: Rule, before: Explanation, after: Explanation
) -> Iterator[tuple[str, bool]]:
    """Yield a sentence for each part of a rule that differs, and whether the part weighs."""
    if old.when != new.when:
        yield _conditions(old, new, before, after), True
    if _told(old) != _told(new):
        then = f"it was {before.conclusion(old.then)}, it is {after.conclusion(new.then)}"
        yield f"Conclusion: {then}.", True
    for field in ("because", "title"):
        if getattr(old, field) != getattr(new, field):
            yield f"Reworded its {field}.", False
    for field in ("sources", "disputed_by", "checked"):
        was, now = _listed(getattr(old, field)), _listed(getattr(new, field))
        if was != now:
            yield f"Its {field.replace('_', ' ')} changed from {was} to {now}.", False


def _told(rule: Rule) -> object:
    """Return a conclusion without the points, which are the rulebook's and not the rule's."""
    return {key: said for key, said in rule.then.as_record().items() if key != "points"}


def _conditions(old: Rule, new: Rule, before: Explanation, after: Explanation) -> str:
    """Return how a condition changed: by the comparisons that differ, or whole where its joints do."""
    was = dict.fromkeys(comparisons(old.when))
    now = dict.fromkeys(comparisons(new.when))
    gone = [before.comparison(one) for one in was if one not in now]
    come = [after.comparison(one) for one in now if one not in was]
    if gone and come:
        return f"Condition: where {' and '.join(gone)}, it now asks that {' and '.join(come)}."
    if gone:
        return f"Condition: no longer asks that {' or '.join(gone)}."
    if come:
        return f"Condition: now also asks that {' or '.join(come)}."
    return f"Condition: was {before.condition(old.when)}; is {after.condition(new.when)}."


def _decisions(old: Rulebook, new: Rulebook) -> Iterator[RulebookChange]:
    if (was := list(old.decisions)) != (now := list(new.decisions)):
        says = f"Their order changed from {_listed(was)} to {_listed(now)}."
        yield RulebookChange("rulebook", "decisions", "changed", says, weighs=True)
    for id, decision in old.decisions.items():
        if id not in new.decisions:
            continue
        was, now = list(decision.options), list(new.decisions[id].options)
        if was != now:
            says = f"Its options changed from {_listed(was)} to {_listed(now)}."
            yield RulebookChange("decision", id, "changed", says, weighs=True)
        yield from _declared("option", decision.options, new.decisions[id].options, set(), id)


def _costs(old: CostBook | None, new: CostBook | None) -> Iterator[RulebookChange]:
    parts: Mapping[str, Callable[[CostBook], Mapping[str, Any]]] = {
        "assumption": lambda book: book.assumptions,
        "cost": lambda book: book.components,
        "gap": lambda book: book.gaps,
        "offer": lambda book: book.quotes,
        "ending": lambda book: book.endings,
        "doubt": lambda book: book.doubts,
    }
    weighty = {"value", "values", "by", "rate", "quantity", "of", "applies", "period", "every"}
    weighty |= {"when", "unless", "given", "assumed", "ends", "models", "services", "tuning"}
    weighty.add("approach")
    for kind, part in parts.items():
        yield from _declared(kind, part(old) if old else {}, part(new) if new else {}, weighty)


def _declared(
    kind: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    weighty: set[str],
    of: str = "",
) -> Iterator[RulebookChange]:
    """Yield what was removed, what changed field by field, and what was added."""
    change = partial(RulebookChange, kind)
    for id, declared in old.items():
        name = f"{of}.{id}" if of else id
        if id not in new:
            yield change(name, "removed", "It is gone.", bool(weighty))
        elif declared != new[id]:
            yield from _fields(change, name, declared, new[id], weighty)
    for id in new:
        if id not in old:
            yield change(f"{of}.{id}" if of else id, "added", "It is new.", bool(weighty))


def _fields(
    change: Callable[..., RulebookChange], name: str, old: Any, new: Any, weighty: set[str]
) -> Iterator[RulebookChange]:
    for field in msgspec.structs.fields(old):
        was, now = getattr(old, field.name), getattr(new, field.name, None)
        if field.name not in UNSEEN and was != now:
            says = f"Its {field.encode_name.replace('_', ' ')} changed{_from(was, now)}."
            yield change(name, "changed", says, field.name in weighty)


def _from(was: Any, now: Any) -> str:
    """Return both values where they are short enough to read; of values by name each one that changed."""
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
        told = [(name, _from(was.get(name), now.get(name))) for name in names]
        short = len(told) <= VALUES_TOLD and all(both for _, both in told)
        return f": {', '.join(name + both for name, both in told)}" if short else ""
    texts = _listed(was), _listed(now)
    return "" if max(map(len, texts)) > SHORT else f" from {texts[0]} to {texts[1]}"


def _listed(value: Any) -> str:
    """Return a declared value as a sentence shows it."""
    if value is None or value == "" or value == () or value == {}:
        return "nothing"
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.asdict(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_listed(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_listed, value))
    return str(value)
