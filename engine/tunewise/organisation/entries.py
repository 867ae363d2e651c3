"""What an entry is worth on a day, and what it becomes: a rule, and an item that rules and prices rest on."""

from __future__ import annotations

from typing import Any

from tunewise.knowledge.conclusions import Conclusion
from tunewise.knowledge.conditions import Condition
from tunewise.knowledge.organisation import FILE, ORGANISATION, EntryState, OrganisationEntry
from tunewise.knowledge.rule import PLACEHOLDER, Rule, SourceItem
from tunewise.knowledge.rulebook import Rulebook
from tunewise.loading.parsing import parse_conclusion
from tunewise.organisation.policyfile import Entry, SetEntry, dated
from tunewise.reading import Where
from tunewise.structure import Problems

TOPIC = FILE.removesuffix(".yaml")
"""The topic of an organisation's own rules: their ids are organisation.<name>."""
SAME = "the rulebook says the same without it"
"""Why an entry that sets something changes nothing."""


def state_on(entry: Entry, since: str) -> EntryState:
    """Return whether an entry counts since a day on which something began or ended."""
    if entry.until and entry.until < since:
        return "ended"
    to_come = isinstance(entry, SetEntry) and dated(entry.value) and since < entry.value[0]["from"]
    return "to_come" if to_come else "in_force"


def value_on(value: Any, since: str) -> Any:
    """Return a value, of values by date the last that has begun."""
    begun = [one["value"] for one in value if one["from"] <= since] if dated(value) else [value]
    return begun[-1]


def own_rule(told: OrganisationEntry, when: Condition, then: Conclusion, name: str = "") -> Rule:
    """Return a rule that an entry makes; that it never decides is right, as it forbids what must not be."""
    return Rule(
        id=f"{TOPIC}.{name or told.name}",
        when=when,
        then=then,
        because=told.says,
        sources=(told.item,),
        checked="",
        until=told.until,
        topic=TOPIC,
        place=told.place,
        line=told.line,
        accepts={"never-decides": told.says},
        entry=told,
    )


def item_of(told: OrganisationEntry) -> SourceItem:
    """Return an entry as a statement that rules and prices rest on."""
    return SourceItem(
        id=told.item,
        document=ORGANISATION,
        says=f"{PLACEHOLDER.sub('…', told.reason)} ({told.owner})",
        section=told.ticket,
        not_encoded="" if told.rules else "It sets what costs are reckoned with.",
    )


def concluded(data: Any, where: Where, rulebook: Rulebook, problems: Problems) -> Conclusion | None:
    """Return a conclusion as a rule file would write it, None where it has a mistake, which is recorded."""
    facts, decisions, strengths = rulebook.facts, rulebook.decisions, rulebook.strengths
    subject = ".".join(map(str, where))
    return parse_conclusion(data, where, facts, decisions, strengths, problems, subject)
