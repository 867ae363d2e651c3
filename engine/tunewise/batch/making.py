"""Has the parts of an inventory made by workers: those that are missing, and no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tunewise.batch.order import Manifest, Order
from tunewise.batch.parts import Part, counted, missing_rows, read_parts
from tunewise.batch.progress import Progress
from tunewise.batch.tasks import (
    PATIENCE_A_BRIEF,
    PATIENCE_A_ROW,
    BatchSettings,
    Job,
    RowsTask,
)
from tunewise.batch.workers import Workers
from tunewise.errors import EngineError
from tunewise.inventories.reading import Inventory


@dataclass(frozen=True, slots=True)
class Batch:
    """An order on its way: the open inventory, and what the run rests on."""

    order: Order
    inventory: Inventory
    manifest: Manifest
    progress: Progress

    def make(self, job: Job, parts: Path, doing: str) -> list[Part]:
        """Have the parts made that are missing, and return all."""
        order = self.order
        settings = BatchSettings(
            rulebook=order.rulebook,
            as_of=order.as_of,
            overrides=order.overrides,
            shown_in=order.shown_in,
            privacy=order.privacy,
            header=self.inventory.header,
            parts=parts,
            costs=order.costs is not None,
            briefs=order.briefs,
            inventory=self.manifest.inventory.sha256,
        )
        done, ends = read_parts(parts), [1]
        before = counted(done)
        total = self._rows() if self.progress.wants_total else None
        self.progress.begin(doing, total, before.rows, before.rejected)
        with Workers(order.workers, job, settings) as workers:
            for more in workers.run(self._tasks(done, ends)):
                self.progress.advance(more.rows, more.rejected)
        found = read_parts(parts)
        if list(missing_rows(found, 1, ends[-1])):
            raise EngineError("a part of the evaluated rows is missing")
        return found

    def _rows(self) -> int:
        self.progress.begin("counting", None)
        return self.inventory.rows(self.order.chunk_rows)

    def _tasks(self, done: Sequence[Part], ends: list[int]) -> Iterator[RowsTask]:
        """Yield the rows that no part has yet; note where each chunk ends, and the next begins."""
        patience = PATIENCE_A_BRIEF if self.order.briefs else PATIENCE_A_ROW
        for chunk in self.inventory.chunks(self.order.rows_together):
            task = RowsTask(ends[-1], chunk, patience_a_row=patience)
            ends.append(task.stop)
            for start, stop in missing_rows(done, task.first, task.stop):
                yield task.between(start, stop)
