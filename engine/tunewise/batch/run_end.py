"""The last entry of a run in its log: what was read, what was rejected and why, and from which inventory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from tunewise.batch.making import Batch
from tunewise.batch.parts import PartCounts
from tunewise.inventories.rejects import RejectReason
from tunewise.log.content import RUN_SCHEMA, encoded
from tunewise.log.privacy import MASKED


def run_end(
    batch: Batch, counts: PartCounts, reasons: Sequence[RejectReason], rejects: str
) -> bytes:
    """Return the content of the entry; `rejects` is the SHA-256 of the list of rejected rows.

    Where a privacy file takes things out of records, reasons go unsaid: they may repeat what a cell held.
    """
    manifest, hidden = batch.manifest, batch.order.privacy is not None
    return encoded(
        {
            "schema": RUN_SCHEMA,
            "inventory": {
                "name": PurePath(batch.inventory.place).name,
                "size": manifest.inventory.size,
                "sha256": manifest.inventory.sha256,
            },
            "rulebook": {"version": manifest.rulebook, "sha256": manifest.rulebook_sha256},
            "as_of": manifest.as_of,
            "read": counts.rows,
            "accepted": counts.accepted,
            "rejected": counts.rejected,
            "skipped": counts.skipped,
            "too_early": counts.too_early,
            "rejects": [
                {
                    "column": one.example.column,
                    "reason": MASKED if hidden else one.example.reason,
                    "first_row": one.example.row,
                    "count": one.count,
                }
                for one in reasons
            ],
            "rejects_sha256": rejects,
        }
    )
