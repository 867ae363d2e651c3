"""What an organisation's policy forbids, as invariants."""

from __future__ import annotations

from collections.abc import Iterator

from tunewise.knowledge.rulebook import Rulebook
from tunewise.proving.certificate import facts_said
from tunewise.proving.claims import Claim
from tunewise.proving.holding import prove_invariant
from tunewise.proving.properties import Invariant
from tunewise.proving.search import Encoded


def forbidden(rulebook: Rulebook) -> Iterator[Invariant]:
    """Yield what the policy over a rulebook forbids: options where a condition holds, or in every case."""
    for rule in rulebook.rules.values():
        if rule.entry is not None and rule.entry.kind in ("forbid", "prefer") and rule.then.options:
            decision, never = str(rule.then.target), rule.then.options
            yield Invariant(rule.id, rule.because, rule.when, decision, never)


def without_policy(encoded: Encoded, governed: Rulebook) -> Iterator[Claim]:
    """Yield whether a rulebook holds by itself what a policy over it forbids; if not, with the smallest case."""
    for invariant in forbidden(governed):
        yield prove_invariant(encoded, invariant)


def without_policy_text(claim: Claim) -> str:
    """Return what became of such a claim, in one line."""
    if claim.status == "proved":
        return f"{claim.subject}: does nothing, as no case comes to it without the policy either"
    if not claim.cases:
        return f"{claim.subject}: whether a case comes to it without the policy could not be told"
    (case,) = claim.cases
    return (
        f"{claim.subject}: without it {case.decision} {case.chosen} where {facts_said(case.facts)}"
    )
