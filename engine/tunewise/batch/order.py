"""What the user orders: an inventory, a folder, and how to read, reckon and write."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from tunewise.batch.manifest import Manifest
from tunewise.batch.source import Digest
from tunewise.costs.assuming import Override
from tunewise.costs.currency import Currency
from tunewise.evaluation.evaluator import versions
from tunewise.inventories.reading import Form
from tunewise.knowledge.rulebook import Rulebook
from tunewise.log.chain import now
from tunewise.log.content import as_given
from tunewise.log.privacy import Privacy

ResultForm = Literal["csv", "jsonl", "parquet", "xlsx"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order, checked as far as its own words go; `inventory` is "-" for standard input."""

    inventory: str
    output: str
    rulebook: Rulebook
    as_of: date
    overrides: Mapping[str, str | Override]
    shown_in: tuple[str | None, str | None]
    currency: Currency
    workers: int
    mapping: Mapping[str, str]
    input_format: Form | None = None
    sheet: str | None = None
    keep_extra: bool = False
    output_format: ResultForm = "csv"
    templates: str | None = None
    log: str | None = None
    privacy: Privacy | None = None
    chunk_rows: int = 2_000
    resume: bool = False
    strict: bool = False

    def manifest(self, inventory: Digest) -> Manifest:
        """Return what the run rests on.

        Templates are no part of it: what they are used for is made at one go, when all else is done.
        """
        return Manifest(
            inventory=inventory,
            rulebook=self.rulebook.version,
            rulebook_sha256=self.rulebook.sha256,
            versions=versions(),
            as_of=self.as_of.isoformat(),
            assumptions=as_given(self.overrides),
            currency=self.currency.as_record(),
            options=self._options(),
            started=now(),
        )

    def _options(self) -> dict[str, Any]:
        """Return the options that change what comes out, as the command line calls them."""
        return {
            "input-format": self.input_format,
            "sheet": self.sheet,
            "map": dict(self.mapping),
            "keep-extra": self.keep_extra,
            "output-format": self.output_format,
            "privacy": dict(self.privacy.actions) if self.privacy else None,
        }


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
