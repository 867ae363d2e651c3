"""What was claimed of a rulebook, and what became of it, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tunewise.cases.case import plain
from tunewise.knowledge.conditions import Value

ClaimKind = Literal["property", "invariant", "option_reachable", "rule_decisive", "no_cliff"]
ClaimStatus = Literal["proved", "broken", "accepted", "undecided"]
"""Proved in all cases; broken, by a case that the engine decided again; accepted, with a reason; undecided: given up
on."""
FAILING: tuple[ClaimStatus, ...] = ("broken", "undecided")

CaseFacts = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class ClaimCase:
    """A case, and what the engine decided of it."""

    facts: CaseFacts
    decision: str
    chosen: str

    def as_record(self) -> dict[str, Any]:
        """Return it as plain data."""
        facts = {fact: plain(value) for fact, value in self.facts.items()}
        return {"facts": facts, "decision": self.decision, "chosen": self.chosen}


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim: of which kind, about what, in a sentence; `cases` show that it is broken, or what came nearest."""

    kind: ClaimKind
    subject: str
    says: str
    status: ClaimStatus
    cases: tuple[ClaimCase, ...] = ()
    reason: str = ""

    @property
    def fails(self) -> bool:
        """Whether it is neither proved nor accepted."""
        return self.status in FAILING

    def as_record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "kind": self.kind,
            "subject": self.subject,
            "says": self.says,
            "status": self.status,
            "cases": [case.as_record() for case in self.cases],
            **({"reason": self.reason} if self.reason else {}),
        }
