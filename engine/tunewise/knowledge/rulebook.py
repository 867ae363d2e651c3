"""The rulebook: all knowledge for deciding, in one frozen value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tunewise.errors import Problem, UserError, unknown_name
from tunewise.knowledge.conditions import Condition
from tunewise.knowledge.organisation import FILE, SINCE, Organisation
from tunewise.knowledge.remedy import Remedies
from tunewise.knowledge.rule import Decision, Rule, SourceDocument, SourceItem, Topic
from tunewise.knowledge.vocabulary import Vocabulary

SHIPPED_PLACE = "rules"
"""What the folder of the shipped rulebook is called in messages."""


@dataclass(frozen=True)
class Rulebook:
    """All knowledge for deciding; `sha256` is the digest over the names and bytes of its files.

    `least_known` is what has to be known of a case before a verdict is worth its name; None asks for nothing.
    `cliff` is the most points by which one unit of a number may move an option; None sets no bound.
    `stored` says that it was read from beside a log, and may be of an earlier version of Tunewise.
    `organisation` is the policy that counts over it, None where there is none; its file is one of the `texts`.
    """

    place: str
    title: str
    version: str
    sha256: str
    strengths: Mapping[str, int]
    facts: Vocabulary
    decisions: Mapping[str, Decision]
    documents: Mapping[str, SourceDocument]
    items: Mapping[str, SourceItem]
    topics: Mapping[str, Topic]
    rules: Mapping[str, Rule]
    questions: Mapping[str, Condition]
    texts: Mapping[str, str]
    remedies: Remedies = field(default_factory=Remedies)
    stored: bool = False
    least_known: Condition | None = None
    cliff: int | None = None
    organisation: Organisation | None = None

    @property
    def own_texts(self) -> Mapping[str, str]:
        """The texts of its files without those of an organisation's policy."""
        return {name: text for name, text in self.texts.items() if name not in (FILE, SINCE)}

    @property
    def told_version(self) -> str:
        """Its version as reports tell it, with the policy that it stands under, where any of it counts."""
        policy = self.organisation
        counts = policy is not None and any(one.state == "in_force" for one in policy.entries)
        return f"{self.version}, {policy.says}" if policy is not None and counts else self.version

    def as_version(self) -> dict[str, Any]:
        """Return what a record says of it: its version and digest, and both digests of an organisation's policy."""
        said = {"version": self.version, "sha256": self.sha256}
        policy = self.organisation
        return said if policy is None else {**said, "organisation": policy.as_digests()}

    @cached_property
    def scales(self) -> Mapping[str, tuple[str, ...]]:
        """The values of each ordered choice, lowest first."""
        return {fact.id: fact.options for fact in self.facts.values() if fact.ordered}

    @cached_property
    def advice(self) -> tuple[Rule, ...]:
        """The rules that advise."""
        return tuple(rule for rule in self.rules.values() if rule.target is None)

    def on(self, topic: str) -> tuple[Rule, ...]:
        """Return the rules of a topic, in the order of its file."""
        rules = (rule for rule in self.rules.values() if rule.topic == topic)
        return tuple(sorted(rules, key=lambda rule: rule.line or 0))

    def named(self, ids: Iterable[str]) -> tuple[Rule, ...]:
        """Return rules, each once; raise UserError with the nearest id for each that is not there."""
        ids = tuple(dict.fromkeys(ids))
        unknown = [unknown_name("rule", id, self.rules) for id in ids if id not in self.rules]
        if unknown:
            raise UserError(Problem("", None, "", message) for message in unknown)
        return tuple(self.rules[id] for id in ids)
