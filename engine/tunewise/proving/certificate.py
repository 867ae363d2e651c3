"""Proves all that is claimed of a rulebook, and certifies what came of it under the rulebook's digest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from tunewise.knowledge.conditions import Value
from tunewise.proving.claims import Claim, ClaimKind, ClaimStatus
from tunewise.proving.holding import prove_invariant, prove_property
from tunewise.proving.properties import Declared
from tunewise.proving.rulebook_claims import no_cliffs, options_reachable, rules_decisive
from tunewise.proving.search import Encoded

CERTIFICATE_SCHEMA = "tunewise.certificate/1"
KIND_WORDS: dict[ClaimKind, str] = {
    "property": "properties",
    "invariant": "invariants",
    "option_reachable": "options that some case comes to",
    "rule_decisive": "rules that decide some case",
    "no_cliff": "numbers without a cliff",
}
"""What is counted of each kind."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What became of every claim; `version` and `sha256` are those of the rulebook."""

    version: str
    sha256: str
    as_of: str
    claims: tuple[Claim, ...]

    @property
    def holds(self) -> bool:
        """Whether every claim is proved or accepted."""
        return not any(claim.fails for claim in self.claims)

    def counted(self) -> dict[ClaimKind, Counter[ClaimStatus]]:
        """Return how many claims of each kind came out how."""
        found: dict[ClaimKind, Counter[ClaimStatus]] = {kind: Counter() for kind in KIND_WORDS}
        for claim in self.claims:
            found[claim.kind][claim.status] += 1
        return {kind: counts for kind, counts in found.items() if counts}

    def as_record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "schema": CERTIFICATE_SCHEMA,
            "rulebook": {"version": self.version, "sha256": self.sha256},
            "as_of": self.as_of,
            "holds": self.holds,
            "claims": [claim.as_record() for claim in self.claims],
        }


def claims(encoded: Encoded, declared: Declared) -> Iterator[Claim]:
    """Yield what becomes of each claim, one after the other."""
    for prop in declared.properties:
        yield prove_property(encoded, prop)
    for invariant in declared.invariants:
        yield prove_invariant(encoded, invariant)
    yield from options_reachable(encoded)
    yield from rules_decisive(encoded)
    if encoded.rulebook.cliff is not None:
        yield from no_cliffs(encoded, encoded.rulebook.cliff)


def certificate_text(certificate: Certificate) -> Iterator[str]:
    """Yield the lines of a certificate for a terminal: what fails, then the counts."""
    for claim in certificate.claims:
        if claim.status != "proved":
            yield from _claim_lines(claim)
    for kind, counts in certificate.counted().items():
        said = ", ".join(f"{counts[s]} {s}" for s in get_args(ClaimStatus) if counts[s])
        yield f"{KIND_WORDS[kind]}: {said}"
    verdict = "holds" if certificate.holds else "does not hold"
    yield f"rulebook {certificate.version}, sha256 {certificate.sha256}: {verdict}"


def _claim_lines(claim: Claim) -> Iterable[str]:
    yield f"{claim.status}: {claim.subject}: {claim.reason or claim.says}"
    for case in claim.cases if claim.fails else ():
        yield f"  {facts_said(case.facts)} -> {case.decision} {case.chosen}"


def facts_said(facts: Mapping[str, Value]) -> str:
    """Return the facts of a case on one line."""
    return ", ".join(f"{id}={_said(value)}" for id, value in facts.items()) or "nothing is known"


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "+".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)
