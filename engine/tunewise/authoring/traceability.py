"""Traces knowledge to the documents: which rule, question, option, cost or case uses each source item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tunewise.authoring.rulecases import RuleCase
from tunewise.costs.files import COSTS_FOLDER
from tunewise.knowledge.remedy import Remedies
from tunewise.knowledge.rule import SourceItem
from tunewise.knowledge.rulebook import Rulebook
from tunewise.reading import parse_yaml


@dataclass(frozen=True, slots=True)
class Use:
    """What uses an item: a rule, a dispute, a question, an option, a remedy, a cost or a case, by its name."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Trace:
    """A source item and all that uses it."""

    item: SourceItem
    uses: tuple[Use, ...]

    @property
    def accounted(self) -> bool:
        """Whether the item is used, or says why it is not."""
        return bool(self.uses or self.item.not_encoded)


def trace(rulebook: Rulebook, cases: Iterable[RuleCase] = ()) -> dict[str, Trace]:
    """Return every source item by its id, in the file's order, with what uses it."""
    found: dict[str, dict[Use, None]] = {item: {} for item in rulebook.items}
    for item, use in _uses(rulebook, cases):
        if item in found:
            found[item][use] = None
    return {id: Trace(rulebook.items[id], tuple(uses)) for id, uses in found.items()}


def _uses(rulebook: Rulebook, cases: Iterable[RuleCase]) -> Iterator[tuple[str, Use]]:
    for rule in rulebook.rules.values():
        yield from ((item, Use("rule", rule.id)) for item in rule.sources)
        yield from ((item, Use("dispute", rule.id)) for item in rule.disputed_by)
    for fact in rulebook.facts.values():
        yield from ((item, Use("question", fact.id)) for item in fact.sources)
    for decision in rulebook.decisions.values():
        for option in decision.options.values():
            name = f"{decision.id} {option.id}"
            yield from ((item, Use("option", name)) for item in option.sources)
    yield from _remedies(rulebook.remedies)
    yield from _costs(rulebook.texts)
    for case in cases:
        yield from ((item, Use("case", case.case.name)) for item in case.sources)


def _remedies(remedies: Remedies) -> Iterator[tuple[str, Use]]:
    for remedy in remedies.by_id.values():
        yield from ((item, Use("remedy", remedy.id)) for item in remedy.sources)
    if remedies.test is not None:
        yield from ((item, Use("remedy", "test")) for item in remedies.test.sources)


def _costs(texts: Mapping[str, str]) -> Iterator[tuple[str, Use]]:
    """Yield the items that cost files name, with the file's and the entry's name."""
    for name, text in texts.items():
        if name.startswith(COSTS_FOLDER):
            stem = name.removeprefix(COSTS_FOLDER).removesuffix(".yaml")
            for part in _mapping(parse_yaml(text, name).data).values():
                for entry, data in _mapping(part).items():
                    items = _mapping(data).get("sources")
                    use = Use("cost", f"{stem}.{entry}")
                    yield from ((str(i), use) for i in (items if isinstance(items, list) else []))


def _mapping(data: Any) -> Mapping[str, Any]:
    return data if isinstance(data, dict) else {}
