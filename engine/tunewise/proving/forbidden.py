"""What an organisation's policy forbids, as invariants."""

from __future__ import annotations

from collections.abc import Iterator

from tunewise.knowledge.rulebook import Rulebook
from tunewise.proving.properties import Invariant


def forbidden(rulebook: Rulebook) -> Iterator[Invariant]:
    """Yield what the policy over a rulebook forbids: options where a condition holds, or in every case."""
    for rule in rulebook.rules.values():
        if rule.entry is not None and rule.entry.kind in ("forbid", "prefer") and rule.then.options:
            decision, never = str(rule.then.target), rule.then.options
            yield Invariant(rule.id, rule.because, rule.when, decision, never)
