"""What an auditor is told is not well: the line, the kind, the thing, the sentence."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

LogFindingKind = Literal[
    "form",
    "altered",
    "chain",
    "end",
    "rulebook",
    "fact",
    "firing",
    "decision",
    "tuning_plan",
    "cost",
    "head",
    "signature",
    "checkpoint",
    "human_decision",
    "batch_run",
]
"""What is wrong: a line's form, its digest, its place in the chain, the log's end, the stored rulebook, what does
not follow, the digest that was noted down, the signature, what a checkpoint says, a person's decision, or
what a batch's run says of its records."""


@dataclass(frozen=True, slots=True)
class LogFinding:
    """One thing that is not well: on a line counted from 1, None where it concerns the whole log.

    `name` is the rule, fact, decision or rulebook that it is about, '' where there is none.
    """

    line: int | None
    kind: LogFindingKind
    message: str
    name: str = ""

    def as_record(self) -> dict[str, Any]:
        """Return the finding as plain data."""
        return asdict(self)
