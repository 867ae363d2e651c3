"""Rules and decisions as frozen values: a condition, one conclusion, a reason, its sources."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import field

from tunewise.knowledge.conclusions import Conclusion, Strength
from tunewise.knowledge.conditions import Condition, facts_read
from tunewise.knowledge.organisation import OrganisationEntry
from tunewise.structure import Frozen

PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)\}")
"""A fact in a rule\'s sentence, whose value is filled in."""


class Option(Frozen, frozen=True, kw_only=True):
    """One option of a decision: its name in a sentence and what choosing it means.

    `plainly` is its clause of the verdict in plain words; {a decision} in it is filled by that one's clause.
    `accepts` holds the findings of `rules check` that are right as they are, each with the reason.
    """

    id: str
    label: str
    plainly: str = ""
    says: str = ""
    sources: tuple[str, ...] = ()
    accepts: dict[str, str] = field(default_factory=dict)


class Prior(Frozen, frozen=True, kw_only=True):
    """The option of least commitment, which stands until evidence for another outweighs it."""

    option: str
    strength: Strength
    because: str
    sources: tuple[str, ...] = ()
    checked: str


class Decision(Frozen, frozen=True, kw_only=True):
    """A question with options; the first listed wins a tie. `plainly` is its clause where none of them is left."""

    id: str
    label: str
    question: str
    plainly: str = ""
    options: dict[str, Option]
    prior: Prior | None = None


class SourceDocument(Frozen, frozen=True, kw_only=True):
    """A document that knowledge comes from; `checked` is the date on which we read it."""

    id: str
    title: str
    kind: str = "document"
    publisher: str = ""
    link: str = ""
    published: str = ""
    checked: str = ""
    note: str = ""


class SourceItem(Frozen, frozen=True, kw_only=True):
    """One statement of a document in our words, with a note where its figure fails."""

    id: str
    document: str
    says: str
    section: str = ""
    note: str = ""
    not_encoded: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """What the rules of one file have in common: `id` is the file's name, `about` what it says of itself."""

    id: str
    title: str
    about: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One piece of knowledge: where `when` is true, `then` follows, `because` says why.

    `until` is the day on which its evidence ends, such as that of a service or a price; empty where it has no end.
    `topic` is the name of its file, without the suffix.
    `accepts` holds the findings of `rules check` that are right as they are, each with the reason.
    `entry` is the organisation's entry that made or changed it, None for a rule as the rulebook has it.
    """

    id: str
    when: Condition
    then: Conclusion
    because: str
    sources: tuple[str, ...]
    checked: str
    until: str = ""
    disputed_by: tuple[str, ...] = ()
    title: str = ""
    topic: str = ""
    place: str = ""
    line: int | None = None
    accepts: Mapping[str, str] = dataclasses.field(default_factory=dict, hash=False)
    entry: OrganisationEntry | None = None

    @property
    def target(self) -> str | None:
        """The derived fact or the decision that the rule concludes on, None for advice."""
        return self.then.target

    def points_for(self, option: str) -> int:
        """Return the points that it gives an option where it fires; negative where it opposes it."""
        return self.then.points if option in self.then.options else 0

    def vetoes(self, option: str) -> bool:
        """Return whether it rules an option out where it fires."""
        return self.then.stance == "veto" and option in self.then.options

    @property
    def reads(self) -> tuple[str, ...]:
        """The facts that its condition reads."""
        return facts_read(self.when)
