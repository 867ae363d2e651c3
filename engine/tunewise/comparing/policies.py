"""Says what an organisation's policy changes in a rulebook, and what an upgrade of that means under the policy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tunewise.comparing.rulebooks import RulebookChange, changes
from tunewise.knowledge.organisation import OrganisationEntry
from tunewise.knowledge.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class PolicyDiff:
    """What changes, and how each entry stands.

    `alone` are changes that this organisation sees and nobody without its policy does; `unfelt` are those that its
    policy keeps from it. Both are empty where no two versions of a rulebook are compared.
    """

    entries: tuple[OrganisationEntry, ...]
    changes: tuple[RulebookChange, ...]
    alone: tuple[RulebookChange, ...] = ()
    unfelt: tuple[RulebookChange, ...] = ()

    @property
    def vanished(self) -> tuple[OrganisationEntry, ...]:
        """The entries that name what is not there any more."""
        return tuple(entry for entry in self.entries if entry.state == "vanished")

    def as_record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "entries": [entry.as_record() for entry in self.entries],
            "changes": [change.as_record() for change in self.changes],
            "alone": [change.as_record() for change in self.alone],
            "unfelt": [change.as_record() for change in self.unfelt],
        }


def policy_diff(without: Rulebook, under: Rulebook) -> PolicyDiff:
    """Return what a policy changes in a rulebook."""
    return PolicyDiff(_entries(under), _told(changes(without, under)))


def upgrade_diff(plain: tuple[Rulebook, Rulebook], under: tuple[Rulebook, Rulebook]) -> PolicyDiff:
    """Return what an upgrade changes under a policy: an older rulebook and a newer one, without it and under it."""
    everybody, here = _told(changes(*plain)), _told(changes(*under))
    return PolicyDiff(
        _entries(under[1]),
        here,
        tuple(change for change in here if change not in everybody),
        tuple(change for change in everybody if change not in here),
    )


def _entries(rulebook: Rulebook) -> tuple[OrganisationEntry, ...]:
    return rulebook.organisation.entries if rulebook.organisation else ()


def _told(found: Iterable[RulebookChange]) -> tuple[RulebookChange, ...]:
    """Return the changes that can move a decision or a sum: words, sources and owners are told by the entries."""
    return tuple(one for one in found if one.weighs)
